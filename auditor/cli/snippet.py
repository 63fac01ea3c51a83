"""`auditor snippet`: only the corrective config on standard output, everything else on standard error."""

from __future__ import annotations

import typer

from auditor.cli import options
from auditor.cli.inputs import Connection, Reading, Wanted, expanded, run_audit


@expanded
def snippet(
    host: options.Host = None,
    *,
    reading: Reading,
    wanted: Wanted,
    connection: Connection,
    lang: options.Lang = None,
) -> None:
    """Print the snippet and end with the verdict's exit code."""
    from auditor.cli.exit_codes import of_verdict
    from auditor.report.snippet_text import notes, render

    del lang  # read before the texts were built
    audit = run_audit(host, reading, connection, wanted)
    typer.echo(render(audit), nl=False)
    typer.echo(notes(audit), nl=False, err=True)
    raise typer.Exit(of_verdict(audit.verdict))
