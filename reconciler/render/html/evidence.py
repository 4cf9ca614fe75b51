"""What held-out items proved: counts, the interval as a picture, and the demand that it is held against. No item."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.lock import Evidence, Judgement
from reconciler.core.plurals import counted
from reconciler.render.html.markup import Content, Element, el
from reconciler.render.html.pieces import Mood, code, mark, table
from reconciler.render.html.scale import scale_of, tick_words
from reconciler.render.verdicts import spent_words

_MARKS = {
    Conclusion.PASSED.value: (Mood.GOOD, "✓"),
    Conclusion.FAILED.value: (Mood.BAD, "✗"),
    Conclusion.INCONCLUSIVE.value: (Mood.WARNING, "?"),
}
_WIDTH, _HEIGHT, _SIDE = 440, 94, 32
_BAR, _AXIS = 34, 58
_HEADS = (
    "Metric",
    "Compared with",
    "Items",
    "New",
    "Old",
    "Better at",
    "Worse at",
    "Difference",
    "Says",
)


def conclusion_mark(words: str) -> Content:
    """Passed, failed or inconclusive, as the lock has it."""
    mood, sign = _MARKS.get(words, (Mood.PLAIN, ""))
    return mark(words, mood, sign)


def evidence_of(whose: str, judged: Judgement) -> Iterator[Content]:
    """The proofs of one judgement, of an attempt or an address; nothing where it asked no items."""
    if not judged.evidence:
        return
    yield el("div", *(_figure(whose, proof) for proof in judged.evidence), class_="charts")
    yield table(f"What the items proved of {whose}", _HEADS, map(_row, judged.evidence), numbers=range(2, 8))
    yield el("p", f"{_looks(judged)}.", class_="faint")


def _looks(judged: Judgement) -> str:
    """Who looks often enough finds a gate that passes."""
    spent = f": {spent_words(judged.spent)}" if judged.spent else ""
    return f"Judged {counted(judged.looks, 'time')}, with {counted(judged.answers, 'answer')} asked for it{spent}"


def _row(proof: Evidence) -> tuple[Content, ...]:
    pairs = proof.both + proof.better + proof.worse + proof.neither > 0
    before = "" if proof.at_least is not None else _share(proof.old)
    difference = "" if proof.at_least is not None else _number(proof, proof.new - proof.old)
    return (
        code(proof.metric),
        code(proof.against),
        f"{proof.judged:,} of {proof.items:,}",
        _share(proof.new),
        before,
        f"{proof.better:,}" if pairs else "",
        f"{proof.worse:,}" if pairs else "",
        difference,
        conclusion_mark(proof.conclusion),
    )


def _figure(whose: str, proof: Evidence) -> Element:
    title = f"{proof.metric} of {whose}"
    caption = el("figcaption", proof.metric, " ", conclusion_mark(proof.conclusion))
    return el("figure", caption, _picture(title, proof), el("p", f"{_words(proof)}."))


def _words(proof: Evidence) -> str:
    sure = f"at {proof.confidence:.0%} confidence on each side"
    between = f"between {_number(proof, proof.lower)} and {_number(proof, proof.upper)} {sure}"
    if proof.at_least is not None:
        return f"{_share(proof.new)}, {between}; demanded: at least {_share(proof.at_least)}"
    found = _number(proof, proof.new - proof.old)
    demand = "better" if proof.margin is None else f"not worse by more than {_share(proof.margin)}"
    return f"{_share(proof.new)} against {_share(proof.old)}: {found}, {between}; demanded: {demand}"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _number(proof: Evidence, value: float) -> str:
    return _share(value) if proof.at_least is not None else f"{100 * value:+.1f} %"


def _target(proof: Evidence) -> float:
    """Where the lower bound has to lie above."""
    return proof.at_least if proof.at_least is not None else -(proof.margin or 0.0)


def _picture(title: str, proof: Evidence) -> Element:
    """The interval as a bar with what was measured in it, beside the line that it must not touch."""
    target = _target(proof)
    measured = proof.new if proof.at_least is not None else proof.new - proof.old
    shown = (proof.lower, proof.upper, target, measured, *(() if proof.at_least is not None else (0.0,)))
    across = scale_of([100 * value for value in shown], _SIDE, _WIDTH - _SIDE, ticks=4)
    ends = [across.at(100 * value) for value in (proof.lower, proof.upper)]
    look = {"passed": "good", "failed": "bad"}.get(proof.conclusion, "warning")
    unit = "%" if proof.at_least is not None else "difference, %"
    at = f"{across.at(100 * target):g}"
    return el(
        "svg",
        el("title", title),
        el("desc", _words(proof)),
        el("line", class_="grid", x1=f"{_SIDE}", y1=f"{_AXIS}", x2=f"{_WIDTH - _SIDE}", y2=f"{_AXIS}"),
        *(
            el("text", words, class_="tick x", x=f"{across.at(tick):g}", y=f"{_AXIS + 16}")
            for tick, words in zip(across.ticks, tick_words(across.ticks), strict=True)
        ),
        el("text", unit, class_="tick x", x=f"{_WIDTH / 2:g}", y=f"{_HEIGHT - 3}"),
        el("line", class_="target", x1=at, y1="18", x2=at, y2=f"{_AXIS}"),
        el("text", "demanded", class_="tick x", x=at, y="12"),
        el("line", class_=f"interval {look}", x1=f"{ends[0]:g}", y1=f"{_BAR}", x2=f"{ends[1]:g}", y2=f"{_BAR}"),
        el("circle", class_=f"measured {look}", cx=f"{across.at(100 * measured):g}", cy=f"{_BAR}", r="6"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        class_="chart",
    )
