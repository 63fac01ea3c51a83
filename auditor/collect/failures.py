"""Turns what sockets, paramiko and netmiko raise into our errors: by cause, not by class."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from auditor.model.errors import (
    CollectionError,
    ConnectionLost,
    HostUnreachable,
    LoginRefused,
    OldCryptography,
    PromptNotFound,
)
from auditor.model.text import _


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what lies beneath it, each once."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def of_connect(error: OSError, host: str, port: int) -> HostUnreachable:
    """Return what went wrong before SSH spoke."""
    place = {"host": host, "port": port}
    if isinstance(error, socket.gaierror):
        return HostUnreachable(
            _("The name {host} is not known.").format(**place),
            advice=_("Check the name, or give the address."),
        )
    if isinstance(error, TimeoutError):
        return HostUnreachable(
            _("{host} does not answer on port {port}.").format(**place),
            advice=_("Check address and port, and whether a firewall lets SSH through from here."),
        )
    if isinstance(error, ConnectionRefusedError):
        return HostUnreachable(
            _("{host} refuses connections on port {port}.").format(**place),
            advice=_("SSH is switched off there, or listens on another port (--port)."),
        )
    return HostUnreachable(
        _("{host}, port {port} cannot be reached: {reason}.").format(**place, reason=error.strerror or error),
        advice=_("Check the network between here and the router."),
    )


def no_ssh(host: str, port: int) -> HostUnreachable:
    """Return the error for a server that never named itself as SSH."""
    return HostUnreachable(
        _("What answers on {host}, port {port} does not speak SSH, or not in time.").format(
            host=host, port=port
        ),
        advice=_("Check the port; some routers serve SSH on another one (--port)."),
    )


def other_service(host: str, port: int, said: str) -> HostUnreachable:
    """Return the error for a server that speaks, but not SSH."""
    return HostUnreachable(
        _("What answers on {host}, port {port} is not SSH. It says: {text}").format(
            host=host, port=port, text=said
        ),
        advice=_("Check the port; some routers serve SSH on another one (--port)."),
    )


def first_protocol(host: str) -> OldCryptography:
    """Return the error for a server that speaks nothing newer than the first version of SSH."""
    return OldCryptography(
        _("{host} offers only cryptography that is no longer safe: {reason}.").format(
            host=host, reason="SSH 1"
        ),
        advice=_("Nothing reaches it. Update the router's system, or give a saved config with --file."),
    )


def time_is_up(host: str, seconds: float) -> ConnectionLost:
    """Return the error for a session that reached its limit in all."""
    return ConnectionLost(
        _("The session with {host} was ended after {seconds:g} s, its limit in all.").format(
            host=host, seconds=seconds
        ),
        advice=_("Raise --timeout if the router is slow."),
    )


def line_dropped(host: str) -> ConnectionLost:
    """Return the error for a device that hung up."""
    return ConnectionLost(
        _("{host} closed the connection in the middle of the session.").format(host=host),
        advice=_("Try again; some routers end sessions when their log-in limit is reached."),
    )


def login_late(host: str) -> HostUnreachable:
    """Return the error for a log-in that reached its limit."""
    return HostUnreachable(
        _("{host} did not finish the log-in in time.").format(host=host),
        advice=_("Raise --login-timeout if the router is slow."),
    )


def of_login(error: BaseException, host: str, port: int, user: str) -> CollectionError:
    """Return what went wrong between the connection and the shell."""
    import paramiko

    place = {"host": host, "port": port}
    for cause in causes(error):
        if isinstance(cause, CollectionError):
            return cause
        if isinstance(cause, paramiko.AuthenticationException):
            return LoginRefused(
                _("{host} refused the log-in of {user}.").format(**place, user=user),
                advice=_(
                    "It is not tried again, so that nothing is locked. Check user name, password or key."
                ),
            )
        if isinstance(cause, paramiko.ChannelException) or str(cause) == "Channel closed.":
            return LoginRefused(
                _("{host} took the log-in but gives {user} no terminal.").format(**place, user=user),
                advice=_("The user may have no right to a shell."),
            )
    text = str(error)
    if "banner" in text.lower():
        return no_ssh(host, port)
    if any(isinstance(cause, TimeoutError) for cause in causes(error)) or "timeout" in text.lower():
        return login_late(host)
    return ConnectionLost(
        _("{host} closed the connection during the log-in: {reason}.").format(**place, reason=_plain(text)),
        advice=_("Some routers allow only few log-ins at a time: wait a minute and try again."),
    )


def _plain(text: str) -> str:
    return " ".join(text.split())[:200].rstrip(".")


def not_offered(host: str, text: str) -> PromptNotFound:
    """Return the error for a screen that does not show what the profile would choose there."""
    return PromptNotFound(
        _("{host} does not offer what would be chosen on this screen, so nothing was typed.").format(
            host=host
        ),
        advice=_("The last that it showed: {text}").format(text=text),
    )
