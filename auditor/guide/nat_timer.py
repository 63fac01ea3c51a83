"""What the lengths of short outages tell of the NAT's timer. Keepalives themselves are not logged.

A phone's keepalive brings a dead entry back. The PBX asks again after 10, 24, 38, 52 s, so an outage of 10 + 14 n s says
how long before the first lost question the last keepalive was: between 42.5 - 14 n and 60 - 14 n s (for a keepalive of 60 s;
the question is repeated for 3.5 s). The entry was dead by then: the timer is at most the larger one. That none was longer
bounds it from below: questions meet every moment between two keepalives, since each registration causes one, so a
shorter timer would have shown.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

from auditor.guide.outages import AGAIN, LIMIT, Loss
from auditor.model.pbxlog import TimerBounds

JITTER: Final = 1  # seconds that a phone's own clock wanders
LATE: Final = 450  # ms: an answer that took so long was late, or came to a repeated question only
_REPEATS: Final = (500, 1500, 3500)  # ms after which the PBX repeats a question
_TRIP: Final = 250  # ms that an answer then takes at most
_DOUBT: Final = 0.05
_SHARE: Final = (
    0.05  # of the outages that must be at least so long: single longer ones may have another cause
)
_PER_DAY: Final = 1440  # questions


@dataclass(frozen=True, slots=True)
class Short:
    """Short outages of a site, as far as they count for its timer.

    Attributes:
        steps: number of outages by further questions that were lost.
        late: number of further short outages before which an answer had been late.
        days: days that the phones were watched, summed up.
    """

    steps: Counter[int]
    late: int
    days: float

    @property
    def count(self) -> int:
        """Return the number of outages that count."""
        return sum(self.steps.values())

    @property
    def deep(self) -> int:
        """Return how many lost more than one question."""
        return self.count - self.steps[0]

    @property
    def longest(self) -> int:
        """Return the most questions after the first that were lost in a row often enough to count."""
        needed, seen = max(2, math.ceil(self.count * _SHARE)), 0
        for step in sorted(self.steps, reverse=True):
            seen += self.steps[step]
            if seen >= needed:
                return step
        return 0


def was_repeated(ms: float) -> bool:
    """Tell whether a round trip is that of a repeated question: the first one was lost, the answer was quick.

    Examples:
        >>> was_repeated(3531), was_repeated(2450), was_repeated(31)
        (True, False, False)
    """
    return any(0 <= ms - repeat < _TRIP for repeat in _REPEATS)


def fits_keepalive(loss: Loss, keepalive: int) -> bool:
    """Tell whether a phone's next keepalive can have ended an outage: on the rhythm of the questions, and soon."""
    return loss.step >= 0 and AGAIN + loss.step * _cycle() < keepalive


def chance_of_loss(short: Short) -> float:
    """Return how probable it is that nothing but lost packets made these outages.

    A question is sent four times. If so many packets are lost that all four are as often as seen, then one of them is
    often enough for answers to repeated questions, which show as late ones, and two questions in a row almost never.
    """
    questions = max(short.days * _PER_DAY, 1)
    rate = min((short.count + short.late) / questions, 1.0)
    single = rate**0.25
    late = _tail_below(short.count + short.late, single, short.late)
    deep = _tail_above(short.count + short.late, rate, short.deep)
    return min(late, deep)


def bounds(short: Short, *, keepalive: int) -> TimerBounds:
    """Return between which seconds the timer lies, each side with 95 % of confidence."""
    most = short.longest
    ceiling = min(keepalive, keepalive - most * _cycle() + JITTER)
    floor = keepalive - _REPEATS[-1] / 1000 - (most + 1) * _cycle()
    count = short.count
    possible = 1 - _DOUBT ** (1 / count) if count else 1.0
    least = 0.0 if possible >= 1 else (floor - keepalive * possible) / (1 - possible)
    return TimerBounds(min=max(1, math.floor(least) - JITTER), max=max(1, ceiling))


def _cycle() -> int:
    return AGAIN + 2 * LIMIT // 1000


def _tail_below(trials: int, probability: float, most: int) -> float:
    """Return the probability of at most so many hits."""
    return min(1.0, sum(_binomial(trials, probability, hits) for hits in range(most + 1)))


def _tail_above(trials: int, probability: float, least: int) -> float:
    """Return the probability of at least so many hits."""
    return max(0.0, 1 - _tail_below(trials, probability, least - 1)) if least else 1.0


def _binomial(trials: int, probability: float, hits: int) -> float:
    if probability >= 1:
        return float(hits == trials)
    if probability <= 0:
        return float(hits == 0)
    log = (
        math.lgamma(trials + 1)
        - math.lgamma(hits + 1)
        - math.lgamma(trials - hits + 1)
        + hits * math.log(probability)
        + (trials - hits) * math.log1p(-probability)
    )
    return math.exp(log)
