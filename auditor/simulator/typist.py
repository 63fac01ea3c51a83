"""Types a text into a device as a person would: log in, a line, wait for the prompt, the next line."""

from __future__ import annotations

import re
import time

import paramiko

from auditor.model.errors import CommandTimedOut, ConnectionLost, HostKeyRejected, LoginRefused
from auditor.model.text import _
from auditor.simulator.device_file import DeviceFile
from auditor.simulator.server import SimulatedRouter

_PATIENCE = 20.0  # seconds for a prompt
_COLOURS = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[A-Z])")


def enter(router: SimulatedRouter, text: str) -> str:
    r"""Type every line of a text into the device and return all that the terminal showed.

    Args:
        router: the device, with the only user who may log in.
        text: what to type; blank lines are left out, except inside a here-document.

    Returns:
        The terminal's text with `\n` line ends and without colours.

    Raises:
        HostKeyRejected: the device has another host key.
        LoginRefused: it does not take user or password.
        CommandTimedOut: no prompt came.
        ConnectionLost: the device hung up.
    """
    with paramiko.SSHClient() as client:
        _connect(client, router)
        with client.invoke_shell(width=1000, height=1000) as channel:
            return _type(channel, text, router.file, router.host)


def _connect(client: paramiko.SSHClient, router: SimulatedRouter) -> None:
    host, options = router.host, router.file.login_options
    known = client.get_host_keys()
    for line in router.host_key_line.splitlines():
        entry = paramiko.hostkeys.HostKeyEntry.from_line(line)
        if entry is not None and entry.key is not None:
            known.add(entry.hostnames[0], entry.key.get_name(), entry.key)
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    try:
        client.connect(
            host,
            router.port,
            router.user + (options.plain if options else ""),
            router.password,
            look_for_keys=False,
            allow_agent=False,
            timeout=_PATIENCE,
        )
    except paramiko.AuthenticationException as error:
        raise LoginRefused(_("{host} refuses the log-in.").format(host=host)) from error
    except (paramiko.BadHostKeyException, paramiko.SSHException) as error:
        raise HostKeyRejected(
            _("{host} does not have the host key that is known.").format(host=host)
        ) from error


def _type(channel: paramiko.Channel, text: str, file: DeviceFile, host: str) -> str:
    prompts = re.compile("|".join(f"(?:{pattern})" for pattern in file.waits_with))
    shown = _read_to_prompt(channel, prompts, host)
    for line in (*file.before, *text.splitlines()):
        if not line.strip() and not shown.endswith("\n> "):
            continue
        channel.sendall(f"{line}\r".encode())
        shown += _read_to_prompt(channel, prompts, host)
    return shown


def _read_to_prompt(channel: paramiko.Channel, prompts: re.Pattern[str], host: str) -> str:
    """Return what comes up to a prompt in a line of its own."""
    received = b""
    end = time.monotonic() + _PATIENCE
    while True:
        channel.settimeout(max(0.0, end - time.monotonic()))
        try:
            data = channel.recv(65536)
        except TimeoutError as error:
            raise CommandTimedOut(_("{host} shows no prompt.").format(host=host)) from error
        if not data:
            raise ConnectionLost(_("{host} closed the connection.").format(host=host))
        received += data
        shown = _COLOURS.sub("", received.decode("utf-8", "replace")).replace("\r\n", "\n")
        if prompts.search(shown.rpartition("\n")[2]):
            return shown
