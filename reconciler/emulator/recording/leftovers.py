"""What is left in a recording that is nobody's name for anything: shown to a person before it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from reconciler.emulator.recording import vocabulary
from reconciler.emulator.recording.exchange import Exchange
from reconciler.emulator.recording.pseudonyms import NAME, is_time

_PSEUDONYM = re.compile(rf"{NAME}(?: \(\d{{1,9}} long\))?(?:\.[a-z]{{1,9}})?(?:@example\.com)?|\d+|AAAA")


def texts_left(exchanges: Iterable[Exchange]) -> list[str]:
    """Every text that will be written and is neither a pseudonym nor a word of the published definitions, once."""
    found = {text for exchange in exchanges for text in _texts_of(exchange)}
    return sorted(text for text in found if not _says_nothing(text))


def _texts_of(exchange: Exchange) -> Iterator[str]:
    yield unquote(exchange.request.path)
    yield from exchange.request.query
    yield from exchange.request.headers.values()
    yield from exchange.answer.headers.values()
    yield from _strings(exchange.request.body)
    yield from _strings(exchange.answer.body)


def _strings(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, item in value.items():
                yield key
                yield from _strings(item)
        case list():
            for item in value:
                yield from _strings(item)
        case str():
            yield value
        case _:
            pass


def _says_nothing(text: str) -> bool:
    if vocabulary.is_public(text) or is_time(text):
        return True
    parts = re.split(r"[/=:,@?&]|gs://", text)
    return all(not part or _is_nothing(part) for part in parts)


def _is_nothing(part: str) -> bool:
    return (
        _PSEUDONYM.fullmatch(part) is not None
        or vocabulary.is_public(part)
        or part in vocabulary.fields()
        or part in vocabulary.collections()
        or part in vocabulary.KEYS
        or part in vocabulary.PARAMETERS
        or part.rpartition(".")[2] in vocabulary.fields()
    )
