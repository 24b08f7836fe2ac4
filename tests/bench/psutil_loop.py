"""Samples a tree with psutil, a line of JSON for each process: psutil_loop.py ROOT SAMPLES SECONDS_BETWEEN"""

import json
import sys
import time

import psutil

root, samples, pause = psutil.Process(int(sys.argv[1])), int(sys.argv[2]), float(sys.argv[3])
for i in range(samples):
    if i > 0:
        time.sleep(pause)
    lines = []
    for process in [root, *root.children(recursive=True)]:
        with process.oneshot():
            memory, cpu = process.memory_info(), process.cpu_times()
            lines.append(json.dumps({
                "pid": process.pid, "ppid": process.ppid(), "exe": process.exe(), "comm": process.name(),
                "state": process.status(), "num_threads": process.num_threads(), "rss_bytes": memory.rss,
                "vsize_bytes": memory.vms, "user": cpu.user, "kernel": cpu.system,
                "start": process.create_time(),
            }))
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
