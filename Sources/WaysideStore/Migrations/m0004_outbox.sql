-- Messages to people, written in the transaction of what they tell of, and sent at least once each: the key tells the
-- receiver that it has this one already.

CREATE TYPE notice_kind AS ENUM ('opened', 'warned', 'breached', 'closed', 'reopened', 'merged', 'escalated');

CREATE TYPE notice_channel AS ENUM ('webhook', 'mail');

CREATE TYPE notice_state AS ENUM ('pending', 'delivered', 'refused');

CREATE TABLE notice (
    seq               bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key               text           NOT NULL UNIQUE,
    kind              notice_kind    NOT NULL,
    ticket_number     bigint         NOT NULL REFERENCES fault_ticket,
    channel           notice_channel NOT NULL,
    recipient_key     text           NOT NULL,
    recipient_name    text           NOT NULL,
    created_at        timestamptz    NOT NULL,

    -- What it says, complete in itself: a retry next week says what was true when it was written.
    device_key        text           NOT NULL,
    device_name       text           NOT NULL,
    device_kind       device_kind    NOT NULL,
    roads             text[]         NOT NULL,
    stake_mark_m      integer,
    direction         direction,
    position_class    smallint       NOT NULL,
    organization_name text,
    maintainer_key    text,
    maintainer_name   text,
    facets            facet[]        NOT NULL,
    cause             text,
    since             timestamptz    NOT NULL,
    affected_count    integer        NOT NULL CHECK (affected_count >= 0),
    affected_names    text[]         NOT NULL,
    repair_by         timestamptz,
    closed_at         timestamptz,
    reason            text,
    merged_into       bigint,
    repeat_count      integer        NOT NULL,

    -- How it goes. While somebody is sending it, next_attempt_at lies ahead: when that sender dies, it is due again.
    state             notice_state   NOT NULL,
    attempts          integer        NOT NULL CHECK (attempts >= 0),
    next_attempt_at   timestamptz,
    settled_at        timestamptz,
    last_error        text,
    CONSTRAINT pending_iff_due CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
    CONSTRAINT settled_iff_not_pending CHECK ((state = 'pending') = (settled_at IS NULL)),
    CONSTRAINT refused_has_a_reason CHECK (state <> 'refused' OR last_error IS NOT NULL)
);

CREATE INDEX notice_by_due_time ON notice (next_attempt_at) WHERE state = 'pending';

CREATE INDEX notice_by_ticket ON notice (ticket_number);
