"""Secrets and training examples, each unlike anything else, and where they came out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

TOKEN = "opaque-token-cb1f7e04"
API_KEY = "AIzaSyCanaryCanaryCanaryCanaryCanary-3f2"
PASSWORD = "userinfo-password-6e11"
ENVIRONMENT = "environment-secret-97aa"
SIGNATURE = "signature-of-upload-7b42"
INLINE = "inline example number one 40c2"
INLINE_ANSWER = "inline answer number one 5d90"
FILE_PAIR = "pair out of the data file 8811"
ROW = "row of the training file 2f6c"
ROW_ANSWER = "answer in the training file b903"

SECRETS = (TOKEN, API_KEY, PASSWORD, ENVIRONMENT, SIGNATURE)
EXAMPLES = (INLINE, INLINE_ANSWER, FILE_PAIR, ROW, ROW_ANSWER)
EVERYTHING = (*SECRETS, *EXAMPLES)


KEPT_ANSWERS = ".tuneform/answers/"
"""What models answered to gates is kept there, for its owner alone; the emulator's answer as they were trained."""


def found_in(texts: Mapping[str, str], canaries: Iterable[str] = EVERYTHING) -> list[str]:
    """`WHERE shows CANARY`, for every place that shows one and is not for it."""
    return [
        f"{where} shows {canary!r}"
        for where, text in texts.items()
        for canary in canaries
        if canary in text and not (canary == ROW_ANSWER and where.startswith(KEPT_ANSWERS))
    ]


def written_below(folder: Path, but: Iterable[str] = ()) -> dict[str, str]:
    """Every regular file below a folder by its relative name, whatever its bytes; `but` are beginnings of names."""
    skipped = tuple(but)
    texts = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and not name.startswith(skipped):
            texts[name] = path.read_bytes().decode("utf-8", "replace")
            is_kept = name.startswith(KEPT_ANSWERS) and path.suffix == ".jsonl"
            assert not (is_kept and path.stat().st_mode & 0o077), name
    return texts
