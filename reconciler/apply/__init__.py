"""Carry a plan out: one effect at a time, recorded before anybody hears of it.

What is to be done stands in the lock as approved changes, and what was done as trainings; so a run that is killed
anywhere is resumed by the next one, and `wait` needs no plan at all. Decisions are core/carry's; the hold on the lock
covers deciding and recording, and never a request, a pause, or a reader of events.
"""

from reconciler.apply.approving import Uploads, approve_beside, approve_plan, upload, upload_again
from reconciler.apply.loop import finish_approved
from reconciler.apply.run import Run
from reconciler.core.carry.stopping import WaitOptions

__all__ = [
    "Run",
    "Uploads",
    "WaitOptions",
    "approve_beside",
    "approve_plan",
    "finish_approved",
    "upload",
    "upload_again",
]
