"""A JSON document as YAML, for who reads that more easily."""

from __future__ import annotations

import json

import yaml


def as_yaml(document: str) -> str:
    """The same values in the same order; a text that YAML would take for something else is quoted."""
    return yaml.safe_dump(json.loads(document), sort_keys=False, allow_unicode=True, width=120)
