"""docs/reference/limits.md: what may refuse a plan, and what overrides it."""

from __future__ import annotations

from dataclasses import fields

import click

from reconciler.backends import auth, bounded, generation, http
from reconciler.cli import failures
from reconciler.cli.commands import validate
from reconciler.core.checks import ALLOWANCES
from reconciler.core.codes_plan import CODES_PLAN
from reconciler.core.findings import KEPT_PER_CODE
from reconciler.core.settings import Limits
from reconciler.core.sizes import MIB
from reconciler.datasets import documents, lines, report
from reconciler.datasets.findings import KEPT_PER_RULE
from reconciler.files import bounds
from reconciler.render import github, json_diagnostics, sarif
from tests.bounds import test_json_grows, test_yaml_grows, work
from tests.datasets import test_linear
from tests.docs.commands_page import command_named
from tests.docs.sections import table

_MEANINGS = {
    "maxDisposePercent": "Refuse to delete or replace more than this share of the ready models, once there are ten.",
    "maxDeletes": "Refuse to delete more ready models than this in one run.",
    "concurrentJobs": "How many trainings run at once in a project. Other people's count as well.",
    "listLag": "How long a lost create is looked up before it is sent again.",
    "maxDroppedPercent": "A successor that lost more of its examples than this share does not serve.",
    "maxDuration": "A training that takes longer is shown as stuck. A spec may say otherwise. Nothing is cancelled.",
}
_SPELT = {
    "max_dispose_percent": "maxDisposePercent",
    "max_deletes": "maxDeletes",
    "concurrent_jobs": "concurrentJobs",
    "list_lag_s": "listLag",
    "max_dropped_percent": "maxDroppedPercent",
    "max_duration_s": "maxDuration",
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
    "ANSWERS": ("Kept answers of one version of a model; nothing more is kept of it then", ""),
    "SECRET": ("The secret of a receiver of notices", "RUN095"),
    "CATALOG": ("A catalogue of base models, from a file or the web", "SPEC092"),
    "CACHED": ("A file of the cache, which counts as missing", ""),
}


def sizes() -> str:
    """Every bound of what is read whole."""
    found = {name: bound for name, bound in vars(bounds).items() if isinstance(bound, bounds.TextLimit)}
    assert set(found) == set(_READ)
    rows = [(what, f"{found[name].mib} MiB", _linked(code)) for name, (what, code) in _READ.items()]
    return table(["What is read whole", "Limit", "Refused with"], rows)


def answers() -> str:
    """What is read of services, by the constants of the code."""
    answer = bounded.LARGEST_ANSWER_BYTES
    assert answer == bounds.ANSWER.mib * MIB
    rows = [
        ("All pages of a list together", f"{http.LARGEST_LIST} answers, {http.MOST_PAGES:,} pages", "API217"),
        ("Objects and lists in one answer", f"{answer // bounded._BYTES_A_CONTAINER:,}", "API214"),
        ("Values in one answer", f"{answer // bounded._BYTES_A_VALUE:,}", "API214"),
        (
            "One event of a streamed answer; the answer to a question of a gate",
            f"{generation.LONGEST_EVENT_BYTES // MIB} MiB",
            "API214",
        ),
        ("The words of an error", f"{bounded.LARGEST_ERROR_BYTES // 1000} kB", ""),
        ("An answer of the token service", f"{auth._LARGEST_TOKEN_BYTES // MIB} MiB", "API104"),
        ("An object of training data", "the size that Cloud Storage reports", "API362"),
    ]
    return table(
        ["What is read", "Limit", "Refused with"], [(what, limit, _linked(code)) for what, limit, code in rows]
    )


def costs() -> str:
    """What a byte costs whoever reads it, as the tests hold it."""
    line = f"{lines.MOST_BYTES // MIB} MiB"
    assert lines.MOST_BYTES == documents.MOST_CHARACTERS
    data = (
        f"{line}, fixed",
        "linear",
        test_linear.MOST_MEMORY,
        test_linear.EVERY_CHECK,
        "tests/datasets/test_linear.py",
    )
    yaml = (test_yaml_grows.MOST_STEPS, test_yaml_grows.MOST_MEMORY, work.EVERY_RUN, "tests/bounds/test_yaml_grows.py")
    json = (test_json_grows.MOST_STEPS, test_json_grows.MOST_MEMORY, work.EVERY_RUN, "tests/bounds/test_json_grows.py")
    rows = [
        ("Specs and the workspace's file", f"{bounds.SPECS.mib} MiB", *yaml),
        ("The lock", f"{bounds.LOCK.mib} MiB", *json),
        ("Its journal", f"{bounds.JOURNAL.mib} MiB", *json),
        ("A saved plan", f"{bounds.PLAN.mib} MiB", *json),
        ("A line of training data, a value of a list, a record of CSV", *data),
    ]
    head = ["What is read", "Limit", "Calls a byte", "Memory a byte", "And in any case", "Held by"]
    return table(
        head,
        [
            (what, limit, f"{steps}", f"{memory} B", f"{more // MIB} MiB", f"`{test}`")
            for what, limit, steps, memory, more, test in rows
        ],
    )


def findings() -> str:
    """How many are kept and shown."""
    rows = [
        ("kept of one code in one file of specs", f"{KEPT_PER_CODE}"),
        ("kept of one rule in one file of training data", f"{KEPT_PER_RULE}"),
        ("`validate` and a run that cannot load its specs, as text", f"{validate._SHOWN_PER_CODE} of a code"),
        ("`dataset check` as text", f"{report.SHOWN_PER_RULE} of a rule"),
        ("`validate --format json`", f"{json_diagnostics.MOST_PER_CODE:,} of a code; `left_out` has the rest"),
        ("`dataset check --format json`", "all that are kept; `left_out` has the rest"),
        ("SARIF", f"{sarif.RESULTS_MAX:,}, the worst; `properties`, `tuneform/leftOut` has the rest"),
        ("Annotations of GitHub", f"{github.ANNOTATIONS_MAX} of a kind; the last counts the rest"),
    ]
    assert failures._SHOWN_PER_CODE == validate._SHOWN_PER_CODE
    assert (report.RESULTS_MAX, report.ANNOTATIONS_MAX) == (sarif.RESULTS_MAX, github.ANNOTATIONS_MAX)
    return table(["Findings", "How many"], rows)


def _linked(code: str) -> str:
    return f"[{code}](errors.md#{code.lower()})" if code else ""


def refusals() -> str:
    """The codes that end a run with 3."""
    refusing = sorted(code for code, row in CODES_PLAN.items() if row.refuses)
    rows = [(f"[{code}](errors.md#{code.lower()})", CODES_PLAN[code].summary) for code in refusing]
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
