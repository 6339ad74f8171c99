-- What must be made again, down to single devices; roll-ups; who decided on exemptions; and what was published.

-- A day of one device, and of everything that hangs on it, whose rows must be made again; dirty_day means all devices.
CREATE TABLE dirty_device (
    device_id  bigint      NOT NULL,
    day        date        NOT NULL,
    generation bigint      NOT NULL,
    marked_at  timestamptz NOT NULL,
    PRIMARY KEY (device_id, day)
);

-- What changed inside a day, for all devices at once.
CREATE INDEX status_change_by_time ON status_change (profile_id, at) WHERE superseded_at IS NULL;

CREATE TYPE period_kind AS ENUM ('day', 'week', 'month', 'quarter', 'year');

CREATE TYPE group_kind AS ENUM ('all', 'maintainer', 'organization', 'position_class', 'road');

-- Of which periods there are sums, and whether they must be made again from the day rows.
CREATE TABLE rollup_period (
    rule_id        text        NOT NULL,
    rule_version   integer     NOT NULL,
    period         period_kind NOT NULL,
    first_day      date        NOT NULL,
    day_count      integer     NOT NULL CHECK (day_count >= 0),
    -- Up to where all was known when it was made: a day that was not final then is made once more.
    known_at       timestamptz NOT NULL,
    is_due         boolean     NOT NULL,
    recorded_at    timestamptz NOT NULL,
    PRIMARY KEY (rule_id, rule_version, period, first_day),
    FOREIGN KEY (rule_id, rule_version) REFERENCES rate_rule
);

-- Sums of a group; rates are divided only where they are printed.
CREATE TABLE rate_rollup (
    rule_id        text        NOT NULL,
    rule_version   integer     NOT NULL,
    period         period_kind NOT NULL,
    first_day      date        NOT NULL,
    group_kind     group_kind  NOT NULL,
    group_key      text        NOT NULL,
    devices        bigint      NOT NULL CHECK (devices >= 0),
    not_assessable bigint      NOT NULL CHECK (not_assessable BETWEEN 0 AND devices),
    raw_num        bigint      NOT NULL,
    raw_den        bigint      NOT NULL,
    assessed_num   bigint      NOT NULL,
    assessed_den   bigint      NOT NULL,
    coverage_num   bigint      NOT NULL,
    coverage_den   bigint      NOT NULL,
    low_num        bigint      NOT NULL,
    low_den        bigint      NOT NULL,
    high_num       bigint      NOT NULL,
    high_den       bigint      NOT NULL,
    PRIMARY KEY (rule_id, rule_version, period, first_day, group_kind, group_key),
    FOREIGN KEY (rule_id, rule_version, period, first_day) REFERENCES rollup_period ON DELETE CASCADE,
    CONSTRAINT a_rate_is_between_nothing_and_all CHECK (
        raw_num BETWEEN 0 AND raw_den AND assessed_num BETWEEN 0 AND assessed_den
        AND coverage_num BETWEEN 0 AND coverage_den AND low_num BETWEEN 0 AND low_den
        AND high_num BETWEEN 0 AND high_den
    )
);

ALTER TABLE exemption ADD COLUMN rejected_at timestamptz;

ALTER TABLE exemption ADD CONSTRAINT rejected_is_not_approved CHECK (rejected_at IS NULL OR approved_at IS NULL);

ALTER TABLE exemption ADD CONSTRAINT only_what_was_approved_is_revoked
    CHECK (revoked_at IS NULL OR approved_at IS NOT NULL) NOT VALID;

-- Every request and decision; append only.
CREATE TABLE exemption_move (
    exemption_id text        NOT NULL,
    serial       integer     NOT NULL CHECK (serial >= 1),
    action       text        NOT NULL,
    at           timestamptz NOT NULL,
    by_person    text        NOT NULL CHECK (by_person <> ''),
    reason       text,
    PRIMARY KEY (exemption_id, serial)
);

-- How much exempt time a maintainer may use a month and class; shown beside what was used, never applied to a figure.
CREATE TABLE exemption_budget (
    maintainer_key text        NOT NULL REFERENCES organization,
    class          text        NOT NULL CHECK (class <> ''),
    month_ms       bigint      NOT NULL CHECK (month_ms >= 0),
    set_at         timestamptz NOT NULL,
    set_by         text        NOT NULL CHECK (set_by <> ''),
    PRIMARY KEY (maintainer_key, class)
);

-- What a published figure was made from, kept by its own hash so that reports share it; deflated.
CREATE TABLE evidence_part (
    sha256     bytea  PRIMARY KEY CHECK (octet_length(sha256) = 32),
    byte_count bigint NOT NULL CHECK (byte_count >= 0),
    packed     bytea  NOT NULL
);

-- A report as it was published: never updated, never deleted. A correction is one more revision beside it.
CREATE TABLE published_report (
    id             text        NOT NULL CHECK (id <> ''),
    revision       integer     NOT NULL CHECK (revision >= 1),
    period         period_kind NOT NULL,
    first_day      date        NOT NULL,
    organization   text        REFERENCES organization,
    rule_id        text        NOT NULL,
    rule_version   integer     NOT NULL,
    cut_off_at     timestamptz NOT NULL,
    published_at   timestamptz NOT NULL,
    published_by   text        NOT NULL CHECK (published_by <> ''),
    reason         text,
    is_provisional boolean     NOT NULL,
    inputs_sha256  bytea       NOT NULL CHECK (octet_length(inputs_sha256) = 32),
    figures_sha256 bytea       NOT NULL CHECK (octet_length(figures_sha256) = 32),
    assessed_num   bigint      NOT NULL,
    assessed_den   bigint      NOT NULL CHECK (assessed_den >= assessed_num),
    assessed_unit  text        NOT NULL CHECK (assessed_unit IN ('ms', 'sample', 'device')),
    head_sha256    bytea       NOT NULL REFERENCES evidence_part,
    figures        bytea       NOT NULL REFERENCES evidence_part,
    PRIMARY KEY (id, revision),
    FOREIGN KEY (rule_id, rule_version) REFERENCES rate_rule,
    CONSTRAINT a_revision_has_a_reason CHECK ((revision > 1) = (reason IS NOT NULL))
);

CREATE INDEX published_report_by_day ON published_report (first_day);

CREATE TABLE published_report_part (
    id       text    NOT NULL,
    revision integer NOT NULL,
    day      date    NOT NULL,
    sha256   bytea   NOT NULL REFERENCES evidence_part,
    PRIMARY KEY (id, revision, day),
    FOREIGN KEY (id, revision) REFERENCES published_report
);
