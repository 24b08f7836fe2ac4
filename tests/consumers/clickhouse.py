"""Runs the statements of a file in ClickHouse; prints its version and the rows of each, as JSON."""

import json
import re
import sys

from chdb import session

with open(sys.argv[1], encoding="utf-8") as file:
    script = re.sub(r"^\s*--.*$", "", file.read(), flags=re.MULTILINE)

with session.Session(sys.argv[2]) as asked:
    asked.query("CREATE DATABASE procline; USE procline")
    results = []
    for statement in filter(None, map(str.strip, script.split(";"))):
        text = str(asked.query(statement, "JSONEachRow"))
        results.append([json.loads(line) for line in text.splitlines()])
    version = str(asked.query("SELECT version()", "TSVRaw")).strip()

json.dump({"version": version, "results": results}, sys.stdout)
