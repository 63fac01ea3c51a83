"""The simulated tree console, typed by hand over real SSH, and audited in the moods that its prompt makes hard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from routers import captured
from terminal_client import TerminalClient

from auditor.model.audit import AuditOptions
from auditor.model.capture import Capture, Outcome
from auditor.model.facts import SipAlgState
from auditor.pipeline import Vendors, audit
from auditor.simulator.faults import NO_FAULTS, Faults
from auditor.simulator.server import SimulatedRouter

DEVICE = "lancom_lcos"
FILE = Path(__file__).resolve().parents[2] / "auditor" / "simulator" / "devices" / f"{DEVICE}.yaml"
PROMPT = "admin@office:/\r\n> "
NAT = "/Setup/IP-Router/1-N-NAT"


@pytest.fixture
def console(router: SimulatedRouter) -> Iterator[TerminalClient]:
    with TerminalClient(router, options="") as client:
        client.read_to(PROMPT)
        yield client


def run(console: TerminalClient, command: str) -> list[str]:
    """Return the lines of the reply without the prompt's."""
    lines = console.run(command).split("\n")
    return [line for line in lines if line and not line.startswith("admin@office:")]


def test_the_banner_opens_with_a_bare_hash_and_the_prompt_takes_two_lines(router: SimulatedRouter) -> None:
    with TerminalClient(router, options="") as client:
        shown = client.read_to(PROMPT)
    assert shown.startswith("#\r\n| LANCOM ")
    assert shown.endswith(f"\r\n\r\n{PROMPT}")


@pytest.mark.parametrize("command", [f"ls {NAT}", f"dir {NAT.lower()}/", "ls Setup/IP-Router/1-N-NAT"])
def test_a_menu_is_listed_by_its_path(console: TerminalClient, command: str) -> None:
    assert "UDP-Aging-Seconds             VALUE:   20" in run(console, command)


def test_the_path_stands_in_the_prompt(console: TerminalClient) -> None:
    console.send(f"cd {NAT}\r")
    console.read_to(f"admin@office:{NAT}\r\n> ")
    console.send("set UDP-Aging-Seconds 90 ; cd ..\r")
    console.read_to("admin@office:/Setup/IP-Router\r\n> ")
    assert "UDP-Aging-Seconds             VALUE:   90" in run(console, "ls 1-N-NAT")


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (f"set {NAT}/UDP-Aging-Second 90", f"{NAT}/UDP-Aging-Second: no such path"),
        (f"set {NAT}/UDP-Aging-Seconds 90s", "90s: not accepted"),
        (f"set {NAT}/UDP-Aging-Seconds 65536", "65536: not accepted"),
        (f"set {NAT}/UDP-Aging-Seconds", f"{NAT}/UDP-Aging-Seconds: not accepted"),
        (f"set {NAT}/UDP-Aging-Seconds 90 s", "s: not accepted"),
        ("set /Setup/SIP-ALG/Operating Off", "Off: not accepted"),
        (f"set {NAT}/Service-Table/80 {{Active}} No", "80: no such path"),
        (f"set {NAT}/Service-Table/8443 {{Activ}} No", "Activ: no such path"),
        ("ls /Setup/Voice", "/Setup/Voice: no such path"),
        ("configure terminal", "configure: no such command"),
        ("add 1 2", "/: no such path"),
        ("flash", ": not accepted"),
    ],
)
def test_what_is_refused_changes_nothing(console: TerminalClient, command: str, refusal: str) -> None:
    before = run(console, "readscript")
    assert run(console, command) == [refusal]
    assert run(console, "readscript") == before


def test_changes_are_stored_when_flash_is_on(console: TerminalClient) -> None:
    def changes() -> str:
        return next(line for line in run(console, "sysinfo") if line.startswith("CONFIG_STATUS")).split(";")[
            -1
        ]

    first = changes()
    run(console, "flash No")
    run(console, f"set {NAT}/UDP-Aging-Seconds 90")
    assert changes() == first
    run(console, "flash Yes")
    assert changes() != first


def test_rows_are_added_by_named_columns_changed_and_removed(console: TerminalClient) -> None:
    console.send(f"cd {NAT}/Service-Table\r")
    console.read_to("Service-Table\r\n> ")
    run(console, "tab D-port-from D-port-to Protocol WAN-Address Intranet-Address Map-Port Active")
    run(console, "add 70 80 TCP 0.0.0.0 192.168.10.7 0 yes")
    run(console, "set 70 {Comment} door ; set 5060 {Active} Yes")
    page = run(console, "ls")
    assert page[-1].split() == ["70", "80", "TCP", "0.0.0.0", "192.168.10.7", "0", "Yes", "door"]  # noqa: S104
    assert " Yes     old PBX" in page[-2]
    run(console, "del 70")
    assert len(run(console, "ls")) == len(page) - 1


def test_a_reader_may_read_and_not_write() -> None:
    with SimulatedRouter(DEVICE, may_write=False) as router, TerminalClient(router, options="") as console:
        console.read_to(PROMPT)
        assert run(console, f"set {NAT}/UDP-Aging-Seconds 90") == ["no rights to do this"]
        assert "UDP-Aging-Seconds             VALUE:   20" in run(console, f"ls {NAT}")


def test_good_bye(console: TerminalClient) -> None:
    console.send("exit\r")
    assert console.read_to_end().endswith("Goodbye\r\n")


def _changed(folder: Path, **data: object) -> Path:
    device = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    device |= {key: value for key, value in data.items() if key in device}
    device["console"] |= {key: value for key, value in data.items() if key not in device}
    path = folder / "device.yaml"
    path.write_text(yaml.safe_dump(device, allow_unicode=True), encoding="utf-8")
    return path


def _capture(folder: Path, device: str | Path = DEVICE, faults: Faults = NO_FAULTS) -> Capture:
    with SimulatedRouter(device, faults=faults) as router:
        return captured(router, folder)


def _text(capture: Capture, kind: str) -> str:
    return next(document.text for document in capture.documents if document.kind == kind)


@pytest.mark.parametrize(
    "faults",
    [
        NO_FAULTS,
        Faults(bytes_per_second=6000),
        Faults(delay_per_reply=0.3),
        Faults(repeat_echo=True),
    ],
    ids=["plain", "slow line", "slow device", "echo twice"],
)
def test_an_angle_bracket_in_a_value_ends_nothing(tmp_path: Path, faults: Faults) -> None:
    """The prompt's second line is a bare `>`, which values and whole lines may hold as well."""
    info = "\n" + "DEVICE:   LANCOM 1783VAW\nLOCATION: rack >\n>\n> \nCONFIG_STATUS: {changes}\n"
    capture = _capture(tmp_path, _changed(tmp_path, sysinfo=info), faults)
    assert {document.outcome for document in capture.documents} == {Outcome.OK}
    assert _text(capture, "sysinfo").endswith("CONFIG_STATUS: 0")
    table = _text(capture, "service_table").split("\n")
    assert table[-1].endswith("old PBX")
    assert "web > mail" in table[-2]


def test_a_device_without_a_telling_banner_is_known_by_its_prompt(tmp_path: Path) -> None:
    capture = _capture(tmp_path, _changed(tmp_path, banner="SSH-2.0-OpenSSH_9.2"))
    assert capture.vendor == DEVICE
    assert _text(capture, "nat")


def test_a_console_that_starts_in_another_language_is_read_in_english(tmp_path: Path) -> None:
    device = _changed(tmp_path, translated=True)
    with SimulatedRouter(device) as router, TerminalClient(router, options="") as console:
        console.read_to(PROMPT)
        assert "UDP-Aging-Sekunden            WERT:    20" in run(console, f"ls {NAT}")
    assert "UDP-Aging-Seconds             VALUE:   20" in _text(_capture(tmp_path, device), "nat")


@pytest.mark.parametrize("wording", ["% Unrecognized command", "Usage: show <what>"])
def test_a_relative_of_the_system_is_never_judged_by_its_answers(tmp_path: Path, wording: str) -> None:
    capture = _capture(tmp_path, faults=Faults(refuse_commands=((".", wording),)))
    result = audit(capture, AuditOptions(), Vendors())
    assert {document.outcome for document in capture.documents} == {Outcome.REFUSED}
    assert (result.verdict.value, result.facts.sip_alg.state) == ("unknown", SipAlgState.UNKNOWN)
    assert result.remediation == ()


def test_secrets_of_the_script_are_masked_in_the_capture(tmp_path: Path) -> None:
    text = _text(_capture(tmp_path), "script")
    assert "walnut" not in text
    assert "add  INTERNET none *** 6" in text
