"""Whoever pays or deletes is asked: target and effect first, then the question; without a terminal --yes is needed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from reconciler.cli import run
from reconciler.core import exits
from tests.cli.session import folder_for

_SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {name: NAME}
spec:
  baseModel: gemini-2.5-flash
  supervisedTuningSpec: {trainingDatasetUri: data/train.jsonl}
"""


class _Terminal(StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Run it; with an answer on a terminal, without one in a pipe."""
    for name in ("EMULATOR_SPEED", "EMULATOR"):
        monkeypatch.setenv(f"TUNEFORM_{name}", {"EMULATOR": "embedded"}.get(name, "instant"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    folder_for("", tmp_path)

    def type_(line: str, answer: str | None = None) -> tuple[int, str]:
        kind = StringIO if answer is None else _Terminal
        shown = kind()
        for name, stream in (("stdin", kind(answer or "")), ("stdout", shown), ("stderr", shown)):
            monkeypatch.setattr(sys, name, stream)
        return run(line.split()), shown.getvalue()

    return type_


def _running(typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    Path("specs/a.yaml").write_text(_SPEC.replace("NAME", "a"), encoding="utf-8")
    typed("apply --yes --no-wait")
    return "cancel vertex/a --no-wait"


def _trained(typed: Callable[..., tuple[int, str]]) -> None:
    Path("specs/a.yaml").write_text(_SPEC.replace("NAME", "a"), encoding="utf-8")
    assert typed("apply --yes")[0] == exits.OK


def _forgotten(typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch) -> str:
    del monkeypatch
    _trained(typed)
    return "forget vertex/a"


def _destroyed(typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch) -> str:
    del monkeypatch
    _trained(typed)
    return "destroy vertex/a"


def _applied(typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch) -> str:
    del monkeypatch, typed
    Path("specs/a.yaml").write_text(_SPEC.replace("NAME", "a"), encoding="utf-8")
    return "apply"


def _imported(typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch) -> str:
    del monkeypatch
    _trained(typed)
    model = next(iter(_entries()["vertex/a"]["trainings"].values()))["model"].partition("@")[0]
    Path(".tuneform/emulator.lock").unlink()
    Path("specs/a.yaml").unlink()
    return f"import vertex/mine {model}"


def _entries() -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    lock = Path(".tuneform/emulator.lock")
    found: dict[str, dict[str, dict[str, dict[str, str]]]] = (
        json.loads(lock.read_text(encoding="utf-8")).get("entries", {}) if lock.exists() else {}
    )
    return found


CASES = pytest.mark.parametrize("case", [_running, _forgotten, _destroyed, _applied, _imported])


@CASES
def test_target_and_effect_stand_above_the_question_and_no_is_no(
    case: Callable[..., str], typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = case(typed, monkeypatch)
    before = _entries(), sorted(Path("specs").iterdir())

    code, shown = typed(line, answer="n\n")

    first, *rest = shown.splitlines()
    assert first.startswith("EMULATOR ")
    assert any("vertex/" in text for text in rest)
    assert "[y/N]" in shown
    assert shown.rstrip().endswith("Nothing was changed.")
    assert code == exits.FAILED
    assert (_entries(), sorted(Path("specs").iterdir())) == before


@CASES
def test_without_a_terminal_it_needs_yes(
    case: Callable[..., str], typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = case(typed, monkeypatch)
    before = _entries(), sorted(Path("specs").iterdir())

    code, shown = typed(line)

    assert code == exits.FAILED
    assert "PLAN111" in shown
    assert "--yes" in shown
    assert ("--checksum" in shown) is line.startswith(("apply", "destroy"))
    assert (_entries(), sorted(Path("specs").iterdir())) == before


@CASES
@pytest.mark.parametrize("answer", [None, "y\n"])
def test_a_yes_does_it(
    case: Callable[..., str],
    answer: str | None,
    typed: Callable[..., tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = case(typed, monkeypatch)
    before = _entries()

    code, shown = typed(line if answer else f"{line} --yes", answer=answer)

    assert code in (exits.OK, exits.STILL_RUNNING), shown
    assert _entries() != before


def test_gc_proposes_in_a_pipe_and_asks_on_a_terminal(typed: Callable[..., tuple[int, str]]) -> None:
    _trained(typed)
    Path(".tuneform/emulator.lock").unlink()
    Path("specs/a.yaml").write_text(_SPEC.replace("NAME", "b"), encoding="utf-8")

    assert typed("gc")[0] == exits.OK
    assert "[y/N]" not in typed("gc --detailed-exitcode", answer="y\n")[1]
    code, shown = typed("gc", answer="n\n")
    assert (code, "Dispose of this? [y/N]" in shown) == (exits.OK, True), shown
    assert "to dispose of. Nothing was touched" in typed("gc")[1]
    assert typed("gc", answer="y\n")[0] == exits.OK
    assert "Nothing to dispose of" in typed("gc")[1]


def test_split_overwrites_nothing_unless_it_is_told_to(typed: Callable[..., tuple[int, str]]) -> None:
    line = "dataset split specs/data/train.jsonl --validation 0.3"
    there = Path("specs/data/train.validation.jsonl")
    there.write_text("mine\n", encoding="utf-8")

    code, shown = typed(line)

    assert (code, "RUN029" in shown, there.read_text(encoding="utf-8")) == (exits.FAILED, True, "mine\n")
    assert not Path("specs/data/train.train.jsonl").exists()
    assert typed(f"{line} --force")[0] == exits.OK
    assert there.read_text(encoding="utf-8") != "mine\n"


def test_import_writes_over_no_file(typed: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    line = _imported(typed, monkeypatch)
    Path("specs/mine.txt").write_text("mine\n", encoding="utf-8")

    code, shown = typed(f"{line} --out specs/mine.txt --yes")

    assert (code, "exists already" in shown) == (exits.FAILED, True)
    assert Path("specs/mine.txt").read_text(encoding="utf-8") == "mine\n"


def test_a_refusal_is_said_once(typed: Callable[..., tuple[int, str]]) -> None:
    _trained(typed)
    Path("specs/a.yaml").unlink()

    code, shown = typed("apply --yes")

    assert code == exits.REFUSED
    assert shown.count("PLAN102") == 1
