"""Findings are kept up to a bound, and counted exactly wherever they are shown."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from reconciler.core.alike import at_most, number_of
from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.findings import KEPT_PER_CODE, Findings
from reconciler.core.likeness import nearest
from reconciler.files.schema import KINDS
from reconciler.files.slim import faults_of
from reconciler.files.yaml_tree import SourceText, read_documents
from tests.bounds.yaml_shapes import HEAD, PAIRS
from tests.security.repository import planted, typed


def a_finding(number: int, code: str = "SPEC023", path: str = "a.yaml", **more: Any) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, "Unknown field", where=Location(path, number + 1, 1), **more)


def test_a_hundred_of_a_code_and_file_are_kept_and_the_last_counts_the_others() -> None:
    findings = Findings(a_finding(n) for n in range(1_221))
    findings.extend(a_finding(n, path="b.yaml") for n in range(100))
    findings.add(a_finding(0, code="SPEC026"))

    kept = findings.all()

    assert len(kept) == 100 + 100 + 1
    assert [(d.where and d.where.line, d.more) for d in kept if d.more] == [(KEPT_PER_CODE, 1_121)]
    assert number_of(kept) == findings.count == 1_221 + 100 + 1


def test_findings_of_findings_are_counted_once() -> None:
    inner = Findings(a_finding(n) for n in range(350))

    outer = Findings([*inner.all(), *(a_finding(n) for n in range(50))])

    assert number_of(outer.all()) == 400
    assert len(outer.all()) == 100


def test_what_is_cut_for_people_is_counted_with_what_was_never_kept() -> None:
    findings = Findings(a_finding(n) for n in range(1_221)).all()

    shown, rest = at_most(findings, 20)

    assert (len(shown), rest) == (20, {"SPEC023": 1_201})


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[None]:
    with planted(tmp_path):
        spec = HEAD.replace("name: a", "name: other") + "".join(f"  odd{n}: 1\n" for n in range(1_221))
        Path("specs/other.yaml").write_text(spec, encoding="utf-8")
        rows = "".join('{"contents":[{"role":"sales","parts":[{"text":"a"}]}]}\n' for _ in range(1_221))
        Path("odd.jsonl").write_text(rows, encoding="utf-8")
        yield


@pytest.mark.usefixtures("repository")
def test_validate_says_how_many_more_there_are_in_every_form() -> None:
    text = typed("validate").out
    document = json.loads(typed("validate", "--format", "json").out)
    (run,) = json.loads(typed("validate", "--format", "sarif").out)["runs"]
    annotations = typed("validate", "--format", "github").out

    assert text.count("error SPEC023") == 20
    assert "1,201 more of SPEC023.\n" in text
    assert document["left_out"] == {"SPEC023": 1_121}
    assert sum(d["code"] == "SPEC023" for d in document["diagnostics"]) == 100
    assert document["counts"]["error"] == 1_121 + sum(d["severity"] == "error" for d in document["diagnostics"])
    assert run["properties"] == {"tuneform/leftOut": {"SPEC023": 1_121}}
    assert "1,121 results left out." in json.dumps(run["invocations"])
    errors = [line for line in annotations.splitlines() if line.startswith("::error")]
    assert len(errors) == 10
    assert f"+{document['counts']['error'] - 9:,} errors more" in errors[-1]


@pytest.mark.usefixtures("repository")
def test_a_plan_that_cannot_load_its_specs_says_how_many_more_there_are() -> None:
    seen = typed("plan", "--emulator")

    assert seen.code == 1
    assert seen.err.count("error SPEC023") == 20
    assert "1,201 more of SPEC023.\n" in seen.err


@pytest.mark.usefixtures("repository")
def test_dataset_check_says_how_many_more_there_are_in_every_form() -> None:
    text = typed("dataset", "check", "odd.jsonl").out
    (file,) = json.loads(typed("dataset", "check", "odd.jsonl", "--format", "json").out)["files"]
    (run,) = json.loads(typed("dataset", "check", "odd.jsonl", "--format", "sarif").out)["runs"]
    annotations = typed("dataset", "check", "odd.jsonl", "--format", "github").out

    assert "… and 1,216 more of DATA312" in text
    assert file["counts"]["DATA312"] == 1_221
    assert file["left_out"]["DATA312"] == 1_121
    assert run["properties"]["tuneform/leftOut"] == file["left_out"]
    for kind in ("error", "warning", "notice"):
        lines = [line for line in annotations.splitlines() if line.startswith(f"::{kind}")]
        assert len(lines) <= 10
        more = re.search(r"\+([\d,]+) \w+ more", lines[-1]) if lines else None
        severity = "note" if kind == "notice" else kind
        said = sum(file["counts"][f] for f in {x["rule"] for x in file["findings"] if x["severity"] == severity})
        assert said == len(lines) - bool(more) + int(more[1].replace(",", "") if more else 0)


@pytest.mark.usefixtures("repository")
def test_what_the_data_of_specs_breaks_is_counted_exactly_by_validate_too() -> None:
    spec = HEAD.replace("name: a", "name: other")
    spec += "  supervisedTuningSpec: {trainingDatasetUri: ../odd.jsonl}\n"
    Path("specs/other.yaml").write_text(spec, encoding="utf-8")

    document = json.loads(typed("validate", "--format", "json").out)

    assert document["left_out"]["DATA312"] == 1_121


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["a", "", "gs://b/c", "K", "1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "K", "baseModel"]), inner, max_size=3)
    ),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    ["labels", "description", "baseModel", "base_model", "supervisedTuningSpec", "tunedModelDisplayName", "tuningTask"]
)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(_FIELDS, _VALUES, max_size=5), st.integers(0, 2), st.sampled_from(["Vertex", "Gemini"]))
def test_piece_by_piece_the_same_faults_are_found(spec: dict[str, Any], times: int, service: str) -> None:
    """The oracle is pydantic on the whole document."""
    annotations = {f"k{n}": n if n % 5 else "a" for n in range(times * 999)}
    if times:
        names = [f"b{n}" if n % 3 else n for n in range(times * 999)]
        gate = {"prompts": [{"odd": 1}] * 1_100}
        spec = {**spec, "tuneform": {"formerNames": names, "gate": gate}, **{f"odd{n}": 1 for n in range(times * 700)}}
    kind = f"{service}TunedModel"
    value = {"kind": kind, "metadata": {"annotations": annotations}, "spec": spec}

    found = Counter((f.kind, f.loc) for f in faults_of(KINDS[kind], value))

    with pytest.raises(ValidationError) as caught:
        KINDS[kind].model_validate(value)
    assert found == Counter((e["type"], e["loc"]) for e in caught.value.errors())


def test_too_many_labels_are_a_mistake_whatever_their_number() -> None:
    for count in (60, 999, 1_000, 1_001, 3_000):
        value = {"kind": "VertexTunedModel", "spec": {"labels": {f"k{n}": "a" for n in range(count)}}}

        assert "too_long" in {f.kind for f in faults_of(KINDS["VertexTunedModel"], value)}


def test_every_bad_pair_of_a_long_list_is_found_at_its_place() -> None:
    text = PAIRS + "{textInput: a, output: b}, " * 2_500 + "{a}, " + "{textInput: a, output: b}, " * 2_500 + "]}}}\n"
    ((document,), _) = read_documents(SourceText("a.yaml", text.encode()))

    found = [f.loc[-2:] for f in faults_of(KINDS["GeminiTunedModel"], document.value)]

    assert sorted(found, key=str) == [(2_500, "a"), (2_500, "output"), (2_500, "textInput")]
    place = document.place(("spec", "tuningTask", "trainingData", "examples", "examples", 2_500, "a"), of_key=True)
    assert text.splitlines()[place.line - 1][place.column - 2 :].startswith("{a}")


_YAML = st.recursive(
    st.sampled_from(["a", "'b c'", '"d"', "1", "~", "[]", "{}"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("kxyz"), inner, max_size=4),
    max_leaves=12,
)


def _written(value: Any, depth: int = 0) -> str:
    pad = "\n" + "  " * depth
    if isinstance(value, list) and value:
        return "".join(f"{pad}- {_written(item, depth + 1).lstrip()}" for item in value)
    if isinstance(value, dict) and value:
        return "".join(f"{pad}{key}: {_written(item, depth + 1)}" for key, item in value.items())
    return value if isinstance(value, str) else "[]"


@given(_YAML)
def test_every_place_is_where_pyyaml_composes_a_node(value: Any) -> None:
    """The oracle is PyYAML's own composer, in pure Python."""
    text = _written(value)
    documents, _ = read_documents(SourceText("a.yaml", text.encode()))

    for document in documents:
        _compare(document, yaml.compose(text, Loader=yaml.BaseLoader), ())


def _compare(document: Any, node: Any, path: tuple[str | int, ...]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, below in node.value:
            way = (*path, key.value)
            assert document.place(way, of_key=True)[1:] == (key.start_mark.line + 1, key.start_mark.column + 1)
            _compare(document, below, way)
    elif isinstance(node, yaml.SequenceNode):
        for index, below in enumerate(node.value):
            _compare(document, below, (*path, index))
    elif path and node.value and isinstance(path[-1], str):
        assert document.place(path)[1:] == (node.start_mark.line + 1, node.start_mark.column + 1)


@pytest.mark.parametrize(
    ("word", "near"),
    [("epochCuont", "epochCount"), ("x", None), ("epochCount" * 50, None), ("", None)],
)
def test_the_nearest_name_is_looked_for_among_a_bounded_number(word: str, near: str | None) -> None:
    asked = 0

    def names() -> Iterator[str]:
        nonlocal asked
        for name in ["epochCount", *(f"epoch{n:05}" for n in range(100_000))]:
            asked += 1
            yield name

    assert nearest(word, names()) == near
    assert asked < 2_000 or near is None
