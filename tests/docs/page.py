"""A page of the docs as something that happens: its files are written, its commands run, in the order of the page.

    ```yaml specs/x.yaml        writes that file
    ```diff specs/x.yaml        edits it: lines with - are replaced by lines with +
    ```console                  runs every line after "$ "; what is shown follows. Where a command does not end
                                with 0, the last line says so: [exit 2]
    <!-- run                    runs what readers need not see: "$ …" as above, "@ …" as in tests/cli/session.py,
                                {vertex/x.job} being what the lock names
    -->

Beside tuneform a page may type mkdir, cd, rm, mv, cp, cat and export. Other kinds of block are only read.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.cli.session import _happens, _named, _typed, normal

_FENCE = re.compile(r"(`{3,})(\w+)(?: (\S+))?")
_HIDDEN = "<!-- run"
# A duration is left out where it is nothing, so that it may be there or not: "created in 1 s", "created".
_DURATION = r"(?:\d+ (?:d|h|min) )*\d+ (?:s|min|h|d)\b"
_LASTED = re.compile(rf" in {_DURATION}")
_AGE = re.compile(rf" +{_DURATION}$", re.MULTILINE)
_MEASURED = re.compile(r'("(?:value|epoch|step|(?:train|eval)_\w+)": )[\d.e-]+')
_SECONDS = re.compile(r'("(?:elapsed|age)_s": ?)[\d.e-]+')


@dataclass(frozen=True)
class Block:
    """Lines of a page between two fences, or outside of any (`kind` is then empty)."""

    kind: str
    path: str
    lines: tuple[str, ...]


class _Opened(NamedTuple):
    kind: str
    path: str
    ends: str


_OUTSIDE = _Opened("", "", "")


def blocks_of(text: str) -> Iterator[Block]:
    """The page in order. Fences themselves belong to the text outside."""
    inside, lines = _OUTSIDE, list[str]()
    for line in text.splitlines():
        if not inside.kind and (opened := _opened(line)):
            yield Block("", "", (*lines, line))
            inside, lines = opened, []
        elif inside.kind and line == inside.ends:
            yield Block(inside.kind, inside.path, tuple(lines))
            inside, lines = _OUTSIDE, [line]
        else:
            lines.append(line)
    yield Block(inside.kind, inside.path, tuple(lines))


def _opened(line: str) -> _Opened | None:
    if line == _HIDDEN:
        return _Opened("hidden", "", "-->")
    fence = _FENCE.fullmatch(line)
    return _Opened(fence[2], fence[3] or "", fence[1]) if fence else None


def is_run(text: str) -> bool:
    """Whether the page types anything."""
    return any(b.kind == "console" and any(line.startswith("$ ") for line in b.lines) for b in blocks_of(text))


def replay(text: str) -> str:
    """The page as it really goes, from the present folder on."""
    lines: list[str] = []
    for block in blocks_of(text):
        lines += _carried_out(block)
    return "\n".join(lines) + "\n"


def settled(text: str) -> str:
    """Without what differs from run to run: ids, times, durations, digests of plans."""
    for pattern, instead in ((_LASTED, ""), (_AGE, " AGE"), (_SECONDS, r"\1N"), (_MEASURED, r"\1N")):
        text = pattern.sub(instead, text)
    return normal(text, {})


def _carried_out(block: Block) -> list[str]:
    match block.kind:
        case "console":
            return list(_console(block.lines))
        case "hidden":
            _behind_the_scenes(block.lines)
        case "diff" if block.path:
            _edit(Path(block.path), block.lines)
        case "yaml" | "json" | "text" if block.path:
            place = Path(block.path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("\n".join(block.lines) + "\n", encoding="utf-8")
    return list(block.lines)


def _console(lines: tuple[str, ...]) -> Iterator[str]:
    for line in lines:
        if line.startswith("$ "):
            yield line
            yield from _run(line.removeprefix("$ ")).removesuffix("[exit 0]").rstrip("\n").splitlines()


def _behind_the_scenes(lines: tuple[str, ...]) -> None:
    for line in lines:
        sign, _, rest = line.partition(" ")
        if sign == "$":
            _run(rest)
        elif sign == "@":
            _happens(_named(rest))


def _edit(path: Path, lines: tuple[str, ...]) -> None:
    old = "\n".join(line[1:] for line in lines if line[:1] in (" ", "-"))
    new = "\n".join(line[1:] for line in lines if line[:1] in (" ", "+"))
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path} does not have these lines once:\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def _run(command: str) -> str:
    if command.startswith("tuneform "):
        return _typed(command)
    verb, *words = shlex.split(command)
    return _SHELL[verb](*words)


def _mkdir(*words: str) -> str:
    for word in words:
        if word != "-p":
            Path(word).mkdir(parents=True)
    return ""


def _cd(folder: str) -> str:
    os.chdir(folder)
    return ""


def _rm(path: str) -> str:
    Path(path).unlink()
    return ""


def _mv(old: str, new: str) -> str:
    Path(old).rename(new)
    return ""


def _cp(old: str, new: str) -> str:
    shutil.copy(old, new)
    return ""


def _cat(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def _export(*settings: str) -> str:
    for setting in settings:
        name, _, value = setting.partition("=")
        os.environ[name] = value
    return ""


_SHELL: dict[str, Callable[..., str]] = {
    "mkdir": _mkdir,
    "cd": _cd,
    "rm": _rm,
    "mv": _mv,
    "cp": _cp,
    "cat": _cat,
    "export": _export,
}
