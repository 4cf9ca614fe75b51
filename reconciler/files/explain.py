"""One field of the schema: what it takes, what an edit of it means, and an example that loads."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any, Final

from reconciler.core.field_page import FieldBelow, FieldPage
from reconciler.core.model import OnChange
from reconciler.files.descriptions import descriptions_of
from reconciler.files.field_words import takes
from reconciler.files.fields import KnownField, every_field, fields_of, part_at
from reconciler.files.schema import BACKENDS, KINDS
from reconciler.files.schema.base import Part
from reconciler.files.yaml_spelling import camel
from reconciler.files.yaml_tree import SourceText, read_documents

ROOTS: Final[Mapping[str, str]] = {
    **{name: kind for kind, name in BACKENDS.items()},
    **{kind.lower(): kind for kind in KINDS if kind not in BACKENDS},
}
"""The kind that the first word of a field may name; the kind itself may stand there too."""
_PREFIXES: Final[tuple[tuple[str, ...], ...]] = ((), ("spec",), ("spec", "tuneform"))
"""What may be left out before a field, the least first."""
_LIKE: Final = 0.75
"""How much alike a name must be to be suggested."""
_MEANS: Final = {
    OnChange.REPLACE: "a new training: a successor is trained beside the model that serves",
    OnChange.IN_PLACE: "patched in place: nothing is trained",
    OnChange.REPORT: "shown by a plan, and trains only with --replace",
}
_MEANS_BELOW: Final[tuple[tuple[str, str], ...]] = (
    ("spec.from", "another version is copied: nothing is trained"),
    ("spec.tuneform.extra", _MEANS[OnChange.REPLACE]),
    ("spec.tuneform.gate", "what a gate refused is judged again: nothing is trained"),
    ("spec.tuneform.serve.alias", "the alias is given or moved, in place: nothing is trained"),
    ("spec.tuneform.serve", "another checkpoint serves, in place: nothing is trained"),
    ("spec.tuneform.existing", "nothing for a model that is in the lock"),
    ("spec.tuneform.dataFile", _MEANS[OnChange.REPLACE]),
    ("spec.tuneform", "nothing is trained"),
    ("metadata.name", "another model, unless formerNames has the name of before"),
    ("metadata", "nothing: it is never sent"),
)
"""By path, for the fields of a model that bear no mark; the first counts."""


def explain(asked: str) -> list[FieldPage]:
    """Every field that these words name: one, or one a kind where kinds differ. None where nothing is called so."""
    kinds, parts = _split(asked)
    for prefix in _PREFIXES:
        found = [e for kind in kinds for e in _explained(kind, (*prefix, *parts))]
        if found:
            return _merged(found)
    return []


def near(asked: str) -> list[str]:
    """What may have been meant: fields of that last name, or of one much like it; each as it can be asked for."""
    kinds, parts = _split(asked)
    last = parts[-1] if parts else asked
    paths = [(f"{_word(kind)}.{_shown(path)}", path[-1]) for kind in kinds for path, _ in every_field(KINDS[kind])]
    same = [shown for shown, name in paths if name == last]
    if same:
        return same
    likely = difflib.get_close_matches(last, sorted({name for _, name in paths}), n=1, cutoff=_LIKE)
    return [shown for shown, name in paths if name in likely]


def every_name() -> Iterator[str]:
    """All that can be asked for, in the order of the schema."""
    for kind in KINDS:
        yield _word(kind)
        yield from (f"{_word(kind)}.{_shown(path)}" for path, _ in every_field(KINDS[kind]))


def _word(kind: str) -> str:
    return next(word for word, known in ROOTS.items() if known == kind)


def _split(asked: str) -> tuple[list[str], tuple[str, ...]]:
    """The kinds that are asked about, and the path in the API's spelling."""
    first, *others = [word for word in asked.replace("[", ".[").split(".") if word] or [""]
    named = ROOTS.get(first.lower()) or next((kind for kind in KINDS if kind.lower() == first.lower()), None)
    words = others if named else [first, *others]
    return [named] if named else list(KINDS), tuple(camel(word) for word in words if word)


def _explained(kind: str, parts: Sequence[str]) -> Iterator[FieldPage]:
    root = KINDS[kind]
    if not parts:
        sentence = " ".join((root.__doc__ or "").split())
        yield FieldPage(kind, (kind,), "document", "", sentence, tuple(_below(root)), _example(kind, ()))
        return
    found = _walk(root, parts)
    if found is None:
        return
    path, part, known = found
    shown = _shown(path)
    below = tuple(_below(known.part)) if known.part else ()
    sentence = descriptions_of(part)[known.attribute]
    means = _meaning(shown, known) if kind in BACKENDS else ""
    example = _example(kind, path) or _example_elsewhere(kind, part, path)
    yield FieldPage(shown, (kind,), takes(known).replace("`", ""), means, sentence, below, example)


def _walk(root: type[Part], parts: Sequence[str]) -> tuple[tuple[str, ...], type[Part], KnownField] | None:
    """The path as the schema has it, the mapping that the field is of, and the field."""
    part: type[Part] | None = root
    path: tuple[str, ...] = ()
    found: tuple[type[Part], KnownField] | None = None
    left = list(parts)
    while left:
        word = left.pop(0)
        known = fields_of(part).get(word) if part else None
        if part is None or known is None:
            return None
        path, found, part = (*path, word), (part, known), known.part
        if part is None or known.many is None or not left:
            continue
        if left[0] not in fields_of(part):
            left.pop(0)  # a key of the user's, `*`, or the place in a list
        if left:
            path = (*path, "[]" if known.many is list else "*")
    return (path, *found) if found else None


def _shown(path: Sequence[str]) -> str:
    return ".".join(path).replace(".[]", "[]")


def _meaning(shown: str, known: KnownField) -> str:
    """Of a value; a mapping's is that of what it holds."""
    if known.on_change is not None:
        return "" if known.part is not None and known.apart is None else _MEANS[known.on_change]
    return next((means for path, means in _MEANS_BELOW if shown == path or shown.startswith(f"{path}.")), "")


def _below(part: type[Part]) -> Iterator[FieldBelow]:
    sentences = descriptions_of(part)
    for name, known in fields_of(part).items():
        yield FieldBelow(name, takes(known).replace("`", ""), sentences[known.attribute])


def _merged(found: Sequence[FieldPage]) -> list[FieldPage]:
    """What kinds share is said once."""
    merged: dict[FieldPage, list[FieldPage]] = {}
    for one in found:
        merged.setdefault(replace(one, kinds=(), example=""), []).append(one)
    return [replace(same[0], kinds=tuple(k for e in same for k in e.kinds)) for same in merged.values()]


@cache
def examples() -> tuple[tuple[str, Any], ...]:
    """Text and value of each document of examples.yaml."""
    text = resources.files("reconciler.files").joinpath("examples.yaml").read_text(encoding="utf-8")
    texts = ["".join(f"{line}\n" for line in t.strip().splitlines() if line[:1] != "#") for t in text.split("\n---\n")]
    found, _ = read_documents(SourceText("examples.yaml", text.encode()))
    return tuple(zip(texts, (document.value for document in found), strict=True))


def _example(kind: str, path: Sequence[str]) -> str:
    """The shortest with the field in it: of this kind, or of another that has the same field."""
    fitting = [(value["kind"] != kind, text.count("\n"), text) for text, value in examples() if _holds(value, path)]
    return min(fitting, default=(False, 0, ""))[-1] if path else _first(kind)


def _example_elsewhere(kind: str, part: type[Part], path: Sequence[str]) -> str:
    """One with the field of the same mapping in another place: a reward alone, and one of several."""
    places = (p for p, _ in every_field(KINDS[kind]) if p[-1] == path[-1] and part_at(KINDS[kind], p[:-1]) is part)
    return next((found for place in places if (found := _example(kind, place))), "")


def _first(kind: str) -> str:
    return next(text for text, value in examples() if value["kind"] == kind)


def _holds(value: Any, path: Sequence[str]) -> bool:
    if not path:
        return True
    word, *rest = path
    if word == "[]":
        return isinstance(value, list) and any(_holds(item, rest) for item in value)
    if not isinstance(value, dict):
        return False
    if word == "*":
        return any(_holds(item, rest) for item in value.values())
    return word in value and _holds(value[word], rest)
