"""How paramiko negotiates for us: known host keys first, every curve by its name, and what an old server offers is told."""

from __future__ import annotations

from typing import Any

import paramiko
from paramiko.kex_curve25519 import KexCurve25519

from auditor.collect.failures import causes
from auditor.collect.host_keys import HostKey, KnownHosts
from auditor.model.errors import OldCryptography
from auditor.model.text import _

_CURVE = "curve25519-sha256"
# The library still takes these, though block chaining and MD5 are as old as what it gave up.
_TOO_OLD = frozenset(
    {"aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc", "hmac-md5", "hmac-sha1-96", "hmac-md5-96"}
)
_PARTS = {
    "kex": "kex_algo_list",
    "host key": "server_key_algo_list",
    "cipher": "server_encrypt_algo_list",
    "mac": "server_mac_algo_list",
}


class _Transport(paramiko.Transport):
    """Remembers what the device offers, and knows the curve by the name that the standard gave it."""

    # The library's own tables; its types do not know them.
    _kex_info = {**paramiko.Transport._kex_info, _CURVE: KexCurve25519}  # type: ignore[attr-defined]  # noqa: RUF012, SLF001
    _preferred_kex = (_CURVE, *paramiko.Transport._preferred_kex)  # type: ignore[attr-defined]  # noqa: SLF001
    offered: dict[str, Any]

    def _really_parse_kex_init(self, m: Any, ignore_first_byte: bool = False) -> Any:
        self.offered = super()._really_parse_kex_init(m, ignore_first_byte)  # type: ignore[misc]
        return self.offered


class _Policy(paramiko.MissingHostKeyPolicy):
    """Asks our own store about every key: paramiko's keeps one of each kind only."""

    def __init__(self, known: KnownHosts) -> None:
        self._known = known

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Called by the client with the key that the host shows, before any log-in."""
        del client, hostname
        self._known.judge(HostKey(key.get_name(), key.asbytes()))


class Negotiation:
    """One connection's key exchange."""

    def __init__(self, host: str, known: KnownHosts, *, limit: float) -> None:
        self._host = host
        self._known = known
        self._limit = limit
        self.transport: _Transport | None = None

    def client(self) -> paramiko.SSHClient:
        """Return a client that trusts the keys that our store knows."""
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(_Policy(self._known))
        return client

    def new_transport(self, *arguments: Any, **options: Any) -> paramiko.Transport:
        """Return the transport that the client asks for."""
        transport = self.transport = _Transport(*arguments, **options)
        transport.handshake_timeout = transport.channel_timeout = self._limit
        # As OpenSSH does: a server with several keys is asked for one that is known.
        security = transport.get_security_options()
        security.ciphers = [name for name in security.ciphers if name not in _TOO_OLD]
        security.digests = [name for name in security.digests if name not in _TOO_OLD]
        known = [name for name in security.key_types if name in self._known.algorithms]
        security.key_types = [*known, *(name for name in security.key_types if name not in known)]
        return transport

    def too_old(self, error: Exception) -> OldCryptography | None:
        """Return what to say of a server with which there is no common algorithm, None if that is not the matter."""
        for cause in causes(error):
            if isinstance(cause, paramiko.ssh_exception.IncompatiblePeer):
                return old_cryptography(self._host, self._offered(str(cause)))
        return None

    def _offered(self, reason: str) -> str:
        part = next((key for word, key in _PARTS.items() if word in reason), "")
        offered = getattr(self.transport, "offered", {}).get(part, ())
        names = (name for name in offered if "ext-info" not in name and "strict" not in name)
        return ", ".join(names) or reason.rstrip(".")


def old_cryptography(host: str, offered: str) -> OldCryptography:
    """Return the error for a server that offers nothing that is safe today."""
    return OldCryptography(
        _("{host} offers only cryptography that is no longer safe: {reason}.").format(
            host=host, reason=offered
        ),
        advice=_(
            "Update the router's system. If that cannot be, --old-cryptography reaches this one router all the same."
        ),
    )
