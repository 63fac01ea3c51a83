"""`auditor vendors`: what can be read, from which sources, and what can be repaired."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from auditor.cli import options
from auditor.model.text import _

Slug = Annotated[str | None, typer.Argument(metavar="SLUG", help=_("Show this vendor in full."))]
Format = Annotated[Literal["text", "md", "json"], typer.Option("--format", help=_("Form of the list."))]


def vendors(
    slug: Slug = None,
    *,
    format: Format = "text",  # noqa: A002 - the option's name
    vendor_dir: options.VendorDir = None,
    lang: options.Lang = None,
) -> None:
    """Print the table, or one vendor's page."""
    from auditor.cli.output import width
    from auditor.cli.vendor_page import page_of, row_of
    from auditor.pipeline import Vendors
    from auditor.report.vendors import render_page, render_table

    del lang  # read before the texts were built
    known = Vendors(folder=vendor_dir)
    if slug:
        typer.echo(render_page(page_of(known.one(slug), vendor_dir), form=format, width=width()))
    else:
        typer.echo(render_table(tuple(row_of(profile, vendor_dir) for profile in known.all()), form=format))
