"""What a gate will ask, in the words of a plan."""

from __future__ import annotations

from reconciler.core.change import Forecast
from reconciler.core.gate_power import DISCORDANCE, POWER
from reconciler.core.plurals import counted
from reconciler.render.words import cost_words


def forecast_words(forecast: Forecast) -> str:
    """`800 answers (400 items x 2 models), 0.12 to 0.31 USD (…); finds a loss of 9 % (…)`, on one line.

    With some that are kept from before: `…, known: 400 of 800 answers, 0.06 to 0.15 USD for the rest (…); …`.
    """
    asked = ", ".join(part for part in (_answers(forecast), _known(forecast), _cost(forecast)) if part)
    return "; ".join(part for part in (asked, _finds(forecast)) if part)


def _known(forecast: Forecast) -> str:
    return f"known: {forecast.known:,} of {counted(forecast.answers or 0, 'answer')}" if forecast.known else ""


def _cost(forecast: Forecast) -> str:
    if forecast.known and forecast.cost.high == 0:
        return forecast.cost.method
    words = cost_words(forecast.cost)
    if not forecast.cost.is_known:
        return f"cost {words}"
    return words.replace(" (", " for the rest (", 1) if forecast.known else words


def _answers(forecast: Forecast) -> str:
    if forecast.items is None or forecast.answers is None:
        return "answers to items that nobody has counted yet"
    factors = [counted(forecast.items, "item")] if forecast.items else []
    factors += [counted(forecast.models, "model")] if forecast.items and forecast.models > 1 else []
    factors += [counted(forecast.samples, "sample")] if forecast.items and forecast.samples > 1 else []
    terms = [" x ".join(factors)] if factors else []
    terms += [f"{forecast.prompts:,} to prompts"] if forecast.prompts else []
    return f"{counted(forecast.answers, 'answer')} ({' + '.join(terms)})"


def _finds(forecast: Forecast) -> str:
    """The loss to two digits: it rests on a discordance that nobody knows beforehand."""
    if forecast.finds is None:
        return ""
    loss, power, flips = (100 * share for share in (forecast.finds, POWER, DISCORDANCE))
    return f"finds a loss of {loss:.2g} % ({power:.0f} % power, {flips:.0f} % of the answers flip)"
