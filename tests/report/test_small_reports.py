"""Errors, the port matrix and the vendors' pages as text and for programs."""

from __future__ import annotations

import json
from dataclasses import replace

from auditor.model.errors import HostUnreachable
from auditor.report import failure, ports, vendors

ROW = ports.PortRow(
    row="S8",
    title="PBX behind this router, Desktop App from outside without VPN",
    port="sips",
    ports="5061",
    protocols=("tcp",),
    direction="forward",
    purpose="SIP over TLS",
    requirement="feature",
    exposure="warn_if_any",
    users="any",
)
VENDOR = vendors.VendorRow(
    slug="some_os",
    name="Some | OS",
    versions="1 to 3",
    status="documented",
    live=True,
    timers=2,
    forwards=True,
    repairs=("UDP timers", "SIP ALG"),
    by_hand=("forwards",),
    sources=3,
)
PAGE = vendors.VendorPage(
    row=VENDOR,
    language="menus",
    maintainer="auditor",
    commands=(
        vendors.CommandRow(document="tracking", command="/ip tracking print " + "x" * 100),
        vendors.CommandRow(document="export", command=None),
    ),
    timers=(
        vendors.TimerRow(
            name="udp", flow="any", seconds="30", versions="*", source="manual", confidence="documented"
        ),
        vendors.TimerRow(name="sip", flow="sip"),
    ),
    sip_layers=("helper",),
    repairs=(vendors.RepairRow(remedy="UDP timers"), vendors.RepairRow(remedy="forwards", by_hand="no rule")),
    sources=("manual",),
    notes=("Only one timer.",),
)


def test_an_error_is_one_harmless_paragraph() -> None:
    error = HostUnreachable("fw.example:\nno route \x1b[31m", advice="Check the name.")
    assert failure.render(error) == r"fw.example: no route \x1b[31m Check the name."
    assert json.loads(failure.to_json(error)) == {
        "error": "HostUnreachable",
        "message": "fw.example:\nno route \x1b[31m",
        "advice": "Check the name.",
    }


def test_the_matrix_says_who_may_use_a_forward() -> None:
    text = ports.render((ROW,), scenario="onprem", width=80)
    assert "TCP 5061" in text
    assert "for everybody" in text
    assert "not needed with a VPN" in text
    assert max(map(len, text.split("\n"))) <= 80
    assert "STARFACE requires" not in text
    data = json.loads(ports.render((ROW,), scenario="onprem", form="json"))
    assert data["scenario"] == "onprem"
    assert data["ports"][0]["protocols"] == ["tcp"]


def test_ports_of_which_one_is_enough_name_each_other() -> None:
    plain = replace(ROW, port="sip_udp", ports="5060", protocols=("udp",), users="known_addresses")
    rows = (
        replace(plain, alternatives=("sips",)),
        replace(ROW, users="known_addresses", alternatives=("sip_udp",), confidence="seen"),
    )
    text = ports.render(rows, scenario="onprem", width=120)
    assert "UDP 5060  SIP over TLS; for known addresses only; or instead: TCP 5061" in text
    assert "TCP 5061  SIP over TLS; for known addresses only; or instead: UDP 5060; seen in use" in text


def test_vendors_as_a_table() -> None:
    assert vendors.render_table((VENDOR,), width=60).split("\n") == [
        "some_os  Some | OS: 1 to 3",
        "         live and from files; snippets for: UDP timers, SIP",
        "         ALG; known from documents",
    ]
    assert not vendors.render_table(())
    assert vendors.render_table((VENDOR,), form="md").split("\n")[2] == (
        r"| some_os | Some \| OS | 1 to 3 | live and from files | 2 | yes | none in this system | UDP timers, SIP ALG "
        "| forwards | known from documents | 3 |"
    )
    assert json.loads(vendors.render_table((VENDOR,), form="json"))[0]["slug"] == "some_os"


def test_a_vendors_page_tells_what_is_typed_assumed_and_repaired() -> None:
    text = vendors.render_page(PAGE)
    assert PAGE.commands[0].command
    assert PAGE.commands[0].command in text
    assert "- sip: SIP with the helper; no default assumed" in text
    assert "- udp: every flow; 30 s; every version; manual (documented)" in text
    assert "forwards: by hand: no rule" in text
    assert "UDP timers: by command" in text
    assert vendors.render_page(PAGE, form="md").startswith("# Some | OS (some_os)")
    assert json.loads(vendors.render_page(PAGE, form="json"))["row"]["slug"] == "some_os"
