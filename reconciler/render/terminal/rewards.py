"""What answers are rewarded with, for people: a line for each, and how many are not what they have to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.core.model import Address
from reconciler.core.plurals import counted
from reconciler.core.rewards import RewardedAnswer, excerpt, parts_of
from reconciler.render.style import Style, Tone
from reconciler.render.terminal.banner import banner_lines
from reconciler.render.terminal.layout import INDENT, closed, fact
from reconciler.render.values import Banner
from reconciler.render.words import escape, flat, wrap


def render_rewards(address: Address, found: Sequence[RewardedAnswer], banner: Banner, style: Style) -> str:
    """In the order in which the answers were given."""
    head = style.paint(escape(str(address)), Tone.STRONG)
    room = max((len(_reward(rewarded)) for rewarded in found), default=0)
    lines = [line for rewarded in found for line in _answer(rewarded, room, style)]
    return closed([*banner_lines(banner, style), "", head, *lines, "", *wrap(_summary(found), style.width)])


def _reward(rewarded: RewardedAnswer) -> str:
    return "none" if rewarded.reward is None else f"{rewarded.reward:g}"


def _answer(rewarded: RewardedAnswer, room: int, style: Style) -> Iterator[str]:
    """`✓ 1  'It is 4.' to example 2`; its parts, and what is wrong with it, below."""
    mark, tone = _mark(rewarded)
    words = f"{flat(excerpt(rewarded.sample.answer))} to example {rewarded.sample.example}"
    first, *rest = wrap(words, style.width - INDENT - room - 4)
    yield f"{' ' * INDENT}{style.paint(style.mark(mark), tone)} {_reward(rewarded):>{room}}  {first}"
    yield from (" " * (INDENT + room + 4) + line for line in rest)
    parts = parts_of(rewarded.tried)
    facts = (
        ("parts", parts if len(rewarded.tried.rewards) > 1 else ""),
        ("expected", rewarded.bound),
        ("why", "" if rewarded.reward is not None else rewarded.tried.error or "the service says no reason"),
        ("at", f"{rewarded.where}" if rewarded.where and not rewarded.is_as_expected else ""),
    )
    for label, text in facts:
        yield from fact(label, flat(text), style, by=INDENT + 2) if text else ()


def _mark(rewarded: RewardedAnswer) -> tuple[str, Tone]:
    """What nobody expects anything of is neither right nor wrong."""
    if not rewarded.is_as_expected:
        return "✗", Tone.BAD
    return ("✓", Tone.GOOD) if _has_bounds(rewarded) else ("·", Tone.FAINT)


def _summary(found: Sequence[RewardedAnswer]) -> str:
    outside = sum(bool(rewarded.bound) for rewarded in found)
    without = sum(rewarded.reward is None for rewarded in found)
    wrong = [f"{outside} out of bounds"] * bool(outside) + [f"{without} without a reward"] * bool(without)
    said = ", ".join(wrong) if wrong else "all as expected" if any(map(_has_bounds, found)) else "all rewarded"
    return f"{counted(len(found), 'answer')} tried: {said}. Nothing was trained."


def _has_bounds(rewarded: RewardedAnswer) -> bool:
    return rewarded.sample.least is not None or rewarded.sample.most is not None
