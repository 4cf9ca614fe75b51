"""The status table as metrics, in the text format that Prometheus reads and the textfile collector passes on.

https://prometheus.io/docs/instrumenting/exposition_formats/, read 2026-11-30: one HELP and one TYPE line for each
metric, all of its samples below them, and labels whose values spell out backslashes, quotes and new lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reconciler.render.values import Banner, StatusRow

_Sample = tuple[dict[str, str], float]


@dataclass(frozen=True, slots=True)
class _Metric:
    """A gauge: its name, what it says, and its samples of one row."""

    name: str
    says: str
    of: Callable[[StatusRow], Iterator[_Sample]]


def status_to_prometheus(rows: Sequence[StatusRow], banner: Banner, at_s: float) -> str:
    """All rows. Each sample has the workspace and the address; `at_s` is when they were so, since the epoch."""
    lines = [line for metric in _METRICS for line in _lines(metric, rows, banner.workspace)]
    read = "tuneform_status_timestamp_seconds"
    return "".join(
        f"{line}\n"
        for line in (
            *lines,
            f"# HELP {read} When the others were read, in seconds since the epoch.",
            f"# TYPE {read} gauge",
            _sample(read, {"workspace": banner.workspace}, at_s),
        )
    )


def _lines(metric: _Metric, rows: Sequence[StatusRow], workspace: str) -> Iterator[str]:
    samples = [
        ({"workspace": workspace, "address": str(row.address), **labels}, value)
        for row in rows
        for labels, value in metric.of(row)
    ]
    if samples:
        yield f"# HELP {metric.name} {metric.says}"
        yield f"# TYPE {metric.name} gauge"
        yield from (_sample(metric.name, labels, value) for labels, value in samples)


def _sample(name: str, labels: dict[str, str], value: float) -> str:
    inner = ",".join(f'{key}="{_spelt(text)}"' for key, text in labels.items())
    return f"{name}{{{inner}}} {float(value)!r}"


def _spelt(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _attempt(row: StatusRow) -> dict[str, str]:
    return {"attempt": row.attempt}


def _info(row: StatusRow) -> Iterator[_Sample]:
    yield {**_attempt(row), "role": row.role, "state": row.state, "base": row.base, "gate": row.gate}, 1.0


def _concerns(row: StatusRow) -> Iterator[_Sample]:
    for kind in dict.fromkeys(concern.kind.value for concern in row.concerns):
        yield {**_attempt(row), "kind": kind}, 1.0


def _known(value: Callable[[StatusRow], float | None]) -> Callable[[StatusRow], Iterator[_Sample]]:
    def samples(row: StatusRow) -> Iterator[_Sample]:
        found = value(row)
        if found is not None:
            yield _attempt(row), found

    return samples


def _progress(row: StatusRow) -> float | None:
    percent = row.progress.percent
    return None if percent is None else percent / 100


def _cost(row: StatusRow) -> Iterator[_Sample]:
    if row.cost is not None:
        yield {**_attempt(row), "currency": row.currency}, row.cost


def _retires(row: StatusRow) -> float | None:
    return datetime.fromisoformat(row.retires).replace(tzinfo=UTC).timestamp() if row.retires else None


_METRICS = (
    _Metric("tuneform_model_info", "Each training that the lock has, with its role and state; always 1.", _info),
    _Metric(
        "tuneform_model_concern",
        "1 for each kind of thing that is wrong with it, as status --check says; without a sample nothing is.",
        _concerns,
    ),
    _Metric("tuneform_training_age_seconds", "Since its job was created.", _known(lambda row: row.age_s)),
    _Metric(
        "tuneform_training_state_seconds",
        "In its present state, while it is under way.",
        _known(lambda row: row.since_s),
    ),
    _Metric("tuneform_training_progress_ratio", "How much of it is done, from 0 to 1.", _known(_progress)),
    _Metric("tuneform_training_cost", "What an ended training was billed, in the currency of its label.", _cost),
    _Metric(
        "tuneform_model_retirement_timestamp_seconds",
        "The earliest day on which its base model retires, in seconds since the epoch.",
        _known(_retires),
    ),
)
