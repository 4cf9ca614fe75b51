"""Promises of the repository itself: the locks, the changelog and the shape of `make`."""

from __future__ import annotations

import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import reconciler

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
CARD = {"README.md", "docs", "examples", "pyproject.toml", "reconciler", "specs", "tests"}
DEMANDED = {
    "LICENSE": "a licence is looked for there",
    "Makefile": "make reads it there",
    "requirements.lock": "`make demo` installs from it",
    "requirements-dev.lock": "`make test` installs from it",
    "tuneform.yaml": "the workspace of specs/: tuneform looks for it where it runs, and a clone is a working project",
    ".ci": "where CI looks for what to run",
    ".editorconfig": "editors look for it there",
    ".gitattributes": "git applies it to all that is below",
    ".gitignore": "git applies it to all that is below",
    ".pre-commit-config.yaml": "pre-commit reads it there",
}
PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE | re.IGNORECASE)

every_lock = pytest.mark.parametrize("lock", LOCKS)


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(text_of("pyproject.toml"))["project"]
    return table


def versions(lock: str) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PINNED.findall(text_of(lock))}


def unmet(requirements: list[str], lock: str) -> list[str]:
    locked = versions(lock)
    wanted = [Requirement(text) for text in requirements]
    return [str(r) for r in wanted if locked.get(canonicalize_name(r.name), "") not in r.specifier]


@every_lock
def test_a_lock_names_no_package_index(lock: str) -> None:
    assert re.findall(r"https?://|--index|--find-links|--extra-index|\.org|\.io/", text_of(lock)) == []


@every_lock
def test_every_locked_package_has_a_hash(lock: str) -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", text_of(lock), flags=re.MULTILINE)[1:]

    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert len(entries) == len(versions(lock))


def test_the_run_time_lock_meets_every_dependency() -> None:
    assert unmet(project()["dependencies"] + project()["optional-dependencies"]["build"], LOCKS[0]) == []


def test_the_development_lock_meets_every_extra() -> None:
    extras = project()["optional-dependencies"]

    assert unmet([r for extra in extras.values() for r in extra], LOCKS[1]) == []


def test_both_locks_hold_the_same_versions() -> None:
    run, dev = versions(LOCKS[0]), versions(LOCKS[1])

    assert {name: dev.get(name) for name in run} == run


def test_the_version_has_a_section_in_the_changelog() -> None:
    sections = re.findall(r"^## \[(.+)\]", text_of("docs/changelog.md"), re.MULTILINE)

    assert reconciler.__version__ in sections


@pytest.fixture
def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no clone: what is on disk may be anybody's")
    return listed.stdout.splitlines()


def test_the_top_level_is_the_cards_and_what_tools_demand_there(tracked: list[str]) -> None:
    assert {path.split("/", 1)[0] for path in tracked} == CARD | DEMANDED.keys()


@pytest.mark.parametrize("name", [".editorconfig", ".gitattributes"])
def test_every_pattern_means_a_file_that_is_there(tracked: list[str], name: str) -> None:
    found = re.findall(r"^\[(.+)\]$" if name == ".editorconfig" else r"^([^#\s]\S*) ", text_of(name), re.MULTILINE)
    patterns = [one for pattern in found for one in alternatives(pattern)]

    assert len(patterns) > 5
    assert [p for p in patterns if not any(means(p, path) for path in tracked)] == []


def alternatives(pattern: str) -> list[str]:
    """`*.{yaml,yml}` as two."""
    braces = re.fullmatch(r"(.*)\{(.*)\}(.*)", pattern)
    return [f"{braces[1]}{one}{braces[3]}" for one in braces[2].split(",")] if braces else [pattern]


def means(pattern: str, path: str) -> bool:
    bare = pattern.removeprefix("**/")
    return fnmatch(path if "/" in pattern else path.rsplit("/", 1)[-1], f"*{bare}" if bare != pattern else pattern)


def test_hooks_before_a_commit_run_what_make_lint_runs() -> None:
    hooks = yaml.safe_load(text_of(".pre-commit-config.yaml"))["repos"][0]["hooks"]
    recipe = text_of("Makefile").partition("\nlint:")[2].partition("\n\n")[0].splitlines()[1:]

    assert {tool(hook["entry"]) for hook in hooks} == {tool(line) for line in recipe}


def tool(command: str) -> str:
    """`ruff format --check`, wherever it lies."""
    return re.sub(r"^\s*(\.venv/bin/|\$\(BIN\)/)(python -m )?|\s+--force-exclude|\s+\.$", "", command)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    last = text_of(".ci/run").splitlines()[-1]

    assert last == "exec make test"
    assert "$ make test" in text_of("README.md")
