"""The user's scorer, as a real process: whatever it does, an answer has a score that it said, or an error."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.questions import Score
from reconciler.scoring import command as scoring
from reconciler.scoring.answers import ToScore
from reconciler.scoring.command import score_by_command

BATCH = tuple(ToScore(f"i{n}", n, f"question {n}", f"right {n}", f"answer {n}") for n in range(1, 4))
LONG_S = 60.0


@dataclass
class QuietClock:
    """Nobody asks for the end, but where a test says so."""

    at_end: Callable[[], bool] = field(default=lambda: False)

    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        assert seconds == 0
        if self.at_end():
            raise KeyboardInterrupt


def scores(program: str, *, timeout_s: float = LONG_S, clock: QuietClock | None = None) -> dict[str, Score]:
    command = (sys.executable, "-c", "import sys, json, os, time\nlines = sys.stdin\n" + program)
    return score_by_command(command, BATCH, timeout_s=timeout_s, clock=clock or QuietClock())


def printing(*lines: str) -> dict[str, Score]:
    return scores(f"lines.read()\nsys.stdout.write({chr(10).join(lines) + chr(10)!r})")


GOOD = ('{"id": "i1", "score": 1}', '{"id": "i2", "score": 0.5, "why": "half"}', '{"id": "i3", "score": false}')


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that its new parent has not buried yet is dead.
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def ends(pid: int) -> bool:
    until = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_alive(pid)


def test_a_score_is_a_number_from_0_to_1_or_true_or_false_in_any_order() -> None:
    assert printing(*reversed(GOOD)) == {"i1": Score(1.0), "i2": Score(0.5, "half"), "i3": Score(0.0)}


def test_it_is_given_a_line_for_each_answer() -> None:
    found = scores(
        "for line in lines:\n"
        "    it = json.loads(line)\n"
        "    print(json.dumps({'id': it['id'], 'score': 1, 'why': '|'.join(map(str, it.values()))}))"
    )

    assert found["i2"].why == "i2|2|question 2|right 2|answer 2"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('"score": 1.01', "its score is 1.01"),
        ('"score": -0.1', "its score is -0.1"),
        ('"score": "1"', "its score is '1'"),
        ('"score": null', "its score is missing"),
        ('"why": "no"', "its score is missing"),
        ('"score": [1]', "its score is a list"),
        ('"score": NaN', "is no JSON object"),
        ('"score": Infinity', "is no JSON object"),
        ('"score": 1e999', "is no JSON object"),
    ],
)
def test_what_is_no_score_is_an_error_of_its_answer_alone(said: str, why: str) -> None:
    found = printing(GOOD[0], f'{{"id": "i2", {said}}}', GOOD[2])

    assert (found["i1"], found["i3"]) == (Score(1.0), Score(0.0))
    assert found["i2"].value is None
    assert why in found["i2"].why


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "the scorer said nothing of it"),
        ("all good!", "line 2 of its output is no JSON object"),
        ('["i2", 1]', "line 2 of its output is no JSON object"),
        ('{"score": 1}', "line 2 of its output is without an id"),
        ('{"id": 2, "score": 1}', "line 2 of its output is without an id"),
        ('{"id": "i9\\u001b[2J", "score": 1}', "it scored an id that it was not given: i9\\x1b[2J"),
        ("[" * 5000, "line 2 of its output is no JSON object"),
    ],
)
def test_an_answer_of_which_nothing_was_said_is_an_error(line: str, why: str) -> None:
    found = printing(GOOD[0], line, GOOD[2])

    assert found["i2"].value is None
    assert why in found["i2"].why
    assert (found["i1"], found["i3"]) == (Score(1.0), Score(0.0))


def test_two_scores_of_one_answer_are_none() -> None:
    found = printing(*GOOD, GOOD[0])

    assert found["i1"] == Score(None, "the scorer said more than one score of it")
    assert found["i2"] == Score(0.5, "half")


def test_one_that_dies_has_scored_nothing_and_its_last_words_are_told() -> None:
    found = scores(f"print({GOOD[0]!r}, flush=True)\nsys.stderr.write('x' * 9000 + chr(27) + 'boom')\nsys.exit(3)")

    assert {score.value for score in found.values()} == {None}
    assert len(found) == 3
    why = found["i1"].why
    assert why.startswith("the scorer ended with 3: ")
    assert len(why) < 400
    assert "\x1b" not in why


def test_one_that_is_killed_has_scored_nothing() -> None:
    found = scores(f"print({GOOD[0]!r}, flush=True)\nos.kill(os.getpid(), 9)")

    assert found["i1"] == Score(None, "the scorer was killed by signal 9")


def test_a_token_in_its_last_words_is_hidden() -> None:
    found = scores("sys.stderr.write('Bearer canary-token-1'); sys.exit(1)")

    assert "canary" not in found["i1"].why


@pytest.mark.parametrize("name", ["/no/such/program", "no-such-program-anywhere", "", "nul\0"])
def test_one_that_cannot_be_started_is_an_error_of_each(name: str) -> None:
    found = score_by_command((name,), BATCH, timeout_s=LONG_S, clock=QuietClock())

    assert {score.value for score in found.values()} == {None}
    assert found["i1"].why.startswith("the scorer cannot be started: ")


def test_one_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = (
        f"child = os.fork()\n"
        f"if child: open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child}}')\n"
        f"print({GOOD[0]!r}, flush=True)\n"
        "time.sleep(3600)"
    )

    found = scores(program, timeout_s=2.0)

    assert found["i1"] == found["i3"] == Score(None, "the scorer had not ended after 6 s, and was killed")
    assert all(ends(int(pid)) for pid in pids.read_text().split())


def test_one_that_ignores_the_end_of_its_input_and_closes_its_output_is_waited_for_and_killed() -> None:
    found = scores("os.close(1); os.close(2); time.sleep(3600)", timeout_s=0.3)

    assert "was killed" in found["i1"].why


def test_it_is_killed_where_somebody_asks_for_the_end_of_the_run(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    clock = QuietClock(lambda: pids.exists() and bool(pids.read_text()))

    with pytest.raises(KeyboardInterrupt):
        scores(f"open({str(pids)!r}, 'w').write(str(os.getpid())); time.sleep(3600)", clock=clock)

    assert ends(int(pids.read_text()))


def test_a_child_that_holds_its_output_open_is_not_waited_for() -> None:
    found = scores(f"if os.fork() == 0: time.sleep(3600)\nelse: print({chr(10).join(GOOD)!r}, flush=True)\nos._exit(0)")

    assert found["i2"] == Score(0.5, "half")


def test_one_that_prints_without_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "MOST_OUTPUT_BYTES", 1024 * 1024)

    found = scores("while True: print('x' * 65536)")

    assert found["i1"] == Score(None, "the scorer printed more than 1 MiB")


def test_one_that_complains_without_end_is_heard_to_its_end() -> None:
    found = scores(f"for _ in range(300): sys.stderr.write('y' * 65536)\nprint({chr(10).join(GOOD)!r})")

    assert found["i2"] == Score(0.5, "half")


def test_input_and_output_larger_than_any_pipe_do_not_wait_for_each_other() -> None:
    batch = tuple(ToScore(str(n), n, "q" * 4000, "r", "a") for n in range(1, 301))
    program = (
        "import sys, json\nfor l in sys.stdin: print(json.dumps({'id': json.loads(l)['id'], 'score': 1, 'why': l}))"
    )

    found = score_by_command((sys.executable, "-c", program), batch, timeout_s=LONG_S, clock=QuietClock())

    assert {score.value for score in found.values()} == {1.0}
    assert max(len(score.why) for score in found.values()) < 400


def test_one_that_does_not_read_its_input_may_still_score() -> None:
    batch = (*BATCH, ToScore("i4", 4, "q" * 1_000_000, "r", "a"))
    command = (sys.executable, "-c", f"import os; os.close(0); print({GOOD[0]!r})")

    found = score_by_command(command, batch, timeout_s=LONG_S, clock=QuietClock())

    assert (found["i1"], found["i4"].value) == (Score(1.0), None)


def test_there_is_no_shell_and_the_environment_is_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MY_SETTING", "kept")
    (tmp_path / "score.py").write_text(
        "import json, os, sys\n"
        "why = f\"{os.environ['MY_SETTING']} {sys.argv[1]}\"\n"
        "for line in sys.stdin: print(json.dumps({'id': json.loads(line)['id'], 'score': True, 'why': why}))\n"
    )
    command = (sys.executable, "score.py", "$(touch broken); `true`")

    found = score_by_command(command, BATCH, timeout_s=LONG_S, clock=QuietClock(), folder=tmp_path)

    assert found["i1"] == Score(1.0, "kept $(touch broken); `true`")
    assert [path.name for path in tmp_path.iterdir()] == ["score.py"]


def test_nothing_is_started_for_nothing() -> None:
    assert score_by_command(("/no/such/program",), (), timeout_s=1, clock=QuietClock()) == {}


PIECES = st.sampled_from([*GOOD, "{", "x", '{"id": "i1"}', '{"id": "i7", "score": 1}', '{"id": "i2", "score": 2}', ""])


@given(st.lists(PIECES, max_size=6))
def test_each_answer_has_one_score_that_was_said_once_or_none(lines: list[str]) -> None:
    run = scoring._Run("\n".join(lines).encode())

    found = scoring._scores(BATCH, run)

    expected = {"i1": (GOOD[0], 1.0), "i2": (GOOD[1], 0.5), "i3": (GOOD[2], 0.0)}
    assert set(found) == set(expected)
    for name, (line, value) in expected.items():
        of_it = [said for said in lines if f'"{name}"' in said]
        assert found[name].value == (value if of_it == [line] else None)
        assert found[name].value is not None or found[name].why
