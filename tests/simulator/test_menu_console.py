"""The simulated menu console behaves as the vendor's sheet says; typed by hand, over real SSH."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from terminal_client import TerminalClient

from auditor.simulator.server import SimulatedRouter

DEVICE = "mikrotik_routeros"
PROMPT = "[admin@Office] > "
TIMERS = "/ip firewall connection tracking"


@pytest.fixture
def console(router: SimulatedRouter) -> Iterator[TerminalClient]:
    with TerminalClient(router) as client:
        client.read_to(PROMPT)
        yield client


def value_of(page: str, key: str) -> str:
    return next(line.split(": ", 1)[1] for line in page.splitlines() if line.strip().startswith(f"{key}:"))


def test_settings_print_is_right_aligned_as_in_the_manual(console: TerminalClient) -> None:
    page = console.run(f"{TIMERS} print")
    assert page.splitlines()[0] == "                   enabled: auto"
    assert "               udp-timeout: 10s" in page.splitlines()
    assert "        udp-stream-timeout: 3m" in page.splitlines()


def test_every_character_is_echoed_and_rubbed_out(console: TerminalClient) -> None:
    console.send("/syx\x7fstem")
    assert console.read_to("stem") == "/syx\b \bstem"
    console.send("\r")
    assert console.read_to("> ") == "\r\n[admin@Office] /system> "


@pytest.mark.parametrize("line_end", ["\r", "\n", "\r\n"])
def test_each_line_end_is_one_enter(console: TerminalClient, line_end: str) -> None:
    console.send(f"/system{line_end}/{line_end}")
    assert console.read_to(PROMPT) == f"/system\r\n[admin@Office] /system> /\r\n{PROMPT}"


def test_the_prompt_follows_the_path(console: TerminalClient) -> None:
    console.send("/ip firewall\r")
    assert console.read_to("> ").endswith("[admin@Office] /ip firewall> ")
    assert "masquerade" in console.run("nat print", prompt="/ip firewall> ")
    console.send("..\r")
    assert console.read_to("> ").endswith("[admin@Office] /ip> ")
    console.send("/\r")
    assert console.read_to("> ").endswith(PROMPT)


@pytest.mark.parametrize(
    "command",
    [
        "/ip/firewall/connection/tracking/print",
        "/ip fi conn trac pr",
        "/ip firewall connection tracking print;",
    ],
)
def test_other_spellings_of_a_path(console: TerminalClient, command: str) -> None:
    assert value_of(console.run(command), "udp-timeout") == "10s"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("3m", "3m"),
        ("180", "3m"),
        ("180s", "3m"),
        ("00:03:00", "3m"),
        ("1d2h3m4s", "1d2h3m4s"),
        ("26:00:00", "1d2h"),
        ("61", "1m1s"),
    ],
)
def test_durations_are_taken_as_the_system_takes_them(
    console: TerminalClient, typed: str, stored: str
) -> None:
    assert console.run(f"{TIMERS} set udp-timeout={typed}") == ""
    page = console.run(f"{TIMERS} print")
    assert value_of(page, "udp-timeout") == stored
    assert value_of(page, "udp-stream-timeout") == "3m"


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (f"{TIMERS} set udp-timeout=3x", "input does not match any value of udp-timeout"),
        (f"{TIMERS} set udp-timeout=", "input does not match any value of udp-timeout"),
        (f"{TIMERS} set enabled=maybe", "input does not match any value of enabled"),
        (f"{TIMERS} set udp-timeout=5m udp-tmeout=3m", "expected end of command (line 1 column 53)"),
        (f"{TIMERS} set udp-timeout=5m total-entries=1", "expected end of command (line 1 column 53)"),
        (f"{TIMERS} set 3m", "expected end of command (line 1 column 38)"),
        (
            "/ip firewallx connection tracking set udp-timeout=3m",
            "bad command name firewallx (line 1 column 5)",
        ),
        ("/ip firewall timers set udp-timeout=3m", "bad command name timers (line 1 column 14)"),
        (f"{TIMERS} add udp-timeout=3m", "bad command name add (line 1 column 34)"),
        ("configure terminal", "bad command name configure (line 1 column 1)"),
        ("sysctl -w x=1", "bad command name sysctl (line 1 column 1)"),
        ('/system identity set name="Office', "syntax error (line 1 column 34)"),
        ("/ip firewall nat remove [find comment=x", "syntax error (line 1 column 40)"),
        ("/ip firewall service-port set sips disabled=yes", "no such item"),
        ("/ip firewall service-port set disabled=yes", "no such item"),
        ("/ip firewall service-port set sip sip-timeout=1x", "input does not match any value of sip-timeout"),
        ("/ip firewall service-port set sip name=x", "expected end of command (line 1 column 35)"),
        ("/ip firewall nat remove 0", "no such item"),
        ("/ip firewall nat remove [find coment=x]", "expected end of command (line 1 column 31)"),
        (
            "/ip firewall nat add chain=dstnat action=dst-nat in-interface-list=WLAN",
            "input does not match any value of in-interface-list",
        ),
        (
            "/ip firewall nat add chain=dstnat action=dst-nat protocol=udp dst-port=70000",
            "input does not match any value of dst-port",
        ),
        (
            "/ip firewall nat add chain=dstnat action=dst-nat to-addresses=192.168.1.300",
            "input does not match any value of to-addresses",
        ),
        ("/ip firewall nat add action=dst-nat", "failure: chain is missing"),
    ],
)
def test_what_is_refused_changes_nothing(console: TerminalClient, command: str, refusal: str) -> None:
    before = console.run("/export verbose terse").partition("\n")[2]
    assert console.run(command) == refusal
    assert console.run("/export verbose terse").partition("\n")[2] == before


@pytest.mark.parametrize(
    "command",
    [
        "/ip firewall service-port set sip disabled=yes",
        "/ip firewall service-port set [find name=sip] disabled=yes",
        '/ip firewall service-port set [ find where name="sip" ] disabled=yes',
        "/ip firewall service-port set numbers=[find name=sip] disabled=true",
        "/ip firewall service-port disable sip",
    ],
)
def test_the_helper_is_switched_off_in_every_spelling(console: TerminalClient, command: str) -> None:
    assert console.run(command) == ""
    page = console.run("/ip firewall service-port print detail without-paging")
    assert page.splitlines()[0] == "Flags: X - disabled, I - invalid"
    assert ' 4 X name="sip" ports=5060,5061 sip-direct-media=yes sip-timeout=1h' in page.splitlines()
    assert page.count(" X ") == 1 + 1  # the line of flags, and one row
    assert "set sip disabled=yes" in console.run("/ip firewall service-port export").splitlines()


def test_a_filter_that_finds_nothing_sets_nothing(console: TerminalClient) -> None:
    assert console.run("/ip firewall service-port set [find name=sipp] disabled=yes") == ""
    assert "set sip" not in console.run("/export")


def test_forwards_are_added_last_and_removed_by_comment(console: TerminalClient) -> None:
    command = (
        "/ip firewall nat add chain=dstnat action=dst-nat protocol=udp dst-port=5060,10000-20000"
        ' in-interface-list=WAN to-addresses=192.168.88.5 comment="STARFACE \\"x\\""'
    )
    assert console.run(command) == ""
    page = console.run("/ip firewall nat print detail without-paging")
    assert page.splitlines()[0] == "Flags: X - disabled, I - invalid; D - dynamic"
    assert page.splitlines()[-3:] == [
        "",
        ' 2    ;;; STARFACE "x"',
        (
            "      chain=dstnat action=dst-nat to-addresses=192.168.88.5 protocol=udp in-interface-list=WAN"
            ' dst-port=5060,10000-20000 log=no log-prefix=""'
        ),
    ]
    assert console.run('/ip firewall nat remove [find comment="STARFACE \\"x\\""]') == ""
    assert "STARFACE" not in console.run("/ip firewall nat print")


def test_rows_are_known_by_the_number_they_were_printed_with(console: TerminalClient) -> None:
    console.run("/ip firewall nat print without-paging where chain=dstnat")
    assert console.run("/ip firewall nat set 0 disabled=yes") == ""
    page = console.run("/ip firewall nat print without-paging")
    assert " 1 X  ;;; Web server" in page.splitlines()


def test_connections_are_filtered_and_removed(console: TerminalClient) -> None:
    look = '/ip firewall connection print detail without-paging where protocol=udp and dst-address~":5060"'
    assert console.run(look).count("dst-address=198.51.100.10:5060 ") == 2
    assert console.run('/ip firewall connection remove [find protocol=udp dst-address~":5060"]') == ""
    assert console.run(look).count("protocol=") == 0
    assert console.run("/ip firewall connection print without-paging").count("protocol=udp") == 1
    assert console.run("/ip firewall connection print count-only where protocol=tcp or protocol=udp") == "1"


def test_an_export_is_compact_verbose_or_terse(console: TerminalClient) -> None:
    compact = console.run("/export hide-sensitive")
    assert compact.splitlines()[0].endswith(" by RouterOS 7.16")
    tracking = "/ip firewall connection tracking\nset udp-timeout=10s\n"
    assert tracking in compact
    assert "service-port" not in compact
    verbose = console.run("/export verbose").replace("\\\n    ", "")
    assert "set sip disabled=no ports=5060,5061 sip-direct-media=yes sip-timeout=1h" in verbose
    terse = console.run("/ip firewall export terse")
    assert "/ip firewall connection tracking set udp-timeout=10s" in terse
    assert "/system" not in terse
    assert max(map(len, compact.splitlines())) <= 80


def test_a_script_reads_a_value_as_a_clock(console: TerminalClient) -> None:
    assert console.run(f":put [{TIMERS} get udp-stream-timeout]") == "00:03:00"


def test_several_statements_on_a_line_stop_at_the_first_refusal(console: TerminalClient) -> None:
    command = f"{TIMERS} set udp-timeout=2m; /foo; {TIMERS} set udp-timeout=5m # raise"
    assert console.run(command).startswith("bad command name foo")
    assert value_of(console.run(f"{TIMERS} print"), "udp-timeout") == "2m"


def test_comments_are_no_commands(console: TerminalClient) -> None:
    assert console.run("# /ip firewall connection tracking set udp-timeout=5m") == ""
    assert value_of(console.run(f"{TIMERS} print"), "udp-timeout") == "10s"


def test_what_one_session_sets_the_next_one_sees(router: SimulatedRouter, console: TerminalClient) -> None:
    console.run(f"{TIMERS} set udp-timeout=4m")
    with TerminalClient(router) as other:
        other.read_to(PROMPT)
        assert value_of(other.run(f"{TIMERS} print"), "udp-timeout") == "4m"


def test_the_name_stands_in_the_prompt(console: TerminalClient) -> None:
    console.send('/system identity set name="Old Town"\r')
    assert console.read_to("> ").endswith("[admin@Old Town] > ")


def test_a_reader_may_read_and_not_write() -> None:
    with SimulatedRouter(DEVICE, may_write=False) as router, TerminalClient(router) as console:
        console.read_to(PROMPT)
        assert "udp-timeout: 10s" in console.run(f"{TIMERS} print")
        for command in (
            f"{TIMERS} set udp-timeout=3m",
            "/ip firewall nat add chain=dstnat",
            "/ip firewall nat remove [find chain=dstnat]",
            "/ip firewall service-port disable sip",
        ):
            assert console.run(command) == "not enough permissions (9)"
        assert "udp-timeout: 10s" in console.run(f"{TIMERS} print")


def test_long_output_stops_at_the_foot_of_the_screen() -> None:
    foot = "-- [Q quit|D dump|down]"
    with SimulatedRouter(DEVICE) as router, TerminalClient(router, height=10) as console:
        console.read_to(PROMPT)
        console.send("/ip firewall filter print\r")
        first = console.read_to(foot)
        assert first.count("\r\n") == 1 + 9  # the echo, and a screen less the foot
        console.send(" ")
        assert console.read_to(foot).count("\r\n") == 9
        console.send("D")
        assert "DSTNATed" in console.read_to(PROMPT)
        console.send("/ip firewall filter print\r")
        console.read_to(foot)
        console.send("q")
        assert "DSTNATed" not in console.read_to(PROMPT)
        assert "DSTNATed" in console.run("/ip firewall filter print without-paging")
        assert router.received[1:3] == [" ", "D"]


def test_narrow_terminals_fold_rows() -> None:
    with SimulatedRouter(DEVICE) as router, TerminalClient(router, options="+cet60w") as console:
        console.read_to(PROMPT)
        page = console.run("/ip firewall nat print without-paging")
        assert max(map(len, page.splitlines())) <= 60
        assert "      to-ports=443 protocol=tcp in-interface-list=WAN" in page.splitlines()


def test_without_login_options_the_screen_is_painted() -> None:
    with SimulatedRouter(DEVICE) as router, TerminalClient(router, options="") as console:
        console.read_to("\x1b[m")
        console.send("/system identity print\r")
        painted = console.read_to("> \x1b[m")
        assert "\r\x1b[K" in painted
        assert painted.count("/system identity print") == 2
    with SimulatedRouter(DEVICE) as router, TerminalClient(router) as console:
        assert "\x1b" not in console.read_to(PROMPT) + console.run("/system identity print")


def test_first_login_asks_for_the_license() -> None:
    with SimulatedRouter(DEVICE, first_login=True) as router:
        with TerminalClient(router) as console:
            assert console.read_to("[Y/n]: ").endswith("Do you want to see the software license? [Y/n]: ")
            console.send("n")
            console.read_to(PROMPT)
        with TerminalClient(router) as console:
            assert console.read_to(PROMPT) == PROMPT


def test_quit_ends_the_session(console: TerminalClient) -> None:
    console.send("/quit\r")
    assert console.read_to_end() == "/quit\r\n"
