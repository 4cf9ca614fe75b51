"""What `tuneform init` writes: a small project that plans and applies as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from reconciler.files.json_schema import json_schema
from reconciler.files.starter_data import STARTER_ROWS

GITIGNORE_LINES: Final = (".tuneform/", "*.lock.journal", "*.lock.hold")

GITATTRIBUTES_LINES: Final = (
    "# Training data stays as it was committed: no checkout changes its line ends.",
    "specs/**/data/** -text",
    "*.jsonl -text",
    "*.csv -text",
    "# Written by tuneform, with the same line ends everywhere.",
    "tuneform.lock text eol=lf",
    "tuneform.*.lock text eol=lf",
)

_WORKSPACE: Final = """\
# yaml-language-server: $schema=schema/workspace.json
# Settings of this workspace. Every field: tuneform schema Workspace
apiVersion: tuneform.dev/v1
kind: Workspace
metadata:
  name: {name}  # on everything that this workspace makes; no two workspaces share one
spec:
  vertex:
    project: {project}
    location: {location}
    stagingUri: gs://{project}-tuning/staging  # local training files are uploaded below it, once
  limits: {{maxDisposePercent: 30, maxDeletes: 2, concurrentJobs: 1}}
  # budget: {{perJob: 50 USD, perPlan: 200 USD, whenUnknown: refuse}}
"""

_SPEC: Final = """\
# yaml-language-server: $schema=../schema/specs.json
# One tuned model; its address is vertex/{model}. Every field: tuneform schema VertexTunedModel
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata:
  name: {model}
spec:
  baseModel: gemini-3.5-flash  # what else can be tuned: tuneform models
  tunedModelDisplayName: Ticket sorter
  labels: {{team: support}}
  supervisedTuningSpec:
    trainingDatasetUri: data/{model}.train.jsonl  # relative to this file, or gs://…
    hyperParameters:
      epochCount: 3
      adapterSize: 4
  tuneform:
    task: classification
    # lifecycle: {{protect: true}}  # once people depend on it
    # gate:                         # what a successor must pass before it serves
    #   prompts: [{{text: "I was charged twice.", contains: billing}}]
"""

_MODEL: Final = "ticket-sorter"


def name_of(folder: str) -> str:
    """A workspace's name out of a folder's: what names may not have becomes a hyphen."""
    plain = re.sub(r"[^a-z0-9]+", "-", folder.lower())[:63].strip("-")
    return plain or "workspace"


def starter_files(name: str, project: str, location: str) -> Mapping[str, str]:
    """Text by path, relative to the folder of the new workspace."""
    return {
        "tuneform.yaml": _WORKSPACE.format(name=name, project=project, location=location),
        f"specs/{_MODEL}.yaml": _SPEC.format(model=_MODEL),
        f"specs/data/{_MODEL}.train.jsonl": "".join(f"{_line(text, queue)}\n" for text, queue in STARTER_ROWS),
        "schema/specs.json": _schema("specs"),
        "schema/workspace.json": _schema("Workspace"),
        ".gitignore": "".join(f"{line}\n" for line in GITIGNORE_LINES),
        ".gitattributes": "".join(f"{line}\n" for line in GITATTRIBUTES_LINES),
    }


def _line(text: str, queue: str) -> str:
    turns = [{"role": "user", "parts": [{"text": text}]}, {"role": "model", "parts": [{"text": queue}]}]
    return json.dumps({"contents": turns}, ensure_ascii=False)


def _schema(name: str) -> str:
    return json.dumps(json_schema(name), indent=1, ensure_ascii=False) + "\n"
