"""OpenSSH and dropbear themselves: log-ins, host keys and every key exchange that routers offer."""

from __future__ import annotations

from pathlib import Path

import pytest
from ssh_servers import HOST, PASSWORD, dropbear, host_key, logged_in, sshd

from auditor.collect.credentials import Credentials
from auditor.collect.line import connect, jump_hosts
from auditor.collect.options import SessionOptions
from auditor.collect.sessions import open_session
from auditor.model.capture import Outcome
from auditor.model.errors import HostKeyRejected, LoginRefused, OldCryptography

pytestmark = pytest.mark.lab


@pytest.mark.parametrize(
    "exchange",
    [
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
        "diffie-hellman-group14-sha256",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group-exchange-sha256",
    ],
)
def test_every_key_exchange_that_is_still_allowed(exchange: str, tmp_path: Path) -> None:
    with sshd(tmp_path, f"KexAlgorithms {exchange}") as server, logged_in(server) as session:
        answer = session.run("echo $((40 + 2))")
        assert (answer.outcome, answer.text) == (Outcome.OK, "42")


@pytest.mark.parametrize(
    "line",
    [
        *(f"Ciphers {name}" for name in ("aes128-ctr", "aes192-ctr", "aes256-ctr", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com")),
        *(f"MACs {name}" for name in ("hmac-sha1", "hmac-sha2-256", "hmac-sha2-512", "hmac-sha2-256-etm@openssh.com")),
    ],
)  # fmt: skip
def test_every_cipher_that_is_still_allowed(line: str, tmp_path: Path) -> None:
    with sshd(tmp_path, line) as server, logged_in(server) as session:
        assert session.run("echo $((40 + 2))").text == "42"


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("KexAlgorithms diffie-hellman-group1-sha1", "diffie-hellman-group1-sha1"),
        (
            "KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
            "diffie-hellman-group14-sha1, diffie-hellman-group1-sha1",
        ),
        ("HostKeyAlgorithms ssh-rsa", "ssh-rsa"),
    ],
)
def test_what_is_too_old_is_named(line: str, offered: str, tmp_path: Path) -> None:
    rsa = ("-t", "rsa") if "ssh-rsa" in line else ("-t", "ed25519")
    with sshd(tmp_path, line, key_options=rsa) as server:
        with pytest.raises(OldCryptography, match=f"no longer safe: {offered}\\."), logged_in(server):
            pass
        assert "password" not in server.log.read_text("utf-8", "replace")


@pytest.mark.parametrize(
    "options",
    [
        ("-t", "ed25519"),
        ("-t", "ecdsa", "-b", "256"),
        ("-t", "ecdsa", "-b", "384"),
        ("-t", "ecdsa", "-b", "521"),
        ("-t", "rsa", "-b", "2048"),
    ],
)
def test_every_kind_of_host_key(options: tuple[str, ...], tmp_path: Path) -> None:
    with sshd(tmp_path, key_options=options) as server, logged_in(server) as session:
        assert session.prompt == "lab#"


@pytest.mark.parametrize("known", [0, 1])
def test_a_server_with_two_keys_is_asked_for_the_known_one(known: int, tmp_path: Path) -> None:
    other, other_public = host_key(tmp_path, "-t", "rsa")
    with sshd(tmp_path, f"HostKey {other}") as server:
        if known:
            server.known_hosts.write_text(f"[{HOST}]:{server.port} {other_public}\n", encoding="utf-8")
        with logged_in(server) as session:
            assert session.prompt == "lab#"


def test_a_stranger_gets_no_log_in_at_all(tmp_path: Path) -> None:
    with sshd(tmp_path, "LogLevel DEBUG1") as server:
        server.known_hosts.write_text("", encoding="utf-8")
        with pytest.raises(HostKeyRejected, match="SHA256:"), logged_in(server):
            pass
        log = server.log.read_text("utf-8", "replace")
        assert "userauth-request" not in log
        assert "Failed" not in log


def test_a_server_that_only_asks_questions_and_refuses_once(tmp_path: Path) -> None:
    lines = ("PasswordAuthentication no", "KbdInteractiveAuthentication yes", "LogLevel VERBOSE")
    with sshd(tmp_path, *lines) as server:
        with pytest.raises(LoginRefused), logged_in(server, password="wrong"):
            pass
        assert server.log.read_text("utf-8", "replace").count("keyboard-interactive") <= 1


@pytest.mark.parametrize("tries", [1, 6])
def test_a_refused_password_is_given_once(tries: int, tmp_path: Path) -> None:
    with sshd(tmp_path, f"MaxAuthTries {tries}", "LogLevel VERBOSE") as server:
        with (
            pytest.raises(LoginRefused, match="refused the log-in of root"),
            logged_in(server, password="wrong"),
        ):
            pass
        assert server.log.read_text("utf-8", "replace").count("Failed password") == 1


def test_a_key_and_then_the_password(tmp_path: Path) -> None:
    key, public = host_key(tmp_path, "-t", "ed25519")
    allowed = tmp_path / "authorized"
    allowed.write_text(f"{public}\n", encoding="utf-8")
    lines = (f"AuthorizedKeysFile {allowed}", "AuthenticationMethods publickey,password")
    with sshd(tmp_path, *lines) as server, logged_in(server, key_files=(key,)) as session:
        assert session.run("echo $((40 + 2))").text == "42"


def test_an_account_without_a_shell(tmp_path: Path) -> None:
    with sshd(tmp_path, login_shell="/usr/sbin/nologin") as server:
        with pytest.raises(LoginRefused, match=r"closed the session at once|no terminal"), logged_in(server):
            pass


def test_dropbear_takes_a_password_or_a_key(tmp_path: Path) -> None:
    with dropbear(tmp_path) as server:
        with logged_in(server) as session:
            assert session.run("printf 'one\\ntwo\\n'").text == "one\ntwo"
            assert session.run("true").text == ""
            assert session.run("seq 3000").text.split() == [str(number + 1) for number in range(3000)]
        with pytest.raises(LoginRefused), logged_in(server, password="wrong"):
            pass


def test_the_log_in_is_not_left_open(tmp_path: Path) -> None:
    with sshd(tmp_path, "LogLevel VERBOSE") as server:
        options = SessionOptions(port=server.port, known_hosts=server.known_hosts)
        given = Credentials(user="root", password=PASSWORD, use_agent=False)
        with jump_hosts(options, given) as jumps, connect(HOST, options, jumps) as line:
            with pytest.raises(ValueError, match="stop"), open_session(line, credentials=given, profile=None):
                raise ValueError("stop")
            assert line.sock.fileno() == -1
