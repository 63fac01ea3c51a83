"""Causes: each class from a log that shows it, and none from a log that could be something else."""

from __future__ import annotations

from pathlib import Path

from logs import NOTICE, analysis, back, lost, outages, registered

from auditor.model.pbxlog import CauseClass, LogAnalysis

SITE = [str(number) for number in range(20, 30)]


def clock(seconds: float) -> str:
    return f"{int(seconds) // 3600:02d}:{int(seconds) // 60 % 60:02d}:{int(seconds) % 60:02d}"


def day(seconds: float) -> str:
    return f"Mar  {4 + int(seconds) // 86400}"


def lost_at(seconds: float, peer: str) -> str:
    return lost(clock(seconds % 86400), peer, day=day(seconds))


def back_at(seconds: float, peer: str) -> str:
    return back(clock(seconds % 86400), peer, day=day(seconds))


def start(*, verbose: bool = True, host: str = "203.0.113.7") -> list[str]:
    lines = []
    for number, peer in enumerate(SITE):
        if verbose:
            lines.append(registered(clock(number), f"{host}:{1030 + number}", peer))
        lines.append(back(clock(number), peer))
    return lines


def kinds(told: LogAnalysis) -> set[CauseClass]:
    return {cause.kind for cause in told.causes}


def test_short_losses_at_different_times_are_the_nat_timer_with_its_bounds(tmp_path: Path) -> None:
    lines = start()
    for number in range(60):
        begin, length = 3600 + number * 1397, 24 if number % 3 else 10
        lines += [
            lost_at(begin, SITE[number % 10]),
            back_at(begin + length, SITE[number % 10]),
        ]
    (cause,) = analysis(tmp_path, lines).causes
    assert cause.kind == "nat_timer"
    assert cause.timer is not None
    assert (20 <= cause.timer.min <= 30, cause.timer.max) == (True, 47)
    assert cause.confidence >= 0.8
    assert cause.evidence


def test_phones_that_come_back_from_new_ports_have_changing_ports(tmp_path: Path) -> None:
    lines, port = start(), 2000
    for number in range(20):
        begin, peer, port = 7200 + number * 3900, SITE[number % 2], port + 1
        lines += [
            lost_at(begin, peer),
            registered(clock((begin + 1900) % 86400), f"203.0.113.7:{port}", peer, day(begin + 1900)),
            back_at(begin + 1900, peer),
        ]
    told = analysis(tmp_path, lines)
    assert kinds(told) == {CauseClass.PORT_CHANGE}


def test_all_lost_and_back_together_is_the_site(tmp_path: Path) -> None:
    lines = start()
    lines += [lost(clock(40000 + 6 * number), peer) for number, peer in enumerate(SITE)]
    lines += [back(clock(40600 + number), peer) for number, peer in enumerate(SITE)]
    told = analysis(tmp_path, lines)
    assert kinds(told) == {CauseClass.SITE_OUTAGE}
    assert len(told.causes[0].peers) == len(SITE)


def test_all_back_from_another_address_is_a_reconnect(tmp_path: Path) -> None:
    lines = start()
    lines += [lost(clock(40000 + 6 * number), peer) for number, peer in enumerate(SITE)]
    for number, peer in enumerate(SITE):
        lines += [
            registered(clock(40200 + 300 * number), f"203.0.113.99:{1030 + number}", peer),
            back(clock(40200 + 300 * number), peer),
        ]
    assert kinds(analysis(tmp_path, lines)) == {CauseClass.RECONNECT}


def test_refused_registrations_before_all_are_lost_mean_the_blacklist(tmp_path: Path) -> None:
    refused = [
        f"[Mar  4 {clock(39900 + number)}] {NOTICE}Registration from '\"x\" <sip:20@pbx>' failed for '203.0.113.7:5060' - Wrong password"
        for number in range(10)
    ]
    gone = [lost(clock(40000 + 6 * number), peer) for number, peer in enumerate(SITE)]
    assert kinds(analysis(tmp_path, [*start(), *refused, *gone])) == {CauseClass.BLACKLISTED}
    stranger = [line.replace("203.0.113.7:5060", "198.51.100.9:5060") for line in refused]
    assert kinds(analysis(tmp_path, [*start(), *stranger, *gone])) == {CauseClass.SITE_OUTAGE}


def test_start_of_the_pbx_needs_phones_that_are_asked_anew(tmp_path: Path) -> None:
    head = "[Mar  4 12:00:00] Asterisk 16.30.0 built by root @ pbx on a x86_64 running Linux on 2023-05-01"
    anew = [back(clock(43205 + number), peer) for number, peer in enumerate(SITE)]
    assert kinds(analysis(tmp_path, [*start(), head, *anew])) == {CauseClass.PBX_RESTART}
    assert kinds(analysis(tmp_path, [*start(), head])) == set()  # logs that rotate begin so as well


def test_one_phone_lost_for_long_while_others_stay(tmp_path: Path) -> None:
    lines = [*start(), lost(clock(40000), "20"), back(clock(47000), "20")]
    assert kinds(analysis(tmp_path, lines)) == {CauseClass.SINGLE_PHONE}


def test_lone_phone_of_the_log_cannot_be_told_from_its_line(tmp_path: Path) -> None:
    lines = [back("00:00:00", "20"), lost(clock(40000), "20"), back(clock(47000), "20")]
    told = analysis(tmp_path, lines)
    assert kinds(told) == {CauseClass.UNDECIDABLE}
    assert told.scope == "one"


def test_late_answers_before_the_loss_are_lag(tmp_path: Path) -> None:
    lines = start()
    for number in range(4):
        begin = 40000 + number * 900
        lines += [lost(clock(begin), "20", last=2438), back(clock(begin + 25), "20", ms=1240)]
    assert kinds(analysis(tmp_path, lines)) == {CauseClass.LAG}


def test_two_short_losses_are_too_few_to_accuse_a_nat(tmp_path: Path) -> None:
    lines = [
        *start(),
        lost(clock(40000), "20"),
        back(clock(40024), "20"),
        lost(clock(50000), "21"),
        back(clock(50010), "21"),
    ]
    told = analysis(tmp_path, lines)
    assert kinds(told) == {CauseClass.UNDECIDABLE}


def test_mixed_causes_are_told_apart(tmp_path: Path) -> None:
    lines = start()
    for number in range(40):
        begin = 3600 + number * 1397
        if abs(begin - 40000) > 1500:
            lines += [lost(clock(begin), SITE[number % 10]), back(clock(begin + 24), SITE[number % 10])]
    lines += [lost(clock(40000 + 6 * number), peer) for number, peer in enumerate(SITE)]
    lines += [back(clock(40600 + number), peer) for number, peer in enumerate(SITE)]
    lines += [lost(clock(70000), "25"), back(clock(78000), "25")]
    lines.sort(key=lambda line: line[8:15])
    told = analysis(tmp_path, lines)
    assert kinds(told) == {CauseClass.NAT_TIMER, CauseClass.SITE_OUTAGE, CauseClass.SINGLE_PHONE}
    assert outages(told)["25"][-1].cause == "single_phone"


def test_every_cause_has_its_lines_and_its_step(tmp_path: Path) -> None:
    lines = [*start(), lost(clock(40000), "20"), back(clock(47000), "20")]
    for cause in analysis(tmp_path, lines).causes:
        assert cause.evidence
        assert 1 <= cause.step <= 7
        assert cause.reason
