"""What decisions ask of a dialect, and what the adapters of that service read and send, are one."""

from __future__ import annotations

import msgspec
import pytest

from reconciler.backends.gemini_wire import MUTABLE
from reconciler.backends.vertex_types import WireJob
from reconciler.core.dialects import DIALECTS, of_base_model
from reconciler.core.dialects.gemini import GEMINI
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.model import Status


def test_every_method_that_a_job_can_have_is_known_to_its_dialect() -> None:
    read = {f.encode_name for f in msgspec.structs.fields(WireJob) if f.encode_name.endswith("Spec")}

    assert read - {VERTEX.encryption} == {*(m.field for m in VERTEX.methods), *VERTEX.other_methods}


def test_a_display_name_can_be_patched_where_the_dialect_names_it() -> None:
    assert GEMINI.display_name in MUTABLE


@pytest.mark.parametrize(
    ("name", "backend"),
    [("models/gemini-1.5-flash-001-tuning", "gemini"), ("gemini-2.5-flash", "vertex"), ("google/gemma-3@1", "vertex")],
)
def test_a_base_model_says_by_its_name_whose_it_is(name: str, backend: str) -> None:
    assert of_base_model(name).name == backend


@pytest.mark.parametrize(
    ("backend", "state", "code", "status"),
    [
        ("gemini", "FAILED", 0, Status.FAILED),
        ("gemini", "FAILED", 1, Status.CANCELLED),
        ("gemini", "CREATING", 1, Status.IN_PROGRESS),
        ("vertex", "JOB_STATE_CANCELLED", 0, Status.CANCELLED),
        ("vertex", "JOB_STATE_FAILED", 1, Status.FAILED),
        ("vertex", "JOB_STATE_SHINY", 0, Status.UNKNOWN),
        ("vertex", "", 0, Status.UNKNOWN),
    ],
)
def test_a_state_means_what_its_dialect_says(backend: str, state: str, code: int, status: Status) -> None:
    assert DIALECTS[backend].status_of(state, code) is status
