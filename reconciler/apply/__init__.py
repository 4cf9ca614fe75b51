"""Carry a plan out: one effect at a time, recorded before anybody hears of it.

What is to be done stands in the lock as approved changes, and what was done as trainings; so a run
that is killed anywhere is resumed by the next one, and `wait` needs no plan at all. A change is moved
on in small steps until it has to wait; the hold on the lock covers the steps and never the waiting.
"""

from reconciler.apply.approve import newly_declared, superseded
from reconciler.apply.loop import Wait, approve_plan, finish_approved
from reconciler.apply.run import Run

__all__ = ["Run", "Wait", "approve_plan", "finish_approved", "newly_declared", "superseded"]
