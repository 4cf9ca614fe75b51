"""The report: whatever people or services write stays text, and no example and no answer is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.emulator import Emulator, Request
from tests.render.reading_html import read, strict
from tests.security.canaries import ROW_ANSWER, found_in
from tests.security.hostile import CONTROLS, harmful_in
from tests.security.repository import planted, typed

_MARKUP = "</td></code></style><script>alert(1)</script><img src=x onerror=alert(1)>\"' onload='x' &lt;b&gt; <!-- "
_SPEC = Path("specs/router.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with planted(tmp_path) as ready:
        yield ready


def _report() -> str:
    """The file, however the run ended; it was looked at by a browser's parser and by a strict one."""
    shown = typed("report", "--emulator", "--into", "report.html")
    assert shown.code in (0, 1), shown
    text = Path("report.html").read_text(encoding="utf-8")
    page = read(text)
    assert {tag for tag, _ in page.tags} & {"script", "img", "iframe", "form", "input", "object"} == set()
    assert [name for _, attributes in page.tags for name in attributes if name.startswith("on")] == []
    assert page.comments == [" tuneform report 1.0 "]
    assert harmful_in(text) == []
    strict(text)
    return text


def _declared(**fields: object) -> None:
    spec = _SPEC.read_text(encoding="utf-8")
    lines = "".join(f"  {name}: {json.dumps(value)}\n" for name, value in fields.items())
    _SPEC.write_text(spec.replace("  baseModel:", f"{lines}  baseModel:"), encoding="utf-8")


def test_names_and_descriptions_are_text(folder: Path) -> None:
    _declared(tunedModelDisplayName=f"name {_MARKUP}"[:128], description=f"description {_MARKUP}")

    planned = _report()
    assert typed("apply", "--yes", "--emulator").code == 0
    applied = _report()

    for text in (planned, applied):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert "description &lt;/td&gt;" in text


def test_what_a_service_says_of_a_failure_is_text(folder: Path) -> None:
    _fault("vertex.*.list", f"status:403;message=No {_MARKUP}{CONTROLS}")

    text = _report()

    assert "No plan could be made" in text
    assert "&lt;script&gt;" in text


def test_a_lock_that_was_written_by_hand_is_text(folder: Path) -> None:
    assert typed("apply", "--yes", "--emulator").code == 0
    lock = json.loads(Path(".tuneform/emulator.lock").read_text(encoding="utf-8"))
    for entry in lock["entries"].values():
        entry["inPlace"] = {"labels": {_MARKUP: _MARKUP}}
        for training in entry["trainings"].values():
            spoilt = dict.fromkeys(("endpoint", "error", "state", "name", "cancelRequested"), f"{_MARKUP}{CONTROLS}")
            training.update(spoilt)
            training["times"]["served"] = _MARKUP
            training["states"] = {_MARKUP: "2026-11-20T08:00:00Z"}
            training["submission"]["training"]["baseModel"] = _MARKUP
    Path(".tuneform/emulator.lock").write_text(json.dumps(lock), encoding="utf-8")

    assert "&lt;script&gt;" in _report()


def test_a_mistake_in_a_spec_is_quoted_as_text(folder: Path) -> None:
    _SPEC.write_text(f"kind: VertexTunedModel\n{json.dumps(_MARKUP)}: [1\n", encoding="utf-8")
    (folder / "specs" / "<b>x.yaml").write_text('apiVersion: tuneform.dev/v1\nkind: "<script>"\n', encoding="utf-8")

    assert "&lt;b&gt;x.yaml" in _report()


def test_no_training_example_and_no_answer_is_in_it(folder: Path) -> None:
    """The emulator's models answer with what they were trained on: a gate that refuses quotes them."""
    assert typed("apply", "--yes", "--emulator").code == 0
    spec = _SPEC.read_text(encoding="utf-8").replace("contains: e}", "contains: never}")
    _SPEC.write_text(spec.replace("train.jsonl}", "train.jsonl, hyperParameters: {epochCount: 2}}"), encoding="utf-8")
    assert typed("apply", "--yes", "--emulator", "--allow-limits").code == 1
    locked = Path(".tuneform/emulator.lock").read_text(encoding="utf-8")

    text = _report()

    assert found_in({"lock": locked}, [ROW_ANSWER]) != []
    assert "its gate refused it" in text
    assert found_in({"report": text}) == []


def _fault(method: str, fault: str) -> None:
    Path(".tuneform").mkdir(exist_ok=True)
    emulator = Emulator.open(".tuneform/emulator.db", catalog="historic", speed="instant")
    body = json.dumps({"method": method, "fault": fault, "times": None}).encode()
    answer = emulator.handle(Request("POST", "/_emulator/faults", "", {}, body))
    emulator.close()
    assert answer.status == 200
