"""What models answered to gates, and what programs and judges said of it: kept, so that nothing is paid for twice.

One file of JSON lines for each version of a model. It is shared by appending: one write a record, and what is torn or
damaged is passed over. Whatever is wrong with a file or its folder, models are asked instead; it may be deleted at any
time. Its records are what people's customers wrote and what a model said to it, so it is for the owner alone.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

from reconciler.core.questions import AnswerKey, ModelAnswer, Paid, Score
from reconciler.files.bounds import ANSWER, ANSWERS
from reconciler.files.data_cache import ignored_by_git

FOLDER: Final = ".tuneform/answers"


class _AnswerRecord(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel", tag="answer", tag_field="kind"):
    item: str
    settings: str
    text: str
    sample: int = 1
    took_s: float = 0.0
    input_tokens: int | None = None
    output_tokens: int | None = None
    error: str = ""

    @property
    def place(self) -> bytes:
        return _place(self.item, self.settings, self.sample, "")

    @property
    def answer(self) -> ModelAnswer:
        return ModelAnswer(self.text, self.took_s, self.input_tokens, self.output_tokens, self.error)


class _ScoreRecord(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel", tag="score", tag_field="kind"):
    item: str
    settings: str
    scorer: str
    score: float
    sample: int = 1
    why: str = ""

    @property
    def place(self) -> bytes:
        return _place(self.item, self.settings, self.sample, self.scorer)


class _PaidRecord(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel", tag="paid", tag_field="kind"):
    """What one judging of the model has paid, and how long it asked; its records together are its bill so far."""

    judging: str
    amount: float = 0.0
    took_s: float = 0.0
    answers: int = 0


class _ModelRecord(msgspec.Struct, frozen=True, tag="model", tag_field="kind"):
    """The first line, for people: the file's name is a digest of it."""

    model: str


_Record = _AnswerRecord | _ScoreRecord
_RECORD = msgspec.json.Decoder(_AnswerRecord | _ScoreRecord | _PaidRecord | _ModelRecord)


class AnswerStore:
    """Answers in a folder. Safe to use from several threads, and from several processes at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, _File] = {}
        self._paid: dict[tuple[str, str], Paid] = {}
        self._turn = Lock()

    def get(self, key: AnswerKey) -> ModelAnswer | None:
        """The answer that is kept."""
        found = self._found(key, "")
        return found.answer if isinstance(found, _AnswerRecord) else None

    def put(self, key: AnswerKey, answer: ModelAnswer) -> ModelAnswer:
        """Keep it; answers with what is kept, which is another run's where that came first. Scores are of that one.

        A folder that cannot be written to is no reason to fail.
        """
        record = _AnswerRecord(
            key.item,
            key.settings,
            answer.text,
            key.sample,
            answer.took_s,
            answer.input_tokens,
            answer.output_tokens,
            answer.error,
        )
        self._put(key, "", record)
        return self.get(key) or answer

    def knows(self, model: str) -> bool:
        """Whether anything at all is kept of this model."""
        with self._turn:
            return self._file(model).is_there

    def score(self, key: AnswerKey, scorer: str) -> Score | None:
        """What the scorer of this digest said of the answer."""
        found = self._found(key, scorer)
        return Score(found.score, found.why) if isinstance(found, _ScoreRecord) else None

    def put_score(self, key: AnswerKey, scorer: str, score: Score) -> None:
        """Keep it; one that could not tell is not kept, so that it is asked again."""
        if score.value is not None:
            record = _ScoreRecord(key.item, key.settings, scorer, score.value, key.sample, score.why)
            self._put(key, scorer, record)

    def paid(self, model: str, judging: str) -> Paid:
        """What this judging of the model has come to so far; at least what this run has, where nothing can be kept."""
        with self._turn:
            here, kept = self._paid.get((model, judging), Paid()), self._file(model).paid(judging)
            return here.at_least(kept)

    def pay(self, model: str, judging: str, amount: float = 0.0, took_s: float = 0.0, answers: int = 0) -> None:
        """Add to it."""
        with self._turn, suppress(OSError, ValueError):
            self._paid[model, judging] = self._paid.get((model, judging), Paid()).plus(amount, took_s, answers)
            self._file(model).append(msgspec.json.encode(_PaidRecord(judging, amount, took_s, answers)))

    def _found(self, key: AnswerKey, scorer: str) -> _Record | None:
        with self._turn:
            return self._file(key.model).find(_place(key.item, key.settings, key.sample, scorer))

    def _put(self, key: AnswerKey, scorer: str, record: _Record) -> None:
        with self._turn, suppress(OSError, ValueError):  # ValueError: half a character, which UTF-8 cannot spell
            file = self._file(key.model)
            if file.find(_place(key.item, key.settings, key.sample, scorer)) is None:
                file.append(msgspec.json.encode(record))

    def _file(self, model: str) -> _File:
        if model not in self._files:
            name = hashlib.sha256(model.encode(errors="surrogatepass")).hexdigest()[:32]
            self._files[model] = _File(self._folder / f"{name}.jsonl", model)
        return self._files[model]


class AnswersInMemory:
    """The same for a run that must not write; `beneath` is what it may look into first."""

    def __init__(self, beneath: AnswerStore | None = None) -> None:
        self._beneath = beneath
        self._answers: dict[AnswerKey, ModelAnswer] = {}
        self._scores: dict[tuple[AnswerKey, str], Score] = {}
        self._paid: dict[tuple[str, str], Paid] = {}

    def get(self, key: AnswerKey) -> ModelAnswer | None:
        """See AnswerStore."""
        known = self._beneath.get(key) if self._beneath else None
        return known or self._answers.get(key)

    def put(self, key: AnswerKey, answer: ModelAnswer) -> ModelAnswer:
        """See AnswerStore."""
        return self.get(key) or self._answers.setdefault(key, answer)

    def knows(self, model: str) -> bool:
        """See AnswerStore."""
        return bool(self._beneath and self._beneath.knows(model)) or any(key.model == model for key in self._answers)

    def score(self, key: AnswerKey, scorer: str) -> Score | None:
        """See AnswerStore."""
        known = self._beneath.score(key, scorer) if self._beneath else None
        return known or self._scores.get((key, scorer))

    def put_score(self, key: AnswerKey, scorer: str, score: Score) -> None:
        """See AnswerStore."""
        if score.value is not None and self.score(key, scorer) is None:
            self._scores[key, scorer] = score

    def paid(self, model: str, judging: str) -> Paid:
        """See AnswerStore."""
        before = self._beneath.paid(model, judging) if self._beneath else Paid()
        return before.plus(*self._paid.get((model, judging), Paid()))

    def pay(self, model: str, judging: str, amount: float = 0.0, took_s: float = 0.0, answers: int = 0) -> None:
        """See AnswerStore."""
        self._paid[model, judging] = self._paid.get((model, judging), Paid()).plus(amount, took_s, answers)


class _File:
    """One version's records. Held are their places in it, some hundred bytes for each."""

    def __init__(self, path: Path, model: str) -> None:
        self._path = path
        self._model = model
        self._is: tuple[int, int] | None = None
        self._read = 0
        self._index: dict[bytes, tuple[int, int]] = {}
        self._paid: dict[str, Paid] = {}

    @property
    def is_there(self) -> bool:
        """Whether something was ever kept of it."""
        return self._path.is_file()

    def paid(self, judging: str) -> Paid:
        """The sum of its records, also of those that another run has written by now."""
        with suppress(OSError), self._opened(os.O_RDONLY) as descriptor:
            self._look(descriptor)
        return self._paid.get(judging, Paid())

    def find(self, place: bytes) -> _Record | None:
        """The first record of this place, also one that another run has written by now."""
        with suppress(OSError), self._opened(os.O_RDONLY) as descriptor:
            self._look(descriptor)
            if place not in self._index:
                return None
            found = self._at(descriptor, place)
            if found is None:  # another file with the old one's number
                self._is = None
                self._look(descriptor)
                found = self._at(descriptor, place)
            return found
        return None

    def _at(self, descriptor: int, place: bytes) -> _Record | None:
        start, size = self._index.get(place, (0, 0))
        found = _decoded(os.pread(descriptor, size, start))
        return found if isinstance(found, _Record) and found.place == place else None

    def append(self, record: bytes) -> None:
        """One write, which begins a line: what somebody was cut off at stays apart from it. Raise OSError."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignored_by_git(self._path.parent)
        with self._opened(os.O_WRONLY | os.O_APPEND | os.O_CREAT) as descriptor:
            status = os.fstat(descriptor)
            lines = [record] if status.st_size else [msgspec.json.encode(_ModelRecord(self._model)), record]
            written = b"".join(b"\n" + line + b"\n" for line in lines)
            if stat.S_IMODE(status.st_mode) != 0o600:
                os.fchmod(descriptor, 0o600)
            if status.st_size + len(written) <= ANSWERS.most:
                os.write(descriptor, written)

    @contextmanager
    def _opened(self, flags: int) -> Iterator[int]:
        descriptor = os.open(self._path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("not a regular file")
            yield descriptor
        finally:
            os.close(descriptor)

    def _look(self, descriptor: int) -> None:
        """Learn what stands behind what was read before; all of it where it is another file."""
        status = os.fstat(descriptor)
        one = (status.st_dev, status.st_ino)
        if one != self._is or status.st_size < self._read:
            self._is, self._read, self._index, self._paid = one, 0, {}, {}
        if status.st_size == self._read:
            return
        for start, line in _lines(descriptor, self._read, min(status.st_size, ANSWERS.most)):
            record = _decoded(line)
            if isinstance(record, _PaidRecord):
                known = self._paid.get(record.judging, Paid())
                self._paid[record.judging] = known.plus(record.amount, record.took_s, record.answers)
            elif record is not None:
                self._index.setdefault(record.place, (start, len(line)))
            self._read = start + len(line)


def _lines(descriptor: int, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Each whole line with its place. One that has no end yet is left to the next look; a huge one is passed over."""
    with open(os.dup(descriptor), "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        file.seek(start)
        while start < stop:
            line = file.readline(min(ANSWER.most, stop - start))
            if not line.endswith(b"\n") and len(line) < ANSWER.most:
                return
            yield start, line
            start += len(line)


def _decoded(line: bytes) -> _Record | _PaidRecord | None:
    try:
        found = _RECORD.decode(line)
    except (ValueError, RecursionError):  # ValueError: msgspec's own, and bytes that are no UTF-8
        return None
    return None if isinstance(found, _ModelRecord) else found


def _place(item: str, settings: str, sample: int, scorer: str) -> bytes:
    """Which record it is, in 16 bytes."""
    key = "\0".join((item, settings, str(sample), scorer))
    return hashlib.blake2b(key.encode(errors="surrogatepass"), digest_size=16).digest()
