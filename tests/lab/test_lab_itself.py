"""The lab shows what the kernel does: without these, its other tests would prove nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_network import PBX, ROUTER_OUTSIDE, Lab

pytestmark = pytest.mark.lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab(tmp_path) as made:
        yield made


def test_phone_is_missed_when_the_unreplied_timer_ends_before_its_first_keepalive(lab: Lab) -> None:
    lab.set_timers(unreplied=1, replied=120)
    with lab.new_phone(keepalive=30) as phone:
        assert lab.pbx.reaches_phone()
        phone.wait_until(2.5)
        assert not lab.pbx.reaches_phone()


def test_phone_is_reached_while_its_entry_lives(lab: Lab) -> None:
    lab.set_timers(unreplied=12, replied=12)
    with lab.new_phone(keepalive=30) as phone:
        phone.wait_until(2.5)
        assert lab.pbx.reaches_phone()
    assert lab.pbx.contacts[-1][0] == ROUTER_OUTSIDE


def test_unsolicited_packets_reach_neither_phone_nor_router(lab: Lab) -> None:
    with lab.new_phone(keepalive=30):
        address, port = lab.pbx.contacts[-1]
        lab.pbx.contacts.append((address, port + 1000))
        assert not lab.pbx.reaches_phone()
    assert lab.outside.run("ping", "-c", "1", "-W", "1", ROUTER_OUTSIDE).code != 0
    assert PBX in lab.router.do("conntrack", "-L", "-p", "udp")


def test_router_is_changed_and_this_machine_is_not(lab: Lab) -> None:
    done = lab.over_ssh("echo here > /etc/left_by_the_lab && cat /etc/left_by_the_lab && hostname")
    assert done.out.startswith("here\n")
    assert not Path("/etc/left_by_the_lab").exists()
