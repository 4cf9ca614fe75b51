"""The cache of what was learnt of local files: a shortcut that is taken only where nothing can have changed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.files.data_cache import SETTLED_S, DataCache

LATER_S = SETTLED_S + 60


class Reader:
    """Learns a file's text, and counts how often it had to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return self.path.read_text(encoding="utf-8")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    path.write_text("first", encoding="utf-8")
    return path


def _cache(tmp_path: Path, now: Callable[[], float] | None = None) -> DataCache:
    return DataCache(tmp_path / "cache", now or (lambda: time.time() + LATER_S))


def _through(cache: DataCache, reader: Reader, purpose: str = "rules") -> str:
    return cache.through([str(reader.path)], purpose, str, reader)


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, file: Path) -> None:
    reader = Reader(file)

    told = [_through(_cache(tmp_path), reader) for _ in range(3)]

    assert told == ["first"] * 3
    assert reader.times == 1


def _other_bytes(file: Path) -> None:
    file.write_text("other", encoding="utf-8")


def _other_bytes_with_the_old_time(file: Path) -> None:
    before = file.stat()
    file.write_text("other", encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _another_file_in_its_place(file: Path) -> None:
    before = file.stat()
    new = file.with_name("new")
    new.write_text("other", encoding="utf-8")
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.replace(file)


@pytest.mark.parametrize("change", [_other_bytes, _other_bytes_with_the_old_time, _another_file_in_its_place])
def test_a_changed_file_is_read_again_however_it_changed(
    tmp_path: Path, file: Path, change: Callable[[Path], None]
) -> None:
    _through(_cache(tmp_path), Reader(file))

    change(file)

    assert _through(_cache(tmp_path), Reader(file)) == "other"


@pytest.mark.parametrize("purpose", ["rules", "other rules"])
def test_each_purpose_has_its_own_value(tmp_path: Path, file: Path, purpose: str) -> None:
    _through(_cache(tmp_path), Reader(file), "rules")
    reader = Reader(file)

    _through(_cache(tmp_path), reader, purpose)

    assert reader.times == (0 if purpose == "rules" else 1)


def test_a_file_that_was_just_written_is_not_remembered(tmp_path: Path, file: Path) -> None:
    now = file.stat().st_mtime + SETTLED_S / 2
    reader = Reader(file)

    for _ in range(2):
        _through(_cache(tmp_path, lambda: now), reader)

    assert reader.times == 2


def test_a_file_from_the_future_is_not_remembered(tmp_path: Path, file: Path) -> None:
    os.utime(file, (0, time.time() + 10 * LATER_S))
    reader = Reader(file)

    for _ in range(2):
        _through(_cache(tmp_path), reader)

    assert reader.times == 2


def test_a_file_that_changes_while_it_is_read_is_not_remembered(tmp_path: Path, file: Path) -> None:
    def read_and_change() -> str:
        text = file.read_text(encoding="utf-8")
        file.write_text(text + "!", encoding="utf-8")
        return text

    first = _cache(tmp_path).through([str(file)], "rules", str, read_and_change)

    assert first == "first"
    assert _through(_cache(tmp_path), Reader(file)) == "first!"


def test_a_value_that_does_not_last_is_not_remembered(tmp_path: Path, file: Path) -> None:
    reader = Reader(file)

    for _ in range(2):
        _cache(tmp_path).through([str(file)], "rules", str, reader, lambda _: False)

    assert reader.times == 2


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"stamps": 1}', b"\xff", b'{"stamps": [], "value": "lie"}'])
def test_a_broken_cache_is_no_cache(tmp_path: Path, file: Path, damage: bytes) -> None:
    _through(_cache(tmp_path), Reader(file))
    (entry,) = (tmp_path / "cache").glob("*.json")
    entry.write_bytes(damage)

    assert _through(_cache(tmp_path), Reader(file)) == "first"


def test_a_cache_of_another_kind_of_value_is_no_cache(tmp_path: Path, file: Path) -> None:
    _through(_cache(tmp_path), Reader(file))

    assert _cache(tmp_path).through([str(file)], "rules", int, lambda: 7) == 7


def test_where_nothing_can_be_written_files_are_read(tmp_path: Path, file: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")

    assert _through(_cache(tmp_path), Reader(file)) == "first"


def test_what_is_no_regular_file_is_left_to_whoever_reads_it(tmp_path: Path) -> None:
    assert _cache(tmp_path).through([str(tmp_path)], "rules", str, lambda: "a folder") == "a folder"
    assert _cache(tmp_path).through([str(tmp_path / "none")], "rules", str, lambda: "absent") == "absent"
    assert not (tmp_path / "cache").exists()


def test_several_files_count_together(tmp_path: Path, file: Path) -> None:
    other = tmp_path / "validation.jsonl"
    other.write_text("x", encoding="utf-8")

    def both() -> str:
        return file.read_text(encoding="utf-8") + other.read_text(encoding="utf-8")

    first = _cache(tmp_path).through([str(file), str(other)], "together", str, both)
    other.write_text("y", encoding="utf-8")
    second = _cache(tmp_path).through([str(file), str(other)], "together", str, both)

    assert (first, second) == ("firstx", "firsty")


def test_runs_at_the_same_time_do_not_spoil_it(tmp_path: Path, file: Path) -> None:
    told: list[str] = []

    def run() -> None:
        told.extend(_through(_cache(tmp_path), Reader(file)) for _ in range(50))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert told == ["first"] * 200
    assert [p.suffix for p in (tmp_path / "cache").glob("[!.]*")] == [".json"]


def test_git_does_not_see_it(tmp_path: Path, file: Path) -> None:
    _through(_cache(tmp_path), Reader(file))

    assert (tmp_path / "cache" / ".gitignore").read_text(encoding="utf-8") == "*\n"
