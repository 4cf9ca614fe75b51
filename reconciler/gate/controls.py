"""A judge that gave every answer the same score is tried with answers whose worth is known."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.gate_spec import Metric
from reconciler.core.gating.asking import Ask, Side
from reconciler.core.gating.indifference import control_key, controls, is_one_score, proves_nothing
from reconciler.core.lock import Evidence
from reconciler.core.questions import HeldoutItem, ModelAnswer, Score
from reconciler.gate.known import KnownAnswers


def weighed(
    answered: KnownAnswers, ordered: Sequence[HeldoutItem], evidence: tuple[Evidence, ...], *, asks: bool
) -> tuple[Evidence, ...]:
    """The evidence, which proves nothing where the judge says of the controls what it said of every answer.

    A control that it gives no score is a trouble, and leaves it open. Without `asks` what was said before counts.
    """
    one = _the_one_score(answered)
    if one is None or all(found.conclusion == Conclusion.INCONCLUSIVE.value for found in evidence):
        return evidence
    scores = _scores(answered, ordered, asks=asks)
    unknown = next((score.why for score in scores if score.value is None), None)
    if any(score.value not in (None, one) for score in scores) or (unknown is not None and not asks):
        return evidence
    if unknown is not None:
        answered.troubles[Ask(Side.NEW, ordered[0], 0)] = unknown
    return tuple(proves_nothing(found, same_for_all=unknown is None) for found in evidence)


def _the_one_score(answered: KnownAnswers) -> float | None:
    """What a judge has said of every answer that it was given, None where it is no judge or said several things."""
    if answered.trial.scorer.metric is not Metric.JUDGE:
        return None
    said = [score.value for ask, score in answered.scores.items() if not answered.known[ask].error]
    return said[0] if is_one_score(said) else None


def _scores(answered: KnownAnswers, ordered: Sequence[HeldoutItem], *, asks: bool) -> list[Score]:
    """Of every control; those that nobody has asked before are asked, as far as the judging may pay for them."""
    bench, contest, scorer = answered.bench, answered.sides.contest, answered.trial.scorer
    name, beside = bench.digest_of_scorer(scorer), answered.sides.key(Ask(Side.NEW, ordered[0], 1))
    tried = controls(ordered)
    keys = [control_key(beside, item, text) for item, text in tried]
    known = [bench.answers.score(key, name) for key in keys]
    fresh = [n for n, score in enumerate(known) if score is None]
    why = "it was not tried" if not asks else answered.purse.why_empty if fresh else ""
    if why or not fresh:
        return [score or Score(None, why) for score in known]
    with answered.purse.timed():
        given = [(tried[n][0], ModelAnswer(tried[n][1])) for n in fresh]
        found = bench.score_all(contest.backend, contest.training, scorer, given)
    for n, score in zip(fresh, found, strict=True):
        answered.purse.pay_score(score)
        bench.answers.put_score(keys[n], name, score)
        known[n] = score
    return [score or Score(None) for score in known]
