"""Reads metrics as the client library of Prometheus does: what it finds, as JSON."""
import json
import sys

from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

PARSERS = {"prometheus": parse_text, "openmetrics": parse_openmetrics}

found = []
for document in json.load(sys.stdin):
    families = list(PARSERS[document["format"]](document["text"]))
    found.append({
        "types": {family.name: family.type for family in families},
        "units": {family.name: family.unit for family in families},
        "samples": [
            [sample.name, sorted(sample.labels.items()), sample.value]
            for family in families
            for sample in family.samples
        ],
    })
print(json.dumps(found))
