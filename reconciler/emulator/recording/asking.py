"""Questions put to a service that is only read, and what its answers say of the emulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconciler.emulator.messages import Request, Response
from reconciler.emulator.recording.exchange import Exchange
from reconciler.emulator.recording.questions import QuestionedPlace, ReadQuestion, first_questions, next_questions
from reconciler.emulator.recording.reading import parsed
from reconciler.emulator.recording.scrubbing import Scrubber

Read = Callable[[str, str], Response]
"""Sends a GET of a path and a query."""


def asked(place: QuestionedPlace, read: Read) -> Iterator[Exchange]:
    """Every question with its answer, scrubbed, in the order in which they were asked."""
    scrubber = Scrubber()
    following: list[ReadQuestion] = []
    for question in first_questions(place):
        exchange, body = _asked(question, read, scrubber)
        following += next_questions(question, body)
        yield exchange
    for question in following:
        yield _asked(question, read, scrubber)[0]


def _asked(question: ReadQuestion, read: Read, scrubber: Scrubber) -> tuple[Exchange, object]:
    answer = read(question.path, question.query)
    content = b"".join(answer.chunks)
    headers = {name.lower(): value for name, value in answer.headers}
    request = Request("GET", question.path, question.query)
    return scrubber.exchange(request, answer.status, headers, content), parsed(content)
