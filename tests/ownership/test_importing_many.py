"""import takes in many at once: what a filter holds of, what a list names; or it writes their specs alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ownership.room import Room


def written(room: Room, folder: str = "specs") -> list[str]:
    return sorted(p.name for p in (room.folder / folder).iterdir())


@pytest.fixture
def three(room: Room) -> Room:
    room.job_by_hand("Router", labels={"team": "support"})
    room.job_by_hand("Triage", labels={"team": "support"})
    room.job_by_hand("Prices", labels={"team": "sales"})
    return room


def test_a_filter_takes_some_and_the_command_that_is_shown_repeats_it(three: Room) -> None:
    listed = three.run("import", "--all", "--filter", "label.team=support", "--filter", "name=~^R")
    taken = three.run("import", "--all", "--filter", "label.team=support", "--yes")

    assert "< vertex/router" in listed.text
    assert "vertex/triage" not in listed.text
    assert "tuneform import --all --filter label.team=support --filter 'name=~^R' --yes" in listed.text
    assert taken.code == 0, taken.text
    assert written(three) == ["router.yaml", "triage.yaml"]
    assert three.actions() == []


def test_a_filter_that_takes_nothing_says_so(three: Room) -> None:
    shown = three.run("import", "--all", "--filter", "label.team=nobody")

    assert (shown.code, "what the filters take" in shown.text) == (0, True)


@pytest.mark.parametrize("filters", [["--filter", "state=suceeded"], ["--filter", "stat=x"]])
def test_a_wrong_filter_imports_nothing(three: Room, filters: list[str]) -> None:
    shown = three.run("import", "--all", *filters, "--yes")

    assert (shown.code, "RUN067" in shown.text, written(three)) == (1, True, [])


def test_out_names_the_folder_of_several(three: Room) -> None:
    taken = three.run("import", "--all", "--out", "specs/adopted", "--yes")

    assert taken.code == 0, taken.text
    assert written(three, "specs/adopted") == ["prices.yaml", "router.yaml", "triage.yaml"]
    assert three.actions() == []


def test_out_that_names_a_file_for_several_is_wrong_usage(three: Room) -> None:
    assert three.run("import", "--all", "--out", "specs/all.yaml", "--yes").code == 64


def test_a_dry_run_writes_nothing_and_shows_the_whole_command(three: Room) -> None:
    shown = three.run("import", "--all", "--out", "adopted", "--dry-run")

    assert (shown.code, (three.folder / "adopted").exists(), written(three)) == (0, False, [])
    assert "tuneform import --all --out adopted --yes" in shown.text


def test_specs_alone_are_written_and_apply_takes_in_what_they_name(three: Room) -> None:
    wrote = three.run("import", "--all", "--write-only")
    before = three.lock_path.exists() and three.lock["entries"]
    planned = three.actions()
    three.apply()

    assert wrote.code == 0, wrote.text
    assert not before
    assert planned == ["adopt vertex/prices", "adopt vertex/router", "adopt vertex/triage"]
    assert three.actions() == []
    assert len(three.jobs()) == 3


LIST = """\
apiVersion: tuneform.dev/v1
kind: Import
metadata: {{name: support}}
spec:
  resources:
    - {{resource: {first}, address: vertex/front}}
    - resource: {second}
"""


@pytest.mark.parametrize("form", ["document", "lines"])
def test_a_list_names_what_is_taken_in(three: Room, form: str) -> None:
    first, second = sorted(job["name"] for job in three.jobs() if job["tunedModelDisplayName"] != "Prices")
    document = LIST.format(first=first, second=second.rpartition("/")[2])
    lines = f"# of the support team\n{first} vertex/front\n\n{second}  # by its name\n"
    three.write("models.list", document if form == "document" else lines)

    listed = three.run("import", "--from", "models.list")
    taken = three.run("import", "--from", "models.list", "--yes")
    again = three.run("import", "--from", "models.list", "--yes")

    assert "tuneform import --from models.list --yes" in listed.text
    assert taken.code == 0, taken.text
    assert len(written(three)) == 2
    assert three.training("vertex/front")["job"] == first
    assert three.actions() == []
    assert "2 entries of the list declared or in the lock already" in again.text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "SPEC087"),
        ("# nothing\n", "SPEC087"),
        ("apiVersion: tuneform.dev/v1\nkind: Imports\nspec: {resources: [{resource: '1'}]}\n", "SPEC087"),
        ("apiVersion: tuneform.dev/v1\nkind: Import\nspec: {resources: [{resorce: '1'}]}\n", "SPEC023"),
        ("apiVersion: tuneform.dev/v1\nkind: Import\nspec: {resources: [{resource: '1', address: x}]}\n", "SPEC030"),
        ("1 2 3\n", "SPEC087"),
        ("1\n1\n", "SPEC088"),
        ("1 vertex/a\n2 vertex/a\n", "SPEC088"),
        ("1 vertex/a\n2 vertex/b\n", "RUN018"),
    ],
)
def test_a_list_with_mistakes_imports_nothing_and_says_where(three: Room, text: str, code: str) -> None:
    three.write("models.list", text)

    shown = three.run("import", "--from", "models.list", "--yes")

    assert (shown.code, code in shown.text, written(three)) == (1, True, []), shown.text


def test_one_model_under_two_addresses_is_refused(three: Room) -> None:
    made = three.jobs()[0]
    three.write("models.list", f"{made['name']} vertex/a\n{made['tunedModel']['model']} vertex/b\n")

    shown = three.run("import", "--from", "models.list", "--yes")

    assert (shown.code, "is to be vertex/a as well" in " ".join(shown.text.split())) == (1, True)


def test_an_import_among_the_specs_is_told_where_it_belongs(three: Room) -> None:
    three.write("specs/list.yaml", LIST.format(first="1", second="2"))

    shown = three.run("validate")

    assert shown.code == 1
    assert "import --from FILE" in " ".join(shown.text.split())


def test_two_services_with_one_name_get_a_file_each(room: Room) -> None:
    room.job_by_hand("Numbers")
    pairs = [{"textInput": str(n), "output": str(n + 1)} for n in range(20)]
    body = {
        "displayName": "numbers",
        "baseModel": "models/gemini-1.5-flash-001-tuning",
        "tuningTask": {"trainingData": {"examples": {"examples": pairs}}},
    }
    room.ask("POST", "/v1beta/tunedModels", body, query="tunedModelId=numbers-1")

    taken = room.run("import", "--all", "--yes")

    assert taken.code == 0, taken.text
    assert written(room) == ["numbers-vertex.yaml", "numbers.yaml"] or written(room) == [
        "numbers-gemini.yaml",
        "numbers.yaml",
    ]
    assert room.actions() == []


@pytest.mark.parametrize(
    "words",
    [["--from", "x", "--all"], ["vertex/x", "1", "--filter", "kind=job"], ["--from", "x", "--filter", "kind=job"]],
)
def test_options_that_do_not_go_together_are_wrong_usage(three: Room, words: list[str]) -> None:
    assert three.run("import", *words).code == 64


def test_a_list_that_is_not_there_is_told(three: Room) -> None:
    shown = three.run("import", "--from", "nowhere.list")

    assert (shown.code, "nowhere.list" in shown.text) == (1, True)
    assert not Path(three.folder / "nowhere.list").exists()
