"""`auditor demo`: the main job against an embedded simulated router, over real SSH on loopback."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import options, output
from auditor.model.text import _

if TYPE_CHECKING:
    from auditor.model.audit import Audit
    from auditor.simulator.server import SimulatedRouter

Device = Annotated[
    str | None,
    typer.Option("--vendor", metavar="SLUG", help=_("Vendor of the simulated router.")),
]


def demo(*, vendor: Device = None, lang: options.Lang = None) -> None:
    """Audit, repair by typing the snippet, audit again."""
    from auditor.cli.exit_codes import of_verdict
    from auditor.report.snippet_text import render as snippet_of
    from auditor.report.text import render
    from auditor.simulator.device_file import demo_device
    from auditor.simulator.server import SimulatedRouter
    from auditor.simulator.typist import enter

    del lang  # read before the texts were built
    device = vendor or demo_device()
    with SimulatedRouter(device) as router, tempfile.TemporaryDirectory() as folder:
        known_hosts = Path(folder) / "known_hosts"
        known_hosts.write_text(router.host_key_line + "\n", encoding="utf-8")
        _headline(_("1. Audit of a simulated router over SSH ({host}, port {port})"), router)
        before = _audit(router, known_hosts)
        typer.echo(render(before, width=output.width(), colour=output.colour()))
        snippet = snippet_of(before)
        if snippet:
            _headline(_("2. The snippet, entered over SSH as a person would"), router)
        else:
            _headline(_("2. What the report asks to do by hand, done on the simulated router"), router)
        typer.echo(enter(router, snippet or router.file.by_hand).strip())
        _headline(_("3. Audit again"), router)
        after = _audit(router, known_hosts)
        typer.echo(render(after, width=output.width(), colour=output.colour()))
    raise typer.Exit(of_verdict(after.verdict))


def _headline(text: str, router: SimulatedRouter) -> None:
    line = text.format(host=router.host, port=router.port)
    typer.secho(f"\n{line}\n{'=' * len(line)}\n", bold=True, color=output.colour())


def _audit(router: SimulatedRouter, known_hosts: Path) -> Audit:
    from auditor.collect.credentials import Credentials
    from auditor.collect.options import SessionOptions
    from auditor.model.audit import AuditOptions
    from auditor.model.capture import Target
    from auditor.pipeline import Vendors, audit, capture_live

    vendors = Vendors()
    collected = capture_live(
        Target(host=router.host),
        vendors,
        Credentials(user=router.user, password=router.password, use_agent=False),
        SessionOptions(port=router.port, known_hosts=known_hosts),
    )
    return audit(collected, AuditOptions(), vendors)
