"""The media that examples refer to, and what the metadata of those objects says of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from reconciler.core.plurals import counted
from reconciler.datasets.examples import examples_of
from reconciler.datasets.findings import KEPT_PER_RULE, Finding, Path, json_path
from reconciler.datasets.lexical import locate, shorten
from reconciler.datasets.rows.fields import list_at, object_at
from reconciler.datasets.rows.measure import AUDIO, DOCUMENT, IMAGE, VIDEO, media_kind
from reconciler.datasets.rows.media import is_readable_uri
from reconciler.datasets.spelling import in_camel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from reconciler.datasets.checked import Checked
    from reconciler.datasets.examples import PlacedExample
    from reconciler.datasets.limits import DataLimits
    from reconciler.datasets.rules import RuleSet
    from reconciler.datasets.source import Source

_MISSING, _TOO_LARGE, _OTHER_TYPE, _NOT_SEEN = "DATA509", "DATA510", "DATA511", "DATA512"
_TOO_MANY_DROPPED = "DATA905"

_TOGETHER = 512
"""Objects that are asked for at once; each is asked for once a file."""

_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_SAME = {
    "image/jpg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "video/quicktime": "video/mov",
}


class MediaReference(NamedTuple):
    """One fileData of one example."""

    line: int
    uri: str
    mime_type: str
    path: Path = ()
    column: int = 0
    offset: int = -1


class SeenMedia(NamedTuple):
    """What Cloud Storage says of one object. `size` None: it is not there, or could not be looked at (`why`)."""

    size: int | None
    content_type: str = ""
    why: str = ""


def media_references(source: Source) -> Iterator[MediaReference]:
    """Every fileUri of a file, in its order and as often as it stands there.

    Examples that cannot be read are passed over: `check` reports them. Raises UnreadableError for what is
    no regular file.
    """
    for example in examples_of(source, having=(b"fileUri", b"file_uri")):
        yield from _of_example(example)


def _of_example(example: PlacedExample) -> Iterator[MediaReference]:
    line, decoded, offset = example
    row = in_camel(decoded.row or {})
    for turn, content in enumerate(list_at(row, "contents")):
        for index, part in enumerate(list_at(content, "parts") if isinstance(content, dict) else ()):
            data = object_at(part, "fileData") if isinstance(part, dict) else {}
            if isinstance(data.get("fileUri"), str):
                path = ("contents", turn, "parts", index, "fileData", "fileUri")
                at = locate(decoded.text, path)
                start = decoded.text.rfind("\n", 0, at) + 1
                further = decoded.text.count("\n", 0, at)
                mime = str(data.get("mimeType", ""))
                yield MediaReference(line + further, data["fileUri"], mime, path, at - start + 1, offset)


def check_media(
    source: Source, checked: Checked, look: Callable[[Sequence[str]], Sequence[SeenMedia]], rules: RuleSet
) -> Checked:
    """The result of a check, with what the metadata of every object that the file names says.

    `look` asks for objects by their URIs, each of which is asked for once; memory grows with their number.
    """
    found = _Found(rules)
    seen: dict[str, SeenMedia] = {}
    references = media_references(source)
    while some := list(islice(references, _TOGETHER)):
        wanted = [*dict.fromkeys(r.uri for r in some if _is_object(r.uri) and r.uri not in seen)]
        seen.update(zip(wanted, look(wanted) if wanted else (), strict=True))
        for reference in some:
            found.add(reference, _problems(reference, seen.get(reference.uri), rules.limits))
    return found.added_to(checked)


def _is_object(uri: str) -> bool:
    return uri.startswith("gs://") and is_readable_uri(uri)


Said = tuple[str, str]


def _problems(reference: MediaReference, seen: SeenMedia | None, limits: DataLimits) -> Iterator[Said]:
    if seen is None:
        # What is neither in Cloud Storage nor on the web is DATA501.
        if is_readable_uri(reference.uri):
            yield _NOT_SEEN, "It is on the web."
    elif seen.why:
        yield _NOT_SEEN, seen.why
    elif seen.size is None:
        yield _MISSING, ""
    else:
        yield from _compared(reference, seen.size, seen.content_type, limits)


def _compared(reference: MediaReference, size: int, content_type: str, limits: DataLimits) -> Iterator[Said]:
    kind = media_kind(reference.mime_type)
    most = _most_bytes(limits)[kind]
    if size > most:
        yield _TOO_LARGE, f"{counted(size, 'byte')}; a file of kind {kind} may have {most:,}."
    elif size == 0:
        yield _MISSING, "It is empty."
    here, there = _plain(reference.mime_type), _plain(content_type)
    if here and there not in _SAYS_NOTHING and here != there:
        yield _OTHER_TYPE, f"{shorten(here)} here, {shorten(there)} at the object."


def _most_bytes(limits: DataLimits) -> dict[str, int]:
    return {
        IMAGE: limits.image_bytes,
        DOCUMENT: limits.document_bytes,
        AUDIO: limits.audio_bytes,
        VIDEO: limits.video_bytes,
    }


def _plain(mime_type: str) -> str:
    bare = mime_type.partition(";")[0].strip().lower()
    return _SAME.get(bare, bare)


class _Found:
    """Findings as they come, counted in full and kept up to a bound."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._findings: list[Finding] = []
        self._counts: Counter[str] = Counter()
        self._dropped = 0
        self._last_dropped = 0

    def add(self, reference: MediaReference, said: Iterable[Said]) -> None:
        """What is said of one reference."""
        for rule, detail in said:
            if rule in {_MISSING, _TOO_LARGE} and reference.line != self._last_dropped:
                self._dropped, self._last_dropped = self._dropped + 1, reference.line
            finding = self._rules.finding(rule, detail, line=reference.line, column=reference.column)
            if finding is None:
                continue
            self._counts[rule] += 1
            if self._counts[rule] <= KEPT_PER_RULE:
                path = json_path(reference.path)
                self._findings.append(replace(finding, json_path=path, offset=reference.offset))

    def added_to(self, checked: Checked) -> Checked:
        """The same result with these findings behind its own."""
        self._say_dropped(checked)
        counts = dict(checked.counts)
        for rule, count in self._counts.items():
            counts[rule] = counts.get(rule, 0) + count
        return replace(checked, findings=(*checked.findings, *self._findings), counts=counts)

    def _say_dropped(self, checked: Checked) -> None:
        too_many = self._dropped > checked.limits.dropped_share * checked.examples
        if not too_many or _TOO_MANY_DROPPED in checked.counts:
            return
        detail = f"{self._dropped:,} of {counted(checked.examples, 'example')}, for their media."
        finding = self._rules.finding(_TOO_MANY_DROPPED, detail)
        if finding is not None:
            self._findings.append(finding)
            self._counts[_TOO_MANY_DROPPED] += 1
