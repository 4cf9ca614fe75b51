"""What somebody plants: which models answer known items rightly and how often, and what goes wrong besides.

Source: ours. All of it is a function of the seed, of what answers, and of the item, so that a test meets it again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from statistics import NormalDist
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from reconciler.emulator.errors import SettingError

Share = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=600)]
Draw = Callable[..., float]
"""A number in [0, 1) that is always the same for the same words."""

_Z95 = NormalDist().inv_cdf(0.95)


class Beside(Struct, forbid_unknown_fields=True, frozen=True):
    """Another model that is right with this probability, and the share of items on which the two differ."""

    right: Share
    discordance: Share


class Latency(Struct, forbid_unknown_fields=True, frozen=True):
    """Seconds until the answer, log-normal. It is told in the answer's head; `sleep` makes it come that late."""

    median: Seconds
    p95: Seconds
    sleep: bool = False


class PlantedTrouble(Struct, forbid_unknown_fields=True, frozen=True):
    """What this share of the items meets instead of an answer: the first `times` times, or always."""

    error: str
    share: Share
    times: Annotated[int, Meta(ge=1)] | None = None


class Planting(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One thing planted. The patterns say for whom, and all of them have to fit; what was planted last counts.

    `model`: of the version or the model, `tunedModels/…`, or of a base model itself (`publishers/google/models/X`,
    `models/X`). `base`: what was tuned from it, never itself. Without `right` the answers stay as they are.
    """

    model: str = "*"
    base: str = "*"
    endpoint: str = "*"
    display_name: str = "*"
    checkpoint: str = "*"
    labels: dict[str, str] = {}
    right: Share | None = None
    beside: Beside | None = None
    flips: Share = 0.0
    noise: Share = 0.0
    wrong: Annotated[str, Meta(pattern="^(label|garbled|field|text:.*)$")] = "label"
    latency: Latency | None = None
    troubles: tuple[PlantedTrouble, ...] = ()
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Answerer:
    """What answers: names by which a planting finds it, its base model, and the checkpoint where it has some.

    `model` "": nothing that could be found. `version` is what the answer calls it.
    """

    model: str
    base: str
    version: str
    endpoint: str = ""
    display_name: str = ""
    checkpoint: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    is_base: bool = False

    @property
    def who(self) -> str:
        """Whose own draws are drawn: no other model, version or checkpoint has the same."""
        return f"{self.model}#{self.checkpoint}"


WORDS = ("blocked", "safety", "empty")
"""Troubles that are an answer without a text: the prompt is blocked, the answer is, or there is none."""


def read_planting(given: Any) -> Planting:
    """Raises SettingError with what is wrong."""
    try:
        found = msgspec.convert(given, Planting)
    except msgspec.ValidationError as exc:
        raise SettingError(f"not planted: {exc}") from None
    _check(found)
    return found


def _check(planting: Planting) -> None:
    if planting.right is None and (planting.beside or planting.flips or planting.noise):
        raise SettingError("not planted: beside, flips and noise need a `right`")
    if planting.beside is not None and planting.right is not None:
        lost, won = _moved(planting.right, planting.beside)
        if min(lost, won) < -1e-9 or lost > planting.beside.right + 1e-9 or won > 1 - planting.beside.right + 1e-9:
            raise SettingError(
                f"not planted: two models that are right with {planting.right} and {planting.beside.right} "
                f"cannot differ on {planting.beside.discordance} of the items"
            )
    if planting.latency and not 0 < planting.latency.median <= planting.latency.p95:
        raise SettingError("not planted: a latency has a median above 0 and a p95 that is no less")
    if sum(trouble.share for trouble in planting.troubles) > 1 + 1e-9:
        raise SettingError("not planted: the shares of the troubles are more than 1 together")
    for trouble in planting.troubles:
        if trouble.error not in WORDS and status_of(trouble.error) is None:
            raise SettingError(f"not planted: {trouble.error!r} is no trouble; {', '.join(WORDS)} or status:503 is")


def status_of(error: str) -> tuple[int, dict[str, str]] | None:
    """(HTTP status, options) of `status:429;retry-after=2`, as faults are written; None for other words."""
    head, *rest = error.split(";")
    word, _, number = head.partition(":")
    if word != "status" or not (number.isascii() and number.isdigit() and 400 <= int(number) <= 599):
        return None
    return int(number), dict(part.strip().partition("=")[::2] for part in rest if part.strip())


def fits(planting: Planting, answerer: Answerer, with_number: Callable[[str], str]) -> bool:
    """Whether the planting is for what answers. `with_number` puts a project's number in place of its id."""
    name = answerer.model
    models = (name, name.partition("@")[0])
    return (
        any(fnmatchcase(model, with_number(planting.model)) for model in models)
        and _fits_base(planting.base, answerer)
        and fnmatchcase(answerer.endpoint, with_number(planting.endpoint))
        and fnmatchcase(answerer.display_name, planting.display_name)
        and fnmatchcase(answerer.checkpoint, planting.checkpoint)
        and all(fnmatchcase(answerer.labels.get(key, ""), wanted) for key, wanted in planting.labels.items())
    )


def _fits_base(pattern: str, answerer: Answerer) -> bool:
    return pattern == "*" or (not answerer.is_base and fnmatchcase(answerer.base, pattern.removeprefix("models/")))


def is_right(planting: Planting, who: str, item: str, draw: Draw, *, sample: object = None) -> bool:
    """Whether the answer is the reference. `sample` tells the answers apart that the model cannot be kept from varying.

    An item is as difficult for every model: it is right where `draw("difficulty", item)` is below its probability.
    """
    assert planting.right is not None
    difficulty = draw("difficulty", item)
    found = difficulty < planting.right
    if planting.beside is not None:
        found = _beside(planting.right, planting.beside, difficulty, draw("beside", who, item))
    if draw("flip", who, item) < planting.flips:
        found = not found
    if sample is not None and draw("noise", who, item, sample) < planting.noise:
        found = not found
    return found


def _moved(right: float, beside: Beside) -> tuple[float, float]:
    """Shares of all items that the other has right and this one wrong, and the other way round."""
    better = right - beside.right
    return (beside.discordance - better) / 2, (beside.discordance + better) / 2


def _beside(right: float, beside: Beside, difficulty: float, own: float) -> bool:
    lost, won = _moved(right, beside)
    if difficulty < beside.right:
        return own * beside.right >= lost
    return own * (1 - beside.right) < won


def trouble_of(planting: Planting, who: str, item: str, draw: Draw, *, asked: int) -> PlantedTrouble | None:
    """What the item meets instead of an answer when it is asked for the `asked`th time, counted from 1."""
    where = draw("trouble", who, item)
    for trouble in planting.troubles:
        if where < trouble.share:
            return trouble if trouble.times is None or asked <= trouble.times else None
        where -= trouble.share
    return None


def latency_s(latency: Latency, draw: float) -> float:
    """Seconds of one answer: half of them below the median, one in twenty above the p95."""
    spread = math.log(latency.p95 / latency.median) / _Z95
    return min(600.0, latency.median * math.exp(spread * NormalDist().inv_cdf(min(max(draw, 1e-9), 1 - 1e-9))))


def wrong_text(planting: Planting, reference: str, other: str, draw: float) -> str:
    """What a wrong answer says: never the reference, and nothing that contains it."""
    if planting.wrong.startswith("text:"):
        return planting.wrong.removeprefix("text:")
    if planting.wrong == "field":
        return _another_field(reference, other, draw) or garbled(reference)
    has_other = planting.wrong == "label" and other and reference not in other
    return other if has_other else garbled(reference)


def garbled(reference: str) -> str:
    """The words backwards, every second one: some likeness for a metric that looks for it."""
    text = " ".join(word[::-1] for word in reference.split()[::-2])
    return text if text and reference not in text else "???" if "???" not in reference else "no answer"


def _another_field(reference: str, other: str, draw: float) -> str:
    """The reference with one field of its JSON object as another item has it, "" when it is no such object."""
    try:
        right, found = json.loads(reference), json.loads(other or "{}")
    except ValueError:
        return ""
    if not isinstance(right, dict) or not right:
        return ""
    elsewhere = found if isinstance(found, dict) else {}
    differing = [key for key in right if key in elsewhere and elsewhere[key] != right[key]]
    names = differing or list(right)
    name = names[int(draw * len(names))]
    return json.dumps({**right, name: elsewhere[name] if differing else None}, ensure_ascii=False)
