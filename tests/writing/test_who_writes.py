"""Every place in the program that can change a file system, named with why it may."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler

PACKAGE = Path(reconciler.__file__).parent

MAY = {
    "files/destinations.py": "the one way to write to a path that a user names",
    "cli/commands/demo.py": "copies its specs into the folder that destinations.py looked at, or into a temporary one",
    "session/embedded.py": "the embedded emulator's folder, with a .gitignore that is made and never replaced",
    "cli/failures.py": "the trace of a bug, a temporary file",
    "cli/words.py": "the table of what completion offers, where the program is packed",
    "cli/github_job.py": "what GitHub's runner names for a step, appended to where somebody asks",
    "cli/streams.py": "/dev/null in the place of a closed stream",
    "datasets/keeping.py": "a temporary copy of an object that is read twice",
    "datasets/columns.py": "a temporary file that has no name any more",
    "datasets/native/build.py": "the compiled scan, where the program is packed",
    "emulator/running.py": "stand-ins for credentials, in a temporary folder of pytest's",
    "emulator/store.py": "the emulator's state, after writing.py looked at --state",
    "files/answer_store.py": "answers below .tuneform, by appending to files with names of ours, never through a link",
    "files/durable.py": "a file replaced whole, for the lock and the cache",
    "files/data_cache.py": "the cache below .tuneform, by new files that are renamed",
    "files/journal.py": "the journal beside the lock, never through a link",
    "files/kustomize.py": "what another program says when it fails, in a temporary file that has no name",
    "files/notice_file.py": "a file of notices that the workspace names, by appending, never through a link",
    "files/lockfile.py": "the lock, and what lies beside it, never through a link",
    "render/schemas.py": "the JSON Schemas, where the program is packed",
}
"""A new module here needs a reason why its path is none that a user names."""

_ON_PATHS = frozenset(
    ("write_text", "write_bytes", "mkdir", "touch", "symlink_to", "hardlink_to", "unlink", "rmdir", "rename")
)
_OF_MODULES = {
    "os": "rename renames remove removedirs unlink mkdir makedirs mkfifo mknod symlink link truncate ftruncate",
    "shutil": "copy copy2 copytree copyfile copyfileobj move rmtree",
    "tempfile": "mkstemp mkdtemp NamedTemporaryFile TemporaryFile TemporaryDirectory SpooledTemporaryFile",
    "sqlite3": "connect",
}
_NO_PATHS = ("formatter", "store")
"""Values with a method of such a name that are no paths."""


def _writes(call: ast.Call) -> bool:
    name, owner = _name(call)
    if owner in _NO_PATHS:
        return False
    if name in ("open", "fdopen"):
        return _opens_to_write(call, owner)
    if name == "replace":  # of a path, or of os; that of a text has two arguments, that of a struct has names
        return owner == "os" or (len(call.args) == 1 and not call.keywords)
    return name in _ON_PATHS or name in _OF_MODULES.get(owner, "").split()


def _opens_to_write(call: ast.Call, owner: str) -> bool:
    if owner == "os" and isinstance(call.func, ast.Attribute) and call.func.attr == "open":
        return any(flag in ast.dump(call) for flag in ("O_WRONLY", "O_RDWR", "O_CREAT")) or "flags" in ast.dump(call)
    given = [*call.args, *(k.value for k in call.keywords if k.arg == "mode")]
    texts = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return any(set(text) & set("wax+") and set(text) <= set("rwax+bt") for text in texts)


def _name(call: ast.Call) -> tuple[str, str]:
    if isinstance(call.func, ast.Name):
        return call.func.id, ""
    if isinstance(call.func, ast.Attribute):
        owner = call.func.value
        return call.func.attr, owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
    return "", ""


def _writers(tree: ast.AST) -> Iterator[int]:
    return (node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and _writes(node))


def _found() -> dict[str, list[int]]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        lines = list(_writers(ast.parse(path.read_text(encoding="utf-8"))))
        if lines:
            found[str(path.relative_to(PACKAGE))] = lines
    return found


def test_whoever_writes_files_is_named_with_a_reason() -> None:
    assert _found().keys() == MAY.keys(), _found()


@pytest.mark.parametrize(
    "line",
    [
        'open(p, "w")',
        'Path(p).open("x", encoding="utf-8")',
        'p.open(mode="r+b")',
        "p.write_text(t)",
        "p.write_bytes(t)",
        "os.open(p, os.O_WRONLY | os.O_CREAT)",
        "os.replace(a, b)",
        "a.replace(b)",
        "shutil.copy(a, b)",
        "tempfile.mkstemp()",
        "sqlite3.connect(p)",
        "p.mkdir(parents=True)",
        "p.symlink_to(q)",
    ],
)
def test_each_way_to_write_is_seen(line: str) -> None:
    assert list(_writers(ast.parse(line))) == [1]


@pytest.mark.parametrize(
    "line",
    ["open(p)", 'p.open("rb")', 'a.replace("b", "c")', "replace(a, b=1)", "os.open(p, os.O_RDONLY)", "p.read_text()"],
)
def test_reading_is_not_taken_for_writing(line: str) -> None:
    assert list(_writers(ast.parse(line))) == []
