"""Who may log in to a simulated device, and with which terminal."""
# ruff: noqa: ARG002 - the library's signatures

from __future__ import annotations

import threading

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
)

from auditor.simulator.device_file import LoginOptions, Wishes, read_user_name
from auditor.simulator.faults import Faults


class Door(paramiko.ServerInterface):
    """The SSH server's decisions for one connection."""

    def __init__(
        self,
        *,
        user: str,
        password: str,
        authorized_keys: tuple[str, ...],
        login_options: LoginOptions | None,
        faults: Faults,
        stopping: threading.Event,
        attempts: list[str],
    ) -> None:
        self.wishes = Wishes(user=user)
        self.size = (80, 24)
        self.command: str | None = None
        self.opened = threading.Event()
        self._user = user
        self._password = password
        self._authorized_keys = authorized_keys
        self._login_options = login_options
        self._faults = faults
        self._stopping = stopping
        self._attempts = attempts

    def get_allowed_auths(self, username: str) -> str:
        """Return the methods on offer."""
        return "publickey,password" if self._authorized_keys else "password"

    def check_auth_password(self, username: str, password: str) -> int:
        """Compare user and password."""
        return self._judge(username, password == self._password and not self._faults.wrong_password)

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        """Look the key up; each entry reads `type base64`."""
        return self._judge(username, f"{key.get_name()} {key.get_base64()}" in self._authorized_keys)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """Open sessions and nothing else."""
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_pty_request(
        self,
        channel: paramiko.Channel,
        term: bytes,
        width: int,
        height: int,
        pixelwidth: int,
        pixelheight: int,
        modes: bytes,
    ) -> bool:
        """Note the size of the client's terminal."""
        self.size = (width, height)
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        """Let the shell start."""
        self.opened.set()
        return True

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        """Let one command run."""
        self.command = command.decode("utf-8", "replace")
        self.opened.set()
        return True

    def _judge(self, username: str, proven: bool) -> int:
        self._attempts.append(username)
        if self._faults.hang_at == "auth":
            self._stopping.wait()
        wishes = read_user_name(username, self._login_options)
        if self._faults.refuse_login_options and wishes.options:
            return AUTH_FAILED
        self.wishes = wishes
        return AUTH_SUCCESSFUL if proven and wishes.user == self._user else AUTH_FAILED
