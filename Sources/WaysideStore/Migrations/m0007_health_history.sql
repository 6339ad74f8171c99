-- Health over time: what every poll read. Polls of an hour under way are rows; when the hour is over they become one packed
-- block a device, and sums of five minutes and of the hour. The partitions are made ahead and dropped by the service.

CREATE TYPE metric_kind AS ENUM ('gauge', 'counter');

-- What can be measured, once for all devices, so that a series in a block is a small number.
CREATE TABLE health_metric (
    id       integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text        NOT NULL CHECK (name ~ '^[a-z0-9_.]{1,64}$'),
    instance text        NOT NULL CHECK (octet_length(instance) <= 255),
    unit     text        NOT NULL CHECK (octet_length(unit) <= 64),
    kind     metric_kind NOT NULL,
    CONSTRAINT one_number_of_a_metric UNIQUE (name, instance, unit, kind)
);

-- Which of them a device has or had.
CREATE TABLE health_device (
    device_id bigint    PRIMARY KEY,
    metrics   integer[] NOT NULL
);

-- One row a poll, of the hours that are not closed yet. Partitions are UTC hours. The same poll twice counts once.
CREATE TABLE health_reading (
    device_id bigint      NOT NULL,
    at        timestamptz NOT NULL,
    packed    bytea       NOT NULL
) PARTITION BY RANGE (at);

CREATE INDEX health_reading_by_device ON health_reading (device_id, at);

-- One row a device and hour, packed (decision 0008). Partitions are local days.
CREATE TABLE health_block (
    device_id bigint      NOT NULL,
    hour      timestamptz NOT NULL,
    packed    bytea       NOT NULL,
    PRIMARY KEY (device_id, hour)
) PARTITION BY RANGE (hour);

-- Sums of five minutes: one row a device and hour, whose arrays have one entry a bucket. Read it by the view health_5m.
-- The bucket begins place * 5 minutes after the hour. NaN where nothing was counted. Partitions are local days.
CREATE TABLE health_rollup_5m (
    device_id  bigint      NOT NULL,
    hour       timestamptz NOT NULL,
    metric_ids integer[]   NOT NULL,
    places     smallint[]  NOT NULL,
    counts     integer[]   NOT NULL,
    leasts     real[]      NOT NULL,
    greatests  real[]      NOT NULL,
    means      real[]      NOT NULL,
    lasts      real[]      NOT NULL,
    increases  real[]      NOT NULL,
    counted_ms integer[]   NOT NULL,
    PRIMARY KEY (device_id, hour)
) PARTITION BY RANGE (hour);

-- The same of whole hours, kept longer; the place is 0. Read it by the view health_1h. Partitions are local months.
CREATE TABLE health_rollup_1h (
    device_id  bigint      NOT NULL,
    hour       timestamptz NOT NULL,
    metric_ids integer[]   NOT NULL,
    places     smallint[]  NOT NULL,
    counts     integer[]   NOT NULL,
    leasts     real[]      NOT NULL,
    greatests  real[]      NOT NULL,
    means      real[]      NOT NULL,
    lasts      real[]      NOT NULL,
    increases  real[]      NOT NULL,
    counted_ms integer[]   NOT NULL,
    PRIMARY KEY (device_id, hour)
) PARTITION BY RANGE (hour);

CREATE VIEW health_5m AS
SELECT device.key AS device_key, metric.name AS metric, metric.instance, metric.unit, metric.kind,
       rollup.hour + bucket.place * interval '5 minutes' AS bucket_at, rollup.hour AS hour_at,
       bucket.count, bucket.least, bucket.greatest, bucket.mean, bucket.last,
       nullif(bucket.increase, 'NaN') AS increase,
       CASE WHEN bucket.counted_ms > 0 THEN nullif(bucket.increase, 'NaN') * 1000.0 / bucket.counted_ms END
           AS per_second,
       rollup.device_id, bucket.metric_id
  FROM health_rollup_5m AS rollup
 CROSS JOIN LATERAL unnest(
           rollup.metric_ids, rollup.places, rollup.counts, rollup.leasts, rollup.greatests, rollup.means, rollup.lasts,
           rollup.increases, rollup.counted_ms
       ) AS bucket (metric_id, place, count, least, greatest, mean, last, increase, counted_ms)
  JOIN health_metric AS metric ON metric.id = bucket.metric_id
  JOIN device ON device.id = rollup.device_id;

CREATE VIEW health_1h AS
SELECT device.key AS device_key, metric.name AS metric, metric.instance, metric.unit, metric.kind,
       rollup.hour AS bucket_at,
       bucket.count, bucket.least, bucket.greatest, bucket.mean, bucket.last,
       nullif(bucket.increase, 'NaN') AS increase,
       CASE WHEN bucket.counted_ms > 0 THEN nullif(bucket.increase, 'NaN') * 1000.0 / bucket.counted_ms END
           AS per_second,
       rollup.device_id, bucket.metric_id
  FROM health_rollup_1h AS rollup
 CROSS JOIN LATERAL unnest(
           rollup.metric_ids, rollup.places, rollup.counts, rollup.leasts, rollup.greatests, rollup.means, rollup.lasts,
           rollup.increases, rollup.counted_ms
       ) AS bucket (metric_id, place, count, least, greatest, mean, last, increase, counted_ms)
  JOIN health_metric AS metric ON metric.id = bucket.metric_id
  JOIN device ON device.id = rollup.device_id;

-- When each job of the history last did all that was to be done.
CREATE TABLE health_job (
    name    text        PRIMARY KEY,
    done_at timestamptz NOT NULL,
    detail  text        NOT NULL
);

-- What is packed already is not worth a second try.
ALTER TABLE health_reading ALTER COLUMN packed SET STORAGE EXTERNAL;
ALTER TABLE health_block ALTER COLUMN packed SET STORAGE EXTERNAL;
