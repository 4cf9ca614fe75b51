"""What the service left out of a training: counted in the lock, told by line, refused above a share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.datasets_cli.conftest import Project, row, rows

TOO_LONG = "x" * (4 * 131_072)
"""More than the emulator's 131,072 tokens of four characters."""
WORKSPACE = "  catalog: historic\n"


@pytest.fixture
def dropping(project: Project) -> Project:
    """Forty examples, of which the third and the thirtieth are too long. A blank line is no example."""
    lines = rows(40).splitlines(keepends=True)
    lines[2], lines[29] = row(TOO_LONG, "billing"), row(TOO_LONG + "y", "bug")
    project.write("specs/data/train.jsonl", "".join([*lines[:10], "\n", *lines[10:]]))
    project.model()
    return project


def test_dropped_examples_are_told_by_line_with_the_services_reason(dropping: Project) -> None:
    shown = dropping.run("apply --yes")

    assert shown.code == 0, shown.text
    assert "RUN021" in shown.text
    assert "2 examples (5.0 % of 40) of specs/data/train.jsonl: line 3" in shown.text
    assert "line 31" in shown.text
    assert "the limit is 131072" in shown.text


def test_the_lock_has_counts_and_reasons_and_no_text(dropping: Project) -> None:
    dropping.run("apply --yes")

    dropped = dropping.trainings()["1"]["dropped"]
    assert (dropped["count"], dropped["total"], dropped["examples"]) == (2, 40, [3, 30])
    assert len(dropped["reasons"]) == 2
    assert "xxxx" not in json.dumps(dropping.trainings())


def test_show_and_status_say_so_later(dropping: Project) -> None:
    dropping.run("apply --yes")

    assert "2 examples" in dropping.run("show vertex/router").out
    assert "2 examples (5.0 % of 40)" in dropping.run("status").out.replace("\n", " ")


def test_of_a_file_that_changed_since_only_the_examples_are_named(dropping: Project) -> None:
    dropping.run("apply --yes")
    dropping.write("specs/data/train.jsonl", rows(40))

    shown = dropping.run("show vertex/router").out

    assert "example 3," in shown
    assert "line 3," not in shown


def test_a_successor_that_lost_too_much_does_not_serve(dropping: Project) -> None:
    dropping.workspace(WORKSPACE + "  limits: {maxDroppedPercent: 4.9}")

    shown = dropping.run("apply --yes")

    training = dropping.trainings()["1"]
    assert shown.code == 1
    assert "RUN022" in shown.text
    assert training["role"] == "failed"
    assert training["gateRefused"] == "2 examples (5.0 % of 40) were dropped; limits.maxDroppedPercent is 4.9"
    assert "! vertex/router" in dropping.run("plan").out


def test_a_successor_within_the_limit_serves(dropping: Project) -> None:
    dropping.workspace(WORKSPACE + "  limits: {maxDroppedPercent: 5}")

    assert dropping.run("apply --yes").code == 0
    assert dropping.trainings()["1"]["role"] == "serving"


def test_a_training_that_lost_nothing_says_nothing(project: Project) -> None:
    project.model()

    shown = project.run("apply --yes")

    assert "RUN021" not in shown.text
    assert "dropped" not in project.trainings()["1"]


def test_the_file_need_not_be_there_any_more(dropping: Project) -> None:
    dropping.run("apply --yes")
    Path("specs/data/train.jsonl").unlink()
    Path("specs/router.yaml").unlink()

    assert "example 3" in dropping.run("show vertex/router").out
