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

VRP = [
    "[V200R010C10SPC700]\n#\n sysname x\n#\ninterface GigabitEthernet0/0/0\n nat outbound 2000\n#\nreturn\n",
    "#\n sysname x\n#\n firewall-nat session udp aging-time 90\n#\nreturn\n",
    "#\nsysname x\n#\naaa\n authentication-scheme default\n#\ninterface Dialer1\n nat outbound 2000\n#\nreturn\n",
    "#\nsysname x\n#\ninterface Dialer1\n nat static global 203.0.113.9 inside 192.0.2.1\n#\nreturn\n",
    "!Software Version V200R011C10SPC600\n#\nsysname x\n#\ninterface Vlanif10\n#\nreturn\n",
    "VRP (R) software, Version 5.170 (AR650 V300R019C10SPC300)\n",
    "  Nat Server Information:\n  Interface  : Dialer1\n",
    " 2           udp                                     120 (s)       120 (s)\nSequence  Pre-defined     Default-Time(s)    Timeout(s)\n",
]
COMWARE = [
    "#\n version 7.1.070, Release 0605P17\n#\n sysname x\n#\ninterface GigabitEthernet0/1\n nat outbound\n#\nreturn\n",
    "#\n version 5.20, Release 2514P10\n#\n sysname x\n#\ninterface Ethernet0/0\n nat outbound 2000\n#\nreturn\n",
    "#\n sysname x\n#\n undo nat alg sip\n#\nreturn\n",
    "sysname x\ninterface Vlan-interface10\n  ip address 192.0.2.1 255.255.255.0\ninterface GigabitEthernet1/0/1\n  port link-mode route\n",
    "HPE Comware Software, Version 7.1.064, Release 0615P16\n",
    "H3C Comware Software, Version 7.1.070, Release 6126P20\n",
    "State                     Aging Time (s)\nUDP-OPEN                  30\nUDP-READY                 60\n",
    "NAT internal server information:\n  Totally 1 internal servers.\n",
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


@pytest.mark.parametrize(
    ("vendor", "text"),
    [*(("huawei_vrp", text) for text in VRP), *(("hp_comware", text) for text in COMWARE)],
)
def test_two_systems_with_the_same_views_and_prompts_are_told_apart(vendor: str, text: str) -> None:
    assert _found(text) == vendor


@pytest.mark.parametrize("interface", ["GigabitEthernet0/0", "GigabitEthernet1/0/1", "Dialer1", "NULL0"])
@pytest.mark.parametrize(
    "line",
    ["nat outbound 2000", "nat server protocol udp global current-interface 5060 inside 192.0.2.1 5060"],
)
def test_what_both_of_them_write_proves_neither(interface: str, line: str) -> None:
    assert _found(f"#\n sysname x\n#\ninterface {interface}\n {line}\n nat outbound\n#\nreturn\n") is None


@pytest.mark.parametrize("prompt", ["<gw-office>", "HRP_M<fw>", "RBM_P<msr>"])
def test_a_prompt_in_angle_brackets_is_asked_for_its_system(prompt: str) -> None:
    found = detect_session("SSH-2.0--", prompt, load_profiles())
    assert {profile.slug for profile in found} <= {"huawei_vrp", "hp_comware"}
    assert found
    assert {profile.detect.probe for profile in found} == {"display version"}


@pytest.mark.parametrize("banner", ["SSH-2.0-Cisco-1.25", "SSH-1.99-Cisco-1.25"])
def test_a_session_is_known_by_its_banner(banner: str) -> None:
    assert [profile.slug for profile in detect_session(banner, "gw>", load_profiles())] == ["cisco_ios"]
