"""docs/reference/specs.md, workspace.md and policies.md, made from the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.core.model import OnChange
from reconciler.files.descriptions import descriptions_of
from reconciler.files.field_words import takes
from reconciler.files.fields import KnownField, fields_of
from reconciler.files.schema.base import Part
from reconciler.files.schema.gemini import GeminiTunedModel
from reconciler.files.schema.policy import PolicyDocument, PolicyTestDocument
from reconciler.files.schema.statements import MovedDocument, RemovedDocument
from reconciler.files.schema.vertex import VertexTunedModel
from reconciler.files.schema.workspace import WorkspaceDocument

VERTEX_EXAMPLE: Final = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata:
  name: support-router
spec:
  baseModel: gemini-3.5-flash
  tunedModelDisplayName: Support router
  labels: {team: support}
  supervisedTuningSpec:
    trainingDatasetUri: gs://acme-tuning/train.jsonl
    validationDatasetUri: gs://acme-tuning/validation.jsonl
    hyperParameters: {epochCount: 4, adapterSize: 4, learningRateMultiplier: 1.0}
"""

GEMINI_EXAMPLE: Final = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata:
  name: number-generator
spec:
  baseModel: models/gemini-1.5-flash-001-tuning
  displayName: number generator model
  tuningTask:
    hyperparameters: {epochCount: 5, batchSize: 2, learningRate: 0.001}
    trainingData: {examples: {examples: [{textInput: "1", output: "2"}, {textInput: "3", output: "4"}]}}
"""

REMOVED_EXAMPLE: Final = """\
apiVersion: tuneform.dev/v1
kind: Removed
spec:
  address: vertex/old-router
  onRemove: retain
  reason: another team has it now
"""

MOVED_EXAMPLE: Final = """\
apiVersion: tuneform.dev/v1
kind: Moved
spec:
  from: vertex/router
  to: vertex/support-router
"""

WORKSPACE_EXAMPLE: Final = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata:
  name: acme
spec:
  vertex: {project: acme-ml, location: us-central1, stagingUri: gs://acme-tuning/staging}
  gemini: {project: acme-ml}
  limits: {maxDisposePercent: 30, maxDeletes: 2, concurrentJobs: 1, listLag: 10m}
  budget: {perJob: 50 USD, perPlan: 200 USD, whenUnknown: refuse}
  prices: {gemini-3.5-flash: {train: 5 USD/1M, generate: {input: 0.3 USD/1M, output: 2.5 USD/1M}, asOf: 2026-11-01}}
  models: {gemini-2.5-flash: {cutOff: 2027-03-31, retires: 2027-03-31}}
  dataRules: {DATA904: off}
  allow: [{delete: vertex/old-router, until: 2026-12-01, reason: replaced by support-router}]
  requiredVersion: ">=0.1"
"""

_SPECS_INTRO: Final = """\
# Specs

<!-- Made from the schema by reconciler.files.reference_pages; `pytest tests/files --update-golden` rewrites it. -->

A spec is a YAML document that declares one tuned model; [two other kinds](#removed) say what became of one. Specs lie
in `*.yaml` and `*.yml` files below `specs/`, as many to a file as you like, separated by `---`; or where
[`specs` of the workspace](workspace.md) says. Hidden files and folders are passed over.

The fields of `spec` are the API's own, so a request body can be pasted under `spec:`. Each may be written in camelCase
or in snake_case, but not in both at once. `project`, `location` and `tuneform` are tuneform's own.

- Text is YAML 1.2: `1e-4` is a number, `on` and `yes` are texts, `0123` is 123. Duplicate keys, tags and merge keys
  (`<<`) are errors.
- An unknown key is an error, and so is a field that only the service fills in.
- A field that is left out, or null, is left to the service: it is shown once and never compared.
- One mistake anywhere ends the run before anything is observed, and all mistakes are reported at once. Each code has a
  paragraph in [errors.md](errors.md).

The column "A change means" says what an edit of a field does: *new training* makes a successor, *in place* patches what
is there, *reported* is shown and trains only with `--replace`.
"""

_WORKSPACE_INTRO: Final = """\
# Workspace

<!-- Made from the schema by reconciler.files.reference_pages; `pytest tests/files --update-golden` rewrites it. -->

`tuneform.yaml` holds the settings of one workspace: a named set of models. `tuneform.NAME.yaml` is another one, chosen
with `--workspace NAME`; its lock is `tuneform.NAME.lock` by default. Paths in it are relative to it.

A Workspace document in piped input (`-f -`) takes the place of the file. A spec with the annotation
`tuneform.dev/workspace` can be used with the workspace of that name alone.
"""

POLICY_EXAMPLE: Final = """\
apiVersion: tuneform.dev/v1
kind: Policy
metadata: {name: team}
spec:
  rules:
    - name: team-label
      about: spec
      require: has(spec.labels.team)
      message: Every model says in its labels whose it is.
---
apiVersion: tuneform.dev/v1
kind: PolicyTest
metadata: {name: team}
spec:
  rule: team-label
  cases:
    - {name: a label says whose it is, spec: {labels: {team: support}}, expect: pass}
    - {name: no labels at all, spec: {}, expect: refuse}
"""

_MEANS: Final = {
    OnChange.REPLACE: "new training",
    OnChange.IN_PLACE: "in place",
    OnChange.REPORT: "reported",
}
_ANY_OF: Final[Mapping[type[Any], str]] = {list: "[]", dict: ".*"}


def specs_page() -> str:
    """The page about both kinds of model, and what may stand beside them."""
    parts = [_SPECS_INTRO]
    examples = ((VertexTunedModel, VERTEX_EXAMPLE), (GeminiTunedModel, GEMINI_EXAMPLE))
    for kind, example in examples:
        parts.append(f"## {kind.__name__}\n\n{kind.__doc__}\n\n```yaml\n{example}```\n")
        parts.append(_table(kind, with_meaning=True))
    for statement, example in ((RemovedDocument, REMOVED_EXAMPLE), (MovedDocument, MOVED_EXAMPLE)):
        title = statement.__name__.removesuffix("Document")
        parts.append(f"## {title}\n\n{statement.__doc__}\n\n```yaml\n{example}```\n")
        parts.append(_table(statement, with_meaning=False))
    return "\n".join(parts)


def workspace_page() -> str:
    """The page about tuneform.yaml."""
    table = _table(WorkspaceDocument, with_meaning=False)
    return "\n".join([_WORKSPACE_INTRO, f"```yaml\n{WORKSPACE_EXAMPLE}```\n", table])


def policies_page() -> str:
    """The page about rules."""
    from reconciler.files.rules_page import ABOUT_RULES, functions, variables

    parts = [ABOUT_RULES, f"```yaml\n{POLICY_EXAMPLE}```\n", "## Policy\n", _table(PolicyDocument, with_meaning=False)]
    parts += ["## PolicyTest\n", _table(PolicyTestDocument, with_meaning=False), variables(), functions()]
    return "\n".join(parts)


def _table(kind: type[Part], *, with_meaning: bool) -> str:
    heads = ["Field", "Takes", "A change means", "What it is"] if with_meaning else ["Field", "Takes", "What it is"]
    lines = [heads, ["---"] * len(heads)]
    for path, known, sentence in _rows(kind, ()):
        means = [_meaning(known)] if with_meaning else []
        lines.append([f"`{path}`", takes(known), *means, sentence])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _rows(part: type[Part], path: tuple[str, ...]) -> Iterator[tuple[str, KnownField, str]]:
    sentences = descriptions_of(part)
    for name, known in fields_of(part).items():
        here = (*path, name)
        yield ".".join(here), known, sentences[known.attribute].replace("|", "\\|")
        if known.part is not None:
            last = name + (_ANY_OF[known.many] if known.many is not None else "")
            yield from _rows(known.part, (*path, last))


def _meaning(known: KnownField) -> str:
    """Of a value; a mapping's is that of what it holds."""
    is_mapping = known.part is not None and known.apart is None
    return "" if is_mapping or known.on_change is None else _MEANS[known.on_change]
