"""What a report is gathered from: the plan, or why there is none, and whatever else could be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from reconciler.core import exits
from reconciler.core.catalog import BaseModel, Catalog, TrainingPrice
from reconciler.core.codes_spec import spec_error
from reconciler.core.curves import MetricPoint
from reconciler.core.diagnostics import Location, ReconcilerError
from reconciler.core.gate_spec import GateSpec, Prompt
from reconciler.core.judgement import NO_GATE
from reconciler.core.model import Action, Address
from reconciler.render.report_values import Report, ReportedModel
from reconciler.render.values import Banner
from reconciler.workflow.planning import Planned
from reconciler.workflow.report import Gathered, Wanted, gather_report
from tests.fakes.specs import a_gemini_spec, a_spec
from tests.fakes.stage import NO_WAIT, Stage

ROUTER = Address("vertex", "router")
_BANNER = Banner(emulator="test", workspace="acme")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path, [a_spec(), a_spec("other")])
    stage.apply()
    stage.cloud.metrics = {"eval_total_loss": 0.5}
    return stage


def gathered(stage: Stage, *only: str, with_curves: bool = True) -> Gathered:
    world = stage.world()
    wanted = Wanted(frozenset(map(Address.parse, only)), with_curves=with_curves)
    return gather_report(world, _BANNER, stage.desired, lambda: stage.planned(world), wanted)


def reported(stage: Stage, address: Address = ROUTER) -> ReportedModel:
    (model,) = [m for m in gathered(stage).report.models if m.address == address]
    return model


def test_it_has_the_plan_and_every_address_with_its_curves(stage: Stage) -> None:
    report = gathered(stage).report

    assert report.plan is not None
    assert [str(m.address) for m in report.models] == ["vertex/other", "vertex/router"]
    assert [m.curves[0].drawn for m in report.models] == [
        {"eval_total_loss": [MetricPoint(1, 9.0), MetricPoint(2, 0.5)]}
    ] * 2
    assert report.models[1].live[report.models[1].entry.trainings["1"].job].is_ready  # type: ignore[union-attr]


def test_it_writes_nothing_and_trains_nothing(stage: Stage) -> None:
    jobs, lock = stage.cloud.jobs_made, stage.path.read_bytes()
    stage.specs = [a_spec(epochs=5)]

    gathered(stage)

    assert (stage.cloud.jobs_made, stage.path.read_bytes()) == (jobs, lock)


def test_curves_of_one_model_that_cannot_be_read_keep_nobody_from_the_others(stage: Stage) -> None:
    stage.cloud.fail("metrics", "unavailable")

    report = gathered(stage)

    first, second = report.report.models
    assert [c.trouble.code for c in first.curves if c.trouble] == ["API309"]
    assert [c.trouble for c in second.curves] == [None]
    assert report.exit_code == exits.OK


def test_who_wants_no_curves_asks_no_service_for_them(stage: Stage) -> None:
    stage.cloud.history.clear()

    report = gathered(stage, with_curves=False).report

    assert [m.asked_curves for m in report.models] == [False, False]
    assert "metrics" not in {method for method, _ in stage.cloud.history}


def test_the_one_that_serves_is_beside_a_successor_that_did_not(stage: Stage) -> None:
    demanding = GateSpec(prompts=(Prompt("hello", contains="never"),))
    stage.specs = [replace(a_spec(epochs=5), gate=demanding), a_spec("other")]
    stage.apply()

    curves = reported(stage).curves

    assert stage.roles() == {"1": "serving", "2": "failed"}
    assert [c.attempt for c in curves] == ["2", "1"]


def test_what_a_model_answered_a_gate_does_not_stand_in_the_plan(stage: Stage) -> None:
    demanding = GateSpec(prompts=(Prompt("hello", contains="never"),))
    stage.specs = [replace(a_spec(epochs=5), gate=demanding), a_spec("other")]
    stage.apply()
    said = stage.entry().trainings["2"].gate_refused

    plan = gathered(stage).report.plan

    assert said
    assert plan is not None
    (change,) = [c for c in plan.changes if c.address == ROUTER]
    assert change.action is Action.BLOCKED
    assert said not in change.reason.text
    assert stage.entry().trainings["2"].judged.by != NO_GATE  # type: ignore[union-attr]


def test_without_a_plan_it_says_why_and_has_what_the_cloud_shows(stage: Stage) -> None:
    mistake = spec_error("SPEC060", Location("specs/x.yaml", 3, 1), "It is broken.", "Mend it.")

    def no_plan() -> Planned:
        raise ReconcilerError(mistake)

    found = gather_report(stage.world(), _BANNER, stage.desired, no_plan, Wanted())

    report = found.report
    assert (report.plan, report.trouble, found.exit_code) == (None, (mistake,), exits.FAILED)
    assert report.saw_cloud
    assert all(m.live and m.curves for m in report.models)


def test_without_the_cloud_it_has_what_the_lock_knows(stage: Stage) -> None:
    stage.cloud.fail("vertex.observe", "unavailable", "unavailable")

    found = gathered(stage)

    assert (found.exit_code, found.report.saw_cloud, found.report.plan) == (exits.FAILED, False, None)
    assert [d.code for d in found.report.trouble] == ["API309"]
    assert [m.entry.serving[0] for m in found.report.models if m.entry and m.entry.serving] == ["1", "1"]


def test_without_a_lock_it_says_so_and_knows_the_specs(stage: Stage) -> None:
    stage.path.write_text("no lock\n", encoding="utf-8")

    found = gathered(stage)

    assert (found.exit_code, found.report.saw_lock) == (exits.FAILED, False)
    assert {d.code for d in found.report.trouble} == {"LOCK001"}
    assert [m.entry for m in found.report.models] == [None, None]


def test_only_one_address_is_only_that_and_the_others_are_counted(stage: Stage) -> None:
    stage.specs = [a_spec(epochs=5), a_spec("other", epochs=5)]
    stage.cloud.history.clear()

    report = gathered(stage, "vertex/router").report

    assert [m.address for m in report.models] == [ROUTER]
    assert report.plan is not None
    assert [c.address for c in report.plan.changes] == [ROUTER]
    assert report.hidden == 1
    assert [method for method, _ in stage.cloud.history].count("metrics") == 1


def test_an_address_that_nobody_knows_is_an_error(stage: Stage) -> None:
    with pytest.raises(ReconcilerError) as raised:
        gathered(stage, "vertex/absent")

    assert [d.code for d in raised.value.diagnostics] == ["RUN013"]


def test_a_large_workspace_has_the_curves_of_what_is_in_motion(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [a_spec(f"m{n:03}") for n in range(201)])
    stage.apply()
    stage.specs[7] = a_spec("m007", epochs=5)
    stage.apply(NO_WAIT)
    stage.specs[9] = a_spec("m009", epochs=6)
    stage.cloud.history.clear()

    report = gathered(stage).report

    assert [m.address.name for m in report.models if m.asked_curves] == ["m007", "m009"]
    assert [method for method, _ in stage.cloud.history].count("metrics") == 3


def _priced(stage: Stage) -> Report:
    base = str(stage.specs[0].training["baseModel"])
    known = BaseModel(
        name=base, surface="vertex", retires=date(2027, 1, 1), price=TrainingPrice(train=10.0, as_of="2026-11")
    )
    stage.catalog = Catalog(as_of="2026-11-21", models=(known,))
    return gathered(stage).report


def test_what_is_tuned_further_has_the_base_model_of_its_parent(tmp_path: Path) -> None:
    parent = a_spec()
    child = replace(a_spec("child"), training={k: v for k, v in parent.training.items() if k != "baseModel"})
    stage = Stage(tmp_path, [parent, replace(child, parent=parent.address), a_gemini_spec()])
    stage.apply()

    report = _priced(stage)

    bases = {m.address.name: m.base for m in report.models if m.address.backend == "vertex"}
    assert set(bases.values()) == {parent.training["baseModel"]}
    assert {m.known_base.retires for m in report.models if m.known_base} == {date(2027, 1, 1)}
