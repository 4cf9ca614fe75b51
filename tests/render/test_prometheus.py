"""The status as metrics: read back by the rules of the text format, which the writer knows nothing of."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.concerns import Concern, ConcernKind
from reconciler.core.model import Address, Progress
from reconciler.render.prometheus import status_to_prometheus
from reconciler.render.values import StatusRow
from tests.render.builders import GOOGLE, status_rows

AT_S = 1_790_000_000.5
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|\})')


class Sample(NamedTuple):
    name: str
    labels: dict[str, str]
    value: float


def read(text: str) -> list[Sample]:
    """Of https://prometheus.io/docs/instrumenting/exposition_formats/, and every rule of it that counts here.

    A line ends with a line feed, the last one too; a TYPE comes once and before its samples, which are in one group;
    no two samples have the same name and labels.
    """
    assert text.endswith("\n")
    typed: list[str] = []
    helped: list[str] = []
    found: list[Sample] = []
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("# HELP "):
            name, says = line.removeprefix("# HELP ").split(" ", 1)
            assert says
            assert name not in helped
            helped.append(name)
        elif line.startswith("# TYPE "):
            name, kind = line.removeprefix("# TYPE ").split(" ")
            assert kind == "gauge"
            assert name not in typed
            typed.append(name)
        else:
            found.append(_sample(line))
            assert found[-1].name == typed[-1], "samples of one metric stand together"
    assert typed == helped
    assert len({(s.name, *sorted(s.labels.items())) for s in found}) == len(found)
    return found


def _sample(line: str) -> Sample:
    name = _NAME.match(line)
    assert name is not None, line
    at, labels = name.end(), {}
    if line[at] == "{":
        at += 1
        while line[at - 1] != "}":
            label = _LABEL.match(line, at)
            assert label is not None, line[at:]
            labels[label[1]] = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], label[2])
            at = label.end()
    assert line[at] == " "
    return Sample(name[0], labels, float(line[at + 1 :]))


def of(name: str, rows: list[StatusRow]) -> list[tuple[dict[str, str], float]]:
    found = read(status_to_prometheus(rows, GOOGLE, AT_S))
    without = ("workspace", "attempt")
    return [({k: v for k, v in s.labels.items() if k not in without}, s.value) for s in found if s.name == name]


ROW = StatusRow(
    Address("vertex", "router"),
    "candidate",
    "JOB_STATE_RUNNING",
    "gemini-2.5-flash",
    progress=Progress(45.0, 120, 266),
    age_s=130.0,
    since_s=60.0,
    attempt="2",
    cost=1.25,
    currency="USD",
    gate="passed",
    retires="2026-10-16",
    concerns=(Concern(ConcernKind.STUCK, "no step for 4 h", 14_400.0), Concern(ConcernKind.STUCK, "too long", 9.0)),
)
HERE = {"address": "vertex/router"}


def test_every_row_is_there_with_what_is_known_of_it() -> None:
    rows = [ROW, StatusRow(Address("vertex", "tone"), "", "not trained")]

    assert of("tuneform_model_info", rows) == [
        (
            {**HERE, "role": "candidate", "state": "JOB_STATE_RUNNING", "base": "gemini-2.5-flash", "gate": "passed"},
            1.0,
        ),
        ({"address": "vertex/tone", "role": "", "state": "not trained", "base": "", "gate": ""}, 1.0),
    ]
    assert of("tuneform_training_age_seconds", rows) == [(HERE, 130.0)]
    assert of("tuneform_training_state_seconds", rows) == [(HERE, 60.0)]
    assert of("tuneform_training_progress_ratio", rows) == [(HERE, 0.45)]
    assert of("tuneform_training_cost", rows) == [({**HERE, "currency": "USD"}, 1.25)]
    assert of("tuneform_model_retirement_timestamp_seconds", rows) == [(HERE, 1_792_108_800.0)]
    assert of("tuneform_status_timestamp_seconds", rows) == [({}, AT_S)]


def test_a_kind_of_concern_is_one_sample_however_often_it_is_there() -> None:
    assert of("tuneform_model_concern", [ROW]) == [({**HERE, "kind": "stuck"}, 1.0)]


def test_what_nobody_knows_has_no_metric() -> None:
    text = status_to_prometheus([replace(ROW, progress=Progress(), cost=None, age_s=None)], GOOGLE, AT_S)

    assert "progress" not in text
    assert "cost" not in text
    assert "age" not in text


def test_what_people_see_is_what_a_scraper_reads() -> None:
    assert len(of("tuneform_model_info", status_rows())) == len(status_rows())


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.text(alphabet='\\"\n{},= '))
def test_no_word_of_a_service_ends_a_label(state: str, base: str) -> None:
    (sample,) = of("tuneform_model_info", [replace(ROW, state=state, base=base)])

    assert (sample[0]["state"], sample[0]["base"]) == (state, base)
