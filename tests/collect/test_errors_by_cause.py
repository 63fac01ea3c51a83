"""What went wrong is told by its cause, in words of its own, and is never an internal error."""

from __future__ import annotations

import http.server
import inspect
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import netmiko.exceptions
import paramiko
import pytest
from command_line import DEVICE, Auditor
from scripted_device import ScriptedDevice, Stage, session_with

from auditor.collect.authentication import OneAuthentication
from auditor.model.errors import CollectionError
from auditor.profiles.schema import Session
from auditor.simulator.faults import Faults
from auditor.simulator.server import SimulatedRouter

SPEC = Session(prompt=r"gateway# ?$", line_end="\r")


@pytest.fixture
def auditor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Auditor:
    return Auditor(tmp_path, monkeypatch, capsys)


@contextmanager
def served(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Answer one connection on loopback; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            sock, _address = server.accept()
            with sock:
                sock.settimeout(10)
                answer(sock)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def reset(sock: socket.socket) -> None:
    """Close as a device does that has no room: a reset, once the connection stands."""
    time.sleep(0.2)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def at(auditor: Auditor, port: int, *more: str, host: str = "127.0.0.1") -> str:
    """Return what is told about a port, flattened; the code has to be 3."""
    router = SimulatedRouter(DEVICE)
    router.host, router.port = host, port
    done = auditor(router, "--login-timeout", "1", *more)
    assert (done.code, done.out) == (3, "")
    assert "auditor itself failed" not in done.err
    return done.err


@pytest.mark.parametrize(
    "host",
    ["no-such-host.invalid", "a..b", "x" * 70, "ü" * 80],
    ids=["unknown", "empty label", "long", "odd"],
)
def test_a_name_that_is_not_known(host: str, auditor: Auditor) -> None:
    assert f"The name {host} is not known." in at(auditor, 22, host=host)


def test_a_port_that_refuses(auditor: Auditor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "refuses connections on port" in at(auditor, port)


def test_an_address_that_cannot_be_reached(auditor: Auditor) -> None:
    told = at(auditor, 22, "--connect-timeout", "1", host="255.255.255.255")
    assert "cannot be reached" in told


def test_a_web_server(auditor: Auditor) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        told = at(auditor, server.server_port)
        server.shutdown()
        thread.join()
    assert "does not speak SSH" in told


def test_a_service_that_speaks_first(auditor: Auditor) -> None:
    with served(lambda sock: sock.sendall(b"220 mail.example\x1b[2J ESMTP\r\n")) as port:
        told = at(auditor, port)
    assert "is not SSH. It says: 220 mail.example ESMTP" in told


def test_a_server_that_hangs_up_at_once(auditor: Auditor) -> None:
    with served(reset) as port:
        assert "does not speak SSH" in at(auditor, port)


def test_a_server_that_hangs_up_behind_its_banner(auditor: Auditor) -> None:
    with served(lambda sock: sock.sendall(b"SSH-2.0-busy\r\n")) as port:
        told = at(auditor, port)
    assert "closed the connection during the log-in" in told


def test_a_server_that_greets_before_its_banner(auditor: Auditor) -> None:
    def answer(sock: socket.socket) -> None:
        for piece in (b"Authorised use only\r\n", b"SSH-2.0", b"-busy\r\n"):
            sock.sendall(piece)

    with served(answer) as port:
        assert "closed the connection during the log-in" in at(auditor, port)


def test_the_first_protocol_and_garbage(auditor: Auditor) -> None:
    for more in ((), ("--old-cryptography",)):
        with served(lambda sock: sock.sendall(b"SSH-1.5-old\r\n")) as port:
            told = at(auditor, port, *more)
        assert "no longer safe: SSH 1." in told
        assert "Nothing reaches it" in told
        assert "--old-cryptography" not in told
    with served(lambda sock: sock.sendall(b"SSH-1.99-Cisco-1.25\r\n")) as port:
        assert "closed the connection during the log-in" in at(auditor, port)
    with served(lambda sock: sock.sendall(b"SSH-2.0-odd\r\n" + bytes(range(256)) * 8)) as port:
        assert "closed the connection during the log-in" in at(auditor, port)


def test_old_cryptography(auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE, faults=Faults(old_cryptography=True)) as router:
        done = auditor(router)
        assert (done.code, router.logins) == (3, 0)
        assert "no longer safe: diffie-hellman-group1-sha1." in done.err


def test_each_cause_has_its_own_words(auditor: Auditor) -> None:
    told = []
    for faults in (
        Faults(hang_at="banner"),
        Faults(hang_at="auth"),
        Faults(hang_at="prompt"),
        Faults(wrong_password=True),
        Faults(changed_host_key=True),
        Faults(old_cryptography=True),
        Faults(drop_after_bytes=3),
    ):
        auditor.known_hosts.unlink(missing_ok=True)
        with SimulatedRouter(DEVICE, faults=faults) as router:
            done = auditor(router, "--login-timeout", "1")
            assert done.code == 3
            told.append(done.err.replace(str(router.port), "").partition(". ")[0].partition("SHA256")[0])
    assert len(set(told)) == len(told)


def _errors() -> Iterator[BaseException]:
    """Yield one of every error that the libraries define, and of what Python raises for sockets."""
    defined = {
        kind
        for module in (paramiko.ssh_exception, paramiko.auth_strategy, paramiko, netmiko.exceptions)
        for _name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception)
    }
    key = paramiko.RSAKey.generate(1024)
    arguments: dict[str, tuple[object, ...]] = {
        "BadAuthenticationType": ("no", ["publickey"]),
        "PartialAuthentication": (["password"],),
        "ChannelException": (1, "prohibited"),
        "BadHostKeyException": ("gw", key, key),
        "ProxyCommandFailure": ("proxy", 1),
        "NoValidConnectionsError": ({("127.0.0.1", 22): OSError("no")},),
        "CouldNotCanonicalize": ("gw",),
        "AuthFailure": ([],),
        "UnknownKeyType": ("ssh-odd", b"odd"),
    }
    for kind in sorted(defined, key=lambda kind: kind.__name__):
        yield kind(*arguments.get(kind.__name__, ("it broke\x1b[2J",)))
    yield from (OSError("lost"), TimeoutError(), EOFError(), ConnectionResetError(104, "reset"))
    yield from (ValueError("odd"), AttributeError("odd"), KeyError("odd"), AssertionError(), MemoryError())


def test_no_error_of_the_libraries_escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = list(_errors())
    assert len(errors) > 25

    def play(stage: Stage) -> None:
        stage.answer("gateway# ", {})

    with ScriptedDevice(play) as device:
        for error in errors:

            def fail(*_arguments: object, cause: BaseException = error, **_named: object) -> None:
                raise cause

            monkeypatch.setattr(OneAuthentication, "authenticate", fail)
            with pytest.raises(CollectionError) as caught, session_with(device, tmp_path, SPEC):
                pass
            assert caught.value.message, error
            assert caught.value.advice, error
            is_refusal = isinstance(error, paramiko.AuthenticationException)
            assert ("refused the log-in" in caught.value.message) == is_refusal, error


def test_no_thread_and_no_connection_stays(auditor: Auditor) -> None:
    before = set(threading.enumerate())
    for faults in (
        Faults(),
        Faults(wrong_password=True),
        Faults(changed_host_key=True),
        Faults(hang_at="prompt"),
    ):
        auditor.known_hosts.unlink(missing_ok=True)
        with SimulatedRouter(DEVICE, faults=faults) as router:
            auditor(router, "--login-timeout", "0.5")
            assert not [
                thread for thread in threading.enumerate() if thread not in before and "Timer" in repr(thread)
            ]
        assert set(threading.enumerate()) <= before
