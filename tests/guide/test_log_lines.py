"""Every form of a line that says something of a peer, and the forms that must not be taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from logs import events, read, write

WHO = "4461.snomd715"
READ = {
    "chan_sip": (f"[Mar  4 08:52:06] NOTICE[1] chan_sip.c: Peer '{WHO}' is now UNREACHABLE!  Last qualify: 21", WHO, "unreachable", 21, None),
    "one blank in the date": (f"[Mar 4 08:52:06] NOTICE[1] chan_sip.c: Peer '{WHO}' is now Reachable. (21ms / 2000ms)", WHO, "reachable", 21, None),
    "console": (f"[Mar  4 08:52:06] NOTICE[1]: chan_sip.c:24694 sip_poke_noanswer: Peer '{WHO}' is now UNREACHABLE!  Last qualify: 194", WHO, "unreachable", 194, None),
    "syslog": (f"Mar  4 08:52:06 pbx asterisk[812]: NOTICE[1362]: chan_sip.c:24694 in sip_poke_noanswer: Peer '{WHO}' is now UNREACHABLE!  Last qualify: 5", WHO, "unreachable", 5, None),
    "syslog, RFC 5424 date": (f"2026-03-04T08:52:06.123456+01:00 pbx asterisk[812]: NOTICE[1362]: chan_sip.c: Peer '{WHO}' is now Lagged. (2154ms / 2000ms)", WHO, "lagged", 2154, None),
    "in a call": (f"[2026-03-04 08:52:06] NOTICE[1][C-0000000f] chan_sip.c: Peer '{WHO}' is now Lagged. (2154ms / 2000ms)", WHO, "lagged", 2154, None),
    "milliseconds, comma": (f"[2026-03-04 08:52:06,473] NOTICE[1] chan_sip.c: Peer '{WHO}' is now Reachable. (21ms / 2000ms)", WHO, "reachable", 21, None),
    "no round trip": (f"[Mar  4 08:52:06] NOTICE[1] chan_sip.c: Peer '{WHO}' is now Reachable.", WHO, "reachable", None, None),
    "cut off": (f"[Mar  4 08:52:06] NOTICE[1] chan_sip.c: Peer '{WHO}' is now UNREACHABLE!  Last qu", WHO, "unreachable", None, None),
    "grep's prefix": (f"messages-20260304:[Mar  4 08:52:06] NOTICE[1] chan_sip.c: Peer '{WHO}' is now Reachable. (21ms / 2000ms)", WHO, "reachable", 21, None),
    "grep's number": (f"812:[Mar  4 08:52:06] NOTICE[1] chan_sip.c: Peer '{WHO}' is now Reachable. (21ms / 2000ms)", WHO, "reachable", 21, None),
    "container's prefix": (f"pbx_1  | [Mar  4 08:52:06] NOTICE[1] chan_sip.c: Peer '{WHO}' is now Reachable. (21ms / 2000ms)", WHO, "reachable", 21, None),
    "bracket lost": (f"Mar  4 08:52:06] NOTICE[1]: chan_sip.c:1 f: Peer '{WHO}' is now Reachable. (21ms / 2000ms)", WHO, "reachable", 21, None),
    "colours": (f"[Mar  4 08:52:06] \x1b[1;33mNOTICE\x1b[0m[1]: \x1b[1;37mchan_sip.c\x1b[0m:\x1b[1;37m24 \x1b[1;37mf\x1b[0m: Peer '{WHO}' is now Reachable. (21ms / 2000ms)", WHO, "reachable", 21, None),
    "Asterisk 1.2": ("Mar  4 08:52:06 NOTICE[1]: chan_sip.c:1 f: Peer 'old' is now TOO LAGGED! (2100ms / 2000ms)", "old", "lagged", 2100, None),
    "Asterisk 1.2, back": ("Mar  4 08:52:06 NOTICE[1]: Peer 'old' is now REACHABLE! (21ms / 2000ms)", "old", "reachable", 21, None),
    "blank in the name": ("[Mar  4 08:52:06] NOTICE[1] chan_sip.c: Peer 'Front desk' is now UNREACHABLE!  Last qualify: 0", "Front desk", "unreachable", 0, None),
    "the guide's wording": (f"peer {WHO} is now UNREACHABLE", WHO, "unreachable", None, None),
    "no date": ("NOTICE[11012]: chan_sip.c:30209 sip_poke_noanswer: Peer '401' is now UNREACHABLE!  Last qualify: 0", "401", "unreachable", 0, None),
    "JSON": ('{"hostname":"","timestamp":"Mar  4 08:52:06","identifiers":{"lwp":1,"callid":""},"logmsg":{"location":{"filename":"chan_sip.c","function":"f","line":1},"level":"NOTICE","message":"Peer \'401\' is now UNREACHABLE!  Last qualify: 7"}}', "401", "unreachable", 7, None),
    "IAX lost": ("[2026-03-04 08:52:16] NOTICE[9] chan_iax2.c: Peer 'site-b' is now UNREACHABLE! Time: 12", "site-b", "unreachable", 12, None),
    "IAX late": ("[2026-03-04 08:52:16] NOTICE[9] chan_iax2.c: Peer 'site-b' is now TOO LAGGED (2100 ms)!", "site-b", "lagged", 2100, None),
    "IAX registered": ("[2026-03-04 08:52:16] VERBOSE[9] chan_iax2.c:     -- Registered IAX2 'site-b' (AUTHENTICATED) at 203.0.113.9:4569", "site-b", "registered", None, "203.0.113.9:4569"),
    "registered": (f"[Mar  4 08:52:16] VERBOSE[1] chan_sip.c:     -- Registered SIP '{WHO}' at 203.0.113.7:1036", WHO, "registered", None, "203.0.113.7:1036"),
    "registered, old form": ("Registered SIP 'me1' at 192.0.2.142 port 5061 expires 60", "me1", "registered", None, "192.0.2.142:5061"),
    "registered, IPv6": (" -- Registered SIP 'me1' at [2001:db8::7]:5061", "me1", "registered", None, "[2001:db8::7]:5061"),
    "unregistered": ("[Mar  4 08:52:16]     -- Unregistered SIP 'amine'", "amine", "unregistered", None, None),
    "pjsip lost": ("[2026-03-04 08:52:16] VERBOSE[1] res_pjsip/pjsip_options.c: Contact 231/sip:+49301234@192.0.2.141:62750;transport=ws is now Unreachable. RTT: 0.000 msec", "231", "unreachable", 0, "192.0.2.141:62750"),
    "pjsip back": ("[2026-03-04 08:52:16] VERBOSE[1] res_pjsip/pjsip_options.c: Contact 225/sip:225@192.0.2.109:56656 is now Reachable.  RTT: 102.764 msec", "225", "reachable", 102.764, "192.0.2.109:56656"),
    "pjsip added": ("[2026-03-04 08:52:16.123] VERBOSE[1] res_pjsip_registrar.c:     -- Added contact 'sip:225@203.0.113.7:1036' to AOR '225' with expiration of 3600 seconds", "225", "registered", None, "203.0.113.7:1036"),
    "pjsip removed": ("[2026-03-04 08:52:16.123] VERBOSE[1] res_pjsip_registrar.c:     -- Removed contact 'sip:225@203.0.113.7:1036' from AOR '225' due to expiration", "225", "unregistered", None, "203.0.113.7:1036"),
    "pjsip deleted": ("[2026-03-04 08:52:16.123] VERBOSE[1] x.c:   == Contact 225/sip:225@203.0.113.7:1036 has been deleted", "225", "unregistered", None, "203.0.113.7:1036"),
}  # fmt: skip
NOTHING = {
    "a hint": "[2026-01-07 11:25:18,520] VERBOSE[1] chan_sip.c: Retransmitting #3 (NAT) to 192.0.2.1:54606:",
    "quoted by a caller": '[Mar  4 08:52:06] VERBOSE[1][C-00000001] pbx.c:     -- Executing [1@x:1] NoOp("SIP/9", "Peer \'1\' is now UNREACHABLE!") in new stack',
    "a whole line quoted by a caller": '[Mar  4 08:52:06] VERBOSE[1][C-00000001] pbx.c:     -- NoOp("SIP/9", "[Mar  4 08:52:06] NOTICE[1] chan_sip.c: Peer \'1\' is now UNREACHABLE!  Last qualify: 1")',
    "a name that holds a line": "[Mar  4 08:52:06] NOTICE[1] chan_sip.c: Registration from '\"a\" [Mar  4 08:52:06] NOTICE[1] chan_sip.c: Peer '1' is now UNREACHABLE!  Last qualify: 1' failed for '192.0.2.9:5060' - Wrong password",
    "a trunk of the PBX": "[Jan 26 17:20:22] NOTICE[5184]: chan_sip.c:13734 sip_reg_timeout:    -- Registration for '348@sip.example' timed out, trying again (Attempt #168)",
    "the PBX's own IAX registration": "[Jan 26 17:20:22] VERBOSE[1] chan_iax2.c:     -- Registered IAX2 to '192.0.2.1', who sees us as 192.0.2.2:4569",
    "a state that says nothing": "[2026-03-04 08:52:16] VERBOSE[1] res_pjsip/pjsip_options.c: Contact 225/sip:225@192.0.2.109:56656 is now NonQualified.  RTT: 0.000 msec",
    "prose": "the peer 401 is now UNREACHABLE since we changed the router",
    "other words": "[Mar  4 08:52:06] NOTICE[1] chan_sip.c: Peer '1' is now UNREACHABLE-ish",
}


@pytest.mark.parametrize(("line", "peer", "state", "ms", "address"), READ.values(), ids=READ)
def test_form_is_read(
    line: str, peer: str, state: str, ms: float | None, address: str | None, tmp_path: Path
) -> None:
    (event,) = events(tmp_path, line)
    assert (event.peer, event.state, event.ms, event.address) == (peer, state, ms, address)


@pytest.mark.parametrize("line", NOTHING.values(), ids=NOTHING)
def test_line_without_an_event_gives_none(line: str, tmp_path: Path) -> None:
    assert events(tmp_path, "[Mar  4 08:00:00] NOTICE[1] x.c: start", line) == []


def test_lines_that_ran_into_one_another_are_two_events(tmp_path: Path) -> None:
    line = "[Mar  4 08:52:06] NOTICE[1] chan_sip.c: Peer '1' is now UNREACH[Mar  4 08:52:07] NOTICE[1] chan_sip.c: Peer '2' is now Reachable. (1ms / 2000ms)"
    whole = line.replace("UNREACH[", "UNREACHABLE!  Last qualify: 3[")
    assert [(event.peer, event.state) for event in events(tmp_path, whole)] == [
        ("1", "unreachable"),
        ("2", "reachable"),
    ]
    assert [event.peer for event in events(tmp_path, line)] == ["2"]


@pytest.mark.parametrize("at", [45, 52, 65, 80])
def test_line_that_a_paste_broke_in_two_is_one_event(at: int, tmp_path: Path) -> None:
    line = f"[Mar  4 08:52:06] NOTICE[17903] chan_sip.c: Peer '{WHO}' is now UNREACHABLE!  Last qualify: 21"
    (event,) = events(tmp_path, "[Mar  4 08:00:00] NOTICE[1] x.c: start", line[:at], line[at:], "")
    assert (event.peer, event.state, event.time_text) == (WHO, "unreachable", "Mar  4 08:52:06")


def test_words_of_an_event_in_an_unknown_form_are_counted(tmp_path: Path) -> None:
    book = read(write(tmp_path, ["[Mar  4 08:52:06] NOTICE[1] chan_sip.c: >>> Peer '1' is now UNREACHABLE!"]))
    assert (len(book.events), book.files[0].unread_lines, book.files[0].lines) == (0, 1, 1)


def test_nothing_but_peer_time_state_and_address_is_kept(tmp_path: Path) -> None:
    line = "[2026-03-04 08:52:16] VERBOSE[1] res_pjsip/pjsip_options.c: Contact 225/sip:+4930123456@192.0.2.109:5060 is now Reachable.  RTT: 1.0 msec"
    assert "4930123456" not in repr(events(tmp_path, line))
