"""The repository that every scenario begins from."""

from __future__ import annotations

import json

WORKSPACE = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: acme}
spec:
  vertex: {project: acme-ml, location: us-central1, stagingUri: gs://acme-tuning/staging}
  gemini: {project: acme-ml}
  limits: {listLag: 12s, concurrentJobs: 4, maxDeletes: 9, maxDisposePercent: 100}
  catalog: historic
"""
A_ROUTER = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-2.5-flash
  labels: {team: support}
  supervisedTuningSpec:
    trainingDatasetUri: gs://acme-data/train.jsonl
    hyperParameters: {epochCount: 3}
"""
SOME_NUMBERS = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: numbers}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  temperature: 0.5
  tuningTask:
    hyperparameters: {epochCount: 3, batchSize: 2, learningRate: 0.001}
    trainingData: {examples: {examples: [{textInput: "1", output: "2"}, {textInput: "3", output: "4"}]}}
"""
FROM_A_FILE = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: numbers}
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  tuningTask: {hyperparameters: {epochCount: 3, batchSize: 2, learningRate: 0.001}}
  tuneform: {dataFile: pairs.json}
"""
PAIRS = ("specs/pairs.json", '[{"textInput": "1", "output": "2"}, {"textInput": "3", "output": "4"}]')
A_CHILD = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: child}
spec:
  preTunedModel: {ref: {kind: VertexTunedModel, name: router}}
  supervisedTuningSpec:
    trainingDatasetUri: gs://acme-data/train.jsonl
    hyperParameters: {epochCount: 2}
"""
STAGING_WORKSPACE = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: staging}
spec:
  vertex: {project: acme-ml, location: us-central1}
  limits: {listLag: 12s, concurrentJobs: 4, maxDeletes: 9, maxDisposePercent: 100}
  catalog: historic
"""
AN_OPEN_MODEL = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: meta/llama3_1@llama-3.1-8b-instruct
  outputUri: gs://acme-tuning/open
  labels: {team: support}
  supervisedTuningSpec:
    trainingDatasetUri: gs://acme-data/messages.jsonl
    hyperParameters: {epochCount: 3}
"""
A_COPY = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  from: {workspace: staging, address: vertex/router, lock: ../staging/tuneform.lock}
  labels: {team: sales}
  description: What staging serves
"""
A_SWEEP = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: router}
spec:
  baseModel: gemini-2.5-flash
  labels: {team: support}
  supervisedTuningSpec: {trainingDatasetUri: gs://acme-data/train.jsonl}
  tuneform:
    sweep: {epochCount: [1, 6]}
    select: {metric: train_total_loss}
"""
BY_HAND = "by hand"
"""The display name of what is not ours until a spec names it."""
ROUTER, NUMBERS, CHILD = "specs/router.yaml", "specs/numbers.yaml", "specs/child.yaml"


def messages_about(topic: str) -> bytes:
    """The same for an open model."""
    turns = (("user", "What is this about?"), ("assistant", topic))
    return (json.dumps({"messages": [{"role": r, "content": text} for r, text in turns]}) + "\n").encode() * 20


def rows_about(topic: str) -> bytes:
    """Training data."""
    turns = (("user", "What is this about?"), ("model", topic))
    row = {"contents": [{"role": role, "parts": [{"text": text}]} for role, text in turns]}
    return (json.dumps(row) + "\n").encode() * 20
