"""At which commit a folder is, by its repository's own files: no command is run, and nothing is asked of a server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from reconciler.core.plurals import counted

_CI_VARIABLES = ("GITHUB_SHA", "CI_COMMIT_SHA")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF_MAX = 4096
"""Bytes. A longer HEAD or ref is none that git wrote."""
_PACKED_MAX = 16 * 1024 * 1024
"""Bytes. Refs of a repository with more packed ones are not searched."""
_LINKS = 5
"""Symbolic refs that are followed from one to the next, as many as git does."""


def commit_of(folder: Path, environment: Mapping[str, str]) -> str:
    """The whole id; "" where it is not known: no repository, no commit yet, or refs in a form that is not read.

    A pipeline says it itself: what it has checked out may have no `.git` at all.
    """
    named = next((value for name in _CI_VARIABLES if _is_commit(value := environment.get(name, ""))), "")
    return named or _head(folder)


def _head(folder: Path) -> str:
    try:
        git = next(_git_folders(folder.resolve()), None)
        return "" if git is None else _resolved(git)
    except (OSError, UnicodeDecodeError, ValueError):
        return ""


def _git_folders(folder: Path) -> Iterator[Path]:
    """The nearest first. In a worktree or a submodule `.git` is a file that names the folder."""
    for parent in (folder, *folder.parents):
        git = parent / ".git"
        if git.is_dir():
            yield git
        elif git.is_file():
            kind, _, path = _read(git, _REF_MAX).partition(":")
            if kind == "gitdir":
                yield parent / path.strip()


def _resolved(git: Path) -> str:
    common = git / "commondir"
    shared = git / _read(common, _REF_MAX).strip() if common.is_file() else git
    name = "HEAD"
    for _ in range(_LINKS):
        text = _ref(git, shared, name)
        if not text.startswith("ref:"):
            return text if _is_commit(text) else ""
        name = text.removeprefix("ref:").strip()
        if ".." in name.split("/") or name.startswith("/"):
            return ""
    return ""


def _ref(git: Path, shared: Path, name: str) -> str:
    """Of this worktree, of the repository, or among those that git packed into one file."""
    for path in dict.fromkeys((git / name, shared / name)):
        if path.is_file():
            return _read(path, _REF_MAX).strip()
    packed = shared / "packed-refs"
    if packed.is_file():
        for line in _read(packed, _PACKED_MAX).splitlines():
            commit, _, ref = line.partition(" ")
            if ref == name:
                return commit
    return ""


def _read(path: Path, limit: int) -> str:
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"{path} is longer than {counted(limit, 'byte')}")
    return content.decode("utf-8")


def _is_commit(text: str) -> bool:
    return _COMMIT.fullmatch(text) is not None
