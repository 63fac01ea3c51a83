"""Menus, tables and sections: order, names, notes, strangers, spacing and wrapping change nothing, in any document of a text.

Run over our own cases and, where it is there, over the corpus of real configs; a session's outputs are changed one by one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.audit import AuditOptions, Verdict
from auditor.model.capture import Capture, Document, Source, SourceKind, Target
from auditor.model.errors import UnreadableDocument
from auditor.model.facts import Facts, Known, Origin, SipAlgState
from auditor.pipeline import Vendors, audit
from auditor.profiles.loading import load_profile

ROOT = Path(__file__).resolve().parent.parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
SLUGS = ("cisco_ios", "fortinet", "lancom_lcos", "linux", "mikrotik_routeros", "openwrt", "opnsense")
PATHS = [
    (slug, path)
    for slug in SLUGS
    for path in (*sorted(ROOT.glob(f"tests/devices/{slug}/*/input.txt")), *sorted(CORPUS.glob(f"{slug}/*")))
    if path.suffix != ".yaml"
]
Change = Callable[[str, random.Random], str]


def _capture(slug: str, text: str) -> Capture:
    documents = documents_of(text, "x", load_profile(slug))
    source = Source(kind=SourceKind.FILE, name="x")
    return Capture(target=Target(), vendor=slug, source=source, documents=documents)


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace").replace("\r\n", "\n").removeprefix("\ufeff")


def _meaning(facts: Facts, *, whole: bool = True) -> dict[str, Any]:
    """What the facts say, without lines, names and order; what absence says only with `whole`."""
    timers = [t for t in facts.udp_timers if whole or t.origin is Origin.CONFIGURED]
    known = (facts.forwards_complete, facts.nat_role, facts.source_port, facts.wan_addresses)
    return {
        "timers": sorted((str(t.flow), str(t.seconds), str(t.origin), str(t.ports)) for t in timers),
        "forwards": sorted(
            (f.kind, f.protocol, str(f.external_ports), f.internal_address, str(f.internal_ports), f.enabled)
            for f in facts.port_forwards
        ),
        "sip": facts.sip_alg.state if whole or facts.sip_alg.state is not SipAlgState.UNKNOWN else None,
        "known": [fact.value if isinstance(fact, Known) else None for fact in known] if whole else None,
    }


# --- Scripts of menus -------------------------------------------------------------------------------------------------


def _logical(text: str) -> list[list[str]]:
    """Divide into statements, each with the lines over which it is wrapped."""
    found: list[list[str]] = []
    wrapped = False
    for line in text.split("\n"):
        if wrapped:
            found[-1].append(line)
        else:
            found.append([line])
        wrapped = line.rstrip().endswith("\\") and not line.lstrip().startswith("#")
    return found


def _menus(text: str) -> list[str]:
    """Divide into the head and the menus with what belongs to them."""
    found = [""]
    for statement in _logical(text):
        if statement[0].startswith("/"):
            found.append("")
        found[-1] += "\n".join(statement) + "\n"
    return found


def menus_in_another_order(text: str, chance: random.Random) -> str:
    head, *menus = _menus(text)
    chance.shuffle(menus)
    return head + "".join(menus)


def unknown_menus(text: str, chance: random.Random) -> str:
    head, *menus = _menus(text)
    strange = "/container firewall\nset udp-timeout=1s udp-stream-timeout=1s\nadd action=dst-nat chain=dstnat dst-port=5060 to-addresses=10.0.0.1\n"
    return head + "".join((strange if chance.random() < 0.3 else "") + menu for menu in menus)


def wrapped_elsewhere(text: str, chance: random.Random) -> str:
    """Every statement in one line, then broken at other words than before."""
    lines = []
    for statement in _logical(text):
        whole = re.sub(r"\\\n\s*", "", "\n".join(statement))
        if whole.startswith(("add ", "set ")) and '"' not in whole:
            words = whole.split(" ")
            whole = words[0] + "".join(
                (" \\\n    " if chance.random() < 0.3 else " ") + word for word in words[1:]
            )
        lines.append(whole)
    return "\n".join(lines)


def menus_commented_out(text: str, chance: random.Random) -> str:
    lines = []
    for statement in _logical(text):
        lines += statement
        if chance.random() < 0.3:
            lines.append("# set udp-timeout=1s udp-stream-timeout=1s sip disabled=no")
    return "\n".join(lines)


def lists_renamed(text: str, chance: random.Random) -> str:
    names = set(re.findall(r"\b(?:in|out)-interface-list=([A-Z]{3,})\b|\blist=([A-Z]{3,})\b", text))
    for name in {one for pair in names for one in pair if one}:
        text = re.sub(rf"(?<==){name}\b", f"{name}{chance.randint(0, 99)}", text)
    return text


# --- Tables of iptables and nft ---------------------------------------------------------------------------------------


def _tables(text: str, head: str, end: str) -> tuple[list[str], str]:
    """Divide into tables, each with what stands above it, and the rest."""
    tables = re.findall(rf"(?ms)(?:^(?!{head})[^\n]*\n)*?^{head}[^\n]*\n.*?^{end}(?:\n|\Z)", text)
    return [table.rstrip("\n") + "\n" for table in tables], text.removeprefix("".join(tables))


def _table_of_iptables(text: str, change: Callable[[list[str]], list[str]]) -> str:
    tables, rest = _tables(text, r"\*", "COMMIT")
    return "".join(change(tables)) + rest


def tables_in_another_order(text: str, chance: random.Random) -> str:
    return _table_of_iptables(text, lambda tables: chance.sample(tables, len(tables)))


def unknown_tables(text: str, chance: random.Random) -> str:
    strange = (
        "*security\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp -m udp --dport 5060 -j SECMARK --selctx x\nCOMMIT\n"
    )
    return _table_of_iptables(
        text, lambda tables: [(strange if chance.random() < 0.5 else "") + t for t in tables]
    )


def rules_commented_out(text: str, chance: random.Random) -> str:
    note = "#-A PREROUTING -p udp -m udp --dport 5060 -j DNAT --to-destination 10.0.0.1"
    return "\n".join(line + (f"\n{note}" if chance.random() < 0.2 else "") for line in text.split("\n"))


def chains_renamed(text: str, chance: random.Random) -> str:
    """Chains that nobody else is known by get other names."""
    own = "DOCKER|ufw-|zone_|delegate_|fw|loc|net|logflags|smurflog|PRE_|POST_|sfilter"
    for name in set(re.findall(r"(?m)^:(\S+) - ", text)):
        if not re.match(own, name):
            text = re.sub(rf"(?<=[ :]){re.escape(name)}(?=\s)", f"c{chance.randint(0, 10**6)}", text)
    return text


def words_apart(text: str, chance: random.Random) -> str:
    return "\n".join(
        line.replace(" ", " " * chance.randint(1, 3)) if line.startswith("-A") and '"' not in line else line
        for line in text.split("\n")
    )


def nft_in_another_order(text: str, chance: random.Random) -> str:
    tables, rest = _tables(text, "table ", r"\}")
    return "".join(chance.sample(tables, len(tables))) + rest


def nft_unknown_tables(text: str, chance: random.Random) -> str:
    tables, rest = _tables(text, "table ", r"\}")
    strange = "table arp filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy accept;\n\t}\n}\n"
    return "".join((strange if chance.random() < 0.5 else "") + table for table in tables) + rest


def nft_commented_out(text: str, chance: random.Random) -> str:
    note = "# udp dport 5060 dnat to 10.0.0.1"
    return "\n".join(line + (f"\n{note}" if chance.random() < 0.2 else "") for line in text.split("\n"))


def nft_spaced(text: str, chance: random.Random) -> str:
    return "\n".join(
        line
        if line.startswith("[")
        else " " * chance.randint(0, 6) + line.strip() + " " * chance.randint(0, 2)
        for line in text.split("\n")
    )


def nft_renamed(text: str, chance: random.Random) -> str:
    heads = r"(?m)^\s*(?:ct timeout|ct helper|set|map) (\w+) \{|^table inet (?!fw4|firewalld)(\w+) \{"
    names = {one for pair in re.findall(heads, text) for one in pair if one}
    words = {"filter", "nat", "ip", "inet", "raw", "mangle", "sip", "type"}
    for name in names - words:
        text = re.sub(rf'(?<=[ @"]){name}(?=[ "\n])', f"{name}_{chance.randint(0, 99)}", text)
    return text


# --- Sections of UCI --------------------------------------------------------------------------------------------------


def _is_file(text: str) -> bool:
    return re.search(r"(?m)^[ \t]*option\s", text) is not None


def _uci_sections(text: str) -> list[str]:
    """Divide into sections; quoted values may run over lines."""
    found, inside = [""], False
    for line in text.split("\n"):
        if not inside and re.match(r"\s*(?:config|package)\s", line):
            found.append("")
        found[-1] += f"{line}\n"
        code = re.sub(r"^\s*#.*|\s#.*", "", line)
        inside ^= (code.count("'") + code.count('"')) % 2 == 1
    return found


def uci_in_another_order(text: str, chance: random.Random) -> str:
    """Sections of one kind keep their order, kinds do not."""
    if not _is_file(text):
        lines = text.strip("\n").split("\n")
        blocks = list(dict.fromkeys(line.split("=")[0].split(".")[1] for line in lines if "." in line))
        if any("=" not in line or line.count("'") % 2 for line in lines):
            return text
        by_kind: dict[str, list[str]] = {}
        for block in blocks:
            by_kind.setdefault(re.sub(r"\[-?\d+\]", "", block), []).append(block)
        kinds = chance.sample(sorted(by_kind), len(by_kind))
        order = [block for kind in kinds for block in by_kind[kind]]
        return "".join(
            f"{line}\n" for block in order for line in lines if line.split("=")[0].split(".")[1] == block
        )
    head, *sections = _uci_sections(text)
    if any(re.match(r"\s*package\s", section) for section in sections):
        return text
    kinds = sorted({section.split()[1] for section in sections})
    return head + "".join(
        section
        for kind in chance.sample(kinds, len(kinds))
        for section in sections
        if section.split()[1] == kind
    )


def uci_unknown(text: str, chance: random.Random) -> str:
    if not _is_file(text):
        return (
            text.rstrip("\n")
            + "\nfirewall.strange=strange\nfirewall.strange.target='DNAT'\nfirewall.strange.masq='1'\n"
        )
    strange = (
        "config strange\n\toption target 'DNAT'\n\toption src_dport '5060'\n\toption dest_ip '10.0.0.1'\n\n"
    )
    head, *sections = _uci_sections(text)
    return head + "".join((strange if chance.random() < 0.3 else "") + section for section in sections)


def uci_commented_out(text: str, chance: random.Random) -> str:
    if not _is_file(text):
        return text
    note = "#\toption dest_ip '10.9.9.9'\n\t# option masq '0'\n"
    head, *sections = _uci_sections(text)
    return head + "".join(section + (note if chance.random() < 0.3 else "") for section in sections)


def uci_spaced(text: str, chance: random.Random) -> str:
    def apart(match: re.Match[str]) -> str:
        return " " * chance.randint(0, 6) + match[1] + "\t" * chance.randint(1, 2) + match[2]

    return re.sub(r"(?m)^[ \t]*(option|list|config)[ \t]+(?=\S)(\w)", apart, text)


# --- Scripts and listings of a tree -----------------------------------------------------------------------------------


def tree_commented_out(text: str, chance: random.Random) -> str:
    note = "# set /Setup/IP-Router/1-N-NAT/UDP-Aging-Seconds 1"
    return "\n".join(line + (f"\n{note}" if chance.random() < 0.3 else "") for line in text.split("\n"))


def tree_strangers(text: str, chance: random.Random) -> str:
    """Tables that nobody asks for, where the script goes to another place anyway."""
    strange = "cd /Setup/Voice-Call-Manager/Lines\ntab UDP-Aging-Seconds Operating\nadd 1 Yes\n"
    return re.sub(r"(?m)^(?=cd /)", lambda _match: strange if chance.random() < 0.5 else "", text)


def tree_words_apart(text: str, chance: random.Random) -> str:
    return "\n".join(
        line if '"' in line or line.startswith("#") else line.replace(" ", " " * chance.randint(1, 3))
        for line in text.split("\n")
    )


def blanks_behind(text: str, chance: random.Random) -> str:
    return "\n".join(line + " " * chance.randint(0, 3) for line in text.split("\n"))


CHANGES: dict[str, tuple[Change, ...]] = {
    "menu_script": (
        menus_in_another_order, unknown_menus, wrapped_elsewhere, menus_commented_out, lists_renamed,
    ),
    "iptables_save": (
        tables_in_another_order, unknown_tables, rules_commented_out, chains_renamed, words_apart,
    ),
    "nft_ruleset": (
        nft_in_another_order, nft_unknown_tables, nft_commented_out, nft_spaced, nft_renamed,
    ),
    "tree_script": (tree_commented_out, tree_strangers, tree_words_apart),
    "tree_listing": (blanks_behind,),
    "menu_print": (blanks_behind,),
    "lines": (blanks_behind,),
    "uci_config": (uci_in_another_order, uci_unknown, uci_commented_out, uci_spaced),
}  # fmt: skip
# A cut in the middle of a section leaves something open, which swallows what is put behind it.
CUT = "cut_off"
# What is read again later may have changed in between; and who manages a device may stand in what is cut off.
NOT_CUT = {"read_twice", "managed"}
# Whether an export was cut is told by the order of its menus; without it, absence proves nothing.
PROVES_LESS = {menus_in_another_order, uci_in_another_order}


def _changed(capture: Capture, change: Change, chance: random.Random) -> Capture:
    """Return a capture of which every document that the change is for was changed."""
    profile = load_profile(capture.vendor)

    def one(document: Document) -> Document:
        reader = profile.documents[document.kind].reader
        suits = change in CHANGES.get(reader, ()) and document.text.strip()
        return replace(document, text=change(document.text, chance)) if suits else document

    return replace(capture, documents=tuple(map(one, capture.documents)))


def _pairs() -> Iterator[Any]:
    for slug, path in PATHS:
        kinds = load_profile(slug).documents
        try:
            documents = _capture(slug, _read(path)).documents
        except UnreadableDocument:
            continue
        readers = {kinds[document.kind].reader for document in documents}
        name = path.stem if path.stem != "input" else path.parent.name
        if CUT in name:
            continue
        for change in (change for reader in sorted(readers) for change in CHANGES.get(reader, ())):
            yield pytest.param(slug, path, change, id=f"{slug}-{name}-{change.__name__}")


@pytest.mark.parametrize(("slug", "path", "change"), list(_pairs()))
def test_what_means_nothing_changes_nothing(slug: str, path: Path, change: Change) -> None:
    profile, capture = load_profile(slug), _capture(slug, _read(path))
    whole = change not in PROVES_LESS
    wanted = _meaning(extract(capture, profile), whole=whole)
    for seed in range(3):
        changed = _changed(capture, change, random.Random(seed))  # noqa: S311 - repeatable
        assert _meaning(extract(changed, profile), whole=whole) == wanted, seed


@pytest.mark.parametrize("change", [change for changes in CHANGES.values() for change in changes])
def test_every_change_changes_something(change: Change) -> None:
    captures = [_capture(slug, _read(path)) for slug, path in PATHS if slug not in {"opnsense", "fortinet"}]
    assert any(
        _changed(capture, change, random.Random(seed)) != capture  # noqa: S311 - repeatable
        for capture in captures
        for seed in range(2)
    )


# --- Cut at every boundary --------------------------------------------------------------------------------------------

STARTS = {
    "cisco_ios": r"^\S",
    "fortinet": r"^(?:config|end)\b",
    "lancom_lcos": r"^(?:cd|set|tab|add|flash|>|\S+@\S+)",
    "linux": r"^(?:\*|COMMIT|table|\}|\S+@\S+|\t\})",
    "mikrotik_routeros": r"^(?:/|\[)",
    "openwrt": r"^(?:config|package|table|\*|COMMIT|\S+@\S+)",
    "opnsense": r"^(?: {2}</?\w|\S)",
}
PLAIN = AuditOptions()
VENDORS = Vendors()


def _default_timers(facts: Facts) -> set[tuple[str, str, str]]:
    timers = (t for t in facts.udp_timers if t.origin is Origin.DEFAULT)
    return {(t.name, t.scope, str(t.possible)) for t in timers}


CUTTABLE = [(slug, path) for slug, path in PATHS if path.parent.name not in NOT_CUT]


@pytest.mark.parametrize(
    ("slug", "path"), CUTTABLE, ids=[f"{s}-{p.parent.name}-{p.stem}" for s, p in CUTTABLE]
)
def test_a_cut_at_a_boundary_gives_no_default_and_no_pass_that_the_whole_does_not(
    slug: str, path: Path
) -> None:
    lines = _read(path).split("\n")
    try:
        whole = audit(_capture(slug, "\n".join(lines)), PLAIN, VENDORS)
    except UnreadableDocument:
        pytest.skip("the whole holds nothing that can be read")
    cuts = [end for end, line in enumerate(lines) if end and re.match(STARTS[slug], line)]
    for end in cuts[:: max(1, len(cuts) // 80)]:
        try:
            part = audit(_capture(slug, "\n".join(lines[:end]) + "\n"), PLAIN, VENDORS)
        except UnreadableDocument:
            continue
        assert part.verdict is not Verdict.PASS or whole.verdict is Verdict.PASS, end
        assert _default_timers(part.facts) <= _default_timers(whole.facts), end
        if part.facts.sip_alg.state is SipAlgState.OFF:
            assert whole.facts.sip_alg.state is SipAlgState.OFF, end


def test_the_boundaries_are_boundaries() -> None:
    for slug, path in PATHS:
        lines = _read(path).split("\n")
        if len(lines) > 40:
            found = [end for end, line in enumerate(lines) if re.match(STARTS[slug], line)]
            assert len(found) > 2, path
            assert all(first < second for first, second in pairwise(found))
