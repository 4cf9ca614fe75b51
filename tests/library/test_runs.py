"""A run from a program: when it happens, who may follow it, and what is left of one that is interrupted."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

import reconciler
from reconciler import Diagnostic, ReconcilerError, Severity, WorkspacePlan
from reconciler.core.change import Plan
from reconciler.core.events import Noted
from reconciler.library.runs import Work
from reconciler.render.values import Banner
from reconciler.session.clock import SystemClock
from tests.library.project import ADDRESS, applied, edited, project_in


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project_in(tmp_path, monkeypatch)


@pytest.fixture
def slow(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A training takes as long as it does at Google."""
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "real")
    return project


def test_nothing_happens_until_a_run_is_followed(project: Path) -> None:
    run = reconciler.Workspace().apply()

    assert repr(run) == "<WorkspaceRun: apply, not begun>"
    assert "Nothing has happened yet" in run._repr_html_()
    assert not (project / ".tuneform/emulator.lock").exists()


def test_a_refused_plan_is_refused_before_there_is_a_run(project: Path) -> None:
    tuned = applied()
    Path("specs/router.yaml").rename("router.txt")
    planned = tuned.plan()

    with pytest.raises(ReconcilerError, match="PLAN102") as refused:
        tuned.apply(planned)

    assert planned.refusals == refused.value.diagnostics
    assert refused.value.exit_code == 3
    assert tuned.apply(planned, allow=["empty", "delete"]).wait().ok


def test_what_a_plan_was_allowed_its_run_is(project: Path) -> None:
    tuned = applied()
    Path("specs/router.yaml").rename("router.txt")

    assert tuned.apply(tuned.plan(allow=["empty", "delete"])).wait().ok


def test_a_plan_is_carried_out_by_its_own_workspace_alone(project: Path) -> None:
    planned = reconciler.Workspace().plan()

    with pytest.raises(ReconcilerError, match="another workspace"):
        reconciler.Workspace(lock="other.lock").apply(planned)
    with pytest.raises(ReconcilerError, match="RUN028"):
        reconciler.Workspace().apply(planned.to_json())  # type: ignore[arg-type]


def test_a_result_says_what_was_done_and_what_is_left(slow: Path) -> None:
    tuned = reconciler.Workspace()

    started = tuned.apply(no_wait=True).wait()
    waited = tuned.wait(timeout_s=1).wait()

    assert (started.ok, started.left, started.exit_code) == (False, (ADDRESS,), 4)
    assert waited.left == (ADDRESS,)
    assert "wait()" in started._repr_html_()


def test_a_training_goes_on_between_two_calls(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "2000")
    tuned = reconciler.Workspace()
    tuned.apply(no_wait=True).wait()

    deadline = time.monotonic() + 30
    while tuned.status()[0].state != "JOB_STATE_SUCCEEDED" and time.monotonic() < deadline:
        time.sleep(0.2)

    assert tuned.status()[0].state == "JOB_STATE_SUCCEEDED"
    assert tuned.wait().wait().done == (ADDRESS,)


def test_a_failed_change_is_a_value_and_an_error_for_who_asks(project: Path) -> None:
    edited("name: router", "name: router-fails")
    spec = Path("specs/router.yaml")
    spec.write_text(spec.read_text(encoding="utf-8").replace("gemini-3.5-flash", "gemini-9-unknown"), encoding="utf-8")
    tuned = reconciler.Workspace()

    result = tuned.apply(allow=["retired", "cost"]).wait()

    (failed,) = result.failed
    assert not result.ok
    with pytest.raises(ReconcilerError, match=failed.diagnostic.code):
        result.raise_if_failed()


def test_ctrl_c_leaves_what_was_approved_to_wait(slow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tuned = reconciler.Workspace()
    before = signal.getsignal(signal.SIGINT)
    run = tuned.apply()
    submitted = next(event for event in run if event.kind == "submitted")
    pressed = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    pressed.start()

    with pytest.raises(KeyboardInterrupt):
        run.wait()

    assert signal.getsignal(signal.SIGINT) is before
    assert tuned.show(ADDRESS).data["approved"]
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    assert tuned.wait().wait().ok
    assert tuned.show(ADDRESS).data["trainings"]["1"]["job"] == submitted.data["resource_name"]


def test_a_run_that_is_left_in_the_middle_holds_nothing(slow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tuned = reconciler.Workspace()
    left = tuned.apply()
    for event in left:
        if event.kind == "submitted":
            break

    assert tuned.status()[0].attempt == "1"
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    assert tuned.wait().wait().ok
    del left
    gc.collect()
    assert tuned.plan().is_empty


def test_the_end_of_a_workspace_is_that_of_its_runs(slow: Path) -> None:
    with reconciler.Workspace() as tuned:
        run = tuned.apply()
        next(run)

    assert list(run) == []
    with pytest.raises(ReconcilerError, match="RUN089"):
        tuned.plan()


def test_two_threads_do_not_follow_one_run(slow: Path) -> None:
    """Whichever comes to it while the other is in the middle of it is refused."""
    run = reconciler.Workspace().apply(timeout_s=3)
    refused: list[str] = []
    follower = threading.Thread(target=_follow, args=(run.wait, refused))
    follower.start()

    while follower.is_alive() and not refused:
        _follow(lambda: next(run), refused)
        time.sleep(0.01)
    follower.join()
    run.wait()

    assert "RUN087" in refused[0]
    assert run.result.left == (ADDRESS,)


def _follow(read: Callable[[], object], refused: list[str]) -> None:
    try:
        read()
    except StopIteration:
        pass
    except ReconcilerError as exc:
        refused.append(str(exc))


def test_threads_ask_and_change_at_once(project: Path) -> None:
    """The plan of the slower one is none any more: another one would be made now."""
    tuned = reconciler.Workspace()
    ended: list[str] = []

    def change() -> None:
        try:
            ended.append("done" if tuned.apply().wait().ok else "failed")
        except ReconcilerError as exc:
            ended.extend(found.code for found in exc.diagnostics)

    jobs = [threading.Thread(target=change) for _ in range(3)]
    for job in jobs:
        job.start()
    looked = [tuned.plan().refusals for _ in range(3)]
    for job in jobs:
        job.join()

    assert set(ended) <= {"done", "PLAN109"}
    assert (ended.count("done") > 0, len(ended), looked) == (True, 3, [()] * 3)
    assert list(tuned.show(ADDRESS).data["trainings"]) == ["1"]


def test_a_loop_that_runs_already_is_no_obstacle(project: Path) -> None:
    async def cell() -> bool:
        return reconciler.Workspace().apply().wait().ok

    assert asyncio.run(cell())


def test_events_are_read_as_lines_and_as_data(project: Path) -> None:
    events = list(reconciler.Workspace().apply())

    (submitted,) = [event for event in events if event.kind == "submitted"]
    assert str(submitted).startswith(f"{ADDRESS}  submitted projects/")
    assert submitted.address == ADDRESS
    assert submitted.data["attempt"] == "1"
    assert [event.is_end for event in events].count(True) == 1


@contextmanager
def _opened(clock: SystemClock) -> Iterator[SimpleNamespace]:
    yield SimpleNamespace(clock=clock)


def test_ctrl_c_in_the_middle_of_an_effect_is_heard_after_it() -> None:
    saved: list[str] = []

    def events(now: SimpleNamespace) -> Iterator[Noted]:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        saved.append("whole")
        yield Noted(Diagnostic("RUN001", Severity.NOTE, "said"))
        saved.append("went on")

    run = reconciler.WorkspaceRun(Work("a test", _opened, events, lambda _: WorkspacePlan(Plan(), Banner())))

    with pytest.raises(KeyboardInterrupt) as interrupted:
        run.wait()

    assert saved == ["whole"]
    assert "wait()" in interrupted.value.__notes__[0]
    assert repr(run) == "<WorkspaceRun: a test, ended early>"
