"""The way to a router over other hosts: real servers in between, one connection to each, strict keys on every step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from ssh_servers import HOST, PASSWORD, SPEC, Server, host_key, sshd

from auditor.collect.credentials import Credentials
from auditor.collect.line import connect, jump_hosts
from auditor.collect.options import SessionOptions
from auditor.collect.sessions import open_session
from auditor.model.capture import Outcome
from auditor.model.errors import AuditorError, HostKeyRejected, HostUnreachable, LoginRefused, OldCryptography

pytestmark = pytest.mark.lab

GIVEN = Credentials(user="root", password=PASSWORD, jump_password=PASSWORD, use_agent=False)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[tuple[Server, Server, Server]]:
    """Two hosts to jump over and a router; one file knows all their keys."""
    with ExitStack() as stack:
        servers = []
        for name in ("near", "far", "router"):
            folder = tmp_path / name
            folder.mkdir()
            servers.append(stack.enter_context(sshd(folder, "LogLevel VERBOSE")))
        near, far, router = servers
        (tmp_path / "known_hosts").write_text(
            "".join(server.known_hosts.read_text(encoding="utf-8") for server in servers), encoding="utf-8"
        )
        yield near, far, router


def options(tmp_path: Path, router: Server, **more: object) -> SessionOptions:
    known: dict[str, object] = {"port": router.port, "known_hosts": tmp_path / "known_hosts"}
    return SessionOptions(**{**known, **more})  # type: ignore[arg-type]


def forty_two(given: SessionOptions, credentials: Credentials = GIVEN) -> None:
    with (
        jump_hosts(given, credentials) as jumps,
        connect(HOST, given, jumps) as line,
        open_session(line, credentials=credentials, profile=SPEC) as session,
    ):
        answer = session.run("echo $((40 + 2))")
        assert (answer.outcome, answer.text) == (Outcome.OK, "42")


def log_ins(server: Server) -> int:
    return server.log.read_text("utf-8", "replace").count("Accepted password")


def test_two_jumps(tmp_path: Path, hosts: tuple[Server, Server, Server]) -> None:
    near, far, router = hosts
    way = f"root@{HOST}:{near.port},root@{HOST}:{far.port}"
    forty_two(options(tmp_path, router, jumps=way))
    assert [log_ins(server) for server in hosts] == [1, 1, 1]


def test_the_users_own_configuration_leads_the_way(
    tmp_path: Path, hosts: tuple[Server, Server, Server]
) -> None:
    near, far, router = hosts
    config = tmp_path / "config"
    config.write_text(
        f"Host near\n HostName {HOST}\n Port {near.port}\n User root\n"
        f"Host far\n HostName {HOST}\n Port {far.port}\n User root\n ProxyJump near\n"
        f"Host {HOST}\n Port {router.port}\n ProxyJump far\n",
        encoding="utf-8",
    )
    forty_two(options(tmp_path, router, port=None, ssh_config=config))
    assert [log_ins(server) for server in hosts] == [1, 1, 1]
    forty_two(options(tmp_path, router, ssh_config=config, jumps="none"))
    assert [log_ins(server) for server in hosts] == [1, 1, 2]


def test_one_connection_is_shared_by_many_targets(
    tmp_path: Path, hosts: tuple[Server, Server, Server]
) -> None:
    near, far, router = hosts
    given = options(tmp_path, router, jumps=f"root@{HOST}:{near.port}")
    with jump_hosts(given, GIVEN) as jumps:
        for server in (router, far, router):
            there = options(tmp_path, server, jumps=given.jumps)
            with (
                connect(HOST, there, jumps) as line,
                open_session(line, credentials=GIVEN, profile=SPEC) as session,
            ):
                assert session.prompt == "lab#"
    assert [log_ins(server) for server in hosts] == [1, 1, 2]


def test_an_old_router_behind_a_host_and_an_old_host_before_it(tmp_path: Path) -> None:
    (tmp_path / "near").mkdir()
    (tmp_path / "router").mkdir()
    old = "KexAlgorithms diffie-hellman-group1-sha1"
    with sshd(tmp_path / "near") as near, sshd(tmp_path / "router", old) as router:
        lines = [server.known_hosts.read_text(encoding="utf-8") for server in (near, router)]
        (tmp_path / "known_hosts").write_text("".join(lines), encoding="utf-8")
        over = {"jumps": f"root@{HOST}:{near.port}"}
        with pytest.raises(OldCryptography, match="reaches this one router"):
            forty_two(options(tmp_path, router, **over))
        forty_two(options(tmp_path, router, old_cryptography=True, **over))
        over = {"jumps": f"root@{HOST}:{router.port}"}
        with pytest.raises(OldCryptography, match="never for a host in between"):
            forty_two(options(tmp_path, near, old_cryptography=True, **over))


def test_no_jump_host_is_trusted_unseen(tmp_path: Path, hosts: tuple[Server, Server, Server]) -> None:
    near, _far, router = hosts
    _key, other = host_key(tmp_path, "-t", "ed25519")
    lines = router.known_hosts.read_text(encoding="utf-8") + f"[{HOST}]:{near.port} {other}\n"
    (tmp_path / "known_hosts").write_text(lines, encoding="utf-8")
    with pytest.raises(HostKeyRejected, match="changed"):
        forty_two(options(tmp_path, router, jumps=f"root@{HOST}:{near.port}"))
    assert [log_ins(server) for server in hosts] == [0, 0, 0]


def test_the_targets_password_is_not_given_to_the_hosts_in_between(
    tmp_path: Path, hosts: tuple[Server, Server, Server]
) -> None:
    near, _far, router = hosts
    given = Credentials(user="root", password=PASSWORD, jump_password="another-0815", use_agent=False)
    with pytest.raises(LoginRefused):
        forty_two(options(tmp_path, router, jumps=f"root@{HOST}:{near.port}"), given)
    assert near.log.read_text("utf-8", "replace").count("Failed password") == 1


def test_what_lies_behind_and_does_not_answer_is_named(
    tmp_path: Path, hosts: tuple[Server, Server, Server]
) -> None:
    near, _far, router = hosts
    with pytest.raises(HostUnreachable, match="does not let anybody through") as refusal:
        forty_two(options(tmp_path, router, port=1, jumps=f"root@{HOST}:{near.port}"))
    assert str(near.port) in str(refusal.value) or HOST in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Host router\n ProxyJump router\n", "leads through itself"),
        ("Host router\n ProxyJump a\nHost a\n ProxyJump router\n", "leads through itself"),
        ("Host router\n ProxyCommand nc %h %p\n", "ProxyCommand"),
        ("Host router\n ProxyJump a b c\n", "not a host to jump over"),
    ],
)
def test_a_configuration_that_leads_nowhere_is_told(text: str, words: str, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(text, encoding="utf-8")
    given = SessionOptions(ssh_config=config)
    with jump_hosts(given, GIVEN) as jumps, pytest.raises(AuditorError, match=words):
        with connect("router", given, jumps):
            pass
