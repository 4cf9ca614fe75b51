"""What is learnt of a scorer before a plan: which files of the workspace its command names, and what they hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reconciler.core.model import Declared
from reconciler.scoring.identity import command_content


def scorer_known(declared: Declared, folder: Path) -> Declared:
    """The spec whose gate knows its scorer by content: another script is another gate, and judges again."""
    gate = declared.gate
    if gate is None or gate.trial is None or not gate.trial.scorer.command:
        return declared
    scorer = replace(gate.trial.scorer, content=command_content(gate.trial.scorer, folder))
    return replace(declared, gate=replace(gate, trial=replace(gate.trial, scorer=scorer)))
