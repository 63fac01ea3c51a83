"""The simulated shell: what it keeps, what it runs, and the words in which it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from auditor.simulator.shell_console import ShellConsole, ShellDevice

FILE = Path(__file__).resolve().parents[2] / "auditor" / "simulator" / "devices" / "openwrt.yaml"
KEY = "net.netfilter.nf_conntrack_udp_timeout"


@pytest.fixture
def device() -> ShellDevice:
    return ShellDevice(yaml.safe_load(FILE.read_text(encoding="utf-8"))["console"])


@pytest.fixture
def shell(device: ShellDevice) -> ShellConsole:
    return device.open(user="root", may_write=True, width=80)


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("show running-config", "-ash: show: not found"),
        (f"sysctl -w {KEY}=180s", f"sysctl: error setting key '{KEY}': Invalid argument"),
        (f"sysctl -w {KEY}=-1", f"sysctl: error setting key '{KEY}': Invalid argument"),
        ("sysctl -w net.netfilter.nf_conntrack_udp=1", "sysctl: error: 'net.netfilter.nf_conntrack_udp' is an unknown key"),
        ("sysctl net.ipv4.x", "sysctl: error: 'net.ipv4.x' is an unknown key"),
        ("uci get firewall.@defaults[0].auto_helper", "uci: Entry not found"),
        ("uci set firewall.@defaults[1].auto_helper=0", "uci: Entry not found"),
        ("uci set firewall.@redirect[9].enabled=0", "uci: Entry not found"),
        ("uci set network.@defaults[0].auto_helper=0", "uci: Entry not found"),
        ("uci delete firewall.@defaults[0].auto_helper", "uci: Entry not found"),
        ("uci set firewall.@defaults[0]", "uci: Invalid argument"),
        ("uci set firewall.@defaults[0].auto helper=0", "uci: Invalid argument"),
        ("uci commit network", "uci: Entry not found"),
        ("uci", "uci: Invalid argument"),
        ("/etc/init.d/firewall reloaded", "Syntax: /etc/init.d/firewall [command]"),
        ("cat /etc/nothing", "cat: can't open '/etc/nothing': No such file or directory"),
        ("cp /etc/nothing /etc/config/firewall", "cp: can't stat '/etc/nothing': No such file or directory"),
        ("sed -i s/a/b/ /etc/sysctl.conf", "sed: /etc/sysctl.conf: No such file or directory"),
        ("uci set 'firewall", "-ash: syntax error: unterminated quoted string"),
    ],
)  # fmt: skip
def test_what_it_does_not_know_is_refused_and_changes_nothing(
    shell: ShellConsole, line: str, refusal: str
) -> None:
    before = (shell.run("uci show firewall"), shell.run(f"sysctl {KEY}"), shell.run("cat /etc/sysctl.conf"))
    assert shell.run(line).text == f"{refusal}\n"
    assert before == (
        shell.run("uci show firewall"),
        shell.run(f"sysctl {KEY}"),
        shell.run("cat /etc/sysctl.conf"),
    )


def test_what_is_entered_is_kept_by_a_commit_and_run_by_a_reload(
    device: ShellDevice, shell: ShellConsole
) -> None:
    rules = shell.run("nft list ruleset").text
    shell.run("uci set firewall.@defaults[0].auto_helper='0'")
    assert shell.run("uci get firewall.@defaults[0].auto_helper").text == "0\n"
    shell.run("/etc/init.d/firewall reload")
    assert shell.run("nft list ruleset").text == rules
    shell.run("uci commit firewall")
    assert shell.run("nft list ruleset").text == rules
    shell.run("/etc/init.d/firewall reload")
    assert "helper" not in shell.run("nft list ruleset").text
    other = device.open(user="root", may_write=True, width=80)
    assert other.run("uci get firewall.@defaults[0].auto_helper").text == "0\n"


def test_what_is_entered_is_forgotten_by_a_revert(shell: ShellConsole) -> None:
    before = shell.run("uci show firewall")
    assert shell.run("uci add firewall redirect").text.startswith("cfg")
    shell.run("uci set firewall.@redirect[-1].src=wan")
    assert "firewall.@redirect[2].src='wan'\n" in shell.run("uci show firewall").text
    shell.run("uci revert firewall")
    assert shell.run("uci show firewall") == before


def test_the_second_command_waits_for_the_first(shell: ShellConsole) -> None:
    assert shell.run(f"command -v conntrack > /dev/null && sysctl -w {KEY}=1").text == ""
    assert shell.run(f"command -v sysctl > /dev/null && sysctl -w {KEY}=90").text == f"{KEY} = 90\n"


def test_lines_are_appended_found_and_deleted(shell: ShellConsole) -> None:
    shell.run(f"printf '\\n%s\\n' '{KEY}=180' >> /etc/sysctl.conf")
    found = shell.run("grep -s nf_conntrack_udp /etc/sysctl.d/*.conf /etc/sysctl.conf").text
    assert found.endswith(f"/etc/sysctl.conf:{KEY}=180\n")
    shell.run("sed -i '/^net\\.netfilter\\.nf_conntrack_udp_timeout=180$/d' /etc/sysctl.conf")
    assert KEY not in shell.run("cat /etc/sysctl.conf").text


def test_a_log_in_that_may_only_read_changes_nothing(device: ShellDevice) -> None:
    reader = device.open(user="viewer", may_write=False, width=80)
    for line in (
        f"sysctl -w {KEY}=1",
        "uci set firewall.@defaults[0].input=ACCEPT",
        "printf x >> /etc/sysctl.conf",
    ):
        assert reader.run(line).text.endswith("Permission denied\n")
    assert reader.run(f"sysctl {KEY}").text == f"{KEY} = 60\n"
