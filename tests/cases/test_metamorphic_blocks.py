"""Block configs: the order of stanzas, names, indents and what nobody knows change nothing; no cut passes anything."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.errors import UnreadableDocument
from auditor.model.facts import Answer, Facts, Known, SipAlgState
from auditor.profiles.loading import load_profile

ROOT = Path(__file__).resolve().parent.parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
VENDOR = "fortinet"
PATHS = [*sorted(ROOT.glob(f"tests/devices/{VENDOR}/*/input.txt")), *sorted(CORPUS.glob(f"{VENDOR}/*.conf"))]
CONFIGS = [
    path for path in PATHS if path.read_text(encoding="utf-8", errors="replace").startswith("#config-")
]
LIMIT = 61
STRANGE = """\
config system not-known-yet
    set udp-idle-timer 1
    edit "x"
        set default-voip-alg-mode "kernel-helper-based"
        config port
            edit 1
                set protocol 17
                set timeout 1
                set start-port 5060
                set end-port 5060
            next
        end
    next
end
"""


def facts_of(text: str) -> Facts:
    profile = load_profile(VENDOR)
    source = Source(kind=SourceKind.FILE, name="x")
    documents = documents_of(text, "x", profile)
    return extract(Capture(target=Target(), vendor=VENDOR, source=source, documents=documents), profile)


def meaning(facts: Facts) -> dict[str, Any]:
    """Everything that the facts say, without lines, names and order."""
    return {
        "timers": sorted((t.name, str(t.seconds), t.origin, str(t.ports), t.path) for t in facts.udp_timers),
        "deciding": facts.replied.value.seconds if isinstance(facts.replied, Known) else None,
        "forwards": sorted(
            (f.kind, f.protocol, f.external_address, f.external_ports, f.internal_address, f.internal_ports,
             f.enabled, f.permitted, str(f.interface), f.source)
            for f in facts.port_forwards
        ),
        "sip": [(layer.name, layer.state, layer.origin) for layer in facts.sip_alg.layers],
        "known": [
            fact.value if isinstance(fact, Known) else None
            for fact in (facts.forwards_complete, facts.nat_role, facts.source_port, facts.wan_addresses)
        ],
        "paths": sorted((path.name, path.carries_phones) for path in facts.paths),
    }  # fmt: skip


def statements(text: str) -> list[str]:
    """Divide a text into its statements, a value that runs over lines kept together."""
    found: list[str] = []
    inside = False
    for line in text.split("\n"):
        if inside:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
        code = re.sub(r"\\.|(?<=\s)#.*", "", line) if not inside else re.sub(r"\\.", "", line)
        inside ^= code.count('"') % 2 == 1
    return found


def stanzas(text: str) -> list[str]:
    """Divide a config into its header and its outermost blocks."""
    found, depth = [""], 0
    for statement in statements(text):
        word = statement.split(maxsplit=1)[0] if statement.strip() else ""
        if word == "config" and depth == 0:
            found.append("")
        depth += (word == "config") - (word == "end")
        found[-1] += f"{statement}\n"
    return found


def shuffled(text: str, chance: random.Random) -> str:
    head, *others, last = stanzas(text)  # the last one may have been cut, or prove that nothing was
    chance.shuffle(others)
    return "".join([head, *others, last])


def indented(text: str, chance: random.Random) -> str:
    """Every statement starts and ends elsewhere; the header stays, for it is no statement."""
    return "\n".join(
        statement
        if not statement.strip() or statement.startswith("#")
        else " " * chance.randint(0, 9) + statement.lstrip() + " " * chance.randint(0, 2)
        for statement in statements(text)
    )


def strange(text: str, chance: random.Random) -> str:
    head, *blocks = stanzas(text)
    at = chance.randrange(len(blocks))
    return "".join([head, *blocks[:at], STRANGE, *blocks[at:]])


def renamed(text: str, chance: random.Random) -> str:
    names = [
        name
        for block in re.findall(
            r"(?ms)^config firewall (?:service custom|service group|vip|vipgrp)\n.*?^end", text
        )
        for name in re.findall(r'(?m)^    edit ("(?:[^"\\]|\\.)*")', block)
        if name != '"ALL"'
    ]
    for name in dict.fromkeys(names):
        text = text.replace(name, f'"an object {chance.randint(0, 10**9)}"')
    return text


def switched_off(text: str, chance: random.Random) -> str:
    """Statements that somebody made a comment of stand between the others."""
    lines = []
    for statement in statements(text):
        if chance.random() < 0.2:
            lines.append("    # set udp-idle-timer 1")
        lines.append(statement)
    return "\n".join(lines)


CHANGES: dict[str, Callable[[str, random.Random], str]] = {
    "stanzas in another order": shuffled,
    "other indents": indented,
    "a stanza that nobody knows": strange,
    "objects renamed": renamed,
    "statements made comments": switched_off,
}


@pytest.mark.parametrize("path", CONFIGS, ids=[f"{p.parent.name}-{p.stem}" for p in CONFIGS])
@pytest.mark.parametrize("change", CHANGES)
def test_what_means_nothing_changes_nothing(path: Path, change: str) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    wanted = meaning(facts_of(text))
    for seed in range(4):
        changed = CHANGES[change](text, random.Random(seed))  # noqa: S311 - repeatable
        assert changed != text
        assert meaning(facts_of(changed)) == wanted, seed


# Who manages the device stands in what is cut off; the timers above it hold all the same.
CUT = [path for path in PATHS if path.parent.name != "managed"]


@pytest.mark.parametrize("path", CUT, ids=[f"{p.parent.name}-{p.stem}" for p in CUT])
def test_no_cut_passes_what_the_whole_does_not(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    whole = facts_of(text)
    lines = text.split("\n")
    step = max(1, len(lines) // 250)
    for end in range(1, len(lines), step):
        try:
            part = facts_of("\n".join(lines[:end]) + "\n")
        except UnreadableDocument:
            continue
        if holds(part):
            assert holds(whole), end
        if part.sip_alg.state is SipAlgState.OFF:
            assert whole.sip_alg.state is SipAlgState.OFF, end
        names = {(f.name, f.permitted) for f in whole.port_forwards}
        assert {(f.name, f.permitted) for f in part.port_forwards if f.permitted is Answer.NO} <= names, end


def holds(facts: Facts) -> bool:
    return isinstance(facts.replied, Known) and (
        facts.replied.value.seconds is None or facts.replied.value.seconds >= LIMIT
    )


@pytest.mark.parametrize(
    "text",
    [
        "#config-version=S108EN-7.4.2-FW-build801-231222:opmode=0:vdom=0:user=admin\nconfig system global\n    set hostname x\nend\n",
        "#config-version=FMG-VM64-7.4.2-FW-build2397-240101:opmode=0:vdom=0:user=admin\nconfig system global\nend\nconfig system interface\nend\n",
        "#config-version=FWB_VM-7.4.2-FW-build580-231222:opmode=0:vdom=0:user=admin\nconfig system interface\nend\n",
        "#config-version=FPXVM6-7.4.2-FW-build580-231222:opmode=0:vdom=0:user=admin\nconfig firewall policy\nend\nconfig firewall vip\nend\n",
        "Version: FortiAnalyzer-VM64 v7.4.2\nconfig system global\nend\nconfig system interface\nend\n",
        "Version: FortiSwitch-108E v7.4.2,build0801,231222 (GA)\nHostname: sw1\n",
    ],
)
def test_other_systems_that_write_the_same_language_are_not_taken_for_it(text: str) -> None:
    from auditor.profiles.detection import detect_text
    from auditor.profiles.loading import load_profiles

    found, candidates = detect_text(text, load_profiles())
    assert found is None
    assert VENDOR not in {profile.slug for profile in candidates}
