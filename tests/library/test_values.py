"""What calls return, as values: short to look at, and of use to other libraries; and how wrong calls end."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import reconciler
from reconciler import ReconcilerError
from tests.library.project import ADDRESS, applied, project_in

_LONG = 200


@pytest.fixture
def tuned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> reconciler.Workspace:
    project_in(tmp_path, monkeypatch)
    return applied()


def test_reprs_are_short(tuned: reconciler.Workspace) -> None:
    found = [
        *(tuned, tuned.plan(), tuned.status(), tuned.metrics(ADDRESS), tuned.gate(), tuned.output(), tuned.doctor()),
        *(tuned.history(ADDRESS), tuned.show(ADDRESS), tuned.gc(), tuned.report(), tuned.plan().changes[0]),
        *(tuned.apply().wait(), tuned.validate(), tuned.metrics(ADDRESS)["train_total_loss"]),
    ]

    assert [repr(value) for value in found if not (len(repr(value)) < _LONG and repr(value).startswith("<"))] == []


def test_metrics_are_lists_by_the_name_of_a_metric(tuned: reconciler.Workspace) -> None:
    found = tuned.metrics(ADDRESS)
    losses = found["train_total_loss"]

    assert losses.steps == sorted(losses.steps)
    assert len(losses.steps) == len(losses.values) == len(losses.epochs) > 10
    assert losses.last is not None
    assert losses.last.value == losses.values[-1]
    assert found["/train_total_loss"] == losses
    assert set(found.to_dict()) == {"address", "attempt", "metric", "step", "epoch", "value"}
    assert {len(column) for column in found.to_dict().values()} == {sum(len(s) for s in found[0].values())}


def test_of_several_trainings_a_metric_is_one_of_each(tuned: reconciler.Workspace) -> None:
    assert tuned.apply(tuned.plan(replace=ADDRESS)).wait().ok
    found = tuned.metrics(ADDRESS, all_attempts=True)

    assert [training.attempt for training in found] == ["1", "2"]
    with pytest.raises(ReconcilerError, match="RUN028"):
        _ = found["train_total_loss"]
    assert found[1]["train_total_loss"].values


def test_rows_of_the_status_are_columns_for_a_table(tuned: reconciler.Workspace) -> None:
    columns = tuned.status().to_dict()

    assert columns["address"] == [ADDRESS]
    assert columns["role"] == ["serving"]
    assert {len(column) for column in columns.values()} == {1}


def test_an_answer_is_a_text_and_may_stream(tuned: reconciler.Workspace) -> None:
    pieces: list[str] = []

    answer = tuned.prompt(ADDRESS, "question 1", response_schema={"type": "STRING"}, on_piece=pieces.append)

    assert answer == "".join(pieces)
    assert [warning.is_error for warning in answer.warnings] == [False]


def test_what_serves_is_found_by_its_address(tuned: reconciler.Workspace) -> None:
    found = tuned.output()

    assert found[ADDRESS].endpoint == found[reconciler.Address.parse(ADDRESS)].endpoint
    assert ADDRESS in found
    with pytest.raises(KeyError, match='Did you mean "vertex/router"'):
        _ = found["vertex/ruoter"]


_WRONG: dict[str, tuple[Callable[[Any], Any], str]] = {
    "an argument that is misspelt": (lambda t: t.plan(tragets=ADDRESS), 'Did you mean "targets"'),
    "an argument that is missing": (lambda t: t.history(), "missing a required argument: 'address'"),
    "an address without its half": (lambda t: t.show("router"), "RUN028"),
    "an address of no service": (lambda t: t.show("vertx/router"), "vertex or gemini"),
    "an address that is a number": (lambda t: t.metrics(3), "RUN028"),
    "no address": (lambda t: t.metrics([]), "RUN028"),
    "an address that nobody knows": (lambda t: t.status("vertex/absent"), "RUN013"),
    "an address that is misspelt": (lambda t: t.status("vertex/ruoter"), 'Did you mean "vertex/router"'),
    "an attempt that is no number": (lambda t: t.rollback(ADDRESS, to="first"), "RUN028"),
    "an attempt beside others": (lambda t: t.metrics(ADDRESS, attempt=1, all_attempts=True), "RUN028"),
    "a permission that there is not": (lambda t: t.cancel(ADDRESS, allow="protect"), 'Did you mean "protected"'),
    "a temperature out of range": (lambda t: t.prompt(ADDRESS, "a", temperature=3), "from 0 to 2"),
    "a level that is misspelt": (lambda t: t.prompt(ADDRESS, "a", thinking="minimum"), 'Did you mean "minimal"'),
    "a prompt that is no text": (lambda t: t.prompt(ADDRESS, 3), "RUN028"),
    "everything beside something": (lambda t: t.destroy(ADDRESS, everything=True), "RUN028"),
    "nothing to destroy": (lambda t: t.destroy(), "RUN028"),
    "a plan of somebody else": (lambda t: t.apply({"changes": []}), "RUN028"),
    "a task that there is not": (lambda t: t.datasets.check("specs/data/train.jsonl", task="chta"), "chat"),
    "a rule's severity": (lambda t: t.datasets.check("a.jsonl", rules={"DATA904": "of"}), "off"),
    "a share of everything": (lambda t: t.datasets.split("specs/data/train.jsonl", validation=1.0), "RUN028"),
    "a format that there is not": (lambda t: t.datasets.convert("a.jsonl", "b.jsonl", to="vertx"), "vertex"),
    "files that are a number": (lambda t: t.datasets.check(3), "RUN028"),
    "garbage that is none": (lambda t: t.dispose("all"), "RUN028"),
    "a metric that there is not": (lambda t: t.metrics(ADDRESS)["train_loss"], 'Did you mean "train_total_loss"'),
}


@pytest.mark.parametrize("wrong", _WRONG)
def test_a_wrong_call_says_what_would_be_right(tuned: reconciler.Workspace, wrong: str) -> None:
    ask, words = _WRONG[wrong]

    with pytest.raises(ReconcilerError, match=words) as error:
        ask(tuned)

    assert error.value.diagnostics[0].fix
    assert "RUN" in "".join(error.value._render_traceback_())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"emulator": True}, "embedded"),
        ({"folder": 3}, "RUN028"),
        ({"timeout_s": -1}, "RUN028"),
        ({"files": 3}, "RUN028"),
        ({"emulater": "embedded"}, 'Did you mean "emulator"'),
    ],
)
def test_a_workspace_that_cannot_be_meant_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ReconcilerError, match=words):
        reconciler.Workspace(**given)


def test_an_unknown_argument_is_a_type_error_and_an_unknown_name_a_key_error(tuned: reconciler.Workspace) -> None:
    with pytest.raises(TypeError, match="RUN086"):
        tuned.plan(anything=1)  # type: ignore[call-arg]
    with pytest.raises(KeyError, match="RUN088"):
        _ = tuned.output()["vertex/absent"]


def test_a_disk_that_cannot_be_written_is_no_trace(tuned: reconciler.Workspace, tmp_path: Path) -> None:
    with pytest.raises(ReconcilerError, match="RUN016"):
        tuned.datasets.convert("specs/data/train.jsonl", "/proc/nobody/may/write")


def test_everything_public_says_what_it_is() -> None:
    unsaid = [
        f"{name}.{member}"
        for name in reconciler.__all__
        if inspect.isclass(found := getattr(reconciler, name)) and found.__module__.startswith("reconciler.library")
        for member, value in vars(found).items()
        if not member.startswith("_") and callable(getattr(value, "fget", value)) and not inspect.getdoc(value)
    ]

    assert unsaid == []
