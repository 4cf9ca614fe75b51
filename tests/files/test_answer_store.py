"""What is kept of models' answers: nothing is paid for twice, whatever happens to the files."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.questions import AnswerKey, ModelAnswer, Paid, Score
from reconciler.core.sizes import RAISED_BY
from reconciler.files import answer_store, bounds
from reconciler.files.answer_store import AnswersInMemory, AnswerStore

MODEL = "projects/1/locations/us-central1/models/7@1"
KEY = AnswerKey(MODEL, "a" * 20, "s1")
ANSWER = ModelAnswer("The lamp is hardware.", 1.25, 12, 5)
FOREIGN = b'{"kind":"answer","item":"b","settings":"s1","text":"y"}\n'


def store(tmp_path: Path) -> AnswerStore:
    return AnswerStore(tmp_path / ".tuneform" / "answers")


def files_of(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / ".tuneform" / "answers").glob("*.jsonl"))


def the_file(tmp_path: Path) -> Path:
    (only,) = files_of(tmp_path)
    return only


def test_an_answer_comes_back_in_another_run(tmp_path: Path) -> None:
    cut = ModelAnswer("half", error="the answer ended with MAX_TOKENS")
    store(tmp_path).put(KEY, ANSWER)
    store(tmp_path).put(replace(KEY, sample=2), cut)

    again = store(tmp_path)

    assert (again.get(KEY), again.get(replace(KEY, sample=2))) == (ANSWER, cut)


def test_what_a_judging_has_paid_is_the_sum_of_all_runs(tmp_path: Path) -> None:
    one, other = store(tmp_path), store(tmp_path)
    one.put(KEY, ANSWER)
    one.pay(MODEL, "gate-1", 0.5)
    one.pay(MODEL, "gate-1", took_s=12.0, answers=3)
    other.pay(MODEL, "gate-1", 0.25)
    with the_file(tmp_path).open("ab") as file:
        file.write(b'{"kind":"paid","judging":"gate-1","amount":"much"}\n{"kind":"paid","judging":"gate-1"')

    kept = store(tmp_path)

    assert [kept.paid(MODEL, "gate-1"), one.paid(MODEL, "gate-1"), kept.paid(MODEL, "gate-2")] == [
        Paid(0.75, 12.0, 3),
        Paid(0.75, 12.0, 3),
        Paid(),
    ]
    assert kept.get(KEY) == ANSWER


def test_what_was_paid_counts_in_this_run_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / ".tuneform").write_text("a file in its place")
    kept, in_memory = store(tmp_path), AnswersInMemory()
    for answers in (kept, in_memory):
        answers.pay(MODEL, "gate-1", 0.5)
        answers.pay(MODEL, "gate-1", 0.5)

    assert [kept.paid(MODEL, "gate-1"), in_memory.paid(MODEL, "gate-1")] == [Paid(1.0), Paid(1.0)]


@pytest.mark.parametrize("change", [{"item": "b"}, {"settings": "s2"}, {"sample": 2}, {"model": f"{MODEL}2"}])
def test_an_answer_to_something_else_is_not_known(tmp_path: Path, change: dict[str, str]) -> None:
    kept = store(tmp_path)
    kept.put(KEY, ANSWER)

    assert kept.get(replace(KEY, **change)) is None  # type: ignore[arg-type]


def test_a_score_is_known_for_its_scorer_alone(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.put(KEY, ANSWER)
    kept.put_score(KEY, "judge-1", Score(0.5, "half right"))

    again = store(tmp_path)

    assert (again.score(KEY, "judge-1"), again.score(KEY, "judge-2")) == (Score(0.5, "half right"), None)
    assert again.get(KEY) == ANSWER


def test_a_scorer_that_could_not_tell_is_asked_again(tmp_path: Path) -> None:
    store(tmp_path).put_score(KEY, "judge-1", Score(None, "it died"))

    assert store(tmp_path).score(KEY, "judge-1") is None
    assert files_of(tmp_path) == []


def test_each_version_has_a_file_that_says_whose_it_is(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.put(KEY, ANSWER)
    kept.put(replace(KEY, model=f"{MODEL}2"), ANSWER)

    first = {json.loads(path.read_text().split("\n")[1])["model"] for path in files_of(tmp_path)}

    assert first == {MODEL, f"{MODEL}2"}


def test_answers_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store(tmp_path).put(KEY, ANSWER)
    finally:
        os.umask(before)

    place = the_file(tmp_path)

    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert (tmp_path / ".tuneform" / ".gitignore").read_text() == "*\n"


def test_a_file_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    store(tmp_path).put(KEY, ANSWER)
    the_file(tmp_path).chmod(0o644)

    store(tmp_path).put(replace(KEY, sample=2), ANSWER)

    assert stat.S_IMODE(the_file(tmp_path).stat().st_mode) == 0o600


def test_a_run_sees_what_another_one_writes_meanwhile_and_keeps_the_first(tmp_path: Path) -> None:
    ours, theirs = store(tmp_path), store(tmp_path)
    assert ours.get(KEY) is None

    theirs.put(KEY, ANSWER)
    kept = ours.put(KEY, ModelAnswer("another one"))

    assert kept == ours.get(KEY) == theirs.get(KEY) == ANSWER


def test_of_two_that_were_written_at_the_same_moment_every_run_knows_the_first(tmp_path: Path) -> None:
    store(tmp_path).put(KEY, ANSWER)
    place = the_file(tmp_path)
    place.write_bytes(place.read_bytes() + place.read_bytes().replace(b"The lamp", b"A lamp"))

    assert store(tmp_path).get(KEY) == ANSWER


@pytest.mark.parametrize("which", ["file", "folder"])
def test_it_may_be_deleted_at_any_time(tmp_path: Path, which: str) -> None:
    kept = store(tmp_path)
    kept.put(KEY, ANSWER)

    the_file(tmp_path).unlink()
    if which == "folder":
        (tmp_path / ".tuneform" / "answers").rmdir()

    assert kept.get(KEY) is None
    assert kept.put(KEY, ModelAnswer("anew")) == kept.get(KEY) == ModelAnswer("anew")


def test_another_file_in_the_place_of_the_one_that_was_read_is_read_anew(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.put(KEY, ANSWER)
    kept.put(replace(KEY, sample=2), ANSWER)
    assert kept.get(KEY) == ANSWER

    # The same file and no smaller, so that nothing but its content shows it.
    place = the_file(tmp_path)
    place.write_bytes(FOREIGN + b" " * place.stat().st_size)

    assert kept.get(KEY) is None
    assert kept.get(replace(KEY, item="b")) == ModelAnswer("y")


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from reconciler.core.questions import AnswerKey, ModelAnswer\n"
        "from reconciler.files.answer_store import AnswerStore\n"
        "store = AnswerStore(Path(sys.argv[1]))\n"
        "for n in range(100):\n"
        f"    store.put(AnswerKey({MODEL!r}, f'{{sys.argv[2]}}-{{n}}', 's'), ModelAnswer('x' * 3000))\n"
    )
    folder = tmp_path / ".tuneform" / "answers"

    writers = [subprocess.Popen([sys.executable, "-c", program, str(folder), str(who)]) for who in range(3)]
    codes = [writer.wait() for writer in writers]

    kept = AnswerStore(folder)
    assert codes == [0, 0, 0]
    assert all(kept.get(AnswerKey(MODEL, f"{who}-{n}", "s")) for who in range(3) for n in range(100))


@given(cut=st.integers(min_value=0), written=st.integers(min_value=1, max_value=4))
def test_whatever_a_crash_leaves_the_whole_records_count_and_more_can_be_put(
    tmp_path_factory: pytest.TempPathFactory, cut: int, written: int
) -> None:
    tmp_path = tmp_path_factory.mktemp("torn")
    keys = [replace(KEY, sample=n) for n in range(1, written + 1)]
    for key in keys:
        store(tmp_path).put(key, ModelAnswer(f"ä {key.sample}"))
    place = the_file(tmp_path)
    content = place.read_bytes()
    kept_bytes = content[: cut % (len(content) + 1)]
    whole = sum(b'"kind":"answer"' in line for line in kept_bytes.split(b"\n")[:-1])
    place.write_bytes(kept_bytes)

    found = [key for key in keys if store(tmp_path).get(key)]
    again = store(tmp_path)
    for key in keys:
        again.put(key, ModelAnswer(f"ä {key.sample}"))

    assert found == keys[:whole]
    assert [store(tmp_path).get(key) for key in keys] == [ModelAnswer(f"ä {key.sample}") for key in keys]


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"{}", b"[", b'{"kind":"answer"}', b"\xff", FOREIGN])))
def test_rubbish_in_a_file_is_passed_over(tmp_path_factory: pytest.TempPathFactory, rubbish: list[bytes]) -> None:
    tmp_path = tmp_path_factory.mktemp("rubbish")
    store(tmp_path).put(KEY, ANSWER)
    place = the_file(tmp_path)
    place.write_bytes(b"\n".join(rubbish) + place.read_bytes() + b"\n".join(rubbish))

    kept = store(tmp_path)
    kept.put(replace(KEY, sample=2), ANSWER)

    assert (kept.get(KEY), store(tmp_path).get(replace(KEY, sample=2))) == (ANSWER, ANSWER)


def test_an_answer_that_lies_where_another_one_was_is_not_taken_for_it(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.put(KEY, ANSWER)
    assert kept.get(KEY) == ANSWER

    place = the_file(tmp_path)
    place.write_bytes(place.read_bytes().replace(KEY.item.encode(), b"c" * 20))

    assert kept.get(KEY) is None


@pytest.mark.parametrize("kind", ["a pipe", "a link", "a folder"])
def test_what_is_no_file_is_left_alone(tmp_path: Path, kind: str) -> None:
    store(tmp_path).put(KEY, ANSWER)
    place, elsewhere = the_file(tmp_path), tmp_path / "precious"
    place.unlink()
    elsewhere.write_text("precious")
    if kind == "a pipe":
        os.mkfifo(place)
    elif kind == "a link":
        place.symlink_to(elsewhere)
    else:
        place.mkdir()

    kept = store(tmp_path)

    assert kept.put(KEY, ANSWER) == ANSWER
    assert kept.get(KEY) is None
    assert elsewhere.read_text() == "precious"


def test_a_folder_that_cannot_be_made_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / ".tuneform").write_text("a file")

    assert store(tmp_path).put(KEY, ANSWER) == ANSWER
    assert store(tmp_path).get(KEY) is None


def test_a_text_that_utf8_cannot_spell_is_not_kept(tmp_path: Path) -> None:
    broken = ModelAnswer("\ud800")

    assert store(tmp_path).put(KEY, broken) == broken
    assert store(tmp_path).get(KEY) is None


def test_nothing_is_written_behind_the_limit_and_nothing_is_lost_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(RAISED_BY, raising=False)
    monkeypatch.setattr(answer_store, "ANSWERS", bounds.TextLimit(1))
    kept, large = store(tmp_path), ModelAnswer("x" * 300_000)

    for sample in range(1, 6):
        kept.put(replace(KEY, sample=sample), large)

    known = [store(tmp_path).get(replace(KEY, sample=sample)) is not None for sample in range(1, 6)]
    assert known == [True, True, True, False, False]
    assert the_file(tmp_path).stat().st_size <= 1024 * 1024


def test_a_run_that_must_not_write_looks_and_remembers(tmp_path: Path) -> None:
    disk = store(tmp_path)
    disk.put(KEY, ANSWER)
    before = the_file(tmp_path).read_bytes()
    seen = AnswersInMemory(disk)

    seen.put(replace(KEY, sample=2), ANSWER)
    seen.put_score(KEY, "judge-1", Score(1.0))
    seen.put_score(KEY, "judge-2", Score(None))

    assert (seen.get(KEY), seen.get(replace(KEY, sample=2))) == (ANSWER, ANSWER)
    assert seen.put(KEY, ModelAnswer("another one")) == ANSWER
    assert (seen.score(KEY, "judge-1"), seen.score(KEY, "judge-2")) == (Score(1.0), None)
    assert the_file(tmp_path).read_bytes() == before
    assert (disk.score(KEY, "judge-1"), disk.get(replace(KEY, sample=2))) == (None, None)
