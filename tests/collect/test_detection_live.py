"""Without a vendor's name: the right one or a clear refusal, by one log-in, and soon."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from every_device import DEVICES, PROBES, navigation_of
from routers import captured, log_in
from scripted_device import PASSWORD, USER, ScriptedDevice, Stage, known

from auditor.collect.credentials import Credentials
from auditor.collect.options import SessionOptions
from auditor.model.capture import Capture, Target
from auditor.model.errors import VendorUnknown
from auditor.pipeline import Vendors, capture_live
from auditor.profiles.loading import load_profile
from auditor.simulator.faults import Faults
from auditor.simulator.server import SimulatedRouter

DELAY = 1.0  # seconds before each reply
ITSELF = 3.0  # seconds that detection may take, above the router's own slowness
REPLIES = 2  # that are waited for: with a second each, the first command comes within three
MARGIN = 5.0  # seconds for a machine that does other things too


class FirstCommand(Exception):
    """The first command of a profile is about to be typed."""


@pytest.mark.parametrize("slug", DEVICES)
def test_the_first_command_comes_soon_on_a_slow_device(slug: str, tmp_path: Path) -> None:
    profile = load_profile(slug)

    def stop(command: str) -> None:
        raise FirstCommand(command)

    with SimulatedRouter(slug, delay=DELAY) as router:
        credentials, options = log_in(router, tmp_path)
        start = time.monotonic()
        with pytest.raises((FirstCommand, VendorUnknown)) as ended:
            capture_live(Target(host=router.host), Vendors(), credentials, options, stop)
        seconds = time.monotonic() - start
        assert str(ended.value) == profile.commands[0][1].command or _is_refusal(ended.value, slug)
        assert router.logins == 1
        before = [line for line in router.received if line.strip()]
        assert len([line for line in before if line in PROBES]) <= 1
        assert set(before) <= {*navigation_of(profile), *PROBES}
        assert len(before) <= REPLIES
        assert seconds - DELAY * len(before) < ITSELF + MARGIN


@pytest.mark.parametrize("faults", [Faults(), Faults(ansi=True), Faults(repeat_echo=True)])
@pytest.mark.parametrize("slug", DEVICES)
def test_no_device_is_taken_for_another(slug: str, faults: Faults, tmp_path: Path) -> None:
    with SimulatedRouter(slug, faults=faults) as router:
        assert _vendor(lambda: captured(router, tmp_path, None), slug) in {slug, ""}


def _vendor(read: Callable[[], Capture], *possible: str) -> str:
    """Return the vendor that was detected, empty where it was refused to say."""
    refusal = None
    try:
        return read().vendor
    except VendorUnknown as error:
        refusal = error
    assert _is_refusal(refusal, *possible)
    return ""


def _is_refusal(error: BaseException, *possible: str) -> bool:
    """Tell whether it says what the vendor may be, and what to do."""
    return (
        isinstance(error, VendorUnknown)
        and all(slug in error.message for slug in possible)
        and "--vendor" in error.advice
    )


def detected(
    folder: Path, *, banner: str, prompt: str, greeting: str = "", replies: dict[str, str] | None = None
) -> tuple[str, list[str]]:
    """Return the vendor for which a scripted device is taken (empty: it is not known) and what was typed."""

    def play(stage: Stage) -> None:
        stage.say(greeting)
        stage.answer(prompt, replies or {})

    with ScriptedDevice(play, banner=banner) as device:
        options = SessionOptions(port=device.port, known_hosts=known(device, folder), command_timeout=3.0)
        credentials = Credentials(user=USER, password=PASSWORD, use_agent=False)
        target = Target(host=device.host)
        return _vendor(lambda: capture_live(target, Vendors(), credentials, options)), device.received


DEBIAN = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"
SHELLS = [
    "root@gw:~# ",
    "# ",
    "bash-5.2# ",
    "\x1b]0;root@gw: ~\x07\x1b[01;32mroot@gw\x1b[0m:\x1b[01;34m~\x1b[0m# ",
]


# What is asked where small systems look the same.
DEBIAN_SAYS = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\n'
ASKED = "cat /etc/openwrt_release /etc/os-release /proc/version"
RELEASE = {ASKED: DEBIAN_SAYS}


@pytest.mark.parametrize("prompt", SHELLS)
@pytest.mark.parametrize("banner", [DEBIAN, "SSH-2.0-dropbear_2022.83"])
def test_a_shell_is_known_by_banner_and_prompt(banner: str, prompt: str, tmp_path: Path) -> None:
    assert detected(tmp_path, banner=banner, prompt=prompt, replies=RELEASE)[0] == "linux"


NO_RELEASE = "cat: /etc/openwrt_release: No such file or directory\n"
KERNEL = "Linux version {} (builder@host) (gcc 12.2.0) #1 SMP\n"


@pytest.mark.parametrize(
    ("answer", "vendor"),
    [
        (NO_RELEASE + DEBIAN_SAYS + KERNEL.format("6.1.0-21-amd64"), "linux"),
        (NO_RELEASE + "NAME=Void\nID=void\n" + KERNEL.format("6.6.30_1"), ""),
        (NO_RELEASE + KERNEL.format("6.1.0"), ""),
        (NO_RELEASE + DEBIAN_SAYS + KERNEL.format("6.6.93-amd64-vyos"), "vyos"),
        (NO_RELEASE + DEBIAN_SAYS + KERNEL.format("4.9.79-UBNT"), "ubiquiti_edgerouter"),
        (NO_RELEASE + DEBIAN_SAYS + KERNEL.format("4.19.152-ui-alpine"), "unifi_gateway"),
        ("DISTRIB_ID='OpenWrt'\nNAME=\"OpenWrt\"\n" + KERNEL.format("5.15.150"), "openwrt"),
        ("DISTRIB_ID='OpenWrt'\n" + KERNEL.format("4.19.152-ui-alpine"), ""),
        # Neither files nor a kernel: another system, or a shell that may do nothing.
        ("fish: Unknown command: cat\n", ""),
        ("\n  Invalid command: [cat]\n", ""),
        (NO_RELEASE, ""),
        ("", ""),
    ],
)
@pytest.mark.parametrize("prompt", ["admin@gw:~$ ", "root@UDM-Pro:~# "])
@pytest.mark.parametrize("banner", [DEBIAN, "SSH-2.0-dropbear_2022.83", "SSH-2.0-OpenSSH_9.9"])
def test_systems_with_one_shell_are_told_apart_by_one_command(
    banner: str, prompt: str, answer: str, vendor: str, tmp_path: Path
) -> None:
    found, typed = detected(tmp_path, banner=banner, prompt=prompt, replies={ASKED: answer})
    assert found == vendor
    assert typed[0] == ASKED
    assert len(set(typed) & PROBES) == 1


PROMPT_OF_MANY = "admin@fw-1> "


@pytest.mark.parametrize(
    ("greeting", "answer", "vendor"),
    [
        ("--- JUNOS 22.4R3-S2.11 Kernel 64-bit\r\n", "", "juniper_junos"),
        ("", "Hostname: fw-1\nModel: srx345\nJunos: 22.4R3-S2.11\n", "juniper_junos"),
        ("", "Hostname: fw-1\nModel: ex2300-24t\nJunos: 22.4R3-S2.11\n", ""),
        ("", "Invalid syntax.\n", ""),
    ],
)
def test_a_prompt_that_others_have_as_well_proves_nothing(
    greeting: str, answer: str, vendor: str, tmp_path: Path
) -> None:
    found, _typed = detected(
        tmp_path,
        banner="SSH-2.0-OpenSSH_8.4",
        prompt=PROMPT_OF_MANY,
        greeting=greeting,
        replies={"show version": answer},
    )
    assert found == vendor


NEAR_MISSES = [
    (DEBIAN, "router# "),
    (DEBIAN, "router> "),
    (DEBIAN, "admin@PA-220> "),
    ("SSH-2.0-OpenSSH_8.0", "admin@PA-220> "),
    (DEBIAN, "(config)# "),
    (DEBIAN, "Main menu\r\n 1) Status\r\nEnter your choice> "),
    ("SSH-2.0-dropbear", "switch> "),
    ("SSH-2.0-dropbear_2022.83", "XR500v# "),
    ("SSH-2.0-OpenSSH_9.6", "router# "),
    ("SSH-2.0-OpenSSH_8.0", "fw01> "),
    ("SSH-2.0-OpenSSH_9.9 ", "host% "),
    ("SSH-2.0- ", "gw> "),
    ("SSH-2.0-x", "\x1b[1mgw\x1b[0m\x1b[K> "),
    ("SSH-2.0-ROSSSHD", "gw> "),
    ("SSH-2.0-mylancom", "gw> "),
    ("SSH-2.0-Go", "[admin@box ~]> "),
    ("SSH-2.0-x", "user@box:/tmp> "),
]


@pytest.mark.parametrize(("banner", "prompt"), NEAR_MISSES)
def test_what_only_resembles_a_vendor_is_not_taken_for_it(banner: str, prompt: str, tmp_path: Path) -> None:
    vendor, typed = detected(tmp_path, banner=banner, prompt=prompt)
    assert vendor == ""
    assert len(typed) <= 1  # a probe at most


@pytest.mark.parametrize("slug", [slug for slug in DEVICES if load_profile(slug).detect.never])
def test_a_relative_is_known_by_what_it_says(
    slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SimulatedRouter(slug) as router:
        own = captured(router, tmp_path, slug).documents[0]
        (tmp_path / "known_hosts").unlink()
    mark = own.text.splitlines()[-1].strip()
    profile = load_profile(slug)
    relative = profile.model_copy(
        update={"detect": profile.detect.model_copy(update={"never": (rf"^\s*{re.escape(mark)}",)})}
    )
    others = tuple(one for one in Vendors().signs() if one.slug != slug)
    monkeypatch.setattr(Vendors, "signs", lambda _vendors: (relative, *others))
    monkeypatch.setattr(Vendors, "one", lambda _vendors, _slug: relative)
    with SimulatedRouter(slug) as router:
        with pytest.raises(VendorUnknown, match=slug):
            captured(router, tmp_path, None)
        commands = {spec.command for _kind, spec in profile.commands}
        assert len([line for line in router.received if line in commands]) == 1
