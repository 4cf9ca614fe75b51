"""What a curve suggests, in sentences. They are suggestions: nothing is changed by them."""

from __future__ import annotations

from reconciler.core.curve_advice import Advice, Kind
from reconciler.core.plurals import counted
from reconciler.render.words import escape


def advice_words(advice: Advice) -> str:
    """With the figures that it rests on, and what could be done."""
    return {
        Kind.FLATTENED: _flattened,
        Kind.STILL_FALLING: _still_falling,
        Kind.OVERFITTING: _over_fitting,
        Kind.DIVERGING: _diverging,
    }[advice.kind](advice)


def epoch_words(epoch: float) -> str:
    """`2`, `2.4`."""
    return f"{epoch:.1f}".removesuffix(".0")


def _flattened(advice: Advice) -> str:
    """Whole epochs were asked about."""
    done = round(advice.turn.epoch or 0.0)
    return (
        f"Flat before the last epoch: {escape(advice.metric)} was {advice.turn.value:.4g} after epoch {done} "
        f"(step {advice.turn.step}) and {advice.end.value:.4g} at the end, {_share(advice)} of its whole fall. "
        f"{counted(done, 'epoch')} would have done."
    )


def _still_falling(advice: Advice) -> str:
    epochs = advice.epochs or 0.0
    over = "the last epoch" if epochs > 1 else "the last half of its epoch"
    return (
        f"Still falling: {escape(advice.metric)} went from {advice.turn.value:.4g} to {advice.end.value:.4g} "
        f"over {over}, {_share(advice)} of its whole fall. More than {counted(round(epochs), 'epoch')} may bring more."
    )


def _over_fitting(advice: Advice) -> str:
    other = ""
    if advice.other:
        before, after = advice.other
        other = f", while the loss on training data fell from {before.value:.4g} to {after.value:.4g}"
    kept = advice.checkpoint
    best = f"Checkpoint {escape(kept.checkpoint_id)} (epoch {kept.epoch}) was best." if kept else "Fewer epochs may do."
    return (
        f"Over-fitting: {escape(advice.metric)} was lowest around {_place(advice)} at {advice.turn.value:.4g} and rose "
        f"to {advice.end.value:.4g}{other}. {best}"
    )


def _diverging(advice: Advice) -> str:
    return (
        f"Diverging: {escape(advice.metric)} was lowest around {_place(advice)} at {advice.turn.value:.4g} and is "
        f"{advice.end.value:.4g} at step {advice.end.step}. A smaller learning rate may help."
    )


def _place(advice: Advice) -> str:
    epoch = "" if advice.turn.epoch is None else f" (epoch {epoch_words(advice.turn.epoch)})"
    return f"step {advice.turn.step}{epoch}"


def _share(advice: Advice) -> str:
    return f"{100 * (advice.share or 0.0):.1f} %"
