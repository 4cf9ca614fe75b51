"""What the marks of all items prove: a conclusion for each demand of a trial, with the counts that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reconciler.core.evidence.conclusion import Conclusion, Interval
from reconciler.core.evidence.curtailment import Remaining, settled_at_least, settled_better, settled_margin
from reconciler.core.evidence.paired import Pairs, judge_better, judge_margin, tango
from reconciler.core.evidence.proportion import clopper_pearson, judge_at_least
from reconciler.core.evidence.scores import item_mean, judge_mean, mean_bounds
from reconciler.core.gate_spec import Trial
from reconciler.core.gating.marks import Mark
from reconciler.core.lock import Evidence

_WORST: Final = (Conclusion.FAILED, Conclusion.INCONCLUSIVE, Conclusion.PASSED)


def worst(conclusions: Sequence[Conclusion]) -> Conclusion:
    """Of several demands: one that failed is a failure, one that is open leaves all open. None demanded nothing."""
    return next((c for c in _WORST if c in conclusions), Conclusion.PASSED)


def findings(trial: Trial, marks: Sequence[Mark], *, rival: str, seed: int) -> tuple[Evidence, ...]:
    """One for the rival (a model, "" for none) and one for the number, as far as the trial demands them."""
    found = []
    if rival:
        found.append(_against_model(trial, marks, rival, seed))
    if trial.at_least is not None:
        found.append(_against_number(trial, trial.at_least, marks, seed))
    if trial.is_measured and not found:
        found.append(_measured(trial, marks, seed))
    return tuple(found)


def is_settled(trial: Trial, marks: Sequence[Mark], *, has_rival: bool) -> bool:
    """Whether no remaining answer can change any conclusion. Scores are never settled before the last item."""
    if trial.scorer.metric.is_score or trial.is_measured:
        return all(_is_whole(mark, has_rival) for mark in marks)
    settled = [_settled_with_model(trial, marks)] if has_rival else []
    if trial.at_least is not None:
        settled.append(_settled_with_number(trial, trial.at_least, marks))
    # One demand that fails for certain decides; one that passes does not.
    return Conclusion.FAILED in settled or None not in settled


def _is_whole(mark: Mark, has_rival: bool) -> bool:
    return mark.new is not None and (mark.old is not None or not has_rival)


def _settled_with_model(trial: Trial, marks: Sequence[Mark]) -> Conclusion | None:
    pairs, remaining = pairs_of(marks), _remaining(marks)
    if trial.margin is None:
        return settled_better(pairs, remaining, trial.confidence)
    return settled_margin(pairs, remaining, trial.margin, trial.confidence)


def _settled_with_number(trial: Trial, threshold: float, marks: Sequence[Mark]) -> Conclusion | None:
    known = [mark.new for mark in marks if mark.new is not None]
    return settled_at_least(int(sum(known)), len(known), len(marks), threshold, trial.confidence)


def pairs_of(marks: Sequence[Mark]) -> Pairs:
    """The items of which both models' answers are known, by who was right."""
    known = [(mark.new, mark.old) for mark in marks if mark.new is not None and mark.old is not None]
    return Pairs(
        both=sum(1 for new, old in known if new and old),
        better=sum(1 for new, old in known if new and not old),
        worse=sum(1 for new, old in known if old and not new),
        neither=sum(1 for new, old in known if not new and not old),
    )


def _remaining(marks: Sequence[Mark]) -> Remaining:
    """Where only the new model's answer is known, the old one's is as open as if nothing were."""
    waiting = [mark for mark in marks if mark.new is None or mark.old is None]
    known = [mark.old for mark in waiting if mark.new is None and mark.old is not None]
    right = sum(1 for old in known if old)
    return Remaining(right, len(known) - right, len(waiting) - len(known))


def _against_model(trial: Trial, marks: Sequence[Mark], rival: str, seed: int) -> Evidence:
    known = [mark for mark in marks if _is_whole(mark, has_rival=True)]
    is_binary = all(mark.new in (0, 1) and mark.old in (0, 1) for mark in known)
    differences = [(mark.new or 0.0) - (mark.old or 0.0) for mark in known]
    pairs = pairs_of(known) if is_binary else Pairs()
    if is_binary:
        bounds, conclusion = tango(pairs, trial.confidence), _concluded_pairs(trial, pairs)
    else:
        bounds = mean_bounds(differences, trial.confidence, seed=seed)
        conclusion = judge_mean(differences, trial.margin or 0.0, trial.confidence, seed=seed)
    if len(known) < len(marks) and _settled_or_none(trial, marks, conclusion) is None:
        conclusion = Conclusion.INCONCLUSIVE
    return Evidence(
        metric=trial.scorer.metric.value,
        conclusion=conclusion.value,
        against=rival,
        margin=trial.margin,
        confidence=trial.confidence,
        items=len(marks),
        judged=len(known),
        both=pairs.both,
        better=pairs.better,
        worse=pairs.worse,
        neither=pairs.neither,
        new=_mean([mark.new or 0.0 for mark in known]),
        old=_mean([mark.old or 0.0 for mark in known]),
        lower=_rounded(bounds.lower),
        upper=_rounded(bounds.upper),
        seed=seed,
    )


def _settled_or_none(trial: Trial, marks: Sequence[Mark], conclusion: Conclusion) -> Conclusion | None:
    """The conclusion, where the items that are missing could not have changed it."""
    if trial.scorer.metric.is_score:
        return None
    settled = _settled_with_model(trial, marks)
    return conclusion if settled is conclusion else None


def _concluded_pairs(trial: Trial, pairs: Pairs) -> Conclusion:
    if trial.margin is None:
        return judge_better(pairs, trial.confidence)
    return judge_margin(pairs, trial.margin, trial.confidence)


def _against_number(trial: Trial, threshold: float, marks: Sequence[Mark], seed: int) -> Evidence:
    known = [mark.new for mark in marks if mark.new is not None]
    if all(value in (0, 1) for value in known):
        right = int(sum(known))
        bounds = clopper_pearson(right, len(known), trial.confidence) if known else Interval(0.0, 1.0)
        conclusion = judge_at_least(right, len(known), threshold, trial.confidence)
        settled = settled_at_least(right, len(known), len(marks), threshold, trial.confidence)
        is_open = len(known) < len(marks) and (trial.scorer.metric.is_score or settled is not conclusion)
    else:
        above = [value - threshold for value in known]
        around = mean_bounds(above, trial.confidence, seed=seed)
        bounds = Interval(max(0.0, around.lower + threshold), min(1.0, around.upper + threshold))
        conclusion = judge_mean(above, 0.0, trial.confidence, seed=seed)
        is_open = len(known) < len(marks)
    return Evidence(
        metric=trial.scorer.metric.value,
        conclusion=(Conclusion.INCONCLUSIVE if is_open or not known else conclusion).value,
        at_least=threshold,
        confidence=trial.confidence,
        items=len(marks),
        judged=len(known),
        new=_mean(known),
        lower=_rounded(bounds.lower),
        upper=_rounded(bounds.upper),
        seed=seed,
    )


def _measured(trial: Trial, marks: Sequence[Mark], seed: int) -> Evidence:
    """Nothing is demanded but that every item has its answer: how good it is, is for others to compare."""
    known = [mark.new for mark in marks if mark.new is not None]
    is_binary = all(value in (0, 1) for value in known)
    if is_binary:
        bounds = clopper_pearson(int(sum(known)), len(known), trial.confidence) if known else Interval(0.0, 1.0)
    else:
        bounds = mean_bounds(known, trial.confidence, seed=seed)
    return Evidence(
        metric=trial.scorer.metric.value,
        conclusion=(Conclusion.PASSED if len(known) == len(marks) else Conclusion.INCONCLUSIVE).value,
        at_least=0.0,
        confidence=trial.confidence,
        items=len(marks),
        judged=len(known),
        new=_mean(known),
        lower=_rounded(bounds.lower),
        upper=_rounded(bounds.upper),
        seed=seed,
    )


def _mean(values: Sequence[float]) -> float:
    return _rounded(item_mean(values)) if values else 0.0


def _rounded(value: float) -> float:
    """Six digits: what the lock holds is read by people and compared by machines."""
    return round(value, 6)
