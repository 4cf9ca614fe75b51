"""Which rules and measures go with which format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.datasets.formats import Format
from reconciler.datasets.rows import messages, pairs, preference, prompts, sft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.datasets.findings import Breach
    from reconciler.datasets.limits import DataLimits
    from reconciler.datasets.rows.measure import Measure


class RowRules(NamedTuple):
    """The two pure functions of a format."""

    problems: Callable[[dict[str, Any], DataLimits], Iterable[Breach]]
    measure: Callable[[dict[str, Any]], Measure]


ROW_RULES: Mapping[Format, RowRules] = {
    Format.VERTEX_SFT: RowRules(sft.problems, sft.measure),
    Format.PREFERENCE: RowRules(preference.problems, preference.measure),
    Format.JUDGED_PROMPTS: RowRules(prompts.judged_problems, prompts.measure),
    Format.PROMPTS: RowRules(prompts.problems, prompts.measure),
    Format.PAIRS: RowRules(pairs.problems, pairs.measure),
    Format.MESSAGES: RowRules(messages.problems, messages.measure),
    Format.PROMPT_COMPLETION: RowRules(messages.problems, messages.measure),
}
