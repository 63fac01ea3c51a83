"""How well causes are told apart: logs of the model, over many seeds, each loss with what really made it.

What the model calls lost packets has no class of its own: right is to say that it cannot be decided, or that answers
are late.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from measuring import table
from pbx_model import HOUR, Simulation, Site, Span

from auditor.guide.log_reading import read_logs
from auditor.guide.log_sources import sources
from auditor.guide.pbxlog import analyse
from auditor.model.pbxlog import CauseClass, LogAnalysis

SEEDS = 8
_RIGHT = {
    "nat": {CauseClass.NAT_TIMER},
    "port": {CauseClass.PORT_CHANGE},
    "dark": {CauseClass.SITE_OUTAGE},
    "off": {CauseClass.SINGLE_PHONE},
    "jam": {CauseClass.LAG},
    "address": {CauseClass.RECONNECT},
    "pbx": {CauseClass.PBX_RESTART},
    "banned": {CauseClass.BLACKLISTED},
    "loss": {CauseClass.UNDECIDABLE, CauseClass.LAG},
}
_HEADS = ("class", "losses", "right", "not decided", "wrong", "recall", "precision")


@dataclass(slots=True)
class Score:
    """Counts of losses by what made them and what was said; bounds of timers that hold the truth, and all of them."""

    losses: Counter[tuple[str, CauseClass]] = field(default_factory=Counter)
    bounds: Counter[bool] = field(default_factory=Counter)
    widths: list[int] = field(default_factory=list)


def _moments(chance: random.Random, count: int, hours: float) -> list[float]:
    return sorted(chance.uniform(2 * HOUR, (hours - 4) * HOUR) for _one in range(count))


def _nat(chance: random.Random, *, keeps_port: bool = True, loss: float = 0.0) -> Site:
    timer = chance.choice((10, 15, 20, 30, 30, 40, 45, 50, 59))
    inbound = chance.random() < 0.7  # noqa: PLR2004 - most NATs renew on packets from outside
    phones = chance.randint(2, 20)
    return Site(name=1, phones=phones, timer=timer, keeps_port=keeps_port, loss=loss, inbound=inbound)


def _dark(chance: random.Random, hours: float, site: Site) -> Site:
    site.dark += [
        Span(start=at, seconds=chance.choice((90, 200, 600, 3600)))
        for at in _moments(chance, chance.randint(1, 3), hours)
    ]
    return site


def _healthy(chance: random.Random, name: int = 1) -> Site:
    return Site(name=name, phones=chance.randint(3, 20), keeps_port=chance.random() < 0.6)  # noqa: PLR2004 - a mixture


def _off(chance: random.Random, hours: float) -> dict[int, list[Span]]:
    seconds = (90, 300, 7200, 20000)
    return {0: [Span(start=at, seconds=chance.choice(seconds)) for at in _moments(chance, 1, hours)]}


def _mixed(chance: random.Random, hours: float) -> Simulation:
    sites = [_dark(chance, hours, _nat(chance, keeps_port=chance.random() < 0.7)), _healthy(chance, 2)]  # noqa: PLR2004 - a mixture
    sites[1].new_address = _moments(chance, 1, hours)
    return Simulation(sites, seed=chance.getrandbits(30), hours=hours, off=_off(chance, hours), busy=20)


def _one(make: Callable[[random.Random, float], Site]) -> Callable[[random.Random, float], Simulation]:
    def build(chance: random.Random, hours: float) -> Simulation:
        return Simulation([make(chance, hours)], seed=chance.getrandbits(30), hours=hours)

    return build


def _power(chance: random.Random, hours: float) -> Site:
    site = _healthy(chance)
    site.power = [Span(start=at, seconds=chance.choice((30, 600))) for at in _moments(chance, 1, hours)]
    return site


def _moved(chance: random.Random, hours: float) -> Site:
    site = _healthy(chance)
    site.new_address = [hour * HOUR for hour in range(3, int(hours), 24)]
    return site


def _jammed(chance: random.Random, hours: float) -> Site:
    site = _healthy(chance)
    site.jam = [Span(start=at, seconds=7200) for at in _moments(chance, 2, hours)]
    return site


def _banned(chance: random.Random, hours: float) -> Site:
    site = _healthy(chance)
    site.guess = _moments(chance, 1, hours)[:1]
    return site


SCENARIOS: dict[str, Callable[[random.Random, float], Simulation]] = {
    "NAT timer": _one(lambda chance, _hours: _nat(chance)),
    "NAT timer, phones with subscriptions": lambda chance, hours: Simulation(
        [_nat(chance)], seed=chance.getrandbits(30), hours=hours, busy=25
    ),
    "NAT timer, ports change": _one(lambda chance, _hours: _nat(chance, keeps_port=False)),
    "NAT timer, 8 % of packets lost": _one(lambda chance, _hours: _nat(chance, loss=0.08)),
    "12 % of packets lost": _one(
        lambda chance, _hours: Site(name=1, phones=chance.randint(3, 20), loss=0.12)
    ),
    "site without a line": _one(lambda chance, hours: _dark(chance, hours, _healthy(chance))),
    "site without power": _one(_power),
    "new address every day": _one(_moved),
    "congestion": _one(_jammed),
    "blacklist": _one(_banned),
    "one phone": lambda chance, hours: Simulation(
        [_healthy(chance)], seed=chance.getrandbits(30), hours=hours, off=_off(chance, hours)
    ),
    "PBX cut off, two sites": lambda chance, hours: Simulation(
        [_healthy(chance), _healthy(chance, 2)],
        seed=chance.getrandbits(30),
        hours=hours,
        pbx_dark=[Span(start=at, seconds=300) for at in _moments(chance, 1, hours)],
    ),
    "mixed: NAT timer or ports, site, new address, one phone": _mixed,
}


def analysed(lines: list[str], folder: Path) -> LogAnalysis:
    """Return what auditor says of a log."""
    file = folder / "log"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return analyse(read_logs(list(sources(str(file))), zone=None, year=2026))


def score(name: str, *, verbose: bool, seeds: int = SEEDS) -> Score:
    """Return how one scenario is told."""
    result = Score()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(seeds):
            chance = random.Random(f"{name} {seed}")  # noqa: S311 - a model, no secret
            simulation = SCENARIOS[name](chance, 48.0)
            simulation.verbose = verbose
            lines, truths = simulation.run()
            analysis = analysed(lines, Path(folder))
            said = {
                (peer.peer, outage.start): outage.cause for peer in analysis.peers for outage in peer.outages
            }
            events = {event.place.line: event for event in analysis.events}
            for truth in truths:
                event = events[truth.line]
                result.losses[truth.why, said[event.peer, event.time]] += 1
            for cause in analysis.causes:
                if cause.kind is CauseClass.NAT_TIMER and cause.timer:
                    least, most = cause.timer.min, cause.timer.max
                    result.bounds[least <= simulation.sites[0].timer <= most] += 1
                    result.widths.append(most - least)
    return result


def _rows(total: Counter[tuple[str, CauseClass]]) -> list[list[str]]:
    rows = []
    for why, right in _RIGHT.items():
        of_class = {said: count for (made, said), count in total.items() if made == why}
        count = sum(of_class.values())
        hits = sum(of_class.get(one, 0) for one in right)
        open_ones = of_class.get(CauseClass.UNDECIDABLE, 0) if why != "loss" else 0
        kind = next(iter(right)) if len(right) == 1 else None
        called = sum(number for (_made, said), number in total.items() if said is kind)
        rows.append(
            [
                str(kind) if kind else "(lost packets)",
                str(count),
                str(hits),
                str(open_ones),
                str(count - hits - open_ones),
                f"{hits / count:.3f}" if count else "-",
                f"{hits / called:.3f}" if kind and called else "-",
            ]
        )
    return rows


def run() -> str:
    """Return the section."""
    parts = []
    for verbose in (True, False):
        total, bounds, widths, wrong = Counter[tuple[str, CauseClass]](), Counter[bool](), list[int](), []
        for name in SCENARIOS:
            one = score(name, verbose=verbose)
            total += one.losses
            bounds += one.bounds
            widths += one.widths
            missed = sum(
                count
                for (why, said), count in one.losses.items()
                if said not in _RIGHT[why] | {CauseClass.UNDECIDABLE}
            )
            silent = sum(
                count
                for (why, said), count in one.losses.items()
                if said is CauseClass.UNDECIDABLE and why != "loss"
            )
            wrong.append([name, str(one.losses.total()), str(silent), str(missed)])
        title = "with registrations in the log" if verbose else "notices only, no registrations"
        widths.sort()
        parts.append(
            f"### {title}\n\n{SEEDS} seeds for each of {len(SCENARIOS)} scenarios, 48 hours each.\n\n"
            + table(_HEADS, _rows(total))
            + f"\nBounds of the NAT's timer hold the truth in {bounds[True]} of {bounds.total()} cases; half of them are at most "
            f"{widths[len(widths) // 2] if widths else 0} s wide.\n\n"
            + table(("scenario", "losses", "not decided", "wrong"), wrong)
        )
    return "\n".join(parts)


if __name__ == "__main__":
    print(run())
