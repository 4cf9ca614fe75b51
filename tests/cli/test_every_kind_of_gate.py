"""Each way of judging lets a good successor serve and refuses a bad one: through the command line, on the emulator."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import run
from tests.cli.session import folder_for, request

ITEMS = 60
LABELS = ("billing", "shipping", "returns", "account")
SENTENCES = (
    "Please send the invoice once more to our office in Bern.",
    "The parcel has been lying in the depot since Monday.",
    "You may return the shoes within thirty days.",
    "Your password was changed, sign in again.",
)
SPEC = """\
apiVersion: tuneform.dev/v1
kind: VertexTunedModel
metadata: {{name: router}}
spec:
  baseModel: gemini-3.5-flash
  supervisedTuningSpec:
    trainingDatasetUri: data/train.jsonl
    hyperParameters: {{epochCount: {epochs}}}
{gate}"""
SCORER = """\
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps({"id": asked["id"], "score": float(asked["answer"] == asked["reference"])}))
"""


@dataclass(frozen=True)
class Kind:
    """`references` are the right answers in turn; `wrong` is how the emulator answers wrongly."""

    metric: str
    references: tuple[str, ...] = LABELS
    wrong: str = "label"

    @property
    def gate(self) -> str:
        return f"""\
  tuneform:
    gate:
      heldout: data/eval.jsonl
      {self.metric}
      against: incumbent
      margin: 10%
"""


QUEUES = tuple(json.dumps({"queue": label, "urgent": label == "billing"}) for label in LABELS)
KINDS = {
    "exact": Kind("metric: exact"),
    "contains": Kind("metric: contains"),
    "label": Kind("metric: label"),
    "json": Kind("metric: json", QUEUES, "field"),
    "json as text": Kind("metric: json", QUEUES, "garbled"),
    "rouge-l": Kind("metric: rouge-l", SENTENCES, "text:I do not know."),
    "json by schema": Kind("metric: json\n      jsonSchema: {required: [queue]}", QUEUES, "garbled"),
    "command": Kind(f"metric: command\n      command: [{sys.executable}, score.py]"),
}


def row(question: str, answer: str) -> str:
    turns = [{"role": "user", "parts": [{"text": question}]}, {"role": "model", "parts": [{"text": answer}]}]
    return json.dumps({"contents": turns})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUNEFORM_EMULATOR_SPEED", "instant")
    for name in ("TUNEFORM_EMULATOR", "NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    folder_for("", tmp_path)
    (tmp_path / "score.py").write_text(SCORER)
    return tmp_path


def declare(epochs: int, gate: str = "") -> None:
    Path("specs/router.yaml").write_text(SPEC.format(epochs=epochs, gate=gate))


def plant(kind: Kind, right: float) -> None:
    """What serves is right at nine of ten items; its successor at as many as `right`."""
    rows = [row(f"Letter {n}: where does it go?", kind.references[n % len(kind.references)]) for n in range(ITEMS)]
    Path("specs/data/eval.jsonl").write_text("\n".join(rows) + "\n")
    request("POST /_emulator/items <specs/data/eval.jsonl")
    for attempt, share in (("1", 0.9), ("2", right)):
        planted = {"labels": {"tuneform-attempt": attempt}, "right": share, "wrong": kind.wrong}
        request(f"POST /_emulator/answers {json.dumps(planted)}")


def roles() -> dict[str, str]:
    lock = json.loads(Path(".tuneform/emulator.lock").read_text())
    return {attempt: training["role"] for attempt, training in lock["entries"]["vertex/router"]["trainings"].items()}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(
    ("right", "code", "serves"),
    [(0.93, 0, {"1": "deposed", "2": "serving"}), (0.5, 1, {"1": "serving", "2": "failed"})],
    ids=["good", "bad"],
)
def test_a_good_successor_serves_and_a_bad_one_does_not(
    folder: Path, kind: Kind, right: float, code: int, serves: dict[str, str]
) -> None:
    declare(2)
    assert run(["apply", "--emulator", "--yes"]) == 0
    plant(kind, right)
    declare(3, kind.gate)

    ended = run(["apply", "--emulator", "--yes"])

    assert (ended, roles()) == (code, serves)


@pytest.mark.slow
@pytest.mark.parametrize("program", ["exit(3)", "print('rubbish')", "import time; time.sleep(60)"])
def test_a_scorer_that_dies_hangs_or_prints_rubbish_lets_nothing_serve(folder: Path, program: str) -> None:
    (folder / "score.py").write_text(program)
    kind = Kind(f"metric: command\n      command: [{sys.executable}, score.py]\n      timeout: 1s")
    declare(2)
    assert run(["apply", "--emulator", "--yes"]) == 0
    plant(kind, 0.93)
    declare(3, kind.gate)

    ended = run(["apply", "--emulator", "--yes"])

    assert (ended, roles()) == (5, {"1": "serving", "2": "failed"})


BY_COMMAND = KINDS["command"]


def judged() -> dict[str, Any]:
    lock = json.loads(Path(".tuneform/emulator.lock").read_text())
    found: dict[str, Any] = lock["entries"]["vertex/router"]["trainings"]["2"]["judged"]
    return found


@pytest.mark.slow
def test_a_changed_scorer_judges_again_what_the_old_one_refused_and_asks_no_model(folder: Path) -> None:
    declare(2)
    assert run(["apply", "--emulator", "--yes"]) == 0
    plant(BY_COMMAND, 0.5)
    declare(3, BY_COMMAND.gate)
    refused = run(["apply", "--emulator", "--yes"]), judged()
    unchanged = run(["apply", "--emulator", "--yes"])
    (folder / "score.py").write_text(SCORER.replace('float(asked["answer"] == asked["reference"])', "1.0"))

    again = run(["apply", "--emulator", "--yes"])

    assert (refused[0], refused[1]["looks"], refused[1]["answers"], unchanged) == (1, 1, 120, 1)
    assert (again, judged()["looks"], judged().get("answers", 0)) == (0, 2, 0)
    assert roles() == {"1": "deposed", "2": "serving"}


@pytest.mark.slow
def test_what_a_pass_rests_on_is_the_scorer_that_gave_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    declare(2)
    assert run(["apply", "--emulator", "--yes"]) == 0
    plant(BY_COMMAND, 0.93)
    declare(3, BY_COMMAND.gate)
    assert run(["apply", "--emulator", "--yes"]) == 0
    capsys.readouterr()
    (folder / "score.py").write_text(SCORER.replace("json.dumps({", "json.dumps({'why': 'line by line',"))

    assert run(["gate", "--emulator", "--format", "json"]) == 0

    (found,) = json.loads(capsys.readouterr().out)["addresses"]
    assert (found["is_recorded"], found["answers"]) == (False, 0)


@pytest.mark.slow
def test_a_scorer_that_changed_since_it_was_approved_judges_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declare(2)
    assert run(["apply", "--emulator", "--yes"]) == 0
    plant(BY_COMMAND, 0.93)
    declare(3, BY_COMMAND.gate)
    assert run(["apply", "--emulator", "--yes", "--no-wait"]) == 4
    (folder / "score.py").write_text("exit(1)")
    capsys.readouterr()

    changed = run(["wait", "--emulator"])
    said = capsys.readouterr()
    (folder / "score.py").write_text(SCORER)

    assert (changed, "RUN063" in said.err, "score.py` names" in said.err) == (1, True, True)
    assert (run(["wait", "--emulator"]), roles()) == (0, {"1": "deposed", "2": "serving"})


@pytest.mark.slow
def test_a_gate_writes_what_it_found_where_it_is_asked_to(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    declare(2)
    assert run(["apply", "--emulator", "--yes"]) == 0
    plant(KINDS["label"], 0.5)
    declare(3)
    assert run(["apply", "--emulator", "--yes"]) == 0
    declare(3, KINDS["label"].gate)
    lock = Path(".tuneform/emulator.lock")
    before = lock.read_bytes()
    capsys.readouterr()

    looked = run(["gate", "--emulator"])
    said, untouched = capsys.readouterr().out, lock.read_bytes() == before
    recorded = run(["gate", "--emulator", "--record"])
    again = run(["gate", "--emulator", "--record"])
    plan = run(["plan", "--emulator", "--detailed-exitcode"])

    assert (looked, untouched, recorded, again, plan) == (3, True, 3, 3, 0)
    assert "this look is not in the lock (--record)" in " ".join(said.split())
    assert (judged()["conclusion"], judged()["looks"]) == ("failed", 1)
    assert roles() == {"1": "deposed", "2": "serving"}


@pytest.mark.slow
def test_a_gate_that_cannot_have_the_lock_asks_nobody(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    declare(2)
    assert run(["apply", "--emulator", "--yes"]) == 0
    plant(KINDS["label"], 0.5)
    declare(3)
    assert run(["apply", "--emulator", "--yes"]) == 0
    declare(3, KINDS["label"].gate)
    Path(".tuneform/emulator.lock.hold").unlink()
    Path(".tuneform/emulator.lock.hold").mkdir()

    ended = run(["gate", "--emulator", "--record"])

    assert ended == 1
    assert not Path(".tuneform/answers").exists()


@pytest.mark.slow
def test_a_judge_that_says_neither_lets_nothing_serve(folder: Path) -> None:
    kind = Kind("metric: judge\n      judge: gemini-3.5-flash\n      rubric: Is it the right queue?")
    declare(2)
    assert run(["apply", "--emulator", "--yes"]) == 0
    plant(kind, 0.93)
    script = {"model": "publishers/google/models/gemini-3.5-flash", "text": "It depends.", "times": None}
    request(f"POST /_emulator/scripts {json.dumps(script)}")
    declare(3, kind.gate)

    ended = run(["apply", "--emulator", "--yes"])

    assert (ended, roles()) == (5, {"1": "serving", "2": "failed"})


@pytest.mark.slow
@pytest.mark.parametrize("demand", ["against: incumbent\n      margin: 10%", "atLeast: 50%"])
def test_a_judge_that_tells_nothing_apart_lets_nothing_serve(
    folder: Path, capsys: pytest.CaptureFixture[str], demand: str
) -> None:
    # Nobody has planted or scripted what it says: on the emulator it gives every answer the same score.
    kind = Kind("metric: judge\n      judge: gemini-3.5-flash\n      rubric: Is it the right queue?")
    declare(2)
    assert run(["apply", "--emulator", "--yes"]) == 0
    plant(kind, 0.93)
    declare(3, kind.gate.replace("against: incumbent\n      margin: 10%", demand))
    capsys.readouterr()

    ended = run(["apply", "--emulator", "--yes"])

    said = " ".join("".join(capsys.readouterr()).split())
    looked = run(["gate", "--emulator"])
    assert (ended, roles(), judged()["conclusion"]) == (5, {"1": "serving", "2": "failed"}, "inconclusive")
    assert "to every answer, also to a right and to a wrong one: it tells nothing apart" in said
    assert all(found["sameForAll"] for found in judged()["evidence"])
    assert looked == 5
    assert "it tells nothing apart" in " ".join("".join(capsys.readouterr()).split())


@pytest.mark.slow
def test_a_judge_that_gives_good_answers_the_best_score_and_a_wrong_one_less_lets_a_model_serve(folder: Path) -> None:
    kind = Kind("metric: judge\n      judge: gemini-3.5-flash\n      rubric: Is it the right queue?")
    declare(2)
    assert run(["apply", "--emulator", "--yes"]) == 0
    plant(kind, 0.93)
    judge = {"model": "publishers/google/models/gemini-3.5-flash", "times": None}
    for script in (
        {**judge, "text": '{"why": "A queue.", "score": 1}'},
        {**judge, "text": '{"why": "No queue.", "score": 0}', "contains": '"answer": "-"'},
    ):
        request(f"POST /_emulator/scripts {json.dumps(script)}")
    declare(3, kind.gate)

    ended = run(["apply", "--emulator", "--yes"])

    assert (ended, roles()) == (0, {"1": "deposed", "2": "serving"})
