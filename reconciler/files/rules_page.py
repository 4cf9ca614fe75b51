"""What docs/reference/policies.md says of expressions, with figures and names as the code has them."""

from __future__ import annotations

from typing import Final

from reconciler.files.rule_names import names_of
from reconciler.policy.evaluating import STEPS
from reconciler.policy.functions import FUNCTIONS
from reconciler.policy.lexical import DEEPEST, LONGEST
from reconciler.policy.parsing import COMPREHENSIONS
from reconciler.policy.rules import About

ABOUT_RULES: Final = """\
# Policies

<!-- Made from the schema by reconciler.files.reference_pages; `pytest tests/files --update-golden` rewrites it. -->

Rules of your own over plans: [how they are written, tried and lifted](../how-to/policies.md). Files of them, and
folders, are named under `policies` of the [workspace](workspace.md). In a folder every `*.yaml` and `*.yml` is read
that is not hidden; one mistake in any of them ends the run before anything is observed.
"""

_VARIABLES: Final = {
    "spec": "`spec` of the document, of whichever kind it is, in camelCase and with its defaults. `project` and "
    "`location` are there if the workspace alone says them, the display name if it is that of the document; "
    "`adapterSize` is a number, and inline examples are left out. What is unset is not there.",
    "change": "One change of the plan, as [plan JSON](plan-json.md) has it, with every default written out.",
    "plan": "The whole plan, in its JSON form, without `made_with`. Its `diagnostics` and "
    "`refused` are what was found before the rules are asked.",
    "workspace": "Name of the workspace, a text.",
    "today": "The day in UTC, as a time: `today.getDayOfWeek() == 5` is a Friday, "
    '`today < timestamp("2026-12-24T00:00:00Z")` before Christmas.',
}
_INTRO: Final = """\
## Variables

| Name | Known to rules about | What it is |
| --- | --- | --- |
"""


def variables() -> str:
    """Each with the rules that see it."""
    known = {about: names_of(about) for about in About}
    rows = (
        f"| `{name}` | {', '.join(f'`{about.value}`' for about in About if name in known[about])} | {sentence} |\n"
        for name, sentence in _VARIABLES.items()
    )
    return _INTRO + "".join(rows)


def functions() -> str:
    """What there is of CEL, in what it differs, and the bounds."""
    named = ", ".join(f"`{name}`" for name in FUNCTIONS)
    macros = ", ".join(f"`{name}`" for name in ("has", *COMPREHENSIONS))
    return f"""\
## CEL

Macros: {macros}.

Functions: {named}.

They do what the [language](https://github.com/google/cel-spec/blob/master/doc/langdef.md) says: days and months count
from 0, but for `getDate`, and a week begins with Sunday, 0. `matches` takes a regular expression of RE2, and finds it
anywhere in the text. Whole and decimal numbers are compared with each other, and not added. Amounts of money are texts
in plans: `double(change.cost.high)`.

Bytes, unsigned numbers, messages and time zones are not there: JSON has none. `has(a.b.c)` is false where `b` is
missing or null. `||` and `&&`, `all` and `exists` pass over what cannot be evaluated where the rest decides; anywhere
else it makes the rule unmet.

An expression has up to {LONGEST:,} characters and {DEEPEST} levels. One rule takes up to {STEPS:,} steps over a plan:
items of lists that are looked at, and parts of texts. A rule that takes more is not met, so that no file makes a plan
go on without end.
"""
