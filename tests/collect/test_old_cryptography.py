"""Devices of another age: out of reach, unless the user asks for this one by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ssh_servers import HOST, PASSWORD, Server, host_key, logged_in, sshd

from auditor.model.capture import Outcome
from auditor.model.errors import AuditorError, HostKeyRejected, LoginRefused, OldCryptography

pytestmark = pytest.mark.lab

RSA = ("-t", "rsa", "-b", "2048")
_KEX, _KEY, _CIPHER, _MAC = "KexAlgorithms", "HostKeyAlgorithms", "Ciphers", "MACs"
OFFERS = [
    (_KEX, "diffie-hellman-group14-sha1", ()),
    (_KEX, "diffie-hellman-group-exchange-sha1", ()),
    (_KEX, "diffie-hellman-group1-sha1", ()),
    (_KEY, "ssh-rsa", RSA),
    (_KEY, "ssh-dss", ("-t", "dsa")),
    (_CIPHER, "aes128-cbc", ()),
    (_CIPHER, "aes192-cbc", ()),
    (_CIPHER, "aes256-cbc", ()),
    (_CIPHER, "3des-cbc", ()),
    (_MAC, "hmac-md5", ()),
    (_MAC, "hmac-sha1-96", ()),
]


@pytest.mark.parametrize(("keyword", "offer", "key"), OFFERS, ids=[offer for _k, offer, _o in OFFERS])
def test_an_old_device_is_reached_only_when_asked_for(
    keyword: str, offer: str, key: tuple[str, ...], tmp_path: Path
) -> None:
    with sshd(tmp_path, f"{keyword} {offer}", key_options=key or ("-t", "ed25519")) as server:
        with pytest.raises(OldCryptography) as refusal, logged_in(server):
            pass
        assert f"no longer safe: {offer}." in refusal.value.message
        assert "--old-cryptography" in refusal.value.advice
        with logged_in(server, old_cryptography=True) as session:
            answer = session.run("echo $((40 + 2))")
            assert (answer.outcome, answer.text) == (Outcome.OK, "42")


def test_a_device_that_is_old_in_every_way(tmp_path: Path) -> None:
    lines = [
        f"{_KEX} diffie-hellman-group1-sha1",
        f"{_KEY} ssh-rsa",
        f"{_CIPHER} 3des-cbc,aes128-cbc",
        f"{_MAC} hmac-sha1-96,hmac-md5",
    ]
    with sshd(tmp_path, *lines, key_options=RSA) as server:
        with pytest.raises(OldCryptography, match="--old-cryptography"), logged_in(server):
            pass
        with logged_in(server, old_cryptography=True) as session:
            assert session.prompt == "lab#"


def _refused(server: Server, **more: Any) -> AuditorError:
    with pytest.raises(AuditorError) as refusal, logged_in(server, old_cryptography=True, **more):
        pass
    return refusal.value


def test_host_keys_are_as_strict_as_ever(tmp_path: Path) -> None:
    with sshd(tmp_path, "KexAlgorithms diffie-hellman-group1-sha1", "LogLevel DEBUG1") as server:
        right = server.known_hosts.read_text(encoding="utf-8")
        server.known_hosts.write_text("", encoding="utf-8")
        assert isinstance(_refused(server), HostKeyRejected)
        _key, other = host_key(tmp_path, "-t", "ed25519")
        server.known_hosts.write_text(f"[{HOST}]:{server.port} {other}\n", encoding="utf-8")
        changed = _refused(server, accept_new_host_keys=True)
        assert isinstance(changed, HostKeyRejected)
        assert "changed" in changed.message
        assert "userauth-request" not in server.log.read_text("utf-8", "replace")
        server.known_hosts.write_text("", encoding="utf-8")
        with logged_in(server, old_cryptography=True, accept_new_host_keys=True):
            pass
        assert server.known_hosts.read_text(encoding="utf-8") == right


def test_a_refused_log_in_is_tried_once(tmp_path: Path) -> None:
    with sshd(tmp_path, "KexAlgorithms diffie-hellman-group1-sha1", "LogLevel VERBOSE") as server:
        assert isinstance(_refused(server, password="wrong-" + PASSWORD), LoginRefused)
        assert server.log.read_text("utf-8", "replace").count("Failed password") == 1


def test_a_key_logs_in(tmp_path: Path) -> None:
    key, public = host_key(tmp_path, *RSA)
    allowed = tmp_path / "authorized_keys"
    allowed.write_text(public + "\n", encoding="utf-8")
    lines = (
        "KexAlgorithms diffie-hellman-group14-sha1",
        f"AuthorizedKeysFile {allowed}",
        "PasswordAuthentication no",
    )
    with (
        sshd(tmp_path, *lines) as server,
        logged_in(server, old_cryptography=True, password=None, key_files=(key,)) as session,
    ):
        assert session.prompt == "lab#"


def test_a_device_that_hangs_up_says_so(tmp_path: Path) -> None:
    with sshd(tmp_path, "KexAlgorithms diffie-hellman-group1-sha1") as server:
        with logged_in(server, old_cryptography=True) as session:
            answer = session.run("echo half; kill -9 $PPID")
        assert answer.outcome is Outcome.CUT_OFF
