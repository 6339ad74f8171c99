-- What was concluded from the journal. A device's history is its changes: an interval ends where the next begins, so
-- that no gap and no overlap can be written. Rows are added; a correction sets superseded_at on what it replaces.

CREATE TYPE hop AS ENUM ('direct', 'recorder', 'gateway', 'platform');

CREATE TYPE facet AS ENUM ('reachability', 'stream', 'picture', 'recording');

CREATE TYPE status AS ENUM ('online', 'abnormal', 'offline', 'unknown');

-- How far each journal is written down. The row and what follows from the batches up to it are one transaction.
CREATE TABLE journal_cursor (
    journal    text        PRIMARY KEY,
    position   bigint      NOT NULL CHECK (position >= 0),
    written_at timestamptz NOT NULL
);

CREATE TABLE status_profile (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    canonical_text text   NOT NULL UNIQUE
);

-- recorded_at and superseded_at are when we knew: the journal's time, not the database's.
CREATE TABLE status_change (
    device_id        bigint      NOT NULL,
    id               bigint      GENERATED ALWAYS AS IDENTITY,
    profile_id       bigint      NOT NULL REFERENCES status_profile,
    check_item       check_item  NOT NULL,
    hop              hop         NOT NULL,
    at               timestamptz NOT NULL,
    status           status      NOT NULL,
    preceding_at     timestamptz CHECK (preceding_at < at),
    last_miss_at     timestamptz CHECK (last_miss_at < at),
    journal_position bigint      NOT NULL CHECK (journal_position >= 0),
    recorded_at      timestamptz NOT NULL,
    superseded_at    timestamptz CHECK (superseded_at >= recorded_at),
    PRIMARY KEY (device_id, id),
    CONSTRAINT only_media_has_hops CHECK (hop = 'direct' OR check_item IN ('stream', 'picture', 'recording'))
);

CREATE UNIQUE INDEX one_status_from_an_instant
    ON status_change (device_id, profile_id, check_item, hop, at)
    WHERE superseded_at IS NULL;

CREATE INDEX status_change_once_said
    ON status_change (device_id, profile_id, check_item, hop, at)
    WHERE superseded_at IS NOT NULL;

-- The live view, by each device's own settings; it feeds screens and tickets, never a rate.
CREATE TABLE live_status (
    device_id    bigint      NOT NULL,
    facet        facet       NOT NULL,
    status       status      NOT NULL,
    since        timestamptz NOT NULL,
    cause        text,
    is_faltering boolean     NOT NULL,
    known_at     timestamptz NOT NULL,
    PRIMARY KEY (device_id, facet)
);

CREATE TYPE live_event_kind AS ENUM ('status', 'ticket');

-- What changed, in the order in which it was committed, for screens that come back after a while. Kept for days only.
CREATE TABLE live_event (
    seq           bigint          GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          live_event_kind NOT NULL,
    device_id     bigint          NOT NULL,
    facet         facet,
    status        status,
    before_status status,
    since         timestamptz,
    cause         text,
    is_faltering  boolean,
    ticket_number bigint,
    ticket_action text,
    known_at      timestamptz     NOT NULL,
    CONSTRAINT a_status_event_has_a_status CHECK (
        kind <> 'status'
        OR (facet IS NOT NULL AND status IS NOT NULL AND since IS NOT NULL AND is_faltering IS NOT NULL)
    ),
    CONSTRAINT a_ticket_event_has_a_ticket CHECK (
        kind <> 'ticket' OR (ticket_number IS NOT NULL AND ticket_action IS NOT NULL)
    )
);

CREATE INDEX live_event_by_time ON live_event (known_at);

-- What we later knew to have been our own fault.
CREATE TABLE void_record (
    id               bigint       GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_at          timestamptz  NOT NULL,
    to_at            timestamptz  NOT NULL,
    device_ids       bigint[],
    checks           check_item[],
    collector        text,
    reason           text         NOT NULL,
    at               timestamptz  NOT NULL,
    received_at      timestamptz  NOT NULL,
    journal_position bigint       NOT NULL,
    CONSTRAINT a_void_does_not_run_backwards CHECK (to_at >= from_at)
);

-- The wall clock was set while we were running.
CREATE TABLE clock_step (
    id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at               timestamptz NOT NULL,
    by_ms            bigint      NOT NULL,
    journal_position bigint      NOT NULL
);
