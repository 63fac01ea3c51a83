"""Which vendors are supported: a table, and one vendor's page with what is typed, read, assumed and repaired."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from auditor.model.text import N_, _
from auditor.report.paper import Ink, Paper
from auditor.report.timer_words import confidence_of

_STATUS = {
    "documented": N_("known from documents"),
    "captured": N_("tested with texts of real devices"),
}
_FLOWS = {
    "any": N_("every flow"),
    "unreplied": N_("before the reply"),
    "replied": N_("after the reply"),
    "sip": N_("SIP with the helper"),
    "media": N_("audio"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorRow:
    """One vendor in the table.

    `live`: can be logged in to. `timers`, `sip_layers` and `sources` are numbers, `forwards` whether port forwards are
    read. `repairs` names what a command snippet repairs, `by_hand` what is left to a person.
    """

    slug: str
    name: str
    versions: str
    status: str
    live: bool
    timers: int = 0
    forwards: bool = False
    sip_layers: int = 0
    repairs: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    sources: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    """A command that is typed, or None for a file that is only read; `document` is its name in the profile."""

    document: str
    command: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerRow:
    """A UDP timer and one of its defaults; `seconds` is empty where no default may be assumed."""

    name: str
    flow: str
    seconds: str = ""
    versions: str = ""
    source: str = ""
    confidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairRow:
    """A remedy in words, and why a person has to do it where it is no command (`by_hand`)."""

    remedy: str
    by_hand: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorPage:
    """Everything about one vendor that a user may ask."""

    row: VendorRow
    language: str
    maintainer: str
    commands: tuple[CommandRow, ...] = ()
    timers: tuple[TimerRow, ...] = ()
    sip_layers: tuple[str, ...] = ()
    repairs: tuple[RepairRow, ...] = ()
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def render_table(rows: Sequence[VendorRow], *, form: str = "text", width: int = 80) -> str:
    """Return all vendors as `text`, `md` or `json`, without a final line end."""
    if form == "json":
        return _json([asdict(row) for row in rows])
    if form == "md":
        titles = (
            _("Slug"),
            _("System"),
            _("Versions"),
            _("Read"),
            _("UDP timers"),
            _("Port forwards"),
            _("SIP helper"),
            _("Snippets for"),
            _("By hand"),
            _("Basis"),
            _("Sources"),
        )
        return _table(titles, [_cells(row) for row in rows])
    paper = Paper(width=width)
    wide = max((len(row.slug) for row in rows), default=0) + 2
    for row in rows:
        paper.prose(f"{row.name}: {_(row.versions)}", start=row.slug.ljust(wide), ink=Ink.STRONG)
        paper.prose(
            _("{how}; snippets for: {repairs}; {basis}").format(
                how=_how(row), repairs=_repairs(row), basis=_(_STATUS.get(row.status, row.status))
            ),
            start=" " * wide,
        )
    return str(paper).rstrip("\n")


def render_page(page: VendorPage, *, form: str = "text", width: int = 80) -> str:
    """Return one vendor's page as `text`, `md` or `json`, without a final line end."""
    if form == "json":
        return _json(asdict(page))
    markdown = form == "md"
    paper = Paper(width=width)
    mark = "# " if markdown else ""
    paper.prose(f"{page.row.name} ({page.row.slug})", start=mark)
    paper.gap()
    facts = (
        (_("Versions"), _(page.row.versions)),
        (_("Language"), _(page.language)),
        (_("Basis"), _(_STATUS.get(page.row.status, page.row.status))),
        (_("Maintainer"), page.maintainer),
    )
    for label, value in facts:
        paper.prose(value, start=f"- {label}: " if markdown else f"{label}: ")
    _write_commands(paper, page, markdown=markdown)
    _write_timers(paper, page, markdown=markdown)
    _write_list(paper, _("What may edit SIP"), page.sip_layers, markdown=markdown)
    _write_list(paper, _("Repairs"), [_repair(row) for row in page.repairs], markdown=markdown)
    _write_list(paper, _("Notes"), [_(note) for note in page.notes], markdown=markdown)
    _write_list(paper, _("Sources"), page.sources, markdown=markdown)
    return str(paper).rstrip("\n")


def _write_title(paper: Paper, title: str, *, markdown: bool) -> None:
    paper.heading(f"## {title}" if markdown else title)


def _write_list(paper: Paper, title: str, lines: Sequence[str], *, markdown: bool) -> None:
    if lines:
        _write_title(paper, title, markdown=markdown)
    for line in lines:
        paper.prose(line, start="- ")


def _write_commands(paper: Paper, page: VendorPage, *, markdown: bool) -> None:
    typed = [row.command for row in page.commands if row.command]
    read = [row.document for row in page.commands if not row.command]
    if typed:
        _write_title(paper, _("Commands typed, all of them read-only"), markdown=markdown)
        for command in typed:
            paper.quote(f"`{command}`" if markdown else command, indent="- " if markdown else "    ")
    _write_list(paper, _("Read from files only"), read, markdown=markdown)


def _write_timers(paper: Paper, page: VendorPage, *, markdown: bool) -> None:
    if not page.timers:
        return
    _write_title(paper, _("UDP timers and what holds where they are not shown"), markdown=markdown)
    if not markdown:
        for row in page.timers:
            paper.prose(
                "; ".join(part for part in _timer_cells(row)[1:] if part),
                start=f"- {row.name}: ",
                indent="  ",
            )
        return
    titles = (_("Timer"), _("Flow"), _("Default"), _("Versions"), _("Source"))
    for line in _table(titles, [_timer_cells(row) for row in page.timers]).split("\n"):
        paper.quote(line)


def _timer_cells(row: TimerRow) -> tuple[str, ...]:
    """Return name, flow, default, versions and source."""
    seconds = row.seconds or _("no default assumed")
    versions = _("versions {versions}").format(versions=row.versions) if row.versions else ""
    if row.versions == "*":
        versions = _("every version")
    source = f"{row.source} ({confidence_of(row.confidence)})" if row.source else ""
    return (
        row.name,
        _(_FLOWS.get(row.flow, row.flow)),
        _("{seconds} s").format(seconds=seconds) if seconds[-1].isdigit() else seconds,
        versions,
        source,
    )


def _repair(row: RepairRow) -> str:
    how = _("by hand: {why}").format(why=_(row.by_hand)) if row.by_hand else _("by command")
    return f"{row.remedy}: {how}"


def _how(row: VendorRow) -> str:
    return _("live and from files") if row.live else _("from files")


def _repairs(row: VendorRow) -> str:
    return ", ".join(row.repairs) or _("none")


def _cells(row: VendorRow) -> tuple[str, ...]:
    return (
        row.slug,
        row.name,
        _(row.versions),
        _how(row),
        str(row.timers),
        _("yes") if row.forwards else _("no"),
        str(row.sip_layers) if row.sip_layers else _("none in this system"),
        _repairs(row),
        ", ".join(row.by_hand),
        _(_STATUS.get(row.status, row.status)),
        str(row.sources),
    )


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    cells = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in (titles, *rows)]
    cells.insert(1, "|" + " --- |" * len(titles))
    return "\n".join(cells)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
