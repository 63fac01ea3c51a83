"""`auditor ports`: STARFACE's port matrix by scenario and feature."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from auditor.cli import options
from auditor.model.text import _

Format = Annotated[Literal["text", "json"], typer.Option("--format", help=_("Form of the list."))]


def ports(
    scenario: options.ScenarioName = "cloud",
    feature: options.Feature = None,
    format: Format = "text",  # noqa: A002 - the option's name
    lang: options.Lang = None,
) -> None:
    """Print the matrix."""
    from auditor.cli.output import width
    from auditor.report.ports import render
    from auditor.rules.requirements import matrix

    del lang, scenario, feature, width, render, matrix, format
