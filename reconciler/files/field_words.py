"""What a field of the schema takes, in words: for the reference pages, and for who asks about one field."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args, get_origin

from pydantic_core import PydanticUndefined

from reconciler.files.fields import KnownField
from reconciler.files.schema.base import Part
from reconciler.files.schema.gate_values import NoLess, SchemaOrPath, Share, Thinking
from reconciler.files.schema.specs_from import SpecsSource
from reconciler.files.schema.values import AdapterSize, Formed, FreeObject, Number

_PLAIN_TYPES: Final = {str: "text", bool: "true or false", float: "number", int: "whole number"}


def takes(known: KnownField) -> str:
    """`whole number of 0 or more; default `1``, or `text, required`."""
    default = known.info.default
    words = _type_words(known.info.annotation, known.info.metadata)
    if known.info.is_required():
        return f"{words}, required"
    if default is None or default is PydanticUndefined or isinstance(default, Part) or default == "":
        return words
    return f"{words}; default `{str(default).lower() if isinstance(default, bool) else default}`"


def _type_words(annotation: Any, marks: Any = ()) -> str:
    """`text`, `a whole number of 1 or more`: what may be written, in words."""
    for mark in marks:
        if isinstance(mark, Number):
            return f"{'whole number' if mark.is_whole else 'number'} {mark.bounds}"
        if isinstance(mark, AdapterSize):
            return "1, 2, 4, 8, 16, 32 or a name"
        if isinstance(mark, Share | NoLess | Thinking | SchemaOrPath | SpecsSource):
            return mark.words
        if isinstance(mark, Formed | FreeObject):
            break
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return "mapping"
    if annotation in _PLAIN_TYPES:
        return _PLAIN_TYPES[annotation]
    return _generic_words(annotation)


def _generic_words(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{choice}`" for choice in arguments)
    if origin is list:
        return "list"
    if origin is dict:
        return "mapping"
    inner = [argument for argument in arguments if argument is not type(None)]
    if hasattr(annotation, "__metadata__"):
        return _type_words(annotation.__origin__, annotation.__metadata__)
    return _type_words(inner[0])
