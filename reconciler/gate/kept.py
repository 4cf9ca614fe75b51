"""How many of a gate's answers are kept from before: a plan says it of a gate that was asked already."""

from __future__ import annotations

from reconciler.core.gate_forecast import KeptAnswers
from reconciler.core.gate_spec import GateSpec, Trial
from reconciler.core.gating.asking import Ask, Side, every_answer
from reconciler.gate.bench import Bench, key_of
from reconciler.gate.demands import prompt_question
from reconciler.gate.settings import settings_for
from reconciler.gate.sides import Contest, Sides


def kept_of(bench: Bench, contest: Contest, gate: GateSpec) -> KeptAnswers:
    """Of a model that is not trained yet only its rival's can be: `contest.training` says what it will be.

    Raises ReconcilerError where the items cannot be read.
    """
    if gate.trial is None:
        return KeptAnswers()
    sides = Sides.of(bench, contest, gate.trial, gate.settings)
    asked = [Side.NEW, Side.OLD] if sides.rival is not None else [Side.NEW]
    sides_kept = {side for side in asked if bench.answers.knows(_whom(sides, side))}
    answers = _known_asks(bench, sides, gate.trial, sides_kept) if sides_kept else []
    news = sum(ask.side is Side.NEW for ask in answers)
    prompts = _known_prompts(bench, contest, gate) if Side.NEW in sides_kept else 0
    return KeptAnswers(news, len(answers) - news, prompts, _known_scores(bench, sides, gate.trial, answers))


def _whom(sides: Sides, side: Side) -> str:
    rival, training = sides.rival, sides.contest.training
    whom = training if side is Side.NEW or rival is None else rival.training or rival.name
    return key_of(whom, "", {}, 1).model


def _known_asks(bench: Bench, sides: Sides, trial: Trial, of: set[Side]) -> list[Ask]:
    every = every_answer(trial, bench.items(trial.heldout), has_rival=sides.rival is not None)
    return [ask for ask in every if ask.side in of and bench.answers.get(sides.key(ask)) is not None]


def _known_prompts(bench: Bench, contest: Contest, gate: GateSpec) -> int:
    settings = settings_for(bench, gate, contest.address, contest.training)
    keys = (
        prompt_question(contest.training, prompt, settings, sample)[0]
        for prompt in gate.prompts
        for sample in range(1, prompt.samples + 1)
    )
    return sum(bench.answers.get(key) is not None for key in keys)


def _known_scores(bench: Bench, sides: Sides, trial: Trial, answers: list[Ask]) -> int:
    if not trial.scorer.metric.asks_others:
        return 0
    name = bench.digest_of_scorer(trial.scorer)
    return sum(bench.answers.score(sides.key(ask), name) is not None for ask in answers)
