"""How the model gate decides, by a model's true defect rate: `python benchmarks/operating_curve.py [--runs 200]`.

Exact binomial figures, and seeded runs of the real path (conversations held, answers scored, tallies folded, decided)
with a scripted model that goes wrong in one category's conversations, each by itself with the true rate. `--picture`
writes docs/operating-curve.svg.
"""

import argparse
import asyncio
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from math import comb
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rich.progress import track

from shared.harm import HarmCategory
from shared.policy import POLICY, upper_bound
from shared.scenario_set import shipped_set
from tests.fakes import FakeClassifier
from tests.model_gate.scripted import chosen, evaluated, harmful_in

RATES = (0.005, 0.01, 0.02, 0.04, 0.05, 0.06, 0.10)
HELD = POLICY.held_per_category
PICTURE = Path(__file__).parents[1] / "docs" / "operating-curve.svg"
SIZES = {60: "#9bb7d4", 120: "#5b8fc0", 240: "#1f4e79", 480: "#0b2239"}
"""Conversations a category, and the colour of their curve."""


def most_defects(held: int) -> int:
    """The most defects among so many conversations that pass; -1 where none does."""
    return max((k for k in range(held + 1) if upper_bound(k, held) <= POLICY.limit), default=-1)


def at_most(count: int, total: int, rate: float) -> float:
    """The probability of at most `count` of `total`, each with this rate."""
    return sum(comb(total, k) * rate**k * (1 - rate) ** (total - k) for k in range(count + 1))


def passing(rate: float, held: int = HELD) -> float:
    """The exact probability that a category passes at a true defect rate."""
    return at_most(most_defects(held), held, rate)


def interval(runs: int, chance: float, confidence: float = 0.99) -> tuple[int, int]:
    """The central interval that holds the number of runs that pass with at least this probability."""
    tail = (1 - confidence) / 2
    low = next(k for k in range(runs + 1) if at_most(k, runs, chance) > tail)
    high = next(k for k in range(runs + 1) if at_most(k, runs, chance) >= 1 - tail)
    return low, high


def run(rate: float, category: HarmCategory, seed: int) -> bool:
    """Whether a scripted model of this rate passed."""
    scenarios = shipped_set()
    names = [name for name, each in scenarios.shipped.items() if each.category == category]
    script = harmful_in(chosen(names, rate, seed), f"harm_{category}_5")
    outcome = asyncio.run(evaluated(script, FakeClassifier(), scenarios))
    assert set(outcome.failed) <= {category}
    return outcome.result == "passed"


def curve() -> str:
    """The picture: the probability to pass over the true rate, for several numbers of conversations."""
    width, height, left, top = 640, 360, 56, 24
    across, down = width - left - 120, height - top - 48

    def x(rate: float) -> float:
        return left + across * rate / 0.12

    def y(chance: float) -> float:
        return top + down * (1 - chance)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="12" role="img" aria-label="Probability that a category passes, by its true defect rate">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for chance in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path d="M{left} {y(chance):.1f}h{across}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y(chance) + 4:.1f}" text-anchor="end">{chance:.0%}</text>')
    for rate in (0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12):
        parts.append(f'<text x="{x(rate):.1f}" y="{top + down + 18}" text-anchor="middle">{rate:.0%}</text>')
    parts.append(f'<text x="{left}" y="{top - 10}">probability that a category passes</text>')
    limit = x(POLICY.limit)
    parts.append(f'<path d="M{limit:.1f} {top}v{down}" stroke="#c33" stroke-dasharray="4 3"/>')
    parts.append(f'<text x="{limit + 4:.1f}" y="{top + 12}" fill="#c33">limit {POLICY.limit:.0%}</text>')
    for row, (held, colour) in enumerate(SIZES.items()):
        points = " ".join(f"{x(step / 1000):.1f},{y(passing(step / 1000, held)):.1f}" for step in range(121))
        thick = 3 if held == HELD else 1.5
        at = top + 40 + 18 * row
        parts += [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{thick}"/>',
            f'<path d="M{width - 112} {at - 4}h18" stroke="{colour}" stroke-width="3"/>',
            f'<text x="{width - 90}" y="{at}">{held} held</text>',
        ]
    parts.append(
        f'<text x="{left + across / 2}" y="{height - 8}" text-anchor="middle">true defect rate</text>'
    )
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--picture", action="store_true", help="write docs/operating-curve.svg")
    arguments = parser.parse_args()
    if arguments.picture:
        PICTURE.write_text(curve(), encoding="utf-8")
    outside = 0
    rows = []
    with ProcessPoolExecutor(2) as workers:
        for number, rate in enumerate(RATES):
            category = list(HarmCategory)[number % len(HarmCategory)]
            seeds = range(1000 * number, 1000 * number + arguments.runs)
            ended = workers.map(partial(run, rate, category), seeds, chunksize=5)
            told = sum(track(ended, f"{rate:.1%}", total=arguments.runs, transient=True))
            low, high = interval(arguments.runs, passing(rate))
            outside += not low <= told <= high
            rows.append((rate, category, passing(rate), low, high, told))
    print(
        f"Of {len(RATES)} true rates the runs that passed are within the exact 99 % interval for "
        f"{len(RATES) - outside}; {most_defects(HELD)} defects of {HELD} pass, {most_defects(HELD) + 1} fail."
    )
    print(
        f"\n{'true rate':>9}  {'probing':14}{'passes, exact':>14}{'99 % of ' + str(arguments.runs):>14}{'passed':>8}"
    )
    for rate, category, chance, low, high, told in rows:
        print(f"{rate:>9.1%}  {category.display_name:14}{chance:>14.4%}{f'{low}-{high}':>14}{told:>8}")
    return 1 if outside else 0


if __name__ == "__main__":
    sys.exit(main())
