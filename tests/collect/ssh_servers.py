"""Real SSH servers on loopback, each with an /etc and a /run of its own that end with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.collect.credentials import Credentials
from auditor.collect.dialogue import DeviceSession
from auditor.collect.line import connect, jump_hosts
from auditor.collect.options import SessionOptions
from auditor.collect.sessions import open_session
from auditor.profiles.schema import Session

PASSWORD = "sesame-0815"
HOST = "127.0.0.1"
SPEC = Session(prompt=r"[^\r\n]*lab[#$] ?$", leave=("exit",))
# Nothing of the machine is changed: the server sees copies in memory.
_OWN_SYSTEM = """
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /run/etc /run/home
cp -a /etc/. /run/etc
sed -i "s|^root:\\([^:]*:[^:]*:[^:]*:[^:]*\\):.*|root:\\1:/run/home:$LOGIN_SHELL|" /run/etc/passwd
printf "PS1='lab# '\\n" > /run/home/.profile
mount --bind /run/etc /etc
echo "root:$LOGIN_PASSWORD" | chpasswd
exec "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that listens."""

    port: int
    known_hosts: Path
    log: Path


@contextmanager
def _running(
    command: Sequence[str], port: int, folder: Path, public_key: str, shell: str
) -> Iterator[Server]:
    known_hosts, log = folder / "known_hosts", folder / "server.log"
    known_hosts.write_text(f"[{HOST}]:{port} {public_key}\n", encoding="utf-8")
    environment = {**os.environ, "LOGIN_SHELL": shell, "LOGIN_PASSWORD": PASSWORD}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [
                "unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", _OWN_SYSTEM, "bash",
                *command,
            ],
            stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment, start_new_session=True,
        )  # fmt: skip
    try:
        _wait(port, process, log)
        yield Server(port=port, known_hosts=known_hosts, log=log)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        try:
            with socket.create_connection((HOST, port), timeout=1) as sock:
                sock.settimeout(5)
                if sock.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(log.read_text("utf-8", "replace"))


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


def host_key(folder: Path, *options: str) -> tuple[Path, str]:
    """Return a fresh host key and its public line."""
    path = folder / f"host_key{len(list(folder.iterdir()))}"
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-f", str(path), *options], check=True)
    return path, " ".join(path.with_suffix(".pub").read_text(encoding="utf-8").split()[:2])


@contextmanager
def sshd(
    folder: Path, *lines: str, key_options: Sequence[str] = ("-t", "ed25519"), login_shell: str = "/bin/sh"
) -> Iterator[Server]:
    """Run OpenSSH's server with these lines of configuration."""
    key, public = host_key(folder, *key_options)
    port = _free_port()
    settings = (
        f"Port {port}", f"ListenAddress {HOST}", f"HostKey {key}", "PidFile none", "UsePAM no", "UseDNS no",
        "PermitRootLogin yes", "StrictModes no", "PrintMotd no", "PrintLastLog no",
    )  # fmt: skip
    config = folder / "sshd_config"
    config.write_text(
        "\n".join((*lines, *settings, "")), encoding="utf-8"
    )  # the first of each keyword counts
    command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(config)]
    with _running(command, port, folder, public, login_shell) as server:
        yield server


@contextmanager
def dropbear(folder: Path, *options: str) -> Iterator[Server]:
    """Run dropbear, the server of small routers."""
    path = folder / "dropbear_key"
    printed = subprocess.run(
        ["dropbearkey", "-t", "ed25519", "-f", str(path)], check=True, capture_output=True, text=True
    ).stdout
    public = next(line for line in printed.splitlines() if line.startswith("ssh-ed25519"))
    port = _free_port()
    command = ["dropbear", "-F", "-E", "-r", str(path), "-p", f"{HOST}:{port}", *options]
    with _running(command, port, folder, " ".join(public.split()[:2]), "/bin/sh") as server:
        yield server


@contextmanager
def logged_in(
    server: Server,
    *,
    password: str | None = PASSWORD,
    key_files: tuple[Path, ...] = (),
    **more: Any,
) -> Iterator[DeviceSession]:
    """Log in as root of the server's own system; `more` are options of the session."""
    options = SessionOptions(**{"port": server.port, "known_hosts": server.known_hosts, **more})
    given = Credentials(user="root", password=password, key_files=key_files, use_agent=False)
    with (
        jump_hosts(options, given) as jumps,
        connect(HOST, options, jumps) as line,
        open_session(line, credentials=given, profile=SPEC) as session,
    ):
        yield session
