"""The typer application: its commands, and what every command does with an error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

import typer

from auditor import __version__
from auditor.cli.capture import capture
from auditor.cli.check import check
from auditor.cli.demo import demo
from auditor.cli.pbxlog import pbxlog
from auditor.cli.ports import ports
from auditor.cli.snippet import snippet
from auditor.cli.vendors import vendors
from auditor.model.errors import AuditorError
from auditor.model.text import N_, _

COMMANDS: tuple[tuple[Callable[..., None], str], ...] = (
    (check, N_("Audit one router, live over SSH or from a file.")),
    (snippet, N_("Print only the config that repairs the router, ready to be entered.")),
    (capture, N_("Collect once, secrets masked, for later audits with check --file.")),
    (
        vendors,
        N_("List the vendors that can be read, or show one: what is typed, read, assumed and repaired."),
    ),
    (
        pbxlog,
        N_(
            "Read the PBX's log: which phone was lost when, and why. Exit codes: 0 analysed, whatever was found; 2 wrong usage; 3 unreadable."
        ),
    ),
    (ports, N_("Show STARFACE's ports by scenario and feature.")),
    (demo, N_("Show the main job on a simulated router: audit over real SSH, repair, audit again.")),
)


def _version(on: bool) -> None:
    if on:
        typer.echo(f"auditor {__version__}")
        raise typer.Exit


def application() -> typer.Typer:
    """Return the application with its commands, texts in the language in use."""
    app = typer.Typer(
        name="auditor",
        help=_(
            "Will this router keep STARFACE phones connected? Finds out, and writes the config that repairs it."
        ),
        epilog=_(
            "Exit codes: 0 pass, 1 fail, 2 wrong usage, 3 could not be audited, 4 unknown. `auditor demo` shows it all."
        ),
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for command, text in COMMANDS:
        app.command(help=_(text))(command)
    return app


def _options(
    version: bool = typer.Option(False, "--version", is_eager=True, callback=_version),
) -> None:
    del version


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; errors become a paragraph, never a traceback."""
    try:
        result = application()(args=list(arguments), prog_name="auditor", standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - the last line of defence
        show = getattr(error, "show", None)  # typer's own errors explain themselves
        if show is not None:
            show()
            return int(getattr(error, "exit_code", 2))
        return _after(error)
    except KeyboardInterrupt as error:
        return _after(error)
    return int(result or 0)


def _after(error: BaseException) -> int:
    """Tell what happened and return the exit code."""
    from auditor.cli.exit_codes import ExitCode, of_error

    if isinstance(error, KeyboardInterrupt | typer.Abort):
        sys.stderr.write("\n" + _("Stopped by the user.") + "\n")
        return ExitCode.INTERRUPTED
    if isinstance(error, BrokenPipeError):
        # The reader of our output has gone; the interpreter must not complain again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.NOT_AUDITED
    if not isinstance(error, AuditorError):
        if os.environ.get("AUDITOR_DEBUG"):
            raise error
        error = _internal(error)
    _tell(error)
    return of_error(error)


def _internal(error: BaseException) -> AuditorError:
    return AuditorError(
        _("auditor itself failed ({kind}: {reason}).").format(
            kind=type(error).__name__, reason=str(error)[:200]
        ),
        advice=_(
            "This is a defect of auditor; with AUDITOR_DEBUG=1 it shows where. Nothing was changed on the device."
        ),
    )


def _tell(error: AuditorError) -> None:
    from auditor.report.failure import render

    sys.stderr.write(render(error) + "\n")
