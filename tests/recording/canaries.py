"""A text in every place that a request or an answer can carry one, made of the published definitions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from reconciler.emulator.definitions import ApiMethod, Definitions, FieldType

MARK = "zqcanary"
"""In whatever form, this stands in every text that is planted."""
NUMBER = 987654321012
"""A project's number, planted where numbers are."""
_FORMS = (
    "{0}",
    "{0}@corp.example",
    "gs://{0}/folder-{0}/{0}.jsonl",
    "projects/{0}/locations/us-central1/models/{0}@{0}",
    "https://{0}.example/path/{0}?q={0}",
    "please send {0} to the billing team",
    "tunedModels/{0}/operations/{0}",
    "{0}.iam.gserviceaccount.com",
    "type.googleapis.com/{0}",
    "storage#{0}",
    '{{"contents": [{{"parts": [{{"text": "{0}"}}]}}]}}',
    "gemini-2.5-flash-{0}",
    "us-{0}1",
    "/{0}",
    "_{0}",
    "*{0}*",
    "-{0}.-{0}",
    "2026-01-01T00:00:00Z {0}",
    "labels.{0}={0}",
    "'{0}' is \"{0}\" and `{0}`",
)
_DEEP = 5


class Planter:
    """Hands out texts, each once, in every form by turns."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._forms = itertools.cycle(_FORMS)
        self.planted = 0

    def text(self) -> str:
        """The next one."""
        self.planted += 1
        return next(self._forms).format(f"{MARK}{next(self._numbers)}")

    def word(self) -> str:
        """One that is good as a key or an id."""
        self.planted += 1
        return f"{MARK}{next(self._numbers)}"

    def message(self, definitions: Definitions, schema: str, deep: int = _DEEP) -> dict[str, Any]:
        """An object of a schema with every field, and one that no schema has."""
        fields = definitions.fields(schema)
        made = {name: self.value(definitions, kind, deep - 1) for name, kind in fields.items()}
        return {**made, "heldSomewhere": self.text()}

    def value(self, definitions: Definitions, kind: FieldType, deep: int) -> Any:
        """A value of a type; every text in it is planted."""
        match kind.kind:
            case "list":
                assert kind.item is not None
                return [self.value(definitions, kind.item, deep)]
            case "map":
                assert kind.item is not None
                return {self.word(): self.value(definitions, kind.item, deep)}
            case "message":
                return self.message(definitions, kind.name, deep) if deep > 0 else {}
            case "any":
                return {self.word(): [self.text(), {self.word(): self.text(), "name": self.text()}]}
            case scalar:
                return self._scalar(scalar)

    def _scalar(self, kind: str) -> Any:
        if kind in ("int32", "uint32", "float", "double"):
            return NUMBER
        return True if kind == "bool" else self.text()


def bodies(definitions: Definitions, planter: Planter) -> Iterator[tuple[ApiMethod, dict[str, Any], dict[str, Any]]]:
    """Of every method, a request and an answer."""
    for method in definitions.methods.values():
        yield method, planter.message(definitions, method.body), planter.message(definitions, method.answer)
