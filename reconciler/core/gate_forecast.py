"""What a gate will ask, cost and be able to find: a plan says it, and refuses what could not end, before it is paid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from reconciler.core.catalog import Catalog
from reconciler.core.change import Change, Cost, Forecast, Plan
from reconciler.core.codes_plan import plan_diagnostic
from reconciler.core.cost import bases_of
from reconciler.core.diagnostics import Diagnostic, Severity
from reconciler.core.dialects import of_base_model
from reconciler.core.gate_power import finds
from reconciler.core.gate_spec import Against, GateSpec, HeldoutSize, Metric
from reconciler.core.generation import AnswerSettings
from reconciler.core.lock import Lock, Training
from reconciler.core.model import Address
from reconciler.core.plurals import counted
from reconciler.core.settings import GenerationPrice
from reconciler.core.tuned_from import tuned_from

_MILLION: Final = 1_000_000
_BYTES_PER_TOKEN: Final = (5.2, 2.8)
"""As in core/cost.py."""
_VERDICT_TOKENS: Final = (1, 500)
"""Least and most that a judge answers, its reasons included. Ours."""
_PROMPT_TOKENS: Final = (1, 1_000)
"""Least and most that a prompt is answered with, where the settings say nothing. Ours."""


@dataclass(frozen=True, slots=True)
class KeptAnswers:
    """How many of a gate's answers are kept from before: nobody is asked for them again.

    Of the model that is judged, of what it is compared with, and to prompts; so many `scores` a judge has said.
    """

    new: int = 0
    old: int = 0
    prompts: int = 0
    scores: int = 0

    @property
    def answers(self) -> int:
        """Of both models."""
        return self.new + self.old + self.prompts


@dataclass(frozen=True, slots=True)
class _Tokens:
    """Read and written, (least, most) each."""

    given: tuple[float, float] = (0, 0)
    answered: tuple[float, float] = (0, 0)

    def __add__(self, other: _Tokens) -> _Tokens:
        return _Tokens(_sum(self.given, other.given), _sum(self.answered, other.answered))

    def times(self, factor: float) -> _Tokens:
        return _Tokens(_times(self.given, factor), _times(self.answered, factor))

    def cost(self, price: GenerationPrice) -> tuple[float, float]:
        """(least, most), in the price's currency."""
        (g_low, g_high), (a_low, a_high) = self.given, self.answered
        given, answered = price.input_per_million / _MILLION, price.output_per_million / _MILLION
        return g_low * given + a_low * answered, g_high * given + a_high * answered


def with_forecasts(
    plan: Plan,
    lock: Lock,
    catalog: Catalog,
    prices: Mapping[str, GenerationPrice],
    kept: Mapping[Address, KeptAnswers] | None = None,
) -> Plan:
    """The plan with what its gates will ask, on every change after which a model is judged by answers.

    `kept` is what somebody who looked has found of answers from before.
    """
    if not any(asks_items(change) for change in plan.changes):
        return plan
    bases = bases_of(plan, lock)

    def forecast(change: Change) -> Change:
        declared = change.declared
        if declared is None or declared.gate is None or not asks_items(change):
            return change
        base, rival = bases.get(change.address, ""), _rival_base(change, declared.gate, lock)
        before = (kept or {}).get(change.address, KeptAnswers())
        found = _Gate(declared.gate, declared.heldout, _serves(change, lock), base, rival, before)
        return replace(change, forecast=found.forecast(catalog, prices))

    return replace(plan, changes=tuple(map(forecast, plan.changes)))


def check_gates(plan: Plan, lock: Lock, catalog: Catalog, prices: Mapping[str, GenerationPrice]) -> list[Diagnostic]:
    """Gates that could not end, of what is about to be trained or judged."""
    bases = bases_of(plan, lock) if any(c.declared and c.declared.gate for c in plan.changes) else {}
    found: list[Diagnostic] = []
    for change in plan.changes:
        gate = change.declared.gate if change.declared else None
        if gate is not None and (change.action.trains or change.is_judged_again):
            asked = _bases_asked(change, gate, lock, bases.get(change.address, ""))
            found += _mistakes(change, gate, lock, asked, catalog, prices)
    return found


def _bases_asked(change: Change, gate: GateSpec, lock: Lock, base: str) -> tuple[str, ...]:
    """The base models of what is judged and of what it is compared with, where the two may differ."""
    rival = _rival_base(change, gate, lock)
    return (base, rival) if rival and rival != base else (base,)


def _rival_base(change: Change, gate: GateSpec, lock: Lock) -> str:
    """Of the incumbent, where it is asked; "" where nothing is, or nobody knows."""
    serving = _serving(change, lock)
    is_asked = gate.trial is not None and gate.trial.against is Against.INCUMBENT and serving is not None
    return tuned_from(lock, change.address, serving) if is_asked and serving else ""


def _mistakes(
    change: Change,
    gate: GateSpec,
    lock: Lock,
    bases: tuple[str, ...],
    catalog: Catalog,
    prices: Mapping[str, GenerationPrice],
) -> Iterator[Diagnostic]:
    trial = gate.trial
    if trial and trial.against is Against.INCUMBENT and trial.at_least is None and not _serves(change, lock):
        detail = f"The gate compares with the incumbent, and no model serves at {change.address} yet."
        fix = "Add atLeast, which a first model must reach, or compare with the base model: against: base."
        yield _refuse("PLAN130", detail, fix, change, "tuneform.gate.against")
    if gate.max_cost is not None and (why := unpriced(gate, bases, catalog, prices)):
        fix = "Set generate for it under prices in the workspace file, or remove maxCost."
        limit = f"{gate.max_cost.amount:g} {gate.max_cost.currency}"
        yield _refuse("PLAN131", f"maxCost is {limit}, and {why}.", fix, change)


def _refuse(code: str, detail: str, fix: str, change: Change, field: str = "tuneform.gate.maxCost") -> Diagnostic:
    where = change.declared.at(field) if change.declared else None
    return plan_diagnostic(code, Severity.ERROR, detail, fix=fix, address=str(change.address), where=where)


def unpriced(gate: GateSpec, bases: tuple[str, ...], catalog: Catalog, prices: Mapping[str, GenerationPrice]) -> str:
    """Why nobody can tell what the answers cost, in the currency of `maxCost` where there is one; or "".

    `bases` are the base models of those that are asked; a judge comes with the gate.
    """
    judge = _judge(gate)
    for name in (*bases, judge) if judge else bases:
        price = generation_price(name, catalog, prices)
        if price is None:
            return _no_price(name, is_judge=name == judge and name not in bases)
        if gate.max_cost is not None and price.currency != gate.max_cost.currency:
            return f"the price of {name} is in {price.currency}"
    return ""


def generation_price(base: str, catalog: Catalog, prices: Mapping[str, GenerationPrice]) -> GenerationPrice | None:
    """Of a base model, by the name that the spec has or the catalogue's; None where nobody wrote one."""
    if base in prices or not base:
        return prices.get(base)
    known = catalog.find(of_base_model(base).name, base)
    return prices.get(known.name) if known else None


def _judge(gate: GateSpec) -> str:
    return gate.trial.scorer.judge if gate.trial and gate.trial.scorer.metric is Metric.JUDGE else ""


def _no_price(name: str, *, is_judge: bool) -> str:
    who = "the judge's price is unknown: " if is_judge else ""
    return f"{who}no price of answers is known for {name or 'the base model'}"


def asks_items(change: Change) -> bool:
    """Whether held-out items are asked after it. A few prompts are no news: they are foretold with a trial."""
    trial = change.declared.gate.trial if change.declared and change.declared.gate else None
    return trial is not None and (change.action.trains or change.is_judged_again)


def _serving(change: Change, lock: Lock) -> Training | None:
    entry = lock.entry(change.renamed_from or change.address) or lock.entry(change.address)
    return entry.serving[1] if entry is not None and entry.serving is not None else None


def _serves(change: Change, lock: Lock) -> bool:
    return _serving(change, lock) is not None


@dataclass(frozen=True, slots=True)
class _Bill:
    """What one of those that are asked reads and writes. `name` is the base model whose price it has."""

    name: str
    tokens: _Tokens
    is_judge: bool = False


@dataclass(frozen=True, slots=True)
class _Gate:
    """A gate with what decides how often it asks. `rival` is the base model of the incumbent, where it has another."""

    spec: GateSpec
    size: HeldoutSize | None
    has_incumbent: bool
    base: str
    rival: str = ""
    kept: KeptAnswers = KeptAnswers()

    def forecast(self, catalog: Catalog, prices: Mapping[str, GenerationPrice]) -> Forecast:
        """What it comes to; None where nobody has counted the items."""
        trial = self.spec.trial
        items = trial.heldout.items if trial else 0
        loss = finds(trial, items) if trial and items and self._models > 1 else None
        cost = self._cost(catalog, prices)
        samples = trial.samples if trial else 1
        known = self.kept.answers if items is not None else 0
        return Forecast(items, self._models, samples, self._prompts, cost, loss, known)

    @property
    def _prompts(self) -> int:
        return sum(prompt.samples for prompt in self.spec.prompts)

    @property
    def _models(self) -> int:
        """How many are asked the same items."""
        against = self.spec.trial.against if self.spec.trial else None
        return 2 if against is Against.BASE or (against is Against.INCUMBENT and self.has_incumbent) else 1

    def _cost(self, catalog: Catalog, prices: Mapping[str, GenerationPrice]) -> Cost:
        if self.spec.trial and self.size is None:
            where = self.spec.trial.heldout.uri
            return Cost(method=f"how many items {where} has is known when it is read", needs="a local held-out file")
        low = high = 0.0
        known: list[GenerationPrice] = []
        for bill in (bill for bill in self._bills() if bill.tokens != _Tokens()):
            price = generation_price(bill.name, catalog, prices)
            if price is None:
                why = f"{_no_price(bill.name, is_judge=bill.is_judge)} (set generate under prices)"
                return Cost(method=why, needs=f"a price of answers of {bill.name or 'the base model'} under prices")
            known.append(price)
            least, most = bill.tokens.cost(price)
            low, high = low + least, high + most
        if len({price.currency for price in known}) > 1:
            return Cost(method="the prices are in several currencies", needs="prices in one currency")
        if not known:
            return Cost(0.0, 0.0, method="nobody is asked")
        return Cost(round(low, 6), round(high, 6), known[0].currency, self._assumed(), known[0].as_of)

    def _assumed(self) -> str:
        most = AnswerSettings.of(self.spec.settings).max_output_tokens
        if most:
            return f"at most {counted(most, 'token')} an answer"
        return "answers as long as their references, without thinking"

    def _bills(self) -> Iterator[_Bill]:
        """What is still to be asked: of what is judged with its prompts, of its rival, and of a judge of both."""
        trial, most = self.spec.trial, AnswerSettings.of(self.spec.settings).max_output_tokens
        prompts = sum((_of_prompt(p.text, most).times(p.samples) for p in self.spec.prompts), _Tokens())
        if trial is None or self.size is None:
            yield _Bill(self.base, prompts.times(_missing(self.kept.prompts, self._prompts)))
            return
        items, (low, high) = trial.heldout.items or 0, self.size.output_tokens
        answered = (min(low, most * items), most * items) if most else (low, high)
        each, answers = _Tokens(self.size.input_tokens, answered).times(trial.samples), items * trial.samples
        asked = prompts.times(_missing(self.kept.prompts, self._prompts))
        yield _Bill(self.base, asked + each.times(_missing(self.kept.new, answers)))
        if self._models > 1:
            yield _Bill(self.rival or self.base, each.times(_missing(self.kept.old, answers)))
        judge = _judge(self.spec)
        if judge:
            read = _sum(_sum(self.size.input_tokens, self.size.output_tokens), answered)
            given = _sum(read, _times(_tokens_of(trial.scorer.rubric), items))
            verdicts = _Tokens(given, _times(_VERDICT_TOKENS, items)).times(self._models * trial.samples)
            yield _Bill(judge, verdicts.times(_missing(self.kept.scores, self._models * answers)), is_judge=True)


def _missing(known: int, wanted: int) -> float:
    """The share that nobody has asked."""
    return 1 - min(known, wanted) / wanted if wanted else 0


def _of_prompt(text: str, most: int | None) -> _Tokens:
    return _Tokens(_tokens_of(text), (1, most) if most else _PROMPT_TOKENS)


def _tokens_of(text: str) -> tuple[float, float]:
    size = len(text.encode(errors="replace"))
    return size / _BYTES_PER_TOKEN[0], size / _BYTES_PER_TOKEN[1]


def _sum(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return one[0] + other[0], one[1] + other[1]


def _times(one: tuple[float, float], factor: float) -> tuple[float, float]:
    return one[0] * factor, one[1] * factor
