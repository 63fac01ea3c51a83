"""The lab: phone - router - PBX, a router on whose SSH one logs in, and the auditor beside the phone."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from lab_hosts import Done, Host, cable
from lab_phone import Pbx, Phone

ROUTER, ROUTER_OUTSIDE = "192.168.1.1", "203.0.113.5"
PHONE, PBX = "192.168.1.20", "203.0.113.10"

_NFT = """
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "wan" masquerade
  }
}
table ip filter {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "lan" accept
  }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iifname { "lan", "lo" } accept
  }
}
"""

_IPTABLES = """
*nat
-A POSTROUTING -o wan -j MASQUERADE
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i lan -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -i lan -j ACCEPT
-A INPUT -i lo -j ACCEPT
COMMIT
"""


class Lab:
    """The three hosts, cabled and running.

    Args:
        folder: where keys and the list of known hosts are kept.
        firewall: which tool loads the router's rules.
        server: who answers on port 22 of the router.
    """

    def __init__(
        self,
        folder: Path,
        *,
        firewall: Literal["nft", "iptables-legacy"] = "nft",
        server: Literal["sshd", "dropbear"] = "sshd",
    ) -> None:
        self._folder = folder
        self._firewall = firewall
        self._server = server
        self._ports = iter(range(5070, 5170))
        self.phone, self.router, self.outside = Host(), Host(own_system=True), Host()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for host in (self.phone, self.router, self.outside):
                stack.enter_context(host)
            self._wire()
            self._protect()
            self._open_door()
            self.pbx = stack.enter_context(Pbx(self.outside, PBX))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _wire(self) -> None:
        cable(self.router, "lan", f"{ROUTER}/24", self.phone, "eth0", f"{PHONE}/24")
        cable(self.router, "wan", f"{ROUTER_OUTSIDE}/24", self.outside, "eth0", f"{PBX}/24")
        self.phone.do("ip", "route", "add", "default", "via", ROUTER)
        self.router.do("ip", "route", "add", "default", "via", PBX)
        self.router.do("sysctl", "-qw", "net.ipv4.ip_forward=1")

    def _protect(self) -> None:
        if self._firewall == "nft":
            self.router.do("nft", "-f", "-", feed=_NFT)
        else:
            self.router.do("iptables-legacy-restore", feed=_IPTABLES)

    def _open_door(self) -> None:
        self.key, self._log = self._folder / "key", self._folder / "server.log"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True)
        public = self.key.with_suffix(".pub").read_text()
        self.router.do(
            "sh", "-c", "umask 077; mkdir /run/home/.ssh; cat > /run/home/.ssh/authorized_keys", feed=public
        )
        self.known_hosts = self._folder / "known_hosts"
        self.known_hosts.write_text(
            f"{ROUTER} {self._start_sshd() if self._server == 'sshd' else self._start_dropbear()}\n"
        )
        self._await_server()

    def _start_sshd(self) -> str:
        self.router.do("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/run/host_key")
        options = (
            "HostKey=/run/host_key",
            "UsePAM=no",
            "PasswordAuthentication=no",
            "PidFile=none",
            "PrintMotd=no",
        )
        words = [word for option in options for word in ("-o", option)]
        self.router.start("/usr/sbin/sshd", "-D", "-f", "/dev/null", *words, log=self._log)
        return self.router.do("cat", "/run/host_key.pub")

    def _start_dropbear(self) -> str:
        shown = self.router.do("dropbearkey", "-t", "ed25519", "-f", "/run/host_key")
        self.router.start("dropbear", "-F", "-s", "-r", "/run/host_key", "-p", "22", log=self._log)
        return next(line for line in shown.splitlines() if line.startswith("ssh-"))

    def _await_server(self) -> None:
        for _attempt in range(100):
            if "LISTEN" in self.router.do("ss", "-ltnH", "sport", "=", ":22"):
                return
            time.sleep(0.05)
        message = f"{self._server} does not listen: {self._log.read_text()}"
        raise AssertionError(message)

    def set_timers(self, *, unreplied: int, replied: int) -> None:
        """Set the router's own UDP timers, in seconds."""
        for key, seconds in (("", unreplied), ("_stream", replied)):
            self.router.do("sysctl", "-qw", f"net.netfilter.nf_conntrack_udp_timeout{key}={seconds}")

    def new_phone(self, *, keepalive: float) -> Phone:
        """Return a phone with a port of its own, so that no entry of an earlier one counts."""
        return Phone(self.phone, PHONE, PBX, port=next(self._ports), keepalive=keepalive)

    def auditor(self, command: str, *words: str) -> Done:
        """Run auditor beside the phone against the router, with its key."""
        login = (
            "--user",
            "root",
            "--key",
            str(self.key),
            "--no-agent",
            "--known-hosts",
            str(self.known_hosts),
        )
        return self.phone.run(
            sys.executable,
            "-m",
            "auditor",
            command,
            ROUTER,
            *login,
            "--lang",
            "en",
            *words,
            environment={"HOME": str(self._folder)},
        )

    def over_ssh(self, lines: str) -> Done:
        """Feed lines, as they were printed, to a shell of root on the router."""
        options = (
            "BatchMode=yes",
            "IdentitiesOnly=yes",
            "StrictHostKeyChecking=yes",
            f"UserKnownHostsFile={self.known_hosts}",
        )
        words = [word for option in options for word in ("-o", option)]
        return self.phone.run(
            "ssh", "-F", "none", "-i", str(self.key), *words, f"root@{ROUTER}", "sh", feed=lines
        )
