"""Changes that mean nothing change nothing, and a text cut short never says more than the whole one.

Run over our own device cases and, where it is there, over the corpus of real configs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.errors import UnreadableDocument
from auditor.model.facts import Fact, Facts, Known, Origin, SipAlgState
from auditor.profiles.loading import load_profile

ROOT = Path(__file__).resolve().parent.parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
TEXTS = [
    *((path.parent.parent.name, path) for path in sorted(ROOT.glob("tests/devices/*/*/input.txt"))),
    *(("mikrotik_routeros", path) for path in sorted(CORPUS.glob("mikrotik_routeros/*.rsc"))),
    *(("linux", path) for path in sorted(CORPUS.glob("linux/*")) if path.suffix in {".nft", ".iptables"}),
    *(
        (vendor, path)
        for vendor in ("vyos", "ubiquiti_edgerouter")
        for path in sorted(CORPUS.glob(f"{vendor}/*"))
        if path.suffix in {".boot", ".set"}
    ),
]
IDS = [f"{vendor}-{path.stem if path.stem != 'input' else path.parent.name}" for vendor, path in TEXTS]


def _facts(text: str, vendor: str) -> Facts:
    profile = load_profile(vendor)
    source = Source(kind=SourceKind.FILE, name="x")
    documents = documents_of(text, "x", profile)
    return extract(Capture(target=Target(), vendor=vendor, source=source, documents=documents), profile)


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace").replace("\r\n", "\n")


def _meaning(facts: Facts) -> dict[str, Any]:
    """Everything that the facts say, without the lines that say it."""
    return {
        "timers": [(t.name, t.seconds, t.origin, t.scope, t.alternatives) for t in facts.udp_timers],
        "forwards": [
            (f.kind, f.protocol, f.external_address, f.external_ports, f.internal_address, f.internal_ports,
             f.enabled, f.permitted, f.interface, f.source)
            for f in facts.port_forwards
        ],
        "sip": facts.sip_alg.state,
        "known": [
            _value(fact)
            for fact in (facts.forwards_complete, facts.nat_role, facts.source_port, facts.wan_addresses)
        ],
    }  # fmt: skip


def _value(fact: Fact[Any]) -> Any:
    return fact.value if isinstance(fact, Known) else None


def _commented(lines: list[str], chance: random.Random) -> Iterator[str]:
    """Comments between statements, not inside a wrapped or braced one's continuation."""
    for index, line in enumerate(lines):
        wrapped = index > 0 and lines[index - 1].rstrip().endswith("\\")
        ended = index > 0 and "Release version:" in lines[index - 1]  # the end that proves the whole text
        if not wrapped and not ended and chance.random() < 0.3:
            yield "# a note: udp-timeout=1s -j DNAT dnat to 10.0.0.1"
        yield line


def _spaced(lines: list[str], chance: random.Random) -> Iterator[str]:
    for line in lines:
        yield line + (" " * chance.randint(0, 3) if not line.rstrip().endswith("\\") else "")


CHANGES: dict[str, Callable[[list[str], random.Random], Iterator[str]]] = {
    "comments": _commented,
    "trailing blanks": _spaced,
}


def _is_session(text: str) -> bool:
    return re.search(r"(?m)^(?:\[[^\]\n]*@[^\]\n]*\] |\w+@[\w-]+[:#])", text) is not None


@pytest.mark.parametrize(("vendor", "path"), TEXTS, ids=IDS)
@pytest.mark.parametrize("change", CHANGES)
def test_what_means_nothing_changes_nothing(vendor: str, path: Path, change: str) -> None:
    text = _read(path)
    if _is_session(text):
        change = "trailing blanks"  # a console's output carries no comments
    lines = text.split("\n")
    for seed in range(3):
        changed = "\n".join(CHANGES[change](lines, random.Random(seed)))  # noqa: S311 - repeatable
        assert _meaning(_facts(changed, vendor)) == _meaning(_facts(text, vendor))


@pytest.mark.parametrize(("vendor", "path"), TEXTS, ids=IDS)
def test_a_text_cut_short_says_nothing_that_the_whole_does_not(vendor: str, path: Path) -> None:
    text = _read(path)
    whole = _facts(text, vendor)
    lines = text.split("\n")
    step = max(1, len(lines) // 60)
    for end in range(1, len(lines), step):
        try:
            part = _facts("\n".join(lines[:end]), vendor)
        except UnreadableDocument:
            continue
        for timer in part.udp_timers:
            if timer.origin is Origin.DEFAULT:
                same = [t for t in whole.udp_timers if t.name == timer.name]
                assert [(t.origin, t.possible) for t in same] == [(timer.origin, timer.possible)], (
                    end,
                    timer,
                )
        if part.sip_alg.state is SipAlgState.OFF:
            assert whole.sip_alg.state is SipAlgState.OFF, end
        if isinstance(part.forwards_complete, Known):
            assert len(part.port_forwards) == len(whole.port_forwards), end


def test_the_corpus_is_looked_at_where_it_is_there() -> None:
    assert len(TEXTS) > 10
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real configs is not beside this checkout; the own cases were looked at")
    assert any(CORPUS in path.parents for _vendor, path in TEXTS)
