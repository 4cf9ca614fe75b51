"""The clock that signals end: at any instruction, in any thread."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cli.clock import SystemClock
from reconciler.cli.failures import Interrupted


@pytest.fixture
def clock() -> Iterator[SystemClock]:
    made = SystemClock()
    with made.listening():
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
    with clock.listening():
        signal.raise_signal(signal.SIGTERM)

    with pytest.raises(Interrupted) as raised:
        clock.sleep(60)

    assert raised.value.code == 143
