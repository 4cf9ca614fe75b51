"""docs/reference/limits.md: what may refuse a plan, and what overrides it."""

from __future__ import annotations

from dataclasses import fields

import click

from reconciler.backends import auth, bounded, generation, http
from reconciler.core.checks import ALLOWANCES, REFUSALS
from reconciler.core.codes_plan import CODES_PLAN
from reconciler.core.settings import Limits
from reconciler.files import bounds
from tests.docs.commands_page import command_named
from tests.docs.sections import table

_MEANINGS = {
    "maxDisposePercent": "Refuse to delete or replace more than this share of the ready models, once there are ten.",
    "maxDeletes": "Refuse to delete more ready models than this in one run.",
    "concurrentJobs": "How many trainings run at once in a project. Other people's count as well.",
    "listLag": "How long a lost create is looked up before it is sent again.",
    "maxDroppedPercent": "A successor that lost more of its examples than this share does not serve.",
}
_SPELT = {
    "max_dispose_percent": "maxDisposePercent",
    "max_deletes": "maxDeletes",
    "concurrent_jobs": "concurrentJobs",
    "list_lag_s": "listLag",
    "max_dropped_percent": "maxDroppedPercent",
}

_OF_THE_PLAN = ("empty", "limits")


def limits() -> str:
    """`limits:` with its defaults."""
    names = [_SPELT[known.name] for known in fields(Limits)]
    return table(["Field", "Default", "What it does"], [(f"`{n}`", f"`{_default(n)}`", _MEANINGS[n]) for n in names])


_READ = {
    "SPECS": ("A file of specs, the workspace's file, all of standard input", "SPEC001"),
    "PROMPT": ("A prompt from standard input", "RUN036"),
    "LOCK": ("The lock, also one to merge", "LOCK001"),
    "JOURNAL": ("The lock's journal", "LOCK008"),
    "PLAN": ("A saved plan", "PLAN112"),
    "ANSWER": ("An answer of a service, unpacked", "API214"),
    "CACHED": ("A file of the cache, which counts as missing", ""),
}


def sizes() -> str:
    """Every bound of what is read whole."""
    found = {name: bound for name, bound in vars(bounds).items() if isinstance(bound, bounds.Bound)}
    assert set(found) == set(_READ)
    rows = [(what, f"{found[name].mib} MiB", _linked(code)) for name, (what, code) in _READ.items()]
    return table(["What is read whole", "Limit", "Refused with"], rows)


def answers() -> str:
    """What is read of services, by the constants of the code."""
    answer = bounded.LARGEST_ANSWER_BYTES
    assert answer == bounds.ANSWER.mib * bounds.MIB
    rows = [
        ("All pages of a list together", f"{http.LARGEST_LIST} answers, {http.MOST_PAGES:,} pages", "API217"),
        ("Objects and lists in one answer", f"{answer // bounded._BYTES_A_CONTAINER:,}", "API214"),
        ("Values in one answer", f"{answer // bounded._BYTES_A_VALUE:,}", "API214"),
        ("One event of a streamed answer", f"{generation.LONGEST_EVENT_BYTES // bounds.MIB} MiB", "API214"),
        ("The words of an error", f"{bounded.LARGEST_ERROR_BYTES // 1000} kB", ""),
        ("An answer of the token service", f"{auth._LARGEST_TOKEN_BYTES // bounds.MIB} MiB", "API104"),
        ("An object of training data", "the size that Cloud Storage tells", "API362"),
    ]
    return table(
        ["What is read", "Limit", "Refused with"], [(what, limit, _linked(code)) for what, limit, code in rows]
    )


def _linked(code: str) -> str:
    return f"[{code}](errors.md#{code.lower()})" if code else ""


def refusals() -> str:
    """The codes that end a run with 3."""
    rows = [(f"[{code}](errors.md#{code.lower()})", CODES_PLAN[code][0]) for code in REFUSALS]
    return table(["Code", "Refused"], rows)


def allowances() -> str:
    """Each kind of override, as a flag and as a line."""
    return table(["Flag", "Line under `allow:`", "What it permits"], [_allowance(kind) for kind in ALLOWANCES])


def _allowance(kind: str) -> tuple[str, str, str]:
    option = next(o for o in command_named("apply").params if o.name == f"allow_{kind}")
    assert isinstance(option, click.Option)
    of_what = "all" if kind in _OF_THE_PLAN else "ADDRESS"
    return f"`--allow-{kind}`", f"`{{{kind}: {of_what}, until: DATE, reason: …}}`", option.help or ""


def _default(name: str) -> str:
    known = Limits()
    if name == "listLag":
        return f"{known.list_lag_s / 60:g}m"
    value = next(getattr(known, field) for field, spelt in _SPELT.items() if spelt == name)
    return "none" if value is None else str(value)
