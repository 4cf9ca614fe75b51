"""Which files are read, and what becomes of those that cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.core.diagnostics import Diagnostic
from reconciler.files.sources import UnreadableFileError, read_source, spec_files
from reconciler.files.specs import load
from tests.files.cases import DEFAULTS

TEXT = "apiVersion: tuneform.dev/v1\nkind: GeminiTunedModel\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    return tmp_path


def found(folder: str = "specs") -> list[str]:
    return [file for file in spec_files(folder) if isinstance(file, str)]


def refused(folder: str = "specs") -> list[Diagnostic]:
    return [file for file in spec_files(folder) if isinstance(file, Diagnostic)]


def test_yaml_files_are_found_at_any_depth_in_order(folder: Path) -> None:
    for name in ("b.yaml", "a.yml", "deep/er/c.yaml", "notes.txt", "data/d.jsonl", ".hidden.yaml", ".git/e.yaml"):
        (folder / "specs" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "specs" / name).touch()

    assert found() == ["specs/a.yml", "specs/b.yaml", "specs/deep/er/c.yaml"]


def test_links_that_lead_in_circles_are_followed_once(folder: Path) -> None:
    (folder / "shared").mkdir()
    (folder / "shared" / "s.yaml").touch()
    (folder / "specs" / "again").symlink_to(folder / "specs")
    (folder / "specs" / "link").symlink_to(folder / "shared")
    (folder / "shared" / "back").symlink_to(folder / "specs" / "link")

    assert found() == ["specs/link/s.yaml"]


def test_a_file_under_two_names_is_two_specs(folder: Path) -> None:
    (folder / "specs" / "a.yaml").write_text(TEXT + "metadata: {name: a}\n", encoding="utf-8")
    (folder / "specs" / "b.yaml").symlink_to("a.yaml")

    mistakes = load(defaults=DEFAULTS).diagnostics

    assert [(m.code, m.where and m.where.path) for m in mistakes if m.code == "SPEC040"] == [
        ("SPEC040", "specs/b.yaml")
    ]


def test_a_link_to_nothing_ends_the_run(folder: Path) -> None:
    (folder / "specs" / "a.yaml").symlink_to("gone.yaml")

    loaded = load(defaults=DEFAULTS)

    assert loaded.desired is None
    assert [(m.code, str(m.where)) for m in loaded.diagnostics] == [("SPEC001", "specs/a.yaml")]


def test_a_link_to_itself_ends_the_run(folder: Path) -> None:
    (folder / "specs" / "a.yaml").symlink_to("a.yaml")

    assert [m.code for m in load(defaults=DEFAULTS).diagnostics] == ["SPEC001"]


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["a pipe", "a folder"])
def test_what_is_no_file_is_refused_and_never_waited_for(make: object, folder: Path) -> None:
    assert callable(make)
    make(folder / "a.yaml")

    with pytest.raises(UnreadableFileError) as refusal:
        read_source("a.yaml")

    assert refusal.value.diagnostic.code == "SPEC001"


def test_a_pipe_as_training_data_is_refused_and_never_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "specs" / "train.csv")
    text = f"{TEXT}metadata: {{name: a}}\nspec:\n  baseModel: models/m\n  tuneform: {{dataFile: train.csv}}\n"
    (folder / "specs" / "a.yaml").write_text(text, encoding="utf-8")

    assert [(m.code, str(m.where)) for m in load(defaults=DEFAULTS).diagnostics] == [("SPEC052", "specs/a.yaml:6:24")]


def test_training_data_behind_a_link_to_the_outside_is_refused(folder: Path) -> None:
    outside = folder / "outside"
    inside = folder / "inside"
    (inside / "specs").mkdir(parents=True)
    outside.mkdir()
    (outside / "secrets.csv").touch()
    (inside / "specs" / "data").symlink_to(outside)
    text = f"{TEXT}metadata: {{name: a}}\nspec:\n  baseModel: models/m\n  tuneform: {{dataFile: data/secrets.csv}}\n"
    (inside / "specs" / "a.yaml").write_text(text, encoding="utf-8")

    assert [m.code for m in load("inside", defaults=DEFAULTS).diagnostics] == ["SPEC051"]
    assert load(".", files=["inside/specs/a.yaml"], defaults=DEFAULTS).diagnostics == []


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_what_may_not_be_read_ends_the_run(folder: Path) -> None:
    (folder / "specs" / "a.yaml").touch(mode=0o000)
    (folder / "specs" / "closed").mkdir(mode=0o000)

    assert [m.code for m in load(defaults=DEFAULTS).diagnostics] == ["SPEC001", "SPEC001"]


def test_a_folder_that_cannot_be_listed_ends_the_run(folder: Path) -> None:
    (folder / "file.yaml").touch()

    assert [m.code for m in refused("file.yaml")] == ["SPEC001"]


def test_settings_that_cannot_be_read_end_the_run(folder: Path) -> None:
    (folder / "tuneform.yaml").mkdir()

    loaded = load(defaults=DEFAULTS)

    assert loaded.desired is None
    assert [(m.code, str(m.where)) for m in loaded.diagnostics] == [("SPEC001", "tuneform.yaml")]


def test_a_substituted_pipe_is_read_like_standard_input(folder: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"apiVersion: v1\nkind: ConfigMap\n")
    os.close(writing)

    loaded = load(files=[f"/dev/fd/{reading}"], defaults=DEFAULTS)

    os.close(reading)
    assert (loaded.diagnostics, loaded.skipped) == ([], 1)
