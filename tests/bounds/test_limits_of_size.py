"""What is read whole is measured before it is parsed, wherever it comes from: one byte over its limit is refused."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core import exits
from reconciler.core.sizes import MIB
from reconciler.files.bounds import HEAD_BYTES, JOURNAL, LOCK, PLAN, PROMPT, SPECS, TextLimit
from reconciler.files.unread import judge_file
from tests.security.repository import planted, typed


class Endless(io.RawIOBase):
    """Standard input that never ends; it fails where more is asked of it than the limit and one byte."""

    def __init__(self, most: int, unit: bytes = b"#\n") -> None:
        super().__init__()
        self.left = most + 1
        self._unit = unit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        assert self.left, "it was read beyond its limit"
        size = min(len(buffer), self.left)
        buffer[:size] = (self._unit * (size // len(self._unit) + 1))[:size]
        self.left -= size
        return size


class _Reader(io.BufferedReader):
    """Reads no further ahead than it is asked to."""

    def read1(self, size: int = -1, /) -> bytes:
        return self.raw.read(size) or b""


def pipe_in(monkeypatch: pytest.MonkeyPatch, raw: io.RawIOBase) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(_Reader(raw), encoding="utf-8"))


def piped_bytes(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def make_large(path: str, bound: TextLimit, more: int = 1) -> None:
    """A file with holes: it takes no room."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch()
    os.truncate(path, bound.mib * MIB + more)


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[None]:
    with planted(tmp_path):
        yield


FILES: dict[str, tuple[str, TextLimit, tuple[str, ...], str]] = {
    "a file of specs": ("specs/large.yaml", SPECS, ("validate",), "SPEC001"),
    "a file that is named": ("large.yaml", SPECS, ("validate", "-f", "large.yaml"), "SPEC001"),
    "the file of the workspace": ("tuneform.yaml", SPECS, ("validate",), "SPEC001"),
    "the lock": (".tuneform/emulator.lock", LOCK, ("plan", "--emulator"), "LOCK001"),
    "the journal": (".tuneform/emulator.lock.journal", JOURNAL, ("plan", "--emulator"), "LOCK008"),
    "a lock to merge": ("theirs.lock", LOCK, ("lock", "merge", "theirs.lock", "--emulator"), "LOCK001"),
    "a saved plan": ("plan.json", PLAN, ("apply", "plan.json", "--emulator"), "PLAN112"),
}


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(("path", "bound", "words", "code"), FILES.values(), ids=list(FILES))
def test_a_file_over_its_limit_is_refused_with_the_limit_and_what_raises_it(
    path: str, bound: TextLimit, words: tuple[str, ...], code: str
) -> None:
    make_large(path, bound)

    seen = typed(*words)

    assert seen.code == exits.FAILED
    shown = " ".join((seen.out + seen.err).split())
    assert code in shown
    assert f"It is larger than {bound.mib} MiB, which is the limit." in shown
    assert f"set TUNEFORM_MAX_MIB to a number of MiB above {bound.mib}" in shown


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(("path", "bound", "words", "code"), FILES.values(), ids=list(FILES))
def test_the_variable_raises_every_limit(
    path: str, bound: TextLimit, words: tuple[str, ...], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del code
    monkeypatch.setenv("TUNEFORM_MAX_MIB", str(bound.mib + 1))
    monkeypatch.setattr("reconciler.files.bounds.MIB", MIB // 256)
    make_large(path, TextLimit(0), bound.mib * MIB // 256 + 1)

    seen = typed(*words)

    assert "is the limit" not in seen.out + seen.err
    assert seen.code != exits.BUG


@pytest.mark.usefixtures("repository")
def test_standard_input_is_read_up_to_its_limit_and_one_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = Endless(SPECS.most)
    pipe_in(monkeypatch, endless)

    seen = typed("validate", "-f", "-")

    assert (seen.code, endless.left) == (exits.FAILED, 0)
    assert "<stdin>: error SPEC001: File cannot be read" in seen.out + seen.err
    assert "larger than 16 MiB" in seen.out + seen.err


@pytest.mark.usefixtures("repository")
def test_a_prompt_that_is_piped_in_is_read_up_to_its_limit_and_one_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = Endless(PROMPT.most)
    pipe_in(monkeypatch, endless)

    seen = typed("prompt", "vertex/support", "-", "--emulator")

    assert (seen.code, endless.left) == (exits.FAILED, 0)
    assert "RUN036" in seen.err
    assert "larger than 16 MiB" in seen.err


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("data", [b"name: caf\xe9\n", b"\xff\xfea\0", b"a: \xc3", b"\xed\xa0\x80"])
def test_specs_from_standard_input_that_are_no_utf_8_are_a_message_with_a_place(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped_bytes(monkeypatch, data)

    seen = typed("validate", "-f", "-")

    assert seen.code == exits.FAILED
    assert re.search(r"<stdin>:1:\d+: error SPEC002: Not plain UTF-8 text", seen.out + seen.err)


@pytest.mark.usefixtures("repository")
def test_a_prompt_that_is_no_utf_8_is_a_message_with_its_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    piped_bytes(monkeypatch, "Grüße".encode("latin-1"))

    seen = typed("prompt", "vertex/support", "-", "--emulator")

    assert seen.code == exits.FAILED
    assert "Byte 3, 0xfc, is not part of UTF-8 text." in seen.err


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("value", ["many", "-1", "1.5", "1e3", "٣", "99999999999", "2000000"])
def test_a_limit_that_is_no_number_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEFORM_MAX_MIB", value)

    seen = typed("validate")

    assert seen.code == exits.FAILED
    assert "RUN037" in seen.out + seen.err


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("words", [("lock", "merge", "PIPE", "--emulator"), ("apply", "PIPE", "--emulator")])
def test_a_pipe_that_a_person_names_is_read_and_bounded(words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    thread = threading.Thread(target=_fill, args=(writing, PLAN.most + MIB))
    thread.start()

    seen = typed(*(f"/dev/fd/{reading}" if word == "PIPE" else word for word in words))
    os.close(reading)
    thread.join()

    assert seen.code == exits.FAILED
    assert "which is the limit" in seen.err


def _fill(descriptor: int, size: int) -> None:
    try:
        for _ in range(size // MIB):
            os.write(descriptor, b" " * MIB)
    except BrokenPipeError:
        pass
    finally:
        os.close(descriptor)


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("words", [("lock", "merge"), ("apply",)])
@pytest.mark.parametrize("place", ["/dev/zero", "specs"])
def test_a_device_or_a_folder_is_no_lock_and_no_plan(words: tuple[str, ...], place: str) -> None:
    seen = typed(*words, place, "--emulator")

    assert seen.code == exits.FAILED
    assert ("It is not a regular file" if place == "/dev/zero" else "Is a directory") in seen.err


def test_of_a_file_that_is_not_read_the_beginning_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml.bak"
    path.write_bytes(b"apiVersion: tuneform.dev/v1\n" + b"#" * HEAD_BYTES)
    os.truncate(path, 2**40)

    found = judge_file(str(path))

    assert found is not None


@pytest.mark.parametrize("tail", [b"", b"x", b"x" * 200_000])
@pytest.mark.parametrize("lines", [0, 1, 3])
def test_a_torn_end_of_the_journal_is_cut_off_whatever_its_length(tmp_path: Path, lines: int, tail: bytes) -> None:
    from reconciler.files.journal import Journal, header_line

    path = tmp_path / "a.lock.journal"
    whole = b'{"address":"","header":{}}\n' * lines
    path.write_bytes(whole + tail)

    journal = Journal(path)
    journal.append([header_line({"workspace": "w"})])

    assert path.read_bytes().startswith(whole + b'{"address":"","header":{"workspace":"w"}')
    assert len(journal.read()) == lines + 1
