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
    *(("openwrt", path) for path in sorted(CORPUS.glob("openwrt/*.firewall"))),
    *(("cisco_ios", path) for path in sorted(CORPUS.glob("cisco_ios/*")) if path.suffix != ".yaml"),
    *(("huawei_vrp", path) for path in sorted(CORPUS.glob("huawei_vrp/*.txt"))),
    *(("hp_comware", path) for path in sorted(CORPUS.glob("hp_comware/*.cfg"))),
    *(("linux", path) for path in sorted(CORPUS.glob("linux/*")) if path.suffix in {".nft", ".iptables"}),
    *(("opnsense", path) for path in sorted(CORPUS.glob("opnsense/*.xml"))),
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
        "timers": sorted((t.name, str(t.seconds), t.origin, t.scope, t.alternatives) for t in facts.udp_timers),
        "replied": _value(facts.replied) and _value(facts.replied).seconds,
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


NOTE = "# a note: udp-timeout=1s -j DNAT dnat to 10.0.0.1"
INDENTED = {"cisco_ios"}  # vendors whose configs consist of indented blocks
VIEWS = {"huawei_vrp", "hp_comware"}  # vendors whose configs consist of views with dividers between them
ORDERED = ("access-list", "ip nat")  # statements whose order among each other means something


def _commented(lines: list[str], chance: random.Random, note: str = NOTE) -> Iterator[str]:
    """Comments between statements, not inside a wrapped or braced one's continuation."""
    for index, line in enumerate(lines):
        wrapped = index > 0 and lines[index - 1].rstrip().endswith("\\")
        ended = index > 0 and "Release version:" in lines[index - 1]  # the end that proves the whole text
        if not wrapped and not ended and chance.random() < 0.3:
            yield note
        yield line


def _commented_out(lines: list[str], chance: random.Random) -> Iterator[str]:
    end = lines.index("end") if "end" in lines else len(lines)  # behind it stands nothing
    yield from _commented(lines[:end], chance, "!ip nat translation udp-timeout 1")
    yield from lines[end:]


def _stanzas(lines: list[str]) -> list[list[str]]:
    """Divide into top-level statements with their blocks; a banner is one."""
    stanzas: list[list[str]] = []
    banner = False
    for line in lines:
        if banner or (line[:1].isspace() and stanzas):
            stanzas[-1].append(line)
            banner = banner and "^C" not in line
        else:
            stanzas.append([line])
            banner = line.startswith("banner") and line.count("^C") == 1
    return stanzas


def _permuted(lines: list[str], chance: random.Random) -> Iterator[str]:
    """Stanzas in another order, except those whose order means something; what ends a config stays at its end."""
    stanzas = _stanzas(lines)
    last = max((i for i, stanza in enumerate(stanzas) if stanza[0].strip() == "end"), default=len(stanzas))
    free = [i for i in range(last) if not stanzas[i][0].startswith(ORDERED)]
    moved = dict(zip(free, chance.sample(free, len(free)), strict=True))
    for index in range(len(stanzas)):
        yield from stanzas[moved.get(index, index)]


def _with_strange_stanzas(lines: list[str], chance: random.Random) -> Iterator[str]:
    for stanza in _stanzas(lines):
        if chance.random() < 0.3 and stanza[0].strip():
            yield from ("event manager applet X", ' action 1 cli command "ip nat translation udp-timeout 1"',
                        "  ip nat inside source static udp 192.0.2.1 5060 192.0.2.2 5060")  # fmt: skip
        yield from stanza


def _deeper(lines: list[str], chance: random.Random) -> Iterator[str]:
    """Each level indented by more blanks."""
    step = chance.randint(2, 4)
    for line in lines:
        bare = line.lstrip(" ")
        yield " " * ((len(line) - len(bare)) * step) + bare


def _words_apart(lines: list[str], chance: random.Random) -> Iterator[str]:
    """More blanks, or a tab, between the words of a statement."""
    for line in lines:
        bare = line.lstrip(" ")
        yield " " * (len(line) - len(bare)) + bare.replace(" ", chance.choice([" ", "  ", "\t"]))


def _renamed(lines: list[str], chance: random.Random) -> Iterator[str]:
    """Objects that people name get other names, wherever they stand."""
    heads = r"^(?:zone security|class-map type inspect match-a\S+|policy-map type inspect|ip access-list \w+) (\S+)$"
    names = {match[1] for line in lines if (match := re.search(heads, line))}
    fresh = {name: f"N{number}-{chance.randint(0, 99)}" for number, name in enumerate(sorted(names))}
    for line in lines:
        yield " ".join(fresh.get(word, word) for word in line.split(" "))


def _spaced(lines: list[str], chance: random.Random) -> Iterator[str]:
    for line in lines:
        yield line + (" " * chance.randint(0, 3) if not line.rstrip().endswith("\\") else "")


def _between_elements(lines: list[str], chance: random.Random, extra: str) -> Iterator[str]:
    """An addition where one element has ended and the next one begins."""
    for index, line in enumerate(lines):
        above = lines[index - 1].strip() if index > 1 else ""
        if above.endswith(">") and line.strip().startswith("<") and chance.random() < 0.3:
            yield extra
        yield line


def _xml_commented(lines: list[str], chance: random.Random) -> Iterator[str]:
    return _between_elements(lines, chance, "<!-- <optimization>conservative</optimization> <disabled/> -->")


def _xml_unknown(lines: list[str], chance: random.Random) -> Iterator[str]:
    """Stanzas of modules that nobody knows, right below the root."""
    for index, line in enumerate(lines):
        yield line
        if index and line.startswith("  </") and chance.random() < 0.5:
            yield "  <plugin><udp-multiple>1</udp-multiple><rule><target>10.9.9.9</target></rule></plugin>"


def _xml_unindented(lines: list[str], chance: random.Random) -> Iterator[str]:
    for line in lines:
        yield line.lstrip() + (" " * chance.randint(0, 2))


def _xml_paired(lines: list[str], chance: random.Random) -> Iterator[str]:
    """`<tag/>` is `<tag></tag>`."""
    for line in lines:
        yield re.sub(r"<([\w-]+)/>", r"<\1></\1>", line)


def _xml_wrapped(lines: list[str], chance: random.Random) -> Iterator[str]:
    """A value in a line of its own."""
    for line in lines:
        yield re.sub(r"<(port|target|mode|address)>([^<]+)<", "<\\1>\n\\2\n<", line)


def _divided(lines: list[str]) -> list[list[str]]:
    """Divide a config of views at its dividers; each part begins with one, what stands before the first is a part, too."""
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("#"):
            parts.append([])
        parts[-1].append(line)
    return parts


def _views_permuted(lines: list[str], chance: random.Random) -> Iterator[str]:
    """Views in another order, except those that hold forwards; head and end stay."""
    parts = _divided(lines)
    free = [
        i for i in range(1, len(parts) - 1) if not re.search("nat (?:server|static)", "\n".join(parts[i]))
    ]
    moved = dict(zip(free, chance.sample(free, len(free)), strict=True))
    for index in range(len(parts)):
        yield from parts[moved.get(index, index)]


def _views_strange(lines: list[str], chance: random.Random) -> Iterator[str]:
    first, *others = _divided(lines)
    yield from first
    for part in others:
        if chance.random() < 0.4:
            yield from ("#", "bgp 65001", " #", " ipv4-family unicast", "  firewall-nat session udp aging-time 1",
                        " nat alg sip enable", " session aging-time state udp-ready 1", " undo nat alg sip",
                        " nat server protocol udp global 192.0.2.2 5060 inside 192.0.2.1 5060")  # fmt: skip
        yield from part


def _views_divided_more(lines: list[str], chance: random.Random) -> Iterator[str]:
    for line in lines:
        yield from ["#"] * (chance.randint(1, 3) if line == "#" else 0)
        yield line


def _views_moved_right(lines: list[str], chance: random.Random) -> Iterator[str]:
    left = " " * chance.randint(1, 9)
    for line in lines:
        yield line if line == "return" else left + line


def _views_unindented(lines: list[str], chance: random.Random) -> Iterator[str]:
    del chance
    for line in lines:
        yield line.strip()


Change = Callable[[list[str], random.Random], Iterator[str]]
CHANGES: dict[str, Change] = {
    "comments": _commented,
    "trailing blanks": _spaced,
}
XML_CHANGES: dict[str, Change] = {
    "comments": _xml_commented,
    "unknown stanzas": _xml_unknown,
    "no indentation": _xml_unindented,
    "tags in pairs": _xml_paired,
    "wrapped values": _xml_wrapped,
}
VIEW_CHANGES: dict[str, Change] = {
    "trailing blanks": _spaced,
    "permuted views": _views_permuted,
    "strange views": _views_strange,
    "more dividers": _views_divided_more,
    "deeper blocks": _deeper,
    "moved right": _views_moved_right,
    "no indentation": _views_unindented,
}
OF_INDENTED: dict[str, Change] = {
    "commented-out lines": _commented_out,
    "permuted stanzas": _permuted,
    "strange stanzas": _with_strange_stanzas,
    "deeper blocks": _deeper,
    "words apart": _words_apart,
    "renamed objects": _renamed,
}


def _changes(vendor: str, path: Path) -> dict[str, Change]:
    text = _read(path)
    if vendor in VIEWS and re.search(r"(?m)^#$", text) and not re.search(r"(?m)^<[\w-]+> ?\w", text):
        return VIEW_CHANGES
    if _is_session(text) or vendor in INDENTED | VIEWS:
        return {"trailing blanks": _spaced}  # a console's output carries no comments
    return XML_CHANGES if text.startswith("<?xml") else CHANGES


def _is_session(text: str) -> bool:
    prompt = r"(?m)^(?:\[[^\]\n]*@[^\]\n]*\] |\w+@[\w-]+[:#]|[\w-]+[#>]\w|[\w-]+(?: ?\([\w-]+\))* [#$] )"
    return re.search(prompt, text) is not None


CHANGED = [
    pytest.param(vendor, path, change, id=f"{name}-{what}")
    for (vendor, path), name in zip(TEXTS, IDS, strict=True)
    for what, change in _changes(vendor, path).items()
]


@pytest.mark.parametrize(("vendor", "path", "change"), CHANGED)
def test_what_means_nothing_changes_nothing(vendor: str, path: Path, change: Change) -> None:
    text = _read(path)
    lines = text.split("\n")
    for seed in range(3):
        changed = "\n".join(change(lines, random.Random(seed)))  # noqa: S311 - repeatable
        assert _meaning(_facts(changed, vendor)) == _meaning(_facts(text, vendor))


@pytest.mark.parametrize(("vendor", "path"), [pair for pair in TEXTS if pair[0] in INDENTED])
@pytest.mark.parametrize("change", OF_INDENTED)
def test_what_means_nothing_in_indented_blocks_changes_nothing(vendor: str, path: Path, change: str) -> None:
    text = _read(path)
    if _is_session(text) or not re.search(r"(?m)^interface ", text):
        change = "renamed objects"
    lines = text.split("\n")
    for seed in range(3):
        changed = "\n".join(OF_INDENTED[change](lines, random.Random(seed)))  # noqa: S311 - repeatable
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
                same = [t for t in whole.udp_timers if (t.name, t.scope) == (timer.name, timer.scope)]
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
