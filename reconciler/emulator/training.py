"""Simulated training: steps by the documented arithmetic, loss curves that depend on what was asked for.

Everything here is simulated and deterministic by seed: more data and sensible settings converge, too many epochs over
little data over-fit (the training loss falls on while the evaluation loss rises), too high a rate diverges.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from reconciler.emulator.catalog import SIZES

BATCH_SIZE = 8  # assumed for Vertex AI, which publishes none
MAX_CHECKPOINTS = 10
_START_LOSS = 2.4
_DIVERGES_ABOVE = 6.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training: what was resolved from the request and the data."""

    examples: int
    epochs: int
    rate: float  # learning rate multiplier
    adapter: str  # ONE … THIRTY_TWO
    seed: str
    mean_output_tokens: float = 10.0
    batch: int = BATCH_SIZE
    most_steps: int = 0  # 0: as many as the epochs need

    @property
    def steps(self) -> int:
        """Documented for the Gemini API (every recorded body fits): ceil(examples x epochs / batch)."""
        wanted = max(1, -(-self.examples * self.epochs // self.batch))
        return min(wanted, self.most_steps) if self.most_steps else wanted

    def epoch_of(self, step: int) -> int:
        """Whole epochs completed after that step. Source: recorded (Gemini API snapshots)."""
        return min(self.epochs, step * self.batch // self.examples)


def default_epochs(examples: int) -> int:
    """What the service chooses. Source: recorded (500 examples: 10; 166 and 90: 40), assumed between and beyond."""
    for limit, epochs in ((200, 40), (1_000, 10), (10_000, 5)):
        if examples < limit:
            return epochs
    return 3


def default_reinforcement_epochs(prompts: int, batch: int) -> int:
    """Each prompt is seen some times, at most ten. Source: documented (page on hyperparameters)."""
    return max(1, min(110 * batch // max(1, prompts), 10))


def checkpoint_epochs(epochs: int) -> list[int]:
    """The epochs after which a checkpoint is kept. Source: documented (each below ten, else ten spread evenly)."""
    if epochs < MAX_CHECKPOINTS:
        return list(range(1, epochs + 1))
    return [round(epochs * n / MAX_CHECKPOINTS) for n in range(1, MAX_CHECKPOINTS + 1)]


def noise(recipe: Recipe, series: str, step: int) -> float:
    """Between -1 and 1, always the same for the same training, series and step."""
    raw = hashlib.blake2b(f"{recipe.seed}:{series}:{step}".encode(), digest_size=4).digest()
    return int.from_bytes(raw, "big") / 2**31 - 1


def train_loss(recipe: Recipe, step: int) -> float:
    """Loss on the training data at a step, counted from 1."""
    seen = step * recipe.batch / recipe.examples  # epochs
    pace = 0.9 * min(recipe.rate, _DIVERGES_ABOVE) * _strength(recipe, 0.15)
    floor = 0.25 + 0.9 / math.sqrt(1 + recipe.examples / 40)
    memorised = floor * math.exp(-max(0.0, seen - _enough_epochs(recipe)) * 0.06)
    loss = memorised + (_START_LOSS - floor) * math.exp(-pace * seen)
    loss *= 1 + 0.06 * noise(recipe, "train", step)
    return max(0.01, loss + _divergence(recipe, step))


def eval_loss(recipe: Recipe, step: int) -> float:
    """Loss on the validation data at a step."""
    seen = step * recipe.batch / recipe.examples
    pace = 0.8 * min(recipe.rate, _DIVERGES_ABOVE) * _strength(recipe, 0.15)
    floor = 0.4 + 1.1 / math.sqrt(1 + recipe.examples / 40)
    over = max(0.0, seen - _enough_epochs(recipe)) * 0.035 * _strength(recipe, 0.25)
    loss = floor + over + (_START_LOSS - floor) * math.exp(-pace * seen)
    loss *= 1 + 0.03 * noise(recipe, "eval", step)
    return max(0.02, loss + _divergence(recipe, step))


def _strength(recipe: Recipe, power: float) -> float:
    """How much more a larger adapter takes in; one of four is the measure."""
    return math.pow(SIZES[recipe.adapter] / 4, power)


def _enough_epochs(recipe: Recipe) -> float:
    """Epochs after which more of them only memorise: fewer for a high rate, more for much data."""
    return (3 + math.log10(1 + recipe.examples) * 2) / math.sqrt(max(0.25, min(recipe.rate, 4.0)))


def _divergence(recipe: Recipe, step: int) -> float:
    excess = recipe.rate - _DIVERGES_ABOVE
    return 0.0 if excess <= 0 else min(12.0, excess * 0.4) * step / recipe.steps


def accuracy(loss: float) -> float:
    """Fraction of correct next-step predictions that goes with a loss."""
    return round(min(0.999, max(0.01, math.exp(-0.55 * loss))), 6)
