"""Which name of the emulator's is which of a recording: ids, tokens and generated texts that no two services share."""

from __future__ import annotations

import re

from reconciler.emulator.recording.pseudonyms import expanded

_TOKEN = re.compile(r"[A-Za-z0-9_-]+=*")


class NamePairs:
    """Two names that were met in the same place mean the same from then on.

    A comparison that may turn out to be of the wrong moment works on a `branch`, which is merged or forgotten.
    """

    def __init__(self, base: NamePairs | None = None) -> None:
        self._base = base
        self._ours: dict[str, str] = {}
        self._recorded: dict[str, str] = {}

    def branch(self) -> NamePairs:
        """One that knows what this one knows, and learns for itself."""
        return NamePairs(self)

    def merge(self) -> None:
        """Let the base know what was learnt here."""
        if self._base is not None:
            for recorded, ours in self._ours.items():
                self._base.learn(recorded, ours)

    def learn(self, recorded: str, ours: str) -> None:
        """From now on they mean the same, whatever either meant."""
        self._ours[recorded] = ours
        self._recorded[ours] = recorded

    def ours(self, recorded: str) -> str | None:
        """The emulator's name for one of the recording."""
        found = self._ours.get(recorded)
        return found if found is not None or self._base is None else self._base.ours(recorded)

    def recorded(self, ours: str) -> str | None:
        """The recording's name for one of the emulator's."""
        found = self._recorded.get(ours)
        return found if found is not None or self._base is None else self._base.recorded(ours)

    def agree(self, recorded: str, ours: str) -> bool:
        """Whether both mean the same; two that are new do from now on."""
        known, back = self.ours(recorded), self.recorded(ours)
        if known is None and back is None:
            if _form(recorded) != _form(ours):
                return False
            self.learn(recorded, ours)
            return True
        return known == ours

    def translated(self, text: str) -> str:
        """A text of the recording with the emulator's names in it."""
        text = expanded(text)
        whole = self.ours(text)
        if whole is not None:
            return whole
        if "/" in text:
            return "/".join(self.translated(part) for part in text.split("/"))
        return _TOKEN.sub(self._token, text)

    def _token(self, match: re.Match[str]) -> str:
        bare = match[0].rstrip("=")
        return self.ours(match[0]) or (self.ours(bare) or bare) + match[0][len(bare) :]


def _form(name: str) -> object:
    """What two ids have in common that are made by one rule: how many digits, or that they are words."""
    return len(name) if name.isdigit() else ""
