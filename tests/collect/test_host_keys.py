"""Host keys: strict unless told otherwise, read as OpenSSH reads them, and nothing sent to a stranger."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import paramiko
import pytest
from command_line import DEVICE, Auditor
from hypothesis import given
from hypothesis import strategies as st

from auditor.collect.host_keys import HostKey, KnownHosts
from auditor.model.errors import HostKeyRejected
from auditor.simulator.faults import Faults
from auditor.simulator.host_keys import new_key
from auditor.simulator.server import SimulatedRouter

ACCEPT = "--accept-new-host-keys"
KEY, OTHER, RSA = new_key("ed25519"), new_key("ed25519"), new_key("rsa")


@pytest.fixture
def auditor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Auditor:
    return Auditor(tmp_path, monkeypatch, capsys)


def line(names: str, key: paramiko.PKey = KEY, marker: str = "") -> str:
    return f"{marker}{names} {key.get_name()} {key.get_base64()}\n"


def shown(key: paramiko.PKey) -> HostKey:
    """Return the key as a server shows it."""
    return HostKey(key.get_name(), key.asbytes())


def judge(
    folder: Path, text: str, *, name: str = "gw.example", key: paramiko.PKey = KEY, accept_new: bool = False
) -> None:
    """Let the file judge a key; `HostKeyRejected` if it is refused."""
    path = folder / "hosts"
    path.write_text(text, encoding="utf-8")
    KnownHosts(path, name, accept_new=accept_new).judge(shown(key))


def remember(store: Path, name: str) -> None:
    KnownHosts(store, name, accept_new=True).judge(shown(KEY))


def hashed(name: str, folder: Path) -> str:
    """Return the line of a name as ssh-keygen hashes it."""
    path = folder / "to_hash"
    path.write_text(line(name), encoding="utf-8")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(path)], check=True, capture_output=True)
    return path.read_text(encoding="utf-8")


def test_an_unknown_host_is_refused_before_anything_is_sent(auditor: Auditor) -> None:
    auditor.known_hosts.write_text("", encoding="utf-8")
    with SimulatedRouter(DEVICE, host_keys=(KEY,)) as router:
        done = auditor(router)
        assert (done.code, done.out, router.logins, router.received) == (3, "", 0, [])
        assert shown(KEY).fingerprint.split()[1] in done.err
        assert ACCEPT in done.err
        assert auditor.known_hosts.read_text(encoding="utf-8") == ""


def test_the_fingerprint_is_the_one_that_ssh_keygen_prints(tmp_path: Path) -> None:
    public = tmp_path / "key.pub"
    public.write_text(f"{RSA.get_name()} {RSA.get_base64()}\n", encoding="utf-8")
    printed = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(public)], check=True, capture_output=True, text=True
    ).stdout
    assert shown(RSA).fingerprint.split()[1] in printed.split()


def test_a_new_key_is_remembered_and_the_next_run_is_strict(auditor: Auditor) -> None:
    auditor.known_hosts = auditor.known_hosts.parent / "new folder" / "hosts"
    auditor.known_hosts.parent.mkdir()
    auditor.known_hosts.write_text("# no line end", encoding="utf-8")
    with SimulatedRouter(DEVICE, host_keys=(KEY,)) as router:
        assert auditor(router, ACCEPT).code == 1
        lines = auditor.known_hosts.read_text(encoding="utf-8").splitlines()
        assert lines == ["# no line end", router.host_key_line]
        assert auditor(router).code == 1
        assert auditor(router, ACCEPT).code == 1
        assert auditor.known_hosts.read_text(encoding="utf-8").splitlines() == lines


@pytest.mark.parametrize("more", [(), (ACCEPT,)])
def test_a_changed_key_is_always_refused(more: tuple[str, ...], auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE, faults=Faults(changed_host_key=True)) as router:
        done = auditor(router, *more)
        assert (done.code, done.out, router.logins) == (3, "", 0)
        assert "has changed" in done.err
        assert "administrator" in done.err
        assert auditor.known_hosts.read_text(encoding="utf-8") == f"{router.host_key_line}\n"


@pytest.mark.parametrize(("known", "offered"), [("rsa", ("ed25519", "rsa")), ("ed25519", ("rsa", "ed25519"))])
def test_a_server_is_asked_for_the_key_that_is_known(
    known: str, offered: tuple[str, str], auditor: Auditor
) -> None:
    keys = {"rsa": RSA, "ed25519": KEY}
    with SimulatedRouter(DEVICE, host_keys=tuple(keys[kind] for kind in offered)) as router:
        auditor.known_hosts.write_text(line(f"[127.0.0.1]:{router.port}", keys[known]), encoding="utf-8")
        assert auditor(router).code == 1


@pytest.mark.parametrize("more", [(), (ACCEPT,)])
def test_a_host_that_is_known_by_another_kind_of_key(more: tuple[str, ...], auditor: Auditor) -> None:
    with SimulatedRouter(DEVICE, host_keys=(KEY,)) as router:
        auditor.known_hosts.write_text(line(f"[127.0.0.1]:{router.port}", RSA), encoding="utf-8")
        done = auditor(router, *more)
        assert (done.code, router.logins) == (3, 0)
        assert shown(KEY).fingerprint in done.err
        assert shown(RSA).fingerprint in done.err


KNOWN = {
    "plain": line("gw.example"),
    "list of names": line("other.example,gw.example,192.0.2.1"),
    "other case": line("GW.Example"),
    "asterisk": line("*.example"),
    "question mark": line("gw.exampl?"),
    "all but another": line("*,!other.example"),
    "older key first": line("gw.example", OTHER) + line("gw.example"),
    "older key last": line("gw.example") + line("gw.example", OTHER),
    "no line end": line("gw.example").rstrip("\n"),
    "tab and comment line": "\n# comment\n" + line("gw.example").replace(" ", "\t", 1),
    "comment behind": line("gw.example").rstrip("\n") + " root@gw a comment\n",
    "CR LF": line("gw.example").replace("\n", "\r\n"),
    "damaged before": "gw.example ssh-ed25519 AAAA\n" + line("gw.example"),
    "several damaged": "gw.example ssh-ed25519 %%%\ngw.example\n\x00\xff\n" + line("gw.example"),
    "damaged hash": "|1|broken|hash ssh-ed25519 AAAA\n" + line("gw.example"),
    "kind unknown": "gw.example ssh-dss AAAAB3NzaC1kc3MAAACB\n" + line("gw.example"),
    "authority of another": line("gw.example", OTHER, "@cert-authority ") + line("gw.example"),
    "other revoked": line("gw.example", OTHER, "@revoked ") + line("gw.example"),
}


@pytest.mark.parametrize("case", KNOWN)
def test_lines_that_make_the_key_known(case: str, tmp_path: Path) -> None:
    judge(tmp_path, KNOWN[case])


REFUSED = {
    "empty": ("", "is not known"),
    "longer name": (line("gw.example.org"), "is not known"),
    "all but this": (line("*,!gw.example"), "is not known"),
    "not this": (line("!gw.example,*"), "is not known"),
    "port of its own": (line("[gw.example]:22"), "is not known"),
    "comment": ("# " + line("gw.example"), "is not known"),
    "authority": (line("gw.example", marker="@cert-authority "), "is not known"),
    "unheard-of mark": (line("gw.example", marker="@unheard-of "), "is not known"),
    "revoked": (line("gw.example", marker="@revoked "), "is revoked"),
    "all revoked": (line("*", marker="@revoked "), "is revoked"),
    "known and revoked": (line("gw.example") + line("gw.example", marker="@revoked "), "is revoked"),
    "other known and revoked": (line("gw.example", OTHER) + line("*", marker="@revoked "), "is revoked"),
    "other key": (line("gw.example", OTHER), "has changed"),
    "other key by pattern": (line("*.example", OTHER), "has changed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_lines_that_do_not(case: str, tmp_path: Path) -> None:
    text, reason = REFUSED[case]
    with pytest.raises(HostKeyRejected, match=reason):
        judge(tmp_path, text)
    if reason != "is not known":
        with pytest.raises(HostKeyRejected, match=reason):
            judge(tmp_path, text, accept_new=True)
        assert (tmp_path / "hosts").read_text(encoding="utf-8") == text


def test_hosts_with_a_port(tmp_path: Path) -> None:
    judge(tmp_path, line("[gw.example]:2222"), name="[gw.example]:2222")
    judge(tmp_path, line("[*.example]:2222"), name="[gw.example]:2222")
    for text in (line("gw.example"), line("[gw.example]:2223"), line("g"), line(":")):
        with pytest.raises(HostKeyRejected, match="is not known"):
            judge(tmp_path, text, name="[gw.example]:2222")


@pytest.mark.parametrize("name", ["gw.example", "[gw.example]:2222"])
def test_hashed_names(name: str, tmp_path: Path) -> None:
    text = hashed(name, tmp_path)
    assert text.startswith("|1|")
    judge(tmp_path, text, name=name)
    judge(tmp_path, text, name=name.upper())
    with pytest.raises(HostKeyRejected, match="is not known"):
        judge(tmp_path, text, name="another.example")
    with pytest.raises(HostKeyRejected, match="has changed"):
        judge(tmp_path, text, name=name, key=OTHER)


@given(st.text(alphabet="gw.example|1!*?[]:@ \tsh-edAB=25519\r\n\x00ü", max_size=200))
def test_no_file_breaks_the_reading(text: str) -> None:
    known = KnownHosts(Path(__file__), "gw.example", accept_new=False)
    known._store = _Held(text)  # type: ignore[assignment]
    with pytest.raises(HostKeyRejected):
        known.judge(shown(KEY))


class _Held:
    """A file that is in memory."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read_text(self, *_arguments: str) -> str:
        return self._text


def test_a_file_that_cannot_be_read_or_written(auditor: Auditor, tmp_path: Path) -> None:
    with SimulatedRouter(DEVICE) as router:
        auditor.known_hosts = tmp_path  # a folder
        done = auditor(router, ACCEPT)
        assert (done.code, router.logins) == (3, 0)
        assert "cannot be read" in done.err
        (tmp_path / "file").write_text("", encoding="utf-8")
        for path in (tmp_path / "file" / "hosts", Path("/proc/hosts")):
            with pytest.raises(HostKeyRejected, match=r"cannot be (?:read|remembered)"):
                remember(path, "gw.example")


def test_two_at_once_remember_one_line_each(tmp_path: Path) -> None:
    store = tmp_path / "hosts"
    names = [f"gw{number % 8}.example" for number in range(16)]

    threads = [threading.Thread(target=remember, args=(store, name)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(store.read_text(encoding="utf-8").splitlines(keepends=True)) == [
        line(f"gw{number}.example") for number in range(8)
    ]


def test_of_two_processes_with_different_keys_one_wins(tmp_path: Path) -> None:
    store = tmp_path / "hosts"
    script = (
        "import sys, pathlib\n"
        "from auditor.collect.host_keys import HostKey, KnownHosts\n"
        "from auditor.simulator.host_keys import new_key\n"
        "known = KnownHosts(pathlib.Path(sys.argv[1]), 'gw.example', accept_new=True)\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "key = new_key('ed25519')\n"
        "known.judge(HostKey(key.get_name(), key.asbytes()))\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(store)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _process in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    ends = [process.communicate("go\n", timeout=60)[1] for process in processes]
    assert sorted(process.returncode for process in processes) == [0, 1, 1]
    assert sum("has changed" in end for end in ends) == 2
    assert len(store.read_text(encoding="utf-8").splitlines()) == 1
