-- What counts, and what it comes to. Day rows are derived: they can be made again from changes, exemptions and rules.

CREATE TYPE exemption_scope AS ENUM ('device', 'organization', 'downstream_of');

-- Two times: when it holds, and when we knew. A change sets superseded_at and adds a row.
CREATE TABLE exemption (
    id            text            NOT NULL CHECK (id <> ''),
    scope         exemption_scope NOT NULL,
    scope_key     text            NOT NULL,
    facets        facet[],
    class         text            NOT NULL,
    from_at       timestamptz     NOT NULL,
    to_at         timestamptz     NOT NULL,
    requested_at  timestamptz,
    approved_at   timestamptz,
    revoked_at    timestamptz,
    document      text,
    reason        text,
    recorded_at   timestamptz     NOT NULL,
    superseded_at timestamptz     CHECK (superseded_at >= recorded_at),
    CONSTRAINT an_exemption_does_not_run_backwards CHECK (to_at >= from_at)
);

CREATE UNIQUE INDEX one_exemption_of_an_id ON exemption (id) WHERE superseded_at IS NULL;

CREATE INDEX exemption_by_time ON exemption (from_at, to_at);

CREATE TABLE rate_rule (
    id          text        NOT NULL,
    version     integer     NOT NULL CHECK (version >= 1),
    sha256      bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    text        text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (id, version)
);

CREATE TABLE day_tally (
    device_id         bigint      NOT NULL,
    day               date        NOT NULL,
    rule_id           text        NOT NULL,
    rule_version      integer     NOT NULL,
    online_ms         bigint      NOT NULL CHECK (online_ms >= 0),
    abnormal_ms       bigint      NOT NULL CHECK (abnormal_ms >= 0),
    offline_ms        bigint      NOT NULL CHECK (offline_ms >= 0),
    upstream_ms       bigint      NOT NULL CHECK (upstream_ms >= 0),
    unknown_ms        bigint      NOT NULL CHECK (unknown_ms >= 0),
    exempt_online_ms  bigint      NOT NULL CHECK (exempt_online_ms >= 0),
    exempt_abnormal_ms bigint     NOT NULL CHECK (exempt_abnormal_ms >= 0),
    exempt_offline_ms bigint      NOT NULL CHECK (exempt_offline_ms >= 0),
    exempt_upstream_ms bigint     NOT NULL CHECK (exempt_upstream_ms >= 0),
    exempt_unknown_ms bigint      NOT NULL CHECK (exempt_unknown_ms >= 0),
    uncommissioned_ms bigint      NOT NULL CHECK (uncommissioned_ms >= 0),
    unit              text        NOT NULL CHECK (unit IN ('ms', 'sample', 'device')),
    raw_num           bigint      NOT NULL,
    raw_den           bigint      NOT NULL,
    assessed_num      bigint      NOT NULL,
    assessed_den      bigint      NOT NULL,
    coverage_unit     text        NOT NULL CHECK (coverage_unit IN ('ms', 'sample', 'device')),
    coverage_num      bigint      NOT NULL,
    coverage_den      bigint      NOT NULL,
    low_num           bigint      NOT NULL,
    low_den           bigint      NOT NULL,
    high_num          bigint      NOT NULL,
    high_den          bigint      NOT NULL,
    is_assessable     boolean     NOT NULL,
    grade             text,
    is_provisional    boolean     NOT NULL,
    recorded_at       timestamptz NOT NULL,
    PRIMARY KEY (device_id, day, rule_id, rule_version),
    FOREIGN KEY (rule_id, rule_version) REFERENCES rate_rule,
    CONSTRAINT the_day_is_whole CHECK (
        online_ms + abnormal_ms + offline_ms + upstream_ms + unknown_ms
        + exempt_online_ms + exempt_abnormal_ms + exempt_offline_ms + exempt_upstream_ms + exempt_unknown_ms
        + uncommissioned_ms = 86400000
    ),
    CONSTRAINT a_rate_is_between_nothing_and_all CHECK (
        raw_num BETWEEN 0 AND raw_den AND assessed_num BETWEEN 0 AND assessed_den
        AND coverage_num BETWEEN 0 AND coverage_den AND low_num BETWEEN 0 AND low_den
        AND high_num BETWEEN 0 AND high_den
    )
);

CREATE INDEX day_tally_by_day ON day_tally (rule_id, rule_version, day);

-- Days whose rows must be made again. The generation tells whether a day was marked once more meanwhile.
CREATE TABLE dirty_day (
    day        date        PRIMARY KEY,
    generation bigint      NOT NULL,
    marked_at  timestamptz NOT NULL
);
