"""The commit of a folder is read from the repository's own files."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.files.commit import commit_of

COMMIT = "0123456789abcdef" * 2 + "01234567"


def _git(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dash_", "-")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _branch(folder: Path) -> None:
    _git(folder / ".git", HEAD="ref: refs/heads/main\n", refs__heads__main=f"{COMMIT}\n")


def _packed(folder: Path) -> None:
    _git(
        folder / ".git",
        HEAD="ref: refs/heads/main\n",
        packed_dash_refs=f"# x\n{'9' * 40} refs/tags/main\n{COMMIT} refs/heads/main\n",
    )


def _detached(folder: Path) -> None:
    _git(folder / ".git", HEAD=f"{COMMIT}\n")


def _worktree(folder: Path) -> None:
    _git(folder / "main/.git", refs__heads__side=f"{COMMIT}\n")
    _git(folder / "main/.git/worktrees/side", HEAD="ref: refs/heads/side\n", commondir="../..\n")
    (folder / ".git").write_text(f"gitdir: {folder / 'main/.git/worktrees/side'}\n", encoding="utf-8")


@pytest.mark.parametrize("arrange", [_branch, _packed, _detached, _worktree])
def test_the_commit_is_found_from_any_folder_below(tmp_path: Path, arrange: object) -> None:
    arrange(tmp_path)  # type: ignore[operator]
    below = tmp_path / "specs/deep"
    below.mkdir(parents=True)

    assert commit_of(below, {}) == COMMIT


@pytest.mark.parametrize(
    "head",
    ["", "ref: refs/heads/unborn\n", "ref: ../../secret\n", "ref: HEAD\n", "not a commit\n", "x" * 9000, "\xff"],
)
def test_what_is_no_commit_is_unknown(tmp_path: Path, head: str) -> None:
    _git(tmp_path / ".git", HEAD=head)

    assert commit_of(tmp_path, {}) == ""


def test_no_repository_is_unknown(tmp_path: Path) -> None:
    assert commit_of(tmp_path, {"GITHUB_SHA": "main"}) == ""


def test_the_pipelines_word_counts_first(tmp_path: Path) -> None:
    _branch(tmp_path)

    assert commit_of(tmp_path, {"GITHUB_SHA": "a" * 40}) == "a" * 40
