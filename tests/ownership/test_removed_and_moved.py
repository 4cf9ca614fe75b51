"""`kind: Removed` and `kind: Moved`: what a pull request shows of specs that are gone, or not so called any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.core import exits
from tests.ownership.room import Room


def _removed(room: Room, name: str, on_remove: str, reason: str = "") -> None:
    because = f", reason: {reason}" if reason else ""
    room.write(
        f"specs/removed-{name}.yaml",
        "apiVersion: tuneform.dev/v1\nkind: Removed\n"
        f"spec: {{address: vertex/{name}, onRemove: {on_remove}{because}}}\n",
    )


def _moved(room: Room, *pairs: tuple[str, str]) -> None:
    documents = (
        f"apiVersion: tuneform.dev/v1\nkind: Moved\nspec: {{from: vertex/{old}, to: vertex/{new}}}\n"
        for old, new in pairs
    )
    room.write("specs/moved.yaml", "---\n".join(documents))


def _gone(room: Room, name: str) -> None:
    (room.folder / f"specs/{name}.yaml").unlink()


def _rename(room: Room, old: str, new: str) -> None:
    text = (room.folder / f"specs/{old}.yaml").read_text(encoding="utf-8")
    _gone(room, old)
    room.write(f"specs/{new}.yaml", text.replace(f"name: {old}", f"name: {new}"))


def _models(room: Room) -> int:
    return len(room.ask("GET", "/v1/projects/acme-ml/locations/us-central1/models").get("models", []))


@pytest.fixture
def applied(room: Room) -> Room:
    room.spec("router")
    room.spec("other", epochs=5)
    assert room.apply().code == exits.OK
    return room


@pytest.mark.parametrize("lifecycle", ["delete", "retain"])
@pytest.mark.parametrize(("said", "action", "models"), [("retain", "forget", 2), ("delete", "delete", 1)])
def test_what_becomes_of_the_model_is_what_the_document_says(
    room: Room, lifecycle: str, said: str, action: str, models: int
) -> None:
    room.spec("router", more=f"  tuneform: {{lifecycle: {{onRemove: {lifecycle}}}}}\n")
    room.spec("other", epochs=5)
    assert room.apply().code == exits.OK
    _gone(room, "router")
    _removed(room, "router", said, "another team has it")

    (change,) = [c for c in room.plan()["changes"] if c["action"] != "noop"]
    applied = room.apply()

    assert (change["action"], change["address"]) == (action, "vertex/router")
    assert "another team has it" in change["reason"]["text"]
    assert applied.code == exits.OK, applied.text
    assert list(room.lock["entries"]) == ["vertex/other"]
    assert _models(room) == models
    if said == "retain":
        assert "another team has it" in room.lock["tombstones"]["vertex/router"]["reason"]
    assert room.actions() == []


def test_carried_out_it_means_nothing_and_may_stay_until_the_address_is_declared_again(applied: Room) -> None:
    _gone(applied, "router")
    _removed(applied, "router", "delete")
    assert applied.apply().code == exits.OK

    assert applied.actions() == []
    applied.spec("router", epochs=4)
    shown = applied.run("plan")

    assert (shown.code, "SPEC085" in shown.text) == (exits.FAILED, True)


def test_a_protected_model_is_refused_all_the_same(room: Room) -> None:
    room.spec("router", more="  tuneform: {lifecycle: {protect: true}}\n")
    room.spec("other", epochs=5)
    assert room.apply().code == exits.OK
    _gone(room, "router")
    _removed(room, "router", "delete")

    shown = room.apply()

    assert (shown.code, "PLAN103" in shown.text) == (exits.REFUSED, True)
    assert "vertex/router" in room.lock["entries"]


def test_limits_count_it_all_the_same(room: Room) -> None:
    names = ["a", "b", "c", "d"]
    for epochs, name in enumerate(names, 1):
        room.spec(name, epochs=epochs)
    assert room.apply().code == exits.OK
    for name in names[:3]:
        _gone(room, name)
        _removed(room, name, "delete")

    shown = room.apply()

    assert (shown.code, "PLAN101" in shown.text) == (exits.REFUSED, True)


def test_what_is_not_read_stops_a_guess_and_not_a_word(applied: Room) -> None:
    applied.write("specs/new.yaml.j2", "apiVersion: tuneform.dev/v1\nkind: VertexTunedModel\n{{x}}\n")
    _gone(applied, "router")
    assert "PLAN123" in applied.run("plan").text

    _removed(applied, "router", "delete")

    assert applied.run("plan").code == exits.OK
    _gone(applied, "other")
    shown = applied.run("plan", "--allow-empty")
    assert (shown.code, "PLAN123" in shown.text) == (exits.REFUSED, True)
    assert "removes vertex/other" in shown.text


def test_an_import_that_no_specs_have_declared_goes_when_somebody_says_so(applied: Room) -> None:
    model = applied.job_by_hand("By hand")["tunedModel"]["model"].partition("@")[0]
    assert applied.run("import", "vertex/mine", model, "--out", "specs/mine.yaml", "--yes").code == exits.OK
    _gone(applied, "mine")
    assert applied.actions() == []

    _removed(applied, "mine", "retain")

    assert applied.actions() == ["forget vertex/mine"]


def test_a_part_of_the_specs_removes_nothing(applied: Room) -> None:
    _gone(applied, "router")
    _removed(applied, "router", "delete")

    shown = applied.run("plan", "-f", "specs/removed-router.yaml", "-f", "specs/other.yaml", "--detailed-exitcode")

    assert shown.code == exits.OK, shown.text
    assert applied.actions("-f", "specs", "--prune") == ["delete vertex/router"]


def test_another_spec_of_a_former_name_does_not_take_what_is_removed(room: Room) -> None:
    room.spec("router")
    assert room.apply().code == exits.OK
    _rename(room, "router", "sorter")
    _moved(room, ("router", "sorter"))
    assert room.apply().code == exits.OK
    (room.folder / "specs/moved.yaml").unlink()
    _gone(room, "sorter")
    room.spec("router", epochs=7)
    _removed(room, "sorter", "retain")

    assert sorted(room.actions("--allow-empty")) == ["create vertex/router", "forget vertex/sorter"]


# Moved


@pytest.mark.parametrize("way", ["formerNames", "Moved"])
def test_a_rename_is_the_same_either_way(make_room: Callable[..., Room], way: str) -> None:
    room = make_room(way)
    room.spec("router")
    assert room.apply().code == exits.OK
    jobs = room.jobs()

    _rename(room, "router", "sorter")
    if way == "Moved":
        _moved(room, ("router", "sorter"))
    else:
        path = room.folder / "specs/sorter.yaml"
        path.write_text(path.read_text(encoding="utf-8") + "  tuneform: {formerNames: [router]}\n", encoding="utf-8")

    (change,) = room.plan()["changes"]
    assert (change["action"], change["address"], change["renamed_from"]) == (
        "update",
        "vertex/sorter",
        "vertex/router",
    )
    assert room.apply().code == exits.OK
    assert [job["name"] for job in room.jobs()] == [job["name"] for job in jobs]
    assert room.actions() == []


@pytest.mark.parametrize("locked", ["a", "b", "c"])
def test_a_chain_is_followed_from_wherever_the_lock_is(room: Room, locked: str) -> None:
    room.spec(locked)
    assert room.apply().code == exits.OK

    if locked != "c":
        _rename(room, locked, "c")
    _moved(room, ("a", "b"), ("b", "c"))
    applied = room.apply()

    assert applied.code == exits.OK, applied.text
    assert list(room.lock["entries"]) == ["vertex/c"]
    assert len(room.jobs()) == 1


def test_a_model_that_was_renamed_and_removed_since_is_retained_by_its_old_name_too(applied: Room) -> None:
    _gone(applied, "router")
    _moved(applied, ("router", "sorter"))
    _removed(applied, "sorter", "retain")

    assert applied.actions() == ["forget vertex/router"]


def test_a_child_of_what_is_moved_trains_nothing(room: Room) -> None:
    child = (
        "apiVersion: tuneform.dev/v1\nkind: VertexTunedModel\nmetadata: {name: child}\nspec:\n"
        "  preTunedModel: {ref: {kind: VertexTunedModel, name: PARENT}}\n  tunedModelDisplayName: Child\n"
        "  supervisedTuningSpec: {trainingDatasetUri: gs://cloud-samples-data/ai-platform/generative_ai/gemini-1_5/"
        "text/sft_train_data.jsonl}\n"
    )
    room.spec("router")
    room.write("specs/child.yaml", child.replace("PARENT", "router"))
    assert room.apply().code == exits.OK

    _rename(room, "router", "sorter")
    room.write("specs/child.yaml", child.replace("PARENT", "sorter"))
    _moved(room, ("router", "sorter"))

    assert room.apply().code == exits.OK
    assert len(room.jobs()) == 2
    assert room.actions() == []


def test_both_come_through_a_pipe_and_are_explained_formatted_and_known_to_the_schema(
    applied: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    _gone(applied, "router")
    _removed(applied, "router", "retain")
    text = (applied.folder / "specs/removed-router.yaml").read_text(encoding="utf-8")
    whole = f"{(applied.folder / 'specs/other.yaml').read_text(encoding='utf-8')}---\n{text}"
    monkeypatch.setattr("sys.stdin", _Piped(whole))

    assert applied.actions("-f", "-", "--prune", "--allow-unread") == ["forget vertex/router"]
    assert "onRemove" in applied_text("explain", "removed")
    assert "formerNames" in applied_text("explain", "moved")
    schema = applied_text("schema", "Removed")
    assert '"onRemove"' in schema
    messy = Path(applied.folder / "specs/removed-router.yaml")
    messy.write_text(text.replace("onRemove: retain", "on_remove: retain"), encoding="utf-8")
    monkeypatch.chdir(applied.folder)
    assert "on_remove" not in applied_text("fmt") + messy.read_text(encoding="utf-8")


def applied_text(*words: str) -> str:
    import io
    import sys

    from reconciler.cli import run

    shown, out = io.StringIO(), sys.stdout
    sys.stdout = shown
    try:
        assert run(list(words)) == exits.OK
    finally:
        sys.stdout = out
    return shown.getvalue()


class _Piped:
    def __init__(self, text: str) -> None:
        import io

        self.buffer = io.BytesIO(text.encode())

    def isatty(self) -> bool:
        return False
