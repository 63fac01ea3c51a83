"""The shape that lets thirty vendors be added without touching the code: who imports whom, and what may be named where."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.profiles.loading import load_profile, profile_paths

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "auditor"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Each room with the rooms from which it may import.
ROOMS = {
    "model": set[str](),
    "profiles": {"model"},
    "collect": {"profiles", "model"},
    "extract": {"profiles", "model"},
    "rules": {"model"},
    "remediate": {"profiles", "model"},
    "report": {"model"},
    "simulator": {"profiles", "model"},
    "guide": {"pipeline", "report", "model"},
    "pipeline": {"collect", "extract", "rules", "remediate", "profiles", "model"},
    "cli": {"guide", "pipeline", "collect", "rules", "remediate", "report", "simulator", "profiles", "model"},
}
# Each library that is slow to load or has a home, with its homes.
HOMES = {
    "netmiko": {"collect/connection.py"},
    "paramiko": {
        "collect/authentication.py",
        "collect/connection.py",
        "collect/failures.py",
        "collect/host_keys.py",
        "collect/jumps.py",
        "collect/ssh_config.py",
        "collect/transport.py",
        "simulator",
    },
    "asyncssh": {"collect/old_shell.py"},
    "jinja2": {"remediate/environment.py", "report/pbxlog_picture.py"},
    "yaml": {"profiles", "rules/requirements.py"},
    "pydantic": {"profiles", "rules/requirements.py", "simulator/device_file.py"},
    "rich": {"cli"},
    "textfsm": {"extract/readers/textfsm_table.py"},
    "typer": {"cli"},
}
WORDS_OF_ANY_ROUTER = {"router", "routers"}


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{_name(path)}:{node.lineno}: imports are written in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_module_stands_in_a_known_room() -> None:
    assert {_room(path) for path in MODULES} - {"__init__", "__main__"} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_room_imports_only_downward(room: str) -> None:
    allowed = {room, *ROOMS[room]}
    wrong = [
        f"{_name(path)} imports {name}"
        for path in MODULES
        if _room(path) == room
        for name in _imports(path)
        if name.startswith("auditor.") and (below := name.split(".")[1]) in ROOMS and below not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("library", HOMES)
def test_library_stays_at_home(library: str) -> None:
    users = {_name(path) for path in MODULES if any(name.split(".")[0] == library for name in _imports(path))}
    strangers = {
        user
        for user in users
        if not any(user == home or user.startswith(f"{home}/") for home in HOMES[library])
    }
    assert users
    assert strangers == set()


def test_no_code_names_a_vendor() -> None:
    words = set[str]()
    for slug in profile_paths():
        name = load_profile(slug).vendor.name
        words |= {slug.lower(), *slug.lower().split("_"), *re.findall(r"[a-z]{3,}", name.lower())}
    # The kernel's name and its packet filter's are those of a platform and a language, not of one vendor.
    words -= {"linux", "netfilter", *WORDS_OF_ANY_ROUTER}
    assert {"mikrotik", "routeros"} <= words
    pattern = re.compile(rf"(?<![a-z])(?:{'|'.join(sorted(words))})(?![a-z])", re.IGNORECASE)
    named = [
        f"{_name(path)}:{number}: {line.strip()}"
        for path in MODULES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert named == []


def test_no_code_decides_by_a_vendors_slug() -> None:
    slugs = set(profile_paths())
    strings = [
        f"{_name(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant) and node.value in slugs
    ]
    assert strings == []


def test_every_vendor_has_a_template_and_every_template_a_vendor() -> None:
    templates = {
        path.stem for path in (ROOT / "templates/remediation").glob("*.j2") if not path.name.startswith("_")
    }
    assert templates == set(profile_paths())


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the length of a function's body: a command's signature is as long as its list of options."""
    return (node.body[-1].end_lineno or 0) - node.body[0].lineno + 1


def test_modules_and_functions_stay_short() -> None:
    too_long = [_name(path) for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > 300]
    too_long += [
        f"{_name(path)}: {node.name} has {_lines(node)} lines"
        for path in MODULES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _lines(node) > 40
    ]
    assert too_long == []


def test_no_file_names_a_machine() -> None:
    kinds = {".py", ".yaml", ".j2", ".md", ".toml", ".po", ".pot", ".json", ".txt", ""}
    folders = ("auditor", "vendor_profiles", "templates", "benchmarks", ".ci", "tests")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    files += [ROOT / "README.md", ROOT / "pyproject.toml"]
    private = re.compile(
        r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/\w|\bfile://|https?://[^/\s]*(?:pypi|mirror|artifactory|nexus)"
    )
    named = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        if path.suffix in kinds and "__pycache__" not in path.parts and path != Path(__file__)
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if private.search(line)
    ]
    assert named == []
