"""The clock that signals end: at any instruction, in any thread."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from reconciler.backends.threads import threads
from reconciler.session.clock import Interrupted, SystemClock


@pytest.fixture
def clock() -> Iterator[SystemClock]:
    """Of a run that may have something to save."""
    made = SystemClock()
    with made.listening(), made.saving():
        yield made


def test_a_signal_ends_the_wait_that_it_meets(clock: SystemClock) -> None:
    main = threading.main_thread().ident or 0
    threading.Timer(0.05, signal.pthread_kill, (main, signal.SIGTERM)).start()

    with pytest.raises(Interrupted) as raised:
        clock.sleep(60)

    assert raised.value.code == 143


def _never_rest(clock: SystemClock) -> None:
    while True:
        clock.sleep(0)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("delay_s", [n / 10_000 for n in range(40)])
def test_a_signal_never_waits_for_the_wait_that_it_interrupts(clock: SystemClock, delay_s: float) -> None:
    """It once took a lock that the interrupted wait was holding, and the process hung for ever."""
    main = threading.main_thread().ident or 0
    threading.Timer(delay_s, signal.pthread_kill, (main, signal.SIGINT)).start()

    with pytest.raises(Interrupted) as raised:
        _never_rest(clock)

    assert raised.value.code == 130


def test_a_wait_that_begins_after_the_signal_does_not_begin(clock: SystemClock) -> None:
    signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted) as raised:
        clock.sleep(60)

    assert raised.value.code == 130


def _open_files() -> set[str]:
    return {entry.name for entry in Path("/dev/fd").iterdir()}


def test_a_command_leaves_nothing_open_and_signals_as_they_were() -> None:
    files = _open_files()
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    for _ in range(3):
        with SystemClock().listening():
            assert len(_open_files()) == len(files) + 2

    assert _open_files() == files
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_after_a_command_its_clock_still_tells_that_it_was_interrupted() -> None:
    clock = SystemClock()
    with clock.listening(), clock.saving():
        signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Interrupted) as raised:
        clock.sleep(60)

    assert raised.value.code == 143


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_where_nothing_is_saved_the_first_signal_ends_the_run_at_once(number: signal.Signals, code: int) -> None:
    clock = SystemClock()

    with clock.listening(), pytest.raises(Interrupted) as raised:
        signal.raise_signal(number)

    assert raised.value.code == code


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_second_signal_ends_a_run_at_once_wherever_it_is(
    clock: SystemClock, number: signal.Signals, code: int
) -> None:
    signal.raise_signal(number)

    with pytest.raises(Interrupted) as raised:
        signal.raise_signal(number)

    assert raised.value.code == code


def _ended_beside(asked: Callable[[], object], end: BaseException) -> Future[object]:
    """A request that is under way when this ends whatever asked for it."""
    under_way: list[Future[object]] = []

    def ask() -> None:
        with threads(2) as pool:
            under_way.append(pool.submit(asked))
            raise end

    with pytest.raises(type(end)):
        ask()
    return under_way[0]


def test_a_signal_waits_for_no_thread_whose_request_is_not_answered() -> None:
    answered = threading.Event()

    asked = _ended_beside(lambda: answered.wait(60), Interrupted(130))
    was_waiting = not asked.done()
    answered.set()

    assert was_waiting


def test_an_error_waits_for_the_threads_beside_it() -> None:
    assert _ended_beside(lambda: threading.Event().wait(0.05), OSError("refused")).done()
