-- One machine, one file. Organizations and devices are identified by their keys; devices also by a number that is
-- given once. Nothing is deleted: what leaves service is retired.

CREATE TYPE organization_kind AS ENUM ('province', 'company', 'section', 'subcentre', 'maintainer');

CREATE TYPE device_kind AS ENUM (
    'camera', 'encoder', 'recorder', 'switch', 'gateway', 'link', 'ups', 'server', 'platform'
);

CREATE TYPE direction AS ENUM ('up', 'down', 'both');

-- Named so because CHECK is a word of SQL.
CREATE TYPE check_item AS ENUM ('reach', 'snmp', 'stream', 'picture', 'recording');

CREATE TABLE organization (
    key        text              PRIMARY KEY CHECK (key <> ''),
    name       text              NOT NULL,
    kind       organization_kind NOT NULL,
    parent_key text              REFERENCES organization DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT nobody_is_above_itself CHECK (parent_key <> key)
);

CREATE TABLE device (
    id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key              text        NOT NULL UNIQUE CHECK (key <> ''),
    kind             device_kind NOT NULL,
    name             text        NOT NULL,
    organization_key text        REFERENCES organization,
    maintainer_key   text        REFERENCES organization,
    roads            text[]      NOT NULL,
    stake_mark_m     integer     CHECK (stake_mark_m BETWEEN 0 AND 9999999),
    direction        direction,
    position_class   smallint    NOT NULL CHECK (position_class BETWEEN 0 AND 8),
    longitude        double precision CHECK (longitude BETWEEN -180 AND 180),
    latitude         double precision CHECK (latitude BETWEEN -90 AND 90),
    area             text,
    camera_type      smallint    CHECK (camera_type BETWEEN 1 AND 4),
    gateway_number   text,
    gb_id            text,
    address          text,
    checks           check_item[] NOT NULL,
    snmp_credential  text,
    stream_url       text,
    sub_stream_url   text,
    platform_url     text,
    commissioned_on  date,
    retired_on       date,
    others           text,
    recorded_at      timestamptz NOT NULL,
    CONSTRAINT service_does_not_run_backwards CHECK (retired_on >= commissioned_on)
);

CREATE TABLE device_upstream (
    device_id   bigint   NOT NULL REFERENCES device,
    upstream_id bigint   NOT NULL REFERENCES device,
    ordinal     smallint NOT NULL CHECK (ordinal >= 0),
    PRIMARY KEY (device_id, upstream_id),
    CONSTRAINT nothing_hangs_on_itself CHECK (upstream_id <> device_id)
);

CREATE INDEX device_upstream_by_upstream ON device_upstream (upstream_id);

-- From that day 00:00 on; what is null stays as it was, an empty list of upstreams is none.
CREATE TABLE device_move (
    device_id        bigint NOT NULL REFERENCES device,
    from_day         date   NOT NULL,
    organization_key text   REFERENCES organization,
    maintainer_key   text   REFERENCES organization,
    roads            text[],
    upstream_keys    text[],
    PRIMARY KEY (device_id, from_day)
);
