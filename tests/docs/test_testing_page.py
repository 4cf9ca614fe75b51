"""docs/how-to/testing-with-the-emulator.md: its tests are somebody's tests, and pass."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from reconciler.emulator.scripting import read_script
from tests.docs.page import blocks_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/testing-with-the-emulator.md").read_text(encoding="utf-8")
FILES = {b.path: "\n".join((*b.lines, "")) for b in blocks_of(PAGE) if b.kind == "python" and b.path}


@pytest.mark.slow
def test_the_tests_of_the_page_pass(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in FILES.items():
        pytester.path.joinpath(name).write_text(text, encoding="utf-8")
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT) + os.pathsep + os.environ.get("PYTHONPATH", ""))

    ended = pytester.runpytest_subprocess(
        "-p", "reconciler.emulator.pytest_plugin", "--strict-markers", "-q", "-W", "error"
    )

    ended.assert_outcomes(passed=sum(len(re.findall(r"^ *def test_", text, re.MULTILINE)) for text in FILES.values()))


def test_the_page_has_tests() -> None:
    assert len(FILES) == 4


def test_the_page_scripts_what_can_be_scripted() -> None:
    """The bodies that it sends with curl."""
    bodies = re.findall(r"curl -d '(\{.*\})' \S+/_emulator/scripts", PAGE)

    assert len(bodies) == 2
    for body in bodies:
        read_script(json.loads(body))
