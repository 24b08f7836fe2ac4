-- ClickHouse: a table, and five questions to lines of builds, which were printed by
--   procline --hostname --label build=1041 --collect cgroup --append FILE -- make
-- Filled by: clickhouse-client --query 'INSERT INTO procline FORMAT JSONEachRow' < FILE

-- Fields that are not named here are passed over, and what a kind of line lacks is null.
CREATE TABLE procline (
  epoch_ms Int64,
  time DateTime64(3, 'UTC') MATERIALIZED fromUnixTimestamp64Milli(epoch_ms, 'UTC'),
  kind LowCardinality(String),
  hostname LowCardinality(String),
  run_id UUID,
  build LowCardinality(String),
  pid Nullable(Int64),
  start_ticks Nullable(Int64),
  comm LowCardinality(Nullable(String)),
  container_id LowCardinality(Nullable(String)),
  num_processes Nullable(Int64),
  rss_bytes Nullable(Int64),
  cpu_percentage Nullable(Float64),
  unseen_cpu_percentage Nullable(Float64),
  user_cpu_seconds_total Nullable(Float64),
  kernel_cpu_seconds_total Nullable(Float64),
  interval_seconds Nullable(Float64),
  missed_samples Nullable(Int64),
  gone Nullable(Int64),
  denied Nullable(Int64),
  malformed Nullable(Int64),
  consistent Nullable(Bool)
)
ENGINE = MergeTree
PARTITION BY toDate(time)
ORDER BY (kind, hostname, run_id, epoch_ms);

-- From files, without a client: what is read are the columns of the table.
INSERT INTO procline
SELECT * FROM file('/var/log/procline/*.ndjson', JSONEachRow)
SETTINGS input_format_skip_unknown_fields = 1;

-- 1. The peak of each build: the most memory, and when.
SELECT build, max(rss_bytes) AS peak_bytes, argMax(time, rss_bytes) AS peak_at
FROM procline
WHERE kind = 'tree'
GROUP BY build
ORDER BY build;

-- 2. The slope of a leak: processes by bytes a second. A process is its run, pid and start: a pid
-- is used again. The stable functions: the plain ones lose the digits of epoch times.
SELECT
  build,
  pid,
  any(comm) AS comm,
  round(covarPopStable(epoch_ms / 1000, rss_bytes) / varPopStable(epoch_ms / 1000))
    AS bytes_per_second
FROM procline
WHERE kind = 'process' AND rss_bytes IS NOT NULL
GROUP BY build, run_id, pid, start_ticks
HAVING count() >= 10
ORDER BY bytes_per_second DESC, build, pid
LIMIT 5;

-- 3. The top by container: CPU seconds, and the most memory of one sample.
WITH cpu AS (
  SELECT build, container_id, sum(seconds) AS cpu_seconds
  FROM (
    SELECT build, container_id,
      max(user_cpu_seconds_total + kernel_cpu_seconds_total) -
        min(user_cpu_seconds_total + kernel_cpu_seconds_total) AS seconds
    FROM procline
    WHERE kind = 'process' AND container_id IS NOT NULL
    GROUP BY build, container_id, run_id, pid, start_ticks
  )
  GROUP BY build, container_id
), memory AS (
  SELECT build, container_id, max(bytes) AS peak_bytes
  FROM (
    SELECT build, container_id, sum(rss_bytes) AS bytes
    FROM procline
    WHERE kind = 'process' AND container_id IS NOT NULL
    GROUP BY build, container_id, run_id, epoch_ms
  )
  GROUP BY build, container_id
)
SELECT build, substring(container_id, 1, 12) AS container, round(cpu_seconds, 2) AS cpu_seconds,
  peak_bytes
FROM cpu JOIN memory USING (build, container_id)
ORDER BY cpu_seconds DESC, build
LIMIT 5;

-- 4. CPU that no process line shows: that of processes which ended between two samples.
SELECT
  build,
  round(sum(unseen_cpu_percentage * interval_seconds) / 100, 2) AS unseen_cpu_seconds,
  round(100 * sum(unseen_cpu_percentage * interval_seconds) /
    nullIf(sum(cpu_percentage * interval_seconds), 0), 1) AS percent_of_all
FROM procline
WHERE kind = 'tree'
GROUP BY build
ORDER BY build;

-- 5. The quality of the samples.
SELECT
  build,
  count() AS samples,
  sum(missed_samples) AS missed,
  max(interval_seconds) AS longest_interval_seconds,
  sum(gone) AS gone,
  sum(denied) AS denied,
  sum(malformed) AS malformed,
  countIf(NOT consistent) AS inconsistent
FROM procline
WHERE kind = 'tree'
GROUP BY build
ORDER BY build;
