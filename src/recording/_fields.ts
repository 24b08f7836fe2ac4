/**
 * What each field of a line may hold, and what reads the kinds of line that are most of a run.
 *
 * Written by .ci/dictionary.ts from the dictionary of fields: field by field, as looking them up
 * by key costs more than `JSON.parse` of the whole line.
 */

import type { MappingSample } from "../model/collected_fields.ts";
import type { LineKind } from "../model/field.ts";
import type { NullReasons } from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";
import type { TreeSample } from "../model/sample.ts";
import {
  type Check,
  flagOf,
  isBoolean,
  isCountersByNameOrNull,
  isCountersOrNull,
  isFigure,
  isFigureOrNull,
  isFiguresOrNull,
  isFlag,
  isInteger,
  isIntegerOrNull,
  isIntegersOrNull,
  isNamedTextsOrNull,
  isPressureOrNull,
  isText,
  isTextOrNull,
  isTexts,
  isTextsOrNull,
  isWhole,
  isWholeOrNull,
  isWholes,
  type Line,
} from "./_values.ts";

/** Whether a value can be that of a field, by the kind of line and the field's key in a sample. */
export const CHECKS: Readonly<
  Record<LineKind, Readonly<Record<string, Check>>>
> = {
  run: {
    schema: isWhole,
    version: isText,
    runId: isText,
    bootId: isTextOrNull,
    hostname: isTextOrNull,
    rootPid: isWholeOrNull,
    rootCgroup: isTextOrNull,
    command: isTextsOrNull,
    commandTruncated: isFlag,
    intervalSeconds: isFigure,
    pageSizeBytes: isWholeOrNull,
    ticksPerSecond: isWhole,
    numCores: isFigureOrNull,
    collectors: isTexts,
  },
  start: {
    pid: isWhole,
    ppid: isWhole,
    startTicks: isInteger,
    exe: isTextOrNull,
    comm: isText,
    cmdline: isTextsOrNull,
    cmdlineTruncated: isFlag,
    uid: isWholeOrNull,
    startedAt: isTextOrNull,
  },
  exit: {
    pid: isWhole,
    ppid: isWhole,
    startTicks: isInteger,
    exe: isTextOrNull,
    comm: isText,
    cmdline: isTextsOrNull,
    cmdlineTruncated: isFlag,
    lifetimeSeconds: isFigureOrNull,
    userCpuSecondsTotal: isFigure,
    kernelCpuSecondsTotal: isFigure,
    childrenUserCpuSecondsTotal: isFigure,
    childrenKernelCpuSecondsTotal: isFigure,
    peakRssBytes: isWholeOrNull,
  },
  exec: {
    pid: isWhole,
    startTicks: isInteger,
    exe: isTextOrNull,
    previousExe: isTextOrNull,
    comm: isText,
  },
  reparented: {
    pid: isWhole,
    startTicks: isInteger,
    ppid: isWhole,
    previousPpid: isWhole,
  },
  process: {
    pid: isWhole,
    ppid: isWhole,
    orphan: isFlag,
    exe: isTextOrNull,
    exeDeleted: isFlag,
    comm: isText,
    state: isText,
    startTicks: isInteger,
    uptimeSeconds: isFigureOrNull,
    numThreads: isWhole,
    rssBytes: isWholeOrNull,
    mayShareMemory: isFlag,
    rsslimBytes: isIntegerOrNull,
    vsizeBytes: isIntegerOrNull,
    cpuPercentage: isFigureOrNull,
    userCpuPercentage: isFigureOrNull,
    kernelCpuPercentage: isFigureOrNull,
    cpuWindowSeconds: isFigureOrNull,
    averageCpuPercentage: isFigureOrNull,
    userCpuSecondsTotal: isFigure,
    kernelCpuSecondsTotal: isFigure,
    childrenUserCpuSecondsTotal: isFigure,
    childrenKernelCpuSecondsTotal: isFigure,
    cmdline: isTextsOrNull,
    cmdlineTruncated: isFlag,
    cwd: isTextOrNull,
    cwdDeleted: isFlag,
    cwdTruncated: isFlag,
    env: isNamedTextsOrNull,
    envTruncated: isFlag,
    uid: isWholeOrNull,
    cgroup: isTextOrNull,
    cgroupTruncated: isFlag,
    unit: isTextOrNull,
    containerId: isTextOrNull,
    podUid: isTextOrNull,
    pgrp: isWhole,
    session: isWhole,
    priority: isWhole,
    nice: isWhole,
    minorFaultsTotal: isInteger,
    majorFaultsTotal: isInteger,
    childrenMinorFaultsTotal: isInteger,
    childrenMajorFaultsTotal: isInteger,
    blockIoDelaySecondsTotal: isFigureOrNull,
    peakRssBytes: isWholeOrNull,
    peakVsizeBytes: isIntegerOrNull,
    rssAnonBytes: isWholeOrNull,
    rssFileBytes: isWholeOrNull,
    rssShmemBytes: isWholeOrNull,
    dataBytes: isIntegerOrNull,
    stackBytes: isIntegerOrNull,
    textBytes: isIntegerOrNull,
    libBytes: isIntegerOrNull,
    pageTablesBytes: isIntegerOrNull,
    swapBytes: isWholeOrNull,
    lockedBytes: isIntegerOrNull,
    voluntaryCtxtSwitches: isIntegerOrNull,
    nonvoluntaryCtxtSwitches: isIntegerOrNull,
    ussBytes: isWholeOrNull,
    pssBytes: isWholeOrNull,
    pssDirtyBytes: isWholeOrNull,
    privateCleanBytes: isWholeOrNull,
    privateDirtyBytes: isWholeOrNull,
    sharedCleanBytes: isWholeOrNull,
    sharedDirtyBytes: isWholeOrNull,
    referencedBytes: isWholeOrNull,
    anonymousBytes: isWholeOrNull,
    ksmBytes: isWholeOrNull,
    lazyFreeBytes: isWholeOrNull,
    anonHugePagesBytes: isWholeOrNull,
    shmemPmdMappedBytes: isWholeOrNull,
    filePmdMappedBytes: isWholeOrNull,
    sharedHugetlbBytes: isWholeOrNull,
    privateHugetlbBytes: isWholeOrNull,
    swapPssBytes: isWholeOrNull,
    pssAnonBytes: isWholeOrNull,
    pssFileBytes: isWholeOrNull,
    pssShmemBytes: isWholeOrNull,
    rollupRssBytes: isWholeOrNull,
    rollupSwapBytes: isWholeOrNull,
    rollupLockedBytes: isWholeOrNull,
    numaBytes: isIntegersOrNull,
    numaBytesTruncated: isFlag,
    wssBytes: isWholeOrNull,
    numFds: isWholeOrNull,
    fdLimit: isIntegerOrNull,
    rlimitsSoft: isCountersOrNull,
    rlimitsHard: isCountersOrNull,
    rlimitsPercentage: isFiguresOrNull,
    userNumThreads: isWholeOrNull,
    numSockets: isWholeOrNull,
    sockets: isIntegersOrNull,
    tcpStates: isIntegersOrNull,
    oomScore: isWholeOrNull,
    oomScoreAdj: isWholeOrNull,
    signals: isCountersOrNull,
    wchan: isTextOrNull,
    runDelaySecondsTotal: isFigureOrNull,
    runDelayPercentage: isFigureOrNull,
    timeslicesTotal: isIntegerOrNull,
    lastProcessor: isWholeOrNull,
    policy: isTextOrNull,
    rtPriority: isWholeOrNull,
    blkioDelaySecondsTotal: isFigureOrNull,
    blkioDelayPercentage: isFigureOrNull,
    ioReadCharsBytesTotal: isIntegerOrNull,
    ioWrittenCharsBytesTotal: isIntegerOrNull,
    ioReadCallsTotal: isIntegerOrNull,
    ioWriteCallsTotal: isIntegerOrNull,
    ioReadBytesTotal: isIntegerOrNull,
    ioWrittenBytesTotal: isIntegerOrNull,
    ioCancelledWriteBytesTotal: isIntegerOrNull,
    ioReadCharsBytesPerSecond: isFigureOrNull,
    ioWrittenCharsBytesPerSecond: isFigureOrNull,
    ioReadBytesPerSecond: isFigureOrNull,
    ioWrittenBytesPerSecond: isFigureOrNull,
    unseenThreadsCpuSeconds: isFigureOrNull,
  },
  group: {
    groupBy: isText,
    group: isTextOrNull,
    other: isFlag,
    numProcesses: isWhole,
    numThreads: isWhole,
    rssBytes: isWholeOrNull,
    vsizeBytes: isIntegerOrNull,
    cpuPercentage: isFigureOrNull,
    userCpuPercentage: isFigureOrNull,
    kernelCpuPercentage: isFigureOrNull,
    maxRssBytes: isWholeOrNull,
    userCpuSecondsTotal: isFigure,
    kernelCpuSecondsTotal: isFigure,
    oldestStartTicks: isIntegerOrNull,
    states: isWholes,
    minorFaultsTotal: isIntegerOrNull,
    majorFaultsTotal: isIntegerOrNull,
    voluntaryCtxtSwitchesTotal: isIntegerOrNull,
    nonvoluntaryCtxtSwitchesTotal: isIntegerOrNull,
    runDelaySecondsTotal: isFigureOrNull,
    timeslicesTotal: isIntegerOrNull,
    blkioDelaySecondsTotal: isFigureOrNull,
    ioReadCharsBytesTotal: isIntegerOrNull,
    ioWrittenCharsBytesTotal: isIntegerOrNull,
    ioReadCallsTotal: isIntegerOrNull,
    ioWriteCallsTotal: isIntegerOrNull,
    ioReadBytesTotal: isIntegerOrNull,
    ioWrittenBytesTotal: isIntegerOrNull,
    ioCancelledWriteBytesTotal: isIntegerOrNull,
    ioReadCharsBytesPerSecond: isFigureOrNull,
    ioWrittenCharsBytesPerSecond: isFigureOrNull,
    ioReadBytesPerSecond: isFigureOrNull,
    ioWrittenBytesPerSecond: isFigureOrNull,
    swapBytes: isIntegerOrNull,
    pssBytes: isIntegerOrNull,
    ussBytes: isIntegerOrNull,
    swapPssBytes: isIntegerOrNull,
    numFds: isIntegerOrNull,
    numSockets: isWholeOrNull,
    sockets: isIntegersOrNull,
    tcpStates: isIntegersOrNull,
    runDelayPercentage: isFigureOrNull,
    blkioDelayPercentage: isFigureOrNull,
    worstFdPercentage: isFigureOrNull,
  },
  rest: {
    numGroups: isWholeOrNull,
    numProcesses: isWhole,
    numThreads: isWhole,
    rssBytes: isWholeOrNull,
    vsizeBytes: isIntegerOrNull,
    cpuPercentage: isFigureOrNull,
    userCpuPercentage: isFigureOrNull,
    kernelCpuPercentage: isFigureOrNull,
    swapBytes: isIntegerOrNull,
    pssBytes: isIntegerOrNull,
    ussBytes: isIntegerOrNull,
    swapPssBytes: isIntegerOrNull,
    numFds: isIntegerOrNull,
    numSockets: isWholeOrNull,
    sockets: isIntegersOrNull,
    tcpStates: isIntegersOrNull,
    runDelayPercentage: isFigureOrNull,
    blkioDelayPercentage: isFigureOrNull,
    ioReadCharsBytesPerSecond: isFigureOrNull,
    ioWrittenCharsBytesPerSecond: isFigureOrNull,
    ioReadBytesPerSecond: isFigureOrNull,
    ioWrittenBytesPerSecond: isFigureOrNull,
    numOtherThreads: isWholeOrNull,
    otherThreadsCpuPercentage: isFigureOrNull,
    otherThreadsUserCpuPercentage: isFigureOrNull,
    otherThreadsKernelCpuPercentage: isFigureOrNull,
  },
  thread: {
    pid: isWhole,
    tid: isWhole,
    comm: isText,
    state: isText,
    startTicks: isInteger,
    uptimeSeconds: isFigureOrNull,
    processor: isWholeOrNull,
    cpuPercentage: isFigureOrNull,
    userCpuPercentage: isFigureOrNull,
    kernelCpuPercentage: isFigureOrNull,
    cpuWindowSeconds: isFigureOrNull,
    averageCpuPercentage: isFigureOrNull,
    userCpuSecondsTotal: isFigure,
    kernelCpuSecondsTotal: isFigure,
    priority: isWhole,
    nice: isWhole,
    minorFaultsTotal: isInteger,
    majorFaultsTotal: isInteger,
    blockIoDelaySecondsTotal: isFigureOrNull,
    voluntaryCtxtSwitches: isIntegerOrNull,
    nonvoluntaryCtxtSwitches: isIntegerOrNull,
    runDelaySecondsTotal: isFigureOrNull,
    runDelayPercentage: isFigureOrNull,
    timeslicesTotal: isIntegerOrNull,
    policy: isTextOrNull,
    rtPriority: isWholeOrNull,
    ioReadCharsBytesTotal: isIntegerOrNull,
    ioWrittenCharsBytesTotal: isIntegerOrNull,
    ioReadCallsTotal: isIntegerOrNull,
    ioWriteCallsTotal: isIntegerOrNull,
    ioReadBytesTotal: isIntegerOrNull,
    ioWrittenBytesTotal: isIntegerOrNull,
    ioCancelledWriteBytesTotal: isIntegerOrNull,
  },
  smaps: {
    pid: isWhole,
    startTicks: isInteger,
    pathname: isText,
    pathnameTruncated: isFlag,
    numMappings: isWhole,
    sizeBytes: isIntegerOrNull,
    rssBytes: isWholeOrNull,
    swapBytes: isWholeOrNull,
    lockedBytes: isWholeOrNull,
    ussBytes: isWholeOrNull,
    pssBytes: isWholeOrNull,
    pssDirtyBytes: isWholeOrNull,
    privateCleanBytes: isWholeOrNull,
    privateDirtyBytes: isWholeOrNull,
    sharedCleanBytes: isWholeOrNull,
    sharedDirtyBytes: isWholeOrNull,
    referencedBytes: isWholeOrNull,
    anonymousBytes: isWholeOrNull,
    ksmBytes: isWholeOrNull,
    lazyFreeBytes: isWholeOrNull,
    anonHugePagesBytes: isWholeOrNull,
    shmemPmdMappedBytes: isWholeOrNull,
    filePmdMappedBytes: isWholeOrNull,
    sharedHugetlbBytes: isWholeOrNull,
    privateHugetlbBytes: isWholeOrNull,
    swapPssBytes: isWholeOrNull,
  },
  cgroup: {
    path: isText,
    pathTruncated: isFlag,
    numProcesses: isWhole,
    cpuSecondsTotal: isFigureOrNull,
    userCpuSecondsTotal: isFigureOrNull,
    kernelCpuSecondsTotal: isFigureOrNull,
    cpuPercentage: isFigureOrNull,
    userCpuPercentage: isFigureOrNull,
    kernelCpuPercentage: isFigureOrNull,
    cpuLimitCores: isFigureOrNull,
    cpuLimitPercentage: isFigureOrNull,
    cpuPeriodsTotal: isIntegerOrNull,
    cpuThrottledPeriodsTotal: isIntegerOrNull,
    cpuThrottledSecondsTotal: isFigureOrNull,
    memoryCurrentBytes: isWholeOrNull,
    memoryPeakBytes: isWholeOrNull,
    memoryMaxBytes: isIntegerOrNull,
    memoryLimitPercentage: isFigureOrNull,
    memoryLimitBytes: isIntegerOrNull,
    memoryLimitCgroup: isTextOrNull,
    memoryLimitCgroupTruncated: isFlag,
    memoryHighBytes: isIntegerOrNull,
    swapCurrentBytes: isWholeOrNull,
    swapMaxBytes: isIntegerOrNull,
    memoryStat: isCountersOrNull,
    memoryEvents: isCountersOrNull,
    ioStat: isCountersByNameOrNull,
    ioStatTruncated: isFlag,
    pidsCurrent: isIntegerOrNull,
    pidsMax: isIntegerOrNull,
    cpuPressure: isPressureOrNull,
    memoryPressure: isPressureOrNull,
    ioPressure: isPressureOrNull,
  },
  host: {
    numCpus: isWholeOrNull,
    load1: isFigureOrNull,
    load5: isFigureOrNull,
    load15: isFigureOrNull,
    numRunning: isWholeOrNull,
    numThreads: isWholeOrNull,
    cpuSecondsTotal: isFiguresOrNull,
    cpuPercentage: isFigureOrNull,
    ctxtSwitchesTotal: isIntegerOrNull,
    forksTotal: isIntegerOrNull,
    memTotalBytes: isWholeOrNull,
    memFreeBytes: isWholeOrNull,
    memAvailableBytes: isWholeOrNull,
    cachedBytes: isWholeOrNull,
    dirtyBytes: isWholeOrNull,
    swapTotalBytes: isWholeOrNull,
    swapFreeBytes: isWholeOrNull,
    cpuPressure: isPressureOrNull,
    memoryPressure: isPressureOrNull,
    ioPressure: isPressureOrNull,
    vmstat: isCountersOrNull,
  },
  tree: {
    rootPid: isWholeOrNull,
    seq: isWhole,
    numProcesses: isWhole,
    numThreads: isWhole,
    rssBytes: isWholeOrNull,
    mayShareMemory: isFlag,
    vsizeBytes: isIntegerOrNull,
    pssBytes: isWholeOrNull,
    ussBytes: isWholeOrNull,
    numaBytes: isIntegersOrNull,
    numaBytesTruncated: isFlag,
    wssBytes: isWholeOrNull,
    numSockets: isWholeOrNull,
    sockets: isIntegersOrNull,
    tcpStates: isIntegersOrNull,
    memoryLimitPercentage: isFigureOrNull,
    memoryLimitBytes: isIntegerOrNull,
    memoryLimitCgroup: isTextOrNull,
    memoryLimitCgroupTruncated: isFlag,
    cpuPercentage: isFigureOrNull,
    userCpuPercentage: isFigureOrNull,
    kernelCpuPercentage: isFigureOrNull,
    unseenCpuPercentage: isFigureOrNull,
    averageCpuPercentage: isFigureOrNull,
    cpuLimitPercentage: isFigureOrNull,
    userCpuSecondsTotal: isFigure,
    kernelCpuSecondsTotal: isFigure,
    numCores: isFigureOrNull,
    intervalSeconds: isFigureOrNull,
    sampleSeconds: isFigure,
    missedSamples: isWhole,
    gone: isWhole,
    denied: isWhole,
    malformed: isWhole,
    consistent: isBoolean,
    samplerCpuPercentage: isFigureOrNull,
    samplerRssBytes: isWhole,
    runDelaySecondsTotal: isFigureOrNull,
    runDelayPercentage: isFigureOrNull,
    timeslicesTotal: isIntegerOrNull,
    blkioDelaySecondsTotal: isFigureOrNull,
    blkioDelayPercentage: isFigureOrNull,
    ioReadCharsBytesTotal: isIntegerOrNull,
    ioWrittenCharsBytesTotal: isIntegerOrNull,
    ioReadCallsTotal: isIntegerOrNull,
    ioWriteCallsTotal: isIntegerOrNull,
    ioReadBytesTotal: isIntegerOrNull,
    ioWrittenBytesTotal: isIntegerOrNull,
    ioCancelledWriteBytesTotal: isIntegerOrNull,
    ioReadCharsBytesPerSecond: isFigureOrNull,
    ioWrittenCharsBytesPerSecond: isFigureOrNull,
    ioReadBytesPerSecond: isFigureOrNull,
    ioWrittenBytesPerSecond: isFigureOrNull,
  },
  end: {
    reason: isEndReason,
    exitCode: isWholeOrNull,
    signal: isTextOrNull,
    wallSeconds: isFigure,
    userCpuSeconds: isFigure,
    kernelCpuSeconds: isFigure,
    meanCores: isFigureOrNull,
    peakRssBytes: isWholeOrNull,
    peakRssEpochMs: isWholeOrNull,
    peakRssNumProcesses: isWholeOrNull,
    peakNumProcesses: isWhole,
    samples: isWhole,
    missedSamples: isWhole,
    ioReadCharsBytes: isIntegerOrNull,
    ioWrittenCharsBytes: isIntegerOrNull,
    ioReadCalls: isIntegerOrNull,
    ioWriteCalls: isIntegerOrNull,
    ioReadBytes: isIntegerOrNull,
    ioWrittenBytes: isIntegerOrNull,
    ioCancelledWriteBytes: isIntegerOrNull,
  },
};

function isEndReason(value: unknown): boolean {
  return value === "exited" || value === "count" || value === "duration" ||
    value === "stdin" || value === "signal" || value === "reader" ||
    value === "failed";
}

function processOfOwn(line: Line, unreadable: NullReasons | null) {
  if (
    !isWhole(line.pid) || !isWhole(line.ppid) || !isFlag(line.orphan) ||
    !isTextOrNull(line.exe) || !isFlag(line.exe_deleted) ||
    !isText(line.comm) || !isText(line.state) || !isInteger(line.start_ticks) ||
    !isFigureOrNull(line.uptime_seconds) || !isWhole(line.num_threads) ||
    !isWholeOrNull(line.rss_bytes) || !isFlag(line.may_share_memory) ||
    !isIntegerOrNull(line.rsslim_bytes) || !isIntegerOrNull(line.vsize_bytes) ||
    !isFigureOrNull(line.cpu_percentage) ||
    !isFigureOrNull(line.user_cpu_percentage) ||
    !isFigureOrNull(line.kernel_cpu_percentage) ||
    !isFigureOrNull(line.cpu_window_seconds) ||
    !isFigureOrNull(line.average_cpu_percentage) ||
    !isFigure(line.user_cpu_seconds_total) ||
    !isFigure(line.kernel_cpu_seconds_total) ||
    !isFigure(line.children_user_cpu_seconds_total) ||
    !isFigure(line.children_kernel_cpu_seconds_total)
  ) return null;
  return {
    pid: line.pid,
    ppid: line.ppid,
    orphan: line.orphan === true,
    exe: line.exe,
    exeDeleted: flagOf(line.exe_deleted, line.exe),
    comm: line.comm,
    state: line.state,
    startTicks: line.start_ticks,
    uptimeSeconds: line.uptime_seconds,
    numThreads: line.num_threads,
    rssBytes: line.rss_bytes,
    mayShareMemory: line.may_share_memory === true,
    rsslimBytes: line.rsslim_bytes,
    vsizeBytes: line.vsize_bytes,
    cpuPercentage: line.cpu_percentage,
    userCpuPercentage: line.user_cpu_percentage,
    kernelCpuPercentage: line.kernel_cpu_percentage,
    cpuWindowSeconds: line.cpu_window_seconds,
    averageCpuPercentage: line.average_cpu_percentage,
    userCpuSecondsTotal: line.user_cpu_seconds_total,
    kernelCpuSecondsTotal: line.kernel_cpu_seconds_total,
    childrenUserCpuSecondsTotal: line.children_user_cpu_seconds_total,
    childrenKernelCpuSecondsTotal: line.children_kernel_cpu_seconds_total,
    unreadable,
  };
}

function processOfCmdline(line: Line) {
  if (!isTextsOrNull(line.cmdline) || !isFlag(line.cmdline_truncated)) {
    return null;
  }
  return {
    cmdline: line.cmdline,
    cmdlineTruncated: flagOf(line.cmdline_truncated, line.cmdline),
  };
}

function processOfCwd(line: Line) {
  if (
    !isTextOrNull(line.cwd) || !isFlag(line.cwd_deleted) ||
    !isFlag(line.cwd_truncated)
  ) return null;
  return {
    cwd: line.cwd,
    cwdDeleted: flagOf(line.cwd_deleted, line.cwd),
    cwdTruncated: flagOf(line.cwd_truncated, line.cwd),
  };
}

function processOfEnv(line: Line) {
  if (!isNamedTextsOrNull(line.env) || !isFlag(line.env_truncated)) return null;
  return { env: line.env, envTruncated: flagOf(line.env_truncated, line.env) };
}

function processOfStatus(line: Line) {
  if (
    !isWholeOrNull(line.uid) || !isWholeOrNull(line.peak_rss_bytes) ||
    !isIntegerOrNull(line.peak_vsize_bytes) ||
    !isWholeOrNull(line.rss_anon_bytes) ||
    !isWholeOrNull(line.rss_file_bytes) ||
    !isWholeOrNull(line.rss_shmem_bytes) || !isIntegerOrNull(line.data_bytes) ||
    !isIntegerOrNull(line.stack_bytes) || !isIntegerOrNull(line.text_bytes) ||
    !isIntegerOrNull(line.lib_bytes) ||
    !isIntegerOrNull(line.page_tables_bytes) ||
    !isWholeOrNull(line.swap_bytes) || !isIntegerOrNull(line.locked_bytes) ||
    !isIntegerOrNull(line.voluntary_ctxt_switches) ||
    !isIntegerOrNull(line.nonvoluntary_ctxt_switches)
  ) return null;
  return {
    uid: line.uid,
    peakRssBytes: line.peak_rss_bytes,
    peakVsizeBytes: line.peak_vsize_bytes,
    rssAnonBytes: line.rss_anon_bytes,
    rssFileBytes: line.rss_file_bytes,
    rssShmemBytes: line.rss_shmem_bytes,
    dataBytes: line.data_bytes,
    stackBytes: line.stack_bytes,
    textBytes: line.text_bytes,
    libBytes: line.lib_bytes,
    pageTablesBytes: line.page_tables_bytes,
    swapBytes: line.swap_bytes,
    lockedBytes: line.locked_bytes,
    voluntaryCtxtSwitches: line.voluntary_ctxt_switches,
    nonvoluntaryCtxtSwitches: line.nonvoluntary_ctxt_switches,
  };
}

function processOfCgroup(line: Line) {
  if (
    !isTextOrNull(line.cgroup) || !isFlag(line.cgroup_truncated) ||
    !isTextOrNull(line.unit) || !isTextOrNull(line.container_id) ||
    !isTextOrNull(line.pod_uid)
  ) return null;
  return {
    cgroup: line.cgroup,
    cgroupTruncated: flagOf(line.cgroup_truncated, line.cgroup),
    unit: line.unit,
    containerId: line.container_id,
    podUid: line.pod_uid,
  };
}

function processOfStat(line: Line) {
  if (
    !isWhole(line.pgrp) || !isWhole(line.session) || !isWhole(line.priority) ||
    !isWhole(line.nice) || !isInteger(line.minor_faults_total) ||
    !isInteger(line.major_faults_total) ||
    !isInteger(line.children_minor_faults_total) ||
    !isInteger(line.children_major_faults_total) ||
    !isFigureOrNull(line.block_io_delay_seconds_total)
  ) return null;
  return {
    pgrp: line.pgrp,
    session: line.session,
    priority: line.priority,
    nice: line.nice,
    minorFaultsTotal: line.minor_faults_total,
    majorFaultsTotal: line.major_faults_total,
    childrenMinorFaultsTotal: line.children_minor_faults_total,
    childrenMajorFaultsTotal: line.children_major_faults_total,
    blockIoDelaySecondsTotal: line.block_io_delay_seconds_total,
  };
}

function processOfSmapsRollup(line: Line) {
  if (
    !isWholeOrNull(line.uss_bytes) || !isWholeOrNull(line.pss_bytes) ||
    !isWholeOrNull(line.pss_dirty_bytes) ||
    !isWholeOrNull(line.private_clean_bytes) ||
    !isWholeOrNull(line.private_dirty_bytes) ||
    !isWholeOrNull(line.shared_clean_bytes) ||
    !isWholeOrNull(line.shared_dirty_bytes) ||
    !isWholeOrNull(line.referenced_bytes) ||
    !isWholeOrNull(line.anonymous_bytes) || !isWholeOrNull(line.ksm_bytes) ||
    !isWholeOrNull(line.lazy_free_bytes) ||
    !isWholeOrNull(line.anon_huge_pages_bytes) ||
    !isWholeOrNull(line.shmem_pmd_mapped_bytes) ||
    !isWholeOrNull(line.file_pmd_mapped_bytes) ||
    !isWholeOrNull(line.shared_hugetlb_bytes) ||
    !isWholeOrNull(line.private_hugetlb_bytes) ||
    !isWholeOrNull(line.swap_pss_bytes) ||
    !isWholeOrNull(line.pss_anon_bytes) ||
    !isWholeOrNull(line.pss_file_bytes) ||
    !isWholeOrNull(line.pss_shmem_bytes) ||
    !isWholeOrNull(line.rollup_rss_bytes) ||
    !isWholeOrNull(line.rollup_swap_bytes) ||
    !isWholeOrNull(line.rollup_locked_bytes)
  ) return null;
  return {
    ussBytes: line.uss_bytes,
    pssBytes: line.pss_bytes,
    pssDirtyBytes: line.pss_dirty_bytes,
    privateCleanBytes: line.private_clean_bytes,
    privateDirtyBytes: line.private_dirty_bytes,
    sharedCleanBytes: line.shared_clean_bytes,
    sharedDirtyBytes: line.shared_dirty_bytes,
    referencedBytes: line.referenced_bytes,
    anonymousBytes: line.anonymous_bytes,
    ksmBytes: line.ksm_bytes,
    lazyFreeBytes: line.lazy_free_bytes,
    anonHugePagesBytes: line.anon_huge_pages_bytes,
    shmemPmdMappedBytes: line.shmem_pmd_mapped_bytes,
    filePmdMappedBytes: line.file_pmd_mapped_bytes,
    sharedHugetlbBytes: line.shared_hugetlb_bytes,
    privateHugetlbBytes: line.private_hugetlb_bytes,
    swapPssBytes: line.swap_pss_bytes,
    pssAnonBytes: line.pss_anon_bytes,
    pssFileBytes: line.pss_file_bytes,
    pssShmemBytes: line.pss_shmem_bytes,
    rollupRssBytes: line.rollup_rss_bytes,
    rollupSwapBytes: line.rollup_swap_bytes,
    rollupLockedBytes: line.rollup_locked_bytes,
  };
}

function processOfNuma(line: Line) {
  if (
    !isIntegersOrNull(line.numa_bytes) || !isFlag(line.numa_bytes_truncated)
  ) return null;
  return {
    numaBytes: line.numa_bytes,
    numaBytesTruncated: line.numa_bytes_truncated === true,
  };
}

function processOfWss(line: Line) {
  if (!isWholeOrNull(line.wss_bytes)) return null;
  return { wssBytes: line.wss_bytes };
}

function processOfFd(line: Line) {
  if (!isWholeOrNull(line.num_fds) || !isIntegerOrNull(line.fd_limit)) {
    return null;
  }
  return { numFds: line.num_fds, fdLimit: line.fd_limit };
}

function processOfLimits(line: Line) {
  if (
    !isCountersOrNull(line.rlimits_soft) ||
    !isCountersOrNull(line.rlimits_hard) ||
    !isFiguresOrNull(line.rlimits_percentage) ||
    !isWholeOrNull(line.user_num_threads)
  ) return null;
  return {
    rlimitsSoft: line.rlimits_soft,
    rlimitsHard: line.rlimits_hard,
    rlimitsPercentage: line.rlimits_percentage,
    userNumThreads: line.user_num_threads,
  };
}

function processOfSockets(line: Line) {
  if (
    !isWholeOrNull(line.num_sockets) || !isIntegersOrNull(line.sockets) ||
    !isIntegersOrNull(line.tcp_states)
  ) return null;
  return {
    numSockets: line.num_sockets,
    sockets: line.sockets,
    tcpStates: line.tcp_states,
  };
}

function processOfOom(line: Line) {
  if (!isWholeOrNull(line.oom_score) || !isWholeOrNull(line.oom_score_adj)) {
    return null;
  }
  return { oomScore: line.oom_score, oomScoreAdj: line.oom_score_adj };
}

function processOfSignals(line: Line) {
  if (!isCountersOrNull(line.signals)) return null;
  return { signals: line.signals };
}

function processOfWchan(line: Line) {
  if (!isTextOrNull(line.wchan)) return null;
  return { wchan: line.wchan };
}

function processOfSchedstat(line: Line) {
  if (
    !isFigureOrNull(line.run_delay_seconds_total) ||
    !isFigureOrNull(line.run_delay_percentage) ||
    !isIntegerOrNull(line.timeslices_total) ||
    !isWholeOrNull(line.last_processor) || !isTextOrNull(line.policy) ||
    !isWholeOrNull(line.rt_priority)
  ) return null;
  return {
    runDelaySecondsTotal: line.run_delay_seconds_total,
    runDelayPercentage: line.run_delay_percentage,
    timeslicesTotal: line.timeslices_total,
    lastProcessor: line.last_processor,
    policy: line.policy,
    rtPriority: line.rt_priority,
  };
}

function processOfDelays(line: Line) {
  if (
    !isFigureOrNull(line.blkio_delay_seconds_total) ||
    !isFigureOrNull(line.blkio_delay_percentage)
  ) return null;
  return {
    blkioDelaySecondsTotal: line.blkio_delay_seconds_total,
    blkioDelayPercentage: line.blkio_delay_percentage,
  };
}

function processOfIo(line: Line) {
  if (
    !isIntegerOrNull(line.io_read_chars_bytes_total) ||
    !isIntegerOrNull(line.io_written_chars_bytes_total) ||
    !isIntegerOrNull(line.io_read_calls_total) ||
    !isIntegerOrNull(line.io_write_calls_total) ||
    !isIntegerOrNull(line.io_read_bytes_total) ||
    !isIntegerOrNull(line.io_written_bytes_total) ||
    !isIntegerOrNull(line.io_cancelled_write_bytes_total) ||
    !isFigureOrNull(line.io_read_chars_bytes_per_second) ||
    !isFigureOrNull(line.io_written_chars_bytes_per_second) ||
    !isFigureOrNull(line.io_read_bytes_per_second) ||
    !isFigureOrNull(line.io_written_bytes_per_second)
  ) return null;
  return {
    ioReadCharsBytesTotal: line.io_read_chars_bytes_total,
    ioWrittenCharsBytesTotal: line.io_written_chars_bytes_total,
    ioReadCallsTotal: line.io_read_calls_total,
    ioWriteCallsTotal: line.io_write_calls_total,
    ioReadBytesTotal: line.io_read_bytes_total,
    ioWrittenBytesTotal: line.io_written_bytes_total,
    ioCancelledWriteBytesTotal: line.io_cancelled_write_bytes_total,
    ioReadCharsBytesPerSecond: line.io_read_chars_bytes_per_second,
    ioWrittenCharsBytesPerSecond: line.io_written_chars_bytes_per_second,
    ioReadBytesPerSecond: line.io_read_bytes_per_second,
    ioWrittenBytesPerSecond: line.io_written_bytes_per_second,
  };
}

function processOfThreads(line: Line) {
  if (!isFigureOrNull(line.unseen_threads_cpu_seconds)) return null;
  return { unseenThreadsCpuSeconds: line.unseen_threads_cpu_seconds };
}

/** The values of a line of kind process; null if one of them cannot be. */
export function processOf(
  line: Line,
  unreadable: NullReasons | null,
  collectors: ReadonlySet<string>,
): ProcessSample | null {
  const own = processOfOwn(line, unreadable);
  if (own === null || collectors.size === 0) return own;
  const cmdline = collectors.has("cmdline") ? processOfCmdline(line) : {};
  const cwd = collectors.has("cwd") ? processOfCwd(line) : {};
  const env = collectors.has("env") ? processOfEnv(line) : {};
  const status = collectors.has("status") ? processOfStatus(line) : {};
  const cgroup = collectors.has("cgroup") ? processOfCgroup(line) : {};
  const stat = collectors.has("stat") ? processOfStat(line) : {};
  const smapsRollup = collectors.has("smaps_rollup")
    ? processOfSmapsRollup(line)
    : {};
  const numa = collectors.has("numa") ? processOfNuma(line) : {};
  const wss = collectors.has("wss") ? processOfWss(line) : {};
  const fd = collectors.has("fd") ? processOfFd(line) : {};
  const limits = collectors.has("limits") ? processOfLimits(line) : {};
  const sockets = collectors.has("sockets") ? processOfSockets(line) : {};
  const oom = collectors.has("oom") ? processOfOom(line) : {};
  const signals = collectors.has("signals") ? processOfSignals(line) : {};
  const wchan = collectors.has("wchan") ? processOfWchan(line) : {};
  const schedstat = collectors.has("schedstat") ? processOfSchedstat(line) : {};
  const delays = collectors.has("delays") ? processOfDelays(line) : {};
  const io = collectors.has("io") ? processOfIo(line) : {};
  const threads = collectors.has("threads") ? processOfThreads(line) : {};
  if (
    cmdline === null || cwd === null || env === null || status === null ||
    cgroup === null || stat === null || smapsRollup === null || numa === null ||
    wss === null || fd === null || limits === null || sockets === null ||
    oom === null || signals === null || wchan === null || schedstat === null ||
    delays === null || io === null || threads === null
  ) return null;
  return {
    ...own,
    ...cmdline,
    ...cwd,
    ...env,
    ...status,
    ...cgroup,
    ...stat,
    ...smapsRollup,
    ...numa,
    ...wss,
    ...fd,
    ...limits,
    ...sockets,
    ...oom,
    ...signals,
    ...wchan,
    ...schedstat,
    ...delays,
    ...io,
    ...threads,
  };
}

function mappingOfOwn(line: Line, unreadable: NullReasons | null) {
  if (
    !isWhole(line.pid) || !isInteger(line.start_ticks) ||
    !isText(line.pathname) || !isFlag(line.pathname_truncated) ||
    !isWhole(line.num_mappings) || !isIntegerOrNull(line.size_bytes) ||
    !isWholeOrNull(line.rss_bytes) || !isWholeOrNull(line.swap_bytes) ||
    !isWholeOrNull(line.locked_bytes) || !isWholeOrNull(line.uss_bytes) ||
    !isWholeOrNull(line.pss_bytes) || !isWholeOrNull(line.pss_dirty_bytes) ||
    !isWholeOrNull(line.private_clean_bytes) ||
    !isWholeOrNull(line.private_dirty_bytes) ||
    !isWholeOrNull(line.shared_clean_bytes) ||
    !isWholeOrNull(line.shared_dirty_bytes) ||
    !isWholeOrNull(line.referenced_bytes) ||
    !isWholeOrNull(line.anonymous_bytes) || !isWholeOrNull(line.ksm_bytes) ||
    !isWholeOrNull(line.lazy_free_bytes) ||
    !isWholeOrNull(line.anon_huge_pages_bytes) ||
    !isWholeOrNull(line.shmem_pmd_mapped_bytes) ||
    !isWholeOrNull(line.file_pmd_mapped_bytes) ||
    !isWholeOrNull(line.shared_hugetlb_bytes) ||
    !isWholeOrNull(line.private_hugetlb_bytes) ||
    !isWholeOrNull(line.swap_pss_bytes)
  ) return null;
  return {
    pid: line.pid,
    startTicks: line.start_ticks,
    pathname: line.pathname,
    pathnameTruncated: line.pathname_truncated === true,
    numMappings: line.num_mappings,
    sizeBytes: line.size_bytes,
    rssBytes: line.rss_bytes,
    swapBytes: line.swap_bytes,
    lockedBytes: line.locked_bytes,
    ussBytes: line.uss_bytes,
    pssBytes: line.pss_bytes,
    pssDirtyBytes: line.pss_dirty_bytes,
    privateCleanBytes: line.private_clean_bytes,
    privateDirtyBytes: line.private_dirty_bytes,
    sharedCleanBytes: line.shared_clean_bytes,
    sharedDirtyBytes: line.shared_dirty_bytes,
    referencedBytes: line.referenced_bytes,
    anonymousBytes: line.anonymous_bytes,
    ksmBytes: line.ksm_bytes,
    lazyFreeBytes: line.lazy_free_bytes,
    anonHugePagesBytes: line.anon_huge_pages_bytes,
    shmemPmdMappedBytes: line.shmem_pmd_mapped_bytes,
    filePmdMappedBytes: line.file_pmd_mapped_bytes,
    sharedHugetlbBytes: line.shared_hugetlb_bytes,
    privateHugetlbBytes: line.private_hugetlb_bytes,
    swapPssBytes: line.swap_pss_bytes,
    unreadable,
  };
}

/** The values of a line of kind smaps; null if one of them cannot be. */
export function mappingOf(
  line: Line,
  unreadable: NullReasons | null,
): MappingSample | null {
  return mappingOfOwn(line, unreadable);
}

function treeOfOwn(line: Line, unreadable: NullReasons | null) {
  if (
    !isWholeOrNull(line.root_pid) || !isWhole(line.seq) ||
    !isWhole(line.num_processes) || !isWhole(line.num_threads) ||
    !isWholeOrNull(line.rss_bytes) || !isFlag(line.may_share_memory) ||
    !isIntegerOrNull(line.vsize_bytes) ||
    !isFigureOrNull(line.cpu_percentage) ||
    !isFigureOrNull(line.user_cpu_percentage) ||
    !isFigureOrNull(line.kernel_cpu_percentage) ||
    !isFigureOrNull(line.unseen_cpu_percentage) ||
    !isFigureOrNull(line.average_cpu_percentage) ||
    !isFigureOrNull(line.cpu_limit_percentage) ||
    !isFigure(line.user_cpu_seconds_total) ||
    !isFigure(line.kernel_cpu_seconds_total) ||
    !isFigureOrNull(line.num_cores) || !isFigureOrNull(line.interval_seconds) ||
    !isFigure(line.sample_seconds) || !isWhole(line.missed_samples) ||
    !isWhole(line.gone) || !isWhole(line.denied) || !isWhole(line.malformed) ||
    !isBoolean(line.consistent) ||
    !isFigureOrNull(line.sampler_cpu_percentage) ||
    !isWhole(line.sampler_rss_bytes)
  ) return null;
  return {
    rootPid: line.root_pid,
    seq: line.seq,
    numProcesses: line.num_processes,
    numThreads: line.num_threads,
    rssBytes: line.rss_bytes,
    mayShareMemory: line.may_share_memory === true,
    vsizeBytes: line.vsize_bytes,
    cpuPercentage: line.cpu_percentage,
    userCpuPercentage: line.user_cpu_percentage,
    kernelCpuPercentage: line.kernel_cpu_percentage,
    unseenCpuPercentage: line.unseen_cpu_percentage,
    averageCpuPercentage: line.average_cpu_percentage,
    cpuLimitPercentage: line.cpu_limit_percentage,
    userCpuSecondsTotal: line.user_cpu_seconds_total,
    kernelCpuSecondsTotal: line.kernel_cpu_seconds_total,
    numCores: line.num_cores,
    intervalSeconds: line.interval_seconds,
    sampleSeconds: line.sample_seconds,
    missedSamples: line.missed_samples,
    gone: line.gone,
    denied: line.denied,
    malformed: line.malformed,
    consistent: line.consistent,
    samplerCpuPercentage: line.sampler_cpu_percentage,
    samplerRssBytes: line.sampler_rss_bytes,
    unreadable,
  };
}

function treeOfSmapsRollup(line: Line) {
  if (!isWholeOrNull(line.pss_bytes) || !isWholeOrNull(line.uss_bytes)) {
    return null;
  }
  return { pssBytes: line.pss_bytes, ussBytes: line.uss_bytes };
}

function treeOfNuma(line: Line) {
  if (
    !isIntegersOrNull(line.numa_bytes) || !isFlag(line.numa_bytes_truncated)
  ) return null;
  return {
    numaBytes: line.numa_bytes,
    numaBytesTruncated: line.numa_bytes_truncated === true,
  };
}

function treeOfWss(line: Line) {
  if (!isWholeOrNull(line.wss_bytes)) return null;
  return { wssBytes: line.wss_bytes };
}

function treeOfSockets(line: Line) {
  if (
    !isWholeOrNull(line.num_sockets) || !isIntegersOrNull(line.sockets) ||
    !isIntegersOrNull(line.tcp_states)
  ) return null;
  return {
    numSockets: line.num_sockets,
    sockets: line.sockets,
    tcpStates: line.tcp_states,
  };
}

function treeOfCgroup(line: Line) {
  if (
    !isFigureOrNull(line.memory_limit_percentage) ||
    !isIntegerOrNull(line.memory_limit_bytes) ||
    !isTextOrNull(line.memory_limit_cgroup) ||
    !isFlag(line.memory_limit_cgroup_truncated)
  ) return null;
  return {
    memoryLimitPercentage: line.memory_limit_percentage,
    memoryLimitBytes: line.memory_limit_bytes,
    memoryLimitCgroup: line.memory_limit_cgroup,
    memoryLimitCgroupTruncated: line.memory_limit_cgroup_truncated === true,
  };
}

function treeOfSchedstat(line: Line) {
  if (
    !isFigureOrNull(line.run_delay_seconds_total) ||
    !isFigureOrNull(line.run_delay_percentage) ||
    !isIntegerOrNull(line.timeslices_total)
  ) return null;
  return {
    runDelaySecondsTotal: line.run_delay_seconds_total,
    runDelayPercentage: line.run_delay_percentage,
    timeslicesTotal: line.timeslices_total,
  };
}

function treeOfDelays(line: Line) {
  if (
    !isFigureOrNull(line.blkio_delay_seconds_total) ||
    !isFigureOrNull(line.blkio_delay_percentage)
  ) return null;
  return {
    blkioDelaySecondsTotal: line.blkio_delay_seconds_total,
    blkioDelayPercentage: line.blkio_delay_percentage,
  };
}

function treeOfIo(line: Line) {
  if (
    !isIntegerOrNull(line.io_read_chars_bytes_total) ||
    !isIntegerOrNull(line.io_written_chars_bytes_total) ||
    !isIntegerOrNull(line.io_read_calls_total) ||
    !isIntegerOrNull(line.io_write_calls_total) ||
    !isIntegerOrNull(line.io_read_bytes_total) ||
    !isIntegerOrNull(line.io_written_bytes_total) ||
    !isIntegerOrNull(line.io_cancelled_write_bytes_total) ||
    !isFigureOrNull(line.io_read_chars_bytes_per_second) ||
    !isFigureOrNull(line.io_written_chars_bytes_per_second) ||
    !isFigureOrNull(line.io_read_bytes_per_second) ||
    !isFigureOrNull(line.io_written_bytes_per_second)
  ) return null;
  return {
    ioReadCharsBytesTotal: line.io_read_chars_bytes_total,
    ioWrittenCharsBytesTotal: line.io_written_chars_bytes_total,
    ioReadCallsTotal: line.io_read_calls_total,
    ioWriteCallsTotal: line.io_write_calls_total,
    ioReadBytesTotal: line.io_read_bytes_total,
    ioWrittenBytesTotal: line.io_written_bytes_total,
    ioCancelledWriteBytesTotal: line.io_cancelled_write_bytes_total,
    ioReadCharsBytesPerSecond: line.io_read_chars_bytes_per_second,
    ioWrittenCharsBytesPerSecond: line.io_written_chars_bytes_per_second,
    ioReadBytesPerSecond: line.io_read_bytes_per_second,
    ioWrittenBytesPerSecond: line.io_written_bytes_per_second,
  };
}

/** The values of a line of kind tree; null if one of them cannot be. */
export function treeOf(
  line: Line,
  unreadable: NullReasons | null,
  collectors: ReadonlySet<string>,
): TreeSample | null {
  const own = treeOfOwn(line, unreadable);
  if (own === null || collectors.size === 0) return own;
  const smapsRollup = collectors.has("smaps_rollup")
    ? treeOfSmapsRollup(line)
    : {};
  const numa = collectors.has("numa") ? treeOfNuma(line) : {};
  const wss = collectors.has("wss") ? treeOfWss(line) : {};
  const sockets = collectors.has("sockets") ? treeOfSockets(line) : {};
  const cgroup = collectors.has("cgroup") ? treeOfCgroup(line) : {};
  const schedstat = collectors.has("schedstat") ? treeOfSchedstat(line) : {};
  const delays = collectors.has("delays") ? treeOfDelays(line) : {};
  const io = collectors.has("io") ? treeOfIo(line) : {};
  if (
    smapsRollup === null || numa === null || wss === null || sockets === null ||
    cgroup === null || schedstat === null || delays === null || io === null
  ) return null;
  return {
    ...own,
    ...smapsRollup,
    ...numa,
    ...wss,
    ...sockets,
    ...cgroup,
    ...schedstat,
    ...delays,
    ...io,
  };
}
