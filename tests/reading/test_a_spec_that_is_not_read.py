"""A spec that is not read is never a removed one, and what a whole set is made of is said."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ownership.room import SAMPLE, Room, Shown

SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {{name: {name}}}
spec:
  baseModel: gemini-3.5-flash
  supervisedTuningSpec:
    trainingDatasetUri: {data}
    hyperParameters: {{epochCount: 3}}
"""


def text_of(name: str) -> str:
    return SPEC.format(name=name, data=SAMPLE)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository where `kept` and `router` serve: made once, and copied for every test."""
    room = Room(tmp_path_factory.mktemp("served"), tmp_path_factory.mktemp("cloud") / "cloud.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
        room.workspace()
        room.spec("kept")
        room.spec("router")
        assert room.apply().code == 0
    (room.folder / ".tuneform/emulator.db").unlink()
    shutil.copy(room.state, room.folder / "cloud.db")
    return room.folder


@pytest.fixture
def two(served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A room where `kept` and `router` serve."""
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    shutil.copytree(served, tmp_path / "clone")
    return Room(tmp_path / "clone", tmp_path / "clone/cloud.db")


def piped(room: Room, monkeypatch: pytest.MonkeyPatch, text: str, *words: str) -> Shown:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    return room.run(*words)


def _moved(name: str) -> Callable[[Path], None]:
    def change(specs: Path) -> None:
        (specs / name).parent.mkdir(parents=True, exist_ok=True)
        (specs / "router.yaml").rename(specs / name)

    return change


def _rewritten(name: str, edit: Callable[[str], str]) -> Callable[[Path], None]:
    def change(specs: Path) -> None:
        text = (specs / "router.yaml").read_text(encoding="utf-8")
        (specs / "router.yaml").unlink()
        (specs / name).write_bytes(edit(text).encode("latin-1"))

    return change


def _linked_to_nothing(specs: Path) -> None:
    (specs / "router.yaml").unlink()
    (specs / "team").symlink_to("../gone")


def _submodule(specs: Path) -> None:
    (specs / "router.yaml").unlink()
    (specs / "team").mkdir()
    (specs.parent / ".gitmodules").write_text('[submodule "team"]\n\tpath = specs/team\n\turl = ../t\n', "utf-8")


def _commented(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines())


def _beside_kept(specs: Path) -> None:
    text = (specs / "router.yaml").read_text(encoding="utf-8")
    (specs / "router.yaml").unlink()
    with (specs / "kept.yaml").open("a", encoding="utf-8") as file:
        file.write("---\n" + _commented(text))


_AS_JSON = '{"apiVersion": "tuneform.dev/v1", "kind": "VertexTunedModel", "metadata": {"name": "router"}, "spec": {}}'

_HIDDEN_AWAY: dict[str, Callable[[Path], None]] = {
    **{
        name: _moved(name)
        for name in (
            "router.yaml.j2",
            "router.j2",
            "router.tmpl",
            "router.yaml.tpl",
            "router.gotmpl",
            "router.txt",
            "router.yaml.txt",
            "router.yaml.bak",
            "router.bak",
            "router.yaml~",
            "router.yml.disabled",
            "router.yaml.orig",
            "router.yaml.rej",
            "router.yaml.save",
            "router.yaml.swp",
            "#router.yaml#",
            ".router.yaml",
            ".router.yaml.swp",
            ".archive/router.yaml",
            "router.YAML",
            "router.Yml",
            "router.yamll",
            "router",
            "router.off",
            "router.cue",
            "deep/er/router.yaml_",
        )
    },
    "a template": _rewritten("router.yaml.j2", lambda text: text.replace("router", "{{ name }}")),
    "JSON": _rewritten("router.json", lambda _: _AS_JSON),
    "encrypted by sops": _rewritten(
        "router.enc", lambda _: '{"apiVersion": "ENC[AES256_GCM,data:x,iv:y]", "sops": {"version": "3.8"}}'
    ),
    "encrypted by Ansible": _rewritten("router.yaml.vault", lambda _: "$ANSIBLE_VAULT;1.1;AES256\n6162\n"),
    "encrypted by gpg": _rewritten("router.yaml.gpg", lambda _: "\x85\x01\x0c\x00\x01"),
    "packed": _rewritten("router.yaml.gz", lambda _: "\x1f\x8b\x08\x00\x00"),
    "a commented file": _rewritten("router.yaml", _commented),
    "a comment in another file": _beside_kept,
    "an empty file": _rewritten("router.yaml", lambda _: ""),
    "a link to a folder that is gone": _linked_to_nothing,
    "a submodule that is not checked out": _submodule,
}


@pytest.mark.parametrize("change", list(_HIDDEN_AWAY.values()), ids=list(_HIDDEN_AWAY))
def test_a_spec_that_is_not_read_refuses_its_removal_and_is_named(two: Room, change: Callable[[Path], None]) -> None:
    change(two.folder / "specs")

    shown, allowed = two.run("plan", "--json-into", "plan.json"), two.run("plan", "--allow-unread")

    saved = json.loads((two.folder / "plan.json").read_text(encoding="utf-8"))
    assert (shown.code, allowed.code) == (3, 0), shown.text
    assert "SPEC015" in shown.text
    assert "PLAN123" in shown.text
    assert [place["path"][:6] for place in saved["doubts"]] == ["specs/"]
    assert saved["refused"]


def test_apply_is_refused_before_the_first_change_until_it_is_allowed(two: Room) -> None:
    _moved("router.yaml.j2")(two.folder / "specs")

    refused, entries = two.apply(), list(two.lock["entries"])
    allowed = two.apply("--allow-unread")

    assert (refused.code, entries) == (3, ["vertex/kept", "vertex/router"])
    assert "--allow-unread" in refused.text
    assert (allowed.code, list(two.lock["entries"])) == (0, ["vertex/kept"])


def test_a_dated_line_names_the_address_that_may_go(two: Room) -> None:
    _moved("router.yaml.j2")(two.folder / "specs")
    line = "  allow: [{unread: vertex/%s, until: 2999-01-01, reason: it moved}]\n"

    two.workspace(more=line % "kept")
    other = two.run("plan").code
    two.workspace(more=line % "router")

    assert (other, two.run("plan").code) == (3, 0)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.md", text_of("router")),
        ("README", text_of("router")),
        ("README.txt", text_of("router")),
        ("LICENSE", "Apache"),
        ("data.jsonl", '{"contents": "kind: VertexTunedModel"}\n'),
        ("data.csv", "a,b\n"),
        ("notes.txt", "nothing of interest\n"),
        ("script.py", "print()\n"),
        (".gitignore", "*.bak\n"),
        (".DS_Store", "\0\0"),
        (".sops.yaml", "creation_rules: []\n"),
        ("empty.j2", ""),
        ("kustomization.yaml", "resources: [kept.yaml]\n"),
        ("Kustomization", "patches: [{patch: 'kind: VertexTunedModel'}]\n"),
        ("picture.png", "kind: VertexTunedModel"),
        (".git/router.yaml", text_of("router")),
        (".#router.yaml", text_of("router")),
        ("kept.yaml~", text_of("kept")),
        ("kept.yaml.j2", "kind: VertexTunedModel\nmetadata: {name: '{{ name }}'}\n"),
        ("copy.txt", text_of("kept")),
    ],
)
def test_data_prose_kustomizations_and_copies_are_no_doubt(two: Room, name: str, content: str) -> None:
    (two.folder / "specs/router.yaml").unlink()
    two.write(f"specs/{name}", content)

    shown = two.run("plan")

    assert shown.code == 0, shown.text
    assert two.actions() == ["delete vertex/router"]


def test_data_of_a_spec_may_speak_of_specs(room: Room) -> None:
    row = '{"contents": [{"role": "user", "parts": [{"text": "a %s"}]}, {"role": "model", "parts": [{"text": "b"}]}]}\n'
    room.write("specs/rows.txt", "".join(row % f"kind: VertexTunedModel {n}" for n in range(20)))
    room.spec("kept", data="rows.txt")
    room.spec("router", data="rows.txt")
    room.apply()

    (room.folder / "specs/router.yaml").unlink()

    assert room.run("plan").code == 0


def test_what_is_not_read_is_named_and_refuses_nothing_that_removes_nothing(two: Room) -> None:
    two.write("specs/new.yaml.j2", text_of("new"))
    two.spec("kept", epochs=4)

    planned, valid = two.run("plan"), two.run("validate")

    assert planned.code == valid.code == 0
    assert "specs/new.yaml.j2 does not end with .yaml or .yml." in planned.text
    assert "SPEC015" in valid.text


def test_a_target_that_is_gone_is_a_removal_as_well(two: Room) -> None:
    _moved("router.yaml.j2")(two.folder / "specs")

    assert two.run("plan", "--target", "vertex/router").code == 3
    assert two.run("plan", "--target", "vertex/kept").code == 0


def test_what_is_destroyed_by_name_needs_no_spec(two: Room) -> None:
    _moved("router.yaml.j2")(two.folder / "specs")

    assert two.run("destroy", "--yes", "vertex/router").code == 0


def test_a_folder_given_with_prune_is_looked_through_as_well(two: Room) -> None:
    _moved("router.yaml.bak")(two.folder / "specs")

    assert two.run("plan", "-f", "specs", "--prune").code == 3
    assert two.run("plan", "-f", "specs").code == 0


# Lists and pipes


def test_a_list_is_its_items(two: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = "".join(f"  {line}\n" for line in text_of("router").splitlines())
    listed = f"apiVersion: v1\nkind: List\nitems:\n-{inner[1:]}"
    nested = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n"
    nested += "  - " + "    ".join(text_of("kept").splitlines(keepends=True))

    shown = piped(two, monkeypatch, listed + "---\n" + nested, "plan", "-f", "-", "--prune")

    assert shown.code == 0, shown.text
    assert "2 models are as declared" in shown.text


def test_the_lists_of_a_folder_are_read_too(two: Room) -> None:
    for name in ("kept", "router"):
        (two.folder / f"specs/{name}.yaml").unlink()
    items = "".join("- " + "  ".join(text_of(n).splitlines(keepends=True)) for n in ("kept", "router"))
    two.write("specs/all.yaml", "apiVersion: tuneform.dev/v1\nkind: VertexTunedModelList\nitems:\n" + items)

    assert two.actions() == []


def test_a_mistake_in_an_item_is_shown_where_it_stands(room: Room) -> None:
    room.write(
        "specs/all.yaml",
        "kind: List\napiVersion: v1\nitems:\n- apiVersion: tuneform.dev/v1\n  kind: VertexTunedModel\n"
        "  metadata: {name: a}\n  spec: {baseModel: b, supervisedTuningSpec: {}, oops: 1}\n",
    )

    shown = room.run("validate")

    assert "specs/all.yaml:7:" in shown.text
    assert '"oops" is not a field of spec' in shown.text


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "# Source: chart/templates/x.yaml\n", "---\n---\n", "kind: List\napiVersion: v1\nitems: []\n"],
    ids=["nothing", "blank lines", "comments", "empty documents", "an empty list"],
)
@pytest.mark.parametrize("words", ["plan", "apply --yes", "validate", "gate", "status", "plan --prune"])
def test_an_empty_pipe_is_wrong_usage(two: Room, monkeypatch: pytest.MonkeyPatch, text: str, words: str) -> None:
    shown = piped(two, monkeypatch, text, *words.split(), "-f", "-")

    assert shown.code == 64, shown.text
    assert "SPEC014" in shown.text


def test_a_folder_or_a_file_without_documents_is_wrong_usage(two: Room) -> None:
    (two.folder / "none").mkdir()
    two.write("none.yaml", "# later\n")
    two.write("prose/README.md", "hello\n")

    codes = [two.run("plan", "-f", path).code for path in ("none", "none.yaml", "prose")]
    one_of_two = two.run("plan", "-f", "specs", "-f", "none.yaml")

    assert codes == [64, 64, 64]
    assert one_of_two.code == 64


def test_what_is_named_twice_is_not_empty(two: Room) -> None:
    for again in ("specs", "specs/kept.yaml", "./specs/kept.yaml"):
        assert two.run("plan", "-f", "specs", "-f", again).code == 0


def test_skipped_documents_are_counted(two: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\n"
    stream = other + other + text_of("kept")

    shown = piped(two, monkeypatch, stream, "plan", "-f", "-")
    as_json = piped(two, monkeypatch, stream, "plan", "-f", "-", "--format", "json")
    as_markdown = piped(two, monkeypatch, other + text_of("kept"), "plan", "-f", "-", "--format", "markdown")

    assert "2 documents of other tools skipped." in shown.text
    assert '"skipped": 2' in as_json.text
    assert "1 document of other tools skipped." in as_markdown.text


_NEAR = {
    "another group": text_of("router").replace("tuneform.dev/v1", "tuneform.io/v1"),
    "the group in capitals": text_of("router").replace("tuneform.dev", "Tuneform.Dev"),
    "no group": text_of("router").replace("tuneform.dev/v1", "v1"),
    "a kind in another case": text_of("router")
    .replace("tuneform.dev/v1", "x/v1")
    .replace("VertexTuned", "vertextuned"),
    "inside a template": "apiVersion: template.openshift.io/v1\nkind: Template\nobjects:\n- "
    + "  ".join(text_of("router").splitlines(keepends=True)),
    "as text in a ConfigMap": "apiVersion: v1\nkind: ConfigMap\ndata:\n  router.yaml: |\n    "
    + "    ".join(text_of("router").splitlines(keepends=True)),
}


@pytest.mark.parametrize("near", list(_NEAR.values()), ids=list(_NEAR))
def test_a_near_miss_in_the_pipe_refuses_a_removal(two: Room, monkeypatch: pytest.MonkeyPatch, near: str) -> None:
    stream = f"{text_of('kept')}---\n{near}"

    assert piped(two, monkeypatch, stream, "plan", "-f", "-").code == 0
    shown = piped(two, monkeypatch, stream, "plan", "-f", "-", "--prune")
    assert (shown.code, "PLAN123" in shown.text) == (3, True), shown.text


@pytest.mark.parametrize(
    "other",
    [
        "apiVersion: v1\nkind: Secret\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "patches: [{patch: 'kind: VertexTunedModel'}]\n",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        "spec: {group: tuneform.dev, names: {kind: VertexTunedModel}}\n",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nrules: [{apiGroups: [tuneform.dev]}]\n",
    ],
)
def test_documents_of_others_in_the_pipe_are_no_doubt(two: Room, monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    both = f"{text_of('kept')}---\n{text_of('router')}"
    assert piped(two, monkeypatch, both, "apply", "-f", "-", "--prune", "--yes").code == 0

    shown = piped(two, monkeypatch, f"{text_of('kept')}---\n{other}", "plan", "-f", "-", "--prune")

    assert shown.code == 0, shown.text


# Another folder, branch or pipe


def test_a_set_of_other_names_is_refused_as_an_emptied_one(two: Room) -> None:
    for name in ("kept", "router"):
        (two.folder / f"specs/{name}.yaml").unlink()
    two.spec("sandbox")

    refused, allowed = two.run("plan"), two.run("plan", "--allow-empty")

    assert (refused.code, allowed.code) == (3, 0)
    assert "The lock has 2 models, and the only spec that was found declares another one." in " ".join(
        refused.text.split()
    )


def test_another_folder_with_prune_is_refused(two: Room) -> None:
    two.write("other/sandbox.yaml", text_of("sandbox"))

    assert two.run("plan", "-f", "other", "--prune").code == 3
    assert two.run("plan", "-f", "other").code == 0


def test_the_overrides_of_one_refusal_are_not_those_of_the_other(two: Room) -> None:
    _moved("router.yaml.j2")(two.folder / "specs")
    assert two.run("plan", "--allow-empty").code == 3
    (two.folder / "specs/kept.yaml").rename(two.folder / "kept")
    assert two.run("plan", "--allow-unread").code == 3
    assert two.run("plan", "--allow-unread", "--allow-empty").code == 0
