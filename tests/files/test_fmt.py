"""`tuneform fmt`: one order, spelling and indentation; the same specs, every comment in its place, once is enough."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli import run
from reconciler.core import exits
from reconciler.files.explain import examples
from reconciler.files.fields import fields_of
from reconciler.files.fmt.formatting import formatted
from reconciler.files.init import starter_files
from reconciler.files.schema import KINDS
from reconciler.files.schema.base import Part
from reconciler.files.yaml_spelling import camel, snake
from reconciler.files.yaml_tree import SourceText, read_documents

ROOT = Path(__file__).parents[2]
OURS = sorted([*ROOT.glob("specs/*.yaml"), *ROOT.glob("examples/**/*.yaml"), ROOT / "tuneform.yaml"])


def shown(text: str) -> str:
    new, mistakes = formatted("a.yaml", text.encode())
    assert mistakes == []
    return new.decode()


def value_of(text: str) -> Any:
    documents, mistakes = read_documents(SourceText("a.yaml", text.encode()))
    assert mistakes == []
    return [document.value for document in documents]


def test_keys_go_into_the_order_of_the_reference_with_their_comments() -> None:
    before = """\
# about the whole file

kind: VertexTunedModel   # the kind
# about the version
apiVersion: tuneform.dev/v1
metadata:
    # the name
    name: a   # trailing
spec:
    tuneform:
        # about the gate
        gate:
            prompts:
            # first
            - contains: billing   # c
              # about the text
              text: a
            -   text: b
                matches: x
        task: chat
        # at the end of tuneform

    # about the method
    supervised_tuning_spec:
        hyper_parameters: {learning_rate_multiplier: 1.0, epoch_count: 4}   # behind
        training_dataset_uri: "gs://b/o"
    description: |
        Several
          lines

        # no comment
    base_model: gemini-3.5-flash

# at the end of all
---
kind: ConfigMap
data: {z: 1,   a: 2}
"""

    assert (
        shown(before)
        == """\
# about the whole file

# about the version
apiVersion: tuneform.dev/v1
kind: VertexTunedModel   # the kind
metadata:
  # the name
  name: a   # trailing
spec:
  baseModel: gemini-3.5-flash
  description: |
      Several
        lines

      # no comment

  # about the method
  supervisedTuningSpec:
    trainingDatasetUri: "gs://b/o"
    hyperParameters: {epochCount: 4, learningRateMultiplier: 1.0}   # behind
  tuneform:
    task: chat
    # about the gate
    gate:
      prompts:
        # first
        # about the text
        - text: a
          contains: billing   # c
        - text: b
          matches: x
    # at the end of tuneform

# at the end of all
---
kind: ConfigMap
data: {z: 1,   a: 2}
"""
    )


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_this_repository_shows_is_in_that_form(path: Path) -> None:
    assert formatted(str(path), path.read_bytes()) == (path.read_bytes(), [])


def test_what_init_writes_is_in_that_form() -> None:
    for name, text in starter_files("acme", "acme-ml", "us-central1").items():
        if name.endswith(".yaml"):
            assert shown(text) == text


@pytest.mark.parametrize("text", [text for text, _ in examples()])
def test_the_examples_of_explain_are_in_that_form(text: str) -> None:
    assert shown(text) == text


# Any text


class Writer:
    """Writes a value as somebody might, with a comment above each key that names it."""

    def __init__(self, data: st.DataObject) -> None:
        self._draw = data.draw
        self.comments: list[str] = []

    def document(self, value: Mapping[str, Any], part: type[Part]) -> str:
        return "\n".join(self._mapping(value, part, 0, is_top=True)) + "\n"

    def _mapping(
        self, value: Mapping[str, Any], part: type[Part] | None, indent: int, *, is_top: bool
    ) -> Iterator[str]:
        names = self._draw(st.permutations(sorted(value)))
        for number, name in enumerate(names):
            yield from self._above(name, indent, may=not (is_top and number == 0))
            known = fields_of(part).get(name) if part else None
            spelt = snake(name) if known is not None and self._draw(st.booleans()) else name
            inner = known.part if known is not None and known.many is None else None
            of_items = known.part if known is not None and known.many is list else None
            yield from self._entry(spelt, value[name], inner, of_items, indent)

    def _above(self, name: str, indent: int, *, may: bool) -> Iterator[str]:
        if may and self._draw(st.booleans()):
            if self._draw(st.booleans()):
                yield ""
            self.comments.append(f"# above {name} {len(self.comments)}")
            yield " " * indent + self.comments[-1]

    def _entry(
        self, name: str, value: Any, inner: type[Part] | None, of_items: type[Part] | None, indent: int
    ) -> Iterator[str]:
        lead = " " * indent
        behind = "  # behind" if self._draw(st.booleans()) else ""
        step = self._draw(st.sampled_from([1, 2, 3, 4]))
        if isinstance(value, dict) and value and self._draw(st.integers(0, 3)):
            yield f"{lead}{name}:{behind}"
            yield from self._mapping(value, inner, indent + step, is_top=False)
        elif isinstance(value, list) and value and all(isinstance(v, dict) and v for v in value):
            yield f"{lead}{name}:{behind}"
            at = indent + self._draw(st.sampled_from([0, 2, 4]))
            for item in value:
                yield from self._above(name, at, may=True)
                gap = self._draw(st.sampled_from([1, 2, 3]))
                first, *rest = self._mapping(item, of_items, at + 1 + gap, is_top=True)
                yield f"{' ' * at}-{' ' * gap}{first.strip()}"
                yield from rest
        else:
            yield f"{lead}{name}: {_flow(value)}{behind}"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(v)}" for key, v in reversed(list(value.items()))) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


@given(st.sampled_from(examples()), st.data())
def test_any_spec_says_the_same_with_every_comment_above_its_key_and_once_is_enough(
    chosen: tuple[str, Any], data: st.DataObject
) -> None:
    _, value = chosen
    writer = Writer(data)
    text = writer.document(value, KINDS[value["kind"]])

    new = shown(text)

    assert _camelled(value_of(new), value) == [value]
    assert shown(new) == new
    for comment in writer.comments:
        name = comment.split()[2]
        below = next(line for line in new[new.index(comment + "\n") :].splitlines()[1:] if _is_content(line))
        key = re.split(r"[:\s]", below.strip().removeprefix("- "))[0]
        assert name in (key, camel(key)) or below.strip().startswith("- ")
    assert new.count("# behind") == text.count("# behind")
    assert _order_of(new) == [name for name in fields_of(KINDS[value["kind"]]) if name in value]


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith("#")


def _order_of(text: str) -> list[str]:
    return [line.split(":")[0] for line in text.splitlines() if line[:1].isalpha()]


def _camelled(found: Any, like: Any) -> Any:
    """The keys of a free object are the user's own."""
    assert isinstance(like, dict)
    return found


@given(st.text(alphabet=" \n-:#{}[]|>&*!?'\"abk", max_size=40), st.sampled_from(["", "---\n", "...\n"]))
def test_whatever_stands_beside_a_spec_is_left_as_it_is(other: str, mark: str) -> None:
    """Or there is a mistake in it, and nothing is written at all."""
    text = f"{other}\n{mark}"
    new, mistakes = formatted("a.yaml", text.encode())

    assert new == text.encode()
    assert all(m.is_error for m in mistakes)


def test_a_text_whose_lines_end_for_a_parser_alone_is_left_as_it_is() -> None:
    text = "kind: Workspace\napiVersion: tuneform.dev/v1\nmetadata: {name: a, labels: {a: 'x\u2028y'}}\n"
    new, mistakes = formatted("a.yaml", text.encode())

    assert (new, [m.code for m in mistakes]) == (text.encode(), ["RUN080"])


@pytest.mark.parametrize("text", ["\ufeffkind: Workspace\napiVersion: tuneform.dev/v1\nmetadata: {name: a}\n"])
def test_a_byte_order_mark_stays(text: str) -> None:
    assert shown(text) == "\ufeffapiVersion: tuneform.dev/v1\nkind: Workspace\nmetadata: {name: a}\n"


_HEAD = "apiVersion: tuneform.dev/v1\nkind: VertexTunedModel\nmetadata: {name: a}\nspec:\n"
_DATA = "supervisedTuningSpec: {trainingDatasetUri: gs://b/o}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "  ? description\n  : x\n  # c\n  ? baseModel\n  : m\n",
            "  # c\n  ? baseModel\n  : m\n  ? description\n  : x\n",
        ),
        (
            "    description: |2\n        x\n      y\n    baseModel: m\n",
            "  baseModel: m\n  description: |2\n      x\n    y\n",
        ),
        ("  description: |+\n    x\n\n  baseModel: m\n", "  baseModel: m\n  description: |+\n    x\n\n"),
        (
            "  description:\n    two\n    words\n  baseModel: m\n",
            "  baseModel: m\n  description:\n    two\n    words\n",
        ),
        ("  description: 'a\n\n  # no\n  b'\n  baseModel: m\n", "  baseModel: m\n  description: 'a\n\n  # no\n  b'\n"),
        ("  # c1\n\n  # c2\n  baseModel: m\n", "  # c1\n\n  # c2\n  baseModel: m\n"),
        ("  description:   # nothing\n  baseModel: m\n", "  baseModel: m\n  description:   # nothing\n"),
    ],
)
def test_every_way_to_write_a_value_is_moved_whole(before: str, after: str) -> None:
    indent = " " * (len(before) - len(before.lstrip(" ")))

    assert shown(f"{_HEAD}{before}{indent}{_DATA}\n") == f"{_HEAD}{after}  {_DATA}\n"


@pytest.mark.parametrize("ends", ["\r\n", "\n"])
def test_the_ends_of_lines_stay(ends: str) -> None:
    text = f"kind: Workspace{ends}apiVersion: tuneform.dev/v1{ends}metadata: {{name: a}}{ends}"

    assert shown(text) == f"apiVersion: tuneform.dev/v1{ends}kind: Workspace{ends}metadata: {{name: a}}{ends}"


@pytest.mark.parametrize(
    "text",
    [
        "kind: Workspace\napiVersion: tuneform.dev/v1\nmetadata: {name: a}\nspecs: {}\n",
        "kind: Workspace\napiVersion: tuneform.dev/v1\nmetadata: {name: a\n",
        "kind: Workspace\napiVersion: tuneform.dev/v1\nmetadata: {name: a}\nkind: Workspace\n",
    ],
)
def test_what_does_not_load_is_not_written(text: str) -> None:
    new, mistakes = formatted("a.yaml", text.encode())

    assert new == text.encode()
    assert mistakes


def test_what_is_named_by_an_anchor_stays_before_what_stands_for_it() -> None:
    text = """\
kind: VertexTunedModel
apiVersion: tuneform.dev/v1
metadata: {name: a}
spec:
    supervisedTuningSpec: {trainingDatasetUri: &data gs://b/o}
    baseModel: gemini-3.5-flash
    labels: {data: x}
    tuneform: {gate: {heldout: *data, atLeast: 80%}}
"""

    new = shown(text)

    assert value_of(new) == value_of(text)
    assert new.index("&data") < new.index("*data")
    assert "\n  baseModel" in new


# The command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    Path("tuneform.yaml").write_text(_SETTINGS, encoding="utf-8")
    Path("specs/a.yaml").write_text(_SPEC, encoding="utf-8")
    return tmp_path


_SETTINGS = "apiVersion: tuneform.dev/v1\nkind: Workspace\nmetadata: {name: acme}\n"
_SPEC = """\
kind: VertexTunedModel
apiVersion: tuneform.dev/v1
metadata: {name: a}
spec: {supervised_tuning_spec: {trainingDatasetUri: gs://b/o}, baseModel: gemini-3.5-flash}
"""


@pytest.mark.usefixtures("folder")
def test_what_is_not_in_form_is_named_and_written_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fmt", "--check"]) == exits.FAILED
    assert capsys.readouterr().out == "specs/a.yaml\n"
    assert Path("specs/a.yaml").read_text(encoding="utf-8") == _SPEC

    assert run(["fmt"]) == exits.OK
    assert capsys.readouterr().out == "specs/a.yaml\n"
    assert run(["fmt", "--check"]) == exits.OK
    assert capsys.readouterr().out == ""
    assert "spec: {baseModel: gemini-3.5-flash, supervisedTuningSpec:" in Path("specs/a.yaml").read_text("utf-8")


@pytest.mark.usefixtures("folder")
def test_a_file_with_a_mistake_is_left_and_the_others_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    Path("specs/b.yaml").write_text("kind: {\n", encoding="utf-8")

    assert run(["fmt"]) == exits.FAILED

    told = capsys.readouterr()
    assert told.out == "specs/a.yaml\n"
    assert "specs/b.yaml" in told.err
    assert Path("specs/b.yaml").read_text(encoding="utf-8") == "kind: {\n"


@pytest.mark.usefixtures("folder")
def test_a_file_keeps_its_mode_and_a_link_out_of_its_folder_is_refused(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("specs/a.yaml").chmod(0o640)
    elsewhere = tmp_path_factory.mktemp("else") / "b.yaml"
    elsewhere.write_text(_SPEC.replace("name: a", "name: b"), encoding="utf-8")

    assert run(["fmt"]) == exits.OK
    assert Path("specs/a.yaml").stat().st_mode & 0o777 == 0o640

    Path("specs/b.yaml").symlink_to(elsewhere)
    assert run(["fmt"]) == exits.FAILED
    assert "RUN016" in capsys.readouterr().err
    assert elsewhere.read_text(encoding="utf-8").startswith("kind:")


def test_a_missing_file_is_a_mistake(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fmt", str(folder / "none.yaml")]) == exits.FAILED

    assert "SPEC001" in capsys.readouterr().err


def test_what_would_be_written_is_shown_and_nothing_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = folder / "specs/a.yaml"
    spec.parent.mkdir(exist_ok=True)
    before = "kind: VertexTunedModel  # ours\napiVersion: tuneform.dev/v1\nmetadata: {name: a}\n"
    before += "spec: {baseModel: gemini-3.5-flash, supervisedTuningSpec: {trainingDatasetUri: gs://bucket/o}}\n"
    spec.write_text(before, encoding="utf-8")

    code = run(["fmt", "--diff", "specs/a.yaml"])

    shown = capsys.readouterr().out.splitlines()
    assert (code, spec.read_text("utf-8")) == (exits.FAILED, before)
    assert shown[:2] == ["--- specs/a.yaml", "+++ specs/a.yaml"]
    assert "-apiVersion: tuneform.dev/v1" in shown
    assert "+apiVersion: tuneform.dev/v1" in shown


def test_where_all_is_in_form_there_is_no_difference(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["fmt"])
    capsys.readouterr()

    code = run(["fmt", "--diff"])

    assert (code, capsys.readouterr().out) == (exits.OK, "")
