"""Words that every form of the PBX log's report shares."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from auditor.model.pbxlog import Cause, CauseClass, EndedBy, LogAnalysis, PeerOutages, Place, Scope
from auditor.model.text import N_, _, ngettext
from auditor.report.plain import short

CLASSES = {
    CauseClass.NAT_TIMER: N_("NAT timer too short"),
    CauseClass.PORT_CHANGE: N_("NAT entry came back with another port"),
    CauseClass.SITE_OUTAGE: N_("the whole site was cut off"),
    CauseClass.SINGLE_PHONE: N_("single phone"),
    CauseClass.LAG: N_("late answers"),
    CauseClass.RECONNECT: N_("new public address"),
    CauseClass.PBX_RESTART: N_("PBX restarted or cut off"),
    CauseClass.BLACKLISTED: N_("blacklist of the PBX"),
    CauseClass.UNDECIDABLE: N_("cannot be decided"),
}
ENDS = {
    EndedBy.KEEPALIVE: N_("keepalive"),
    EndedBy.QUALIFY: N_("answered again"),
    EndedBy.REREGISTER: N_("registration"),
    EndedBy.NEW_PORT: N_("registration from a new port"),
    EndedBy.UNKNOWN: N_("not shown"),
}
_SCOPES = {
    Scope.NONE: N_("No phone was lost in this log."),
    Scope.ONE: N_("One phone was lost (step 1 of the guide)."),
    Scope.SOME: N_("Some phones were lost, others were not (step 1 of the guide)."),
    Scope.ALL: N_("All phones were lost (step 1 of the guide)."),
    Scope.UNKNOWN: N_(
        "Several phones were lost. Whether these are all of them the log does not tell, for quiet phones do not show in it; --peers N or a pasted `sip show peers` does (step 1 of the guide)."
    ),
}
_BEFORE = {
    True: N_("What was lost had been registered before (step 3 of the guide)."),
    False: N_("The log does not show that what was lost was ever registered before (step 3 of the guide)."),
}
NOTHING = "\N{EN DASH}"  # also between two moments
_MINUTE, _HOUR = 60, 3600


def scope(analysis: LogAnalysis) -> str:
    """Return the sentences on steps 1 and 3 of the guide."""
    if analysis.scope is Scope.UNKNOWN and not any(peer.outages for peer in analysis.peers):
        return _(
            "No loss was read, but lines that announce events could not be read: whether a phone was lost is not known."
        )
    words = [_(_SCOPES[analysis.scope])]
    if analysis.registered_before is not None:
        words.append(_(_BEFORE[analysis.registered_before]))
    return " ".join(words)


def length(seconds: float) -> str:
    """Return a length of time in one or two units.

    Examples:
        >>> length(24), length(2520), length(7384)
        ('24 s', '42 min', '2 h 3 min')
    """
    if seconds < 2 * _MINUTE:
        return _("{seconds} s").format(seconds=round(seconds))
    if seconds < _HOUR:
        return _("{minutes} min").format(minutes=round(seconds / _MINUTE))
    hours, rest = divmod(round(seconds / _MINUTE), 60)
    return _("{hours} h {minutes} min").format(hours=hours, minutes=rest)


def moment(time: datetime | None) -> str:
    """Return a date as a person reads it."""
    return time.strftime("%Y-%m-%d %H:%M:%S") if time else NOTHING


def place(place: Place) -> str:
    """Return a line as `file:line`; of a path only its end, which tells files apart well enough."""
    return f"{short(place.file.rpartition('/')[2])}:{place.line}"


def timer(cause: Cause) -> str:
    """Return what a cause tells of the NAT's timer, empty where it tells nothing."""
    if cause.timer is None:
        return ""
    if cause.kind is CauseClass.PORT_CHANGE:
        return _("The timer is at most {max} s.").format(max=cause.timer.max)
    return _("The timer lies between {min} and {max} s.").format(min=cause.timer.min, max=cause.timer.max)


def main_cause(peer: PeerOutages) -> CauseClass | None:
    """Return the cause of most of a peer's outages."""
    counts = Counter(outage.cause for outage in peer.outages)
    return counts.most_common(1)[0][0] if counts else None


def counted(analysis: LogAnalysis) -> str:
    """Return how much was read and found."""
    outages = sum(len(peer.outages) for peer in analysis.peers)
    return _("Events: {events}. Peers: {peers}. Outages: {outages}.").format(
        events=len(analysis.events), peers=len(analysis.peers), outages=outages
    )


def assumptions(assumed: set[str], unread: int) -> list[str]:
    """Return what was assumed about dates, and what could not be read."""
    words = []
    if "year" in assumed:
        words.append(
            _("The log prints no year; it was taken from the file's date (--year tells it otherwise).")
        )
    if "zone" in assumed:
        words.append(_("The log prints no zone; this computer's was taken (--zone tells it otherwise)."))
    if unread:
        words.append(
            ngettext(
                "{count} line announces an event but could not be read.",
                "{count} lines announce an event but could not be read.",
                unread,
            ).format(count=unread)
        )
    return words
