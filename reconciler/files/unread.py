"""What may be a spec and is not read. A whole run that meets one removes nothing: it was not all of the set.

Data, README, LICENSE and kustomization files are none; for the rest the text decides, and the name where
there is no text to read.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from reconciler.core.codes_spec import spec_note, spec_warning
from reconciler.core.diagnostics import Diagnostic, Location
from reconciler.core.model import Address
from reconciler.files.bounds import HEAD_BYTES, TextLimit, bytes_of
from reconciler.files.raw import raw_text
from reconciler.files.schema import API_GROUP, API_VERSION, BACKENDS
from reconciler.files.sources import Passed, head_of, is_kustomization
from reconciler.files.yaml_tree import Document, SourceText, read_documents

_YAML_IN_NAME: Final = re.compile(r"\.ya?ml(?![a-z0-9])", re.IGNORECASE)
_NO_SPECS: Final = frozenset(
    {
        ".adoc",
        ".arrow",
        ".avi",
        ".avro",
        ".c",
        ".csv",
        ".flac",
        ".gif",
        ".htm",
        ".html",
        ".jpeg",
        ".jpg",
        ".jsonl",
        ".md",
        ".mdx",
        ".mov",
        ".mp3",
        ".mp4",
        ".ndjson",
        ".npy",
        ".ogg",
        ".parquet",
        ".pdf",
        ".png",
        ".rst",
        ".svg",
        ".tfrecord",
        ".tsv",
        ".wav",
        ".webp",
        ".xlsx",
        ".xml",
    }
)
"""Ends of names of data and of prose."""
_PROSE: Final = frozenset(
    {
        "authors",
        "changelog",
        "changes",
        "codeowners",
        "contributing",
        "copying",
        "licence",
        "license",
        "makefile",
        "notice",
        "readme",
    }
)
_SEALED: Final = frozenset({".age", ".asc", ".crypt", ".enc", ".gpg", ".pgp", ".sops", ".vault"})
_KIND = rb"(?:vertex|gemini)tunedmodel"
_MARK: Final = re.compile(
    rb"""api_?version["']?[ \t]*[:=][ \t]*["']?tuneform\.dev/|\bkind["']?[ \t]*[:=][ \t]*["']?""" + _KIND + rb"\b",
    re.IGNORECASE,
)
_IN_COMMENT: Final = re.compile(
    rb"""^[ \t]*#[#\- \t]*["']?kind["']?[ \t]*:[ \t]*["']?""" + _KIND + rb"\b", re.IGNORECASE | re.MULTILINE
)
_COMMENT: Final = re.compile(rb"[ \t]*#+ ?")
_SEAL: Final = re.compile(rb"ENC\[AES256_GCM,|\$ANSIBLE_VAULT;|-----BEGIN (?:PGP|AGE)|\A\x00GITCRYPT|\Aage-encryption")
_TEMPLATE: Final = re.compile(rb"\{\{|\{%|<%|\$\{")


@dataclass(frozen=True, slots=True)
class Unread:
    """One place of something that may be a spec.

    `what` it is, as a sentence, and how to `fix` that; `addresses` it would declare, None where that cannot be
    known; `beside` is the file that it looks like a copy of. `is_copy` says that all that it may declare is
    declared by what was read: an editor's backup, or the template of a file that stands beside it.
    """

    where: Location
    what: str
    fix: str
    addresses: frozenset[Address] | None = None
    beside: str = ""
    is_copy: bool = False

    def beside_what_was_read(self, declared: Collection[Address], read: Collection[str]) -> Unread:
        """Whether it is a copy, once all else was read."""
        known = self.addresses is not None and all(address in declared for address in self.addresses)
        return replace(self, is_copy=bool(known and self.addresses) or self.beside in read)


def unread_diagnostic(unread: Unread) -> Diagnostic:
    """What loading says of it: a plan that removes something is refused for it, a copy is only named."""
    if unread.is_copy:
        return spec_note("SPEC016", unread.where, f"{unread.what} What it would declare is declared.")
    return spec_warning("SPEC015", unread.where, unread.what, unread.fix)


def judge(passed: Passed) -> Unread | None:
    """What a walk over the specs passed over."""
    return _judge_folder(passed.path) if passed.is_folder else judge_file(passed.path)


def judge_file(path: str) -> Unread | None:
    """A file below the specs that is not read; None for what is surely no spec."""
    folder, name = os.path.split(path)
    in_name = _YAML_IN_NAME.search(name)
    if is_kustomization(path) or name.startswith(".#") or (in_name is None and _is_something_else(name)):
        return None
    beside = os.path.join(folder, name[: in_name.end()].lstrip(".#")) if in_name else ""  # noqa: PTH118
    if beside == path:
        beside = ""
    try:
        head = head_of(path)
    except OSError as exc:
        why, fix = f"cannot be opened: {exc.strerror or exc}", "Correct the path or its permissions, or delete it."
        return Unread(Location(path), f"{path} {why}.", fix, beside=beside)
    found = _why(name, head, in_name=in_name is not None)
    if found is None:
        return None
    return Unread(Location(path), f"{path} {found[0]}.", found[1], _addresses(head, path), beside)


def judge_document(document: Document) -> Unread | None:
    """A piped document of another API group: near to ours, or with specs inside of it."""
    value = document.value
    kind, version = str(value.get("kind")), str(value.get("apiVersion", value.get("api_version")))
    if kind == "Kustomization":
        return None
    if kind.casefold() in _KINDS or _is_near(version):
        fix = f"Write apiVersion: {API_VERSION}, or leave the document out."
        return Unread(document.start, f"It is {kind} of {version}.", fix)
    if _holds_specs(value):
        fix = "Give the specs as documents of their own, or in a kind: List."
        return Unread(document.start, f"It is {kind} of {version}, with specs inside of it.", fix)
    return None


def judge_text(source: SourceText, *, is_silent: bool) -> Iterator[Unread]:
    """Specs that stand in comments of a file that is read, and one with nothing in it (`is_silent`)."""
    if b"#" in source.data:
        line, counted, end = 1, 0, -1
        addresses: frozenset[Address] | None = None
        for match in _IN_COMMENT.finditer(source.data):
            is_silent = False
            line, counted = line + source.data.count(b"\n", counted, match.start()), match.start()
            if match.start() >= end:  # another one; each is read once, however often it names a kind
                text, end = _uncommented(source.data, match.start())
                addresses = _addresses(text, source.path)
            said, fix = "A spec stands in a comment here.", "Uncomment it, or delete it."
            yield Unread(Location(source.path, line), said, fix, addresses)
    if is_silent:
        yield Unread(Location(source.path), f"{source.path} has no document.", "Write its spec, or delete the file.")


def _judge_folder(folder: str) -> Unread | None:
    """An empty folder that is a git submodule which was not checked out."""
    here = Path(os.path.abspath(folder))  # noqa: PTH100  # links stay as they are
    for above in here.parents:
        modules = above / ".gitmodules"
        if modules.is_file() and here.relative_to(above).as_posix() in _submodules(modules):
            fix = "Check it out with git submodule update --init."
            return Unread(Location(folder), f"{folder} is a git submodule that is not checked out.", fix)
    return None


def _submodules(file: Path) -> set[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(bytes_of(file, TextLimit(1)).decode())
    except (OSError, UnicodeDecodeError, configparser.Error):
        return set()
    return {parser[name].get("path", "").strip('"').rstrip("/") for name in parser.sections()}


def _is_something_else(name: str) -> bool:
    stem, _, _ = name.partition(".")
    return os.path.splitext(name)[1].casefold() in _NO_SPECS or stem.casefold() in _PROSE  # noqa: PTH122


_DECRYPT: Final = "Decrypt it and pipe it into -f -, or delete it."


def _why(name: str, head: bytes, *, in_name: bool) -> tuple[str, str] | None:
    """What keeps it from being read, as the rest of a sentence, and how to mend that; None for no spec."""
    suffix = os.path.splitext(name)[1].casefold()  # noqa: PTH122
    if suffix in _SEALED or (_SEAL.search(head) and (in_name or b"apiVersion" in head)):
        return "is encrypted", _DECRYPT
    if in_name and _is_binary(head):
        return "is not plain text", "Unpack or decrypt it, or delete it."
    if not _MARK.search(head):
        return None
    if _TEMPLATE.search(head):
        return "is a template", "Render it and pipe it into -f -, or delete it."
    if name.endswith((".yaml", ".yml")):
        return "is hidden", "Name the file, and its folder, without a dot in front; or delete it."
    return "does not end with .yaml or .yml", "Rename it, or delete it."


def _is_binary(head: bytes) -> bool:
    return b"\0" in head


def _addresses(text: bytes, path: str) -> frozenset[Address] | None:
    """What it would declare; None unless all of it can be read."""
    if _TEMPLATE.search(text) or len(text) >= HEAD_BYTES:
        return None
    documents, mistakes = read_documents(SourceText(path, text))
    if mistakes:
        return None
    found = {_address(document.value) for document in documents}
    return None if None in found else frozenset(a for a in found if a is not None)


def _address(value: Any) -> Address | None:
    kind = value.get("kind") if isinstance(value, Mapping) else None
    name = raw_text(value, "metadata", "name")
    return Address(BACKENDS[str(kind)], name) if kind in BACKENDS and name else None


def _uncommented(data: bytes, at: int) -> tuple[bytes, int]:
    """The document that stands in the comment at this line, as the text it was, and where it ends."""
    start = at
    while start > 0 and _is_of_it(data, before := data.rfind(b"\n", 0, start - 1) + 1, start):
        start = before
    end = start
    while end == start or (end < len(data) and _is_of_it(data, end, len(data))):
        end = (data.find(b"\n", end) + 1) or len(data)
    return b"".join(_COMMENT.sub(b"", line, count=1) for line in data[start:end].splitlines(keepends=True)), end


def _is_of_it(data: bytes, start: int, stop: int) -> bool:
    """Whether a line is a comment, and none that parts documents."""
    found = _COMMENT.match(data, start, stop)
    return found is not None and not data.startswith(b"---", found.end())


_KINDS: Final = frozenset(kind.casefold() for kind in BACKENDS)


def _is_near(version: str) -> bool:
    group = version.partition("/")[0].casefold()
    return group == API_GROUP or group.partition(".")[0] == API_GROUP.partition(".")[0]


def _holds_specs(value: Any) -> bool:
    """Whether a spec stands somewhere inside, as a mapping or as text."""
    waiting: list[Any] = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, str):
            if len(here) > len(API_GROUP) and _MARK.search(here.encode()):
                return True
        elif isinstance(here, Mapping):
            if here is not value and _is_ours(here):
                return True
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here
    return False


def _is_ours(value: Mapping[str, Any]) -> bool:
    return "kind" in value and _is_near(str(value.get("apiVersion", value.get("api_version"))))
