"""Remediation templates: one file a vendor, `templates/remediation/<slug>.j2`, or `DIR/<slug>.j2` for `--vendor-dir DIR`.

What an author writes. Each remedy has four macros, and may have a fifth; a remedy without `_change` is a text for a
person:

    <remedy>_change(x)     the lines to enter
    <remedy>_rollback(x)   the lines that bring back what was seen
    <remedy>_verify(x)     read-only commands that show the result
    <remedy>_risk(x)       side effects, as sentences through _("...")
    <remedy>_finish(x)     lines entered once after all changes of a snippet (optional), such as clearing entries

    remedy                 x
    raise_udp_timers       timers: each with .name, .found (seconds now; None where the release decides), .possible
                           (every value that it can have now), .target (seconds to set), .stated (the device
                           shows the value), .scope, .path and .row (where it stands)
    disable_sip_alg        layers: each with .name, .remedy (the profile's word), .line (as read, or empty)
    add_port_forward       forward: .protocols, .ports (each .first, .last), .address, .sources (networks; none: anybody),
                           .order (its place among those of the same report, from 0)
    remove_port_forward    forward: .name, .kind, .action (the rule's own word), .line, .protocol, .document, .unique
                           (no other one has this name), .path, .switches (the statements that let it alone pass)

Where a snippet raises timers and disables the helper, the timers come first and are rolled back last.

Names at hand everywhere: `variables` (of the profile's remedies), `current` (seconds of every timer that is known, by
name), `paths` (the parts of the device that may carry phones, one where nothing divides it: .key, .timer, .values of
every variable, each a list), `forwards` (those that were read, as above), `wan_addresses`, `_`, and `manual(text)`, which says that this
remedy is no command here and what a person has to do instead. Filters: `quote` (the profile's quoting), `shell_words`
(a shell line as a list of quoted words), `number` (digits alone), `words` (a device's text inside a sentence), `units` (180 becomes 3m).
A text of the device that is printed without `quote`, `number`, `shell_words` or `words` is an error, and so is an unknown name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from auditor.model import text
from auditor.model.durations import format_units
from auditor.model.errors import TemplateError
from auditor.model.text import _
from auditor.profiles.data_files import data_directory
from auditor.profiles.schema import Profile
from auditor.remediate.quoting import QUOTING, number, shell_words, words


class ManualOnly(Exception):
    """The template says that a person has to do this; the text says what."""


def _manual(reason: str) -> NoReturn:
    raise ManualOnly(reason.strip())


class Macros:
    """The macros of one vendor's template, loaded with what every macro may ask for."""

    def __init__(self, profile: Profile, context: Mapping[str, Any], vendor_dir: Path | None = None) -> None:
        folders = [vendor_dir] if vendor_dir else []
        folders.append(data_directory("templates") / "remediation")
        environment = _environment(profile, folders)
        self._name = f"{profile.slug}.j2"
        self._template: jinja2.Template | None = None
        self._module: object = None
        try:
            self._template = environment.get_template(self._name)
            self._module = self._template.make_module(dict(context))
        except jinja2.TemplateNotFound as error:
            if error.name != self._name:
                raise self._explained(error) from error
        except TemplateError:
            raise
        except Exception as error:
            raise self._explained(error) from error

    def has(self, name: str) -> bool:
        """Tell whether the template has this macro."""
        return callable(getattr(self._module, name, None)) and not name.startswith("_")

    def call(self, name: str, subject: object) -> str:
        """Return what a macro gives, blank lines at its ends cut off; empty where there is no such macro.

        Raises `ManualOnly` and `UnsafeValue` where this is no command, `TemplateError` where the template is wrong.
        """
        if not self.has(name):
            return ""
        try:
            rendered = str(getattr(self._module, name)(subject))
        except (TemplateError, ManualOnly):
            raise
        except Exception as error:
            raise self._explained(error) from error
        lines = (line.rstrip() for line in rendered.split("\n"))
        return "\n".join(line for line in lines if line)

    def _explained(self, error: Exception) -> TemplateError:
        where, line = self._name, self._line(error.__traceback__)
        if isinstance(error, jinja2.TemplateSyntaxError):
            where, line = error.filename or self._name, error.lineno
        elif self._template is not None and self._template.filename:
            where = self._template.filename
        return TemplateError(
            _("{path}: line {line}: {reason}").format(
                path=where, line=line, reason=words(error) or type(error).__name__
            ),
            advice=_("Correct the template."),
        )

    def _line(self, traceback: TracebackType | None) -> int:
        """Return the template's line in which an error arose, 1 where it cannot be told."""
        line = 1
        while traceback is not None and self._template is not None:
            if traceback.tb_frame.f_code.co_filename == self._template.filename:
                line = self._template.get_corresponding_lineno(traceback.tb_lineno)
            traceback = traceback.tb_next
        return line


def _environment(profile: Profile, folders: list[Path]) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(folders),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # the output is no HTML; a device's text cannot be printed unquoted
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "quote": QUOTING[profile.remedies.quote],
        "number": number,
        "shell_words": shell_words,
        "words": words,
        "units": format_units,
    }
    environment.globals |= {"_": _translated, "manual": _manual}
    return environment


def _translated(message: str) -> str:
    """Return the message in the language in use; looked up late, for the language may change between two audits."""
    return text._(message)
