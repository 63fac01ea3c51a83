"""Port forwards: those that are needed have to lead to the right machine, those that steal have to go."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.audit import AddPortForward, RemovePortForward, Scenario, Severity, WantedForward
from auditor.model.facts import Answer, Facts, PortForward
from auditor.model.text import N_, _
from auditor.rules.coverage import (
    Coverage,
    State,
    by_access_list,
    forward_text,
    judge_need,
    open_to_all,
    overlapping,
)
from auditor.rules.requirements import Need, Users
from auditor.rules.rule import Context, Note, Problem, rule, sentences

_PORT_PAGE = N_("STARFACE port page: https://knowledge.starface.de/pages/viewpage.action?pageId=46564693")
_STOLEN = N_("A forward of SIP, audio or provisioning ports takes packets away from the phones.")
_NEEDED = N_("The selected features need port forwards to the phone system.")


def _coverages(facts: Facts, context: Context) -> Iterator[Coverage]:
    options = context.options
    for need in context.selection.needs:
        yield from judge_need(
            need,
            facts.port_forwards,
            context.selection.requirements,
            pbx=options.pbx if context.onprem else None,
            sources=options.sources,
            mixed=context.selection.mixed_users,
        )


def _none_needed() -> Note:
    return Note(title=_("The selected features need no port forward."), applies=False)


def users_text(users: Users) -> str:
    """Return who has to be able to use a forward, in words."""
    return {
        Users.ANY: _("from anywhere"),
        Users.PROVIDER: _("from the provider only"),
        Users.PARTNER: _("from the partner's phone system only"),
        Users.KNOWN_ADDRESSES: _("from known addresses only"),
        Users.CLOUD_PBX: _("from the cloud phone system only"),
    }[users]


def _wanted_text(coverage: Coverage, need: Need) -> str:
    return _("{ports} to {address}, {users}").format(
        ports=_(" or ").join(coverage.alternatives),
        address=coverage.address or _("the machine that offers it"),
        users=users_text(need.source),
    )


def _addition(coverage: Coverage, context: Context) -> AddPortForward | None:
    """Return the forward to add; none where its machine, or who may use it, is not known."""
    anybody = coverage.need.source is Users.ANY
    if coverage.address is None or not (anybody or _users_known(context)):
        return None
    source = None if anybody else ",".join(context.options.sources)
    return AddPortForward(
        forward=WantedForward(
            protocol=coverage.protocol,
            ports=str(coverage.port.range),
            address=coverage.address,
            source=source,
        )
    )


def _users_known(context: Context) -> bool:
    """Tell whether the known addresses are those of the one group of users that a forward is limited to."""
    return bool(context.options.sources) and not context.selection.mixed_users


def _how_to_name_users(coverage: Coverage, context: Context) -> str:
    """Return what has to be said before a command can be written, nothing where all is said."""
    if coverage.need.source is Users.ANY or _users_known(context):
        return ""
    if context.selection.mixed_users:
        return _("Check one feature at a time, with --source for its users, to get the command for it.")
    return _("Name who may use it with --source to get the command for it.")


@rule(
    "PORT001",
    severity=Severity.HIGH,
    shown=("port_forwards",),
    references=(_PORT_PAGE,),
    matters=_NEEDED,
    finds_absence=True,
)
def port_forward_missing(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """A port forward is missing that a selected feature needs.

    The port page names the ports of each feature. Without the forward that feature does not work from outside; a VPN,
    which STARFACE recommends, does without the forward.
    """
    coverages = tuple(_coverages(facts, context))
    for coverage in coverages:
        if coverage.state is not State.MISSING:
            continue
        detail = sentences(
            _("A selected feature needs {ports} ({purpose}) from outside.").format(
                ports=_(" or ").join(coverage.alternatives), purpose=_(coverage.port.purpose)
            ),
            _("STARFACE recommends a VPN instead of an open forward wherever possible."),
            _how_to_name_users(coverage, context),
        )
        yield Problem(
            title=_("No port forward for {ports}").format(ports=_(" or ").join(coverage.alternatives)),
            detail=detail,
            expected=_wanted_text(coverage, coverage.need),
            actual=_("no such forward"),
            by_absence=True,
            remedy=_addition(coverage, context),
        )
    yield Note(title=_("Every forward that is needed exists.")) if coverages else _none_needed()


@rule(
    "PORT002",
    severity=Severity.HIGH,
    shown=("port_forwards",),
    references=(_PORT_PAGE,),
    matters=_NEEDED,
    finds_absence=True,
)
def port_forward_wrong(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """A needed port forward leads astray, is switched off, or is not let through.

    A forward to another machine or another port, a disabled one, one that covers a part of the range, and one that the
    filter does not let through are as good as none.
    """
    coverages = tuple(_coverages(facts, context))
    for coverage in coverages:
        if coverage.state not in {State.WRONG, State.UNCERTAIN}:
            continue
        uncertain = coverage.state is State.UNCERTAIN
        title = (
            _("Not certain that {ports} arrives") if uncertain else _("The port forward for {ports} is wrong")
        )
        yield Problem(
            title=title.format(ports=coverage.name),
            detail=_("{reasons}. Correct the forward that is there.").format(
                reasons="; ".join(coverage.reasons)
            )
            if not uncertain
            else _("Not certain: {doubt}.").format(doubt="; ".join(coverage.reasons)),
            expected=_wanted_text(coverage, coverage.need),
            actual="; ".join(forward_text(forward) for forward in coverage.forwards),
            evidence=tuple(dict.fromkeys(forward.evidence for forward in coverage.forwards)),
            certain=not uncertain,
            by_absence=True,
        )
    good = [
        forward for coverage in coverages if coverage.state is State.GOOD for forward in coverage.forwards
    ]
    yield (
        Note(
            title=_("Every forward that exists for a feature is right."),
            actual="; ".join(dict.fromkeys(forward_text(forward) for forward in good)),
            evidence=tuple(dict.fromkeys(forward.evidence for forward in good)),
        )
        if coverages
        else _none_needed()
    )


def steals(forward: PortForward, context: Context) -> bool:
    """Tell whether a forward catches packets that are the phones'."""
    return forward.enabled and forward.permitted is not Answer.NO and bool(stolen(forward, context))


def stolen(forward: PortForward, context: Context) -> tuple[str, ...]:
    """Return the ids of the phones' ports that a forward catches; needed forwards catch nothing."""
    selection = context.selection
    ids = [name for name in selection.requirements.forbidden_in_cloud if name not in selection.needed_ports()]
    return tuple(
        name for name in ids if overlapping(forward, selection.requirements.ports[name], outside=True)
    )


def _only_phones_ports(forward: PortForward, names: tuple[str, ...], context: Context) -> bool:
    """Tell whether nothing else is lost with the forward."""
    numbers = [context.selection.requirements.ports[name].range for name in names]
    numbers += [context.selection.requirements.ports["sips"].range]
    return all(
        any(ports.first <= number <= ports.last for ports in numbers)
        for number in range(forward.external_ports.first, forward.external_ports.last + 1)
    )


@rule(
    "PORT003",
    severity=Severity.HIGH,
    scenario=Scenario.CLOUD,
    shown=("port_forwards",),
    references=(_PORT_PAGE, N_("A cloud phone system needs no forward: phones open the way themselves")),
    matters=_STOLEN,
)
def port_forward_steals(facts: Facts, context: Context) -> Iterator[Problem | Note]:
    """A port forward steals the phones' packets.

    With the phone system in the cloud, phones open their way through the NAT themselves. A forward of SIP, audio or
    provisioning ports hands such packets to one machine, and shows that machine to the internet.
    """
    for forward in facts.port_forwards:
        if steals(forward, context):
            yield _theft(forward, context)
    yield Note(title=_("No forward takes the phones' ports."), expected=_("no forward of the phones' ports"))


def _theft(forward: PortForward, context: Context) -> Problem:
    names = stolen(forward, context)
    alone = _only_phones_ports(forward, names, context)
    taken = (context.selection.requirements.ports[name] for name in names)
    ports = ", ".join(dict.fromkeys(f"{'/'.join(port.protocols)} {port.range}" for port in taken))
    doubts = _doubts_of_theft(forward)
    return Problem(
        title=_("A forward takes the phones' ports: {forward}").format(forward=forward_text(forward)),
        detail=sentences(
            _("It catches {ports}, which phones use with the cloud, and gives it to {address}.").format(
                ports=ports, address=forward.internal_address
            ),
            _("A cloud phone system needs no forward: take it away.")
            if alone
            else _("It carries other ports too: narrow it by hand, so that these are left out."),
            *doubts,
        ),
        expected=_("no forward of {ports}").format(ports=ports),
        actual=forward_text(forward),
        evidence=(forward.evidence,),
        certain=not doubts,
        remedy=RemovePortForward(forward=forward) if alone else None,
    )


def _doubts_of_theft(forward: PortForward) -> tuple[str, ...]:
    """Return what may make a forward harmless, as sentences."""
    doubts = []
    if not open_to_all(forward):
        doubts.append(
            _("Only {source} can use it: harmless if the cloud phone system is not among them.").format(
                source=forward.source
            )
        )
    unread = by_access_list(forward)
    if unread:
        doubts.append(_("Not certain: {doubt}.").format(doubt=unread))
    return tuple(doubts)
