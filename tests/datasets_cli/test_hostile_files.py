"""What nobody would train on ends with a verdict or a message, never with a trace, a wait or a stray file."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.datasets_cli.conftest import Project, row, rows


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _empty(path: Path) -> None:
    path.touch()


def _cut_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(rows(100).encode())[:-20])


def _binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 64)


def _utf_16(path: Path) -> None:
    path.write_bytes(rows(5).encode("utf-16"))


def _deep(path: Path) -> None:
    path.write_text("[" * 10_000 + "]" * 10_000 + "\n", encoding="utf-8")


def _one_long_line(path: Path) -> None:
    path.write_text("x" * 5_000_000, encoding="utf-8")


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


HOSTILE: list[Callable[[Path], None]] = [
    _folder,
    _pipe,
    _empty,
    _cut_gzip,
    _binary,
    _utf_16,
    _deep,
    _one_long_line,
    _dangling,
    _loop,
]
every_hostile_file = pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__.strip("_"))


@every_hostile_file
def test_check_says_why(project: Project, make: Callable[[Path], None]) -> None:
    make(project.folder / "bad.jsonl")

    shown = project.run("dataset check bad.jsonl")

    assert shown.code == 1
    assert "error DATA" in shown.out
    assert len(shown.text) < 20_000


@every_hostile_file
@pytest.mark.parametrize(
    "command",
    [
        "stats bad.jsonl",
        "stats bad.jsonl --format json --show-examples",
        "stats bad.jsonl --format json",
        "convert bad.jsonl --out o.jsonl",
        "convert bad.jsonl --map question=a --map answer=b --out o.jsonl",
        "split bad.jsonl",
        "split bad.jsonl --test 0.2 --stratify a",
        "split bad.jsonl --by line --stratify off",
    ],
)
def test_the_other_commands_end_as_well(project: Project, make: Callable[[Path], None], command: str) -> None:
    make(project.folder / "bad.jsonl")

    shown = project.run(f"dataset {command}")

    assert shown.code in (0, 1, 64)
    assert "BUG" not in shown.text
    assert not list(project.folder.glob("*.partial"))


@every_hostile_file
def test_a_plan_ends_before_the_cloud_is_looked_at(project: Project, make: Callable[[Path], None]) -> None:
    make(project.folder / "specs/data/bad.jsonl")
    project.model(data="data/bad.jsonl")

    shown = project.run("plan")

    assert shown.code == 1
    assert "error " in shown.text
    assert "BUG" not in shown.text


@pytest.mark.parametrize("command", ["check", "stats", "convert"])
def test_objects_are_read_by_every_command(project: Project, command: str) -> None:
    uri = project.upload("acme-tuning/good.jsonl", rows(30))

    shown = project.run(f"dataset {command} {uri}")

    assert shown.code == 0, shown.text
    assert "30" in shown.text


def test_an_object_can_be_split_into_local_files(project: Project) -> None:
    uri = project.upload("acme-tuning/good.jsonl", rows(30))

    shown = project.run(f"dataset split {uri}")

    assert shown.code == 0, shown.text
    assert Path("good.train.jsonl").exists()


def test_a_target_that_cannot_be_written_is_told_and_leaves_nothing(project: Project) -> None:
    project.write("a.jsonl", row("a", "b"))
    project.write("file", "no folder")

    shown = project.run("dataset convert a.jsonl --out file/o.jsonl")

    assert shown.code == 1
    assert "RUN016" in shown.text
    assert (project.folder / "file").read_text(encoding="utf-8") == "no folder"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("big.csv", "question,answer\nq,{}\nq,a\n"),
        ("big.tsv", "question\tanswer\nq\t{}\nq\ta\n"),
        ("big.jsonl", '{{"question": "q", "answer": "{}"}}\n{{"question": "q", "answer": "a"}}\n'),
        ("big.json", '[{{"question": "q", "answer": "{}"}},\n{{"question": "q", "answer": "a"}}]'),
    ],
)
def test_a_cell_that_is_too_long_is_told_with_its_line(project: Project, name: str, text: str) -> None:
    project.write(name, text.format("x" * (9 << 20)))

    shown = project.run(f"dataset convert {name} --out o.jsonl")

    assert shown.code == 1
    assert "not converted: Line too long to be an example" in shown.err
    assert len(shown.err) < 1_000
