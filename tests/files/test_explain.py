"""What is said of a field: each has its words, an example, and the example loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.field_page import FieldPage
from reconciler.core.findings import Findings
from reconciler.core.settings import GenerationPrice, Home, Workspace
from reconciler.files.catalog import shipped_catalog
from reconciler.files.explain import every_name, examples, explain, near
from reconciler.files.fields import every_field
from reconciler.files.policies import read_policy_texts, rules_of
from reconciler.files.policy_tests import read_cases
from reconciler.files.schema import KINDS
from reconciler.files.specs import load
from reconciler.files.yaml_spelling import snake

EXAMPLES = [text for text, _ in examples()]
DEFAULTS = Workspace(
    homes={"vertex": Home("acme-ml", "us-central1"), "gemini": Home("acme-ml")},
    generation_prices={"gemini-3.5-flash": GenerationPrice(0.3, 2.5, "USD", "2026-11-01")},
    catalog="historic",
)


def one(asked: str) -> FieldPage:
    (found,) = explain(asked)
    return found


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_loads(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    is_workspace = "kind: Workspace" in text
    path = Path("tuneform.yaml" if is_workspace else "specs/a.yaml")
    if "kind: Policy" in text:
        _load_among_policies(text)
        return
    path.parent.mkdir(exist_ok=True)
    others = _BESIDE if not is_workspace else ""
    path.write_text(f"{others}{text}", encoding="utf-8")
    Path("specs/data").mkdir(parents=True, exist_ok=True)
    Path("specs/data/increment.json").write_text('[{"textInput": "1", "output": "2"}]', encoding="utf-8")
    if is_workspace:
        for place in ("models/a.yaml", "shared/router.yaml"):
            Path(place).parent.mkdir()
            Path(place).write_text("# nothing yet\n", encoding="utf-8")
        Path("specs/b.yaml").write_text(_BESIDE.removesuffix("---\n"), encoding="utf-8")
    else:
        Path("tuneform.yaml").write_text(_WORKSPACE, encoding="utf-8")

    # What another catalogue holds is not the example's affair.
    loaded = load(".", defaults=DEFAULTS, catalog_of=lambda _: shipped_catalog())

    assert [str(d) for d in loaded.diagnostics if d.is_error] == []
    assert loaded.desired is not None


def _load_among_policies(text: str) -> None:
    """With the rules that the cases name."""
    rules = [*(t for t in EXAMPLES if "kind: Policy\n" in t), _FEW_DELETIONS]
    Path("policies").mkdir()
    Path("policies/rules.yaml").write_text("---\n".join(rules), encoding="utf-8")
    Path("policies/cases.yaml").write_text(text if "kind: PolicyTest" in text else "", encoding="utf-8")
    findings = Findings()

    texts = read_policy_texts(["policies"], findings)
    cases = read_cases(texts, rules_of(texts, DEFAULTS, findings), findings)

    assert findings.all() == []
    assert bool(cases) is ("kind: PolicyTest" in text)


_FEW_DELETIONS = """\
apiVersion: tuneform.dev/v1
kind: Policy
metadata: {name: more}
spec: {rules: [{name: few-deletions, about: plan, require: plan.summary.delete <= 2}]}
"""
_WORKSPACE = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: acme}
spec:
  vertex: {project: acme-ml, location: us-central1}
  gemini: {project: acme-ml}
  prices: {gemini-3.5-flash: {generate: {input: 1 USD/1M, output: 1 USD/1M}, asOf: 2026-11-01}}
"""
_BESIDE = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: other-router}
spec:
  project: acme-ml
  location: us-central1
  baseModel: gemini-3.5-flash
  supervisedTuningSpec: {trainingDatasetUri: gs://acme-tuning/other.jsonl}
---
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: other-generator}
spec:
  project: acme-ml
  baseModel: models/gemini-1.5-flash-001-tuning
  tuneform: {dataFile: data/increment.json}
---
"""


@pytest.mark.parametrize("name", list(every_name()))
def test_a_field_has_a_sentence_what_it_takes_and_an_example_with_it(name: str) -> None:
    found = explain(name)

    assert found
    assert all(e.sentence and e.takes and e.example for e in found)
    assert name.rsplit(".", maxsplit=1)[-1].removesuffix("[]") in found[0].example or "." not in name


def test_every_field_of_the_schema_can_be_asked_for() -> None:
    assert sum(1 for _ in every_name()) == len(KINDS) + sum(1 for kind in KINDS.values() for _ in every_field(kind))


def test_a_field_is_found_in_either_spelling_and_with_less_before_it() -> None:
    whole = one("vertex.spec.supervisedTuningSpec.hyperParameters.epochCount")

    assert whole.path == "spec.supervisedTuningSpec.hyperParameters.epochCount"
    assert whole.takes == "whole number of 1 or more"
    assert "new training" in whole.means
    short = "supervisedTuningSpec.hyperParameters.epochCount"
    for asked in (f"VertexTunedModel.spec.{short}", f"spec.{short}", short, snake(short)):
        assert explain(asked) == [whole]


def test_what_both_kinds_have_is_said_once() -> None:
    assert one("tuneform.gate.margin").kinds == ("VertexTunedModel", "GeminiTunedModel")
    assert [e.kinds for e in explain("displayName")] == [("GeminiTunedModel",)]
    assert len(explain("metadata.name")) > 1


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("gate.metrics.eval_total_loss.max", "spec.tuneform.gate.metrics.*.max"),
        ("gate.metrics.*.max", "spec.tuneform.gate.metrics.*.max"),
        ("gate.prompts[0].text", "spec.tuneform.gate.prompts[].text"),
        ("gate.prompts[].text", "spec.tuneform.gate.prompts[].text"),
        ("gate.prompts.text", "spec.tuneform.gate.prompts[].text"),
        ("workspace.allow[].until", "spec.allow[].until"),
    ],
)
def test_a_place_in_a_list_and_a_key_of_the_users_lead_to_the_field(asked: str, path: str) -> None:
    assert {e.path for e in explain(asked)} == {path}


@pytest.mark.parametrize(
    ("asked", "means"),
    [
        ("vertex.labels", "in place"),
        ("vertex.supervisedTuningSpec.validationDatasetUri", "only with --replace"),
        ("vertex.tuneform.trigger", "a new training"),
        ("vertex.tuneform.lifecycle.keep", "nothing is trained"),
        ("vertex.from.version", "copied"),
        ("vertex.metadata.name", "another model"),
        ("workspace.limits.maxDeletes", ""),
    ],
)
def test_it_says_what_an_edit_means(asked: str, means: str) -> None:
    assert means in one(asked).means
    assert bool(means) is bool(one(asked).means)


def test_a_mapping_lists_its_fields() -> None:
    assert [b.name for b in one("vertex.from").below] == ["workspace", "address", "version", "lock"]


def test_an_unknown_field_leads_to_those_of_that_name_or_one_much_like_it() -> None:
    assert explain("nothing.like.it") == []
    assert near("epochCount")[0] == "vertex.spec.supervisedTuningSpec.hyperParameters.epochCount"
    assert "vertex.spec.tuneform.gate.margin" in near("gate.margn")
    assert near("xyzzy") == []
