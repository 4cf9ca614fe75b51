"""How long trainings under way have done no step, by the times of their curves: asked for only where it can matter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler.backends.base import BackendError
from reconciler.core.concerns import NO_STEP_S
from reconciler.core.lock import Milestone, Training
from reconciler.core.model import LiveTraining
from reconciler.core.times import latest_of, seconds_of
from reconciler.workflow.standings import Standing
from reconciler.workflow.world import World

_ASKED_AGAIN_S = 300.0
"""A curve takes several requests, and three hours are known well enough so. Ours."""


@dataclass(slots=True)
class Silence:
    """Remembers what was asked, for who looks again and again."""

    world: World
    _known: dict[str, tuple[float, str]] = field(default_factory=dict)

    def of(self, standings: Iterable[Standing]) -> dict[str, float]:
        """Seconds without a step by job, as far as anybody can tell. A curve that cannot be read tells nothing."""
        now_s = self.world.clock.now()
        found: dict[str, float] = {}
        for s in standings:
            if s.live is None or s.live.status.is_terminal or not s.training.job:
                continue
            if now_s - began_s(s.training, s.live) < NO_STEP_S:
                continue
            last = self._last_step(s, now_s) or (_in_state_since(s.training) if s.live.has_read_data else "")
            if last:
                found[s.training.job] = now_s - seconds_of(last)
        return found

    def _last_step(self, s: Standing, now_s: float) -> str:
        asked, last = self._known.get(s.training.job, (0.0, ""))
        if now_s - asked >= _ASKED_AGAIN_S:
            last = self._asked(s)
            self._known[s.training.job] = (now_s, last)
        return last

    def _asked(self, s: Standing) -> str:
        try:
            curves = self.world.backends[s.address.backend].metrics(s.training)
        except BackendError:
            return ""
        return latest_of(point.at for curve in curves.values() for point in curve)


def began_s(training: Training, live: LiveTraining | None) -> float:
    """When the service got it, in seconds since the epoch; 0.0 where nobody knows, as for an answer that is lost."""
    created = live.created if live else ""
    return seconds_of(created or training.at(Milestone.SUBMITTED, Milestone.ADOPTED, Milestone.INTENDED))


def _in_state_since(training: Training) -> str:
    return training.states.get(training.state, "")
