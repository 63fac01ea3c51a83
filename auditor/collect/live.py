"""Collects one device over SSH: the profile's commands in their order, each answer with what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from auditor.collect.credentials import Credentials
from auditor.collect.dialogue import DeviceSession
from auditor.collect.options import SessionOptions
from auditor.collect.pasted import refusal_in
from auditor.collect.redact import redact
from auditor.collect.sessions import connect, open_session
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.errors import UsageError, VendorUnknown
from auditor.model.text import _
from auditor.profiles.detection import detect_session
from auditor.profiles.loading import command_problem
from auditor.profiles.schema import DocumentKind, Placeholder, Profile, Session

Fill = Callable[[Capture, Profile, Placeholder], tuple[str, ...]]
_VALUE = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")
_ENDS_SESSION = frozenset({Outcome.TIMED_OUT, Outcome.CUT_OFF})


def collect(
    target: Target,
    *,
    profile: Profile | None,
    profiles: tuple[Profile, ...],
    credentials: Credentials,
    options: SessionOptions,
    fill: Fill,
    progress: Callable[[str], None] | None = None,
) -> Capture:
    """Log in once, run the commands of the vendor (detected where none is named) and return what they showed.

    A failure before the first command raises a `CollectionError`; a later one keeps what is there, and the documents
    that could not be had say why.
    """
    host = str(target.host)
    spec = _session_of(profile) if profile else None
    with connect(host, options) as line:
        if profile is None:
            candidates = _live(detect_session(line.banner, "", profiles))
            if len(candidates) == 1:
                profile = candidates[0]
                spec = profile.session
        with open_session(line, credentials=credentials, profile=spec) as session:
            if profile is None:
                profile = _by_prompt(host, line.banner, session.prompt, profiles)
                session.use(_session_of(profile))
            session.navigate(credentials.enable_secret)
            collected = datetime.now(UTC).isoformat(timespec="seconds")
            capture = Capture(
                target=replace(target, vendor=profile.slug),
                vendor=profile.slug,
                source=Source(kind=SourceKind.SSH, name=host, collected_at=collected),
                documents=(),
            )
            for document in _documents(session, profile, capture, credentials, fill, progress):
                capture = replace(capture, documents=(*capture.documents, document))
    return capture


def _live(profiles: tuple[Profile, ...]) -> tuple[Profile, ...]:
    return tuple(profile for profile in profiles if profile.session)


def _session_of(profile: Profile) -> Session:
    if profile.session is None:
        raise UsageError(
            _("{vendor} cannot be logged in to.").format(vendor=profile.vendor.name),
            advice=_("Save its config and give it with --file."),
        )
    return profile.session


def _by_prompt(host: str, banner: str, prompt: str, profiles: tuple[Profile, ...]) -> Profile:
    found = _live(detect_session(banner, prompt, profiles))
    if len(found) == 1:
        return found[0]
    listing = ", ".join(profile.slug for profile in found) or _("none")
    raise VendorUnknown(
        _(
            "The vendor of {host} cannot be told for sure; possible: {vendors}. It calls itself {banner}, its prompt is {prompt}."
        ).format(host=host, vendors=listing, banner=banner, prompt=prompt),
        advice=_("Name it with --vendor."),
    )


def _documents(
    session: DeviceSession,
    profile: Profile,
    capture: Capture,
    credentials: Credentials,
    fill: Fill,
    progress: Callable[[str], None] | None,
) -> Iterator[Document]:
    """Yield a document for every command; after the line dropped, the rest are skipped with the reason."""
    ended = ""
    so_far = capture
    for kind, spec in profile.commands:
        if spec.instead_of and _was_had(so_far, spec.instead_of):
            continue
        for command, obstacle in _commands(so_far, profile, spec, fill):
            if ended or obstacle:
                outcome = Outcome.SKIPPED
                document = Document(
                    kind=kind, name=command, text="", outcome=outcome, detail=ended or obstacle
                )
            else:
                if progress:
                    progress(command)
                document = _run(session, profile, kind, spec, command, credentials)
                if document.outcome in _ENDS_SESSION:
                    ended = document.detail
            so_far = replace(so_far, documents=(*so_far.documents, document))
            yield document


def _was_had(capture: Capture, kind: str) -> bool:
    return any(document.kind == kind and document.outcome is Outcome.OK for document in capture.documents)


def _commands(
    capture: Capture, profile: Profile, spec: DocumentKind, fill: Fill
) -> Iterator[tuple[str, str]]:
    """Yield the command with its placeholder filled, or the reason why it cannot be typed."""
    command = spec.command or ""
    if not spec.fill:
        yield command, ""
        return
    (name, placeholder), *_more = spec.fill.items()
    values = fill(capture, profile, placeholder)
    for value in values if placeholder.each else values[:1]:
        if not _VALUE.fullmatch(value):
            yield command, _("the device names it {value!r}, which is not typed").format(value=value[:64])
        else:
            yield command.replace(f"{{{name}}}", value), ""
    if not values:
        yield command, _("nothing that was read says what {name} is").format(name=name)


def _run(
    session: DeviceSession,
    profile: Profile,
    kind: str,
    spec: DocumentKind,
    command: str,
    credentials: Credentials,
) -> Document:
    how = _session_of(profile)
    if spec.privileged and how.elevation and re.search(how.elevation.when_prompt, session.prompt):
        command = how.elevation.prefix + command
    problem = command_problem(profile, command)
    if problem:
        return Document(kind=kind, name=command, text="", outcome=Outcome.SKIPPED, detail=problem)
    answer = session.run(command, spec.timeout)
    text = redact(answer.text, credentials.secrets)
    refused = refusal_in(text.split("\n"), spec, how) if answer.outcome is Outcome.OK else None
    outcome, detail = refused or (answer.outcome, answer.detail)
    return Document(kind=kind, name=command, text=text, outcome=outcome, detail=detail)
