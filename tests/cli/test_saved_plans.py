"""A saved plan carries what it was made of; one that does not fit the run that applies it is refused in words."""

from __future__ import annotations

import json
import shlex
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
  supervisedTuningSpec: {trainingDatasetUri: ../specs/data/train.jsonl}
"""


@pytest.fixture
def typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.setenv("TUNEFORM_EMULATOR", "embedded")
    monkeypatch.chdir(tmp_path)
    folder_for("", tmp_path)
    other = Path("tuneform.yaml").read_text(encoding="utf-8").replace("name: acme", "name: acme-dev")
    Path("tuneform.dev.yaml").write_text(other, encoding="utf-8")
    Path("other").mkdir()
    for name in ("a", "b"):
        Path(f"other/{name}.yaml").write_text(_SPEC.replace("NAME", name), encoding="utf-8")

    def type_(line: str, stdin: str = "") -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", StringIO(stdin))
        capsys.readouterr()
        code = run(shlex.split(line))
        shown = capsys.readouterr()
        return code, " ".join((shown.out + shown.err).split())

    assert type_("apply -f other --yes")[0] == exits.OK
    return type_


@pytest.mark.parametrize(
    ("options", "stdin"),
    [
        ("-f other --replace vertex/a", ""),
        ("-f other --replace vertex/a --target vertex/a", ""),
        ("-f other/a.yaml --prune", ""),
        ("-f - --prune", _SPEC.replace("NAME", "a").replace("../specs", "specs")),
        ("-f other/a.yaml -f other/b.yaml --replace vertex/a --replace vertex/b", ""),
    ],
)
def test_it_is_applied_as_it_was_made(typed: Callable[..., tuple[int, str]], options: str, stdin: str) -> None:
    assert typed(f"plan {options} --allow-limits --out p.json", stdin)[0] == exits.OK

    code, shown = typed("apply p.json --allow-limits", stdin)

    assert code == exits.OK, shown
    assert "PLAN109" not in shown


def test_the_same_options_may_be_said_again(typed: Callable[..., tuple[int, str]]) -> None:
    typed("plan -f other --replace vertex/a --out p.json")

    assert typed("apply p.json -f other --replace vertex/a")[0] == exits.OK


@pytest.mark.parametrize(
    "options", ["-f other/a.yaml", "--replace vertex/b", "--target vertex/b", "-f other --prune", "--checksum 3f1c"]
)
def test_options_that_contradict_it_are_wrong_usage(typed: Callable[..., tuple[int, str]], options: str) -> None:
    typed("plan -f other --replace vertex/a --out p.json")
    before = Path(".tuneform/emulator.lock").read_bytes()

    code, shown = typed(f"apply p.json {options}")

    assert code == exits.USAGE, shown
    assert "p.json" in shown
    assert Path(".tuneform/emulator.lock").read_bytes() == before


@pytest.mark.parametrize(("options", "what"), [("--workspace dev", "workspace"), ("--lock other.lock", "lock")])
def test_a_plan_of_another_run_is_refused_in_words(
    typed: Callable[..., tuple[int, str]], options: str, what: str
) -> None:
    typed(f"apply -f other --yes {options}")
    typed("plan -f other --replace vertex/a --out p.json")

    code, shown = typed(f"apply p.json {options}")

    assert code == exits.FAILED
    assert "PLAN109" in shown
    assert f"p.json is a plan of {what}" in shown


def test_a_stale_one_is_refused(typed: Callable[..., tuple[int, str]]) -> None:
    typed("plan -f other --replace vertex/a --out p.json")
    spec = Path("other/b.yaml")
    spec.write_text(spec.read_text(encoding="utf-8") + "  tunedModelDisplayName: B\n", encoding="utf-8")

    code, shown = typed("apply p.json")

    assert (code, "PLAN109" in shown) == (exits.FAILED, True)


def test_a_permission_is_not_in_it(typed: Callable[..., tuple[int, str]]) -> None:
    """It is given where it is used; and a plan of version 0.1.0 has no options at all."""
    typed("plan -f other/a.yaml --prune --allow-protected --out p.json")
    saved = json.loads(Path("p.json").read_text(encoding="utf-8"))

    assert saved["made_with"] == {"files": ["other/a.yaml"], "prune": True}

    typed("plan -f other --replace vertex/a --out p.json")
    saved = json.loads(Path("p.json").read_text(encoding="utf-8"))
    del saved["made_with"]
    Path("p.json").write_text(json.dumps(saved), encoding="utf-8")
    code, shown = typed("apply p.json")
    assert code == exits.REFUSED, shown
