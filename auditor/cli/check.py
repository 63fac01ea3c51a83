"""`auditor check`: audits one router, live or from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from auditor.cli import options, output
from auditor.cli.inputs import Connection, Reading, Wanted, expanded, run_audit
from auditor.model.errors import UsageError
from auditor.model.text import _

if TYPE_CHECKING:
    from auditor.model.audit import Audit

Format = Annotated[
    Literal["text", "json"],
    typer.Option("--format", help=_("Form of the report."), rich_help_panel=_("Input and output")),
]
Snippets = Annotated[
    Path | None,
    typer.Option(
        "--snippets",
        metavar="DIR",
        help=_("Write the snippets into this folder too."),
        rich_help_panel=_("Input and output"),
    ),
]


@expanded
def check(
    host: options.Host = None,
    *,
    reading: Reading,
    wanted: Wanted,
    connection: Connection,
    format: Format = "text",  # noqa: A002 - the option's name
    snippets: Snippets = None,
    lang: options.Lang = None,
) -> None:
    """Print the report and end with the verdict's exit code."""
    del lang  # read before the texts were built
    if snippets is not None and snippets.exists() and not snippets.is_dir():  # told before the session
        raise UsageError(_("{path} is no folder to write snippets into.").format(path=snippets))
    audit = run_audit(host, reading, connection, wanted)
    if format == "json":
        from auditor.report.json_report import to_json

        typer.echo(to_json(audit))
    else:
        from auditor.report.text import render

        typer.echo(render(audit, width=output.width(), colour=output.colour()))
    if snippets is not None:
        _write(snippets, audit)
    from auditor.cli.exit_codes import of_verdict

    raise typer.Exit(of_verdict(audit.verdict))


def _write(folder: Path, audit: Audit) -> None:
    from auditor.report.snippet_text import files

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files(audit).items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            _("The snippets cannot be written to {path}: {reason}.").format(
                path=folder, reason=error.strerror
            )
        ) from error
