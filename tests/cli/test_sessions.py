"""Every file in sessions/ is a session that must go as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.session import folder_for, replay

SESSIONS = sorted((Path(__file__).parent / "sessions").glob("*.txt"))


@pytest.mark.parametrize("path", SESSIONS, ids=lambda p: p.stem.replace("-", " "))
def test_the_session_goes_as_written(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    written = path.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    monkeypatch.setenv("USER", "sam")
    for name in ("TUNEFORM_EMULATOR", "NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    folder_for(written, tmp_path)

    shown = replay(written)

    if pytestconfig.getoption("--update-golden"):
        path.write_text(shown, encoding="utf-8")
        return
    assert shown == written


def test_there_are_sessions() -> None:
    assert len(SESSIONS) >= 15
