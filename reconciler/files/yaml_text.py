"""A JSON document as YAML, for who reads that more easily."""

from __future__ import annotations

import json

import yaml


def as_yaml(document: str) -> str:
    """The same values in the same order; a text that YAML would take for something else is quoted."""
    value = json.loads(document)
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
    if text.replace("\n", "").isprintable():
        return text
    # What moves a cursor or turns the direction of text is spelt out, and all that is not ASCII with it.
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=False, width=120)
