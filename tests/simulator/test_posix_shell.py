"""The simulated shell, typed by hand over real SSH, and its tables beside those that the kernel's own tool lists."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from routers import captured
from terminal_client import TerminalClient

from auditor.model.audit import Audit, AuditOptions, Verdict
from auditor.model.capture import Outcome
from auditor.model.facts import SipAlgState
from auditor.pipeline import Vendors, audit
from auditor.report.snippet_text import render
from auditor.simulator.nft_tables import NftError, Tables
from auditor.simulator.server import SimulatedRouter
from auditor.simulator.typist import enter

DEVICE = "linux"
FILE = Path(__file__).resolve().parents[2] / "auditor" / "simulator" / "devices" / f"{DEVICE}.yaml"
ROOT, USER = "root@gw:~# ", "operator@gw:~$ "
UDP = "net.netfilter.nf_conntrack_udp_timeout"
HELPER = "net.netfilter.nf_conntrack_helper"
LIST = "conntrack -L -p udp --orig-port-dst 5060"
CLEAR = "conntrack -D -p udp --orig-port-dst 5060"
SIP_TABLE = """table inet sip {
  ct timeout long {
    protocol udp
    l3proto ip
    policy = { unreplied : 180, replied : 240 }
  }
  chain prerouting {
    type filter hook prerouting priority -150; policy accept;
    udp dport 5060 ct timeout set "long"
  }
}
"""


@pytest.fixture
def shell(router: SimulatedRouter) -> Iterator[TerminalClient]:
    with TerminalClient(router, options="") as client:
        client.read_to(ROOT)
        yield client


def run(shell: TerminalClient, command: str, prompt: str = ROOT) -> list[str]:
    return shell.run(command, prompt=prompt).splitlines()


def audited(router: SimulatedRouter, folder: Path) -> Audit:
    return audit(captured(router, folder), AuditOptions(), Vendors())


def test_keys_are_shown_set_and_loaded_from_files(shell: TerminalClient) -> None:
    assert run(shell, f"/sbin/sysctl {UDP} net.foo") == [
        f"{UDP} = 30",
        "sysctl: cannot stat /proc/sys/net/foo: No such file or directory",
    ]
    assert run(shell, f"sysctl -w {UDP}=90") == [f"{UDP} = 90"]
    assert run(shell, "cat /proc/sys/net/netfilter/nf_conntrack_udp_timeout") == ["90"]
    assert run(shell, f"printf '%s\\n' '{UDP} = 180' > /etc/sysctl.d/x.conf") == []
    assert run(shell, f"sysctl {UDP}; sysctl -p /etc/sysctl.d/x.conf") == [f"{UDP} = 90", f"{UDP} = 180"]
    assert run(shell, "grep -s nf_conntrack_udp /etc/sysctl.d/*.conf /etc/none.conf") == [
        f"/etc/sysctl.d/x.conf:{UDP} = 180"
    ]
    assert run(shell, "rm -f /etc/sysctl.d/x.conf /etc/none; cat /etc/sysctl.d/x.conf") == [
        "cat: /etc/sysctl.d/x.conf: No such file or directory"
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("frob", "-bash: frob: command not found"),
        ("/usr/local/frob -x", "-bash: /usr/local/frob: No such file or directory"),
        (f"sysctl -w {UDP}=3m", f'sysctl: setting key "{UDP}": Invalid argument'),
        ("sysctl -p /etc/none", 'sysctl: cannot open "/etc/none": No such file or directory'),
        ("printf x > /none/x", "-bash: /none/x: No such file or directory"),
        ("cat /etc/os-release | sh", "-bash: syntax error near unexpected token `|'"),
        ("uname & id", "-bash: syntax error near unexpected token `&'"),
        ("uname `id`", "-bash: syntax error near unexpected token ``'"),
        ("printf '%s", "-bash: unexpected EOF while looking for matching `\"'"),
        ("printf x >", "-bash: syntax error near unexpected token `newline'"),
        ("ip link set wan0 down", "ip: unknown arguments: link set wan0 down"),
        ("nft delete table inet none", "Error: No such file or directory"),
        ("nft -f /etc/none", 'internal:0:0-0: Error: Could not open file "/etc/none": No such file or directory'),
        ("nft frob", "Error: syntax error, unexpected frob"),
        ("conntrack -F", "conntrack v1.4.6 (conntrack-tools): unknown arguments"),
        ("ls -d /sys/x", "ls: cannot access '/sys/x': No such file or directory"),
        ("rm /etc/none", "rm: cannot remove '/etc/none': No such file or directory"),
    ],
)  # fmt: skip
def test_what_the_shell_cannot_do_is_refused_in_its_words(
    line: str, said: str, shell: TerminalClient
) -> None:
    assert run(shell, line)[0] == said


def test_who_is_no_root_reads_little_and_changes_nothing() -> None:
    with SimulatedRouter(DEVICE, user="operator", may_write=False) as router:
        with TerminalClient(router, options="") as client:
            client.read_to(USER)
            assert run(client, "sudo -n nft list ruleset", USER) == ["sudo: a password is required"]
            assert run(client, "nft list ruleset", USER) == ["-bash: nft: command not found"]
            assert "must be root" in run(client, "/usr/sbin/nft list ruleset", USER)[0]
            assert "must be root" in run(client, f"/usr/sbin/{CLEAR}", USER)[0]
            assert run(client, f"/sbin/sysctl -w {UDP}=180", USER) == [
                f'sysctl: permission denied on key "{UDP}"'
            ]
            assert run(client, "printf x > /etc/x", USER) == ["-bash: /etc/x: Permission denied"]
            assert "Permission denied" in run(client, "rm -f /etc/os-release", USER)[0]
            assert run(client, f"/sbin/sysctl {UDP}", USER) == [f"{UDP} = 30"]


def test_an_entry_keeps_its_helper_until_it_is_cleared(router: SimulatedRouter) -> None:
    assert "helper=sip" in enter(router, f"sysctl -w {HELPER}=0") + enter(router, LIST)
    assert "2 flow entries have been deleted" in enter(router, CLEAR)
    entries = enter(router, LIST)
    assert "helper=sip" not in entries
    assert "udp      17 29 src=192.168.1.20" in entries


def test_a_table_gives_its_timers_to_new_entries_only(router: SimulatedRouter) -> None:
    load = f"cat > /etc/sip.nft <<'END'\n{SIP_TABLE}END\nnft -f /etc/sip.nft\n"
    enter(router, f"{load}sysctl -w {HELPER}=0")
    assert "udp      17 3599" in enter(router, LIST)
    enter(router, CLEAR)
    assert "udp      17 179" in enter(router, LIST)
    enter(router, "nft delete table inet sip")
    assert "udp      17 29" in enter(router, LIST)


def test_a_chain_before_connection_tracking_gives_no_timers() -> None:
    assert Tables(SIP_TABLE).sip_timers() == {"unreplied": 180, "replied": 240}
    assert Tables(SIP_TABLE.replace("-150", "-300")).sip_timers() == {}


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (SIP_TABLE.replace("protocol udp", "protocol sip"), 3),
        (SIP_TABLE.replace('set "long"', 'set "short"'), 9),
        (SIP_TABLE.replace("udp dport", "udpp dport"), 9),
        (SIP_TABLE.removesuffix("}\n"), 10),
        (f"{SIP_TABLE}delete table inet other\n", 12),
    ],
)  # fmt: skip
def test_a_file_with_one_wrong_line_changes_nothing(wrong: str, line: int) -> None:
    tables = Tables("table ip nat {\n}\n")
    before = tables.listing()
    with pytest.raises(NftError) as caught:
        tables.load(wrong)
    assert caught.value.line == line
    assert tables.listing() == before


@pytest.mark.lab
def test_tables_are_listed_as_by_the_kernels_own_tool(tmp_path: Path) -> None:
    text = yaml.safe_load(FILE.read_text())["console"]["nft"] + SIP_TABLE.replace("240", "120")
    (tmp_path / "rules.nft").write_text(text)
    script = f"nft -f {tmp_path}/rules.nft && nft list ruleset"
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", script], capture_output=True, text=True, check=True
    )
    assert Tables(text).listing() == done.stdout


@pytest.fixture
def old_nft(tmp_path: Path) -> Path:
    """A router whose nft is too old to give timers to a port."""
    data = yaml.safe_load(FILE.read_text())
    data["console"]["outputs"]["nft --version"] = "nftables v0.9.0 (Fearless Fosdick)\n"
    path = tmp_path / "old.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


def test_global_timers_repair_where_there_is_no_table_for_them(old_nft: Path, tmp_path: Path) -> None:
    with SimulatedRouter(old_nft) as router:
        first = audited(router, tmp_path)
        snippet = render(first)
        assert f"'{UDP} = 180' > /etc/sysctl.d/" in snippet
        enter(router, snippet)
        second = audited(router, tmp_path)
        assert all(timer.seconds != 30 for timer in second.facts.udp_timers)
        assert second.facts.sip_alg.state is SipAlgState.OFF
        assert (first.verdict, second.verdict) == (Verdict.FAIL, Verdict.PASS)


@pytest.mark.parametrize(
    "snippet",
    [
        f"sysctl -w {UDP}=180",
        f"sysctl -w {HELPER}=0\n{CLEAR}",
        f"sysctl -w {UDP}=180\nsysctl -w {HELPER}=0",  # the entries keep the helper
        f"sysctl -w {UDP}=3m\nsysctl -w {HELPER}=0\n{CLEAR}",  # a unit that does not exist
        f"sysctl -w {UDP.replace('udp', 'tcp')}=180\nsysctl -w {HELPER}=0\n{CLEAR}",
        f"printf '%s' '{UDP} = 180' > /etc/sysctl.d/x.conf\nsysctl -w {HELPER}=0\n{CLEAR}",  # written, not loaded
        f"cat > /etc/x <<'END'\n{SIP_TABLE.replace('-150', '-300')}END\nnft -f /etc/x\nsysctl -w {HELPER}=0\n{CLEAR}",
    ],
)  # fmt: skip
def test_a_wrong_snippet_leaves_the_verdict_at_fail(
    snippet: str, router: SimulatedRouter, tmp_path: Path
) -> None:
    enter(router, snippet)
    assert audited(router, tmp_path).verdict is Verdict.FAIL


def test_without_privileges_nothing_passes(tmp_path: Path) -> None:
    with SimulatedRouter(DEVICE, user="operator", may_write=False) as router:
        capture = captured(router, tmp_path)
        refused = [document for document in capture.documents if document.outcome is Outcome.NO_PRIVILEGE]
        assert {document.kind for document in refused} >= {"nft", "iptables", "entries"}
        assert {document.detail for document in refused} == {"sudo: a password is required"}
        found = audit(capture, AuditOptions(), Vendors())
        assert found.verdict is Verdict.FAIL  # the global timer was read
