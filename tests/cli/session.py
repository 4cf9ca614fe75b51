"""A command-line session as a text file: what is typed, what is shown, how it ends, compared whole.

    # a sentence: what the session proves
    == specs/x.yaml            writes the lines below into that file
    $ tuneform plan            runs it in the same folder; what is shown follows, then [exit N]
    @ edit specs/x.yaml: epochCount: 4 -> epochCount: 5     one edit of a file
    @ remove specs/x.yaml
    @ emulator POST /path {"json": 1}                       a stranger, a fault, or what is planted
    @ emulator POST /_emulator/items <data/eval.jsonl       the body is that file
    @ console deletes the endpoint of vertex/x              somebody with a mouse

Ids, times, digests and durations are replaced in one place (`normal`), so that the rest is exact.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.cli import run
from reconciler.emulator import Emulator, Request


@dataclass
class Block:
    """A typed line and what stands below it."""

    head: str
    body: list[str] = field(default_factory=list)


def blocks_of(text: str) -> Iterator[Block]:
    """The session in order; comments are blocks without a body."""
    block: Block | None = None
    for line in text.splitlines():
        is_in_a_file = block is not None and block.head.startswith("== ")
        if line.startswith(("# ", "== ", "$ ", "@ ")) and not (is_in_a_file and line[0] == "#"):
            if block:
                yield block
            block = Block(line)
        elif block:
            block.body.append(line)
    if block:
        yield block


def replay(text: str) -> str:
    """The session as it really goes, in the present folder."""
    names: dict[str, str] = {}
    lines: list[str] = []
    for block in blocks_of(text):
        lines.append(block.head)
        lines += _carried_out(block, names)
    return "\n".join(lines).rstrip() + "\n"


def _carried_out(block: Block, names: dict[str, str]) -> list[str]:
    kind, rest = block.head.split(" ", 1)
    match kind:
        case "==":
            path = Path(rest)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(block.body).rstrip() + "\n", encoding="utf-8")
            return block.body
        case "$":
            return [*normal(_typed(rest), names).splitlines(), ""]
        case "@":
            _happens(rest)
            return block.body
        case _:
            return block.body


def _typed(command: str) -> str:
    words = shlex.split(command)
    assert words[0] == "tuneform", command
    with _captured() as shown:
        code = run(words[1:])
    return f"{shown.getvalue()}[exit {code}]"


class _Screen(io.StringIO):
    encoding = "utf-8"


@contextmanager
def _captured() -> Iterator[io.StringIO]:
    """stdout and stderr in one, as a terminal without colour shows them."""
    shown = _Screen()
    out, err = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = shown
    try:
        yield shown
    finally:
        sys.stdout, sys.stderr = out, err


def _happens(what: str) -> None:
    verb, rest = what.split(" ", 1)
    match verb:
        case "edit":
            path, change = rest.split(": ", 1)
            old, new = change.split(" -> ")
            text = Path(path).read_text(encoding="utf-8")
            assert old in text, f"{path} has no {old!r}"
            Path(path).write_text(text.replace(old, new, 1), encoding="utf-8")
        case "append":
            path, line = rest.split(": ", 1)
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        case "remove":
            Path(rest).unlink()
        case "rename":
            old, new = rest.split(" -> ")
            Path(old).rename(new)
        case "emulator":
            request(rest)
        case "console":
            _at_the_console(rest)
        case _:
            raise AssertionError(what)


def request(what: str) -> None:
    """{ADDRESS.endpoint}, {ADDRESS.model} and {ADDRESS.job} stand for what the lock names, <PATH for a file's text."""
    method, path, *rest = what.split(" ", 2)
    body = rest[0] if rest else ""
    _asked(method, _named(path), Path(body[1:]).read_text(encoding="utf-8") if body.startswith("<") else body)


def _asked(method: str, path: str, body: str = "") -> dict[str, Any]:
    where, _, query = path.partition("?")
    emulator = Emulator.open(".tuneform/emulator.db")
    try:
        answer = emulator.handle(Request(method, where, query, {}, body.encode()))
        shown = b"".join(answer.chunks)
        assert answer.status < 300, (answer.status, shown)
        answered: dict[str, Any] = json.loads(shown or b"{}")
        return answered
    finally:
        emulator.close()


def _at_the_console(what: str) -> None:
    verb, of_what, address = re.fullmatch(r"(\w+) the (\w+) of (\S+)", what).groups()  # type: ignore[union-attr]
    assert verb == "deletes", what
    if of_what == "experiment":
        _asked("DELETE", "/v1/" + _asked("GET", _named(f"/v1/{{{address}.job}}"))["experiment"])
        return
    endpoints = [_named(f"{{{address}.endpoint}}")]
    if of_what == "model":
        endpoints += [c["endpoint"] for c in _training(address).get("checkpoints", [])]
    for endpoint in dict.fromkeys(endpoints):
        for deployed in _asked("GET", f"/v1/{endpoint}").get("deployedModels", []):
            _asked("POST", f"/v1/{endpoint}:undeployModel", json.dumps({"deployedModelId": deployed["id"]}))
        _asked("GET", "/_emulator/health")
        _asked("DELETE", f"/v1/{endpoint}")
    if of_what == "model":
        _asked("DELETE", "/v1/" + _named(f"{{{address}.model}}"))


def _training(address: str) -> dict[str, Any]:
    lock = json.loads(Path(".tuneform/emulator.lock").read_text(encoding="utf-8"))
    trainings: dict[str, Any] = lock["entries"][address]["trainings"]
    newest: dict[str, Any] = trainings[max(trainings, key=int)]
    return newest


def _named(path: str) -> str:
    found = re.search(r"\{(\w+/[\w-]+)\.(\w+)\}", path)
    return path.replace(found[0], _training(found[1])[found[2]].partition("@")[0]) if found else path


_PATTERNS = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "EMULATOR-ID"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "CHECKSUM"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
    (re.compile(r"\b\d{8}T\d{6}\.\d{3}Z"), "STAMP"),
    (re.compile(r"tuning-experiment-\d+"), "tuning-experiment-STAMP"),
    # A machine that is busy takes a second where others take none, which is not told.
    (re.compile(r'("(?:elapsed|age|took)_s": ?)[\d.e-]+'), r"\1SECONDS"),
    (re.compile(r" in \d+ s\b"), ""),
    (re.compile(r"\d s(?= of asking)"), "N s"),
    (re.compile(r"(?<=maxDuration \()\d+ s"), "N s"),
    (re.compile(r"(\d+/\d+)  \d+ s\b"), r"\1  N s"),
    (re.compile(r"(?<=operations/)[a-z0-9]{12}\b"), "OPERATION"),
    (re.compile(r"(?<=· )\d+ s$", re.MULTILINE), "N s"),
)


def normal(text: str, names: dict[str, str]) -> str:
    """Without what differs from run to run. Long numbers are told apart by order of appearance."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)

    def named(match: re.Match[str]) -> str:
        return names.setdefault(match[0], f"#{len(names) + 1}")

    return re.sub(r"(?<=/router-[0-9a-f]{8}-)[0-9a-f]{10}\b|\b\d{9,19}\b", named, text)


def folder_for(text: str, folder: Path) -> None:
    """A fresh folder with the little project that every session starts from, unless it says otherwise."""
    os.chdir(folder)
    if "== tuneform.yaml" not in text:
        Path("tuneform.yaml").write_text(_WORKSPACE, encoding="utf-8")
    data = Path("specs/data")
    data.mkdir(parents=True)
    rows = [_row(f"question {n}", "billing" if n % 2 else "bug") for n in range(20)]
    (data / "train.jsonl").write_text("".join(rows), encoding="utf-8")
    (data / "validation.jsonl").write_text("".join(rows[:4]), encoding="utf-8")


def _row(question: str, answer: str) -> str:
    turns = [{"role": "user", "parts": [{"text": question}]}, {"role": "model", "parts": [{"text": answer}]}]
    return json.dumps({"contents": turns}) + "\n"


_WORKSPACE = """\
apiVersion: tuneform.dev/v1
kind: Workspace
metadata: {name: acme}
spec:
  vertex: {project: acme-ml, location: us-central1, stagingUri: gs://acme-tuning/staging}
  gemini: {project: acme-ml}
  limits: {listLag: 1s, concurrentJobs: 4}
  catalog: historic
"""
