"""The page docs/reference/data-rules.md, made from the table of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.datasets.rules import Rule, all_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

_BASES = {
    "schema": "the published API schema says so",
    "documented": "a page of Google's documentation says so",
    "measured": "the service was seen to refuse it",
    "standard": "JSON, UTF-8 or protocol buffers say so",
    "tool": "tuneform cannot read such a file, or promise anything about it",
    "inference": "nothing documents it; it is likely a mistake",
    "advice": "recommended, never enforced",
}
_FAMILIES = {
    "1": "The file",
    "2": "JSON",
    "3": "Examples, turns and parts",
    "4": "Functions",
    "5": "Media",
    "6": "Preference pairs",
    "7": "Gemini API pairs",
    "8": "Open models",
    "9": "Sizes, repeats, two files together, advice",
}


def rules_page() -> str:
    """Markdown. A test holds the file in docs/ against it."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Rules over training data"
    yield ""
    yield "<!-- Generated from reconciler/datasets/rules.toml by `python -m reconciler.datasets.rules_page`. -->"
    yield ""
    yield (
        "`tuneform dataset check` holds every example against these rules. A severity can be changed in the "
        "workspace, to `error`, `warning`, `note` or `off`. Only a rule with a source is an error; what "
        "no source calls wrong is a warning at most."
    )
    yield ""
    yield "| basis | means |"
    yield "|---|---|"
    yield from (f"| {basis} | {meaning} |" for basis, meaning in _BASES.items())
    family = ""
    for rule in all_rules().values():
        if rule.id[4] != family:
            family = rule.id[4]
            yield ""
            yield f"## {_FAMILIES[family]}"
        yield ""
        yield from _rule_lines(rule)


def _rule_lines(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id} {rule.title}"
    yield ""
    methods = ", ".join(sorted(method.value for method in rule.methods))
    models = f" · base models: {', '.join(name + '*' for name in rule.models)}" if rule.models else ""
    yield f"{rule.severity} · {rule.basis} · for {methods}{models} · since {rule.since}"
    yield ""
    yield rule.explanation
    if rule.cites:
        yield ""
        yield f"Source: {rule.cites}."
    if rule.fix:
        yield ""
        yield f"Fix: {rule.fix}"
    yield ""
    yield from _example("Bad", rule.bad, rule.bad_note)
    yield from _example("Good", rule.good, rule.good_note)


def _example(name: str, lines: str, note: str) -> Iterator[str]:
    if note:
        yield f"{name}: {note}"
        yield ""
        return
    yield f"{name}:"
    yield ""
    yield "```json"
    yield from (_visible(line) for line in lines.strip("\n").split("\n"))
    yield "```"
    yield ""


def _visible(line: str) -> str:
    """Characters that cannot be seen on a page, as their names."""
    shown = {"\ufeff": "<U+FEFF>", "\0": "<NUL>", "\u2028": "<U+2028>", "\r": "<CR>"}
    return "".join(shown.get(character, character) for character in line) or "<blank>"


if __name__ == "__main__":
    import sys

    sys.stdout.write(rules_page())
