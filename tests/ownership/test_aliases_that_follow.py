"""The alias that a spec asks for is that of the version which serves, and of no other one of its address."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ownership.room import Room

ROUTER = "vertex/router"
ASKED = "  tuneform: {serve: {alias: production}}\n"


@pytest.fixture
def router(make_room: Callable[..., Room]) -> Room:
    room = make_room()
    room.spec("router", more=ASKED)
    assert room.apply().code == 0
    return room


def aliases(room: Room, version: str) -> list[str]:
    """Those that the version has, as the service tells."""
    return [a for a in room.ask("GET", f"/v1/{version}").get("versionAliases", []) if a != "default"]


def give(room: Room, version: str, *names: str) -> None:
    room.ask("POST", f"/v1/{version}:mergeVersionAliases", {"versionAliases": list(names)})


def served(room: Room) -> str:
    return room.run("output", "--raw", ROUTER, "--value", "model").text.strip()


def followed(room: Room) -> tuple[str, list[str]]:
    """The model that serves, and what it is called; nothing is left to do."""
    assert room.actions() == []
    return served(room), aliases(room, served(room))


def test_a_new_model_is_given_it_when_it_serves(router: Room) -> None:
    assert followed(router)[1] == ["production"]


def test_it_moves_to_a_successor_and_back_and_forth_again(router: Room) -> None:
    first, _ = followed(router)
    router.spec("router", epochs=4, more=ASKED)

    router.apply()
    second = followed(router)
    left_by_replace = aliases(router, first)
    router.run("rollback", ROUTER, "--yes")
    back = followed(router)
    left_by_rollback = aliases(router, second[0])
    router.run("promote", ROUTER, "--yes")

    assert second[1] == back[1] == ["production"]
    assert back[0] == first
    assert (left_by_replace, left_by_rollback) == ([], [])
    assert (followed(router), aliases(router, first)) == (second, [])


def test_a_successor_that_waits_to_be_promoted_does_not_have_it_yet(router: Room) -> None:
    first = served(router)
    waits = "  tuneform: {serve: {alias: production}, lifecycle: {promote: manual}}\n"
    router.spec("router", epochs=4, more=waits)

    router.apply()
    while_it_waits = (served(router), aliases(router, first))
    waiting = str(router.training(ROUTER)["model"])
    without = aliases(router, waiting)
    router.run("promote", ROUTER, "--yes")

    assert while_it_waits == (first, ["production"])
    assert without == []
    assert followed(router) == (waiting, ["production"])


def test_a_first_model_that_waits_has_it_when_it_is_promoted(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.spec("router", more="  tuneform: {serve: {alias: production}, lifecycle: {promote: manual}}\n")
    room.apply()
    waiting = str(room.training(ROUTER)["model"])
    before = aliases(room, waiting)

    room.run("promote", ROUTER, "--yes")

    assert before == []
    assert followed(room) == (waiting, ["production"])


@pytest.mark.parametrize("what", ["taken from what serves", "given to what served before"])
def test_what_somebody_else_did_to_it_is_drift_and_put_back(router: Room, what: str) -> None:
    first = served(router)
    router.spec("router", epochs=4, more=ASKED)
    router.apply()
    give(router, *((served(router), "-production") if what.startswith("taken") else (first, "production")))

    planned = router.plan()["changes"][0]
    shown = router.apply().text

    assert (planned["action"], planned["reason"]["code"]) == ("update", "drifted")
    assert [f["field"] for f in planned["fields"]] == ["serve.alias"]
    assert "the alias production is that of what serves" in shown
    assert followed(router)[1] == ["production"]
    assert aliases(router, first) == []


def test_another_name_takes_the_place_of_the_first_and_what_others_gave_stays(router: Room) -> None:
    give(router, served(router), "golden")
    router.spec("router", labels="team: sales", more="  tuneform: {serve: {alias: live}}\n")

    shown = router.apply()

    assert shown.code == 0, shown.text
    assert followed(router)[1] == ["golden", "live"]
    assert router.lock["entries"][ROUTER]["alias"] == "live"


def test_a_spec_that_asks_for_none_any_more_takes_it_away_and_nothing_is_trained(router: Room) -> None:
    give(router, served(router), "golden")
    router.spec("router")

    planned = router.plan()["changes"][0]
    router.apply()

    assert planned["action"] == "update"
    assert [(f["field"], f["old"], f["new"]) for f in planned["fields"]] == [("serve.alias", "production", None)]
    assert followed(router)[1] == ["golden"]
    assert "alias" not in router.lock["entries"][ROUTER]


def test_a_spec_that_asks_for_it_later_gives_it_to_what_serves(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.spec("router")
    room.apply()
    room.spec("router", more=ASKED)

    planned = room.plan()["changes"][0]
    room.apply()

    assert [(f["field"], f["old"], f["new"]) for f in planned["fields"]] == [("serve.alias", None, "production")]
    assert followed(room)[1] == ["production"]


def test_without_the_lock_it_is_found_where_it_is(router: Room) -> None:
    first = served(router)
    router.spec("router", epochs=4, more=ASKED)
    router.apply()
    router.lock_path.unlink()

    router.apply()

    assert followed(router)[1] == ["production"]
    assert aliases(router, first) == []


def test_it_moves_between_versions_of_one_model(router: Room) -> None:
    first = served(router)
    spec = router.folder / "specs/router.yaml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("baseModel: gemini-3.5-flash", f'preTunedModel: {{tunedModelName: "{first}"}}'))

    router.apply()
    second = followed(router)
    router.run("rollback", ROUTER, "--yes")

    assert second == (f"{first.partition('@')[0]}@2", ["production"])
    assert followed(router) == (first, ["production"])
    assert aliases(router, second[0]) == []


def test_a_copy_and_the_best_of_a_sweep_have_it(make_room: Callable[..., Room]) -> None:
    room = make_room()
    swept = (
        "  tuneform: {serve: {alias: production}, sweep: {epochCount: [2, 3]}, select: {metric: train_total_loss}}\n"
    )
    path = room.spec("router", more=swept)
    path.write_text(path.read_text("utf-8").replace("    hyperParameters: {epochCount: 3}\n", ""), encoding="utf-8")

    shown = room.apply()

    assert shown.code == 0, shown.text
    assert followed(room)[1] == ["production"]
    trials = [
        t["model"] for address, e in room.lock["entries"].items() if "-ec" in address for t in e["trainings"].values()
    ]
    assert [aliases(room, model) for model in trials] == [[], []]


def test_a_model_of_the_gemini_api_has_no_versions(make_room: Callable[..., Room]) -> None:
    room = make_room()
    room.write(
        "specs/numbers.yaml",
        "apiVersion: tuneform.dev/v1\nkind: GeminiTunedModel\nmetadata: {name: numbers}\n"
        "spec:\n  baseModel: models/gemini-1.5-flash-001-tuning\n"
        "  tuningTask:\n    trainingData: {examples: {examples: [{textInput: one, output: two}]}}\n"
        "  tuneform: {serve: {alias: production}}\n",
    )

    shown = room.run("validate")

    assert shown.code == 1
    assert "SPEC069" in shown.text
