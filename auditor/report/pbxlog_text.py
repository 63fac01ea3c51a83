"""The PBX log for the terminal: what happened, why, a table of phones and a timeline."""

from __future__ import annotations

from auditor.model.pbxlog import Cause, CauseClass, LogAnalysis, PeerOutages, Place
from auditor.model.text import _
from auditor.report import pbxlog_words as words
from auditor.report.paper import Ink, Paper
from auditor.report.pbxlog_timeline import Ruler, pieces, registrations, worst_first
from auditor.report.plain import short, visible

_ROWS = 40
_SAMPLES = 3
_STEP = "  "
_MARKS = {
    CauseClass.NAT_TIMER: "N",
    CauseClass.PORT_CHANGE: "P",
    CauseClass.SITE_OUTAGE: "S",
    CauseClass.SINGLE_PHONE: "1",
    CauseClass.LAG: "L",
    CauseClass.RECONNECT: "A",
    CauseClass.PBX_RESTART: "X",
    CauseClass.BLACKLISTED: "B",
    CauseClass.UNDECIDABLE: "?",
}


def render(analysis: LogAnalysis, *, width: int, colour: bool = False) -> str:
    """Return the report."""
    paper = Paper(width=width, colour=colour)
    _write_head(paper, analysis)
    if analysis.causes:
        paper.heading(_("Likely causes"))
        for cause in analysis.causes:
            _write_cause(paper, cause)
    lost = worst_first(analysis)
    if lost:
        paper.heading(_("Outages"))
        _write_table(paper, lost[:_ROWS])
        _write_timeline(paper, analysis, lost[:_ROWS], width)
        if len(lost) > _ROWS:
            paper.prose(_("{count} further phones: --format json.").format(count=len(lost) - _ROWS))
    return str(paper).rstrip("\n")


def _write_head(paper: Paper, analysis: LogAnalysis) -> None:
    paper.prose(words.scope(analysis), ink=Ink.STRONG)
    paper.gap()
    for file in analysis.files:
        span = f"{words.moment(file.first)} {words.NOTHING} {words.moment(file.last)}"
        paper.prose(
            _("{name}: {lines} lines, {span}").format(name=short(file.name), lines=file.lines, span=span)
        )
    paper.prose(words.counted(analysis))
    assumed = {word for event in analysis.events for word in event.assumed}
    for sentence in words.assumptions(assumed, sum(file.unread_lines for file in analysis.files)):
        paper.prose(sentence)


def _write_cause(paper: Paper, cause: Cause) -> None:
    share = f"{cause.confidence:.0%}"
    mark = f"{_MARKS[cause.kind]}  "
    title = _("{cause} ({share} sure; guide, step {step})").format(
        cause=_(words.CLASSES[cause.kind]), share=share, step=cause.step
    )
    paper.prose(title, start=mark, ink=Ink.DOUBT if cause.kind is CauseClass.UNDECIDABLE else Ink.BAD)
    paper.prose(" ".join(filter(None, (cause.reason, words.timer(cause)))), start="   ")
    paper.prose(_("Lines: {places}").format(places=_places(cause.evidence)), start="   ")
    paper.gap()


def _places(places: tuple[Place, ...]) -> str:
    shown = ", ".join(words.place(place) for place in places[:_SAMPLES])
    return f"{shown}, …" if len(places) > _SAMPLES else shown


def _write_table(paper: Paper, peers: list[PeerOutages]) -> None:
    heads = (_("phone"), _("outages"), _("lost in all"), _("longest"), _("last one began"), _("ended by"))
    rows = [heads, *map(_row, peers)]
    wide = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    for row in rows:
        line = _STEP.join(cell.ljust(wide[column]) for column, cell in enumerate(row)).rstrip()
        paper.quote(line)
    paper.gap()


def _row(peer: PeerOutages) -> tuple[str, ...]:
    lengths = [outage.seconds for outage in peer.outages if outage.seconds is not None]
    last = peer.outages[-1]
    return (
        short(peer.peer),
        str(len(peer.outages)),
        words.length(sum(lengths)) if lengths else words.NOTHING,
        words.length(max(lengths)) if lengths else words.NOTHING,
        words.moment(last.start),
        _(words.ENDS[last.ended_by]) if last.over else _("still open"),
    )


def _write_timeline(paper: Paper, analysis: LogAnalysis, peers: list[PeerOutages], width: int) -> None:
    label = min(24, max(len(short(peer.peer)) for peer in peers))
    ruler = Ruler(analysis, max(20, width - label - 2 * len(_STEP)))
    if ruler.start is None or ruler.end is None:
        return
    registered = registrations(analysis, ruler)
    used = set[CauseClass]()
    for peer in peers:
        cells = ["·"] * ruler.cells
        for cell in registered.get(peer.peer, ()):
            cells[cell] = "r"
        for piece in pieces(peer, ruler):
            cells[piece.first : piece.last + 1] = [_MARKS[piece.cause]] * (piece.last - piece.first + 1)
            used.add(piece.cause)
        paper.quote(f"{short(peer.peer)[:label].ljust(label)}{_STEP}{''.join(cells)}")
    first, last = (words.moment(time)[:16] for time in (ruler.start, ruler.end))
    paper.quote(f"{' ' * label}{_STEP}{first}{last.rjust(ruler.cells - len(first))}")
    legend = [f"{_MARKS[kind]} {_(words.CLASSES[kind])}" for kind in CauseClass if kind in used]
    legend.append(_("r registered from a new address"))
    paper.gap()
    paper.prose(visible("; ".join(legend)))
