"""Every mistake that a file can hold: where it is found, what is said, and that nothing is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.files.cases import Case, cases, said, write_cases

CASES = cases()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.topic}: {case.name}")
def test_what_is_said_about_files(case: Case, folder: Path, request: pytest.FixtureRequest) -> None:
    loaded = case.load(folder)

    if request.config.getoption("--update-golden"):
        case.says = said(loaded.diagnostics)
        write_cases([c for c in CASES if c.topic == case.topic])
    assert said(loaded.diagnostics) == case.says
    assert (loaded.desired is None) is any(d.is_error for d in loaded.diagnostics)
