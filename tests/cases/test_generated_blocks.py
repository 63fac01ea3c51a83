"""Made-up firewalls, written as their block config, give the facts that they were made with."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.facts import Answer, Facts, Known
from auditor.profiles.loading import load_profile

PROFILE = load_profile("fortinet")
SIP, LIMIT = 5060, 61
PORTS = st.sampled_from([53, 1024, 5059, SIP, 5061, 10000, 65535])
SECONDS = st.integers(1, 86400)
NAMES = st.sampled_from(["SIP", "Voice & Video", 'odd "quotes"', "back\\slash", "two\tblanks  here", "Über"])


@dataclass(frozen=True)
class Entry:
    """A timer of a protocol and a range of ports."""

    protocol: int
    first: int
    last: int
    seconds: int

    def catches(self) -> bool:
        return self.protocol in {0, 17} and self.first <= SIP <= self.last


@dataclass(frozen=True)
class Service:
    """A named service with ranges of UDP ports and a timer, 0 for none."""

    ranges: tuple[tuple[int, int], ...]
    idle: int

    def catches(self) -> bool:
        return self.idle > 0 and any(first <= SIP <= last for first, last in self.ranges)


@dataclass(frozen=True)
class Policy:
    """A policy that names services, or forwards as its destination."""

    services: tuple[str, ...]
    destinations: tuple[str, ...]
    accepts: bool
    enabled: bool

    def counts(self) -> bool:
        return self.accepts and self.enabled


@dataclass(frozen=True)
class Forward:
    """A forward of ports; without a protocol it is that of a whole address."""

    protocol: str
    first: int
    last: int
    inside: int


@dataclass(frozen=True)
class Model:
    """A firewall."""

    idle: int | None
    entries: tuple[Entry, ...]
    services: dict[str, Service]
    groups: dict[str, tuple[str, ...]]
    policies: tuple[Policy, ...]
    forwards: dict[str, Forward]


def _range(pair: tuple[int, int]) -> tuple[int, int]:
    return (min(pair), max(pair))


RANGES = st.tuples(PORTS, PORTS).map(_range)
ENTRIES = st.builds(
    lambda protocol, ports, seconds: Entry(protocol, ports[0], ports[1], seconds),
    st.sampled_from([0, 6, 17]), RANGES, SECONDS,
)  # fmt: skip
SERVICES = st.builds(
    Service, st.lists(RANGES, max_size=3).map(tuple), st.one_of(st.just(0), st.integers(1, 200))
)
FORWARDS = st.builds(
    lambda protocol, ports, inside: Forward(protocol, ports[0], ports[1], inside),
    st.sampled_from(["", "tcp", "udp", "sctp"]), RANGES, st.integers(1, 400),
)  # fmt: skip


@st.composite
def models(draw: st.DrawFn) -> Model:
    services = draw(st.dictionaries(NAMES, SERVICES, max_size=4))
    known = st.sampled_from([*services, "ALL"])
    groups = draw(
        st.dictionaries(
            st.sampled_from(["group 1", "group 2"]), st.lists(known, min_size=1, max_size=3).map(tuple)
        )
    )
    forwards = draw(st.dictionaries(NAMES.map("to {}".format), FORWARDS, max_size=4))
    policies = st.builds(
        Policy,
        st.lists(st.sampled_from([*services, *groups, "ALL"]), min_size=1, max_size=3).map(tuple),
        st.lists(st.sampled_from([*forwards, "all"]), min_size=1, max_size=3).map(tuple),
        st.booleans(),
        st.booleans(),
    )
    return Model(
        idle=draw(st.none() | SECONDS),
        entries=tuple(draw(st.lists(ENTRIES, max_size=3))),
        services=services,
        groups=groups,
        policies=tuple(draw(st.lists(policies, max_size=4))),
        forwards=forwards,
    )


def quoted(*words: str) -> str:
    return " ".join('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words)


def block(name: str, objects: list[tuple[str, list[str]]]) -> list[str]:
    lines = [f"config {name}"]
    for title, held in objects:
        lines += [f"    edit {title}", *(f"        set {line}" for line in held), "    next"]
    return [*lines, "end"]


def forward_lines(forward: Forward) -> list[str]:
    lines = ["extip 198.51.100.7", 'mappedip "192.0.2.9"', 'extintf "wan1"']
    if not forward.protocol:
        return lines
    length = forward.last - forward.first
    protocol = [] if forward.protocol == "tcp" else [f"protocol {forward.protocol}"]
    return [
        *lines, "portforward enable", *protocol, f"extport {forward.first}-{forward.last}",
        f"mappedport {forward.inside}" + (f"-{forward.inside + length}" if length % 2 else ""),
    ]  # fmt: skip


def written(model: Model) -> str:
    """Write the model as a saved config."""
    services = [
        (quoted(name), ([f"udp-portrange {' '.join(f'{a}-{b}:1-65535' for a, b in service.ranges)}"] if service.ranges else [])
         + [f"udp-idle-timer {service.idle}"])
        for name, service in model.services.items()
    ]  # fmt: skip
    services.append((quoted("ALL"), ["protocol IP"]))
    policies = [
        (str(number), [
            'srcintf "wan1"', 'dstintf "lan"', 'srcaddr "all"', f"dstaddr {quoted(*policy.destinations)}",
            *(["action accept"] if policy.accepts else []), 'schedule "always"', f"service {quoted(*policy.services)}",
            *([] if policy.enabled else ["status disable"]),
        ])
        for number, policy in enumerate(model.policies, 1)
    ]  # fmt: skip
    entries = [
        (str(number), [f"protocol {e.protocol}", f"timeout {e.seconds}", f"start-port {e.first}", f"end-port {e.last}"])
        for number, e in enumerate(model.entries, 1)
    ]  # fmt: skip
    ports = ["    " + line for line in block("port", entries)]
    return "\n".join([
        "#config-version=FGT60F-7.4.7-FW-build2731-250120:opmode=0:vdom=0:user=admin",
        "config system global",
        *([] if model.idle is None else [f"    set udp-idle-timer {model.idle}"]),
        "end",
        *block("system session-helper", []),
        *block("system settings", []),
        *block("firewall service custom", services),
        *block("firewall service group", [(quoted(n), [f"member {quoted(*m)}"]) for n, m in model.groups.items()]),
        *block("firewall vip", [(quoted(name), forward_lines(f)) for name, f in model.forwards.items()]),
        *block("firewall policy", policies),
        "config system session-ttl", *ports, "end",
        *block("router multicast", []),
        "",
    ])  # fmt: skip


def facts_of(model: Model) -> Facts:
    documents = documents_of(written(model), "x", PROFILE)
    source = Source(kind=SourceKind.FILE, name="x")
    return extract(Capture(target=Target(), vendor="fortinet", source=source, documents=documents), PROFILE)


def used(model: Model) -> set[str]:
    """Return the services that policies in force name, in groups as well."""
    named = {name for policy in model.policies if policy.counts() for name in policy.services}
    return named | {member for name in named for member in model.groups.get(name, ())}


@given(models())
@settings(deadline=None)
def test_the_timer_that_decides_is_the_smallest_that_can_apply(model: Model) -> None:
    possible = [s.idle for name, s in model.services.items() if name in used(model) and s.catches()]
    entries = [entry.seconds for entry in model.entries if entry.catches()]
    rest = entries or ([] if model.idle is None else [model.idle])
    possible += rest
    fact = facts_of(model).replied
    if rest or (possible and min(possible) < LIMIT):
        assert isinstance(fact, Known), fact
        assert fact.value.seconds == min(possible)
    else:
        assert not isinstance(fact, Known), fact


@given(models())
@settings(deadline=None)
def test_every_timer_is_told_once_on_its_line(model: Model) -> None:
    facts, lines = facts_of(model), written(model).split("\n")
    told = sorted((timer.name, timer.row, timer.seconds) for timer in facts.udp_timers)
    wanted = [("service udp-idle-timer", n, s.idle) for n, s in model.services.items() if s.idle and s.ranges]
    wanted += [
        ("session-ttl port", str(n), e.seconds) for n, e in enumerate(model.entries, 1) if e.protocol != 6
    ]
    wanted += [] if model.idle is None else [("udp-idle-timer", "", model.idle)]
    assert told == sorted(wanted)
    for timer in facts.udp_timers:
        assert timer.evidence
        assert lines[timer.evidence.line - 1].strip().split()[-1] == str(timer.seconds)


@given(models())
@settings(deadline=None)
def test_forwards_come_back_as_they_were_made(model: Model) -> None:
    facts = facts_of(model)
    rows = {
        (f.name, f.protocol, str(f.external_ports), str(f.internal_ports), f.enabled)
        for f in facts.port_forwards
    }
    assert rows == {
        (name, "any", "1-65535", "1-65535", True)
        if not f.protocol
        else (
            name,
            f.protocol,
            text(f.first, f.last),
            text(f.inside, min(f.inside + f.last - f.first, 65535)),
            True,
        )
        for name, f in model.forwards.items()
        if not f.protocol or f.inside + f.last - f.first <= 65535
    } | {row for row in rows if row[0] in too_long(model)}
    named = {name for policy in model.policies if policy.counts() for name in policy.destinations}
    for forward in facts.port_forwards:
        assert (forward.permitted is Answer.NO) == (forward.name not in named)


def too_long(model: Model) -> set[str]:
    """Return the forwards whose inside ports would not fit: no device takes them."""
    return {name for name, f in model.forwards.items() if f.protocol and f.inside + f.last - f.first > 65535}


def text(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
