"""Commands in messages, completed with the options of the run: the one place where a suggested command is spelt.

Every form of output passes through here. Who completes is set for the length of a run by the command line; without one,
as in a library's caller, a command is spelt as it was suggested.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

from reconciler.core.suggest import SuggestedCommand, shell_words

Complete: TypeAlias = Callable[[tuple[str, ...]], tuple[str, ...]]
"""The words of a command with those options of the run that it does not name itself."""

_QUOTED = re.compile(r"`tuneform ([^`\n]+)`")
_OURS = "tuneform "


def _as_suggested(words: tuple[str, ...]) -> tuple[str, ...]:
    return words


_complete: ContextVar[Complete] = ContextVar("complete", default=_as_suggested)


@contextmanager
def completed_by(complete: Complete) -> Iterator[None]:
    """Inside, every command that is shown is completed by this."""
    token = _complete.set(complete)
    try:
        yield
    finally:
        _complete.reset(token)


def shell_line(command: SuggestedCommand | str) -> str:
    """The line to copy. What is no command of ours, such as gcloud's, is left as it is."""
    if isinstance(command, SuggestedCommand):
        return shell_words(_complete.get()(command.words))
    return _recompleted(command.removeprefix(_OURS)) if command.startswith(_OURS) else command


def sentence(text: str) -> str:
    """A text with the commands of ours in it, each between backticks, completed."""
    return _QUOTED.sub(lambda found: f"`{_recompleted(found[1])}`", text) if "`" in text else text


def _recompleted(words: str) -> str:
    try:
        return shell_words(_complete.get()(tuple(shlex.split(words))))
    except ValueError:
        return _OURS + words
