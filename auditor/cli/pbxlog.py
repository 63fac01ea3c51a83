"""`auditor pbxlog`: which phone went dark when, and why, read from the PBX's log."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import tzinfo
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from auditor.cli import options, output
from auditor.model.errors import UsageError
from auditor.model.text import _

if TYPE_CHECKING:
    from auditor.guide.log_reading import LogBook
    from auditor.model.pbxlog import Event, LogAnalysis

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...",
        help=_(
            "The log: plain or packed (gz, bz2, xz, ZIP), several files in any order, newest or oldest line first; - is standard input. A pasted `sip show peers` may stand among them."
        ),
    ),
]
Format = Annotated[
    Literal["text", "json", "jsonl", "html", "svg"],
    typer.Option(
        "--format", help=_("Form of the result; jsonl prints each event as it is read, for logs of any size.")
    ),
]
Peers = Annotated[
    int | None,
    typer.Option(
        "--peers",
        metavar="N",
        min=1,
        max=1_000_000,
        help=_("How many phones there are: a log shows only those that were lost or registered anew."),
    ),
]
Zone = Annotated[
    str | None,
    typer.Option(
        "--zone",
        metavar="NAME",
        help=_("Time zone of the PBX, such as Europe/Berlin; without it, this computer's."),
    ),
]
Year = Annotated[
    int | None,
    typer.Option(
        "--year",
        min=1970,
        max=9999,
        help=_("Year of a file's first line where the log prints none; without it, from the file's date."),
    ),
]


def pbxlog(
    files: Files,
    format: Format = "text",  # noqa: A002 - the option's name
    peers: Peers = None,
    zone: Zone = None,
    year: Year = None,
    keepalive: options.Keepalive = 60,
    lang: options.Lang = None,
) -> None:
    """Print what the log tells."""
    del lang  # read before the texts were built
    from auditor.guide.pbxlog import analyse

    if format == "jsonl":
        _write_lines(_read(files, zone, year, stream=True), peers, keepalive)
        return
    analysis = analyse(_read(files, zone, year, stream=False), phones=peers, keepalive=keepalive)
    for piece in _rendered(analysis, format):
        sys.stdout.write(piece)
    sys.stdout.write("\n")


def _read(files: list[str], zone: str | None, year: int | None, *, stream: bool) -> LogBook:
    from auditor.guide.log_reading import read_logs
    from auditor.guide.log_sources import sources

    if files.count("-") > 1:
        raise UsageError(_("Standard input can be read only once."))
    where = _zone(zone)
    texts = [source for path in dict.fromkeys(files) for source in sources(path)]
    return read_logs(
        texts,
        zone=where,
        year=year,
        keep_texts=not stream,
        on_event=_write_event if stream else None,
        on_spool=_tell_spool if stream else None,
    )


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            _("There is no time zone {name}.").format(name=name),
            advice=_("Give a name such as Europe/Berlin or UTC."),
        ) from error


def _write_event(event: Event) -> None:
    from auditor.report.pbxlog_json import event_line

    sys.stdout.write(event_line(event) + "\n")


def _tell_spool(name: str) -> None:
    sys.stderr.write(
        _("{name} is newest first: its events wait in a temporary file until all of it is read.").format(
            name=_("standard input") if name == "-" else name
        )
        + "\n"
    )


def _write_lines(book: LogBook, peers: int | None, keepalive: int) -> None:
    from auditor.guide.pbxlog import analyse
    from auditor.report.pbxlog_json import summary_line

    for piece in summary_line(analyse(book, phones=peers, keepalive=keepalive)):
        sys.stdout.write(piece)
    sys.stdout.write("\n")


def _rendered(analysis: LogAnalysis, form: str) -> Iterable[str]:
    if form == "json":
        from auditor.report.pbxlog_json import to_json

        return to_json(analysis)
    if form == "text":
        from auditor.report.pbxlog_text import render

        return (render(analysis, width=output.width(), colour=output.colour()),)
    from auditor.profiles.data_files import data_directory
    from auditor.report.pbxlog_picture import render_html, render_svg

    draw = render_html if form == "html" else render_svg
    return (draw(analysis, data_directory("templates") / "report"),)
