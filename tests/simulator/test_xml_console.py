"""The simulated firewall behind a menu behaves as its sheet says, and the menu is answered only where it may be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from routers import captured
from terminal_client import TerminalClient

from auditor.model.capture import Outcome
from auditor.model.errors import PromptNotFound, VendorUnknown
from auditor.simulator.server import SimulatedRouter

DEVICE = "opnsense"
FILE = Path(__file__).resolve().parents[2] / "auditor/simulator/devices/opnsense.yaml"
MENU = "Enter an option: "
SHELL = "root@OPNsense:~ # "
SCRIPT = """php -r 'require_once("config.inc"); {} write_config("x");'"""
SET = '$config["system"]["optimization"]="conservative";'


@pytest.fixture
def router() -> Iterator[SimulatedRouter]:
    with SimulatedRouter(DEVICE, user="root") as device:
        yield device


@pytest.fixture
def console(router: SimulatedRouter) -> Iterator[TerminalClient]:
    with TerminalClient(router, options="") as client:
        client.read_to(MENU)
        client.send("8\r")
        client.read_to(SHELL)
        yield client


def run(console: TerminalClient, command: str) -> str:
    return console.run(command, prompt=SHELL)


def changed_device(folder: Path, **console: Any) -> Path:
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    data["console"] |= console
    path = folder / "device.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def test_the_menu_leads_to_the_shell_and_out(console: TerminalClient) -> None:
    console.send("exit\r")
    assert "8) Shell" in console.read_to(MENU, after="exit")
    console.send("0\r")
    console.read_to_end()


def test_a_script_stands_in_the_config_at_once_and_in_the_filter_after_a_reload(
    console: TerminalClient,
) -> None:
    assert "udp.multiple                 60s" in run(console, "pfctl -st")
    assert run(console, SCRIPT.format(SET)) == ""
    assert "<optimization>conservative</optimization>" in run(console, "cat /conf/config.xml")
    assert "udp.multiple                 60s" in run(console, "pfctl -st")
    assert run(console, "configctl filter reload") == "OK"
    assert "udp.multiple                900s" in run(console, "pfctl -st")
    assert "udp.single                  150s" in run(console, "pfctl -st")


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ("pfctl -sT", "pfctl: Command not found."),
        ("set optimization conservative", "set: Command not found."),
        ("# a comment", "#: Command not found."),
        (SCRIPT.format(SET.rstrip(";")), "PHP Parse error"),
        (SCRIPT.format("$config->system = 1;"), "PHP Parse error"),
        (SCRIPT.format(SET).replace('require_once("config.inc"); ', ""), "PHP Parse error"),
        (SCRIPT.format(SET)[:-1], "Unmatched"),
        ("configctl firewall reload", "configctl: Command not found."),
    ],
)
def test_what_it_does_not_know_changes_nothing(console: TerminalClient, command: str, refusal: str) -> None:
    before = run(console, "cat /conf/config.xml")
    assert refusal in run(console, command)
    assert run(console, "cat /conf/config.xml") == before


def test_a_value_can_be_taken_out_again(console: TerminalClient) -> None:
    run(console, SCRIPT.format('unset($config["system"]["optimization"]);'))
    assert "<optimization>" not in run(console, "cat /conf/config.xml")


def test_a_user_without_root_is_read_through_sudo(tmp_path: Path) -> None:
    with SimulatedRouter(DEVICE, user="tech", may_write=False) as router:
        collected = captured(router, tmp_path, DEVICE)
        received = router.received
    assert {document.outcome for document in collected.documents} == {Outcome.OK}
    assert "sudo -n pfctl -st" in received
    assert "opnsense-version" in received
    assert "8" not in received


def test_without_sudo_the_reason_is_told(tmp_path: Path) -> None:
    refused = "sudo: a password is required"
    with SimulatedRouter(DEVICE, user="tech", may_write=False) as router:
        router._faults = type(router._faults)(refuse_commands=(("^sudo", refused),))
        collected = captured(router, tmp_path, DEVICE)
    outcomes = {document.kind: (document.outcome, document.detail) for document in collected.documents}
    assert outcomes["timeouts"] == (Outcome.NO_PRIVILEGE, refused)
    assert outcomes["config"] == (Outcome.NO_PRIVILEGE, refused)
    assert outcomes["version"][0] is Outcome.OK


@pytest.mark.parametrize("entry", ["8) Ping host", "18) Shell", "8) Shellinabox", "8. Shell"])
def test_a_menu_without_the_shell_at_8_gets_no_answer(entry: str, tmp_path: Path) -> None:
    menu = re.sub(r"8\) Shell", entry, yaml.safe_load(FILE.read_text(encoding="utf-8"))["console"]["menu"])
    with SimulatedRouter(changed_device(tmp_path, menu=menu), user="root") as router:
        with pytest.raises(PromptNotFound, match="nothing was typed"):
            captured(router, tmp_path, DEVICE)
        assert router.received == []


def test_a_relatives_menu_is_not_taken_for_this_one(tmp_path: Path) -> None:
    menu = " 0) Logout / Disconnect SSH            9) pfTop\n 8) Shell   16) Restart PHP-FPM\n\nEnter an option: "
    with SimulatedRouter(changed_device(tmp_path, menu=menu), user="root") as router:
        with pytest.raises(VendorUnknown):
            captured(router, tmp_path)
        assert router.received == []
