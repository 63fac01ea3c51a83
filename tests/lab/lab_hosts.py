"""Hosts of the kernel lab: each is a network namespace that lives exactly as long as a process that this one holds.

Nothing has a name or a port that another test could meet: cables are made between the namespaces and never appear
outside, and when the holder ends, be it because the test run was killed, the kernel takes everything away.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_CLONE_NEWNET = 0x40000000
_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
_ENVIRONMENT = {"PATH": f"{_SBIN}:{os.environ.get('PATH', '/usr/bin:/bin')}", "LC_ALL": "C.UTF-8"}

# A router is changed by what is tested, so it gets its own /etc, /run and home, in memory; its processes end with it.
_OWN_SYSTEM = """
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /run/etc /run/home
cp -a /etc/. /run/etc
sed -i 's|^root:\\([^:]*:[^:]*:[^:]*:[^:]*\\):.*|root:\\1:/run/home:/bin/bash|' /run/etc/passwd
mount --bind /run/etc /etc
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


class Host:
    """A host with a network of its own and, where it is one that gets changed, a system of its own."""

    def __init__(self, *, own_system: bool = False) -> None:
        self._own_system = own_system
        self._servers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        script = f"set -e\n{_OWN_SYSTEM if self._own_system else ''}\nip link set lo up\necho ready\nread -r _ || :"
        spaces = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        self._holder = subprocess.Popen(
            ["unshare", *(spaces if self._own_system else spaces[:1]), "bash", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_ENVIRONMENT,
            text=True,
        )
        self.pid = self._holder.pid
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != "ready\n":
            self.__exit__(None, None, None)
            message = "a host of the lab did not start"
            raise RuntimeError(message)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.kill()
            server.wait()
        self._holder.kill()
        self._holder.communicate()

    def command(self, *words: str) -> list[str]:
        """Return the command that runs these words on this host."""
        system = ["--mount", f"--pid=/proc/{self.pid}/ns/pid_for_children"] if self._own_system else []
        return ["nsenter", "--target", str(self.pid), "--net", *system, "--", *words]

    def run(
        self, *words: str, feed: str = "", environment: dict[str, str] | None = None, within: float = 60
    ) -> Done:
        """Run a command to its end, whatever that is."""
        done = subprocess.run(
            self.command(*words),
            input=feed,
            env={**_ENVIRONMENT, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=within,
        )
        return Done(code=done.returncode, out=done.stdout, err=done.stderr)

    def do(self, *words: str, feed: str = "") -> str:
        """Run a command that has to succeed and return what it printed."""
        done = self.run(*words, feed=feed)
        assert done.code == 0, f"{words}: {done.out}{done.err}"
        return done.out

    def start(self, *words: str, log: Path) -> None:
        """Start a server; it ends with its host, and what it says is in the log."""
        with log.open("w") as said:
            self._servers.append(
                subprocess.Popen(
                    self.command(*words), env=_ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=said, stderr=said
                )
            )

    def udp_socket(self, port: int) -> socket.socket:
        """Return a socket of this host: it stays there, whoever uses it."""
        made: list[socket.socket] = []

        def make() -> None:
            with Path(f"/proc/{self.pid}/ns/net").open() as network:
                if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            made[0].bind(("", port))

        # Namespaces belong to threads: this one enters and ends, the others stay where they are.
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        return made[0]


def cable(
    left: Host, left_name: str, left_address: str, right: Host, right_name: str, right_address: str
) -> None:
    """Connect two hosts; addresses are given with their prefix length."""
    # Made from the network alone: a router with a system of its own does not know the processes of others.
    peer = ("peer", "name", right_name, "netns", str(right.pid))
    subprocess.run(
        [
            "nsenter",
            "--target",
            str(left.pid),
            "--net",
            "ip",
            "link",
            "add",
            left_name,
            "type",
            "veth",
            *peer,
        ],
        env=_ENVIRONMENT,
        check=True,
    )
    for host, name, address in ((left, left_name, left_address), (right, right_name, right_address)):
        host.do("ip", "address", "add", address, "dev", name)
        host.do("ip", "link", "set", name, "up")
