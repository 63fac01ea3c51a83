"""Snippets entered as printed in a router of network namespaces: the kernel takes them, obeys, and forgets them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from remedy_cases import SHELL, facts_of, repaired, short

from auditor.model.audit import AuditOptions, Snippet
from auditor.model.facts import Facts

pytestmark = pytest.mark.lab

_TOOLS = ("ip", "nft", "conntrack", "sysctl", "unshare", "nsenter", "bash")
_SEND = """
import socket, sys
phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
phone.bind(("0.0.0.0", 5060))
phone.sendto(b"x", ("10.77.1.1", int(sys.argv[1])))
"""


def _run(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0 or not check, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


class Router:
    """A router with its own network and its own /etc, and a phone behind a cable."""

    def __init__(self, folder: Path) -> None:
        self.name = f"au{os.getpid()}"
        etc = folder / "etc"
        etc.mkdir()
        (etc / "sysctl.d").mkdir()
        for shared in ("passwd", "group", "protocols", "services", "ld.so.cache", "alternatives"):
            if Path("/etc", shared).exists():
                (etc / shared).symlink_to(Path("/proc/1/root/etc", shared))
        script = f"mount --bind {etc} /etc && echo ready && exec sleep 300"
        self._process = subprocess.Popen(
            ["unshare", "--net", "--mount", "bash", "-c", script], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        try:
            self._cable()
        except BaseException:
            self.close()
            raise

    def _cable(self) -> None:
        phone, here = f"{self.name}p", str(self._process.pid)
        _run("ip", "netns", "add", phone)
        _run("ip", "link", "add", f"{self.name}r", "type", "veth", "peer", "name", "eth0", "netns", phone)
        _run("ip", "link", "set", f"{self.name}r", "netns", here, "name", "lan")
        self.enter("ip addr add 10.77.1.1/24 dev lan && ip link set lan up && ip link set lo up")
        _run("ip", "-n", phone, "addr", "add", "10.77.1.2/24", "dev", "eth0")
        _run("ip", "-n", phone, "link", "set", "eth0", "up")
        self.enter(
            "nft 'table ip nat { chain post { type nat hook postrouting priority 100; masquerade; }; }'"
        )
        self.enter("sysctl -w net.netfilter.nf_conntrack_udp_timeout=30")
        self.enter("sysctl -w net.netfilter.nf_conntrack_udp_timeout_stream=120")

    def enter(self, text: str, *, check: bool = True) -> str:
        """Enter lines in a shell of root, as they were printed."""
        return _run("nsenter", "-t", str(self._process.pid), "-n", "-m", "bash", "-c", text, check=check)

    def seconds_of_entry(self, port: int) -> int:
        """Let the phone send one packet and return the life of its entry."""
        self.enter(f"conntrack -D -p udp --orig-port-dst {port}", check=False)
        _run("ip", "netns", "exec", f"{self.name}p", "python3", "-c", _SEND, str(port))
        entry = re.search(
            r"^udp +17 (\d+) ", self.enter(f"conntrack -L -p udp --orig-port-dst {port}"), re.MULTILINE
        )
        assert entry
        return int(entry[1])

    def facts(self) -> Facts:
        """Return what the router's own sysctl says."""
        keys = ("nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream")
        shown = self.enter("sysctl " + " ".join(f"net.netfilter.{key}" for key in keys))
        return facts_of(SHELL, kernel="router 6.1.0\n", timers=shown)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        _run("ip", "netns", "delete", f"{self.name}p", check=False)


@pytest.fixture
def router(tmp_path: Path) -> Iterator[Router]:
    missing = [tool for tool in _TOOLS if not shutil.which(tool)]
    if (missing or os.geteuid() != 0) and os.environ.get("AUDITOR_LAB") != "required":
        pytest.skip(f"needs root and {', '.join(missing) or 'nothing more'}")
    made = Router(tmp_path)
    yield made
    made.close()


def _snippet(facts: Facts, scope: str, target: int = 180) -> Snippet:
    facts = replace(facts, variables={"scope": scope, "owner": "", "helper": "rule"})
    _findings, (snippet,) = repaired(facts, SHELL, AuditOptions(target_seconds=target))
    return snippet


def test_table_for_sip_alone_is_obeyed_replaced_and_removed(router: Router) -> None:
    rules = router.enter("nft list ruleset")
    assert router.seconds_of_entry(5060) <= 30
    for target in (180, 300):
        snippet = _snippet(router.facts(), "sip_only", target)
        router.enter(snippet.change)
        assert target - 10 <= router.seconds_of_entry(5060) <= target
        assert router.seconds_of_entry(5080) <= 30
        for command in snippet.verify.split("\n"):
            router.enter(command)
    again = router.enter("nft -f /etc/auditor_sip_timeout.nft && nft list ruleset")
    assert again.count("ct timeout sip_udp {") == 1
    router.enter(snippet.rollback)
    assert router.enter("nft list ruleset") == rules
    assert router.seconds_of_entry(5060) <= 30


def test_hint_for_the_next_start_loads_the_table_and_does_no_harm_without_it(router: Router) -> None:
    snippet = _snippet(router.facts(), "sip_only")
    include = re.search(r'include "[^"]+"', snippet.risk)
    assert include
    router.enter(f"echo '{include[0]}' > /etc/rules.nft")
    router.enter("nft -f /etc/rules.nft")
    router.seconds_of_entry(5060)
    router.enter(snippet.change)
    router.enter("nft flush ruleset && nft -f /etc/rules.nft")
    assert router.seconds_of_entry(5060) > 30


def test_global_timers_are_obeyed_and_restored(router: Router) -> None:
    before = router.facts()
    snippet = _snippet(before, "global")
    router.enter(snippet.change)
    assert short(router.facts()) == ()
    assert 170 <= router.seconds_of_entry(5060) <= 180
    router.enter(snippet.rollback)
    assert router.facts() == before
    assert router.seconds_of_entry(5060) <= 30
    assert router.enter("ls -A /etc/sysctl.d") == ""
