"""Collects one device over SSH: the profile's commands in their order, each answer with what became of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from auditor.collect.credentials import Credentials
from auditor.collect.dialogue import DeviceSession
from auditor.collect.jumps import JumpHosts
from auditor.collect.line import Line, connect, jump_hosts
from auditor.collect.options import SessionOptions
from auditor.collect.pasted import refusal_in
from auditor.collect.redact import redact
from auditor.collect.sessions import UNKNOWN_VENDOR, open_session
from auditor.collect.terminal import printable
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.errors import CollectionError, CommandTimedOut, UsageError, VendorUnknown
from auditor.model.text import _
from auditor.profiles.detection import detect_session, detect_text, has_common_looks, is_of_a_relative
from auditor.profiles.loading import command_problem
from auditor.profiles.schema import Condition, DocumentKind, Placeholder, Profile, Session, Signs


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What the documents so far say: values for a placeholder, and whether conditions hold (None: not known)."""

    fill: Callable[[Capture, Profile, Placeholder], tuple[str, ...]]
    holds: Callable[[Capture, Profile, tuple[Condition, ...]], bool | None]


_VALUE = re.compile(r"[A-Za-z0-9_.:/-]{1,64}")
_HEAD = 20_000  # characters in which a system says what it is
_ENDS_SESSION = frozenset({Outcome.TIMED_OUT, Outcome.CUT_OFF})


def collect(
    target: Target,
    *,
    profile: Profile | None,
    signs: tuple[Signs, ...],
    profile_of: Callable[[str], Profile],
    credentials: Credentials,
    options: SessionOptions,
    lookup: Lookup,
    jumps: JumpHosts | None = None,
    progress: Callable[[str], None] | None = None,
) -> Capture:
    """Log in once, run the commands of the vendor (detected where none is named) and return what they showed.

    A failure before the first command raises a `CollectionError`; a later one keeps what is there, and the documents
    that could not be had say why. `signs` tell the vendors apart, `profile_of` gives the one that it is. `jumps` are connections to hosts in between that others share; else the way is made
    for this target alone.
    """
    host = str(target.host)
    named = profile is not None
    spec = _session_of(profile) if profile else None
    with ExitStack() as stack:
        line = stack.enter_context(
            connect(host, options, jumps or stack.enter_context(jump_hosts(options, credentials)))
        )
        if not named:
            candidates = _live(detect_session(line.banner, "", signs))
            if len(candidates) == 1:
                spec = candidates[0].session
        with open_session(line, credentials=credentials, profile=spec or _anyones(signs)) as session:
            if profile is None:
                profile = profile_of(_recognised(session, line, signs).slug)
                session.use(_session_of(profile))
            session.navigate(credentials.enable_secret)
            collected = datetime.now(UTC).isoformat(timespec="seconds")
            capture = Capture(
                target=replace(target, vendor=profile.slug),
                vendor=profile.slug,
                source=Source(kind=SourceKind.SSH, name=host, collected_at=collected),
                documents=(),
            )
            for document in _Collection(session, profile, credentials, lookup, progress).documents(capture):
                capture = replace(capture, documents=(*capture.documents, document))
                if not named:
                    _refuse_relative(document, profile, host)
    return capture


def _live(signs: tuple[Signs, ...]) -> tuple[Signs, ...]:
    return tuple(vendor for vendor in signs if vendor.session)


def _anyones(signs: tuple[Signs, ...]) -> Session:
    """Return how to talk until the prompt tells who it is: a question may stand before it that some vendor asks."""
    asked = (question for vendor in _live(signs) for question in _session_of(vendor).questions)
    return UNKNOWN_VENDOR.model_copy(update={"questions": tuple(asked)})


def _session_of(vendor: Signs) -> Session:
    if vendor.session is None:
        raise UsageError(
            _("{vendor} cannot be logged in to.").format(vendor=vendor.vendor.name),
            advice=_("Save its config and give it with --file."),
        )
    return vendor.session


def _recognised(session: DeviceSession, line: Line, signs: tuple[Signs, ...]) -> Signs:
    """Return the vendor by banner and prompt, else by what it says to harmless commands; `VendorUnknown` if unsure."""
    found = _live(detect_session(line.banner, session.prompt, signs, session.screen))
    unsure = len(found) > 1 or any(has_common_looks(profile, session.screen) for profile in found)
    winner = _probed(session, found, signs) if unsure else next(iter(found), None)
    if winner:
        return winner
    found = found or _live(detect_session(line.banner, "", signs))
    raise VendorUnknown(
        _(
            "The vendor of {host} cannot be told for sure; possible: {vendors}. It calls itself {banner}, its prompt is {prompt}."
        ).format(
            host=line.host,
            vendors=", ".join(profile.slug for profile in found) or _("none"),
            banner=printable(line.banner),
            prompt=printable(session.prompt),
        ),
        advice=_("Name it with --vendor."),
    )


def _probed(session: DeviceSession, found: tuple[Signs, ...], signs: tuple[Signs, ...]) -> Signs | None:
    """Return whose answer the device gives to one command: the probe of most candidates.

    A tie goes against a vendor whose devices greet, for this one did not. Whoever is asked the same may be the one,
    also where its prompt was changed.
    """
    probes = Counter(profile.detect.probe for profile in found if profile.detect.probe)
    if not probes:
        return None
    greeting = {profile.detect.probe for profile in found if profile.detect.greeting}
    probe = max(probes, key=lambda one: (probes[one], one not in greeting))
    asked = _live(tuple(profile for profile in signs if profile.detect.probe == probe))
    specs = [_session_of(profile) for profile in asked]
    pagers = tuple(pager for spec in specs for pager in spec.pagers)
    session.use(UNKNOWN_VENDOR.model_copy(update={"pagers": pagers, "line_end": specs[0].line_end}))
    answer = session.run(probe)
    winner, _candidates = detect_text(answer.text, asked)
    return winner if answer.outcome is Outcome.OK else None


def _refuse_relative(document: Document, profile: Profile, host: str) -> None:
    """Raise `VendorUnknown` if an answer carries the mark of a near relative: banner and prompt may be the same."""
    if document.outcome is Outcome.OK and is_of_a_relative(document.text[:_HEAD], profile):
        raise VendorUnknown(
            _("{host} looks like {vendor}, but what it says to {command} is another system's.").format(
                host=host, vendor=profile.slug, command=document.name
            ),
            advice=_("Name it with --vendor."),
        )


@dataclass(frozen=True, slots=True)
class _Typed:
    """A command as it is typed: navigation, command, and the part of the device that it speaks of, or an obstacle."""

    command: str
    enter: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    context: str = ""
    obstacle: str = ""

    @property
    def name(self) -> str:
        return "; ".join((*self.enter, self.command))


class _Collection:
    """The profile's commands on one session, in their order."""

    def __init__(
        self,
        session: DeviceSession,
        profile: Profile,
        credentials: Credentials,
        lookup: Lookup,
        progress: Callable[[str], None] | None,
    ) -> None:
        self._session = session
        self._profile = profile
        self._how = _session_of(profile)
        self._credentials = credentials
        self._lookup = lookup
        self._progress = progress

    def documents(self, so_far: Capture) -> Iterator[Document]:
        """Yield a document for every command; after the session ended, the rest are skipped with the reason."""
        ended = ""
        for kind, spec in self._profile.commands:
            if spec.instead_of and _was_had(so_far, spec.instead_of):
                continue
            for typed in self._typed(so_far, spec):
                obstacle = ended or typed.obstacle
                document = _skipped(kind, typed, obstacle) if obstacle else self._collected(kind, spec, typed)
                if document.outcome in _ENDS_SESSION:
                    ended = document.detail
                so_far = replace(so_far, documents=(*so_far.documents, document))
                yield document

    def _typed(self, so_far: Capture, spec: DocumentKind) -> Iterator[_Typed]:
        """Yield the command with its placeholder filled, or the reason why it cannot be typed."""
        plain = _Typed(spec.command or "", spec.enter, spec.leave)
        needed = self._lookup.holds(so_far, self._profile, spec.when)
        if needed is None:
            yield replace(plain, obstacle=_("it is not known whether this device has it"))
        if not needed:
            return
        if not spec.fill:
            yield plain
            return
        (name, placeholder), *_more = spec.fill.items()
        values = self._lookup.fill(so_far, self._profile, placeholder)
        for value in values if placeholder.each else values[:1]:
            if _VALUE.fullmatch(value):
                yield _filled(plain, name, value, is_context=name == spec.context)
            else:
                why = _("the device names it {value!r}, which is not typed").format(value=value[:64])
                yield replace(plain, obstacle=why)
        if not values:
            yield replace(plain, obstacle=_("nothing that was read says what {name} is").format(name=name))

    def _collected(self, kind: str, spec: DocumentKind, typed: _Typed) -> Document:
        """Go where the command is understood, run it, and come back."""
        if self._progress:
            self._progress(typed.name)
        home = self._session.prompt
        document = _skipped(kind, typed, "")
        try:
            if refused := self._go(typed.enter):
                document = replace(document, outcome=Outcome.REFUSED, detail=refused)
            else:
                document = self._run(kind, spec, typed)
            if typed.enter and document.outcome not in _ENDS_SESSION:
                self._go(typed.leave)
        except CollectionError as error:  # what was read before the way back stays
            is_late = isinstance(error, CommandTimedOut)
            outcome = Outcome.TIMED_OUT if is_late else Outcome.CUT_OFF
            return replace(document, outcome=outcome, detail=error.message)
        if typed.enter and document.outcome not in _ENDS_SESSION and self._session.prompt != home:
            return replace(document, outcome=Outcome.CUT_OFF, detail=_("the way back to the prompt was lost"))
        return document

    def _go(self, lines: Sequence[str]) -> str:
        """Send navigation up to the first line that is refused; return what the device said to that one."""
        for line in lines:
            for said in self._session.go(line).split("\n"):
                if any(re.search(refusal.pattern, said.strip()) for refusal in self._how.refusals):
                    return said.strip()
        return ""

    def _run(self, kind: str, spec: DocumentKind, typed: _Typed) -> Document:
        command = typed.command
        how = self._how.elevation if spec.privileged else None
        if how and re.search(how.when_prompt, self._session.prompt):
            command = how.prefix + command
        name = replace(typed, command=command).name
        problem = command_problem(self._profile, command)
        if problem:
            return _skipped(kind, typed, problem)
        answer = self._session.run(command, spec.timeout)
        text = redact(answer.text, self._credentials.secrets)
        refused = refusal_in(text.split("\n"), spec, self._how) if answer.outcome is Outcome.OK else None
        outcome, detail = refused or (answer.outcome, answer.detail)
        return Document(
            kind=kind, name=name, text=text, outcome=outcome, detail=detail, context=typed.context
        )


def _was_had(capture: Capture, kind: str) -> bool:
    return any(document.kind == kind and document.outcome is Outcome.OK for document in capture.documents)


def _filled(typed: _Typed, name: str, value: str, *, is_context: bool) -> _Typed:
    def put(text: str) -> str:
        return text.replace(f"{{{name}}}", value)

    return _Typed(
        command=put(typed.command),
        enter=tuple(put(line) for line in typed.enter),
        leave=typed.leave,
        context=value if is_context else "",
    )


def _skipped(kind: str, typed: _Typed, why: str) -> Document:
    return Document(
        kind=kind, name=typed.name, text="", outcome=Outcome.SKIPPED, detail=why, context=typed.context
    )
