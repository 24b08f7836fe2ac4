-- DuckDB: five questions to lines of builds, which were printed by
--   procline --hostname --label build=1041 --collect cgroup --append FILE -- make
-- Run as: duckdb < duckdb.sql

-- The columns that are asked for, with their types: a guess would take a column of nulls for JSON.
CREATE TABLE lines AS
SELECT *
FROM read_json(
  '/var/log/procline/*.ndjson',
  format = 'newline_delimited',
  columns = {
    timestamp: 'TIMESTAMP',
    epoch_ms: 'BIGINT',
    kind: 'VARCHAR',
    hostname: 'VARCHAR',
    run_id: 'UUID',
    build: 'VARCHAR',
    pid: 'BIGINT',
    start_ticks: 'BIGINT',
    comm: 'VARCHAR',
    container_id: 'VARCHAR',
    num_processes: 'BIGINT',
    rss_bytes: 'BIGINT',
    cpu_percentage: 'DOUBLE',
    unseen_cpu_percentage: 'DOUBLE',
    user_cpu_seconds_total: 'DOUBLE',
    kernel_cpu_seconds_total: 'DOUBLE',
    interval_seconds: 'DOUBLE',
    missed_samples: 'BIGINT',
    gone: 'BIGINT',
    denied: 'BIGINT',
    malformed: 'BIGINT',
    consistent: 'BOOLEAN'
  }
);

-- 1. The peak of each build: the most memory, and when.
SELECT build, max(rss_bytes) AS peak_bytes, arg_max(timestamp, rss_bytes) AS peak_at
FROM lines
WHERE kind = 'tree'
GROUP BY build
ORDER BY build;

-- 2. The slope of a leak: processes by bytes a second. A process is its run, pid and start: a pid
-- is used again.
SELECT
  build,
  pid,
  max(comm) AS comm,
  round(regr_slope(rss_bytes, epoch_ms / 1000)) AS bytes_per_second
FROM lines
WHERE kind = 'process' AND rss_bytes IS NOT NULL
GROUP BY build, run_id, pid, start_ticks
HAVING count(*) >= 10
ORDER BY bytes_per_second DESC, build, pid
LIMIT 5;

-- 3. The top by container: CPU seconds, and the most memory of one sample.
WITH process AS (
  SELECT build, container_id, max(user_cpu_seconds_total + kernel_cpu_seconds_total) -
    min(user_cpu_seconds_total + kernel_cpu_seconds_total) AS cpu_seconds
  FROM lines
  WHERE kind = 'process' AND container_id IS NOT NULL
  GROUP BY build, container_id, run_id, pid, start_ticks
), sample AS (
  SELECT build, container_id, sum(rss_bytes) AS rss_bytes
  FROM lines
  WHERE kind = 'process' AND container_id IS NOT NULL
  GROUP BY build, container_id, run_id, epoch_ms
), cpu AS (
  SELECT build, container_id, sum(cpu_seconds) AS cpu_seconds FROM process GROUP BY ALL
), memory AS (
  SELECT build, container_id, max(rss_bytes) AS peak_bytes FROM sample GROUP BY ALL
)
SELECT build, container_id[:12] AS container, round(cpu_seconds, 2) AS cpu_seconds, peak_bytes
FROM cpu JOIN memory USING (build, container_id)
ORDER BY cpu_seconds DESC, build
LIMIT 5;

-- 4. CPU that no process line shows: that of processes which ended between two samples.
SELECT
  build,
  round(sum(unseen_cpu_percentage * interval_seconds) / 100, 2) AS unseen_cpu_seconds,
  round(100 * sum(unseen_cpu_percentage * interval_seconds) /
    nullif(sum(cpu_percentage * interval_seconds), 0), 1) AS percent_of_all
FROM lines
WHERE kind = 'tree'
GROUP BY build
ORDER BY build;

-- 5. The quality of the samples.
SELECT
  build,
  count(*) AS samples,
  sum(missed_samples) AS missed,
  max(interval_seconds) AS longest_interval_seconds,
  sum(gone) AS gone,
  sum(denied) AS denied,
  sum(malformed) AS malformed,
  count(*) FILTER (WHERE NOT consistent) AS inconsistent
FROM lines
WHERE kind = 'tree'
GROUP BY build
ORDER BY build;
