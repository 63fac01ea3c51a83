"""`auditor capture`: collects once, masked, for later audits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.cli import options
from auditor.cli.inputs import Connection, Reading, expanded
from auditor.model.errors import UsageError
from auditor.model.text import _, ngettext

Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help=_("File to write the capture to."))
]


@expanded
def capture(
    host: options.Host = None,
    *,
    reading: Reading,
    connection: Connection,
    output: Output,
    lang: options.Lang = None,
) -> None:
    """Write the capture and say what it holds."""
    from auditor.collect.capture_file import write
    from auditor.model.capture import Outcome

    del lang  # read before the texts were built
    if not output.parent.is_dir():  # told before the session, not after it
        raise UsageError(_("There is no folder {path}.").format(path=output.parent))
    if output.is_dir():
        raise UsageError(_("{path} is a folder: name the file to write.").format(path=output))
    collected = reading.capture(host, connection)
    write(collected, output)
    whole = sum(document.outcome in {Outcome.OK, Outcome.FRAGMENT} for document in collected.documents)
    typer.echo(
        ngettext("{path}: {count} document, {vendor}.", "{path}: {count} documents, {vendor}.", whole).format(
            path=output, count=whole, vendor=collected.vendor
        ),
        err=True,
    )
    for document in collected.documents:
        if document.outcome not in {Outcome.OK, Outcome.FRAGMENT}:
            typer.echo(f"  {document.name}: {document.outcome.value} {document.detail}".rstrip(), err=True)
