"""Which vendors are supported: a table, and one vendor's page with what is typed, read, assumed and repaired."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from auditor.model.text import N_, _
from auditor.report.paper import Paper

_STATUS = {"documented": N_("from documents"), "captured": N_("tested with texts of real devices")}


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorRow:
    """One vendor in the table. `live`: can be logged in to; `repairs` names what a command snippet repairs."""

    slug: str
    name: str
    versions: str
    status: str
    live: bool
    repairs: tuple[str, ...] = ()


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


def render_table(rows: Sequence[VendorRow], *, form: str = "text") -> str:
    """Return all vendors as `text`, `md` or `json`, without a final line end."""
    if form == "json":
        return _json([asdict(row) for row in rows])
    titles = (_("Slug"), _("System"), _("Versions"), _("Live"), _("Snippets for"), _("Basis"))
    return _table(titles, [_cells(row) for row in rows], markdown=form == "md")


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
        (_("Versions"), page.row.versions),
        (_("Language"), page.language),
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
    titles = (_("Timer"), _("Flow"), _("Default"), _("Versions"), _("Source"))
    rows = [
        (
            row.name,
            row.flow,
            row.seconds or _("none assumed"),
            row.versions,
            f"{row.source} ({row.confidence})" if row.source else "",
        )
        for row in page.timers
    ]
    for line in _table(titles, rows, markdown=markdown).split("\n"):
        paper.quote(line)


def _repair(row: RepairRow) -> str:
    how = _("by hand: {why}").format(why=_(row.by_hand)) if row.by_hand else _("by command")
    return f"{row.remedy}: {how}"


def _cells(row: VendorRow) -> tuple[str, ...]:
    return (
        row.slug,
        row.name,
        row.versions,
        _("yes") if row.live else _("no"),
        ", ".join(row.repairs) or _("none"),
        _(_STATUS.get(row.status, row.status)),
    )


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool) -> str:
    """Return columns as wide as their widest cell."""
    lines = [titles, *rows]
    if markdown:
        cells = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
        cells.insert(1, "|" + " --- |" * len(titles))
        return "\n".join(cells)
    wide = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True)).rstrip()
        for line in lines
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
