"""One authentication: key files and agent keys, at most three in all, then the password once."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import paramiko
from paramiko.auth_strategy import AuthSource, AuthStrategy, InMemoryPrivateKey, SourceResult
from paramiko.pkey import UnknownKeyType

from auditor.collect.credentials import Credentials
from auditor.model.errors import LoginRefused, UsageError
from auditor.model.text import _

MOST_KEYS = 3
_MINIMUM = 0.1  # seconds


class OneAuthentication(AuthStrategy):
    """Tries every key once and the password once, and stops as soon as the device hangs up."""

    def __init__(self, credentials: Credentials, *, deadline: float) -> None:
        super().__init__(ssh_config=paramiko.SSHConfig())
        self._credentials = credentials
        self._deadline = deadline

    def authenticate(self, transport: paramiko.Transport) -> list[SourceResult]:
        """Log in.

        Raises `paramiko.AuthenticationException` if everything was refused, `LoginRefused` if the device takes nothing
        of what there is, and `TimeoutError` if it did not answer. A device that hangs up has refused: whatever it was,
        the same is not tried again.
        """
        tried = False  # something that the device takes
        accepted: list[str] | None = None  # methods, once the device has named them
        for source in self.get_sources():
            if (
                accepted is not None
                and isinstance(source, InMemoryPrivateKey)
                and "publickey" not in accepted
            ):
                continue  # a try that the device would only count
            transport.auth_timeout = max(self._deadline - time.monotonic(), _MINIMUM)
            try:
                accepted = list(source.authenticate(transport))
            except paramiko.BadAuthenticationType as error:
                accepted = list(error.allowed_types)
            except (paramiko.SSHException, EOFError, OSError) as error:
                if time.monotonic() >= self._deadline:
                    raise TimeoutError from error
                tried = True
                if not transport.is_active():
                    break  # some hang up instead of refusing, and all after as many tries as they allow
            else:
                if not accepted:
                    return [SourceResult(source, accepted)]
                tried = True
        if accepted is not None and not tried:
            raise LoginRefused(
                _("The device takes only other ways to log in: {methods}.").format(
                    methods=", ".join(accepted) or _("none")
                ),
                advice=_("Give --key or --ask-password, whichever it takes."),
            )
        raise paramiko.AuthenticationException("refused")

    def get_sources(self) -> Iterator[AuthSource]:
        """Yield what is tried, in this order."""
        given = self._credentials
        with _agent(wanted=given.use_agent) as agent_keys:
            keys = [*(_load(path) for path in given.key_files), *agent_keys]
            if not keys and given.password is None:
                raise UsageError(
                    _(
                        "There is nothing to log in with: no password, no key file, and no key in the SSH agent."
                    ),
                    advice=_("Give --ask-password or --key, or set AUDITOR_PASSWORD."),
                )
            for key in keys[:MOST_KEYS]:
                yield InMemoryPrivateKey(username=given.user, pkey=key)
        if given.password is not None:
            yield _PasswordOnce(given)


@contextmanager
def _agent(*, wanted: bool) -> Iterator[tuple[paramiko.PKey, ...]]:
    """Yield the agent's keys; a kind that the library does not know cannot sign and would only cost a try."""
    if not wanted or not _agent_answers():
        yield ()
        return
    try:
        agent = paramiko.Agent()
    except (paramiko.SSHException, OSError):  # something else listens where the agent should
        yield ()
        return
    with closing(agent):
        yield tuple(key for key in agent.get_keys() if key.inner_key is not None)  # type: ignore[attr-defined]


def _agent_answers() -> bool:
    """Tell whether somebody listens where the agent should; the library leaves its socket open if nobody does."""
    if sys.platform == "win32":
        return True  # agents have no socket there
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(os.environ.get("SSH_AUTH_SOCK", ""))
    except OSError:
        return False
    return True


class _PasswordOnce(AuthSource):
    """The password, as an answer to the device's question where it takes none by itself."""

    def __init__(self, credentials: Credentials) -> None:
        super().__init__(username=credentials.user)
        self._credentials = credentials
        self._answered = False

    def authenticate(self, transport: paramiko.Transport) -> list[str]:
        """Give the password; return the methods that the device wants besides."""
        try:
            return transport.auth_password(self.username, str(self._credentials.password), fallback=False)
        except paramiko.BadAuthenticationType as error:
            if "keyboard-interactive" not in error.allowed_types:
                raise
            return transport.auth_interactive(self.username, self._answer)

    def _answer(self, title: str, instructions: str, fields: list[tuple[str, bool]]) -> list[str]:
        """Answer the one question for a password; a second one would be a second try."""
        del title, instructions
        if not fields:
            return []
        if self._answered or len(fields) > 1:
            raise paramiko.AuthenticationException("asked for more than one password")
        self._answered = True
        return [str(self._credentials.password)]


def _load(path: Path) -> paramiko.PKey:
    try:
        return paramiko.PKey.from_path(path)
    except (paramiko.PasswordRequiredException, TypeError) as error:
        raise UsageError(
            _("The key {path} is locked with a passphrase.").format(path=path),
            advice=_("Unlock it into the SSH agent (ssh-add) and leave --key out."),
        ) from error
    except (OSError, ValueError, UnknownKeyType, paramiko.SSHException) as error:
        raise UsageError(_("{path} is not a private key that can be read.").format(path=path)) from error
