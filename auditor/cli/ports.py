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
    from auditor.model.audit import Scenario
    from auditor.report.ports import PortRow, render
    from auditor.rules.requirements import matrix

    del lang  # read before the texts were built
    rows = tuple(
        PortRow(
            row=line.row,
            title=line.title,
            port=line.port,
            ports=str(line.ports),
            protocols=line.protocols,
            direction=line.direction.value,
            purpose=line.purpose,
            requirement=line.requirement.value,
            exposure=line.exposure.value,
            users=line.users.value if line.users else None,
            alternatives=line.alternatives,
            confidence=line.confidence,
            sources=line.sources,
        )
        for line in matrix(Scenario(scenario), tuple(feature or ("phones",)))
    )
    typer.echo(render(rows, scenario=scenario, form=format, width=width()))
