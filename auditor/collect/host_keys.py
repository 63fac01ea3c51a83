"""Host keys: known, new or changed. Nothing is sent to a host whose key is not accepted."""

from __future__ import annotations

import base64
import hashlib
import threading
from pathlib import Path

import paramiko

from auditor.model.errors import HostKeyRejected
from auditor.model.text import _

_STORE_LOCK = threading.Lock()


def fingerprint(key: paramiko.PKey) -> str:
    """Return type and SHA-256 fingerprint, as OpenSSH prints them."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return f"{key.get_name()} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def default_store() -> Path:
    """Return the user's own file of known hosts."""
    return Path.home() / ".ssh" / "known_hosts"


def host_name(host: str, port: int) -> str:
    """Return the host as files of known hosts write it."""
    return host if port == 22 else f"[{host}]:{port}"  # noqa: PLR2004 - SSH's own port


class StrictHostKeys(paramiko.MissingHostKeyPolicy):
    """Refuses a host whose key is not known, or remembers it where the user accepted new ones."""

    def __init__(self, store: Path, *, accept_new: bool) -> None:
        self._store = store
        self._accept_new = accept_new

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Called by the client for a host that no file knows, before any log-in."""
        del client
        if not self._accept_new:
            raise HostKeyRejected(
                _("The host key of {host} is not known: {fingerprint}.").format(
                    host=hostname, fingerprint=fingerprint(key)
                ),
                advice=_(
                    "Compare it with the device's own. If it is right, run again with --accept-new-host-keys, or add it to {path}."
                ).format(path=self._store),
            )
        self._remember(hostname, key)

    def _remember(self, hostname: str, key: paramiko.PKey) -> None:
        line = f"{hostname} {key.get_name()} {key.get_base64()}\n"
        try:
            with _STORE_LOCK:
                self._store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with self._store.open("a", encoding="utf-8") as file:
                    file.write(line)
                self._store.chmod(0o600)
        except OSError as error:
            raise HostKeyRejected(
                _("The host key of {host} cannot be remembered in {path}: {reason}.").format(
                    host=hostname, path=self._store, reason=error.strerror
                ),
                advice=_("Name a file that can be written with --known-hosts."),
            ) from error


def changed(host: str, found: paramiko.PKey, known: paramiko.PKey, store: Path) -> HostKeyRejected:
    """Return the error for a host whose key is not the one that is known."""
    return HostKeyRejected(
        _(
            "The host key of {host} has changed: known is {known}, offered is {found}. Nothing was sent to it."
        ).format(host=host, known=fingerprint(known), found=fingerprint(found)),
        advice=_(
            "Either the device was replaced or set up anew, or somebody stands between it and you. Ask its administrator; only then take the old line out of {path}."
        ).format(path=store),
    )
