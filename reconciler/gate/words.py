"""What a trial showed, as lines of a report."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.gate_result import GateCheck
from reconciler.core.gate_spec import Trial
from reconciler.core.lock import Evidence
from reconciler.core.plurals import counted
from reconciler.gate.trial import Tried, shown_troubles


def check_of_trial(tried: Tried, trial: Trial) -> Iterator[GateCheck]:
    """One for each demand."""
    if tried.why:
        yield GateCheck(_name(trial), False, _against(trial), None, tried.why, is_open=True)
    for found in tried.evidence:
        yield check_of_evidence(found, shown_troubles(tried.troubles))


def check_of_evidence(found: Evidence, troubles: str = "") -> GateCheck:
    """What was demanded, what was found, and in how many items."""
    conclusion = Conclusion(found.conclusion)
    is_open = conclusion is Conclusion.INCONCLUSIVE
    why = {
        Conclusion.PASSED: "",
        Conclusion.FAILED: "it is worse than that" if found.against else "it is below that",
        Conclusion.INCONCLUSIVE: _indifferent(found) or troubles or f"{counted(found.judged, 'item')} cannot tell",
    }[conclusion]
    name = f"held-out {found.metric}"
    return GateCheck(name, conclusion is Conclusion.PASSED, _wanted(found), _got(found), why, is_open=is_open)


def _indifferent(found: Evidence) -> str:
    if not found.same_for_all:
        return ""
    return f"the judge gives {found.new:g} to every answer, also to a right and to a wrong one: it tells nothing apart"


def _name(trial: Trial) -> str:
    return f"held-out {trial.scorer.metric.value}"


def _against(trial: Trial) -> str:
    return f"compared with the {trial.against.value}" if trial.against else "compared"


def _wanted(found: Evidence) -> str:
    if found.at_least is not None:
        return f">= {found.at_least:.1%} at {found.confidence:.0%} confidence"
    rival = _short(found.against)
    if found.margin is None:
        return f"better than {rival} at {found.confidence:.0%} confidence"
    return f"not {found.margin:.1%} worse than {rival} at {found.confidence:.0%} confidence"


def _short(name: str) -> str:
    """`models/123@1`: the project and the place are those of the address."""
    return "/".join(name.split("/")[-2:])


def _got(found: Evidence) -> str | None:
    if not found.judged:
        return None
    asked = f"{found.judged} of {counted(found.items, 'item')}" if found.judged < found.items else ""
    items = asked or counted(found.items, "item")
    if found.at_least is not None:
        return f"{found.new:.1%} [{found.lower:.1%}, {found.upper:.1%}] of {items}"
    flips = f", {found.better} better and {found.worse} worse" if found.better or found.worse else ""
    difference = found.new - found.old
    return (
        f"{found.new:.1%} against {found.old:.1%}: {difference:+.1%} "
        f"[{found.lower:+.1%}, {found.upper:+.1%}] on {items}{flips}"
    )
