"""Every limit refuses whole, names its override, and the override counts once: a flag, or a line until its day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.ownership.room import PLACE, Room, Shown

_PROTECTED = "  tuneform: {lifecycle: {protect: true}}\n"
_PLENTY, _OVER = "2099-12-31", "2020-01-01"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A situation that is refused: how to come to it, and what lifts it. `again` comes to it once more."""

    code: str
    kind: str
    arrange: Callable[[Room], None]
    again: Callable[[Room], None]
    address: str = "vertex/router"
    settings: str = ""
    speed: str = "instant"
    words: tuple[str, ...] = ("apply", "--yes")


def _three(room: Room) -> None:
    for name in ("a", "b", "c", "router"):
        room.spec(name)
    assert room.apply().code == 0
    for name in ("a", "b", "c"):
        (room.folder / f"specs/{name}.yaml").unlink()


def _only_one(room: Room) -> None:
    room.spec("router")
    assert room.apply().code == 0
    (room.folder / "specs/router.yaml").unlink()


def _protected_and_removed(room: Room) -> None:
    room.spec("other")
    room.spec("router", more=_PROTECTED)
    assert room.apply().code == 0
    (room.folder / "specs/router.yaml").unlink()


def _protected(room: Room) -> None:
    room.spec("router", more=_PROTECTED)
    assert room.apply().code == 0


def _running_and_edited(room: Room) -> None:
    room.spec("router", epochs=2)
    room.apply("--no-wait")
    room.ask("POST", "/_emulator/clock", {"advance": 90})
    room.spec("router", epochs=5)


def _edited_again(room: Room) -> None:
    room.ask("POST", "/_emulator/clock", {"advance": 90})
    room.apply("--no-wait")
    room.ask("POST", "/_emulator/clock", {"advance": 90})
    room.spec("router", epochs=7)


def _unanswered(room: Room, epochs: int = 2) -> None:
    """The job runs, and the answer to its create was lost: the lock does not know its name yet."""
    room.run("status")
    room.ask("POST", "/_emulator/faults", {"method": "vertex.tuningJobs.create", "fault": "reset-after"})
    room.spec("router", epochs=epochs)
    shown = room.apply("--no-wait")
    assert "RUN005" in shown.text
    room.ask("POST", "/_emulator/clock", {"advance": 90})


def _unanswered_again(room: Room) -> None:
    room.ask("POST", "/_emulator/clock", {"advance": 100_000})
    room.run("wait")
    _unanswered(room, 3)


def _unanswered_and_edited(room: Room) -> None:
    _unanswered(room)
    room.spec("router", epochs=5)


def _unanswered_and_removed(room: Room) -> None:
    _unanswered(room)
    room.spec("other")
    (room.folder / "specs/router.yaml").unlink()


def _running_and_removed(room: Room) -> None:
    room.spec("router", epochs=2)
    room.apply("--no-wait")
    room.ask("POST", "/_emulator/clock", {"advance": 90})
    room.spec("other")
    (room.folder / "specs/router.yaml").unlink()


def _removed_again(room: Room) -> None:
    """What was cancelled has ended by now, and what was queued is dropped."""
    room.ask("POST", "/_emulator/clock", {"advance": 100_000})
    room.run("wait")
    room.lock_path.unlink()
    room.spec("router", epochs=7)
    _running_and_removed(room)


def _shared(room: Room) -> None:
    """Our model, which somebody deployed on an endpoint of theirs; its spec is gone."""
    for name in ("other", "router"):
        room.spec(name)
    assert room.apply().code == 0
    answer = room.ask("POST", f"/v1/{PLACE}/endpoints", {"displayName": "theirs"})
    room.ask("GET", "/_emulator/health")
    body = {
        "model": room.training("vertex/router")["model"],
        "sharedResources": f"{PLACE}/deploymentResourcePools/p",
    }
    endpoint = answer["name"].partition("/operations/")[0]
    room.ask("POST", f"/v1/{endpoint}:deployModel", {"deployedModel": body})
    room.ask("GET", "/_emulator/health")
    (room.folder / "specs/router.yaml").unlink()


def _new(room: Room) -> None:
    room.spec("router")


def _another_new(room: Room) -> None:
    room.spec("router", epochs=4)


REFUSALS = {
    "more deletions than maxDeletes": Refusal("PLAN101", "limits", _three, _three),
    "every spec gone": Refusal("PLAN102", "empty", _only_one, _only_one, "all"),
    "a protected model removed": Refusal("PLAN103", "protected", _protected_and_removed, _protected_and_removed),
    "a protected model destroyed": Refusal(
        "PLAN103", "protected", _protected, _protected, words=("destroy", "--yes", "vertex/router")
    ),
    "a cost over the budget": Refusal(
        "PLAN105",
        "cost",
        _new,
        _another_new,
        settings="  budget: {perJob: 0.01 USD}\n  prices: {gemini-3.5-flash: {train: 900 USD/1M, asOf: 2026-11-01}}\n",
    ),
    "a cost that is unknown": Refusal(
        "PLAN106", "cost", _new, _another_new, settings="  budget: {perJob: 50 USD, whenUnknown: refuse}\n"
    ),
    "a cost over the budget of the plan": Refusal(
        "PLAN105",
        "cost",
        _new,
        _another_new,
        settings="  budget: {perPlan: 0.01 USD}\n  prices: {gemini-3.5-flash: {train: 900 USD/1M, asOf: 2026-11-01}}\n",
    ),
    "a model on a stranger's endpoint": Refusal("PLAN104", "foreign", _shared, _shared),
    "a running job removed": Refusal(
        "PLAN108",
        "cancel",
        _running_and_removed,
        _removed_again,
        speed="manual",
        words=("apply", "--yes", "--no-wait", "--allow-empty"),
    ),
    "a job cancelled whose create was never answered": Refusal(
        "PLAN108",
        "cancel",
        _unanswered_and_edited,
        _edited_again,
        speed="manual",
        words=("apply", "--yes", "--no-wait"),
    ),
    "a job removed whose create was never answered": Refusal(
        "PLAN108",
        "cancel",
        _unanswered_and_removed,
        _removed_again,
        speed="manual",
        words=("apply", "--yes", "--no-wait", "--allow-empty"),
    ),
    "a job destroyed whose create was never answered": Refusal(
        "PLAN108",
        "cancel",
        _unanswered,
        _unanswered_again,
        speed="manual",
        words=("destroy", "--yes", "vertex/router", "--no-wait"),
    ),
    "a running job cancelled": Refusal(
        "PLAN108", "cancel", _running_and_edited, _edited_again, speed="manual", words=("apply", "--yes", "--no-wait")
    ),
}


@pytest.fixture(params=list(REFUSALS.values()), ids=list(REFUSALS))
def refusal(request: pytest.FixtureRequest) -> Refusal:
    found: Refusal = request.param
    return found


@pytest.fixture
def refused(room: Room, refusal: Refusal, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A room in which the situation has come about."""
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", refusal.speed)
    room.workspace(more=refusal.settings)
    refusal.arrange(room)
    return room


def _is_refused(room: Room, refusal: Refusal) -> bool:
    shown = room.run(*refusal.words)
    return shown.code == 3 and refusal.code in shown.text


def test_it_refuses_names_its_override_and_changes_nothing(refused: Room, refusal: Refusal) -> None:
    before = (refused.jobs(), refused.lock_path.read_bytes() if refused.lock_path.exists() else b"")

    shown = refused.run(*refusal.words)

    after = (refused.jobs(), refused.lock_path.read_bytes() if refused.lock_path.exists() else b"")
    assert (shown.code, refusal.code in shown.text) == (3, True), shown.text
    assert f"--allow-{refusal.kind}" in shown.text
    assert before == after


_PLANNED = {name: refusal for name, refusal in REFUSALS.items() if refusal.words[0] == "apply"}


@pytest.mark.parametrize("refusal", list(_PLANNED.values()), ids=list(_PLANNED), indirect=True)
def test_the_plan_shows_it_and_ends_with_3_too(refused: Room, refusal: Refusal) -> None:
    shown = refused.run("plan", "--detailed-exitcode")

    assert (shown.code, refusal.code in shown.text) == (3, True)


def test_the_flag_lifts_it_once_and_is_not_remembered(refused: Room, refusal: Refusal) -> None:
    allowed = refused.run(*refusal.words, f"--allow-{refusal.kind}")
    refusal.again(refused)

    assert allowed.code in (0, 4), allowed.text
    assert _is_refused(refused, refusal)


@pytest.mark.parametrize(("until", "is_lifted"), [(_PLENTY, True), (_OVER, False)], ids=["in force", "expired"])
def test_a_dated_line_lifts_it_until_its_day(refused: Room, refusal: Refusal, until: str, is_lifted: bool) -> None:
    address = "all" if refusal.kind in ("limits", "empty") else refusal.address
    line = f"  allow: [{{{refusal.kind}: {address}, until: {until}, reason: a test}}]\n"
    refused.workspace(more=refusal.settings + line)

    shown = refused.run(*refusal.words)

    assert (shown.code in (0, 4)) is is_lifted, shown.text
    assert (refusal.code in shown.text) is not is_lifted


def test_a_line_for_another_address_lifts_nothing(room: Room) -> None:
    room.workspace(more=f"  allow: [{{protected: vertex/other, until: {_PLENTY}, reason: a test}}]\n")
    _protected_and_removed(room)

    assert _is_refused(room, REFUSALS["a protected model removed"])


def test_a_line_for_one_deletion_does_not_count_it(room: Room) -> None:
    room.workspace(more=f"  allow: [{{delete: vertex/a, until: {_PLENTY}, reason: a test}}]\n")
    _three(room)

    shown = room.apply()

    assert shown.code == 0, shown.text
    assert sorted(room.lock["entries"]) == ["vertex/router"]


def test_a_share_of_at_least_ten_models_is_refused(room: Room) -> None:
    room.workspace(more="")
    settings = (room.folder / "tuneform.yaml").read_text(encoding="utf-8")
    room.write("tuneform.yaml", settings.replace("limits: {", "limits: {maxDeletes: 9, maxDisposePercent: 20, "))
    for number in range(13):
        room.spec(f"m{number}", epochs=1)
    assert room.apply().code == 0

    def removing(*numbers: int) -> Shown:
        for number in numbers:
            (room.folder / f"specs/m{number}.yaml").unlink(missing_ok=True)
        return room.apply(*["--allow-limits"] * (numbers == ()))

    refused, allowed, again = removing(0, 1, 2), removing(), removing(3, 4, 5)

    assert (refused.code, "limits.maxDisposePercent is 20" in " ".join(refused.text.split())) == (3, True)
    assert allowed.code == 0, allowed.text
    assert (again.code, "3 of 10 ready models" in " ".join(again.text.split())) == (3, True)


def test_a_retired_base_model_is_refused_and_an_allowed_one_is_the_services_to_judge(room: Room) -> None:
    settings = (room.folder / "tuneform.yaml").read_text(encoding="utf-8")
    room.write("tuneform.yaml", settings.replace("catalog: historic", "catalog: current"))
    room.spec("router", base="gemini-1.5-pro-002")

    refused = room.run("plan")
    allowed = room.run("plan", "--allow-retired")

    assert (refused.code, "PLAN107" in refused.text, "--allow-retired" in refused.text) == (3, True, True)
    assert (allowed.code, "PLAN107" in allowed.text) == (0, False)


# Protection


def test_protection_survives_the_removal_of_the_file_and_of_the_setting(room: Room) -> None:
    _protected_and_removed(room)
    removed = room.apply()
    room.spec("router")
    lifted = room.actions()
    room.apply()
    (room.folder / "specs/router.yaml").unlink()
    after = room.apply()

    assert (removed.code, "PLAN103" in removed.text) == (3, True)
    assert lifted == ["update vertex/router"]
    assert after.code == 0, after.text


def test_lifting_protection_and_removing_in_one_step_is_refused(room: Room) -> None:
    _protected(room)
    room.spec("router")

    shown = room.run("destroy", "--yes", "vertex/router")

    assert (shown.code, "PLAN103" in shown.text) == (3, True)


def test_a_successor_of_a_protected_model_is_trained_and_serves(room: Room) -> None:
    _protected(room)
    room.spec("router", epochs=5, more=_PROTECTED)

    shown = room.apply()

    assert shown.code == 0, shown.text
    assert [t["role"] for t in room.lock["entries"]["vertex/router"]["trainings"].values()] == ["deposed", "serving"]


def test_the_older_deposed_models_of_a_protected_address_are_housekeeping(room: Room) -> None:
    _protected(room)
    for epochs in (5, 6):
        room.spec("router", epochs=epochs, more=_PROTECTED)
        assert room.apply().code == 0

    again = room.run("plan", "--detailed-exitcode")

    roles = [t["role"] for t in room.lock["entries"]["vertex/router"]["trainings"].values()]
    assert (again.code, roles) == (0, ["deposed", "serving"])


def test_protection_is_on_the_models_labels(room: Room) -> None:
    _protected(room)

    model = room.training("vertex/router")["model"].partition("@")[0]
    assert room.ask("GET", f"/v1/{model}")["labels"]["tuneform-protect"] == "true"


def test_protection_that_only_the_labels_still_tell_counts_when_the_lock_is_lost(room: Room) -> None:
    _protected(room)
    room.lock_path.unlink()

    room.apply()
    (room.folder / "specs/router.yaml").unlink()
    shown = room.apply("--allow-empty")

    assert (shown.code, "PLAN103" in shown.text) == (3, True)


def test_cancelling_a_protected_training_is_refused(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "manual")
    room.spec("router", more=_PROTECTED)
    room.apply("--no-wait")

    shown = room.run("cancel", "vertex/router", "--yes", "--no-wait")

    allowed = room.run("cancel", "vertex/router", "--yes", "--no-wait", "--allow-protected")
    assert (shown.code, "PLAN103" in shown.text) == (3, True), shown.text
    assert allowed.code == 4, allowed.text
