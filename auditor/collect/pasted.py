"""Divides a text from a file into the vendor's documents: a pasted session, one command's output, a saved config."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.model.capture import Document, Outcome
from auditor.model.errors import UnreadableDocument, UsageError
from auditor.model.text import _
from auditor.profiles.marks import any_stands
from auditor.profiles.schema import DocumentKind, Profile, Session

_REFUSAL_LINES = 3  # a refusal stands at the start of the output


@dataclass(frozen=True, slots=True)
class _Typed:
    """A command in a pasted session and what came back. `line` is the 1-based line of the prompt.

    `context` is the part of the device (VDOM) that the prompt names, `host` the device.
    """

    command: str
    line: int
    output: tuple[str, ...]
    closed: bool
    context: str
    host: str


def documents_of(text: str, name: str, profile: Profile, command: str | None = None) -> tuple[Document, ...]:
    """Return the documents that the text holds.

    `command` names the command whose output the text is. `UsageError` if the profile does not know that command,
    `UnreadableDocument` if nothing in the text is known.
    """
    if command is not None:
        kind = _kind_of(command, profile)
        if kind is None:
            known = "; ".join(spec.command for _kind, spec in profile.commands if spec.command)
            raise UsageError(
                _("{command} is not a command that is read on {vendor}.").format(
                    command=command, vendor=profile.vendor.name
                ),
                advice=_("Known commands: {commands}").format(commands=known),
            )
        return (_document(kind, name, text, profile, Outcome.FRAGMENT),)
    documents = tuple(_from_session(text, name, profile)) or tuple(_recognised(text, name, profile))
    if not documents:
        raise UnreadableDocument(
            _("{name} holds nothing that {vendor} is known to write.").format(
                name=name, vendor=profile.vendor.name
            ),
            advice=_(
                "Give a saved config, the output of one of the commands that `auditor vendors {slug}` lists (named with --command), or the session's text with its prompts."
            ).format(slug=profile.slug),
        )
    return documents


def _recognised(text: str, name: str, profile: Profile) -> Iterator[Document]:
    """Yield the whole text as every kind of document whose marks it carries."""
    for kind, spec in profile.documents.items():
        if any_stands(spec.recognise, text):
            yield _document(kind, name, text, profile, Outcome.FRAGMENT)


def _from_session(text: str, name: str, profile: Profile) -> Iterator[Document]:
    """Yield a document for every known command; whole where another prompt closed it.

    A command that was entered again is taken as it answered last: the device may have been changed in between.
    """
    if profile.session is None:
        return
    typed = [(_kind_of(entry.command, profile), entry) for entry in _commands(text, profile.session)]
    last = {
        (kind, entry.context, profile.documents[kind].command or entry.command): entry
        for kind, entry in typed
        if kind
    }
    kept = list(last.values())
    hosts = list(dict.fromkeys(entry.host for kind, entry in typed if kind and entry.host))
    if len(hosts) > 1:  # the timers of one and the helper of another would make a pass that neither has
        raise UnreadableDocument(
            _("{name} holds sessions with several devices: {hosts}.").format(
                name=name, hosts=", ".join(hosts)
            ),
            advice=_("Give the session of each device by itself."),
        )
    for kind, entry in typed:
        if kind and entry in kept:
            outcome = Outcome.OK if entry.closed else Outcome.FRAGMENT
            output = "\n".join(entry.output)
            document = _document(kind, entry.command, output, profile, outcome, first_line=entry.line + 1)
            yield replace(document, context=entry.context)
            yield from _headers(entry, output, profile)


def _headers(entry: _Typed, output: str, profile: Profile) -> Iterator[Document]:
    """Yield what no command gives by itself and is known by its marks alone, such as the head of a saved config."""
    for kind, spec in profile.documents.items():
        if spec.command or spec.typed or not any_stands(spec.recognise, output):
            continue
        yield _document(kind, entry.command, output, profile, Outcome.FRAGMENT, first_line=entry.line + 1)


def _commands(text: str, session: Session) -> Iterator[_Typed]:
    prompt = re.compile(session.pasted_prompt or session.prompt.removesuffix("$"))
    lines = text.split("\n")
    rest = session.prompt_lines - 1
    here = (line if not rest else "\n".join(lines[i : i + 1 + rest]) for i, line in enumerate(lines))
    places = [(index, match) for index, text in enumerate(here) if (match := prompt.match(text))]
    for position, (first, match) in enumerate(places):
        last = position + 1 == len(places)
        end = len(lines) if last else places[position + 1][0]
        said = match.groupdict()
        menu, context = (said.get("menu") or "").strip(), said.get("context") or ""
        index = first + match[0].count("\n")
        entered = match.string[match.end() :].partition("\n")[0].strip()
        command = " ".join((entered if entered.startswith("/") else f"{menu} {entered}").split())
        yield _Typed(
            command,
            index + 1,
            tuple(lines[index + 1 : end]),
            closed=not last,
            context=context,
            host=said.get("host") or "",
        )


def _kind_of(command: str, profile: Profile) -> str | None:
    """Return the kind of document that a command gives, however a person types it."""
    bare = " ".join(command.split())
    session = profile.session
    for prefix in (session.elevation.prefix.strip() if session and session.elevation else "", "sudo"):
        bare = bare.removeprefix(f"{prefix} ") if prefix else bare
    for kind, spec in profile.documents.items():
        if bare in {kind, spec.command} or any(re.fullmatch(typed, bare) for typed in spec.typed):
            return kind
    return None


def _document(
    kind: str, name: str, text: str, profile: Profile, outcome: Outcome, *, first_line: int = 1
) -> Document:
    refused = refusal_in(text.split("\n"), profile.documents[kind], profile.session)
    if refused:
        outcome, detail = refused
        return Document(
            kind=kind, name=name, text=text, outcome=outcome, detail=detail, first_line=first_line
        )
    return Document(kind=kind, name=name, text=text, outcome=outcome, first_line=first_line)


def refusal_in(
    lines: Sequence[str], spec: DocumentKind, session: Session | None
) -> tuple[Outcome, str] | None:
    """Return what a refusal at the start of an output means, and the refusing line; None if it is none.

    A text in which the document's own marks stand is no refusal, whatever else it says.
    """
    if session is None or any_stands(spec.recognise, "\n".join(lines)):
        return None
    for line in [line for line in lines if line.strip()][:_REFUSAL_LINES]:
        for refusal in session.refusals:
            if re.search(refusal.pattern, line.strip()):
                return Outcome(refusal.means), line.strip()
    return None
