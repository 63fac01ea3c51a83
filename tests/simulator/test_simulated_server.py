"""Log-in, host keys, faults and clean-up of simulated devices, over real SSH."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import paramiko
import pytest
from terminal_client import TerminalClient, connect

from auditor.model.errors import ConfigurationError, HostKeyRejected, LoginRefused
from auditor.simulator.faults import Faults
from auditor.simulator.host_keys import new_key
from auditor.simulator.server import SimulatedRouter
from auditor.simulator.typist import enter

DEVICE = "mikrotik_routeros"
PROMPT = "[admin@Office] > "
PRINT = "/system identity print"
LOG_LINE = "17:20:06 echo: system,error,critical login failure for user admin from 198.51.100.9 via ssh"


def test_banner_address_and_commands_on_the_exec_channel() -> None:
    with SimulatedRouter(DEVICE) as router:
        assert router.host == "127.0.0.1"
        with connect(router) as client:
            transport = client.get_transport()
            assert transport is not None
            assert transport.remote_version == "SSH-2.0-ROSSSH"
            _stdin, stdout, _stderr = client.exec_command("/ip firewall nat print terse")
            assert "chain=srcnat action=masquerade" in stdout.read().decode()
            assert stdout.channel.recv_exit_status() == 0


def test_received_lists_every_line_and_no_password() -> None:
    with SimulatedRouter(DEVICE, password="sesame") as router:
        with TerminalClient(router) as console:
            console.read_to(PROMPT)
            console.run(PRINT)
            console.run("")
            console.run("nonsense here")
        assert router.received == [PRINT, "", "nonsense here"]


def test_logins_counts_refused_and_accepted() -> None:
    with SimulatedRouter(DEVICE, password="sesame") as router:
        for user, password in (("admin", "wrong"), ("root", "sesame")):
            with pytest.raises(paramiko.AuthenticationException):
                connect(router, user=user, password=password)
        connect(router).close()
        assert router.logins == 3
        assert router.received == []


def test_keys_that_are_authorized_log_in() -> None:
    key, stranger = new_key("ed25519"), new_key("ed25519")
    with SimulatedRouter(DEVICE, authorized_keys=(f"{key.get_name()} {key.get_base64()}",)) as router:
        for candidate, accepted in ((stranger, False), (key, True)):
            transport = paramiko.Transport((router.host, router.port))
            try:
                transport.start_client(timeout=5)
                if accepted:
                    assert transport.auth_publickey("admin", candidate) == []
                else:
                    with pytest.raises(paramiko.AuthenticationException):
                        transport.auth_publickey("admin", candidate)
            finally:
                transport.close()


@pytest.mark.parametrize("kinds", [("ed25519",), ("rsa",), ("ed25519", "rsa")])
def test_host_keys_of_every_kind_are_published(kinds: tuple[str, ...]) -> None:
    with SimulatedRouter(DEVICE, key_types=kinds) as router:  # type: ignore[arg-type]
        assert [line.split()[0] for line in router.host_key_line.splitlines()] == [
            f"[127.0.0.1]:{router.port}"
        ] * len(kinds)
        connect(router).close()


def test_a_given_host_key_is_kept_across_starts() -> None:
    key = new_key("ed25519")
    lines = []
    for _start in range(2):
        with SimulatedRouter(DEVICE, host_keys=(key,)) as router:
            lines.append(router.host_key_line.split()[2])
            connect(router).close()
    assert lines == [key.get_base64()] * 2


def test_a_changed_host_key_is_seen_before_the_password_is_sent() -> None:
    with SimulatedRouter(DEVICE, faults=Faults(changed_host_key=True)) as router:
        with pytest.raises(paramiko.BadHostKeyException):
            connect(router)
        with pytest.raises(HostKeyRejected):
            enter(router, PRINT)
        assert router.logins == 0


def test_old_cryptography_is_no_common_ground() -> None:
    with SimulatedRouter(DEVICE, faults=Faults(old_cryptography=True)) as router:
        with pytest.raises(paramiko.ssh_exception.IncompatiblePeer):
            connect(router)
        assert router.logins == 0


def test_wrong_password_and_unknown_login_options() -> None:
    with SimulatedRouter(DEVICE, faults=Faults(wrong_password=True)) as router, pytest.raises(LoginRefused):
        enter(router, PRINT)
    with SimulatedRouter(DEVICE, faults=Faults(refuse_login_options=True)) as router:
        with pytest.raises(paramiko.AuthenticationException):
            connect(router, user="admin+cet1000w")
        connect(router).close()


def test_a_silent_banner() -> None:
    with SimulatedRouter(DEVICE, faults=Faults(hang_at="banner")) as router:
        with socket.create_connection((router.host, router.port), timeout=1) as sock:
            sock.settimeout(0.3)
            with pytest.raises(TimeoutError):
                sock.recv(1)


def test_a_silent_authentication() -> None:
    with SimulatedRouter(DEVICE, faults=Faults(hang_at="auth")) as router:
        transport = paramiko.Transport((router.host, router.port))
        try:
            transport.start_client(timeout=5)
            transport.auth_timeout = 0.3
            with pytest.raises(paramiko.AuthenticationException, match="timeout"):
                transport.auth_password("admin", router.password)
        finally:
            transport.close()
        assert router.logins == 1


@pytest.mark.parametrize("faults", [Faults(hang_at="prompt"), Faults(never_prompt=True)])
def test_no_prompt(faults: Faults) -> None:
    with SimulatedRouter(DEVICE, faults=faults) as router, TerminalClient(router) as console:
        with pytest.raises(TimeoutError):
            console.read_to(PROMPT, within=0.3)


def test_silence_after_the_second_command() -> None:
    with SimulatedRouter(DEVICE, faults=Faults(hang_at="command 2")) as router:
        with TerminalClient(router) as console:
            console.read_to(PROMPT)
            console.run(PRINT)
            console.send(f"{PRINT}\r")
            console.read_to(f"{PRINT}\r\n")
            with pytest.raises(TimeoutError):
                console.read_to("\n", within=0.3)


def test_the_line_breaks_in_the_second_reply() -> None:
    with SimulatedRouter(DEVICE, faults=Faults(drop_in_command=2)) as router:
        with TerminalClient(router) as console:
            console.read_to(PROMPT)
            console.run(PRINT)
            console.send("/ip firewall nat print without-paging\r")
            shown = console.read_to_end()
            assert "masquerade" in shown
            assert PROMPT not in shown


def test_the_line_breaks_after_so_many_bytes() -> None:
    with SimulatedRouter(DEVICE, faults=Faults(drop_after_bytes=100)) as router:
        with TerminalClient(router) as console:
            console.send("/ip firewall nat print without-paging\r")
            assert len(console.read_to_end()) == 100


def test_refused_commands_and_log_lines_in_between() -> None:
    refusal = "not enough permissions (9)"
    faults = Faults(refuse_commands=((r"service-port", refusal),), inject_log_line=LOG_LINE)
    with SimulatedRouter(DEVICE, faults=faults) as router, TerminalClient(router) as console:
        console.read_to(PROMPT)
        assert console.run("/ip firewall service-port print").splitlines() == [LOG_LINE, refusal]
        lines = console.run("/system resource print").splitlines()
        assert lines.index(LOG_LINE) in range(1, len(lines) - 1)


def test_paging_although_nobody_asked() -> None:
    with SimulatedRouter(DEVICE, faults=Faults(page_anyway=True)) as router:
        with TerminalClient(router) as console:
            console.read_to(PROMPT)
            console.send("/ip firewall filter print without-paging\r")
            console.read_to("-- [Q quit|D dump|down]")
            console.send("D")
            assert "connection-nat-state=!dstnat" in console.read_to(PROMPT)


def test_a_slow_line_and_a_slow_device() -> None:
    with SimulatedRouter(DEVICE, faults=Faults(bytes_per_second=100)) as router:
        with TerminalClient(router) as console:
            start = time.monotonic()
            console.read_to(PROMPT)
            assert time.monotonic() - start >= len(PROMPT) / 100 * 0.9
    with SimulatedRouter(DEVICE, faults=Faults(delay_per_reply=0.2), delay=0.1) as router:
        with TerminalClient(router) as console:
            console.read_to(PROMPT)
            start = time.monotonic()
            console.run(PRINT)
            assert time.monotonic() - start >= 0.3


def test_a_flood_does_not_end() -> None:
    with SimulatedRouter(DEVICE, faults=Faults(flood=True)) as router, TerminalClient(router) as console:
        console.read_to(PROMPT)
        console.send(f"{PRINT}\r")
        console.channel.settimeout(5)
        received = 0
        while received < 500_000:  # far more than any reply of this device
            received += len(console.channel.recv(65536))


def test_a_repeated_echo() -> None:
    with SimulatedRouter(DEVICE, faults=Faults(repeat_echo=True)) as router:
        with TerminalClient(router) as console:
            console.read_to(PROMPT)
            assert console.run(PRINT).splitlines() == [f"{PROMPT}{PRINT}", "  name: Office"]


def test_an_unknown_device_is_told_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=DEVICE):
        SimulatedRouter("no_such_device")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("language: menu_console\nbaner: x\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="baner"):
        SimulatedRouter(wrong)


def test_a_session_that_is_still_open_does_not_hold_up_the_end() -> None:
    before = set(threading.enumerate())
    with ExitStack() as clients:
        with (
            SimulatedRouter(DEVICE) as router,
            SimulatedRouter(DEVICE, faults=Faults(hang_at="banner")) as mute,
        ):
            console = clients.enter_context(TerminalClient(router))
            console.read_to(PROMPT)
            clients.enter_context(socket.create_connection((mute.host, mute.port)))
            start = time.monotonic()
        took = time.monotonic() - start
        assert console.read_to_end() == ""
    assert took < 5
    end = time.monotonic() + 5
    while not set(threading.enumerate()) <= before and time.monotonic() < end:
        time.sleep(0.05)  # the client's own thread
    assert set(threading.enumerate()) <= before


def test_many_devices_keep_their_own_state() -> None:
    with SimulatedRouter(DEVICE) as first, SimulatedRouter(DEVICE) as second:
        enter(first, "/ip firewall connection tracking set udp-timeout=3m")
        assert "udp-timeout: 3m" in enter(first, "/ip firewall connection tracking print")
        assert "udp-timeout: 10s" in enter(second, "/ip firewall connection tracking print")


def test_the_typist_returns_what_the_terminal_showed() -> None:
    with SimulatedRouter(DEVICE) as router:
        shown = enter(router, f"\n{PRINT}\n\n/ip firewall service-port set sip disabled=yes\n")
        assert shown == (
            f"{PROMPT}{PRINT}\n  name: Office\n{PROMPT}/ip firewall service-port set sip disabled=yes\n{PROMPT}"
        )
        assert router.received == [PRINT, "/ip firewall service-port set sip disabled=yes"]
        assert router.logins == 1
