"""The simulated console with indented config behaves as such routers do; typed by hand, over real SSH."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from routers import log_in
from terminal_client import TerminalClient

from auditor.model.audit import AuditOptions, Verdict
from auditor.model.capture import Outcome, Target
from auditor.model.errors import LoginRefused
from auditor.pipeline import Vendors, audit, capture_live
from auditor.simulator import device_file
from auditor.simulator.server import SimulatedRouter

DEVICE = "cisco_ios"
PROMPT, CONFIG = "gw-office#", "gw-office(config)#"
INVALID = "% Invalid input detected at '^' marker."


@pytest.fixture
def console() -> Iterator[TerminalClient]:
    with SimulatedRouter(DEVICE) as router, TerminalClient(router, options="") as client:
        client.read_to(PROMPT)
        yield client


def run(console: TerminalClient, *lines: str, prompt: str = PROMPT) -> str:
    shown = ""
    for line in lines:
        shown = console.run(line, prompt="#")
    assert console.run("", prompt=prompt) == ""
    return shown


def running(console: TerminalClient, words: str = "") -> str:
    return console.run(f"show running-config{words}", prompt=PROMPT)


def test_output_stops_at_the_foot_of_a_page_until_paging_is_off(console: TerminalClient) -> None:
    console.send("show running-config\r")
    assert console.read_to("--More-- ").count("\n") == 24
    console.send("q")
    console.read_to(PROMPT)
    console.run("terminal length 0", prompt=PROMPT)
    assert "--More--" not in running(console)


def test_the_prompt_follows_the_mode(console: TerminalClient) -> None:
    console.send("configure terminal\r")
    console.read_to(CONFIG)
    console.send("parameter-map type inspect PM-INSPECT\r")
    console.read_to("gw-office(config-profile)#")
    console.send("exit\r")
    console.read_to(CONFIG)
    console.send("end\r")
    console.read_to(PROMPT)


def test_a_new_value_takes_the_place_of_the_old_one_and_no_takes_it_back(console: TerminalClient) -> None:
    include = " all | include udp-timeout"
    before = running(console, include)
    assert before == "ip nat translation udp-timeout 300"
    run(console, "configure terminal", "ip nat translation udp-timeout 90", "ip nat translation udp-timeout 180", "end")  # fmt: skip
    assert running(console, include) == "ip nat translation udp-timeout 180"
    run(console, "configure terminal", "no ip nat translation udp-timeout", "end")
    assert running(console, include) == before
    assert running(console, " | include udp-timeout") == ""


def test_only_the_negation_of_what_is_on_by_itself_is_kept(console: TerminalClient) -> None:
    run(console, "configure terminal", "no ip nat service sip udp port 5060", "end")
    assert running(console, " | include ip nat service") == "no ip nat service sip udp port 5060"
    run(console, "configure terminal", "ip nat service sip udp port 5060", "end")
    assert running(console, " | include ip nat service") == ""


def test_a_statement_of_the_whole_config_leaves_the_block(console: TerminalClient) -> None:
    run(console, "configure terminal", "parameter-map type inspect PM-INSPECT", " udp idle-time 120",
        "ip nat translation udp-timeout 90", "end")  # fmt: skip
    page = run(console, "show parameter-map type inspect PM-INSPECT")
    assert " udp idle-time 120 ageout-time 120" in page
    assert "  udp idle-time 120" not in running(console, " | include translation")


@pytest.mark.parametrize(
    "line",
    [
        "udp idle-time 180",
        "ip nat translation udp-timeout 3m",
        "ip nat translation udp-timeout 9999999",
        "ip nat translation udp timeout 180",
        "no ip nat translation",
        "ip nat inside source static udp 192.168.10.9 5060 interface Dialer9 5060",
    ],
)
def test_what_the_device_does_not_know_is_refused_and_changes_nothing(
    console: TerminalClient, line: str
) -> None:
    console.run("terminal length 0", prompt=PROMPT)
    before = running(console)
    console.run("configure terminal", prompt=CONFIG)
    assert INVALID in console.run(line, prompt=CONFIG)
    console.run("end", prompt=PROMPT)
    assert running(console) == before


def test_a_user_who_may_only_read_cannot_configure() -> None:
    with SimulatedRouter(DEVICE, may_write=False) as router, TerminalClient(router, options="") as console:
        console.read_to(PROMPT)
        assert console.run("configure terminal", prompt=PROMPT) == "Command authorization failed."


@pytest.fixture
def guarded(tmp_path: Path) -> Path:
    """Return a device whose sessions start at the first level."""
    path = Path(device_file.__file__).parent / "devices" / f"{DEVICE}.yaml"
    text = path.read_text(encoding="utf-8").replace("  name:", "  enable_secret: open sesame\n  name:", 1)
    copy = tmp_path / "guarded.yaml"
    copy.write_text(text, encoding="utf-8")
    return copy


@pytest.mark.parametrize(
    ("secret", "verdict", "read"), [("open sesame", Verdict.FAIL, Outcome.OK), (None, Verdict.UNKNOWN, Outcome.REFUSED)]
)  # fmt: skip
def test_what_needs_privileges_is_read_with_the_enable_secret_and_unknown_without(
    guarded: Path, tmp_path: Path, secret: str | None, verdict: Verdict, read: Outcome
) -> None:
    with SimulatedRouter(guarded) as router:
        capture = capture_live(
            Target(host=router.host), Vendors(), *log_in(router, tmp_path, secret)
        )  # fmt: skip
        assert not any("sesame" in line for line in router.received)
    outcomes = {document.kind: document.outcome for document in capture.documents}
    assert outcomes["running_config"] is read
    assert audit(capture, AuditOptions(), Vendors()).verdict is verdict


def test_a_wrong_enable_secret_is_given_once(guarded: Path, tmp_path: Path) -> None:
    with SimulatedRouter(guarded) as router:
        with pytest.raises(LoginRefused):
            capture_live(Target(host=router.host), Vendors(), *log_in(router, tmp_path, "wrong"))
        assert router.received.count("enable") == 1


@pytest.fixture
def views() -> Iterator[TerminalClient]:
    with SimulatedRouter("hp_comware") as router, TerminalClient(router, options="") as client:
        client.read_to("<msr-office>")
        yield client


def test_a_console_with_views_has_their_prompts_and_words(views: TerminalClient) -> None:
    assert "return to User View" in views.run("system-view", prompt="[msr-office]")
    views.run("interface GigabitEthernet0/1", prompt="[msr-office-GigabitEthernet0/1]")
    # A statement of the system view is not known in that of an interface, what shows is known in all.
    assert "% Unrecognized" in views.run("undo nat alg sip", prompt="[msr-office-GigabitEthernet0/1]")
    assert "UDP-READY" in views.run(
        "display session aging-time state", prompt="[msr-office-GigabitEthernet0/1]"
    )
    views.run("quit", prompt="[msr-office]")
    views.run("interface GigabitEthernet0/1", prompt="[msr-office-GigabitEthernet0/1]")
    views.run("return", prompt="<msr-office>")
    assert "% Unrecognized" in views.run("enable", prompt="<msr-office>")
    assert "% Unrecognized" in views.run("interface GigabitEthernet0/1", prompt="<msr-office>")


def test_a_config_of_views_is_printed_with_its_dividers(views: TerminalClient) -> None:
    views.run("screen-length disable", prompt="<msr-office>")
    views.run("system-view", prompt="[msr-office]")
    views.run("undo nat alg sip", prompt="[msr-office]")
    views.run("session aging-time state udp-ready 90", prompt="[msr-office]")
    text = views.run("display current-configuration", prompt="[msr-office]")
    assert "\n#\n undo nat alg ftp\n#\n undo nat alg sip\n#\n" in text
    assert "\n#\n session aging-time state udp-ready 90\n#\nreturn" in text
    assert "\n#\ninterface GigabitEthernet0/1\n port link-mode route\n" in text
    assert text.startswith("#\n version 7.1.064")


def test_what_identifies_a_line_takes_it_back(views: TerminalClient) -> None:
    view = "[msr-office-GigabitEthernet0/0]"
    views.run("system-view", prompt="[msr-office]")
    views.run("interface GigabitEthernet0/0", prompt=view)
    views.run("nat server protocol udp global current-interface 5060 inside 192.168.10.9 5060", prompt=view)
    shown = views.run("display current-configuration | include nat server", prompt=view)
    assert shown.strip() == "nat server protocol udp global current-interface 5060 inside 192.168.10.9 5060"
    assert "% Unrecognized" in views.run("undo nat server protocol udp", prompt=view)
    views.run("undo nat server protocol udp global current-interface 5060", prompt=view)
    assert views.run("display current-configuration | include nat server", prompt=view) == ""
