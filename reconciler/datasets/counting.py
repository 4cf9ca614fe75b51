"""Tokens as the service counts them: the examples of a file in as few requests as they fit in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.core.plurals import counted
from reconciler.datasets.examples import examples_of
from reconciler.datasets.formats import Format
from reconciler.datasets.rows.fields import list_at, object_at, objects
from reconciler.datasets.rows.measure import canonical, parts_of, text_bytes
from reconciler.datasets.rows.pairs import pair_of
from reconciler.datasets.spelling import in_camel
from reconciler.datasets.tokens import estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reconciler.core.settings import Price
    from reconciler.datasets.checked import Checked
    from reconciler.datasets.source import Source

COUNTABLE = frozenset({Format.VERTEX_SFT, Format.PREFERENCE, Format.PAIRS, Format.JUDGED_PROMPTS, Format.PROMPTS})
"""Open models have no countTokens."""

_TOGETHER_BYTES = 256 << 10
"""About a request's JSON: some 60,000 tokens, which every base model reads at once."""

_TOGETHER_MEDIA = 10
"""Videos that one request may have, of all media the fewest."""

_PROBE = {"role": "user", "parts": [{"text": "x"}]}

CountBody = dict[str, Any]


class Counted(NamedTuple):
    """Billable tokens of one epoch, and how often the service was asked for them."""

    tokens: int
    requests: int


def count_tokens(source: Source, kind: Format, ask: Callable[[CountBody], int]) -> Counted:
    """The tokens of every example, input and output, by `ask`, which is the service's countTokens.

    Turns of many examples go into one request: turns are counted one by one, and turn marks cost nothing, as
    recorded jobs show. A system instruction is text and counted as a turn; each different set of tools is
    counted once, by the difference that it makes. Expects a file that the check finds no error in.
    """
    tally = _Tally(ask)
    for _, decoded, _ in examples_of(source):
        if decoded.row is not None:
            tally.add(in_camel(decoded.row), kind)
    return tally.finish()


def counted_page(checked: Checked, found: Counted, method: str, price: Price | None) -> str:
    """The counted tokens beside the estimate of the same file, and what training costs by them."""
    likely = estimate(checked).likely
    off = f"{100 * (likely - found.tokens) / found.tokens:+.0f} %" if found.tokens else "nothing to compare"
    asked = counted(found.requests, "request")
    unknown = "unknown: no price for this model"
    lines = [
        "",
        f"Training, {counted(found.tokens, 'token')} an epoch as the service counts",
        f"  ({method})",
        f"  ({asked}; the estimate above is off by {off})",
        f"  {'epochs':>6}  {'tokens':>12}  cost",
    ]
    for epochs in (1, 2, 3, 4):
        tokens = found.tokens * epochs
        cost = f"{tokens * price.per_million / 1e6:,.2f} {price.currency}" if price else unknown
        lines.append(f"  {epochs:>6}  {tokens:>12,}  {cost}")
    return "\n".join(lines) + "\n"


class _Tally:
    """What was counted so far, and the turns that wait for the next request."""

    def __init__(self, ask: Callable[[CountBody], int]) -> None:
        self._ask = ask
        self._tokens = 0
        self._requests = 0
        self._tools: dict[str, int] = {}
        self._waiting: list[CountBody] = []
        self._bytes = self._media = 0
        self._config: CountBody = {}
        self._probe = -1

    def add(self, row: CountBody, kind: Format) -> None:
        resolution = object_at(row, "generationConfig").get("mediaResolution")
        config = {"generationConfig": {"mediaResolution": resolution}} if resolution else {}
        if config != self._config:
            self._flush()
            self._config = config
        for turn in _turns(row, kind):
            self._wait(turn)
        if row.get("tools"):
            self._tokens += self._tokens_of_tools(row["tools"]) * (2 if kind is Format.PREFERENCE else 1)

    def finish(self) -> Counted:
        self._flush()
        return Counted(self._tokens, self._requests)

    def _wait(self, turn: CountBody) -> None:
        size = text_bytes(canonical(turn))
        media = sum("fileData" in part or "inlineData" in part for part in turn["parts"])
        if self._bytes + size > _TOGETHER_BYTES or self._media + media > _TOGETHER_MEDIA:
            self._flush()
        self._waiting.append(turn)
        self._bytes += size
        self._media += media

    def _flush(self) -> None:
        if self._waiting:
            self._tokens += self._asked({"contents": self._waiting, **self._config})
        self._waiting, self._bytes, self._media = [], 0, 0

    def _tokens_of_tools(self, tools: Any) -> int:
        name = canonical(tools)
        if name not in self._tools:
            if self._probe < 0:
                self._probe = self._asked({"contents": [_PROBE]})
            self._tools[name] = self._asked({"contents": [_PROBE], "tools": tools}) - self._probe
        return self._tools[name]

    def _asked(self, request: CountBody) -> int:
        self._requests += 1
        return self._ask(request)


def _turns(row: CountBody, kind: Format) -> Iterator[CountBody]:
    """Everything of one example that is billed, as turns that say something."""
    if kind is Format.PAIRS:
        given, output = pair_of(row)
        found = [_turn("user", [{"text": given}]), _turn("model", [{"text": output}])]
    else:
        prompt = [_turn("user", parts_of(row.get("systemInstruction")))]
        prompt += [_turn(str(c.get("role") or "user"), parts_of(c)) for c in objects(list_at(row, "contents"))]
        answers = [object_at(c, "completion") for c in objects(list_at(row, "completions"))]
        # Preference tuning reads the prompt with each of its two answers.
        found = prompt * (2 if kind is Format.PREFERENCE else 1)
        found += [_turn("model", parts_of(answer)) for answer in answers]
    return (turn for turn in found if turn["parts"])


def _turn(role: str, parts: list[CountBody]) -> CountBody:
    return {"role": role, "parts": [part for part in parts if part.get("text") != ""]}
