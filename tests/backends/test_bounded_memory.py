"""What an answer takes in memory is a constant times its size, whatever it is made of."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from reconciler.backends.base import BackendError
from reconciler.backends.bounded import EXPANSION, LARGEST_ANSWER_BYTES, values_refused
from reconciler.backends.calls import Call
from reconciler.backends.gemini_wire import OPERATIONS, TUNED_MODELS
from reconciler.backends.generation import LONGEST_EVENT_BYTES, _events
from reconciler.backends.received import Answer, decoded
from reconciler.backends.storage_types import OBJECTS
from reconciler.backends.targets import Service
from reconciler.backends.vertex_metrics import _CONTEXTS, _POINTS
from reconciler.backends.vertex_types import ENDPOINTS, JOB, JOBS, MODELS
from reconciler.core.sizes import MIB
from tests.backends.fakes import failed, recorded
from tests.backends.hostile_server import head
from tests.backends.test_bounded_answers import SMALL, always, served

_LARGEST = MIB
"""Every limit is a share of the size: a larger one takes longer to try, and says the same."""


def _repeated(before: bytes, item: bytes, after: bytes) -> Callable[[int], bytes]:
    return lambda size: before + b",".join([item] * ((size - len(before) - len(after)) // (len(item) + 1))) + after


def _free_form(item: bytes) -> Callable[[int], bytes]:
    return _repeated(b'{"name":"","veoTuningSpec":{"a":[', item, b"]}}")


SHAPES: dict[str, tuple[msgspec.json.Decoder[Any], Callable[[int], bytes]]] = {
    "jobs": (JOBS, _repeated(b'{"tuningJobs":[', b'{"name":""}', b"]}")),
    "jobs with labels": (JOBS, _repeated(b'{"tuningJobs":[', b'{"name":"","labels":{}}', b"]}")),
    "models": (MODELS, _repeated(b'{"models":[', b'{"name":""}', b"]}")),
    "deployed models": (ENDPOINTS, _repeated(b'{"endpoints":[{"name":"","deployedModels":[', b"{}", b"]}]}")),
    "checkpoints": (JOB, _repeated(b'{"name":"","tunedModel":{"checkpoints":[', b"{}", b"]}}")),
    "tuned models": (TUNED_MODELS, _repeated(b'{"tunedModels":[', b'{"name":"tunedModels/a"}', b"]}")),
    "operations": (OPERATIONS, _repeated(b'{"operations":[', b"{}", b"]}")),
    "contexts": (_CONTEXTS, _repeated(b'{"contexts":[', b"{}", b"]}")),
    "points": (_POINTS, _repeated(b'{"timeSeriesData":[{"values":[', b"{}", b"]}]}")),
    "objects": (OBJECTS, _repeated(b'{"items":[', b"{}", b"]}")),
    "lists": (JOB, _free_form(b"[]")),
    "objects in objects": (JOB, _free_form(b'{"a":{}}')),
    "objects with a key": (JOB, _free_form(b'{"a":0}')),
    "short strings": (JOB, _free_form(b'"ab"')),
    "numbers": (JOB, _free_form(b"999")),
    "fractions": (JOB, _free_form(b"0.5")),
    "many keys": (
        JOB,
        lambda size: b'{"name":"","labels":{' + b",".join(b'"%d":""' % n for n in range(size // 13 - 20)) + b"}}",
    ),
    "a long text": (JOB, lambda size: b'{"name":"' + b"x" * (size - 20) + b'"}'),
    "a long text with one wide character": (
        JOB,
        lambda size: b'{"name":"' + "😀".encode() + b"x" * (size - 20) + b'"}',
    ),
    "a long text of escapes": (JOB, lambda size: b'{"name":"' + "😀".encode() + b"\\n" * (size // 2 - 20) + b'"}'),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_largest_answer_takes_a_constant_times_its_size_in_memory(shape: str) -> None:
    decoder, made = SHAPES[shape]
    body = made(_LARGEST)
    assert 0.8 * _LARGEST < len(body) <= _LARGEST
    call, refused = Call("m", Service.VERTEX, "GET", "/x"), ""

    tracemalloc.start()
    try:
        decoded(Answer(200, {}, body, _LARGEST), call, decoder)
    except BackendError as error:
        refused = error.diagnostic.code
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert refused in ("", "API214")
    assert peak + len(body) <= EXPANSION * _LARGEST


def test_an_answer_as_it_is_read_is_held_once() -> None:
    body = b'{"things": "' + b"x" * (8 * MIB) + b'"}'
    with served(always(head(), *(body[n : n + 65536] for n in range(0, len(body), 65536))), 32 * MIB) as (http, _):
        tracemalloc.start()
        answer = http.send(Call("m", Service.GEMINI, "GET", "/x"))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert len(answer.body) == len(body)
    assert peak < 1.3 * len(body) + MIB


@pytest.mark.parametrize("density", ["just below", "just above"])
def test_as_many_values_as_the_limit_says_are_read_and_no_more(density: str) -> None:
    most = SMALL // 80
    many = most if density == "just below" else most + 1
    body = (b'{"a":[' + b",".join([b"{}"] * (many - 2)) + b"]}").ljust(SMALL)

    assert bool(values_refused(body, SMALL)) is (density == "just above")


@pytest.mark.parametrize("text", ['{"a": [{}, {}]}, ' * 60_000, '\\"{' * 300_000, "{[,}]" * 200_000])
def test_punctuation_inside_a_text_counts_for_nothing(text: str) -> None:
    """A job quotes examples of its data, and those may be JSON themselves."""
    body = json.dumps({"examples": [text]}).encode()

    assert values_refused(body, SMALL) == ""


def test_a_page_of_a_thousand_jobs_with_all_their_statistics_is_far_from_any_limit() -> None:
    one = recorded("vertex.sft.succeeded.qa-full-stats.json")
    body = b'{"tuningJobs":[' + b",".join([one] * 5000) + b"]}"

    assert len(body) < LARGEST_ANSWER_BYTES
    assert values_refused(body, LARGEST_ANSWER_BYTES) == ""


# Streams


class Piece(bytes):
    """Counts what is copied to be put in front of it."""

    copied = 0

    def __radd__(self, before: bytes) -> bytes:
        type(self).copied += len(before)
        return bytes.__add__(before, self)


def test_an_event_that_comes_a_byte_at_a_time_is_put_together_once() -> None:
    Piece.copied = 0
    pieces = [Piece(b"x") for _ in range(20_000)]

    (event,) = _events([b"data: ", *pieces, b"\n\n"], Call("m", Service.VERTEX, "POST", "/x"))

    assert event == b"x" * 20_000
    assert Piece.copied <= 2 * len(event)


@pytest.mark.parametrize("line", [b"data: " + b"x" * 1000 + b"\n", b"data:\n", b"x" * 1000 + b"\n"])
def test_an_event_of_many_lines_has_an_end(line: bytes) -> None:
    lines = (line for _ in range(2 * LONGEST_EVENT_BYTES // len(line)))

    with pytest.raises(BackendError) as error:
        list(_events(lines, Call("m", Service.VERTEX, "POST", "/x")))

    assert failed(error) == ("API214", False)


def test_comments_between_events_are_kept_nowhere() -> None:
    def comments() -> Iterator[bytes]:
        for _ in range(20_000):
            yield b": " + b"x" * 1000 + b"\n"

    tracemalloc.start()
    list(_events(comments(), Call("m", Service.VERTEX, "POST", "/x")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < MIB
