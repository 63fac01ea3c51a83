"""What a session did not bring, told once on standard error with what to do about it; the report says what it hides."""

from __future__ import annotations

import typer

from auditor.model.capture import Capture, Document, Outcome
from auditor.model.text import _, ngettext
from auditor.profiles.schema import Profile

_NAMED = 3  # commands that a line names


def tell(capture: Capture, profile: Profile) -> None:
    """Print a line for everything that ended the session early, or that the device did not do."""
    for line in _lines(capture, profile):
        typer.echo(line, err=True)


def _lines(capture: Capture, profile: Profile) -> list[str]:
    lines = []
    for document in capture.documents:
        if document.outcome in {Outcome.TIMED_OUT, Outcome.CUT_OFF}:
            left = sum(other.detail == document.detail for other in capture.documents) - 1
            lines.append(f"{_ended(document)} {_not_run(left)}".strip())
    if forbidden := _with(capture, Outcome.NO_PRIVILEGE):
        lines.append(
            _("The log-in may not run {commands}. Use a user with more rights.").format(
                commands=_names(forbidden)
            )
        )
    refused = [
        document
        for document in _with(capture, Outcome.REFUSED)
        if not profile.documents[document.kind].optional
    ]
    if refused:
        lines.append(
            _(
                "The router does not know {commands}. Its system may be older or another one; --vendor names another."
            ).format(commands=_names(refused))
        )
    return lines


def _ended(document: Document) -> str:
    if document.outcome is Outcome.TIMED_OUT:
        text = _("{command} did not end in time: {detail}. Raise --command-timeout if the router is slow.")
    else:
        text = _("The output of {command} is cut off: {detail}. What came before it counts; try again.")
    return text.format(command=document.name, detail=document.detail.rstrip("."))


def _not_run(left: int) -> str:
    if left <= 0:
        return ""
    return ngettext("{count} more command was not run.", "{count} more commands were not run.", left).format(
        count=left
    )


def _with(capture: Capture, outcome: Outcome) -> list[Document]:
    return [document for document in capture.documents if document.outcome is outcome]


def _names(documents: list[Document]) -> str:
    names = "; ".join(document.name for document in documents[:_NAMED])
    more = len(documents) - _NAMED
    if more <= 0:
        return names
    return ngettext("{names} and {count} more", "{names} and {count} more", more).format(
        names=names, count=more
    )
