"""Aliases of model versions are somebody else's: nothing that tuneform does sets, moves or takes one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.ownership.room import Room

ROUTER = "vertex/router"


@pytest.fixture
def router(make_room: Callable[..., Room]) -> Room:
    room = make_room()
    room.spec("router", labels="team: support")
    assert room.apply().code == 0
    return room


def aliases(room: Room, version: str) -> list[str]:
    return sorted(room.ask("GET", f"/v1/{version}").get("versionAliases", []))


def give(room: Room, version: str, *names: str) -> None:
    """As the page on rolling back says."""
    room.ask("POST", f"/v1/{version}:mergeVersionAliases", {"versionAliases": list(names)})


def served(room: Room) -> str:
    """The Model with its version, as consumers read it."""
    return room.run("output", "--raw", ROUTER, "--value", "model").text.strip()


def test_an_alias_is_no_drift_and_a_patch_leaves_it(router: Room) -> None:
    give(router, served(router), "production")

    quiet = router.actions()
    router.spec("router", labels="team: sales")
    router.apply()

    assert quiet == []
    assert aliases(router, served(router)) == ["default", "production"]


def test_a_successor_a_rollback_and_a_promotion_leave_it_at_the_model_that_has_it(router: Room) -> None:
    first = served(router)
    give(router, first, "production")
    router.spec("router", labels="team: support", epochs=4)

    router.apply()
    second = served(router)
    router.run("rollback", ROUTER, "--yes")
    back = served(router)
    router.run("promote", ROUTER, "--yes")

    assert second.partition("@")[0] != first.partition("@")[0]
    assert (back, served(router)) == (first, second)
    assert (aliases(router, first), aliases(router, second)) == (["default", "production"], ["default"])


def test_two_attempts_are_versions_of_one_model_where_a_spec_is_tuned_further_from_its_own(router: Room) -> None:
    first = served(router)
    give(router, first, "production")
    text = (router.folder / "specs/router.yaml").read_text(encoding="utf-8")
    router.write(
        "specs/router.yaml",
        text.replace("baseModel: gemini-3.5-flash", f'preTunedModel: {{tunedModelName: "{first}"}}'),
    )

    shown = router.apply()
    second = served(router)
    router.run("rollback", ROUTER, "--yes")

    assert shown.code == 0, shown.text
    assert (second.partition("@")[0], served(router)) == (first.partition("@")[0], first)
    assert (aliases(router, first), aliases(router, second)) == (["production"], ["default"])

    give(router, second, "production")

    assert (aliases(router, first), aliases(router, second)) == ([], ["default", "production"])
