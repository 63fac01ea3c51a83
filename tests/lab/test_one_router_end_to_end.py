"""The main job on a real kernel: the phone is missed, the audit says why, its snippet repairs it, the rollback restores."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_network import Lab

from auditor.profiles.loading import load_profile

pytestmark = pytest.mark.lab

_KEEPALIVE = 6
_WANTED = ("--keepalive", str(_KEEPALIVE))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab(tmp_path) as made:
        yield made


def _reached(lab: Lab) -> tuple[bool, bool]:
    """Return whether a new phone is reached just before its first keepalive, and just before its second."""
    with lab.new_phone(keepalive=_KEEPALIVE) as phone:
        phone.wait_until(_KEEPALIVE - 1)
        first = lab.pbx.reaches_phone()
        phone.wait_until(2 * _KEEPALIVE - 1)
        return first, lab.pbx.reaches_phone()


def _check(lab: Lab, *words: str) -> tuple[int, dict[str, Any]]:
    done = lab.auditor("check", "--format", "json", *_WANTED, *words)
    assert done.err == ""
    return done.code, json.loads(done.out)


def _failing(report: dict[str, Any]) -> set[str]:
    """Return the rules that decide the verdict."""
    return {
        finding["rule"]
        for finding in report["findings"]
        if finding["status"] == "fail" and finding["severity"] in {"critical", "high", "medium"}
    }


def _enter(lab: Lab, lines: str) -> None:
    """Enter lines on the router over SSH; only the counter of cleared entries may say something."""
    assert lines.strip()
    said = lab.over_ssh(lines).err
    assert [
        line for line in said.splitlines() if not re.match(r"conntrack v\S+ .* entries have been", line)
    ] == []


def _rollback(report: dict[str, Any]) -> str:
    return "\n".join(remedy["rollback"] for remedy in report["remediation"])


def _known(report: dict[str, Any]) -> dict[str, Any]:
    """Return what the router says of itself, without the entries that come and go with its phones."""
    return {
        key: report[key] for key in ("facts", "effective_udp_timeout", "unreplied_udp_timeout", "verdict")
    }


@pytest.mark.parametrize(
    ("unreplied", "replied", "rule", "reached"),
    [(3, 120, "NAT002", (False, False)), (120, 4, "NAT001", (True, False))],
    ids=["unreplied timer", "replied timer"],
)
def test_phone_is_missed_repaired_reached_and_rolled_back(
    lab: Lab, unreplied: int, replied: int, rule: str, reached: tuple[bool, bool]
) -> None:
    lab.set_timers(unreplied=unreplied, replied=replied)
    assert _reached(lab) == reached

    code, before = _check(lab)
    assert (code, before["verdict"], _failing(before)) == (1, "fail", {rule})
    assert before["unreplied_udp_timeout"]["seconds"] == unreplied
    assert before["effective_udp_timeout"]["seconds"] == replied

    snippet = lab.auditor("snippet", *_WANTED)
    assert snippet.code == 1, snippet.err
    _enter(lab, snippet.out)

    code, after = _check(lab)
    assert (code, after["verdict"], _failing(after)) == (0, "pass", set())
    assert _reached(lab) == (True, True)

    _enter(lab, _rollback(before))
    code, again = _check(lab)
    assert code == 1
    assert _known(again) == _known(before)


def test_legacy_router_behind_dropbear_is_missed_repaired_reached_and_rolled_back(tmp_path: Path) -> None:
    with Lab(tmp_path, firewall="iptables-legacy", server="dropbear") as lab:
        lab.set_timers(unreplied=3, replied=4)
        assert _reached(lab) == (False, False)
        code, before = _check(lab)
        assert (code, _failing(before)) == (1, {"NAT001", "NAT002"})
        source = {finding["rule"]: finding["evidence"] for finding in before["findings"]}["NAT005"][0]
        assert source == {
            "document": "iptables-legacy-save",
            "line": source["line"],
            "text": "-A POSTROUTING -o wan -j MASQUERADE",
        }

        _enter(lab, lab.auditor("snippet", *_WANTED).out)
        assert _check(lab)[0] == 0
        assert _reached(lab) == (True, True)
        _enter(lab, _rollback(before))
        assert _known(_check(lab)[1]) == _known(before)


def test_helper_of_a_legacy_rule_is_found_and_judged_as_if_it_were_off(tmp_path: Path) -> None:
    with Lab(tmp_path, firewall="iptables-legacy") as lab:
        lab.set_timers(unreplied=3, replied=4)
        rule = "iptables-legacy -t raw -A PREROUTING -p udp --dport 5060 -j CT --helper sip"
        lab.router.do("sh", "-c", rule)
        assert _reached(lab) == (True, True)  # the helper's own 3600 s hide the fault
        code, report = _check(lab)
        assert (code, _failing(report)) == (1, {"NAT001", "NAT002", "SIP001"})
        assert report["facts"]["sip_alg"]["state"] == "on"
        assert "--helper sip" in report["facts"]["sip_alg"]["evidence"]["text"]


def test_detected_without_naming_the_vendor_and_with_a_strange_host_key_refused(lab: Lab) -> None:
    lab.set_timers(unreplied=180, replied=180)
    code, report = _check(lab)
    assert (code, report["target"]["vendor"]) == (0, "linux")
    lab.known_hosts.write_text("")
    refused = lab.auditor("check", *_WANTED)
    assert (refused.code, refused.out) == (3, "")
    assert "Traceback" not in refused.err


def test_capture_tells_the_same_later_without_the_router(lab: Lab, tmp_path: Path) -> None:
    lab.set_timers(unreplied=3, replied=120)
    live = _check(lab)[1]
    file = tmp_path / "capture.json"
    assert lab.auditor("capture", "-o", str(file)).code == 0
    later = lab.phone.run(
        sys.executable,
        "-m",
        "auditor",
        "check",
        "--file",
        str(file),
        "--format",
        "json",
        "--lang",
        "en",
        *_WANTED,
    )
    assert later.code == 1
    offline = json.loads(later.out)
    assert (_known(offline), offline["findings"], offline["remediation"]) == (
        _known(live),
        live["findings"],
        live["remediation"],
    )


def test_audit_types_only_the_profiles_commands_and_changes_nothing(lab: Lab) -> None:
    state = "nft list ruleset; sysctl -a 2>/dev/null | grep nf_conntrack_udp; find /etc -newer /run/host_key"
    lab.set_timers(unreplied=3, replied=120)
    before = lab.router.do("sh", "-c", state)
    assert _check(lab)[0] == 1
    assert lab.router.do("sh", "-c", state) == before

    typed = lab.router.do("cat", "/run/home/.bash_history").splitlines()  # the login shell's own memory
    profile = load_profile("linux")
    assert profile.session
    known = {document.command for document in profile.documents.values()} | set(profile.session.leave)
    known.add(profile.detect.probe)
    assert "nft list ruleset" in typed
    assert set(typed) <= known
