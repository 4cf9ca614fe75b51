"""Paths in specs stay in the workspace; what is written is written whole, and is private where it should be."""

from __future__ import annotations

import json
import os
import stat
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from tests.security.repository import planted, typed

_SPEC = Path("specs/router.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A repository with a secret beside it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.jsonl").write_text("{}\n", encoding="utf-8")
    (tmp_path / "inside").mkdir()
    with planted(tmp_path / "inside") as ready:
        yield ready


def _data_is(path: str) -> None:
    text = _SPEC.read_text(encoding="utf-8")
    _SPEC.write_text(text.replace("data/train.jsonl", json.dumps(path)), encoding="utf-8")


_AWAY = [
    "../../outside/secret.jsonl",
    "data/../../../outside/secret.jsonl",
    "./././../../outside/secret.jsonl",
    "/etc/passwd",
    "//etc/passwd",
    "~/secret.jsonl",
    "file:///etc/passwd",
    "data/train.jsonl/../../../../outside/secret.jsonl",
    "..\\..\\outside\\secret.jsonl",
    "data//..//..//..//outside/secret.jsonl",
    "/proc/self/environ",
    "/dev/stdin",
    "data/train.jsonl\x00.txt",
    "link/secret.jsonl",
    "link.jsonl",
    "chain.jsonl",
    "loop.jsonl",
    "",
    ".",
    "..",
    "gs://bucket",
    "gs://bucket/../x/..",
]


@pytest.mark.parametrize("path", _AWAY)
@pytest.mark.parametrize("command", ["validate", "plan"])
def test_training_data_outside_the_workspace_is_refused(folder: Path, path: str, command: str) -> None:
    specs = folder / "specs"
    (specs / "link").symlink_to(folder.parent / "outside")
    (specs / "link.jsonl").symlink_to("../../outside/secret.jsonl")
    (specs / "middle.jsonl").symlink_to("link.jsonl")
    (specs / "chain.jsonl").symlink_to("middle.jsonl")
    (specs / "loop.jsonl").symlink_to("loop.jsonl")
    _data_is(path)

    seen = typed(command, "--emulator")

    if path == "gs://bucket/../x/..":  # a name as good as any other: Cloud Storage has no folders
        assert seen.code in (0, 1)
        return
    assert seen.code == 1
    assert "specs/router.yaml" in seen.out + seen.err


def test_a_link_within_the_workspace_may_be_used(folder: Path) -> None:
    (folder / "specs/link.jsonl").symlink_to("data/train.jsonl")
    _data_is("link.jsonl")

    assert typed("validate").code == 0


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_in_the_other_normal_form_is_not_taken_for_the_same(folder: Path, form: Literal["NFC", "NFD"]) -> None:
    name = unicodedata.normalize("NFC" if form == "NFD" else "NFD", "données.jsonl")
    (folder / "specs" / name).write_bytes(Path("specs/data/train.jsonl").read_bytes())
    _data_is(unicodedata.normalize(form, "données.jsonl"))

    seen = typed("validate")

    assert seen.code in (0, 1)  # one file system tells the forms apart, another does not
    assert "Traceback" not in seen.err


def test_a_folder_that_becomes_a_link_to_another_place_after_planning_uploads_nothing(folder: Path) -> None:
    assert typed("plan", "--emulator", "--out", "plan.json").code == 0
    (folder / "specs/data").rename(folder / "specs/kept")
    (folder / "specs/data").symlink_to(folder.parent / "outside")
    (folder.parent / "outside/train.jsonl").write_bytes(Path("specs/kept/train.jsonl").read_bytes())

    seen = typed("apply", "plan.json", "--emulator")

    assert seen.code == 1
    assert "SPEC051" in seen.err


_SAVES: dict[str, list[str]] = {
    "--out": ["plan", "--emulator", "--out"],
    "--json-into": ["plan", "--emulator", "--json-into"],
}


@pytest.mark.parametrize("option", _SAVES)
def test_a_file_is_replaced_whole_and_keeps_its_mode_and_its_link(folder: Path, option: str) -> None:
    typed("plan", "--emulator", "--out", "real.json")
    Path("real.json").chmod(0o640)
    Path("link.json").symlink_to("real.json")
    inode = Path("real.json").stat().st_ino

    seen = typed(*_SAVES[option], "link.json")

    assert seen.code == 0
    assert Path("link.json").is_symlink()
    assert json.loads(Path("real.json").read_text(encoding="utf-8"))["checksum"]
    assert Path("real.json").stat().st_ino != inode
    assert stat.S_IMODE(Path("real.json").stat().st_mode) == 0o640


@pytest.mark.parametrize("option", _SAVES)
def test_a_save_that_fails_leaves_the_file_as_it_was(
    folder: Path, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed("plan", "--emulator", "--out", "plan.json")
    before = Path("plan.json").read_text(encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fchmod", full)
    seen = typed(*_SAVES[option], "plan.json")

    assert seen.code == 1
    assert Path("plan.json").read_text(encoding="utf-8") == before
    assert sorted(p.name for p in folder.glob(".tuneform-*")) == []


def test_a_link_to_a_device_is_not_written_through(folder: Path) -> None:
    Path("trap.json").symlink_to("/dev/full")

    seen = typed("plan", "--emulator", "--out", "trap.json")

    assert seen.code == 1
    assert "link" in seen.err


def _fifo(path: Path) -> None:
    os.mkfifo(path)


_TRAPS: dict[str, Callable[[Path], None]] = {
    "a pipe": _fifo,
    "a folder": Path.mkdir,
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link into nothing": lambda path: path.symlink_to("no/such/folder/lock"),
    "a device": lambda path: path.symlink_to("/dev/null"),
}


@pytest.mark.parametrize("trap", _TRAPS)
@pytest.mark.parametrize("name", ["x.lock", "x.lock.journal"])
@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.timeout(60)
def test_a_lock_that_is_no_file_ends_the_run_with_words(folder: Path, trap: str, name: str, command: str) -> None:
    Path(".tuneform").mkdir()
    _TRAPS[trap](Path(name))

    seen = typed(command, "--emulator", "--lock", "x.lock", *(["--yes"] if command == "apply" else []))

    assert seen.code in (0, 1)
    assert "BUG" not in seen.err
    if seen.code == 1:
        assert "LOCK" in seen.err


def test_a_lock_that_is_a_link_stays_one(folder: Path) -> None:
    Path("real").mkdir()
    Path("real/x.lock").write_text('{"version": 1}\n', encoding="utf-8")
    Path("x.lock").symlink_to("real/x.lock")

    assert typed("apply", "--yes", "--emulator", "--lock", "x.lock").code == 0

    assert Path("x.lock").is_symlink()
    assert "vertex/router" in json.loads(Path("real/x.lock").read_text(encoding="utf-8"))["entries"]


def test_what_is_private_is_for_the_owner_alone_and_the_lock_keeps_its_mode(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.files.data_cache.SETTLED_S", -60.0)
    kept = os.umask(0o022)
    try:
        typed("apply", "--yes", "--emulator", "--lock", "x.lock", "--no-wait")
        Path("x.lock").chmod(0o660)
        Path("specs/letters.yaml").unlink()
        typed("apply", "--yes", "--emulator", "--lock", "x.lock")
    finally:
        os.umask(kept)

    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.rglob("*") if p.is_file()}
    cached = [mode for name, mode in modes.items() if len(name) == 69]
    assert modes["x.lock"] == 0o660
    assert modes["x.lock.hold"] == 0o600
    assert cached
    assert set(cached) == {0o600}


def test_a_journal_is_for_the_owner_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def looked(_self: object) -> None:
        seen.append(stat.S_IMODE(Path("x.lock.journal").stat().st_mode))

    monkeypatch.setattr("reconciler.files.journal.Journal.remove", looked)
    typed("apply", "--yes", "--emulator", "--lock", "x.lock")

    assert set(seen) == {0o600}
