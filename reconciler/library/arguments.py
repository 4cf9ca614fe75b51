"""What a program gives, read as the command line reads its own: a mistake is a message, with what there is instead."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from reconciler.core.codes_run import run_diagnostic
from reconciler.core.dialects import DIALECTS
from reconciler.core.generation import LEVELS, AnswerSettings
from reconciler.core.model import Address
from reconciler.files.author import one_line
from reconciler.library.errors import CallError, wrong_argument

Addresses: TypeAlias = Address | str | Iterable[Address | str]
"""One or several; as text they look like "vertex/support-router"."""
Place: TypeAlias = str | os.PathLike[str]
_LOOKS: Final = "Write it like vertex/support-router."
_MOST_DIGITS: Final = 9
_DYNAMIC: Final = -1


def address_of(given: Address | str) -> Address:
    """Raises CallError (RUN028) for what is none."""
    if isinstance(given, Address):
        return given
    if not isinstance(given, str):
        raise wrong_argument(f"{given!r} is not an address.", _LOOKS)
    try:
        address = Address.parse(given)
    except ValueError as exc:
        raise wrong_argument(f"{given!r} is not an address.", _LOOKS) from exc
    if address.backend not in DIALECTS:
        raise wrong_argument(f"{given!r} is not an address.", f"The first half is {' or '.join(DIALECTS)}.")
    return address


def addresses_of(given: Addresses) -> tuple[Address, ...]:
    """In their order, each once."""
    if isinstance(given, Address | str):
        return (address_of(given),)
    if not isinstance(given, Iterable):
        raise wrong_argument(f"{given!r} is not an address, nor several.", _LOOKS)
    return tuple(dict.fromkeys(map(address_of, given)))


def permissions_of(given: str | Iterable[str]) -> frozenset[str]:
    """Kinds of core.checks.ALLOWANCES."""
    from reconciler.core.checks import ALLOWANCES

    if not isinstance(given, Iterable):
        raise wrong_argument(f"allow is {given!r}.", f"Give some of {', '.join(ALLOWANCES)}.")
    allowed = frozenset([given] if isinstance(given, str) else given)
    for kind in sorted(map(str, allowed)):
        if kind not in ALLOWANCES:
            near = difflib.get_close_matches(kind, ALLOWANCES, n=1)
            fix = f'Did you mean "{near[0]}"?' if near else f"Give one of {', '.join(ALLOWANCES)}."
            raise CallError(run_diagnostic("RUN027", f"{kind!r} is not among them.", fix=fix))
    return allowed


def attempt_of(given: int | str | None, name: str = "attempt") -> str:
    """As the lock writes it; "" for none."""
    text = "" if given is None else str(given).strip()
    if given is not None and not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise wrong_argument(f"{name} is {given!r}.", "Give the number of an attempt, like 2.")
    return str(int(text)) if text else ""


def number_of(
    name: str, given: float | None, least: float, most: float = float("inf"), *, whole: bool = False
) -> float | None:
    """A number within its range, or none."""
    if given is None:
        return None
    kinds = int if whole else (int, float)
    if isinstance(given, bool) or not isinstance(given, kinds) or not least <= given <= most:
        kind = "a whole number" if whole else "a number"
        upto = f" to {most:g}" if most != float("inf") else " on"
        raise wrong_argument(f"{name} is {given!r}.", f"Give {kind} from {least:g}{upto}.")
    return given


def choice_of(name: str, given: str, known: Iterable[str]) -> str:
    """One of several words."""
    words = list(known)
    if given not in words:
        near = difflib.get_close_matches(str(given), words, n=1)
        fix = f'Did you mean "{near[0]}"?' if near else f"Give one of {', '.join(words)}."
        raise wrong_argument(f"{name} is {given!r}.", fix)
    return given


def text_of(name: str, given: object) -> str:
    """A text, which may be empty."""
    if not isinstance(given, str):
        raise wrong_argument(f"{name} is {given!r}.", "Give a text.")
    return given


def reason_of(given: str) -> str:
    """A person's words for the lock, on one line."""
    return one_line(text_of("reason", given))


def path_of(name: str, given: object) -> str:
    """A path, or an address in Cloud Storage, that is not empty."""
    if not isinstance(given, str | os.PathLike):
        fix = 'Give "embedded", or the URL of one that is served.' if name == "emulator" else "Give a text, or a Path."
        raise wrong_argument(f"{name} is {given!r}.", fix)
    if not os.fspath(given):
        fix = "Leave it out, or say emulator=False for Google." if name == "emulator" else "Leave it out instead."
        raise wrong_argument(f"{name} is empty.", fix)
    return os.fspath(given)


def paths_of(name: str, given: Place | Iterable[Place]) -> tuple[str, ...]:
    """One or several."""
    if isinstance(given, str | os.PathLike):
        return (path_of(name, given),)
    if not isinstance(given, Iterable):
        raise wrong_argument(f"{name} is {given!r}.", "Give a path, or several.")
    return tuple(path_of(name, each) for each in given)


def settings_of(
    system: str,
    thinking: str | int | None,
    max_output_tokens: int | None,
    temperature: float | None,
    top_p: float | None,
    top_k: float | None,
    seed: int | None,
    response_schema: Mapping[str, object] | None,
    response_mime_type: str,
) -> AnswerSettings:
    """How a model is to answer, within what the API takes."""
    if isinstance(thinking, str):
        choice_of("thinking", thinking, LEVELS)
    else:
        number_of("thinking", thinking, _DYNAMIC, 2**31 - 1, whole=True)
    if response_schema is not None and not isinstance(response_schema, Mapping):
        raise wrong_argument(f"response_schema is {response_schema!r}.", "Give a dictionary, as the API has it.")
    number_of("max_output_tokens", max_output_tokens, 1, whole=True)
    number_of("temperature", temperature, 0, 2)
    number_of("top_p", top_p, 0, 1)
    number_of("top_k", top_k, 1)
    number_of("seed", seed, 0, 2**31 - 1, whole=True)
    return AnswerSettings(
        system=text_of("system", system),
        thinking=thinking,
        max_output_tokens=max_output_tokens,
        temperature=temperature,
        top_p=top_p,
        top_k=top_k,
        seed=seed,
        response_schema=response_schema,
        response_mime_type=text_of("response_mime_type", response_mime_type),
    )
