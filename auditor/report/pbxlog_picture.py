"""The PBX log as a picture: one row for each phone, as SVG, and as an HTML page around it. One file, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.model.pbxlog import CauseClass, LogAnalysis, PeerOutages
from auditor.model.text import _
from auditor.report import pbxlog_words as words
from auditor.report.pbxlog_timeline import Ruler, pieces, registrations, worst_first
from auditor.report.plain import short, visible

_ROWS = 200
_CELLS = 760
_LEFT, _TOP, _STEP = 170, 84, 24
_RIGHT = 270
_TICKS = 8
_KEYS = 4  # in a row of the legend
_SAMPLES = 5
_COLOURS = {
    CauseClass.NAT_TIMER: "#c62828",
    CauseClass.PORT_CHANGE: "#8e24aa",
    CauseClass.SITE_OUTAGE: "#1565c0",
    CauseClass.SINGLE_PHONE: "#2e7d32",
    CauseClass.LAG: "#ef6c00",
    CauseClass.RECONNECT: "#00838f",
    CauseClass.PBX_RESTART: "#37474f",
    CauseClass.BLACKLISTED: "#6d4c41",
    CauseClass.UNDECIDABLE: "#9e9e9e",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a row."""

    x: int
    width: int
    colour: str
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """A phone."""

    y: int
    name: str
    cause: str
    colour: str
    bars: list[Bar]
    registers: list[int]


def render_svg(analysis: LogAnalysis, templates: Path) -> str:
    """Return the timeline as one SVG file; `templates` is the folder of the report's templates."""
    return _render("pbxlog.svg.j2", _drawing(analysis), templates)


def render_html(analysis: LogAnalysis, templates: Path) -> str:
    """Return a page with the timeline, the causes and the outages of each phone."""
    page = {
        "scope": words.scope(analysis),
        "facts": [words.counted(analysis), *_assumptions(analysis)],
        "files": [
            (visible(file.name), str(file.lines), words.moment(file.first), words.moment(file.last))
            for file in analysis.files
        ],
        "file_heads": [_("file"), _("lines"), _("first line"), _("last line")],
        "causes_title": _("Likely causes"),
        "causes": [
            {
                "title": _("{cause} ({share} sure; guide, step {step})").format(
                    cause=_(words.CLASSES[cause.kind]), share=f"{cause.confidence:.0%}", step=cause.step
                ),
                "text": " ".join(filter(None, (cause.reason, words.timer(cause)))),
                "colour": _COLOURS[cause.kind],
                "places": [words.place(place) for place in cause.evidence[:_SAMPLES]],
            }
            for cause in analysis.causes
        ],
        "lines_word": _("Lines:"),
        "outages_title": _("Outages"),
        "heads": [_("phone"), _("outages"), _("lost in all"), _("longest"), _("suspected cause")],
        "rows": [_table_row(peer) for peer in worst_first(analysis)[:_ROWS]],
        **_drawing(analysis),
    }
    return _render("pbxlog.html.j2", page, templates)


def _assumptions(analysis: LogAnalysis) -> list[str]:
    assumed = {word for event in analysis.events for word in event.assumed}
    return words.assumptions(assumed, sum(file.unread_lines for file in analysis.files))


def _table_row(peer: PeerOutages) -> tuple[str, ...]:
    lengths = [outage.seconds for outage in peer.outages if outage.seconds is not None]
    cause = words.main_cause(peer)
    return (
        visible(peer.peer),
        str(len(peer.outages)),
        words.length(sum(lengths)) if lengths else words.NOTHING,
        words.length(max(lengths)) if lengths else words.NOTHING,
        _(words.CLASSES[cause]) if cause else "",
    )


def _drawing(analysis: LogAnalysis) -> dict[str, object]:
    ruler = Ruler(analysis, _CELLS)
    registered = registrations(analysis, ruler)
    lost = worst_first(analysis)
    rows = [
        _row(peer, _TOP + number * _STEP, ruler, registered.get(peer.peer, ()))
        for number, peer in enumerate(lost[:_ROWS])
    ]
    used = [
        kind for kind in CauseClass if any(kind is outage.cause for peer in lost for outage in peer.outages)
    ]
    keys_at = _TOP + max(1, len(rows)) * _STEP + 16
    height = keys_at + -(-len(used) // _KEYS) * _STEP + 30
    return {
        "language": _("en"),
        "title": _("PBX log: which phone was lost when"),
        "empty": "" if rows else words.scope(analysis),
        "more": _("{count} further phones are not drawn.").format(count=len(lost) - _ROWS)
        if len(lost) > _ROWS
        else "",
        "rows_drawn": rows,
        "left": _LEFT,
        "top": _TOP,
        "cells": _CELLS,
        "width": _LEFT + _CELLS + _RIGHT,
        "height": height,
        "lines_end": keys_at - 10,
        "ticks": [(_LEFT + cell, time.strftime("%d.%m. %H:%M")) for cell, time in ruler.ticks(_TICKS)],
        "span": f"{words.moment(ruler.start)} {words.NOTHING} {words.moment(ruler.end)}",
        "legend": [
            {
                "x": 12 + number % _KEYS * (_LEFT + _CELLS + _RIGHT) // _KEYS,
                "y": keys_at + number // _KEYS * _STEP,
                "text": _(words.CLASSES[kind]),
                "colour": _COLOURS[kind],
            }
            for number, kind in enumerate(used)
        ],
        "register_word": _("registered from a new address"),
    }


def _row(peer: PeerOutages, y: int, ruler: Ruler, registers: Sequence[int]) -> Row:
    cause = words.main_cause(peer) or CauseClass.UNDECIDABLE
    return Row(
        y=y,
        name=short(peer.peer)[:24],
        cause=_(words.CLASSES[cause]),
        colour=_COLOURS[cause],
        bars=[
            Bar(
                _LEFT + piece.first,
                piece.last - piece.first + 2,
                _COLOURS[piece.cause],
                _(words.CLASSES[piece.cause]),
            )
            for piece in pieces(peer, ruler)
        ],
        registers=[_LEFT + cell for cell in registers],
    )


def _render(name: str, values: Mapping[str, object], templates: Path) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(values)
