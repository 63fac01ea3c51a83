"""Tree consoles from a made-up device to facts and back: scripts, listings, sessions, and what may be changed in them."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.errors import UnreadableDocument
from auditor.model.facts import Facts, Known, SipAlgState
from auditor.profiles.detection import PROOF, weigh_text
from auditor.profiles.loading import load_profile

PROFILE = load_profile("lancom_lcos")
NAT, TABLE = "/Setup/IP-Router/1-N-NAT", "/Setup/IP-Router/1-N-NAT/Service-Table"
COLUMNS = ("D-port-from", "D-port-to", "Protocol", "WAN-Address", "Peer", "Intranet-Address", "Map-Port", "Active", "Comment")  # fmt: skip
Row = dict[str, str]


@dataclass(frozen=True)
class Device:
    aging: int
    helper: str
    rows: tuple[Row, ...]


def facts_of(text: str) -> Facts:
    documents = documents_of(text, "x", PROFILE)
    source = Source(kind=SourceKind.FILE, name="x")
    capture = Capture(target=Target(), vendor=PROFILE.slug, source=source, documents=documents)
    return extract(capture, PROFILE)


def meaning(facts: Facts) -> object:
    return (
        [timer.seconds for timer in facts.udp_timers],
        facts.sip_alg.state.value,
        sorted(
            (f.protocol, str(f.external_ports), f.internal_address, str(f.internal_ports), f.enabled)
            for f in facts.port_forwards
        ),
    )


def expected(device: Device) -> object:
    rows = []
    for row in device.rows:
        first, last, inside = (int(row[name]) for name in ("D-port-from", "D-port-to", "Map-Port"))
        outside = str(first) if first == last else f"{first}-{last}"
        rows += [
            (protocol.lower(), outside, row["Intranet-Address"], str(inside) if inside else outside, row["Active"] == "Yes")
            for protocol in row["Protocol"].split("+")
        ]  # fmt: skip
    return [device.aging], {"Yes": "on", "No": "off"}[device.helper], sorted(rows)


def script(device: Device, columns: tuple[str, ...] = COLUMNS) -> str:
    lines = ["lang English", "flash No", f"set  {NAT}/UDP-Aging-Seconds {device.aging}"]
    lines += [f"set  /Setup/SIP-ALG/Operating {device.helper}", f"cd {TABLE}", f"tab {' '.join(columns)}"]
    lines += ["add  " + "  ".join(f'"{row[name]}"' for name in columns) for row in device.rows]
    return "\n".join([*lines, "flash Yes", "exit", ""])


def listing(device: Device, columns: tuple[str, ...] = COLUMNS) -> str:
    widths = [max(len(name), *(len(row[name]) for row in device.rows), 0) + 1 for name in columns]
    table = [columns, *([row[name] for name in columns] for row in device.rows)]
    lines = ["".join(f"{cell:<{w}}" for cell, w in zip(line, widths, strict=True)) for line in table]
    return "\n".join([lines[0], "-" * sum(widths), *lines[1:]])


def session(device: Device, columns: tuple[str, ...] = COLUMNS) -> str:
    prompt = "tech@branch 7:/\n> "
    outputs = {
        f"ls {NAT}": f"UDP-Aging-Seconds             VALUE:   {device.aging}",
        f"ls {TABLE}": listing(device, columns),
        "ls /Setup/SIP-ALG": f"Operating                     VALUE:   {device.helper}",
    }
    return "".join(f"{prompt}{command}\n\n{output}\n\n" for command, output in outputs.items()) + prompt


PORTS = st.integers(1, 65535)
WORDS = st.text(st.sampled_from("ab > Ü-_{};#:/'1"), max_size=12).map(str.strip)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    first, last = sorted(draw(st.tuples(PORTS, st.one_of(PORTS, st.just(0)))))
    first = first or last
    return {
        "D-port-from": str(first),
        "D-port-to": str(last),
        "Protocol": draw(st.sampled_from(["TCP", "UDP", "TCP+UDP"])),
        "WAN-Address": draw(st.sampled_from(["0.0.0.0", "198.51.100.7"])),  # noqa: S104 - the table's word for none
        "Peer": draw(st.sampled_from(["", "INTERNET", "DSL 2"])),
        "Intranet-Address": f"192.0.2.{draw(st.integers(1, 254))}",
        "Map-Port": str(draw(st.one_of(st.just(0), PORTS))) if first == last else "0",
        "Active": draw(st.sampled_from(["Yes", "No"])),
        "Comment": draw(WORDS),
    }


DEVICES = st.builds(
    Device,
    aging=st.integers(1, 65535),
    helper=st.sampled_from(["Yes", "No"]),
    rows=st.lists(rows(), max_size=6, unique_by=lambda row: (row["D-port-from"], row["D-port-to"], row["Protocol"], row["Intranet-Address"], row["Active"])).map(tuple),
)  # fmt: skip
ORDERS = st.permutations(COLUMNS).map(tuple)


@settings(max_examples=60, deadline=None)
@given(DEVICES, ORDERS)
def test_a_script_is_read_as_it_was_meant_in_any_order_of_columns(
    device: Device, columns: tuple[str, ...]
) -> None:
    assert meaning(facts_of(script(device, columns))) == expected(device)


@settings(max_examples=60, deadline=None)
@given(DEVICES, ORDERS)
def test_a_session_is_read_as_it_was_meant_in_any_order_of_columns(
    device: Device, columns: tuple[str, ...]
) -> None:
    facts = facts_of(session(device, columns))
    assert meaning(facts) == expected(device)
    assert isinstance(facts.forwards_complete, Known)


ROW = dict(zip(COLUMNS, ("5060", "5069", "UDP", "0.0.0.0", "INTERNET", "192.0.2.9", "0", "Yes", "old PBX"), strict=True))  # noqa: S104  # fmt: skip
OFFICE = Device(30, "Yes", (ROW, ROW | {"D-port-from": "443", "D-port-to": "443", "Protocol": "TCP+UDP", "Map-Port": "8443", "Active": "No"}))  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        script(OFFICE).replace("  ", "     "),
        script(OFFICE).replace("set  /Setup", "Set Setup"),
        script(OFFICE).replace("\n", "\r\n").replace("\r\n", "  \n"),
        "\ufeff# password: none\n" + script(OFFICE).replace("\n", f"\n# set {NAT}/UDP-Aging-Seconds 300\n"),
        script(OFFICE).replace("flash Yes", "cd /Setup/Users\ntab Name Rights\nadd root all\nset /Setup/Name x\nflash Yes"),
        script(OFFICE).replace("old PBX", "set /Setup/SIP-ALG/Operating No").replace("INTERNET", "cd"),
        script(OFFICE).replace(f"cd {TABLE}", "cd /Setup/IP-Router\ncd 1-N-NAT\ncd ./Service-Table"),
        script(OFFICE).replace("\nflash Yes", " ; flash Yes"),
        "\n".join([*script(OFFICE).split("\n")[4:7], *script(OFFICE).split("\n")[:4], "flash Yes\n"]) + script(OFFICE).split("\n")[7],
    ],
)  # fmt: skip
def test_what_means_nothing_changes_nothing_in_a_script(changed: str) -> None:
    lines = script(OFFICE).split("\n")
    if changed.startswith("cd "):  # blocks in another order: the last row belongs to its table
        changed = "\n".join([*lines[4:8], *lines[2:4], "flash Yes", "exit", ""])
    assert meaning(facts_of(changed)) == expected(OFFICE)


@pytest.mark.parametrize("line", ["UDP-Aging-Seconds", "Operating"])
def test_a_line_that_is_commented_out_is_not_there(line: str) -> None:
    text = "\n".join(f"# {one}" if line in one else one for one in script(OFFICE).split("\n"))
    facts = facts_of(text)
    assert [timer.seconds for timer in facts.udp_timers] == ([] if "UDP" in line else [30])
    assert facts.sip_alg.state is (SipAlgState.UNKNOWN if "UDP" not in line else SipAlgState.ON)


@pytest.mark.parametrize("text", [script(replace(OFFICE, aging=180, helper="No")), session(replace(OFFICE, aging=180, helper="No"))])  # fmt: skip
def test_no_cut_says_more_than_the_whole(text: str) -> None:
    whole = facts_of(text)
    known = {(f.protocol, str(f.external_ports), f.enabled) for f in whole.port_forwards}
    for end in range(len(text)):
        try:
            part = facts_of(text[:end])
        except UnreadableDocument:
            continue
        assert all(timer.seconds is not None and timer.seconds <= 180 for timer in part.udp_timers)
        assert part.sip_alg.state in {SipAlgState.OFF, SipAlgState.UNKNOWN}
        assert {(f.protocol, str(f.external_ports), f.enabled) for f in part.port_forwards} <= known
        if isinstance(part.forwards_complete, Known):
            assert part.port_forwards == whole.port_forwards


def test_a_lone_angle_bracket_in_a_cell_does_not_end_a_table() -> None:
    """The second line of the prompt is a bare `>`; a cut table would look like one without forwards."""
    text = session(OFFICE).replace("\n443 ", "\n> \n443 ")
    assert text != session(OFFICE)
    facts = facts_of(text)
    assert len(facts.port_forwards) == 3
    assert not isinstance(facts.forwards_complete, Known)


def test_rows_are_told_apart_from_their_shuffled_twins() -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable
    mixed = list(OFFICE.rows)
    chance.shuffle(mixed)
    assert meaning(facts_of(session(replace(OFFICE, rows=tuple(mixed))))) == expected(OFFICE)


RELATIVES = {
    "access point": "root@AP-2:/\n> ls /Setup/IP-Router/1-N-NAT\n% Unrecognized command\nroot@AP-2:/\n> ",
    "access point's banner": f"#\n| LANCOM LX-6400\n| Ver. 5.36.0025 / 01.02.2022\n\nroot@ap:/\n> ls {NAT}\n",
    "named in its own words": "DEVICE:   LANCOM LW-500\nVERSION:  LCOS LX 5.20\nCONFIG_STATUS: 1\n",
    "usage": f"root@ap:/\n> ls {NAT}\nUsage: show <topic>\n",
    "switch": "GS-2326P# show running-config\nhostname GS-2326P\nflash Yes\nlang English\nset /Setup/x 1\n",
    "firewall": "admin@fx-office:~$ readconfig\nlang English\nflash No\n",
}


@pytest.mark.parametrize("text", RELATIVES.values(), ids=list(RELATIVES))
def test_near_relatives_are_not_taken_for_it(text: str) -> None:
    assert weigh_text(text, PROFILE) == 0


def test_a_note_about_a_relative_does_not_hide_the_system() -> None:
    text = "# the LCOS LX access points hang behind it\n" + script(OFFICE)
    assert weigh_text(text, PROFILE) >= PROOF
