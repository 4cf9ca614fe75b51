"""Hypothesis strategies: plans and events whose texts are as hostile as texts get."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

from reconciler.core import events as e
from reconciler.core.change import (
    Adoption,
    Basis,
    Cause,
    Change,
    Cost,
    FieldChange,
    Forecast,
    Plan,
    Reason,
    ReasonCode,
)
from reconciler.core.data_changes import BeforeAfter, DataChange, RowCounts
from reconciler.core.diagnostics import Diagnostic, Location, Severity
from reconciler.core.gate_result import AddressGate, GateCheck, GateResult, Verdict
from reconciler.core.lock import DataRecord, Role, Submission
from reconciler.core.model import Action, Address, Lifecycle, LiveTraining, OnChange, Progress, Status
from reconciler.render.values import Banner, StatusRow

NASTY = [
    "\x1b[2J\x1b]0;x\x07",
    "\r\n",
    "```",
    "~~~~",
    "@octocat",
    "<!-- x",
    "</details>",
    "\u202e\u2066",
    "\u200b",
    "|",
    "\u65e5\u672c",
    "e\u0301",
]
# Surrogates excluded: no file or answer in UTF-8 can hold one. A named test covers them.
any_text = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.lists(st.sampled_from([*NASTY, "word", " ", "a-long-word-" * 8]), max_size=8).map("".join),
)


def _one_of_each_category() -> list[str]:
    """The first character of every category of Unicode, and the last of the control characters."""
    found: dict[str, str] = {}
    for point in (*range(0x2FFF), *range(0xE000, 0xE002), *range(0x1D165, 0x1D180), 0xE0001):
        found.setdefault(unicodedata.category(chr(point)), chr(point))
    return [*found.values(), "\x7f", "\x9f", "\ufffe", "\U000e007f"]


# One draw each: a plan has a hundred texts, and drawing them by character takes most of a test's time.
texts = st.sampled_from(
    [
        "",
        " ",
        "word",
        "some words of no meaning that take more than one line of a narrow terminal",
        "a-long-word-" * 8,
        *NASTY,
        *(f"a{piece} {piece}b" for piece in NASTY),
        *(f"{one}{two}" for one in NASTY for two in NASTY),
        *(f"x{char}y" for char in _one_of_each_category()),
    ]
)
names = st.sampled_from(["a", "support-router", "x" * 63, "a-0", "ticket-tagger-with-a-name-of-middling-length"])
addresses = st.builds(Address, st.sampled_from(["gemini", "vertex"]), names)
keys = st.sampled_from(["baseModel", "labels", "k", "learningRateMultiplier", "supervisedTuningSpec"])
paths = st.lists(keys, min_size=1, max_size=3).map(".".join)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), texts
)
values = st.one_of(scalars, st.lists(scalars, max_size=3), st.dictionaries(texts, scalars, max_size=3))
trees = st.dictionaries(keys, values, max_size=3)
amounts = st.none() | st.floats(0, 1e9, allow_nan=False)
costs = st.builds(Cost, amounts, amounts, st.sampled_from(["USD", "EUR"]), texts, texts)
progresses = st.builds(
    Progress, st.none() | st.floats(0, 100), st.none() | st.integers(0, 10**6), st.none() | st.integers(0, 10**6), texts
)
locations = st.builds(Location, texts, st.integers(0, 10**6), st.integers(0, 999))
diagnostics = st.builds(
    Diagnostic,
    st.sampled_from(["SPEC012", "PLAN101", "API320"]),
    st.sampled_from(Severity),
    st.just("Epochs out of range"),
    texts,
    texts,
    st.none() | locations,
    st.none() | addresses.map(str),
    texts,
)
fields = st.builds(
    FieldChange,
    paths,
    values,
    values,
    st.sampled_from(OnChange),
    st.sampled_from(Cause),
    st.sampled_from(Basis),
    texts,
)
records = st.builds(DataRecord, field=paths, uri=texts, sha256=st.sampled_from(["", "ab" * 32]))
submissions = st.builds(
    Submission,
    project=texts,
    location=texts,
    training=trees,
    in_place=trees,
    reported=trees,
    data=st.lists(records, max_size=2).map(tuple),
    parent=texts,
)
forecasts = st.builds(
    Forecast,
    st.none() | st.integers(0, 10**6),
    st.integers(1, 2),
    st.integers(1, 9),
    st.integers(0, 9),
    costs,
    st.none() | st.floats(0, 1),
)
tuples_of_text = st.lists(texts, max_size=2).map(tuple)
_counts = st.integers(0, 10**9)
_pairs = st.builds(BeforeAfter, st.none() | _counts, st.none() | _counts)
data_changes = st.builds(
    DataChange,
    field=st.sampled_from(["supervisedTuningSpec.trainingDatasetUri", "supervisedTuningSpec.validationDatasetUri"]),
    uri=texts,
    was=texts,
    examples=_pairs,
    tokens=_pairs,
    rows=st.none() | st.builds(RowCounts, _counts, _counts, _counts, _counts),
    why=texts,
)
changes = st.builds(
    Change,
    address=addresses,
    action=st.sampled_from(Action),
    reason=st.builds(Reason, st.sampled_from(ReasonCode), texts),
    fields=st.lists(fields, max_size=3).map(tuple),
    submission=st.none() | submissions,
    in_place=st.none() | trees,
    patch=st.none() | trees,
    lifecycle=st.builds(Lifecycle, protect=st.booleans(), keep=st.integers(0, 9)),
    adopts=st.lists(st.builds(Adoption, texts, st.just("1"), st.sampled_from(Role)), max_size=2).map(tuple),
    cancels=tuples_of_text,
    resources=tuples_of_text,
    deposed=st.booleans(),
    after=st.lists(addresses, max_size=2).map(tuple),
    renamed_from=st.none() | addresses,
    progress=st.none() | progresses,
    state=texts,
    spent_tokens=st.none() | st.integers(0, 10**12),
    cost=st.none() | costs,
    cost_before=st.none() | costs,
    data=st.lists(data_changes, max_size=2).map(tuple),
    age_s=st.none() | st.floats(0, 1e8),
    forecast=st.none() | forecasts,
    notes=st.lists(diagnostics, max_size=2).map(tuple),
    command=texts,
    disposes_ready=st.integers(0, 3),
)
plans = st.builds(
    Plan,
    changes=st.lists(changes, max_size=3).map(tuple),
    checksum=st.just("9f0c1e5d" * 5),
    lineage=texts,
    workspace=names,
    target=st.sampled_from(["google", "emulator:local"]),
    undeclared=st.integers(0, 9),
    ready=st.integers(0, 9),
    emptied=st.booleans(),
    diagnostics=st.lists(diagnostics, max_size=2).map(tuple),
)
banners = st.builds(Banner, texts, texts, texts, texts, texts, texts)
lives = st.builds(
    LiveTraining, st.just("vertex"), texts, st.sampled_from(Status), texts, model=texts, endpoint=texts, error=texts
)
events = st.one_of(
    st.builds(e.ChangeStarted, addresses, st.sampled_from(Action)),
    st.builds(e.Uploaded, addresses, texts, texts, st.integers(0, 10**12), st.booleans()),
    st.builds(e.Submitted, addresses, texts, texts, texts, texts, texts, st.booleans()),
    st.builds(e.Queued, addresses, texts, st.floats(0, 1e7)),
    st.builds(e.Waiting, addresses, texts, texts, progresses, st.floats(0, 1e7)),
    st.builds(e.DataSeen, addresses, texts, texts, texts),
    st.builds(e.TrainingEnded, addresses, texts, lives, texts, st.booleans()),
    st.builds(e.GateRefused, addresses, texts, texts, texts),
    st.builds(e.Served, addresses, texts, texts, texts, trees, texts, texts),
    st.builds(e.ResourceGone, addresses, texts, texts, texts),
    st.builds(e.Forgotten, addresses, tuples_of_text, texts),
    st.builds(e.ChangeDone, addresses, st.sampled_from(Action), st.floats(0, 1e7), texts),
    st.builds(e.ChangeFailed, addresses, st.sampled_from(Action), diagnostics),
    st.builds(e.ChangeLeft, addresses, st.sampled_from(Action), texts),
    st.builds(e.Noted, diagnostics),
)
rows = st.builds(
    StatusRow,
    addresses,
    st.sampled_from(["", *(role.value for role in Role)]),
    texts,
    texts,
    progresses,
    texts,
    texts,
    texts,
    st.none() | st.floats(0, 1e9),
    texts,
)
gates = st.lists(
    st.builds(
        AddressGate,
        addresses,
        st.sampled_from(Verdict),
        st.lists(st.builds(GateCheck, texts, st.booleans(), values, values, texts), max_size=3).map(tuple),
        texts,
        texts,
        texts,
    ),
    max_size=3,
).map(lambda found: GateResult(tuple(found)))
