"""Runs a program of Vector's remap language on each line of a file; prints the events as JSON."""

import datetime
import importlib.metadata
import json
import sys

import pyvrl

with open(sys.argv[1], encoding="utf-8") as file:
    # The last expression is what comes out: the event.
    transform = pyvrl.Transform(file.read() + "\n.")


def plain(value):
    """A timestamp as it stands on a line."""
    if not isinstance(value, datetime.datetime):
        raise TypeError(value)
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


events = []
with open(sys.argv[2], encoding="utf-8", newline="\n") as file:
    for line in file:
        events.append(transform.remap({"message": line[:-1], "stream": "stdout"}))

version = importlib.metadata.version("pyvrl")
json.dump({"version": version, "events": events}, sys.stdout, default=plain)
