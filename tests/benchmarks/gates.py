"""How often simulated gates pass, fail and stop early, beside what exact enumeration says of the same.

    python -m tests.benchmarks.gates [--gates 2000] [--seed 1] [--bootstrap 200]

A cell is a number of items and a discordance. `at -margin` is a model that is worse by exactly the margin: at 95 % no
more than about 5 % of its gates may pass. `at 0` is one that is as good, `at -2 margins` one that should fail. `asked`
is the mean share of items at which a gate was settled: without and with the old model's answers, often known before. A
margin above the discordance is left out: models cannot differ by more than they disagree. A true difference of the
discordance itself (2 % and 2 %) means that no item is better.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator

from reconciler.core.evidence.conclusion import Conclusion
from reconciler.core.evidence.curtailment import Remaining, settled_margin
from reconciler.core.evidence.paired import Pairs, judge_margin
from reconciler.core.evidence.power import Chances, chances, items_for_power, least_items, least_regression
from reconciler.core.evidence.scores import judge_mean

_ITEMS = (50, 200, 1000)
_DISCORDANCE = (0.02, 0.1, 0.3)
_MARGINS = (0.02, 0.05, 0.1)
_CONFIDENCE = 0.95
_OLD_RIGHT = 0.8
_CURTAILED = 100
"""Gates of a cell that are followed item by item."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gates", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bootstrap", type=int, default=200)
    options = parser.parse_args()
    begun = time.process_time()
    source = random.Random(options.seed)
    _sizes()
    _powers()
    _simulated(source, options.gates)
    _curtailed(source)
    _bootstrapped(source, options.bootstrap)
    print(f"\n{options.gates:,} gates a cell, seed {options.seed}, {time.process_time() - begun:.0f} s of CPU")


def _sizes() -> None:
    print(f"{'margin':>8} {'least items':>12} " + " ".join(f"{f'80 % at {d:.0%}':>12}" for d in _DISCORDANCE))
    for margin in _MARGINS:
        needed = (items_for_power(margin, _CONFIDENCE, d, 0.8) for d in _DISCORDANCE)
        print(f"{margin:>8.0%} {least_items(margin, _CONFIDENCE):>12,} " + " ".join(f"{n:>12,}" for n in needed))


def _powers() -> None:
    print("\nsmallest loss that fails with 80 %")
    print(f"{'items':>6} {'discordance':>12} " + " ".join(f"{f'margin {m:.0%}':>12}" for m in _MARGINS))
    for items, discordance in _cells():
        found = (least_regression(items, m, _CONFIDENCE, discordance, 0.8) for m in _MARGINS)
        print(
            f"{items:>6,} {discordance:>12.0%} " + " ".join(f"{'none' if f is None else f'{f:.1%}':>12}" for f in found)
        )


def _cells() -> Iterator[tuple[int, float]]:
    return ((items, discordance) for items in _ITEMS for discordance in _DISCORDANCE)


def _simulated(source: random.Random, gates: int) -> None:
    print(f"\n{'':>33}{'passed at -margin':>19}{'passed at 0':>16}{'failed at 0':>16}{'failed at -2 margins':>22}")
    print(f"{'items':>6} {'discordance':>12} {'margin':>12}" + f"{'simulated  exact':>18}" * 4)
    for items, discordance in _cells():
        for margin in (m for m in _MARGINS if m <= discordance):
            row = [f"{items:>6,} {discordance:>12.0%} {margin:>12.0%}"]
            asked = {d: _gates(source, gates, items, margin, discordance, d) for d in (-margin, 0.0, -2 * margin)}
            for difference, which in (
                (-margin, Conclusion.PASSED),
                (0.0, Conclusion.PASSED),
                (0.0, Conclusion.FAILED),
                (-2 * margin, Conclusion.FAILED),
            ):
                counts, exact = asked[difference]
                row.append(f"{counts[which] / gates:>10.1%} {_of(exact, which):>7.1%}")
            print("".join(row))


def _of(exact: Chances, which: Conclusion) -> float:
    return exact.passed if which is Conclusion.PASSED else exact.failed


def _gates(
    source: random.Random, gates: int, items: int, margin: float, discordance: float, difference: float
) -> tuple[Counter[Conclusion], Chances]:
    discordance = max(discordance, abs(difference))
    counts = Counter(
        judge_margin(_answered(_flips(source, items, discordance, difference)), margin, _CONFIDENCE)
        for _ in range(gates)
    )
    return counts, chances(items, margin, _CONFIDENCE, discordance, difference)


def _flips(source: random.Random, items: int, discordance: float, difference: float) -> list[int]:
    """An item each: 1 better, -1 worse, 0 the same."""
    better, either = (discordance + difference) / 2, discordance
    draw = source.random
    return [(1 if x < better else -1) if x < either else 0 for x in (draw() for _ in range(items))]


def _answered(flips: list[int]) -> Pairs:
    better, worse = flips.count(1), flips.count(-1)
    return Pairs(both=len(flips) - better - worse, better=better, worse=worse)


def _curtailed(source: random.Random) -> None:
    print(f"\nasked until settled, margin 5 %, {_CURTAILED} gates (old model unknown / known before)")
    print(f"{'items':>6} {'discordance':>12} {'at 0':>18} {'at -10 %':>18} {'at -30 %':>18}")
    for items, discordance in _cells():
        row = [f"{items:>6,} {discordance:>12.0%}"]
        for difference in (0.0, -0.1, -0.3):
            either = max(discordance, abs(difference))
            shares = [_stops(source, _flips(source, items, either, difference)) for _ in range(_CURTAILED)]
            unknown, known = (sum(column) / (items * _CURTAILED) for column in zip(*shares, strict=True))
            row.append(f"{f'{unknown:.0%} / {known:.0%}':>18}")
        print(" ".join(row))


def _stops(source: random.Random, flips: list[int]) -> tuple[int, int]:
    """After how many items nothing can change any more: without and with the old model's answers."""
    old_right = [flip < 0 or (flip == 0 and source.random() < _OLD_RIGHT) for flip in flips]
    n = len(flips)

    def first(is_known: bool) -> int:
        low, high = 0, n
        while low < high:  # settled once is settled for good
            asked = (low + high) // 2
            right = sum(old_right[asked:])
            left = Remaining(right, n - asked - right) if is_known else Remaining(unknown=n - asked)
            if settled_margin(_answered(flips[:asked]), left, 0.05, _CONFIDENCE) is None:
                low = asked + 1
            else:
                high = asked
        return low

    return first(is_known=False), first(is_known=True)


def _bootstrapped(source: random.Random, gates: int) -> None:
    print(f"\nscores, BCa, true difference exactly -margin (5 %), {gates} gates a row")
    print(f"{'items':>6} {'differences':>26} {'passed':>8} {'failed':>8}")
    for items in (20, 50, 200):
        for name, draw in (("normal, deviation 0.2", _normal), ("one in ten loses half", _rare)):
            counts = Counter(
                judge_mean([draw(source) for _ in range(items)], 0.05, _CONFIDENCE, seed=source.getrandbits(64))
                for _ in range(gates)
            )
            passed, failed = counts[Conclusion.PASSED] / gates, counts[Conclusion.FAILED] / gates
            print(f"{items:>6,} {name:>26} {passed:>8.1%} {failed:>8.1%}")


def _normal(source: random.Random) -> float:
    return source.gauss(-0.05, 0.2)


def _rare(source: random.Random) -> float:
    return -0.5 if source.random() < 0.1 else 0.0


if __name__ == "__main__":
    main()
