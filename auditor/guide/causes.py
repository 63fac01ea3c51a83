"""The causes: what each class means, which step of the guide deals with it, and which lines speak for it.

Steps of the guide "phone loses its connection": 1 one phone or all, 2 its status in the phone overview, 3 registered
before, 4 changes to firewall, router or network, 5 ports, 6 NAT entries, 7 a shorter keepalive as a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from auditor.guide.alone import timer_of
from auditor.guide.outages import Losses
from auditor.guide.together import Group
from auditor.model.pbxlog import Cause, CauseClass, Place, TimerBounds
from auditor.model.text import N_, _, ngettext

_MOST_PLACES: Final = 100


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is said of a class, by the detail of its group; the step of the guide where one goes on."""

    step: int
    reasons: dict[str, str]


MEANINGS: Final = {
    CauseClass.NAT_TIMER: Meaning(
        6,
        {
            "deep": N_(
                "Short losses at different times, which end on their own when the phone's next keepalive opens the NAT entry again: the router forgets UDP entries between two keepalives."
            ),
            "shallow": N_(
                "Short losses of one question each, with fast answers before them: a UDP timer a little below the keepalive makes such losses. Short breaks of the line look the same, so the router's timer has to confirm it."
            ),
        },
    ),
    CauseClass.PORT_CHANGE: Meaning(
        6,
        {
            "seen": N_(
                "The phones come back only when they register again, and then from another public port: the NAT entry died between two keepalives, and the router opened it again with another port."
            ),
            "unseen": N_(
                "Long losses that begin soon after each return, again and again, as with a NAT entry that dies and comes back with another port. The log holds no registrations that would prove the port."
            ),
        },
    ),
    CauseClass.SITE_OUTAGE: Meaning(
        4,
        {
            "line": N_(
                "The phones were lost together and came back together: line, power or router of the site."
            ),
            "somewhere": N_(
                "The phones were lost together and came back together: line, power or router of the site. The log names no address, so it could be the PBX's side as well."
            ),
            "power": N_(
                "The phones were lost together and registered again within minutes: power or router of the site."
            ),
            "open": N_("The phones were lost together and did not come back before the log ends."),
            "ports": N_(
                "The phones were lost together and came back one by one from other ports: the site was cut off, and the router opened their NAT entries with new ports."
            ),
        },
    ),
    CauseClass.SINGLE_PHONE: Meaning(
        1,
        {
            "signed off": N_("The phone itself signed off: restarted, switched off or set up anew."),
            "alone": N_(
                "One phone at a time was lost for long while others stayed: phone, cable, switch port, Wi-Fi or DECT base."
            ),
        },
    ),
    CauseClass.LAG: Meaning(
        4,
        {
            "": N_(
                "Answers came late before they did not come at all: congestion, Wi-Fi or lost packets, not a NAT timer."
            ),
            "only late": N_("Answers came late; no phone was lost by it in this log."),
        },
    ),
    CauseClass.RECONNECT: Meaning(
        4,
        {
            "address": N_(
                "The phones came back from another public address: forced reconnect or a change of line; each phone notices only when it registers again."
            ),
            "daily": N_(
                "The phones are lost together at the same time of day and come back one by one, as after a forced reconnect."
            ),
        },
    ),
    CauseClass.PBX_RESTART: Meaning(
        1,
        {
            "start": N_("The PBX itself started again at that time."),
            "all": N_("The phones of all sites were lost together: the PBX, its line or its provider."),
            "wave": N_(
                "The PBX called nearly all phones reachable at once although none was missed: it had started again."
            ),
        },
    ),
    CauseClass.BLACKLISTED: Meaning(
        5,
        {
            "": N_(
                "Registrations from the site's address were refused again and again, then all its phones were lost: the PBX ignores an address on its blacklist for up to 24 hours."
            ),
            "perhaps": N_(
                "Registrations were refused again and again just before all phones were lost; the log does not tell whether they came from the phones' own address."
            ),
        },
    ),
    CauseClass.UNDECIDABLE: Meaning(
        1,
        {
            "together": N_(
                "Several phones were lost together, but not all, and they came back one by one: the log does not tell what they share."
            ),
            "spread": N_(
                "The phones were lost together and came back one by one over a long time: a new public address, new ports or a blacklist look alike without registrations in the log."
            ),
            "one new port": N_(
                "A phone came back from another port, once: a phone that was switched off and a NAT entry that died look alike."
            ),
            "only one": N_(
                "The log names only one phone at this place, so the phone and its line look alike; tell the number of phones."
            ),
            "many": N_(
                "Many phones were lost for long, each at its own time: a NAT entry that comes back with another port and faults of single phones look alike without registrations in the log."
            ),
            "few": N_("Too few losses to tell a pattern; a longer log helps."),
            "short": N_(
                "Short losses without a clear pattern: lost packets, short breaks of the line and a UDP timer a little below the keepalive look alike."
            ),
            "undated": N_("The lines have no date."),
        },
    ),
}


def causes_of(groups: list[Group], losses: Losses, *, keepalive: int) -> tuple[Cause, ...]:
    """Return the causes, most likely and most frequent first; groups of one kind at one site are one cause."""
    merged = dict[tuple[CauseClass, int, str], list[Group]]()
    for group in groups:
        merged.setdefault((group.kind, group.site, group.detail), []).append(group)
    found = [_cause(several, losses, keepalive) for several in merged.values()]
    return tuple(
        sorted(
            found, key=lambda cause: (cause.kind is CauseClass.UNDECIDABLE, -cause.confidence, -cause.outages)
        )
    )


def _cause(groups: list[Group], losses: Losses, keepalive: int) -> Cause:
    members = [index for group in groups for index in group.members]
    kind, detail = groups[0].kind, groups[0].detail
    names = losses.book.events.peers
    peers = {names[losses[index].peer] for index in members}
    timer = _timer(kind, members, losses, keepalive)
    places = [place for group in groups for place in group.places]
    places += [place for index in members[:_MOST_PLACES] for place in _places(losses, index)]
    meaning = MEANINGS[kind]
    return Cause(
        kind=kind,
        confidence=round(min(max(group.confidence for group in groups), 1.0), 2),
        peers=tuple(sorted(peers)),
        timer=timer,
        evidence=tuple(dict.fromkeys(places))[:_MOST_PLACES],
        reason=" ".join(filter(None, (_(meaning.reasons[detail]), _counted(len(members), len(peers))))),
        step=meaning.step,
        outages=len(members),
    )


def _counted(outages: int, peers: int) -> str:
    if not outages:
        return ""
    return _("{outages}, {phones}.").format(
        outages=ngettext("{count} outage", "{count} outages", outages).format(count=outages),
        phones=ngettext("{count} phone", "{count} phones", peers).format(count=peers),
    )


def _places(losses: Losses, index: int) -> list[Place]:
    loss, events = losses[index], losses.book.events
    return [events.place(loss.first), *([events.place(loss.last)] if loss.last >= 0 else [])]


def _timer(kind: CauseClass, members: list[int], losses: Losses, keepalive: int) -> TimerBounds | None:
    if kind is CauseClass.NAT_TIMER:
        return timer_of((losses[index] for index in members), keepalive=keepalive)
    if kind is CauseClass.PORT_CHANGE:
        return TimerBounds(min=1, max=keepalive)  # it died between two keepalives; more the log does not show
    return None
