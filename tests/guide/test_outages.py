"""Outages: where they begin and end, and what ended them."""

from __future__ import annotations

from pathlib import Path

import pytest
from logs import NOTICE, analysis, back, lost, outages, registered

START = [registered("08:00:00", "203.0.113.7:1030"), back("08:00:00")]
ENDS = {
    "10 s: the next question": ([back("08:10:10")], 10, "keepalive"),
    "24 s": ([back("08:10:24")], 24, "keepalive"),
    "38 s, answered at the last repetition": ([back("08:10:41", ms=3520)], 41, "keepalive"),
    "late answer": ([f"[Mar  4 08:10:13] {NOTICE}Peer '4461.snomd715' is now Lagged. (2900ms / 2000ms)"], 13, "keepalive"),
    "on the rhythm, but longer than a keepalive": ([back("08:12:30")], 150, "qualify"),
    "off the rhythm": ([back("08:10:17")], 17, "reregister"),
    "new port": ([registered("08:40:01", "203.0.113.7:1031"), back("08:40:01")], 1801, "new_port"),
    "new address": ([registered("08:40:01", "203.0.113.99:1030"), back("08:40:01")], 1801, "reregister"),
    "open": ([], None, "unknown"),
}  # fmt: skip


@pytest.mark.parametrize(("after", "seconds", "ended_by"), ENDS.values(), ids=ENDS)
def test_outage_ends_by(after: list[str], seconds: int | None, ended_by: str, tmp_path: Path) -> None:
    told = analysis(tmp_path, [*START, lost("08:10:00"), *after])
    (outage,) = outages(told)["4461.snomd715"]
    assert (outage.seconds, outage.ended_by, outage.over) == (seconds, ended_by, bool(after))
    assert (outage.end is None) == (not after)


def test_rhythm_follows_the_limit_that_the_log_prints(tmp_path: Path) -> None:
    lines = [
        back("08:00:00").replace("2000ms", "3000ms"),
        lost("08:10:00"),
        back("08:10:26").replace("2000ms", "3000ms"),
    ]
    assert outages(analysis(tmp_path, lines))["4461.snomd715"][0].ended_by == "keepalive"


def test_other_contact_of_the_same_account_does_not_end_an_outage(tmp_path: Path) -> None:
    def contact(clock: str, port: int, state: str) -> str:
        return f"[2026-03-04 {clock}] VERBOSE[1] res_pjsip/pjsip_options.c: Contact 20/sip:20@203.0.113.7:{port} is now {state}.  RTT: 1.000 msec"

    lines = [
        contact("08:00:00", 1, "Reachable"),
        contact("08:10:00", 1, "Unreachable"),
        contact("08:11:00", 2, "Reachable"),
        contact("08:20:00", 1, "Reachable"),
    ]
    (outage,) = outages(analysis(tmp_path, lines))["20"]
    assert outage.seconds == 600


SCOPES = [
    ([], None, "none"),
    (["1"], None, "one"),
    (["1", "2"], None, "unknown"),
    (["1", "2"], 2, "all"),
    (["1", "2"], 5, "some"),
    (["1"], 5, "one"),
    (["1"], 1, "all"),
]


@pytest.mark.parametrize(("dark", "phones", "scope"), SCOPES)
def test_one_phone_or_all(dark: list[str], phones: int | None, scope: str, tmp_path: Path) -> None:
    lines = [back("08:00:00", "quiet"), *(lost(f"08:1{number}:00", number) for number in dark)]
    assert analysis(tmp_path, lines, phones=phones).scope == scope


def test_no_loss_that_was_read_is_no_all_clear_while_lines_are_unread(tmp_path: Path) -> None:
    odd = "[Mar  4 08:52:06] NOTICE[1] chan_sip.c: >>> Peer '1' is now UNREACHABLE!"
    assert analysis(tmp_path, [back("08:00:00"), odd]).scope == "unknown"


def test_pasted_table_of_peers_tells_how_many_there_are(tmp_path: Path) -> None:
    table = [
        "Name/username             Host                                    Dyn Forcerport Comedia    ACL Port     Status      Description",
        "20/20                     203.0.113.7                              D  Yes        Yes            1036     OK (21 ms)",
        "21/21                     203.0.113.7                              D  Yes        Yes            1037     UNREACHABLE",
        "22                        (Unspecified)                            D  Yes        Yes            0        UNKNOWN",
        "trunk                     198.51.100.1                                Yes        Yes            5060     Unmonitored",
        "4 sip peers [Monitored: 1 online, 2 offline Unmonitored: 1 online, 0 offline]",
    ]
    told = analysis(tmp_path, [lost("08:00:00", "20"), lost("08:30:00", "21"), *table])
    assert (told.phones, told.scope) == (3, "some")


@pytest.mark.parametrize(
    ("lines", "before"),
    [
        ([back("08:00:00")], None),
        ([lost("08:00:00", last=21)], True),
        ([lost("08:00:00", last=0)], False),
        ([*START, lost("08:10:00", last=0)], True),
    ],
)
def test_registered_before(lines: list[str], before: bool | None, tmp_path: Path) -> None:
    assert analysis(tmp_path, lines).registered_before is before


def test_undated_line_is_an_outage_without_times(tmp_path: Path) -> None:
    told = analysis(tmp_path, ["peer 401 is now UNREACHABLE"])
    (outage,) = outages(told)["401"]
    assert (outage.start, outage.end, outage.seconds) == (None, None, None)
    assert [cause.kind for cause in told.causes] == ["undecidable"]
