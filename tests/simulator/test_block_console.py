"""The simulated block console behaves as the vendor's sheet says; typed by hand, over real SSH."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from terminal_client import TerminalClient

from auditor.simulator.server import SimulatedRouter

DEVICE = "fortinet"
PARSE = "command parse error before '{}'\nCommand fail. Return code -61"


@pytest.fixture
def console(router: SimulatedRouter) -> Iterator[TerminalClient]:
    with TerminalClient(router, options="") as client:
        client.read_to("FW-OFFICE # ")
        yield client


def typed(console: TerminalClient, *lines: str) -> str:
    """Type lines, and spaces at the pager; return what the last line showed."""
    shown = ""
    for line in lines:
        console.send(f"{line}\r")
        text = console.read_to(" ", after=f"{line}\r\n")
        while not text.endswith(("# ", "$ ", "--More-- ")):
            text += console.read_to(" ")
        while text.endswith("--More-- "):
            console.send(" ")
            text = text.removesuffix("--More-- ") + console.read_to(" ").replace("\r         \r", "")
            while not text.endswith(("# ", "$ ", "--More-- ")):
                text += console.read_to(" ")
        shown = text.replace("\r\n", "\n").partition(f"{line}\n")[2].rpartition("\n")[0]
    return shown


def test_the_prompt_tells_the_place(console: TerminalClient) -> None:
    steps = [
        ("config vdom", "FW-OFFICE (vdom) # "),
        ("edit root", "FW-OFFICE (root) # "),
        ("config system session-ttl", "FW-OFFICE (session-ttl) # "),
        ("config port", "FW-OFFICE (port) # "),
        ("edit 9", "FW-OFFICE (9) # "),
        ("set protocol 17", "FW-OFFICE (9) # "),
        ("end", "FW-OFFICE (session-ttl) # "),
        ("end", "FW-OFFICE (root) # "),
        ("end", "FW-OFFICE # "),
        ("config global", "FW-OFFICE (global) # "),
        ("end", "FW-OFFICE # "),
    ]
    for line, prompt in steps:
        console.send(f"{line}\r")
        assert console.read_to(prompt, after=f"{line}\r\n").endswith(f"\r\n{prompt}")


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        (["show system global"], "global"),  # neither place nor VDOM chosen
        (["config global", "show firewall policy"], "policy"),
        (["config vdom", "edit root", "show system global"], "global"),
        (["config vdom", "edit nowhere"], "nowhere"),
        (["config global", "config system global", "set udp-idle-timer 0"], "0"),
        (["config global", "config system global", "set udp-idle-timer 3m"], "3m"),
        (["config global", "config system global", "set udp-timer 180"], "udp-timer"),
        (["config global", "config system session-helper", "delete 12"], "12"),
        (["config vdom", "edit root", "config system session-ttl", "config port", "edit 4", "set start-port 5060"], "start-port"),
        (["config vdom", "edit root", "config firewall policy", "edit 7", 'set service "NOTHING"'], "NOTHING"),
        (["config vdom", "edit root", "config firewall policy", "edit 7", "set dstaddr 'PBX"], "'PBX"),
        (["/ip firewall nat print"], "/ip"),
    ],
)  # fmt: skip
def test_what_is_not_known_here_is_refused(console: TerminalClient, lines: list[str], word: str) -> None:
    assert typed(console, *lines) == PARSE.format(word)


def test_a_refused_line_leaves_the_rest_and_an_object_that_lacks_a_value_is_dropped(
    console: TerminalClient,
) -> None:
    typed(console, "config vdom", "edit root")
    before = typed(console, "show firewall vip")
    assert "extip is missing" in typed(
        console, "config firewall vip", 'edit "New"', "set extintf wan1", "next"
    )
    typed(console, "end")
    assert typed(console, "show firewall vip") == before
    assert "is used" in typed(console, "config firewall vip", 'delete "Web server"')


def test_a_full_listing_shows_what_was_never_set(console: TerminalClient) -> None:
    typed(console, "config global")
    assert "cfg-save" not in typed(console, "show system global")
    full = typed(console, "show full-configuration system global")
    assert "    set cfg-save automatic" in full.split("\n")
    assert "    set udp-idle-timer 60" in full.split("\n")


def test_what_one_session_sets_the_next_one_sees(router: SimulatedRouter, console: TerminalClient) -> None:
    typed(console, "config global", "config system global", "set udp-idle-timer 240", "end")
    with TerminalClient(router, options="") as other:
        other.read_to("FW-OFFICE # ")
        shown = typed(other, "config global", "show system global")
    assert "    set udp-idle-timer 240" in shown.split("\n")


def test_long_output_stops_after_24_lines_whatever_the_terminal_says(router: SimulatedRouter) -> None:
    with TerminalClient(router, options="", height=1000) as console:
        console.read_to("FW-OFFICE # ")
        console.send("config global\r")
        console.read_to("FW-OFFICE (global) # ")
        console.send("show system session-helper\r")
        assert console.read_to("--More-- ").count("\r\n") == 1 + 23
        console.send("q")
        assert "dns-udp" not in console.read_to("FW-OFFICE (global) # ")


def test_sessions_are_cleared_as_the_filter_says(console: TerminalClient) -> None:
    typed(console, "config vdom", "edit root")
    assert typed(console, "diagnose sys session list").endswith("total session 2")
    typed(console, "diagnose sys session filter proto 17", "diagnose sys session filter dport 5060")
    typed(console, "diagnose sys session clear", "diagnose sys session filter clear")
    assert ":53(" in typed(console, "diagnose sys session list")


def test_a_reader_may_read_and_not_write() -> None:
    with SimulatedRouter(DEVICE, may_write=False) as router, TerminalClient(router, options="") as console:
        console.read_to("FW-OFFICE $ ")
        typed(console, "config global")
        assert "udp-idle-timer" in typed(console, "show system global")
        assert typed(console, "config system global") == "Unknown action 0"


def test_the_banner_waits_for_one_key() -> None:
    with SimulatedRouter(DEVICE, first_login=True) as router, TerminalClient(router, options="") as console:
        console.read_to("(Press 'a' to accept):")
        console.send("a")
        console.read_to("FW-OFFICE # ")
