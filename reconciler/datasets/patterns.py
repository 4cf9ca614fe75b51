"""Optional: forms of secrets and personal data. A finding names the kind and the place, never the text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.datasets.findings import Breach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.datasets.findings import Path

SECRET, PERSONAL = "DATA930", "DATA931"
PATTERN_RULES = (SECRET, PERSONAL)

# Each pattern looks at a character a bounded number of times: one that may begin anywhere in a long run of its own
# characters begins at the start of the run only, and gives nothing back.
# The prefixes that the issuers publish for their own scanners.
_SECRETS = {
    "a Google API key": r"AIza[0-9A-Za-z_\-]{35}",
    "a Google OAuth token": r"ya29\.[0-9A-Za-z_\-]{20,}",
    "an AWS access key id": r"(?:AKIA|ASIA)[0-9A-Z]{16}",
    "a GitHub token": r"gh[pousr]_[0-9A-Za-z]{36,}|github_pat_[0-9A-Za-z_]{22,}",
    "an OpenAI key": r"sk-(?:proj-)?[0-9A-Za-z_\-]{32,}",
    "a Slack token": r"xox[abprs]-[0-9A-Za-z-]{10,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a JSON web token": r"(?<![0-9A-Za-z_\-])eyJ[0-9A-Za-z_\-]{10,}+\.eyJ[0-9A-Za-z_\-]{10,}\.[0-9A-Za-z_\-]{10,}",
}
_PERSONAL = {
    "an e-mail address": r"(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.-]*[A-Za-z]{2,}",
    "a payment card": r"\b(?:\d[ -]?){12,18}\d\b",
    "an IBAN": r"\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){3,7}(?: ?[0-9A-Z]{1,3})?\b",
    "a telephone number": r"(?<![\w+])\+[1-9]\d{0,2}[ .(-]?\d[\d .()-]{6,13}\d\b",
    "a US social security number": r"\b(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}\b",
}
# The compiled scan passes every text on that may hold one of these: see is_watched in native/scan.c. Digits are those
# of ASCII there and here.
_KINDS = tuple(
    (rule, kind, re.compile(pattern, re.ASCII))
    for rule, patterns in ((SECRET, _SECRETS), (PERSONAL, _PERSONAL))
    for kind, pattern in patterns.items()
)
# Reserved for examples by RFC 2606.
_EXAMPLE_HOST = re.compile(r"@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|[\w-]+\.(?:example|test|invalid))$")


def pattern_problems(row: dict[str, Any]) -> Iterator[Breach]:
    """Each kind at most once for each text of the example."""
    return (problem for path, text in _texts(row, ()) for problem in _in_text(path, text))


def _in_text(path: Path, text: str) -> Iterator[Breach]:
    for rule, kind, pattern in _KINDS:
        if any(_is_meant(kind, match.group()) for match in pattern.finditer(text)):
            yield Breach(rule, path, f"It has the form of {kind}.")


def _is_meant(kind: str, text: str) -> bool:
    if kind == "a payment card":
        return _passes_luhn(text)
    return kind != "an e-mail address" or not _EXAMPLE_HOST.search(text)


def _passes_luhn(text: str) -> bool:
    digits = [int(c) for c in text if c.isdigit()][::-1]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
