"""The sentences under the fields of the schema: what JSON Schema and the reference pages say of each.

They stand in the source as docstrings of attributes, and are read when somebody asks for them:
pydantic's own reading of them would cost every run a parse of these files.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import cache

from reconciler.files.schema.base import Part


@cache
def descriptions_of(part: type[Part]) -> Mapping[str, str]:
    """Sentence by attribute, inherited ones included."""
    lineage = [base for base in reversed(part.__mro__) if issubclass(base, Part) and base is not Part]
    return {name: text for base in lineage for name, text in _documented(base)}


def _documented(part: type[Part]) -> Iterator[tuple[str, str]]:
    (definition,) = ast.parse(inspect.getsource(part)).body
    assert isinstance(definition, ast.ClassDef)
    for attribute, below in zip(definition.body, definition.body[1:], strict=False):
        match attribute, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, " ".join(text.split())
            case _:
                pass
