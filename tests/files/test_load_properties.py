"""Whatever stands in the files, loading answers with specs or with mistakes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.diagnostics import Severity
from reconciler.files.specs import load
from reconciler.files.yaml_tree import SourceText, read_documents
from tests.files import test_loading, test_workspace
from tests.files.cases import DEFAULTS

GEMINI = """\
apiVersion: tuneform.dev/v1
kind: GeminiTunedModel
metadata: {name: numbers, annotations: {tuneform.dev/workspace: acme}}
spec:
  tunedModelSource: {ref: {kind: GeminiTunedModel, name: older}}
  displayName: numbers
  temperature: 0.5
  readerProjectNumbers: [1]
  tuningTask:
    hyperparameters: {epochCount: 5, batchSize: 2, learningRate: 0.001}
    trainingData: {examples: {examples: [{textInput: "1", output: "2"}]}}
  tuneform: {formerNames: [digits], extra: {tuningTask: {hyperparameters: {warmup: 1}}}}
"""
VALUES = [
    read_documents(SourceText("a.yaml", text.encode()))[0][0].value
    for text in (test_loading.FULL, GEMINI, test_workspace.FULL)
]
ODD = st.sampled_from(
    ["", "a", "é", "gs://b/o", "projects/p", "5", "1e999", "../x", "\0", "\x1b[0m", "ref", "VertexTunedModel"]
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD, inner, max_size=3),
    max_leaves=6,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in below:
        yield from paths(inner, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = copy.deepcopy(value)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = new
    return changed


PLACES = [(value, path) for value in VALUES for path in paths(value)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), ANY)
def test_a_value_of_any_kind_in_any_place_is_loaded_or_explained(
    folder: Path, place: tuple[Any, tuple[Any, ...]], new: Any
) -> None:
    text = json.dumps(replaced(*place, new))

    loaded = load(files=["-"], stdin=text, defaults=DEFAULTS)

    assert (loaded.desired is None) is any(d.severity is Severity.ERROR for d in loaded.diagnostics)
    assert all(d.where is not None and d.detail and d.fix for d in loaded.diagnostics)
    assert all(d.where is not None and d.where.line >= 1 for d in loaded.diagnostics)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(3)))
def test_the_order_of_documents_changes_nothing(folder: Path, order: list[int]) -> None:
    texts = [test_loading.MINIMAL.replace("NAME", name) for name in ("a", "b", "c")]

    in_order, shuffled = (
        load(files=["-"], stdin="---\n".join(texts[i] for i in chosen), defaults=DEFAULTS).desired
        for chosen in (range(3), order)
    )

    assert in_order is not None
    assert shuffled is not None
    assert list(shuffled.models) == list(in_order.models)
    assert [d.training for d in shuffled.models.values()] == [d.training for d in in_order.models.values()]
