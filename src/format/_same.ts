/**
 * Which groups of fields are equal in two samples of a process.
 *
 * Written by .ci/dictionary.ts from the dictionary of fields: field by field, as looking them up
 * by key costs four times as much without an optimizing compiler.
 */

import type { ProcessSample } from "../model/process.ts";

/** Fields of a process that stand side by side on its line. */
export interface SameGroup {
  /** Their keys, in the order of the line. */
  readonly keys: readonly string[];
  /** Set if they change in every sample but are often equal among processes. */
  readonly isShared: boolean;
  /** Whether they are the same in both; the process id is not compared. */
  readonly isSame: (before: ProcessSample, now: ProcessSample) => boolean;
}

/** The groups of a process's line, in their order. */
export const SAME: readonly SameGroup[] = [{
  keys: [
    "pid",
    "ppid",
    "orphan",
    "exe",
    "exeDeleted",
    "comm",
    "state",
    "startTicks",
  ],
  isShared: false,
  isSame: (before, now) =>
    before.ppid === now.ppid && before.orphan === now.orphan &&
    before.exe === now.exe && before.exeDeleted === now.exeDeleted &&
    before.comm === now.comm && before.state === now.state &&
    before.startTicks === now.startTicks,
}, {
  keys: ["uptimeSeconds"],
  isShared: true,
  isSame: (before, now) => before.uptimeSeconds === now.uptimeSeconds,
}, {
  keys: [
    "numThreads",
    "rssBytes",
    "mayShareMemory",
    "rsslimBytes",
    "vsizeBytes",
  ],
  isShared: false,
  isSame: (before, now) =>
    before.numThreads === now.numThreads && before.rssBytes === now.rssBytes &&
    before.mayShareMemory === now.mayShareMemory &&
    before.rsslimBytes === now.rsslimBytes &&
    before.vsizeBytes === now.vsizeBytes,
}, {
  keys: [
    "cpuPercentage",
    "userCpuPercentage",
    "kernelCpuPercentage",
    "cpuWindowSeconds",
  ],
  isShared: true,
  isSame: (before, now) =>
    before.cpuPercentage === now.cpuPercentage &&
    before.userCpuPercentage === now.userCpuPercentage &&
    before.kernelCpuPercentage === now.kernelCpuPercentage &&
    before.cpuWindowSeconds === now.cpuWindowSeconds,
}, {
  keys: [
    "averageCpuPercentage",
    "userCpuSecondsTotal",
    "kernelCpuSecondsTotal",
    "childrenUserCpuSecondsTotal",
    "childrenKernelCpuSecondsTotal",
  ],
  isShared: false,
  isSame: (before, now) =>
    before.averageCpuPercentage === now.averageCpuPercentage &&
    before.userCpuSecondsTotal === now.userCpuSecondsTotal &&
    before.kernelCpuSecondsTotal === now.kernelCpuSecondsTotal &&
    before.childrenUserCpuSecondsTotal === now.childrenUserCpuSecondsTotal &&
    before.childrenKernelCpuSecondsTotal === now.childrenKernelCpuSecondsTotal,
}, {
  keys: ["cmdline", "cmdlineTruncated"],
  isShared: false,
  isSame: (before, now) =>
    before.cmdline === now.cmdline &&
    before.cmdlineTruncated === now.cmdlineTruncated,
}, {
  keys: ["cwd", "cwdDeleted", "cwdTruncated"],
  isShared: false,
  isSame: (before, now) =>
    before.cwd === now.cwd && before.cwdDeleted === now.cwdDeleted &&
    before.cwdTruncated === now.cwdTruncated,
}, {
  keys: ["env", "envTruncated"],
  isShared: false,
  isSame: (before, now) =>
    before.env === now.env && before.envTruncated === now.envTruncated,
}, {
  keys: ["uid"],
  isShared: false,
  isSame: (before, now) => before.uid === now.uid,
}, {
  keys: ["cgroup", "cgroupTruncated", "unit", "containerId", "podUid"],
  isShared: false,
  isSame: (before, now) =>
    before.cgroup === now.cgroup &&
    before.cgroupTruncated === now.cgroupTruncated &&
    before.unit === now.unit && before.containerId === now.containerId &&
    before.podUid === now.podUid,
}, {
  keys: [
    "pgrp",
    "session",
    "priority",
    "nice",
    "minorFaultsTotal",
    "majorFaultsTotal",
    "childrenMinorFaultsTotal",
    "childrenMajorFaultsTotal",
    "blockIoDelaySecondsTotal",
  ],
  isShared: false,
  isSame: (before, now) =>
    before.pgrp === now.pgrp && before.session === now.session &&
    before.priority === now.priority && before.nice === now.nice &&
    before.minorFaultsTotal === now.minorFaultsTotal &&
    before.majorFaultsTotal === now.majorFaultsTotal &&
    before.childrenMinorFaultsTotal === now.childrenMinorFaultsTotal &&
    before.childrenMajorFaultsTotal === now.childrenMajorFaultsTotal &&
    before.blockIoDelaySecondsTotal === now.blockIoDelaySecondsTotal,
}, {
  keys: [
    "peakRssBytes",
    "peakVsizeBytes",
    "rssAnonBytes",
    "rssFileBytes",
    "rssShmemBytes",
    "dataBytes",
    "stackBytes",
    "textBytes",
    "libBytes",
    "pageTablesBytes",
    "swapBytes",
    "lockedBytes",
    "voluntaryCtxtSwitches",
    "nonvoluntaryCtxtSwitches",
  ],
  isShared: false,
  isSame: (before, now) =>
    before.peakRssBytes === now.peakRssBytes &&
    before.peakVsizeBytes === now.peakVsizeBytes &&
    before.rssAnonBytes === now.rssAnonBytes &&
    before.rssFileBytes === now.rssFileBytes &&
    before.rssShmemBytes === now.rssShmemBytes &&
    before.dataBytes === now.dataBytes &&
    before.stackBytes === now.stackBytes &&
    before.textBytes === now.textBytes && before.libBytes === now.libBytes &&
    before.pageTablesBytes === now.pageTablesBytes &&
    before.swapBytes === now.swapBytes &&
    before.lockedBytes === now.lockedBytes &&
    before.voluntaryCtxtSwitches === now.voluntaryCtxtSwitches &&
    before.nonvoluntaryCtxtSwitches === now.nonvoluntaryCtxtSwitches,
}, {
  keys: [
    "ussBytes",
    "pssBytes",
    "pssDirtyBytes",
    "privateCleanBytes",
    "privateDirtyBytes",
    "sharedCleanBytes",
    "sharedDirtyBytes",
    "referencedBytes",
    "anonymousBytes",
    "ksmBytes",
    "lazyFreeBytes",
    "anonHugePagesBytes",
    "shmemPmdMappedBytes",
    "filePmdMappedBytes",
    "sharedHugetlbBytes",
    "privateHugetlbBytes",
    "swapPssBytes",
    "pssAnonBytes",
    "pssFileBytes",
    "pssShmemBytes",
    "rollupRssBytes",
    "rollupSwapBytes",
    "rollupLockedBytes",
  ],
  isShared: false,
  isSame: (before, now) =>
    before.ussBytes === now.ussBytes && before.pssBytes === now.pssBytes &&
    before.pssDirtyBytes === now.pssDirtyBytes &&
    before.privateCleanBytes === now.privateCleanBytes &&
    before.privateDirtyBytes === now.privateDirtyBytes &&
    before.sharedCleanBytes === now.sharedCleanBytes &&
    before.sharedDirtyBytes === now.sharedDirtyBytes &&
    before.referencedBytes === now.referencedBytes &&
    before.anonymousBytes === now.anonymousBytes &&
    before.ksmBytes === now.ksmBytes &&
    before.lazyFreeBytes === now.lazyFreeBytes &&
    before.anonHugePagesBytes === now.anonHugePagesBytes &&
    before.shmemPmdMappedBytes === now.shmemPmdMappedBytes &&
    before.filePmdMappedBytes === now.filePmdMappedBytes &&
    before.sharedHugetlbBytes === now.sharedHugetlbBytes &&
    before.privateHugetlbBytes === now.privateHugetlbBytes &&
    before.swapPssBytes === now.swapPssBytes &&
    before.pssAnonBytes === now.pssAnonBytes &&
    before.pssFileBytes === now.pssFileBytes &&
    before.pssShmemBytes === now.pssShmemBytes &&
    before.rollupRssBytes === now.rollupRssBytes &&
    before.rollupSwapBytes === now.rollupSwapBytes &&
    before.rollupLockedBytes === now.rollupLockedBytes,
}, {
  keys: ["numaBytes", "numaBytesTruncated"],
  isShared: false,
  isSame: (before, now) =>
    before.numaBytes === now.numaBytes &&
    before.numaBytesTruncated === now.numaBytesTruncated,
}, {
  keys: ["wssBytes"],
  isShared: false,
  isSame: (before, now) => before.wssBytes === now.wssBytes,
}, {
  keys: ["numFds", "fdLimit"],
  isShared: false,
  isSame: (before, now) =>
    before.numFds === now.numFds && before.fdLimit === now.fdLimit,
}, {
  keys: ["rlimitsSoft", "rlimitsHard", "rlimitsPercentage", "userNumThreads"],
  isShared: false,
  isSame: (before, now) =>
    before.rlimitsSoft === now.rlimitsSoft &&
    before.rlimitsHard === now.rlimitsHard &&
    before.rlimitsPercentage === now.rlimitsPercentage &&
    before.userNumThreads === now.userNumThreads,
}, {
  keys: ["numSockets", "sockets", "tcpStates"],
  isShared: false,
  isSame: (before, now) =>
    before.numSockets === now.numSockets && before.sockets === now.sockets &&
    before.tcpStates === now.tcpStates,
}, {
  keys: ["oomScore", "oomScoreAdj"],
  isShared: false,
  isSame: (before, now) =>
    before.oomScore === now.oomScore && before.oomScoreAdj === now.oomScoreAdj,
}, {
  keys: ["signals"],
  isShared: false,
  isSame: (before, now) => before.signals === now.signals,
}, {
  keys: ["wchan"],
  isShared: false,
  isSame: (before, now) => before.wchan === now.wchan,
}, {
  keys: [
    "runDelaySecondsTotal",
    "runDelayPercentage",
    "timeslicesTotal",
    "lastProcessor",
    "policy",
    "rtPriority",
  ],
  isShared: false,
  isSame: (before, now) =>
    before.runDelaySecondsTotal === now.runDelaySecondsTotal &&
    before.runDelayPercentage === now.runDelayPercentage &&
    before.timeslicesTotal === now.timeslicesTotal &&
    before.lastProcessor === now.lastProcessor &&
    before.policy === now.policy && before.rtPriority === now.rtPriority,
}, {
  keys: ["blkioDelaySecondsTotal", "blkioDelayPercentage"],
  isShared: false,
  isSame: (before, now) =>
    before.blkioDelaySecondsTotal === now.blkioDelaySecondsTotal &&
    before.blkioDelayPercentage === now.blkioDelayPercentage,
}, {
  keys: [
    "ioReadCharsBytesTotal",
    "ioWrittenCharsBytesTotal",
    "ioReadCallsTotal",
    "ioWriteCallsTotal",
    "ioReadBytesTotal",
    "ioWrittenBytesTotal",
    "ioCancelledWriteBytesTotal",
    "ioReadCharsBytesPerSecond",
    "ioWrittenCharsBytesPerSecond",
    "ioReadBytesPerSecond",
    "ioWrittenBytesPerSecond",
  ],
  isShared: false,
  isSame: (before, now) =>
    before.ioReadCharsBytesTotal === now.ioReadCharsBytesTotal &&
    before.ioWrittenCharsBytesTotal === now.ioWrittenCharsBytesTotal &&
    before.ioReadCallsTotal === now.ioReadCallsTotal &&
    before.ioWriteCallsTotal === now.ioWriteCallsTotal &&
    before.ioReadBytesTotal === now.ioReadBytesTotal &&
    before.ioWrittenBytesTotal === now.ioWrittenBytesTotal &&
    before.ioCancelledWriteBytesTotal === now.ioCancelledWriteBytesTotal &&
    before.ioReadCharsBytesPerSecond === now.ioReadCharsBytesPerSecond &&
    before.ioWrittenCharsBytesPerSecond === now.ioWrittenCharsBytesPerSecond &&
    before.ioReadBytesPerSecond === now.ioReadBytesPerSecond &&
    before.ioWrittenBytesPerSecond === now.ioWrittenBytesPerSecond,
}, {
  keys: ["unseenThreadsCpuSeconds"],
  isShared: false,
  isSame: (before, now) =>
    before.unseenThreadsCpuSeconds === now.unseenThreadsCpuSeconds,
}];
