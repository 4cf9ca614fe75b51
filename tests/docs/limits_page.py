"""docs/reference/limits.md: what may refuse a plan, and what overrides it."""

from __future__ import annotations

from dataclasses import fields

from reconciler.core.checks import ALLOWANCES, REFUSALS
from reconciler.core.codes_plan import CODES_PLAN
from reconciler.core.settings import Limits
from tests.docs.commands_page import command_named
from tests.docs.sections import table

_MEANINGS = {
    "maxDisposePercent": "Refuse to delete or replace more than this share of the ready models, once there are ten.",
    "maxDeletes": "Refuse to delete more ready models than this in one run.",
    "concurrentJobs": "How many trainings run at once in a project. Other people's count as well.",
    "listLag": "How long a lost create is looked up before it is sent again.",
}
_SPELT = {"max_dispose_percent": "maxDisposePercent", "max_deletes": "maxDeletes"} | {
    "concurrent_jobs": "concurrentJobs",
    "list_lag_s": "listLag",
}


def limits() -> str:
    """`limits:` with its defaults."""
    rows = []
    for known in fields(Limits):
        name = _SPELT[known.name]
        default = f"{known.default / 60:g}m" if name == "listLag" else str(known.default)
        rows.append((f"`{name}`", f"`{default}`", _MEANINGS[name]))
    return table(["Field", "Default", "What it does"], rows)


def refusals() -> str:
    """The codes that end a run with 3."""
    return table(["Code", "Refused"], [(f"[{code}](errors.md#{code.lower()})", CODES_PLAN[code][0]) for code in REFUSALS])


def allowances() -> str:
    """Each kind of override, as a flag and as a line."""
    options = {option.name: option for option in command_named("apply").params}
    rows = [
        (f"`--allow-{kind}`", f"`{{{kind}: ADDRESS, until: DATE, reason: …}}`", getattr(options[f"allow_{kind}"], "help", ""))
        for kind in ALLOWANCES
    ]
    return table(["Flag", "Line under `allow:`", "What it permits"], rows)
