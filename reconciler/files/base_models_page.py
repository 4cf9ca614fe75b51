"""docs/reference/base-models.md, made from the shipped catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from reconciler.core.catalog import ANNOUNCED, BaseModel, ModelLimits
from reconciler.core.dialects.gemini import GEMINI
from reconciler.core.dialects.vertex import VERTEX
from reconciler.core.generation import GenerationFacts, lowest_thinking
from reconciler.core.plurals import counted
from reconciler.files.catalog import shipped_catalog

_INTRO: Final = """\
# Base models

<!-- Made from reconciler/data/catalog.json by reconciler.files.base_models_page;
`pytest tests/files --update-golden` rewrites it. -->

What tuneform knows of base models, as of {as_of}. It is dated data, read from published pages; each row names its
source and the day on which it was read. `tuneform models` shows it in a terminal and says how old it is,
`tuneform models --calendar` shows it by the day something ends.

A plan refuses to train on a base model that is past its last day of training, or that is not tuned on the service
([PLAN107](errors.md#plan107)); it warns 90 days before models tuned from a base stop answering
([PLAN117](errors.md#plan117)). A method that pages leave out of what a base model offers is refused when the spec is
read ([SPEC091](errors.md#spec091)); of one that no page speaks of a plan warns ([PLAN145](errors.md#plan145)), and so
it does of a base model that is not here ([PLAN114](errors.md#plan114)).

`publishers/google/models/gemini-3.5-flash` and `gemini-3.5-flash` are one base model: a spec may change from one to
the other, and nothing is trained for it. `gemini-1.5-pro` is found here under its version, `gemini-1.5-pro-002`; in a
spec the two are not the same, since the service decides which version the shorter one means.

The table is wrong as soon as a service changes its mind. Correct it in the workspace, where a line of your own counts
over ours, by whichever name of the model, or add a model that is not here:

```yaml
models:
  gemini-2.5-flash: {{cutOff: 2027-03-31, retires: 2027-03-31, status: current}}
prices:
  gemini-3.5-flash: {{train: 5 USD/1M, asOf: 2026-11-01}}
```

Or take a newer table, which counts instead of ours: a file in the repository, or an address. What an address holds is
fetched once, compared with its digest, and read from `.tuneform/cache` ever after, also without a network. It has the
form of [reconciler/data/catalog.json](../../reconciler/data/catalog.json); fields that this version does not know are
passed over.

```yaml
catalogFrom: {{file: base-models.json}}
```

```yaml
catalogFrom:
  url: https://models.acme.dev/base-models.json
  sha256: 5bfab9ce1c3a4d62a83c2f3db9b5a7a3b1ee1d1b0f4e0a4c58ed7a2ad4a7c0d1
```

Where it cannot be had, or is another one than its digest says, nothing is planned ([SPEC092](errors.md#spec092),
[SPEC093](errors.md#spec093)). Commands that read the lock alone, such as `tuneform wait`, go on with ours: what was
paid for is finished.

`tuneform models migrate ADDRESS` writes the spec of a successor on the replacement.

## What they make of settings

Since 2026-07-21 the sampling parameters temperature, topP and topK are deprecated, and newer base models ignore them:
an answer of theirs cannot be made to repeat itself. How much a model thinks is set by a level from Gemini 3 on, and
by a budget of tokens before. `tuneform prompt` and gates hold their settings to these facts before anything is sent:
what the base model ignores is a warning ([RUN071](errors.md#run071)) and is not sent, what it refuses is an error
([RUN070](errors.md#run070)). That a tuned model does as its base model does is an inference; no page says it. Where
no facts are known, everything is sent as it is written.

{generation}
The levels and budgets are from [the thinking page]({thinking}), read on 2026-11-30; what is ignored is from [the
changelog of the Gemini API]({changes}), 2026-07-21. Not known: for open models and `translation-llm-002`, anything;
whether budgets of 0 are refused where there are levels (reports differ). Correct it under `models.NAME.generation`,
as everything else.
"""
_THINKING: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/thinking"
_CHANGES: Final = "https://ai.google.dev/gemini-api/docs/changelog"
_KINDS: Final[Mapping[str, Callable[[BaseModel], bool]]] = {
    "Gemini on Vertex AI": lambda m: m.surface == VERTEX.name and not m.is_open,
    "Open models on Vertex AI": lambda m: m.surface == VERTEX.name and m.is_open,
    "Gemini API": lambda m: m.surface == GEMINI.name,
}
_LIMITS: Final = {
    "tokens_per_example": "tokens an example",
    "examples": "examples of text",
    "multimodal_examples": "examples with media",
    "validation_examples": "validation examples",
    "min_examples": "examples at least",
    "file_bytes": "bytes a file",
    "input_characters": "characters of input",
    "output_characters": "characters of output",
}
_FEW: Final = 6
_MODES: Final = {"adapter": "by an adapter", "full": "in full"}


def base_models_page() -> str:
    """The page, one section a service and one entry a model."""
    catalog = shipped_catalog()
    generation = _generation(catalog.models)
    parts = [_INTRO.format(as_of=catalog.as_of, generation=generation, thinking=_THINKING, changes=_CHANGES)]
    for title, belongs in _KINDS.items():
        models = [m for m in catalog.models if belongs(m)]
        parts.append(f"## {title}\n\n{_table(models)}\n{_details(models)}")
    return "\n".join(parts).rstrip() + "\n"


def _generation(models: Iterable[BaseModel]) -> str:
    """One row for each way of several models."""
    ways: dict[tuple[str, ...], list[str]] = {}
    for model in models:
        if model.generation.is_known:
            ways.setdefault(_way(model.generation), []).append(f"`{model.name}`")
    rows: list[tuple[str, ...]] = [("Base models", "Ignored", "Thinking", "Least"), ("---",) * 4]
    rows += [(", ".join(dict.fromkeys(names)), *way) for way, names in ways.items()]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def _way(facts: GenerationFacts) -> tuple[str, ...]:
    ignored = "not known" if facts.ignores is None else ", ".join(facts.ignores) or "nothing"
    least = lowest_thinking(facts)
    return ignored, "; ".join(_thinking(facts)) or "not known", "" if least is None else f"`{least}`"


def _table(models: Iterable[BaseModel]) -> str:
    heads = ["Model", "State", "Tuning", "Last training", "Retires", "USD per million tokens", "Instead"]
    rows = [heads, ["---"] * len(heads), *map(_cells, models)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def _cells(m: BaseModel) -> list[str]:
    price = f"{m.price.train:g} ({m.price.as_of})" if m.price else "not known"
    return [
        f"`{m.name}`",
        m.status,
        ", ".join(m.methods) or ("not known" if m.status == ANNOUNCED else "none"),
        str(m.cut_off or ""),
        str(m.retires or ""),
        price,
        m.replacement,
    ]


def _details(models: Iterable[BaseModel]) -> str:
    return "".join(f"- `{m.name}`: {'; '.join(_facts(m))}.\n" for m in models)


def _facts(m: BaseModel) -> Iterable[str]:
    yield from _life(m)
    if m.modalities:
        yield ", ".join(m.modalities)
    yield from _tuning(m)
    yield from _limits(m.limits)
    if m.encryption is False and "CMEK" not in m.notes:
        yield "no customer-managed encryption"
    if m.evaluation_regions is not None:
        yield (
            f"evaluationConfig in {', '.join(m.evaluation_regions)}" if m.evaluation_regions else "no evaluationConfig"
        )
    yield from _answers(m.generation)
    if m.price and m.price.source and m.price.train:
        yield f"price from {_linked(m.price.source)}"
    if m.source:
        yield f"[source]({m.source})" + (f" of {m.as_of}" if m.as_of else "")
    if m.notes:
        yield m.notes.rstrip(".")


def _life(m: BaseModel) -> Iterable[str]:
    if m.aliases:
        yield f"also {', '.join(f'`{alias}`' for alias in m.aliases)}"
    if m.deprecated:
        yield f"deprecated since {m.deprecated}" + (f", `{m.routed_to}` answers" if m.routed_to else "")


def _tuning(m: BaseModel) -> Iterable[str]:
    if m.not_offered:
        yield f"no {' and no '.join(m.not_offered)} tuning"
    if m.regions:
        yield "tuned in " + (", ".join(m.regions) if len(m.regions) <= _FEW else counted(len(m.regions), "region"))
    yield from (f"{method} tuning in {', '.join(regions)} alone" for method, regions in m.method_regions.items())
    if m.serving:
        yield "served from " + ", ".join(f"{there} ({here})" for here, there in m.serving.items())
    if m.tuning_modes:
        yield f"trained {' or '.join(_MODES.get(mode, mode) for mode in m.tuning_modes)}"
    if m.adapter_sizes:
        default = f" (default {m.default_adapter_size})" if m.default_adapter_size else ""
        yield f"adapter sizes {', '.join(map(str, m.adapter_sizes))}{default}"


def _answers(facts: GenerationFacts) -> Iterable[str]:
    if facts.ignores:
        yield f"ignores {', '.join(facts.ignores)}"
    if facts.refuses:
        yield f"refuses {', '.join(facts.refuses)}"
    yield from _thinking(facts)


def _thinking(facts: GenerationFacts) -> Iterable[str]:
    if facts.levels:
        default = f" (default {facts.default_level})" if facts.default_level else ""
        yield f"thinking {', '.join(facts.levels)}{default}"
    if facts.budget:
        off = ", or 0 for none" if facts.budget.can_be_off else ""
        yield f"thinking budget {facts.budget.least:,} to {counted(facts.budget.most, 'token')}{off}"
    if facts.never_thinks:
        yield "no thinking"


def _limits(limits: ModelLimits) -> Iterable[str]:
    limited = [f"{getattr(limits, name):,} {words}" for name, words in _LIMITS.items() if getattr(limits, name)]
    return [", ".join(limited)] if limited else []


def _linked(source: str) -> str:
    return f"[the pricing page]({source})" if source.startswith("https://") else source
