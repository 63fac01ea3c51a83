"""Systems that write much the same are not taken for one another."""

from __future__ import annotations

import pytest

from auditor.profiles.detection import detect_session, detect_text
from auditor.profiles.loading import load_profiles

BODY = "interface GigabitEthernet0/1\n ip address 192.0.2.1 255.255.255.0\n!\nline vty 0 4\n!\nend\n"
OURS = [
    f"Building configuration...\n\nCurrent configuration : 900 bytes\n!\nversion 15.2\nhostname x\n{BODY}",
    f"version 17.3\nservice timestamps debug datetime msec\nhostname x\n{BODY}",
    "hostname x\ninterface Dialer1\n ip nat outside\n",
    "no ip nat service sip udp port 5060\n",
    "parameter-map type inspect PM\n udp idle-time 30\nzone security IN\n zone-member security IN\n",
    "Cisco IOS XE Software, Version 16.12.04\n",
    "IOS (tm) C2600 Software (C2600-IK9O3S-M), Version 12.2(15)T, RELEASE SOFTWARE (fc1)\n",
    "Pro Inside global      Inside local       Outside local      Outside global\n",
]
OTHERS = [
    f": Saved\n:\nASA Version 9.14(2)\n!\nhostname x\n{BODY}",
    f"PIX Version 7.2(1)\nhostname x\nnat (inside) 1 0 0\n{BODY}",
    "FWSM Version 4.1(4) <context>\n!\nhostname x\n",
    "hostname x\ninterface GigabitEthernet0/0\n nameif outside\n security-level 0\n ip nat outside\n",
    f"Cisco Adaptive Security Appliance Software Version 9.12(4)67\n{BODY}",
    f"!Command: show running-config\n!Time: Thu Jan  9 10:00:00 2025\nversion 7.0(3)I7(4)\nhostname x\nfeature ssh\n{BODY}",
    "Cisco Nexus Operating System (NX-OS) Software\n",
    f"!! IOS XR Configuration 6.3.1\nhostname x\n{BODY}",
    "Cisco IOS XR Software, Version 6.3.1[Default]\n",
    f"! Command: show running-config\n! device: x (DCS-7050, EOS-4.20)\nhostname x\n{BODY}",
    "#\n version 7.1.070, Release 0605P17\n#\n sysname x\n#\ninterface GigabitEthernet0/1\n nat outbound\n",
]


def _found(text: str) -> str | None:
    vendor, _candidates = detect_text(text, load_profiles())
    return vendor.slug if vendor else None


@pytest.mark.parametrize("text", OURS)
def test_its_own_texts_are_known(text: str) -> None:
    assert _found(text) == "cisco_ios"


@pytest.mark.parametrize("text", OTHERS)
def test_a_relative_is_another_system(text: str) -> None:
    assert _found(text) != "cisco_ios"


@pytest.mark.parametrize("banner", ["SSH-2.0-Cisco-1.25", "SSH-1.99-Cisco-1.25"])
def test_a_session_is_known_by_its_banner(banner: str) -> None:
    assert [profile.slug for profile in detect_session(banner, "gw>", load_profiles())] == ["cisco_ios"]
