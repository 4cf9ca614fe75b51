"""No secret and no training example leaves through any command, in any format, failing or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.emulator import Emulator, Request
from tests.security.canaries import EVERYTHING, EXAMPLES, INLINE, PASSWORD, ROW_ANSWER, SECRETS, TOKEN, found_in
from tests.security.command_lines import command_lines
from tests.security.repository import planted, typed, written


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with planted(tmp_path) as ready:
        (ready / "saved").mkdir()
        yield ready


def test_no_command_in_any_format_shows_a_canary(folder: Path) -> None:
    codes: dict[str, int] = {}
    shown: dict[str, str] = {}
    for words in command_lines():
        if words[:2] == ["lock", "merge"]:
            Path("theirs.lock").write_bytes(Path(".tuneform/emulator.lock").read_bytes())
        seen = typed(*words, *([] if words[0] in _TALKS_TO_NOBODY else ["--emulator"]))
        line = " ".join(words)
        codes[line] = seen.code
        shown[line] = seen.out + seen.err

    assert len(codes) > 60
    assert {line: code for line, code in codes.items() if code in (64, 70)} == {}
    assert found_in({line: text for line, text in shown.items() if not line.startswith("gate")}) == []
    assert found_in({line: text for line, text in shown.items() if line.startswith("gate")}, _NO_ANSWERS) == []
    files = written(folder)
    kept = {name: text for name, text in files.items() if ".tuneform/answers/" in name}
    assert kept, "a gate keeps what models answered"
    assert found_in({name: text for name, text in files.items() if name not in kept}) == []
    assert found_in(kept, _NO_ANSWERS) == []


def test_a_lock_in_cloud_storage_and_its_backup_hold_no_canary(folder: Path) -> None:
    lock = ("--lock", "gs://acme-locks/tuneform.lock")
    stored: dict[str, str] = {}

    codes = [typed("apply", "--yes", "--emulator", *lock).code for _ in range(2)]
    (folder / "specs/numbers.yaml").unlink()
    typed("apply", "--yes", "--emulator", "--no-wait", *lock)
    emulator = Emulator.open(".tuneform/emulator.db")
    for name in ("tuneform.lock", "tuneform.lock.backup"):
        path = f"/download/storage/v1/b/acme-locks/o/{name}"
        answer = emulator.handle(Request("GET", path, "alt=media", {}, b""))
        assert answer.status == 200, name
        stored[name] = b"".join(answer.chunks).decode()
    emulator.close()

    assert codes == [0, 0]
    assert "vertex/router" in stored["tuneform.lock"]
    assert found_in(stored) == []
    assert found_in(_without_answers(folder)) == []


_NO_ANSWERS = tuple(canary for canary in EVERYTHING if canary != ROW_ANSWER)
"""The gate shows what the model answered to the prompts that the spec gives; the emulator's models answer with what
they were trained on."""


def _without_answers(folder: Path) -> dict[str, str]:
    """What a run wrote, but for what models answered to gates: kept for their owner, by design."""
    return {name: text for name, text in written(folder).items() if ".tuneform/answers/" not in name}


_TALKS_TO_NOBODY = (
    "convert",
    "init",
    "validate",
    "models",
    "schema",
    "fmt",
    "explain",
    "help",
    "version",
    "completion",
)


@pytest.mark.parametrize("method", ["vertex.tuningJobs.create", "gemini.tunedModels.create", "storage.*", "*.list"])
def test_an_error_that_quotes_examples_is_not_repeated_in_full(folder: Path, method: str) -> None:
    _fault(method, f"status:400;message=Example 3 ({INLINE} 3) is bad; Authorization: Bearer {TOKEN}")

    seen = {form: typed(*_APPLY, "--format", form, "-v") for form in ("text", "json")}

    texts = {form: s.out + s.err for form, s in seen.items()} | _without_answers(folder)
    assert {s.code for s in seen.values()} == {1}
    assert found_in(texts, SECRETS) == []
    if method == "gemini.tunedModels.create":
        assert found_in(texts, EXAMPLES) == []


def test_a_forced_bug_leaves_a_trace_without_locals_and_secrets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        secret = f"Bearer {TOKEN}"
        raise KeyError(f"{secret} '{INLINE} 1'")

    monkeypatch.setattr("reconciler.workflow.contents.plan_changes", broken)

    seen = typed("plan", "--emulator", "-v")

    (trace,) = folder.glob("temporary/tuneform-bug-*.txt")
    assert seen.code == 70
    assert "KeyError" in trace.read_text(encoding="utf-8")
    assert "in broken" in trace.read_text(encoding="utf-8")
    assert oct(trace.stat().st_mode & 0o777) == "0o600"
    assert found_in({"shown": seen.out + seen.err, "trace": trace.read_text(encoding="utf-8")}) == []


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{PASSWORD}@127.0.0.1:1",
        f"http://127.0.0.1:1/?key={PASSWORD}",
        f"http://127.0.0.1:1/#{PASSWORD}",
        f"http://127.0.0.1:1/{PASSWORD}",
    ],
)
def test_an_address_with_a_secret_in_it_is_refused_without_repeating_it(folder: Path, url: str) -> None:
    seen = typed("plan", f"--emulator={url}")

    assert seen.code == 1
    assert "API209" in seen.err
    assert found_in({"shown": seen.out + seen.err}) == []


def test_dataset_commands_show_short_excerpts_and_none_in_formats_for_ci(folder: Path) -> None:
    file = "specs/data/train.jsonl"
    bad = Path("specs/data/bad.jsonl")
    bad.write_text(Path(file).read_text(encoding="utf-8") + json.dumps({"contents": [{"secret": INLINE * 20}]}) + "\n")

    machine = {
        f"{command} {form}": typed("dataset", command, str(bad), "--format", form)
        for command in ("check", "stats")
        for form in ("json", "github", "junit", "sarif", "markdown")
    }
    machine |= {
        f"diff {form}": typed("dataset", "diff", file, str(bad), "--format", form) for form in ("json", "markdown")
    }
    text = typed("dataset", "check", str(bad))

    assert found_in({name: s.out + s.err for name, s in machine.items() if s.code != 64}, EXAMPLES) == []
    assert INLINE * 4 not in text.out + text.err


_APPLY = ("apply", "--yes", "--emulator", "--target", "gemini/numbers", "--target", "vertex/router")


def _fault(method: str, fault: str) -> None:
    emulator = Emulator.open(".tuneform/emulator.db") if Path(".tuneform").exists() else _new()
    body = json.dumps({"method": method, "fault": fault, "times": None}).encode()
    answer = emulator.handle(Request("POST", "/_emulator/faults", "", {}, body))
    emulator.close()
    assert answer.status == 200


def _new() -> Emulator:
    Path(".tuneform").mkdir()
    return Emulator.open(".tuneform/emulator.db", catalog="historic", speed="instant")
