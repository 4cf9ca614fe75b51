"""The services' words, as their published definitions have them, and where modules of ours use them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import reconciler
from reconciler.core.dialects import DIALECTS

PACKAGE = Path(reconciler.__file__).parent
_DEFINITIONS = PACKAGE / "emulator" / "definitions"
_ROOTS = (("vertex.v1.json", "TuningJob"), ("vertex.v1beta1.json", "TuningJob"), ("gemini.v1beta.json", "TunedModel"))
SERVICES = frozenset(DIALECTS)
"""The first halves of addresses."""


def published_words() -> frozenset[str]:
    """Names of fields of what is tuned, of enum values and of collections, as far as they are no English words."""
    found = {word for file, root in _ROOTS for word in (*_words(file, root), *_collections(file))}
    return frozenset(word for word in found if re.search(r"[a-z][A-Z]|_", word))


def _collections(file: str) -> Iterator[str]:
    """`tunedModels`, `tuningJobs`: what methods are called on, which resource names have too."""
    methods = json.loads((_DEFINITIONS / file).read_text(encoding="utf-8"))["methods"]
    yield from (name for method in methods for name in re.findall(r"\w+", method)[:-1])


def _words(file: str, root: str) -> Iterator[str]:
    schemas = json.loads((_DEFINITIONS / file).read_text(encoding="utf-8"))["schemas"]
    todo, seen = [root], set()
    while todo:
        name = todo.pop()
        if name in seen or name not in schemas:
            continue
        seen.add(name)
        for field, kind in schemas[name].items():
            words = re.findall(r"\w+", kind)
            yield field
            yield from words if kind.startswith("<") else ()
            todo += words


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module of some rooms, by its path below the package."""
    for room in rooms:
        folder = PACKAGE / room
        for path in sorted(folder.rglob("*.py") if folder.is_dir() else [PACKAGE / f"{room}.py"]):
            yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Strings that the code has, with their lines; docstrings are for readers and no part of it."""
    docs = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def services_asked(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Where code turns on which service something is of: by its name, or by which dialect it has."""
    for line, text in texts(tree):
        if text in SERVICES:
            yield line, text
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            named = [ast.unparse(side) for side in sides]
            yield from ((node.lineno, name) for name in named if re.match(r"(VERTEX|GEMINI)\b", name))
