"""Small systems behind the same SSH server: the release files tell which one it is, and else nobody is taken for sure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from routers import captured

from auditor.model.capture import Capture, Target
from auditor.model.errors import VendorMismatch, VendorUnknown
from auditor.pipeline import Vendors, capture_file
from auditor.profiles.detection import detect_session, detect_text
from auditor.profiles.loading import load_profiles
from auditor.simulator.server import SimulatedRouter

FILE = Path(__file__).resolve().parents[2] / "auditor" / "simulator" / "devices" / "openwrt.yaml"
RELEASE, SYSTEM = "/etc/openwrt_release", "/etc/os-release"
SAVED = "-A PREROUTING -i eth0 -p tcp -m tcp --dport 80 {}-j DNAT --to-destination 10.0.0.5\n"
MADE_HERE = '-m comment --comment "!fw3: web" '


def _vendor(text: str) -> str | None:
    found, _candidates = detect_text(text, load_profiles())
    return found.slug if found else None


def _live(folder: Path, files: dict[str, str], prompt: str = "root@box:~# ") -> tuple[Capture, list[str]]:
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for path in (RELEASE, SYSTEM):
        data["console"]["files"].pop(path)
    data["console"]["files"].update(files)
    data["console"]["prompt"] = prompt
    data["waits_with"] = [f"^{prompt}$"]
    (device := folder / "device.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    with SimulatedRouter(device) as router:
        return captured(router, folder), router.received


@pytest.mark.parametrize(
    ("files", "vendor"),
    [
        ({RELEASE: "DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='14.07'\n"}, "openwrt"),
        ({SYSTEM: 'NAME="OpenWrt"\nID="openwrt"\nID_LIKE="lede openwrt"\n'}, "openwrt"),
    ],
)
def test_the_release_files_tell_who_answers_behind_a_banner_that_many_have(
    files: dict[str, str], vendor: str, tmp_path: Path
) -> None:
    capture, received = _live(tmp_path, files)
    assert capture.vendor == vendor
    assert received[0] == f"cat {RELEASE} {SYSTEM} /proc/version"


@pytest.mark.parametrize("files", [{}, {SYSTEM: "ID=appliance\nPRETTY_NAME=Box\n"}])
def test_a_box_that_does_not_say_what_it_is_is_nobodys(files: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(VendorUnknown) as unknown:
        _live(tmp_path, files)
    assert "openwrt" in unknown.value.message


def test_the_server_alone_fits_several_and_the_prompt_one() -> None:
    profiles = load_profiles()
    by_server = {p.slug for p in detect_session("SSH-2.0-dropbear_2022.83", "", profiles)}
    assert {"linux", "openwrt"} < by_server
    for prompt, vendor in (("root@OpenWrt:~# ", "openwrt"), ("root@gw:~# ", "linux")):
        assert [p.slug for p in detect_session("SSH-2.0-OpenSSH_9.6", prompt, profiles)] == [vendor]


@pytest.mark.parametrize(
    ("text", "vendor"),
    [
        (f"*nat\n{SAVED.format(MADE_HERE)}COMMIT\n", "openwrt"),
        (f"*nat\n{SAVED.format('')}COMMIT\n", "linux"),
        (":zone_wan_prerouting - [0:0]\n-A zone_wan_prerouting -p udp -j DNAT --to-destination 10.0.0.5\n", "openwrt"),
        ("# Defaults are configured in /etc/sysctl.d/* and can be customized in this file\n", "openwrt"),
        ("table inet fw4 {\n\tchain dstnat {\n\t\ttype nat hook prerouting priority dstnat;\n\t}\n}\n", "openwrt"),
        ("table inet nat {\n\tchain dstnat {\n\t\ttype nat hook prerouting priority dstnat;\n\t}\n}\n", "linux"),
        ("root@OpenWrt:~# iptables-save\n*nat\n-A PREROUTING -j ACCEPT\nCOMMIT\n", "openwrt"),
        ("root@gw:~# iptables-save\n*nat\n-A PREROUTING -j ACCEPT\nCOMMIT\n", "linux"),
        ("root@gw:~# uci show firewall\nfirewall.@zone[0]=zone\n", "openwrt"),
        ("firewall.@redirect[0].src_dport='5060'\n", "openwrt"),
        ("config redirect\n\toption src wan\n", "openwrt"),
        ("config firewall policy\n    edit 1\n        set option enable\n    next\nend\n", "fortinet"),
        ("config redirect\n", None),
        ("net.netfilter.nf_conntrack_udp_timeout = 60\n", "linux"),
        ("DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=24.04\n", None),
    ],
)  # fmt: skip
def test_texts_of_relatives_are_told_apart(text: str, vendor: str | None) -> None:
    assert _vendor(text) == vendor


@pytest.mark.parametrize("make", [str, lambda text: text.replace("!fw3: ", "")])
def test_a_relative_named_by_mistake_is_refused(make: Callable[[str], str], tmp_path: Path) -> None:
    text = make(f"*nat\n{SAVED.format(MADE_HERE)}COMMIT\n")
    (path := tmp_path / "rules.txt").write_text(text, encoding="utf-8")
    if "!fw3" in text:
        with pytest.raises(VendorMismatch):
            capture_file(str(path), Target(vendor="linux"), Vendors())
    else:
        assert capture_file(str(path), Target(vendor="linux"), Vendors()).vendor == "linux"
