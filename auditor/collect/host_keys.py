"""Host keys: known, new or changed. Nothing is sent to a host whose key is not accepted."""

from __future__ import annotations

import base64
import fnmatch
import hashlib
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from paramiko.hostkeys import HostKeys

from auditor.model.errors import HostKeyRejected
from auditor.model.text import _

_ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}  # of keys whose kind is no algorithm itself
_STORE_LOCK = threading.Lock()  # among threads; the file's own lock is among processes


@dataclass(frozen=True, slots=True)
class HostKey:
    """A server's public key: its kind, and itself as it goes over the wire. Libraries differ in what they can read."""

    kind: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """Kind and SHA-256 fingerprint, as OpenSSH prints them."""
        digest = hashlib.sha256(self.blob).digest()
        return f"{self.kind} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"

    @property
    def line(self) -> str:
        """Kind and key, as files of known hosts hold them."""
        return f"{self.kind} {base64.b64encode(self.blob).decode()}"


def default_store() -> Path:
    """Return the user's own file of known hosts."""
    return Path.home() / ".ssh" / "known_hosts"


def host_name(host: str, port: int) -> str:
    """Return the host as files of known hosts write it."""
    return host if port == 22 else f"[{host}]:{port}"  # noqa: PLR2004 - SSH's own port


class KnownHosts:
    """The keys that one host may show; a new one is refused, or remembered where the user accepted new ones.

    `algorithms` are those by which a server shows a key that is known.
    """

    def __init__(self, store: Path, name: str, *, accept_new: bool) -> None:
        self._store = store
        self._name = name
        self._accept_new = accept_new
        kinds = {key.kind for key, revoked in self._entries() if not revoked}
        self.algorithms = frozenset(name for kind in kinds for name in _ALGORITHMS.get(kind, (kind,)))

    def judge(self, key: HostKey) -> None:
        """Take the key that the host shows, before any log-in, or raise `HostKeyRejected`."""
        if self._is_known(key):
            return
        if not self._accept_new:
            raise HostKeyRejected(
                _("The host key of {host} is not known: {fingerprint}.").format(
                    host=self._name, fingerprint=key.fingerprint
                ),
                advice=_(
                    "Compare it with the device's own. If it is right, run again with --accept-new-host-keys, or add it to {path}."
                ).format(path=self._store),
            )
        self._remember(key)

    def _is_known(self, key: HostKey) -> bool:
        """Tell whether a line names the key; `HostKeyRejected` if it is revoked, or if only others are named."""
        entries = list(self._entries())
        if (key, True) in entries:
            raise HostKeyRejected(
                _("{path} says that the host key of {host} is revoked: {fingerprint}.").format(
                    path=self._store, host=self._name, fingerprint=key.fingerprint
                ),
                advice=_("Ask who looks after the device; nothing was sent to it."),
            )
        known = [entry for entry, revoked in entries if not revoked]
        if known and key not in known:
            same_kind = [entry for entry in known if entry.kind == key.kind]
            raise _changed(self._name, key, (same_kind or known)[0], self._store)
        return key in known

    def _entries(self) -> Iterator[tuple[HostKey, bool]]:
        """Yield every key that the file has for the host, and whether it is revoked there."""
        try:
            text = self._store.read_text("utf-8", "replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise HostKeyRejected(
                _("The known hosts in {path} cannot be read: {reason}.").format(
                    path=self._store, reason=error.strerror
                ),
                advice=_("Name another file with --known-hosts."),
            ) from error
        for line in text.splitlines():
            fields = line.split()
            revoked = fields[:1] == ["@revoked"]
            fields = fields[1:] if revoked else fields
            # What other marks mean is no key of a host; an authority's key signs those of hosts.
            if len(fields) < 3 or fields[0].startswith("@") or not _names(fields[0], self._name):  # noqa: PLR2004 - names, type, key
                continue
            key = _key(fields[1], fields[2])
            if key is not None:
                yield key, revoked

    def _remember(self, key: HostKey) -> None:
        line = f"{self._name} {key.line}\n"
        try:
            with _STORE_LOCK:
                self._store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor = os.open(self._store, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
                with os.fdopen(descriptor, "rb+", buffering=0) as file:
                    _lock(file)
                    if not self._is_known(key):  # another process may have been faster
                        file.write(_glue(file) + line.encode())
        except OSError as error:
            raise HostKeyRejected(
                _("The host key of {host} cannot be remembered in {path}: {reason}.").format(
                    host=self._name, path=self._store, reason=error.strerror
                ),
                advice=_("Name a file that can be written with --known-hosts."),
            ) from error


def _lock(file: IO[bytes]) -> None:
    """Keep other processes away until the file is closed."""
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)


def _glue(file: IO[bytes]) -> bytes:
    """Return the newline that a file lacks whose last line has none."""
    if file.seek(0, os.SEEK_END) == 0:
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"


def _names(field: str, name: str) -> bool:
    """Tell whether the first field of a line means this host: names, patterns, `!` for all but, or a hash."""
    found = False
    for pattern in field.lower().split(","):
        if pattern.startswith("|1|"):
            hashed = field.split(",", maxsplit=1)[0]
            found |= _hash(name.lower(), hashed) == hashed
        elif fnmatch.fnmatchcase(name.lower(), _without_sets(pattern.removeprefix("!"))):
            if pattern.startswith("!"):
                return False
            found = True
    return found


def _without_sets(pattern: str) -> str:
    """SSH's patterns know `*` and `?` only; brackets stand around hosts with a port."""
    return pattern.replace("[", "[[]")


def _hash(name: str, salted: str) -> str:
    try:
        return HostKeys.hash_host(name, salted)
    except (ValueError, AssertionError):  # a damaged line
        return ""


def _key(kind: str, text: str) -> HostKey | None:
    """Return the key of a line, None for a damaged one: the kind stands in the key once more."""
    try:
        blob = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return HostKey(kind, blob) if blob[4:].startswith(kind.encode()) else None


def _changed(host: str, found: HostKey, known: HostKey, store: Path) -> HostKeyRejected:
    """Return the error for a host whose key is not the one that is known."""
    return HostKeyRejected(
        _(
            "The host key of {host} has changed: known is {known}, offered is {found}. Nothing was sent to it."
        ).format(host=host, known=known.fingerprint, found=found.fingerprint),
        advice=_(
            "Either the device was replaced or set up anew, or somebody stands between it and you. Ask its administrator; only then take the old line out of {path}."
        ).format(path=store),
    )
