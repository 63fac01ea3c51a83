"""What all tests share: who may run in the kernel lab, and what a module names by PROFILE or DEVICE."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from auditor.profiles.loading import read_profile
from auditor.profiles.schema import Profile
from auditor.simulator.server import SimulatedRouter

_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_TOOLS = [
    "bash",
    "conntrack",
    "dropbear",
    "dropbearkey",
    "ip",
    "iptables-legacy-restore",
    "nft",
    "nsenter",
    "ssh",
    "ssh-keygen",
    "sshd",
    "ss",
    "sysctl",
    "unshare",
]


def pytest_configure() -> None:
    """Let every test find the tools of administrators, which an ordinary login does not."""
    os.environ["PATH"] = os.pathsep.join((os.environ.get("PATH", os.defpath), *_SBIN))


def pytest_xdist_auto_num_workers() -> int:
    """Return for `-n auto` more workers than processors: most tests wait for a device, not for the processor."""
    return 2 * max(2, os.cpu_count() or 1)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is marked `lab` where the lab cannot stand; fail it where AUDITOR_LAB=required makes it mandatory."""
    if item.get_closest_marker("lab") is None or not (reason := _obstacle()):
        return
    if os.environ.get("AUDITOR_LAB") == "required":
        pytest.fail(f"the kernel lab is mandatory here: {reason}", pytrace=False)
    pytest.skip(f"kernel lab: {reason}")


@pytest.fixture(scope="module")
def profile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    """Read the profile that stands as PROFILE in the test's module."""
    path = tmp_path_factory.mktemp("profiles") / "toy.yaml"
    path.write_text(request.module.PROFILE, encoding="utf-8")
    return read_profile(path)


@pytest.fixture
def router(request: pytest.FixtureRequest) -> Iterator[SimulatedRouter]:
    """Start the simulated device that is DEVICE in the test's module."""
    with SimulatedRouter(request.module.DEVICE) as device:
        yield device


@functools.cache
def _obstacle() -> str:
    """Return why the lab cannot stand on this machine; empty where it can."""
    if missing := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        return f"not installed: {', '.join(missing)}"
    if os.geteuid() != 0:
        return "network namespaces need root"
    tried = subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--fork", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    return tried.stderr.strip() if tried.returncode else ""
