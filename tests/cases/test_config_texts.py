"""Made-up routers, written as blocks and as set lines: both give the facts that they were made of, in any order."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.facts import Facts, Known
from auditor.profiles.loading import load_profile

TREE = load_profile("vyos")
CASE = Path(__file__).resolve().parent.parent / "devices" / "vyos" / "v12_block_module_unless_disabled"
END = (
    '\n// vyos-config-version: "config-management@1:conntrack@{level}:nat@5"\n// Release version: {release}\n'
)


def _facts(text: str) -> Facts:
    source = Source(kind=SourceKind.FILE, name="x")
    documents = documents_of(text, "x", TREE)
    return extract(Capture(target=Target(), vendor="vyos", source=source, documents=documents), TREE)


def _told(facts: Facts) -> dict[str, Any]:
    return {
        "timers": sorted((t.name, t.seconds, t.origin) for t in facts.udp_timers if t.flow != "sip"),
        "forwards": sorted(
            (
                f.protocol,
                str(f.external_ports),
                f.internal_address,
                str(f.internal_ports),
                f.enabled,
                f.interface or "",
            )
            for f in facts.port_forwards
        ),
        "complete": isinstance(facts.forwards_complete, Known),
        "sip": facts.sip_alg.state,
    }


RULE = st.fixed_dictionaries(
    {
        "port": st.tuples(st.integers(1, 60000), st.integers(0, 50)),
        "protocol": st.sampled_from(["tcp", "udp", "tcp_udp"]),
        "inside": st.integers(1, 254),
        "disabled": st.booleans(),
        "translated": st.none() | st.integers(1, 65535),
    }
)


def _statements(rules: dict[int, dict[str, Any]], other: int, stream: int, *, sip: bool) -> list[list[str]]:
    """Return the statements of a router, one path each."""
    made = [["interfaces", "ethernet", "eth0", "address", "198.51.100.6/29"]]
    for number, rule in sorted(rules.items()):
        here = ["nat", "destination", "rule", str(number)]
        first, more = rule["port"]
        made += [[*here, "destination", "port", str(first) if not more else f"{first}-{first + more}"]]
        made += [[*here, "disable"]] if rule["disabled"] else []
        made += [[*here, "inbound-interface", "eth0"], [*here, "protocol", rule["protocol"]]]
        made += [[*here, "translation", "address", f"192.0.2.{rule['inside']}"]]
        made += [[*here, "translation", "port", str(rule["translated"])]] if rule["translated"] else []
    made += [["nat", "source", "rule", "100", "outbound-interface", "eth0"]]
    made += [["nat", "source", "rule", "100", "translation", "address", "masquerade"]]
    made += [["system", "conntrack", "modules", module] for module in (["ftp", "sip"] if sip else ["ftp"])]
    made += [["system", "conntrack", "timeout", "udp", "other", str(other)]]
    made += [["system", "conntrack", "timeout", "udp", "stream", str(stream)]]
    return [*made, ["system", "host-name", "x"], ["system", "login", "user", "a", "level", "admin"]]


def _blocks(statements: list[list[str]]) -> str:
    """Write a block for every word but those of the leaf."""
    lines: list[str] = []
    path: list[str] = []
    for words in statements:
        leaf = 1 if words[-1] in {"disable", "ftp", "sip"} else 2
        nodes = words[:-leaf]
        same = next(
            (i for i, (a, b) in enumerate(zip(nodes, path, strict=False)) if a != b),
            min(len(nodes), len(path)),
        )
        lines += ["}"] * (len(path) - same) + [f"{node} {{" for node in nodes[same:]]
        path = nodes
        lines.append(" ".join(words[-leaf:]))
    return "\n".join([*lines, *["}"] * len(path), ""])


def _wanted(rules: dict[int, dict[str, Any]]) -> list[tuple[str, str, str, str, bool, str]]:
    rows = []
    for rule in rules.values():
        first, more = rule["port"]
        outside = str(first) if not more else f"{first}-{first + more}"
        inside = str(rule["translated"]) if rule["translated"] else outside
        rows += [
            (protocol, outside, f"192.0.2.{rule['inside']}", inside, not rule["disabled"], "eth0")
            for protocol in rule["protocol"].split("_")
        ]
    return sorted(set(rows))


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.integers(1, 9999), RULE, max_size=4),
    st.integers(1, 900),
    st.integers(1, 900),
    st.booleans(),
)
def test_both_writings_give_what_the_router_was_made_of(
    rules: dict[int, dict[str, Any]], other: int, stream: int, sip: bool
) -> None:
    statements = _statements(rules, other, stream, sip=sip)
    block = _told(_facts(_blocks(statements) + END.format(level=3, release="1.3.6")))
    listing = _told(_facts("".join(f"set {' '.join(words)}\n" for words in statements)))
    assert sorted(set(block["forwards"])) == _wanted(rules)
    assert block["timers"] == [
        ("timeout udp other", other, "configured"),
        ("timeout udp stream", stream, "configured"),
    ]
    assert block["complete"]
    assert block["sip"] == ("on" if sip else "off")
    # A listing without its release does not tell which logic holds for a module that is not listed.
    assert listing == block | ({} if sip else {"sip": "unknown"})


@pytest.mark.parametrize(
    ("level", "release", "stated", "state"),
    [
        (1, "1.2.9", "", "on"),
        (1, "1.3-beta-202101091250", "", "on"),  # the name says 1.3, the level still has the old logic
        (2, "1.3-rolling-202101091250", "", "on"),
        (3, "1.3.0", "", "off"),
        (3, "1.2.9", "", "off"),
        (5, "1.5-rolling-202501010101", "", "off"),
        (1, "1.3-beta-202101091250", "disable", "off"),
        (3, "1.3.0", "sip", "on"),
        (1, "1.2.9", "sip", "on"),
    ],
)
def test_the_modules_logic_turns_with_the_level(level: int, release: str, stated: str, state: str) -> None:
    inner = {"": "ftp", "sip": "sip", "disable": "sip {\ndisable\n}"}[stated]
    text = f"interfaces {{\n}}\nsystem {{\nconntrack {{\nmodules {{\n{inner}\n}}\n}}\n}}\n"
    assert _facts(text + END.format(level=level, release=release)).sip_alg.state == state


@pytest.mark.parametrize("seed", range(5))
def test_order_names_and_depth_of_blocks_change_nothing(seed: int) -> None:
    text = (CASE / "input.txt").read_text(encoding="utf-8")
    tree, mark, end = text.partition("\n\n/* Warning")
    blocks = [f"{block.strip()}\n}}" for block in tree.strip().removesuffix("\n}").split("\n}\n")]
    random.Random(seed).shuffle(blocks)  # noqa: S311 - repeatable
    strange = "policy {\n    route X {\n        rule 1 {\n            set {\n                table 1\n            }\n        }\n    }\n}"
    changed = "\n".join([strange, *blocks]) + mark + end
    changed = changed.replace("PHONES", "G-1").replace("WAN_IN", "FROM-OUTSIDE").replace("    ", "\t")
    assert _told(_facts(changed)) == _told(_facts(text))
