"""Names inside texts: of resources, objects, people, projects; each part that is somebody's gets its pseudonym."""

from __future__ import annotations

import re

from reconciler.emulator.recording import vocabulary
from reconciler.emulator.recording.pseudonyms import Pseudonyms

_EMAIL = re.compile(r"[^\s@\"'<>,;:()]+@[^\s@\"'<>,;:()]+")
_KEPT_ENDINGS = (".jsonl", ".json", ".txt", ".csv", ".yaml", ".parquet", ".safetensors")
_WRITTEN = re.compile(
    r"postprocess/node-\d{1,4}/checkpoints/(?:final|\d{1,6})"
    r"/(?:adapter/)?(?:(?:adapter_|generation_|tokenizer_)?(?:config|model)|tokenizer)(?:-\d{5}-of-\d{5})?"
    r"\.(?:json|safetensors)|metrics/metrics\.json"
)
"""How a service names the files that a training writes, below a folder of the user's."""
_OF_PROJECT = frozenset(("projects",))


class Namer:
    """Puts pseudonyms into names."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self.pseudonyms = pseudonyms

    def text(self, text: str, kind: str = "text") -> str:
        """Any text: a public word stays, a name is taken apart, all else has a pseudonym."""
        public = text if vocabulary.is_public(text) else self.pseudonyms.time(text)
        if public is not None:
            return public
        if text.startswith("gs://"):
            return self.uri(text)
        if re.match(r"https?://", text):
            return self.pseudonyms.of(text, "link")
        if is_resource(text):
            return self.resource(text)
        if _EMAIL.fullmatch(text):
            return f"{self.pseudonyms.of(text, 'account')}@example.com"
        return self.pseudonyms.of(text, kind)

    def uri(self, text: str) -> str:
        """`gs://bucket/object`."""
        bucket, slash, name = text.removeprefix("gs://").partition("/")
        return f"gs://{self.part(bucket, 'bucket')}{slash}{self.object(name)}"

    def object(self, name: str) -> str:
        """The name of an object, folder by folder; an ending that says what kind of file it is stays."""
        parts = name.split("/")
        for n in range(1, len(parts)):
            if _WRITTEN.fullmatch(written := "/".join(parts[n:])):
                return "/".join([*map(self._file, parts[:n]), written])
        return "/".join(map(self._file, parts))

    def _file(self, part: str) -> str:
        ending = next((e for e in _KEPT_ENDINGS if part.endswith(e) and part != e), "")
        return self.part(part.removesuffix(ending), "part") + ending

    def resource(self, name: str) -> str:
        """A resource name: the words of the published paths stay, ids do not."""
        if vocabulary.is_public(name):
            return name
        parts = name.split("/")
        return "/".join(self._segment(parts, n) for n in range(len(parts)))

    def _segment(self, parts: list[str], n: int) -> str:
        part, before = parts[n], parts[n - 1] if n else ""
        if before not in vocabulary.collections() and part in vocabulary.collections():
            return part
        own, colon, action = part.partition(":")
        if colon and action in vocabulary.collections():
            # An action is one item's, or the collection's.
            return f"{self._segment([*parts[:n], own], n)}:{action}"
        return self._id(part, before)

    def _id(self, part: str, before: str) -> str:
        own, at, version = part.partition("@")
        if at:
            return f"{self._id(own, before)}@{self.part(version, 'alias')}"
        if before == "metadataStores" and part == "default":
            return part
        return self.part(part, "project" if before in _OF_PROJECT else "id")

    def part(self, text: str, kind: str) -> str:
        """One id, without slashes."""
        if vocabulary.is_public(text):
            return text
        return self.pseudonyms.of(text, kind)


def is_resource(text: str) -> bool:
    """Whether a text is a resource name: it begins with a collection, and every second part is one."""
    head, slash, _ = text.partition("/")
    return (
        bool(slash)
        and head in ("projects", "tunedModels", "models", "publishers", "operations", "buckets")
        and (not re.search(r"\s", text))
    )
