"""`specs` of a workspace: files and folders, what kustomize renders, or a pipe; and what another source declared."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.cli import run
from tests.ownership.room import Room, Shown
from tests.reading.test_a_spec_that_is_not_read import piped, text_of

KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"


def made_of(room: Room, source: str) -> None:
    room.workspace(more=f"  specs: {source}\n")


def declare(room: Room, *places: str) -> None:
    """`models/router.yaml` declares vertex/router."""
    for place in places:
        room.write(place, text_of(Path(place).stem))


def origins(room: Room) -> dict[str, str]:
    return {address: entry.get("origin", "") for address, entry in room.lock["entries"].items()}


@pytest.fixture
def overlay(room: Room) -> Room:
    """A base of two models, and an overlay that says what prod trains with."""
    declare(room, "base/router.yaml", "base/triage.yaml")
    room.write("base/kustomization.yaml", f"{KUSTOMIZATION}- router.yaml\n- triage.yaml\n")
    patch = "- target: {kind: VertexTunedModel, name: router}\n"
    patch += "  patch: |\n    - {op: add, path: /spec/description, value: of prod}\n"
    room.write("overlays/prod/kustomization.yaml", f"{KUSTOMIZATION}- ../../base\npatches:\n{patch}")
    made_of(room, "{kustomize: overlays/prod}")
    return room


needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed here")


def test_files_and_folders_are_read_from_where_the_workspace_says(room: Room) -> None:
    declare(room, "models/router.yaml", "models/eu/triage.yaml", "shared/kept.yaml", "specs/ignored.yaml")
    made_of(room, "[models/, shared/kept.yaml]")

    applied = room.apply()

    assert applied.code == 0, applied.text
    assert origins(room) == dict.fromkeys(
        ("vertex/kept", "vertex/router", "vertex/triage"), "models/, shared/kept.yaml"
    )


def test_what_lies_beside_the_folder_of_the_workspace_is_read_too(room: Room, tmp_path: Path) -> None:
    (room.folder.parent / "elsewhere.yaml").write_text(text_of("router"), encoding="utf-8")
    made_of(room, "[../elsewhere.yaml]")

    assert room.actions() == ["create vertex/router"]


def test_a_place_that_is_not_there_is_an_error_and_removes_nothing(room: Room) -> None:
    declare(room, "models/router.yaml")
    made_of(room, "[models/]")
    room.apply()
    shutil.move(room.folder / "models", room.folder / "model")

    shown = room.apply()

    assert (shown.code, "SPEC001" in shown.text) == (1, True), shown.text
    assert origins(room) == {"vertex/router": "models/"}


def test_a_spec_that_is_deleted_there_is_removed_as_from_specs(room: Room) -> None:
    declare(room, "models/router.yaml", "models/triage.yaml")
    made_of(room, "[models/]")
    room.apply()
    (room.folder / "models/triage.yaml").unlink()

    room.apply()

    assert list(room.lock["entries"]) == ["vertex/router"]


def test_another_source_that_would_remove_is_refused_and_both_are_named(room: Room) -> None:
    declare(room, "models/router.yaml", "models/triage.yaml", "others/router.yaml")
    made_of(room, "[models/]")
    room.apply()
    made_of(room, "[others/]")

    refused = room.run("plan")
    allowed = room.apply("--allow-unread")

    words = " ".join(refused.text.split())
    assert (refused.code, "PLAN123" in words) == (3, True), refused.text
    assert "removes vertex/triage, which models/ declared last; this run reads others/." in words
    assert (allowed.code, origins(room)) == (0, {"vertex/router": "others/"})


def test_another_source_that_declares_the_same_takes_over(room: Room) -> None:
    room.spec("router")
    room.apply()
    (room.folder / "specs").rename(room.folder / "models")
    made_of(room, "[models/]")

    shown = room.apply()

    assert (shown.code, origins(room)) == (0, {"vertex/router": "models/"}), shown.text


def test_a_part_that_is_named_with_f_is_the_workspaces_own_and_removes_nothing(room: Room) -> None:
    declare(room, "models/router.yaml", "models/triage.yaml")
    made_of(room, "[models/]")
    room.apply()

    part = room.run("apply", "--yes", "-f", "models/router.yaml")

    assert part.code == 0, part.text
    assert set(origins(room).values()) == {"models/"}
    assert len(origins(room)) == 2


@needs_kubectl
def test_what_kustomize_renders_is_the_workspace(overlay: Room) -> None:
    applied = overlay.apply()

    assert applied.code == 0, applied.text
    assert set(origins(overlay).values()) == {"kustomize overlays/prod"}
    assert overlay.lock["entries"]["vertex/router"]["inPlace"]["description"] == "of prod"
    assert overlay.actions() == []


@needs_kubectl
def test_a_mistake_in_what_was_rendered_names_the_folder_and_the_place(overlay: Room) -> None:
    path = overlay.folder / "base/router.yaml"
    path.write_text(path.read_text("utf-8").replace("epochCount", "epochCuont"), encoding="utf-8")

    shown = overlay.run("validate")

    assert (shown.code, "kustomize:overlays/prod:" in shown.text) == (1, True), shown.text
    assert "epochCuont" in shown.text


@needs_kubectl
def test_what_cannot_be_rendered_is_an_error_with_what_kustomize_said(overlay: Room) -> None:
    overlay.apply()
    (overlay.folder / "base/triage.yaml").unlink()

    shown = overlay.apply()

    words = " ".join(shown.text.split())
    assert (shown.code, "SPEC083" in words, "triage.yaml" in words) == (1, True, True), shown.text
    assert len(origins(overlay)) == 2


@needs_kubectl
def test_what_renders_to_nothing_is_an_error(overlay: Room) -> None:
    overlay.write("overlays/prod/kustomization.yaml", KUSTOMIZATION + "- nothing.yaml\n")
    overlay.write("overlays/prod/nothing.yaml", "")

    shown = overlay.apply()

    assert (shown.code, "SPEC014" in shown.text) == (64, True), shown.text


def test_without_either_program_it_says_which_are_looked_for(
    overlay: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    shown = overlay.run("plan")

    words = " ".join(shown.text.split())
    assert (shown.code, "SPEC083" in words) == (1, True), shown.text
    assert "Neither kustomize nor kubectl is in PATH." in words


@pytest.mark.parametrize("program", ["kustomize", "kubectl"])
def test_either_program_is_given_the_folder_alone(
    overlay: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str
) -> None:
    """A program of that name that writes down what it is asked for."""
    tools = tmp_path / "tools"
    tools.mkdir()
    spec = tmp_path / "spec.yaml"
    spec.write_text(text_of("router"), encoding="utf-8")
    script = f'#!/bin/sh\necho "$@" > {tmp_path}/asked\n/bin/cat {spec}\n'
    (tools / program).write_text(script, encoding="utf-8")
    os.chmod(tools / program, 0o755)  # noqa: PTH101 - a word of the shell's
    monkeypatch.setenv("PATH", str(tools))

    applied = overlay.apply()

    asked = (tmp_path / "asked").read_text("utf-8").split()
    assert applied.code == 0, applied.text
    assert asked == ["build" if program == "kustomize" else "kustomize", "overlays/prod"]


def test_a_workspace_that_is_piped_in_needs_no_f(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    made_of(room, "{stdin: true}")
    both = "---\n".join(map(text_of, ("router", "triage")))

    applied = piped(room, monkeypatch, both, "apply", "--yes")
    one_less = piped(room, monkeypatch, text_of("router"), "apply", "--yes")

    assert (applied.code, one_less.code) == (0, 0), one_less.text
    assert origins(room) == {"vertex/router": "stdin"}


def test_where_nothing_is_piped_in_nothing_is_removed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    made_of(room, "{stdin: true}")
    piped(room, monkeypatch, text_of("router"), "apply", "--yes")

    shown = piped(room, monkeypatch, "", "apply", "--yes")

    assert (shown.code, "SPEC014" in shown.text) == (64, True), shown.text
    assert origins(room) == {"vertex/router": "stdin"}


_LOOKING = (("output",), ("status",), ("show", "vertex/router"), ("history", "vertex/router"), ("wait",))


def test_commands_that_need_no_specs_do_not_ask_for_them(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    made_of(room, "{stdin: true}")
    piped(room, monkeypatch, text_of("router"), "apply", "--yes")

    shown = [room.run(*words) for words in _LOOKING]

    assert [s.code for s in shown] == [0] * len(_LOOKING), shown


def test_a_workspace_that_is_piped_in_cannot_say_it(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = (room.folder / "tuneform.yaml").read_text("utf-8") + "  specs: [models/]\n"

    shown = piped(room, monkeypatch, f"{workspace}---\n{text_of('router')}", "plan", "-f", "-")

    assert (shown.code, "SPEC084" in shown.text) == (1, True), shown.text


@pytest.mark.parametrize(
    "source", ["[]", "models/", "{kustomize: /etc}", "{kustomize: a, stdin: true}", "{stdin: false}", "[/abs]", "{}"]
)
def test_a_source_that_is_none_is_an_error(room: Room, source: str) -> None:
    room.spec("router")
    made_of(room, source)

    shown = room.run("plan")

    assert (shown.code, "SPEC027" in shown.text) == (1, True), shown.text


def test_fmt_and_import_go_where_the_workspace_says(
    room: Room, monkeypatch: pytest.MonkeyPatch, run_here: Callable[..., Shown]
) -> None:
    declare(room, "models/router.yaml")
    made_of(room, "[models/]")
    room.write("specs/elsewhere.yaml", "metadata: {name: x}\nkind: VertexTunedModel\n")
    room.apply()
    job = str(room.training("vertex/router")["job"])
    room.run("forget", "vertex/router", "--yes")
    (room.folder / "models/router.yaml").unlink()

    imported = room.run("import", "vertex/again", job, "--yes")
    formatted = run_here(room.folder, "fmt", "--check")

    assert imported.code == 0, imported.text
    assert (room.folder / "models/again.yaml").exists()
    assert "elsewhere" not in formatted.text


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Shown]:
    def in_folder(folder: Path, *words: str) -> Shown:
        monkeypatch.chdir(folder)
        code = run(list(words))
        said = capsys.readouterr()
        return Shown(code, said.out + said.err)

    return in_folder
