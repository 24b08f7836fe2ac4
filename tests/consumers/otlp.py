"""Reads lines of OTLP from standard input by protobuf's own JSON, and prints each point or log
record as a line of JSON, as the program in otlp_reader does.

Protobuf refuses fields that it does not know, wrong types, and numbers that do not fit. It takes
names in snake_case, names of enums and numbers where OTLP has decimal text: so what it has read is
written again, and must be what was there.
"""

import json
import math
import sys

from google.protobuf import json_format
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData


def different(read, line, path=""):
    """Where two values differ; None if they do not. Protobuf leaves out what is false or empty."""
    if isinstance(read, dict) and isinstance(line, dict):
        for key in {**read, **line}:
            if key not in line:
                return f"{path}.{key}: not there"
            if key not in read:
                if line[key] is not False and line[key] != []:
                    return f"{path}.{key}: lost"
                continue
            found = different(read[key], line[key], f"{path}.{key}")
            if found:
                return found
        return None
    if isinstance(read, list) and isinstance(line, list):
        if len(read) != len(line):
            return f"{path}: {len(read)} for {len(line)}"
        for i, (one, other) in enumerate(zip(read, line)):
            found = different(one, other, f"{path}[{i}]")
            if found:
                return found
        return None
    numbers = (int, float)
    if isinstance(read, numbers) and isinstance(line, numbers):
        # The shortest digits of a double may stand for it as a whole number that is not quite it.
        are_doubles = isinstance(read, float) or isinstance(line, float)
        same = float(read) == float(line) if are_doubles else read == line
        same = same and isinstance(read, bool) == isinstance(line, bool)
    else:
        same = type(read) is type(line) and read == line
    return None if same else f"{path}: {read!r} for {line!r}"


def value(any_value):
    kind = any_value.WhichOneof("value")
    if kind == "int_value":
        return str(any_value.int_value)
    if kind == "array_value":
        return [value(one) for one in any_value.array_value.values]
    return getattr(any_value, kind)


def texts(attributes):
    keys = [one.key for one in attributes]
    if len(set(keys)) != len(keys):
        raise ValueError(f"a key is there twice: {keys}")
    return {one.key: value(one.value) for one in attributes}


def points(message):
    for resource in message.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                kind = metric.WhichOneof("data")
                data = getattr(metric, kind)
                if kind == "sum":
                    kind = "counter" if data.is_monotonic else "updown"
                for point in data.data_points:
                    item = {
                        "resource": texts(resource.resource.attributes),
                        "name": metric.name,
                        "unit": metric.unit,
                        "kind": kind,
                        "attributes": texts(point.attributes),
                        "start": str(point.start_time_unix_nano),
                        "time": str(point.time_unix_nano),
                        "flags": point.flags,
                    }
                    held = point.WhichOneof("value")
                    if held == "as_int":
                        item["int"] = str(point.as_int)
                    elif held == "as_double":
                        if not math.isfinite(point.as_double):
                            raise ValueError(f"{metric.name} is no number")
                        item["double"] = point.as_double
                    elif point.flags != 1:
                        raise ValueError(f"{metric.name} has no value")
                    yield item


def records(message):
    for resource in message.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                yield {
                    "resource": texts(resource.resource.attributes),
                    "name": record.event_name,
                    "attributes": texts(record.attributes),
                    "start": "0",
                    "time": str(record.time_unix_nano),
                    "observed": str(record.observed_time_unix_nano),
                    "severity": record.severity_number,
                    "body": record.body.string_value,
                }


def main(signal):
    for number, line in enumerate(sys.stdin.buffer, 1):
        text = line.decode("utf-8")
        message = LogsData() if signal == "logs" else MetricsData()
        json_format.Parse(text, message)
        back = json.loads(
            json_format.MessageToJson(message, use_integers_for_enums=True)
        )
        found = different(back, json.loads(text))
        if found:
            raise ValueError(f"line {number}: {found}")
        for item in records(message) if signal == "logs" else points(message):
            item["line"] = number
            print(json.dumps(item))


main(sys.argv[1])
