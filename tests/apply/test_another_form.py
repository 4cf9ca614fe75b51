"""Data of another form while something is under way: nothing is uploaded twice under one name, nothing trains twice."""

from __future__ import annotations

from dataclasses import replace as with_fields
from pathlib import Path

from reconciler.core import events as ev
from reconciler.core.model import Data
from tests.fakes.specs import a_file, a_spec
from tests.fakes.stage import NO_WAIT, Stage

_LEARNT = "rows1:" + "a" * 64


def _file(form: str) -> Data:
    return with_fields(a_file(form), content=_LEARNT)


def _interrupted(tmp_path: Path) -> Stage:
    """A create that was sent and whose answer was lost, before the file took another form."""
    stage = Stage(tmp_path, [a_spec(data=_file("unix"))])
    stage.cloud.fail("create", "lost")
    stage.apply(NO_WAIT)
    stage.specs = [a_spec(data=_file("windows"))]
    return stage


def test_an_interrupted_create_is_finished_from_another_form_of_its_data(tmp_path: Path) -> None:
    stage = _interrupted(tmp_path)

    told = stage.apply()

    assert told.error is None
    assert "RUN019" not in told.codes
    assert stage.roles() == {"1": "serving"}
    assert not told.of(ev.Uploaded)


def test_an_upload_that_is_gone_is_said_before_the_create_is_repeated(tmp_path: Path) -> None:
    stage = _interrupted(tmp_path)
    stage.cloud.objects.clear()

    told = stage.apply(NO_WAIT)

    assert "RUN019" in told.codes
