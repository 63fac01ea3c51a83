"""How long a session may take, and which host keys it trusts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """Port, limits in seconds, and host key policy. `total_timeout` ends the session whatever it is doing."""

    port: int = 22
    connect_timeout: float = 10.0
    login_timeout: float = 20.0
    command_timeout: float = 30.0
    total_timeout: float = 180.0
    known_hosts: Path | None = None
    accept_new_host_keys: bool = False
