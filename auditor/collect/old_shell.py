"""Reaches devices whose cryptography is no longer safe, over asyncssh and only where the user asked for it.

It stands in for `connection.Shell`: the same few methods, so that the session above does not know the difference.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
import warnings
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import asyncssh

from auditor.collect.credentials import Credentials
from auditor.collect.host_keys import HostKey, KnownHosts
from auditor.collect.transport import old_cryptography
from auditor.model.errors import AuditorError, LoginRefused, UsageError
from auditor.model.text import _

if TYPE_CHECKING:
    from auditor.collect.line import Line

_T = TypeVar("_T")
_MOST_KEYS = 3
_PATIENCE = 2.0
_CLOSED = b""
# What such devices offer beside what is safe; the library's own, safe choices come first.
_KEX = "+diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1"
_CIPHERS = "+aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc"
_MACS = "+hmac-sha1,hmac-md5,hmac-sha1-96,hmac-md5-96"
_HOST_KEYS = "+rsa-sha2-512,rsa-sha2-256,ssh-rsa,ssh-dss"

logging.getLogger("asyncssh").addHandler(logging.NullHandler())
logging.getLogger("asyncssh").propagate = False


class _Client(asyncssh.SSHClient):
    """Judges the host key by our own store, and logs in once."""

    def __init__(self, known: KnownHosts, keys: list[asyncssh.SSHKeyPair], password: str | None) -> None:
        self._known = known
        self._keys = keys
        self._password = password
        self.refused: AuditorError | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Called with the key that the host shows, before any log-in."""
        del host, addr, port
        try:
            self._known.judge(HostKey(key.get_algorithm(), key.public_data))
        except AuditorError as error:
            self.refused = error
            return False
        return True

    def public_key_auth_requested(self) -> asyncssh.SSHKeyPair | None:
        """Give the next key."""
        return self._keys.pop(0) if self._keys else None

    def password_auth_requested(self) -> str | None:
        """Give the password, the first time."""
        password, self._password = self._password, None
        return password

    def kbdint_auth_requested(self) -> str | None:
        """Let the device ask, if the password has not been given."""
        return None if self._password is None else ""

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        """Answer the one question for a password."""
        del name, instructions, lang
        if not prompts:
            return []
        password = self.password_auth_requested()
        return [password] if password is not None and len(prompts) == 1 else None


class OldShell:
    """A terminal session on an old device. Every method is called from the session's own thread."""

    def __init__(self, line: Line, credentials: Credentials, *, size: tuple[int, int]) -> None:
        # The user knows that it is old, and asked for it.
        warnings.filterwarnings("ignore", message="(?i).*(?:deprecated|decrepit)", category=UserWarning)
        self._line = line
        self._credentials = credentials
        self._size = size
        self._arrived: queue.Queue[bytes] = queue.Queue()
        self._ahead = bytearray()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._process: asyncssh.SSHClientProcess[bytes] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="old cryptography", daemon=True)
        self._thread.start()

    def open_shell(self) -> None:
        """Check the host key, log in once and ask for a terminal."""
        client = _Client(
            self._line.known, _keys(self._credentials, self._in_loop), self._credentials.password
        )
        try:
            self._in_loop(self._open(client))
        except asyncssh.KeyExchangeFailed as error:
            raise old_cryptography(self._line.host, str(error)) from error
        except asyncssh.PermissionDenied as error:
            raise LoginRefused(
                _("{host} refused the log-in of {user}.").format(
                    host=self._line.host, user=self._credentials.user
                ),
                advice=_(
                    "It is not tried again, so that nothing is locked. Check user name, password or key."
                ),
            ) from error
        except (asyncssh.Error, OSError) as error:
            raise client.refused or EOFError(str(error)) from error

    async def _open(self, client: _Client) -> None:
        limit = max(self._line.login_by - time.monotonic(), 0.1)
        self._connection = await asyncssh.connect(
            sock=self._line.sock,
            host=self._line.host,
            config=None,
            client_factory=lambda: client,
            known_hosts=lambda *_address: ([], [], []),
            username=self._credentials.user,
            client_keys=[],
            agent_path=None,
            preferred_auth=("publickey", "password", "keyboard-interactive"),
            kex_algs=_KEX,
            encryption_algs=_CIPHERS,
            mac_algs=_MACS,
            server_host_key_algs=_HOST_KEYS,
            login_timeout=limit,
            connect_timeout=limit,
        )
        width, height = self._size
        self._process = await self._connection.create_process(
            term_type="vt100", term_size=(width, height), encoding=None
        )
        self._reader = asyncio.ensure_future(self._read(self._process))

    async def _read(self, process: asyncssh.SSHClientProcess[bytes]) -> None:
        with suppress(asyncssh.Error, OSError):
            while data := await process.stdout.read(65536):
                self._arrived.put(data)
        self._arrived.put(_CLOSED)

    def receive(self, timeout: float) -> bytes:
        """Return what arrives, waiting for it at most `timeout` seconds (TimeoutError); empty once the line is closed."""
        try:
            data = self._arrived.get(timeout=max(timeout, 0.01))
        except queue.Empty:
            raise TimeoutError from None
        if data == _CLOSED:
            self._arrived.put(_CLOSED)
        return data

    def waiting(self) -> bool:
        """Tell whether something has arrived that nobody has read."""
        return not self._arrived.empty()

    def send(self, text: str) -> None:
        """Send text as it is."""
        self._in_loop(self._write(text.encode("utf-8")))

    async def _write(self, data: bytes) -> None:
        if self._process is None:
            raise EOFError("the session is closed")
        self._process.stdin.write(data)
        await self._process.stdin.drain()

    def disconnect(self) -> None:
        """Close, and wait until the thread is gone."""
        with suppress(Exception):
            self._in_loop(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        if not self._thread.is_alive():
            self._loop.close()

    async def _close(self) -> None:
        if self._connection is not None:
            self._connection.abort()
            await self._connection.wait_closed()

    def _in_loop(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _keys(credentials: Credentials, run: Any) -> list[asyncssh.SSHKeyPair]:
    """Return key files and agent keys, at most three in all."""
    found: list[asyncssh.SSHKeyPair] = []
    for path in credentials.key_files:
        try:
            found += asyncssh.load_keypairs([str(path)])
        except (OSError, ValueError, asyncssh.Error) as error:
            raise UsageError(_("{path} is not a private key that can be read.").format(path=path)) from error
    if credentials.use_agent and len(found) < _MOST_KEYS:
        with suppress(OSError, asyncssh.Error, ValueError):
            agent = run(asyncssh.connect_agent())
            found += run(agent.get_keys())
    if not found and credentials.password is None:
        raise UsageError(
            _("There is nothing to log in with: no password, no key file, and no key in the SSH agent."),
            advice=_("Give --ask-password or --key, or set AUDITOR_PASSWORD."),
        )
    return found[:_MOST_KEYS]
