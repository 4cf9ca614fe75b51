"""`status` of what is approved and has no training yet."""

from __future__ import annotations

from pathlib import Path

from reconciler.core.settings import Limits
from reconciler.workflow.status_rows import status_of
from tests.fakes.specs import a_spec
from tests.fakes.stage import NO_WAIT, Stage


def test_what_waits_for_a_place_is_queued_in_words_that_people_know(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec("one"), a_spec("two")], limits=Limits(concurrent_jobs=1))
    stage.apply(NO_WAIT)

    rows = {str(row.address): row for row in status_of(stage.world(), stage.desired)}

    assert rows["vertex/two"].state == "queued"
    assert rows["vertex/two"].note == "approved (create) and not submitted yet."
    assert rows["vertex/one"].state != "queued"
