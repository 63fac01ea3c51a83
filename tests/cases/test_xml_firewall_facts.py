"""Configs of a firewall as a model made them, written by the tests' own writer: what comes out is what went in."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.audit import AuditOptions, Verdict
from auditor.model.capture import Capture, Document, Source, SourceKind, Target
from auditor.model.errors import UnreadableDocument
from auditor.model.facts import Answer, Facts, Known, Missing, Origin, SipAlgState
from auditor.pipeline import Vendors, audit
from auditor.profiles.detection import detect_text
from auditor.profiles.loading import load_profile, load_profiles

SLUG = "opnsense"
DISABLED = {"": True, "<disabled/>": False, "<disabled></disabled>": False, "<disabled>1</disabled>": False,
            "<disabled>0</disabled>": True}  # fmt: skip
NORDR = {"": True, "<nordr>1</nordr>": False, "<nordr/>": False, "<nordr>0</nordr>": True}
NAMES = {5060: "sip", 443: "https", 5061: "sips", 5222: "xmpp-client"}


@dataclass(frozen=True)
class Forward:
    """One rule of the model. `by_alias`: address and ports stand in aliases; `split` puts the ports into two."""

    protocol: str
    first: int
    size: int
    inner: int
    host: int
    disabled: str = ""
    nordr: str = ""
    by_alias: bool = False
    named: bool = False
    descr: str = "x"

    @property
    def outside(self) -> str:
        return str(self.first) if self.size == 1 else f"{self.first}-{self.first + self.size - 1}"

    @property
    def inside(self) -> str:
        return str(self.inner) if self.size == 1 else f"{self.inner}-{self.inner + self.size - 1}"

    def rows(self) -> list[str]:
        """Return the rows that a report has to hold."""
        if not NORDR[self.nordr]:
            return []
        state = "on" if DISABLED[self.disabled] else "off"
        inside = self.outside if self.by_alias else self.inside
        return [
            f"{protocol} {self.outside} > 10.1.0.{self.host}:{inside} {state}"
            for protocol in (self.protocol.lower().split("/") if self.protocol else ["any"])
        ]


@dataclass(frozen=True)
class Config:
    """What a file says."""

    profile: str | None = "normal"
    forwards: tuple[Forward, ...] = ()
    extra: tuple[str, ...] = ()
    alias: str = "A"
    order: tuple[int, ...] = field(default=(0, 1, 2, 3))

    def text(self) -> str:
        profile = "" if self.profile is None else f"<optimization>{self.profile}</optimization>"
        stanzas = [
            f"<system>{profile}<hostname>fw</hostname></system>",
            "<nat><outbound><mode>automatic</mode></outbound>\n" + "\n".join(self._rules()) + "</nat>",
            "<filter/>",
            "<OPNsense><Firewall><Alias><aliases>"
            + "\n".join(self._aliases())
            + "</aliases></Alias></Firewall></OPNsense>",
        ]
        inside = "\n".join([stanzas[index] for index in self.order] + list(self.extra))
        return f"<?xml version='1.0'?>\n<opnsense>\n{inside}\n</opnsense>\n"

    def _rules(self) -> list[str]:
        out = []
        for index, forward in enumerate(self.forwards):
            port, target = forward.outside, f"10.1.0.{forward.host}"
            inner = str(forward.inner)
            if forward.by_alias:
                port, target, inner = (
                    f"{self.alias}p{index}",
                    f"{self.alias}h{index}",
                    f"{self.alias}p{index}",
                )
            elif forward.named and forward.size == 1:
                port = NAMES.get(forward.first, port)
            out.append(
                f"<rule>{forward.disabled}{forward.nordr}<protocol>{forward.protocol}</protocol><interface>wan</interface>"
                f"<source><any/></source><destination><network>wanip</network><port>{port}</port></destination>"
                f"<target>{target}</target><local-port>{inner}</local-port><descr>{escape(forward.descr)}</descr></rule>"
            )
        return out

    def _aliases(self) -> list[str]:
        out = []
        for index, forward in enumerate(self.forwards):
            if forward.by_alias:
                ports = forward.outside.replace("-", ":")
                rows = (
                    ("p", "port", f"{self.alias}q{index}"),
                    ("q", "port", ports),
                    ("h", "host", f"10.1.0.{forward.host}"),
                )
                out += [
                    f"<alias><enabled>1</enabled><name>{self.alias}{kind}{index}</name><type>{type_}</type>"
                    f"<content>{content}</content></alias>"
                    for kind, type_, content in rows
                ]
        return out


def facts_of(text: str) -> Facts:
    documents = documents_of(text, "x", load_profile(SLUG))
    source = Source(kind=SourceKind.FILE, name="x")
    return extract(
        Capture(target=Target(), vendor=SLUG, source=source, documents=documents), load_profile(SLUG)
    )


def rows(facts: Facts) -> list[str]:
    return [
        f"{f.protocol} {f.external_ports} > {f.internal_address}:{f.internal_ports} {'on' if f.enabled else 'off'}"
        for f in facts.port_forwards
    ]


FORWARDS = st.lists(
    st.builds(
        Forward,
        protocol=st.sampled_from(["udp", "tcp", "tcp/udp", "UDP", ""]),
        first=st.one_of(st.sampled_from([5060, 443, 5061]), st.integers(1, 30000)),
        size=st.sampled_from([1, 1, 2, 100]),
        inner=st.integers(1, 30000),
        host=st.integers(2, 250),
        disabled=st.sampled_from(list(DISABLED)),
        nordr=st.sampled_from([*[""] * 4, *NORDR]),
        by_alias=st.booleans(),
        named=st.booleans(),
        descr=st.text("abc äöü<>&'\"#-", max_size=20),
    ),
    max_size=5,
    unique_by=lambda forward: (forward.first, forward.protocol),
).map(tuple)


@settings(max_examples=60, deadline=None)
@given(FORWARDS)
def test_every_forward_comes_out_as_it_went_in(forwards: tuple[Forward, ...]) -> None:
    facts = facts_of(Config(forwards=forwards).text())
    assert rows(facts) == [row for forward in forwards for row in forward.rows()]
    assert isinstance(facts.forwards_complete, Known)


@settings(max_examples=40, deadline=None)
@given(FORWARDS, st.permutations(range(4)), st.integers(0, 10))
def test_order_of_stanzas_names_of_aliases_and_unknown_modules_mean_nothing(
    forwards: tuple[Forward, ...], order: list[int], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable
    extra = (
        "<OPNcentral><udp-multiple>9</udp-multiple></OPNcentral>",
        "<wizardtemp><system><optimization>conservative</optimization></system></wizardtemp>",
    )
    changed = Config(forwards=forwards, order=tuple(order), alias=f"Büro{chance.random()}", extra=extra)
    one, two = facts_of(Config(forwards=forwards).text()), facts_of(changed.text())
    assert rows(one) == rows(two)
    assert [(t.name, t.seconds) for t in one.udp_timers] == [(t.name, t.seconds) for t in two.udp_timers]


@settings(max_examples=60, deadline=None)
@given(FORWARDS, st.sampled_from(["normal", "conservative", None, "odd"]), st.data())
def test_no_cut_says_more_than_the_whole(
    forwards: tuple[Forward, ...], profile: str | None, data: st.DataObject
) -> None:
    text = Config(forwards=forwards, profile=profile).text()
    whole = facts_of(text)
    try:
        part = facts_of(text[: data.draw(st.integers(1, text.index("</opnsense>")))])
    except UnreadableDocument:
        return
    assert {(t.name, t.seconds) for t in part.udp_timers} <= {(t.name, t.seconds) for t in whole.udp_timers}
    assert isinstance(part.forwards_complete, Missing)
    assert part.sip_alg.state is SipAlgState.UNKNOWN
    resolved = [
        row for row in rows(part) if "> 10.1.0." in row
    ]  # a name whose alias was cut off stays a name
    assert set(resolved) <= set(rows(whole))
    if isinstance(part.replied, Known):
        assert part.replied.value.seconds == 60  # only what fails anyway is told of a cut text


@pytest.mark.parametrize(
    ("profile", "seconds"),
    [("normal", (60, 30)), ("high-latency", (60, 30)), ("aggressive", (60, 30)), ("conservative", (900, 150)),
     (None, (60, 30)), ("", (60, 30)), ("Conservative", None), ("long", None)],
)  # fmt: skip
def test_only_one_profile_raises_the_timers(profile: str | None, seconds: tuple[int, int] | None) -> None:
    facts = facts_of(Config(profile=profile).text())
    if seconds is None:
        assert isinstance(facts.replied, Missing)
        assert "not one that is known" in facts.replied.why
        return
    assert isinstance(facts.replied, Known)
    assert isinstance(facts.unreplied, Known)
    assert (facts.replied.value.seconds, facts.unreplied.value.seconds) == seconds
    assert facts.replied.origin is Origin.DEFAULT


@pytest.mark.parametrize(
    ("protocol", "translates"),
    [("", True), ("udp", True), ("tcp/udp", True), ("tcp", False), ("icmp", False)],
)
def test_outbound_rules_for_other_protocols_translate_no_phone(protocol: str, translates: bool) -> None:
    asked = f"<protocol>{protocol}</protocol>" if protocol else ""
    rule_ = f"<rule><interface>wan</interface>{asked}<source><network>lan</network></source></rule>"
    text = Config(profile="conservative").text()
    by_hand = text.replace("<mode>automatic</mode>", f"<mode>advanced</mode>{rule_}")
    assert by_hand != text
    assert isinstance(facts_of(by_hand).nat_role, Known) == translates


def rule(**values: str) -> str:
    usual = {
        "enabled": "1",
        "action": "pass",
        "interface": "wan",
        "direction": "out",
        "protocol": "UDP",
    } | values
    leaves = "".join(f"<{key}>{value}</{key}>" for key, value in usual.items())
    return f"<OPNsense><Firewall><Filter><rules><rule uuid='1'>{leaves}</rule></rules></Filter></Firewall></OPNsense>"


@pytest.mark.parametrize(
    ("profile", "values", "seconds"),
    [
        ("conservative", {"udp-multiple": "30"}, None),
        ("conservative", {"udp-multiple": "120"}, 900),
        ("normal", {"udp-multiple": "120"}, None),
        ("normal", {"udp-multiple": "30"}, 60),
        ("conservative", {"udp-multiple": "30", "enabled": "0"}, 900),
        ("conservative", {"udp-multiple": "30", "direction": "in"}, 900),
        ("conservative", {"udp-multiple": "30", "direction": "any", "interface": ""}, None),
        ("conservative", {"udp-multiple": "30", "action": "block"}, 900),
        ("conservative", {"udp-multiple": "30", "protocol": "TCP"}, 900),
        ("conservative", {"udp-multiple": "30", "protocol": "any"}, None),
        ("conservative", {"udp-multiple": "30", "destination_port": "53"}, 900),
        ("conservative", {"udp-multiple": "30", "destination_port": "Telefonie"}, None),
        ("conservative", {"udp-multiple": "x"}, None),
    ],
)
def test_a_rules_own_timers_make_neither_a_pass_nor_a_failure(
    profile: str, values: dict[str, str], seconds: int | None
) -> None:
    facts = facts_of(Config(profile=profile, extra=(rule(**values),)).text())
    assert (facts.replied.value.seconds if isinstance(facts.replied, Known) else None) == seconds


def test_fields_of_a_near_relative_have_no_effect() -> None:
    text = Config().text().replace("<hostname>", "<udpmultipletimeout>180</udpmultipletimeout><hostname>")
    facts = facts_of(text)
    assert isinstance(facts.replied, Known)
    assert facts.replied.value.seconds == 60


@pytest.mark.parametrize(
    "text",
    [
        Config().text().replace("opnsense", "pfsense"),
        Config()
        .text()
        .replace("<opnsense>", "<pfsense><version>23.3</version>")
        .replace("</opnsense>", "</pfsense>"),
        "[2.7.2-RELEASE][admin@gw.example]/root: pfctl -st\nudp.first   60s\nudp.single   30s\nudp.multiple   60s\n",
        "udp.first   60s\nudp.single   30s\nudp.multiple   60s\n",
        "rdr on igb0 inet proto udp from any to 203.0.113.5 port = sip -> 192.168.1.20\n",
        "---- BEGIN config.xml ----\nVersion: x\n\nU2FsdGVkX1==\n---- END config.xml ----\n",
    ],
)
def test_what_relatives_write_too_is_not_taken_for_this_system(text: str) -> None:
    found, _candidates = detect_text(text, load_profiles())
    assert found is None


def test_a_relatives_config_read_as_this_one_gives_no_pass() -> None:
    session = (
        "root@gw:~ # pfctl -st\nudp.first   300s\nudp.single   300s\nudp.multiple   300s\n"
        "root@gw:~ # cat /conf/config.xml\n"
        + Config("conservative").text().replace("opnsense", "pfsense")
        + "root@gw:~ #\n"
    )
    capture = Capture(
        target=Target(), vendor=SLUG, source=Source(kind=SourceKind.FILE, name="x"),
        documents=documents_of(session, "x", load_profile(SLUG)),
    )  # fmt: skip
    assert audit(capture, AuditOptions(), Vendors()).verdict is Verdict.UNKNOWN


def test_an_encrypted_backup_is_named() -> None:
    facts = facts_of("---- BEGIN config.xml ----\nVersion: x\n\nU2FsdGVkX1==\n---- END config.xml ----\n")
    assert isinstance(facts.replied, Missing)
    assert "encrypted" in facts.replied.why


@pytest.mark.parametrize(
    ("listing", "row"),
    [
        ("rdr on igb0 inet proto udp from any to (igb0) port = sip -> 10.1.0.2", "udp 5060 > 10.1.0.2:5060 on"),
        ("rdr on igb0 inet proto udp from any to (igb0) port = 5060 -> 10.1.0.2 port 5070", "udp 5060 > 10.1.0.2:5070 on"),
        ("rdr pass on igb0 inet proto tcp from ! <known> to 203.0.113.5 port 80:89 -> 10.1.0.2 port 8080:*", "tcp 80-89 > 10.1.0.2:8080-8089 on"),
        ("rdr on igb0 inet from any to 203.0.113.5 -> 10.1.0.2", "any 1-65535 > 10.1.0.2:1-65535 on"),
        ("binat on igb0 inet from 10.1.0.9 to any -> 203.0.113.6", "any 1-65535 > 10.1.0.9:1-65535 on"),
        ("no rdr on igb0 inet proto udp from any to any port = sip", None),
        ('rdr-anchor "miniupnpd" all', None),
    ],
)  # fmt: skip
def test_the_running_redirects_are_read(listing: str, row: str | None) -> None:
    document = Document(kind="nat", name="pfctl -sn", text=listing)
    source = Source(kind=SourceKind.SSH, name="x")
    facts = extract(
        Capture(target=Target(), vendor=SLUG, source=source, documents=(document,)), load_profile(SLUG)
    )
    assert rows(facts) == ([row] if row else [])


def test_a_redirect_that_is_not_understood_is_never_passed_over() -> None:
    text = "rdr on igb0 inet proto udp from any to (igb0) port > 5000 -> <pool> round-robin"
    facts = extract(
        Capture(
            target=Target(), vendor=SLUG, source=Source(kind=SourceKind.SSH, name="x"),
            documents=(Document(kind="nat", name="pfctl -sn", text=text),),
        ),
        load_profile(SLUG),
    )  # fmt: skip
    assert facts.port_forwards == ()
    assert isinstance(facts.forwards_complete, Missing)


def gated(*filters: str) -> Answer:
    forward = "<rule><protocol>udp</protocol><interface>wan</interface><target>10.1.0.2</target><destination><port>5060</port></destination></rule>"
    text = (
        Config()
        .text()
        .replace("</nat>", f"{forward}</nat>")
        .replace("<filter/>", f"<filter>{''.join(filters)}</filter>")
    )
    (found,) = facts_of(text).port_forwards
    return found.permitted


PASSES = "<type>pass</type><interface>wan</interface><protocol>udp</protocol><destination><address>10.1.0.2</address><port>5060</port></destination>"
BLOCKS = "<type>block</type><interface>wan</interface>"


@pytest.mark.parametrize(
    ("filters", "answer"),
    [
        ((), Answer.NO),
        ((PASSES,), Answer.YES),
        ((PASSES.replace("pass", "pass", 1) + "<disabled/>",), Answer.NO),
        ((BLOCKS, PASSES), Answer.NO),
        ((PASSES, BLOCKS), Answer.YES),
        ((BLOCKS.replace("wan", "lan"), PASSES), Answer.YES),
        ((BLOCKS + "<ipprotocol>inet6</ipprotocol>", PASSES), Answer.YES),
        ((BLOCKS + "<source><address>Liste</address></source>", PASSES), Answer.UNKNOWN),
        ((BLOCKS + "<floating>yes</floating>", PASSES), Answer.UNKNOWN),
        ((PASSES.replace("5060", "sip"),), Answer.YES),
        ((PASSES.replace("udp", "tcp/udp"),), Answer.YES),
        ((PASSES.replace("wan", "lan,wan"),), Answer.YES),
        ((PASSES + "<direction>out</direction>",), Answer.NO),
        ((PASSES + "<source><not/><network>192.0.2.0/24</network></source>",), Answer.UNKNOWN),
    ],
)
def test_the_filter_is_asked_for_the_translated_address(filters: tuple[str, ...], answer: Answer) -> None:
    assert gated(*(f"<rule>{one}</rule>" for one in filters)) is answer


def test_rules_of_the_new_store_never_decide() -> None:
    new = rule(direction="in", destination_net="10.1.0.2", destination_port="5060")
    forward = "<rule><protocol>udp</protocol><interface>wan</interface><target>10.1.0.2</target><destination><port>5060</port></destination></rule>"
    (found,) = facts_of(Config(extra=(new,)).text().replace("</nat>", f"{forward}</nat>")).port_forwards
    assert found.permitted is Answer.UNKNOWN
