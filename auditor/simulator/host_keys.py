"""Host keys of a simulated device, fresh at each start."""

from __future__ import annotations

import io
from typing import Literal

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

KeyType = Literal["ed25519", "rsa"]


def new_key(kind: KeyType) -> paramiko.PKey:
    """Return a fresh host key."""
    if kind == "rsa":
        return paramiko.RSAKey.generate(2048)
    private = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    return paramiko.Ed25519Key(file_obj=io.StringIO(private.decode()))


def known_hosts_line(key: paramiko.PKey, *, host: str, port: int) -> str:
    """Return the line by which `known_hosts` knows this key."""
    return f"[{host}]:{port} {key.get_name()} {key.get_base64()}"
