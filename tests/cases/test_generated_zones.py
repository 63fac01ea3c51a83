"""Firewalls of a model, written in braces and as set lines: what was written is what is read."""

from __future__ import annotations

import random
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.errors import UnreadableDocument
from auditor.model.facts import Facts, Known, SipAlgState
from auditor.profiles.detection import PROOF, weigh_text
from auditor.profiles.loading import load_profile, profile_paths

PROFILE = load_profile("juniper_junos")
Path = tuple[str, ...]
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,10}", fullmatch=True)


@dataclass(frozen=True)
class Forward:
    name: str
    protocol: str
    first: int
    last: int
    inside: int
    port: int | None
    enabled: bool


@dataclass(frozen=True)
class Firewall:
    zone: str
    application: str
    policy: str
    seconds: int | None  # none: no policy has a timer
    helper: bool
    forwards: tuple[Forward, ...]


@st.composite
def forwards(draw: st.DrawFn, name: str) -> Forward:
    first = draw(st.integers(1, 65000))
    return Forward(
        name=name,
        protocol=draw(st.sampled_from(["udp", "tcp"])),
        first=first,
        last=first + draw(st.sampled_from([0, 0, 1, 99])),
        inside=draw(st.integers(2, 250)),
        port=draw(st.none() | st.integers(1, 65535)),
        enabled=draw(st.booleans()),
    )


@st.composite
def firewalls(draw: st.DrawFn) -> Firewall:
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    return Firewall(
        zone="z" + draw(NAMES),
        application="app-" + draw(NAMES),
        policy="p" + draw(NAMES),
        seconds=draw(st.none() | st.integers(4, 86400)),
        helper=draw(st.booleans()),
        forwards=tuple(draw(forwards(name)) for name in names),
    )


def statements(box: Firewall) -> list[tuple[str, bool]]:
    """Return the statements of a firewall, in the order of an export; the second value: it is in force."""
    way = f"security policies from-zone {box.zone} to-zone wan policy"
    out = ["version 21.4R3", "security alg dns disable"]
    out += [] if box.helper else ["security alg sip disable"]
    out += [
        f"security nat source rule-set OUT from zone {box.zone}",
        "security nat source rule-set OUT to zone wan",
        "security nat source rule-set OUT rule ALL match source-address 0.0.0.0/0",
        "security nat source rule-set OUT rule ALL then source-nat interface",
    ]
    rows = [(row, True) for row in out]
    for number, one in enumerate(box.forwards):
        rows.append((f"security nat destination pool P{number} address 192.0.2.{one.inside}/32", True))
        rows += (
            [(f"security nat destination pool P{number} address port {one.port}", True)] if one.port else []
        )
    rows += [("security nat destination rule-set IN from zone wan", True)] if box.forwards else []
    for number, one in enumerate(box.forwards):
        rule = f"security nat destination rule-set IN rule {one.name}"
        ports = str(one.first) if one.first == one.last else f"{one.first} to {one.last}"
        for rest in (
            "match destination-address 203.0.113.5/32", f"match destination-port {ports}",
            f"match protocol {one.protocol}", f"then destination-nat pool P{number}",
        ):  # fmt: skip
            rows.append((f"{rule} {rest}", one.enabled))
    named = [(box.policy, box.application)] if box.seconds else []
    for policy, application in [*named, ("zz-rest", "any")]:
        for rest in (
            "match source-address any",
            "match destination-address any",
            f"match application {application}",
            "then permit",
        ):
            rows.append((f"{way} {policy} {rest}", True))
    rows.append(("interfaces ge-0/0/0 unit 0 family inet address 203.0.113.5/29", True))
    if box.seconds:
        for rest in ("protocol udp", "destination-port 5060", f"inactivity-timeout {box.seconds}"):
            rows.append((f"applications application {box.application} {rest}", True))
    return [*rows, ("routing-options static route 0.0.0.0/0 next-hop 203.0.113.1", True)]


def lines(box: Firewall) -> str:
    out: list[str] = []
    off: dict[str, None] = {}
    for row, in_force in statements(box):
        out.append(f"set {row}")
        if not in_force:
            off[" ".join(row.split()[:7])] = None
    return "\n".join([*out[:-1], *(f"deactivate {path}" for path in off), out[-1], ""])


# How many words of a way stand on the line of each block.
_BLOCKS = {
    "rule-set": 2,
    "rule": 2,
    "pool": 2,
    "from-zone": 4,
    "policy": 2,
    "unit": 2,
    "family": 2,
    "application": 2,
}


def braces(box: Firewall, chance: random.Random) -> str:
    """Write blocks; some one-word blocks stay in the line of their statement, as the system itself prints some."""
    tree: dict[str, object] = {}
    off = {" ".join(row.split()[:7]) for row, in_force in statements(box) if not in_force}
    for row, _in_force in statements(box):
        words, here, done = row.split(), tree, []
        while words:
            size = min(len(words), _BLOCKS.get(words[0], 1))
            leaf = len(words) == size or words[0] in {
                "protocol",
                "destination-port",
                "inactivity-timeout",
                "version",
                "address",
                "route",
            }
            head = " ".join(words if leaf else words[:size])
            done += words[:size]
            mark = "inactive: " if not leaf and " ".join(done) in off else ""
            words = [] if leaf else words[size:]
            here = here.setdefault(mark + head, {})  # type: ignore[assignment]
    return "## Last commit: 2024-01-01 10:00:00 UTC by admin\n" + _written(tree, "", chance)


def _written(tree: dict[str, object], indent: str, chance: random.Random) -> str:
    text = ""
    for head, inner in tree.items():
        if chance.random() < 0.1:
            text += f"{indent}/* {chance.choice(['alg sip disable;', 'a } note {', 'set security alg sip disable'])} */\n"
        if not inner:
            text += f"{indent}{head};{chance.choice(['', ' ## SECRET-DATA', ''])}\n"
        else:
            text += f"{indent}{head} {{\n{_written(inner, indent + '    ', chance)}{indent}}}\n"  # type: ignore[arg-type]
    return text


def facts_of(text: str) -> Facts:
    source = Source(kind=SourceKind.FILE, name="x")
    documents = documents_of(text, "x", PROFILE)
    return extract(Capture(target=Target(), vendor=PROFILE.slug, source=source, documents=documents), PROFILE)


def meaning(facts: Facts) -> object:
    return (
        facts.replied.value.seconds if isinstance(facts.replied, Known) else None,
        facts.sip_alg.state,
        [
            (f.name, f.protocol, str(f.external_ports), f.internal_address, str(f.internal_ports), f.enabled)
            for f in facts.port_forwards
        ],
        facts.forwards_complete,
    )


def expected(box: Firewall) -> list[object]:
    rows = []
    for one in box.forwards:
        outside = str(one.first) if one.first == one.last else f"{one.first}-{one.last}"
        inside = str(one.port) if one.port else outside
        rows.append(
            (
                f"rule-set IN rule {one.name}",
                one.protocol,
                outside,
                f"192.0.2.{one.inside}/32",
                inside,
                one.enabled,
            )
        )
    return [box.seconds or 60, SipAlgState.ON if box.helper else SipAlgState.OFF, rows]


@settings(max_examples=60, deadline=None)
@given(firewalls(), st.integers(0, 99))
def test_what_was_written_is_read_in_either_form(box: Firewall, seed: int) -> None:
    as_lines = facts_of(lines(box))
    assert list(meaning(as_lines))[:3] == expected(box)  # type: ignore[call-overload]
    assert meaning(facts_of(braces(box, random.Random(seed)))) == meaning(as_lines)  # noqa: S311 - repeatable


@settings(max_examples=25, deadline=None)
@given(firewalls(), st.data())
def test_a_cut_never_passes_what_the_whole_does_not(box: Firewall, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([lines(box), braces(box, random.Random(1))]))  # noqa: S311 - repeatable
    end = data.draw(st.integers(60, len(text)))
    try:
        part = facts_of(text[:end])
    except UnreadableDocument:
        return
    if isinstance(part.replied, Known):
        # A number may be cut off itself.
        assert str(box.seconds or 60).startswith(str(part.replied.value.seconds))
    if part.sip_alg.state is SipAlgState.OFF:
        assert not box.helper
    if isinstance(part.forwards_complete, Known):
        assert len(part.port_forwards) == len(box.forwards)


@settings(max_examples=25, deadline=None)
@given(firewalls(), st.integers(0, 99))
def test_blocks_may_stand_in_any_order_and_beside_unknown_ones(box: Firewall, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable
    text = braces(box, chance)
    head, *blocks = text.replace("\n}\n", "\n}\n\0").split("\0")
    parts = [part for part in [head, *blocks] if part] + [
        "chassis {\n    alarm {\n        udp timeout 5;\n    }\n}\n"
    ]
    body = [part for part in parts if not part.startswith("##")]
    chance.shuffle(body)
    mixed = "".join([*(part for part in parts if part.startswith("##")), *body]).replace(
        "    ", chance.choice(["\t", " ", "      "])
    )
    assert meaning(facts_of(mixed)) == meaning(facts_of(text))


@settings(max_examples=20, deadline=None)
@given(firewalls(), st.integers(0, 99))
def test_both_forms_are_known_by_their_marks_and_by_nobody_else(box: Firewall, seed: int) -> None:
    for text in (lines(box), braces(box, random.Random(seed))):  # noqa: S311 - repeatable
        weights = {slug: weigh_text(text, load_profile(slug)) for slug in profile_paths()}
        assert weights.pop("juniper_junos") >= PROOF
        assert not any(weights.values())


RELATIVES = [
    "Hostname: sw1\nModel: ex2300-24t\nJunos: 20.4R3.8\nJUNOS Software Release [20.4R3.8]\n",
    "Model: mx204\nJunos: 21.2R3\n",
    "Model: qfx5120-48y\nJunos: 21.2R3\nset security zones security-zone a interfaces b\n",
    "set interfaces ethernet eth0 address 192.0.2.1/24\nset system host-name vyos\nset nat source rule 10 translation address masquerade\n",
    'interfaces {\n    ethernet eth0 {\n        address 192.0.2.1/24\n    }\n}\nsystem {\n    host-name r\n}\n// vyos-config-version: "x"\n',
    "set deviceconfig system hostname PA\nset rulebase security rules a from trust\nset zone trust network layer3 ethernet1/1\n",
    "version 15.2\nhostname R\ninterface Gi0\n ip nat inside\n",
]  # fmt: skip


def test_near_relatives_are_not_taken_for_it() -> None:
    assert [weigh_text(text, PROFILE) >= PROOF for text in RELATIVES] == [False] * len(RELATIVES)
