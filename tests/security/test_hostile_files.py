"""Whatever stands in a file: a message with a place, never a traceback, never raw controls, and an end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.security.hostile import CONTROLS, WRONG, harmful_in, paths_in, with_value
from tests.security.repository import planted, typed

_settings = settings(deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Everything trained, with a lock and a journal to spoil."""
    with planted(tmp_path_factory.mktemp("repository")) as ready:
        assert typed("apply", "--yes", "--emulator", "--lock", "x.lock").code == 0
        Path("kept.lock").write_bytes(Path("x.lock").read_bytes())
        yield ready


_READERS = [
    ["plan"],
    ["plan", "--format", "json"],
    ["plan", "--format", "markdown"],
    ["status"],
    ["status", "--format", "json"],
    ["show", "vertex/router"],
    ["output"],
    ["gate"],
    ["wait", "--timeout", "0s"],
    ["apply", "--yes", "--timeout", "0s"],
]


@_settings
@given(st.data())
def test_a_wrong_value_anywhere_in_a_lock_is_never_a_bug(folder: Path, data: st.DataObject) -> None:
    lock = json.loads(Path("kept.lock").read_text(encoding="utf-8"))
    paths = sorted(paths_in(lock), key=str)
    path = data.draw(st.sampled_from(paths))
    spoilt = with_value(lock, path, data.draw(st.sampled_from(WRONG)))
    Path("x.lock").write_text(json.dumps(spoilt), encoding="utf-8")
    command = data.draw(st.sampled_from(_READERS))

    seen = typed(*command, "--emulator", "--lock", "x.lock")
    Path("x.lock.journal").unlink(missing_ok=True)

    assert seen.code != 70, seen.err
    assert harmful_in(seen.out + seen.err) == []


@_settings
@given(st.data())
def test_a_wrong_value_anywhere_in_a_journal_is_never_a_bug(folder: Path, data: st.DataObject) -> None:
    lock = json.loads(Path("kept.lock").read_text(encoding="utf-8"))
    line: Any = {"address": "vertex/router", "base": 1, "entry": lock["entries"]["vertex/router"]}
    path = data.draw(st.sampled_from(sorted(paths_in(line), key=str)))
    spoilt = with_value(line, path, data.draw(st.sampled_from(WRONG)))
    Path("x.lock").write_bytes(Path("kept.lock").read_bytes())
    Path("x.lock.journal").write_text(json.dumps(spoilt) + "\n", encoding="utf-8")

    seen = typed(*data.draw(st.sampled_from(_READERS)), "--emulator", "--lock", "x.lock")
    Path("x.lock.journal").unlink(missing_ok=True)

    assert seen.code != 70, seen.err
    assert harmful_in(seen.out + seen.err) == []


_BOMBS: dict[str, bytes] = {
    "deep list": b"[" * 100_000,
    "deep mapping": b'{"a":' * 100_000,
    "deep yaml": b"".join(b" " * n + b"a:\n" for n in range(3000)),
    "laughs": b"".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10) if n else 'x'}]\n".encode() for n in range(12)),
    "merge laughs": b"a0: &a0 {k: v}\n"
    + b"".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], b: *a{n - 1}}}\n".encode() for n in range(1, 30)),
    "cyclic": b"a: &a [*a]\n",
    "many documents": b"---\na: 1\n" * 20_000,
    "many keys": b"".join(b"k%d: 1\n" % n for n in range(50_000)),
    "long number": b"version: " + b"9" * 200_000,
    "long float": b"version: 1e" + b"9" * 10_000,
    "long line": b"a: " + b"x" * 3_000_000,
    "nothing but zeros": b"\x00" * 1_000_000,
    "no utf-8": b"\xff\xfe\xfd" * 1000,
    "utf-16": "version: 1".encode("utf-16"),
    "tags": b"!!python/object/apply:os.system ['touch pwned']\n",
    "controls": f'apiVersion: "{CONTROLS!r}"\nkind: {CONTROLS}\n'.encode(),
    "bidi": "kind: \u202eVertex\nmetadata: {\u2066name: x}\n".encode(),
    "brackets": b"{[" * 50_000,
    "quotes": b'"' * 100_001,
    "anchors": b"".join(b"- &a%d x\n" % n for n in range(30_000)),
}


@pytest.mark.parametrize("name", ["specs/evil.yaml", "tuneform.yaml", "x.lock", "x.lock.journal", "plan.json"])
@pytest.mark.parametrize("bomb", _BOMBS)
@pytest.mark.timeout(60)
def test_a_bomb_in_any_file_goes_off_nowhere(folder: Path, name: str, bomb: str) -> None:
    place = Path(name)
    kept = place.read_bytes() if place.exists() else None
    place.write_bytes(_BOMBS[bomb] + b"\n")  # a last line without an end is what a crash leaves of a journal
    command = ["apply", "plan.json"] if name == "plan.json" else ["plan"]
    began = time.process_time()

    seen = typed(*command, "--emulator", "--lock", "x.lock")

    place.unlink()
    if kept is not None:
        place.write_bytes(kept)
    assert seen.code in (0, 1)
    assert harmful_in(seen.out + seen.err) == []
    assert len(seen.out + seen.err) < 5_000_000  # every mistake is told, and twenty thousand documents have many
    assert time.process_time() - began < 20
    assert not Path("pwned").exists()


@_settings
@given(st.text(min_size=1, max_size=30), st.sampled_from(["displayName", "labels", "name", "baseModel", "key", "data"]))
def test_no_text_in_a_spec_reaches_the_terminal_raw(folder: Path, text: str, where: str) -> None:
    spec: dict[str, Any] = {
        "baseModel": "gemini-2.5-flash",
        "tunedModelDisplayName": "x",
        "supervisedTuningSpec": {"trainingDatasetUri": "data/train.jsonl"},
    }
    name = "evil"
    said = f"{CONTROLS}{text}"
    match where:
        case "displayName":
            spec["tunedModelDisplayName"] = said
        case "labels":
            spec["labels"] = {"team": said, said: "x"}
        case "baseModel":
            spec["baseModel"] = said
        case "key":
            spec[said] = said
        case "data":
            spec["supervisedTuningSpec"] = {"trainingDatasetUri": said}
        case _:
            name = said
    document = {"apiVersion": "tuneform.dev/v1", "kind": "VertexTunedModel", "metadata": {"name": name}, "spec": spec}
    evil = Path("specs/evil.yaml")
    evil.write_text(json.dumps(document), encoding="utf-8")
    Path("x.lock").write_bytes(Path("kept.lock").read_bytes())

    shown = {form: typed("plan", "--emulator", "--lock", "x.lock", "-v", "--format", form) for form in _FORMATS}
    evil.unlink()

    assert {form: harmful_in(s.out + s.err) for form, s in shown.items()} == {form: [] for form in _FORMATS}
    assert 70 not in {s.code for s in shown.values()}


_FORMATS = ("text", "json", "markdown", "github", "junit", "sarif")


def test_names_of_files_and_arguments_are_spelt_out(folder: Path) -> None:
    name = f"evil{CONTROLS.replace(chr(0), '')}.yaml"
    (folder / "specs" / name).write_text("kind: x\n", encoding="utf-8")
    argument = CONTROLS.replace("\x00", "")

    seen = [
        typed("validate"),
        typed("plan", "--emulator", "-f", argument),
        typed("show", f"vertex/{argument}", "--emulator"),
        typed("show", argument, "--emulator"),
        typed("plan", f"--emulator=http://{argument}"),
        typed("plan", "--emulator", "--lock", argument),
        typed("plan", "--emulator", "--workspace", argument),
        typed("apply", argument, "--emulator"),
        typed(argument),
        typed("plan", f"--{argument}"),
        typed("-C", argument, "plan"),
        typed("plan", "--emulator", "--format", argument),
        typed("dataset", "check", argument),
        typed("dataset", "diff", argument, argument),
        typed("schema", argument),
    ]
    (folder / "specs" / name).unlink()

    assert [harmful_in(s.out + s.err) for s in seen] == [[]] * len(seen)
    assert 70 not in {s.code for s in seen}
