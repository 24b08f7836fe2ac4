/**
 * What the figures of lines mean, a sentence for each: the text of metrics.
 *
 * Written by .ci/dictionary.ts from the dictionary of fields.
 */

/** The sentences, by kind of line and by the name on it. */
export const HELP = {
  tree: {
    seq:
      "The number of the interval, from 0; it skips those in which no sample could be taken.",
    num_processes: "Processes of the tree.",
    num_threads: "Threads of all processes.",
    rss_bytes:
      "The sum of the processes' resident memory in bytes, in which shared pages count for each.",
    may_share_memory:
      "Whether sums of memory may count some memory twice: a process may have its parent's, as may_share_memory on its line says.",
    vsize_bytes: "The sum of the processes' virtual memory in bytes.",
    pss_bytes:
      "The sum of the processes' proportional set sizes in bytes: the memory that the tree really takes.",
    uss_bytes:
      "The sum of the processes' unique set sizes in bytes: what its end would free.",
    wss_bytes:
      "The working set in bytes: what was used of the resident memory since the reading before, N samples earlier with --wss-every N.",
    num_sockets: "Open sockets.",
    memory_limit_percentage:
      "How near memory is to a limit that kills: the highest, over the group and those above it that a mount shows, of what a group uses as a percentage of that group's own memory.max.",
    memory_limit_bytes:
      "The limit of memory that is nearest to be reached, in bytes.",
    cpu_percentage:
      "CPU used in the interval as a percentage of one core, including that of processes which lived and died within it; of a cgroup, what its own cpu.stat counts.",
    user_cpu_percentage: "The part of cpu_percentage in user mode.",
    kernel_cpu_percentage: "The part of cpu_percentage in the kernel.",
    unseen_cpu_percentage:
      "The part of cpu_percentage that stands on no process line of this sample: of processes that have ended since the previous one, or came from another cgroup.",
    average_cpu_percentage:
      "The sum of what the processes have used on average since their start, with the children that they have reaped, in a first sample in which cpu_percentage is null for that.",
    cpu_limit_percentage:
      "CPU used in the interval as a percentage of what the tree may use: cpu_percentage / num_cores.",
    user_cpu_seconds_total:
      "CPU seconds in user mode of all processes that have been members, since their start, ended children included: the sum of utime and cutime, and what was last seen of those that nobody in the tree has reaped.",
    kernel_cpu_seconds_total:
      "CPU seconds in the kernel of all processes that have been members, in the same way, of stime and cstime.",
    num_cores:
      "The cores that the root may use now: its allowed CPUs that are online, lowered by the cgroup v2 limits that a mount shows; may be a fraction.",
    interval_seconds: "Measured seconds since the previous sample.",
    sample_seconds: "Seconds that this sample took. 0 in a replay.",
    missed_samples:
      "Intervals that passed without a sample since the previous one, because the consumer or the host was slow.",
    gone: "Processes left out because they ended while the sample was taken.",
    denied:
      "Processes left out because the kernel refuses them to this user, and whether they belong to the tree is not known; and members of a cgroup that have no id in the pid namespace of the sampling program.",
    malformed:
      "Processes left out because their stat could not be read for another reason or makes no sense, processes with an amount of memory that makes none, and cgroups below the root that cannot be opened for their names.",
    consistent:
      "Whether each child's time was counted once and all processes were listed: false if children kept ending while the sample was taken, if new processes could not be looked for, or if members of a cgroup cannot be seen.",
    sampler_cpu_percentage:
      "CPU that the sampling program itself used since it last gave this figure, as a percentage of one core; the second sample looks back to the end of the first.",
    sampler_rss_bytes:
      "Resident memory of the sampling program itself in bytes. 0 in a replay.",
    run_delay_seconds_total:
      "Seconds that threads have waited for a CPU though they could have run.",
    run_delay_percentage:
      "The same in the window of cpu_percentage as a percentage of it: 100 for each thread that did nothing but wait.",
    timeslices_total: "How often a thread was put on a CPU.",
    blkio_delay_seconds_total:
      "Seconds spent waiting for block devices, delayacct_blkio_ticks, see proc_pid_stat(5).",
    blkio_delay_percentage:
      "The same in the window of cpu_percentage as a percentage of it: 100 for each thread.",
    io_read_chars_bytes_total:
      "Bytes read by system calls, from pipes and caches too, rchar.",
    io_written_chars_bytes_total:
      "Bytes written by system calls, to pipes and caches too, wchar.",
    io_read_calls_total: "System calls that read, syscr.",
    io_write_calls_total: "System calls that write, syscw.",
    io_read_bytes_total: "Bytes fetched from storage, read_bytes.",
    io_written_bytes_total:
      "Bytes sent to storage, or rather made dirty in the page cache, write_bytes.",
    io_cancelled_write_bytes_total:
      "Bytes made dirty that never went to storage, for the file was truncated, cancelled_write_bytes.",
    io_read_chars_bytes_per_second: "Bytes per second read by system calls.",
    io_written_chars_bytes_per_second:
      "Bytes per second written by system calls.",
    io_read_bytes_per_second: "Bytes per second fetched from storage.",
    io_written_bytes_per_second: "Bytes per second sent to storage.",
    numa_bytes:
      "Resident memory in bytes by the number of the node that it is on, see numa(7), numa_maps; a node without any is not there.",
    sockets:
      "Open sockets by protocol. tcp, tcp6, udp, udp6, unix, raw, raw6, netlink and packet are those that the tables of these names have in /proc/PID/net of the process's network namespace, see proc_pid_net(5); one of IPv6 may take IPv4 too. other are those in no table: of other protocols, of another network namespace, as of a process that has left that in which it opened them, and those that are neither bound nor connected, or not any more.",
    tcp_states:
      "Open sockets of TCP by their state, over IPv4 and IPv6 together.",
  },
  cgroup: {
    num_processes:
      "Processes of the tree that are in this very group, zombies of cgroup v1 left out.",
    cpu_seconds_total:
      "CPU seconds that the group has used, usage_usec of cpu.stat.",
    user_cpu_seconds_total:
      "CPU seconds that the group has used in user mode, user_usec.",
    kernel_cpu_seconds_total:
      "CPU seconds that the group has used in the kernel, system_usec.",
    cpu_percentage:
      "CPU used since the previous sample as a percentage of one core.",
    user_cpu_percentage: "The part of cpu_percentage in user mode.",
    kernel_cpu_percentage: "The part of cpu_percentage in the kernel.",
    cpu_limit_cores: "Cores that the group may use, cpu.max.",
    cpu_limit_percentage: "cpu_percentage as a percentage of cpu_limit_cores.",
    cpu_periods_total:
      "Periods of the limit in which the group ran, nr_periods.",
    cpu_throttled_periods_total:
      "Periods of the limit in which the group was held back, nr_throttled.",
    cpu_throttled_seconds_total:
      "Seconds that the group was held back by its limit, throttled_usec, throttled_time of cgroup v1.",
    memory_current_bytes:
      "Memory in use in bytes, page cache included, memory.current.",
    memory_peak_bytes:
      "The most memory in use, in bytes, memory.peak, since Linux 5.19; in any cgroup v1.",
    memory_max_bytes: "The group's own limit in bytes, memory.max.",
    memory_limit_percentage:
      "How near memory is to a limit that kills: the highest, over the group and those above it that a mount shows, of what a group uses as a percentage of that group's own memory.max.",
    memory_limit_bytes:
      "The limit of memory that is nearest to be reached, in bytes.",
    memory_high_bytes:
      "The bytes beyond which the group is slowed down, memory.high.",
    swap_current_bytes:
      "Swap in use in bytes, memory.swap.current; of cgroup v1 total_swap of memory.stat.",
    swap_max_bytes: "The limit of swap in bytes, memory.swap.max.",
    pids_current: "Tasks in the group, pids.current.",
    pids_max: "The limit of tasks in the group, pids.max.",
    memory_stat:
      "memory.stat, by the kernel's names: amounts in bytes, events (pgfault and others) in counts.",
    memory_events:
      "memory.events: how often limits were reached (low, high, max, oom, oom_kill).",
    io_stat: "io.stat for each device (8:0): bytes and operations.",
    cpu_pressure:
      "cpu.pressure: shares of time and microseconds in which tasks waited for a CPU.",
    memory_pressure:
      "memory.pressure: shares of time and microseconds in which tasks waited for memory.",
    io_pressure:
      "io.pressure: shares of time and microseconds in which tasks waited for io.",
  },
  host: {
    num_cpus: "CPUs that are online now.",
    load1:
      "Processes that ran or waited for a CPU or a device, averaged over 1 minute, see proc_loadavg(5).",
    load5:
      "Processes that ran or waited for a CPU or a device, averaged over 5 minutes.",
    load15:
      "Processes that ran or waited for a CPU or a device, averaged over 15 minutes.",
    num_running: "Threads that are running or could.",
    num_threads: "Threads of the host.",
    cpu_percentage:
      "CPU used since the previous sample as a percentage of one core, idle and waiting time not counted; held to 100 times the CPUs.",
    ctxt_switches_total: "Context switches since boot.",
    forks_total: "Processes and threads created since boot.",
    mem_total_bytes:
      "The memory of the host in bytes, MemTotal, see proc_meminfo(5).",
    mem_free_bytes: "Memory in bytes that nothing uses, MemFree.",
    mem_available_bytes:
      "Memory in bytes that programs could get without swapping, MemAvailable.",
    cached_bytes: "The page cache in bytes, Cached.",
    dirty_bytes: "Memory in bytes that waits to be written back, Dirty.",
    swap_total_bytes: "Swap in bytes, SwapTotal.",
    swap_free_bytes: "Swap in bytes that nothing uses, SwapFree.",
    cpu_seconds_total:
      "CPU seconds of all CPUs since boot, by kind: user, nice, system, idle and so on, see proc_stat(5).",
    cpu_pressure:
      "/proc/pressure/cpu: shares of time and microseconds in which tasks waited for a CPU.",
    memory_pressure:
      "/proc/pressure/memory: shares of time and microseconds in which tasks waited for memory.",
    io_pressure:
      "/proc/pressure/io: shares of time and microseconds in which tasks waited for io.",
    vmstat: "/proc/vmstat, by the kernel's names, in pages or counts.",
  },
} as const;
