"""What is installed is whole: the wheel, made as a release is, works far away from the checkout as the checkout does."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "tests/devices/mikrotik_routeros/v7_session/input.txt"
DATA = {
    "vendor_profiles": "auditor/_data/vendor_profiles",
    "templates": "auditor/_data/templates",
    "auditor": "auditor",
}


def _run(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept: Mapping[str, str] = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**kept, "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    done = _run("-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT), cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the wheel is installed; its dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    options = ("--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "-q")
    done = _run("-m", "pip", "install", *options, "--target", str(folder), str(wheel), cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_wheel_holds_every_data_file_of_the_checkout(wheel: Path) -> None:
    wanted = {
        f"{place}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, place in DATA.items()
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".yaml", ".j2", ".json", ".mo", ".py"} and "_data" not in path.parts
    }
    assert {Path(name).suffix for name in wanted} == {".yaml", ".j2", ".json", ".mo", ".py"}
    with zipfile.ZipFile(wheel) as archive:
        assert wanted - set(archive.namelist()) == set()


def test_installed_tool_audits_as_the_checkout_does(installed: Path, tmp_path: Path) -> None:
    words = ("-m", "auditor", "check", "--file", str(CASE), "--format", "json", "--lang", "de")
    there = _run(*words, cwd=tmp_path, PYTHONPATH=str(installed))
    here = _run(*words, cwd=ROOT)
    assert there.stdout
    assert (there.returncode, there.stdout, there.stderr) == (here.returncode, here.stdout, "")


def test_installed_tool_reads_its_own_files_and_not_the_checkouts(installed: Path, tmp_path: Path) -> None:
    program = "from auditor.profiles.data_files import data_directory as d; print(d('templates'), d('vendor_profiles'))"
    done = _run("-c", program, cwd=tmp_path, PYTHONPATH=str(installed))
    data = installed / "auditor" / "_data"
    assert done.stdout.split() == [str(data / "templates"), str(data / "vendor_profiles")]


def test_help_loads_nothing_slow() -> None:
    program = "import sys; from auditor.cli import main\ntry: main()\nexcept SystemExit: print(*sys.modules)"
    done = _run("-c", program, "--help", cwd=ROOT)
    assert "snippet" in done.stdout
    modules = set(done.stdout.splitlines()[-1].split())
    assert "typer" in modules
    assert modules & {"netmiko", "paramiko", "jinja2", "pydantic", "yaml", "textfsm", "jsonschema"} == set()
