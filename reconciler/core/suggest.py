"""A command that a message suggests, as a value: what to run. With which options of the run, the edge says.

Whoever writes a message names the subcommand, its arguments and the flags that it is about, and nothing else. The
command line completes it with the options of the present run (`--workspace`, `-C`, `--emulator`, …) where it is shown,
so that what is copied acts on what the message is about. In the middle of a sentence it is `suggest(…).quoted`.

A suggestion never changes things where the person's word was to look: there it is `plan`, `status` or `show`.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SuggestedCommand:
    """Words after `tuneform`, none of them quoted."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        """For a shell, without the options of any run."""
        return shell_words(self.words)

    @property
    def quoted(self) -> str:
        """Inside a sentence, where it is completed as well."""
        return f"`{self}`"


def suggest(*words: object) -> SuggestedCommand:
    """`suggest("apply", "--replace", address)`."""
    return SuggestedCommand(tuple(map(str, words)))


def shell_words(words: tuple[str, ...]) -> str:
    """The command line: what a shell would split or expand is quoted."""
    return " ".join(["tuneform", *map(_shell_word, words)])


def _shell_word(word: str) -> str:
    """As shlex.quote, which would quote the `…` and `=` of `--checksum=…` too; an option's value is quoted alone."""
    name, equals, value = word.partition("=")
    if equals and name.startswith("--"):
        return f"{name}={shlex.quote(value)}"
    return shlex.quote(word)
