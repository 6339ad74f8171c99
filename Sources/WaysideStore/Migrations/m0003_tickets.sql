-- The work of putting faults right. `whole` is the ticket itself; the columns beside it are what people search by, and
-- the CHECKs repeat what the machine promises.

CREATE TYPE ticket_stage AS ENUM (
    'opened', 'dispatched', 'accepted', 'suspended', 'repaired', 'recovered', 'closed', 'merged'
);

CREATE TABLE fault_ticket (
    number            bigint       PRIMARY KEY CHECK (number >= 1),
    root_id           bigint       NOT NULL REFERENCES device,
    stage             ticket_stage NOT NULL,
    stage_at          timestamptz  NOT NULL,
    opened_at         timestamptz  NOT NULL,
    since             timestamptz  NOT NULL,
    facets            facet[]      NOT NULL,
    cause             text,
    closed_at         timestamptz,
    merged_into       bigint       REFERENCES fault_ticket,
    maintainer_key    text,
    maintainer_name   text,
    suspended_until   timestamptz,
    suspension_reason text,
    repair_by         timestamptz,
    is_breached       boolean      NOT NULL,
    next_deadline_at  timestamptz,
    affected_count    integer      NOT NULL CHECK (affected_count >= 0),
    repeat_count      integer      NOT NULL CHECK (repeat_count >= 0),
    move_count        integer      NOT NULL CHECK (move_count >= 1),
    whole             bytea        NOT NULL,

    CONSTRAINT closed_iff_closed_at CHECK ((stage = 'closed') = (closed_at IS NOT NULL)),
    CONSTRAINT merged_iff_merged_into CHECK ((stage = 'merged') = (merged_into IS NOT NULL)),
    CONSTRAINT nothing_merges_into_itself CHECK (merged_into <> number),
    CONSTRAINT suspended_iff_reason_and_end CHECK (
        (stage = 'suspended') = (suspension_reason IS NOT NULL)
        AND (stage = 'suspended') = (suspended_until IS NOT NULL)
    ),
    CONSTRAINT somebody_has_what_was_dispatched CHECK (
        CASE
            WHEN stage IN ('opened', 'closed', 'merged') THEN maintainer_key IS NULL
            WHEN stage = 'recovered' THEN true
            ELSE maintainer_key IS NOT NULL
        END
        AND (maintainer_key IS NULL) = (maintainer_name IS NULL)
    ),
    CONSTRAINT dispatched_has_a_deadline CHECK (
        stage NOT IN ('dispatched', 'accepted', 'suspended', 'repaired') OR repair_by IS NOT NULL
    ),
    CONSTRAINT only_live_tickets_have_deadlines_ahead CHECK (
        next_deadline_at IS NULL OR stage NOT IN ('closed', 'merged')
    )
);

CREATE UNIQUE INDEX one_live_ticket_per_root ON fault_ticket (root_id) WHERE stage NOT IN ('closed', 'merged');

CREATE INDEX fault_ticket_by_root ON fault_ticket (root_id, number);

CREATE INDEX fault_ticket_by_deadline ON fault_ticket (next_deadline_at) WHERE next_deadline_at IS NOT NULL;

CREATE INDEX fault_ticket_by_opening ON fault_ticket (opened_at);

-- Who is, or was, dark because of the root.
CREATE TABLE ticket_device (
    ticket_number bigint      NOT NULL REFERENCES fault_ticket,
    device_id     bigint      NOT NULL,
    since         timestamptz NOT NULL,
    until         timestamptz,
    PRIMARY KEY (ticket_number, device_id, since),
    CONSTRAINT darkness_does_not_run_backwards CHECK (until >= since)
);

CREATE INDEX ticket_device_by_device ON ticket_device (device_id);

-- Every step; append only. A step without a person is Wayside's own.
CREATE TABLE ticket_move (
    ticket_number bigint       NOT NULL REFERENCES fault_ticket,
    serial        integer      NOT NULL CHECK (serial >= 1),
    from_stage    ticket_stage,
    to_stage      ticket_stage NOT NULL,
    action        text         NOT NULL,
    at            timestamptz  NOT NULL,
    by_person     text,
    reason        text,
    PRIMARY KEY (ticket_number, serial),
    CONSTRAINT the_first_step_comes_from_nowhere CHECK ((serial = 1) = (from_stage IS NULL))
);

CREATE INDEX ticket_move_by_time ON ticket_move (at);
