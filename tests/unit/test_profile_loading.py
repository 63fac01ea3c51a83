"""A bad profile is refused with file, line, key and the nearest valid key; a good one is read as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.model.errors import NoSuchVendor, ProfileError
from auditor.profiles.loading import command_problem, load_profile, load_profiles, profile_paths, read_profile

GOOD = """\
vendor: {name: Toy, language: toy lines, versions: "1", status: documented, maintainer: tests}
sources: {manual: "Toy manual"}
session:
  prompt: 'toy> $'
  harmless: ['show [a-z -]+']
detect:
  text: [{pattern: '^toy ', weight: 10}]
documents:
  timers:
    command: show timers
    reader: lines
    options: {section: timers, patterns: ['^udp (?P<seconds>[0-9]+)$']}
    sections: [timers]
    absence: default
    recognise: ['^udp [0-9]']
facts:
  layers: {nat: {name: NAT}}
  udp_timers:
    - name: udp
      section: timers
      key: seconds
      flow: any
      layer: nat
      defaults: [{versions: "*", seconds: 30, source: manual, confidence: documented}]
  promotion: [{late: false, reason: one timer}]
  nat: {role: []}
"""


def _write(folder: Path, text: str, name: str = "toy") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _refusal(folder: Path, old: str, new: str) -> str:
    assert old in GOOD
    with pytest.raises(ProfileError) as caught:
        read_profile(_write(folder, GOOD.replace(old, new, 1)))
    return str(caught.value)


def test_the_good_profile_loads(tmp_path: Path) -> None:
    profile = read_profile(_write(tmp_path, GOOD))
    assert (profile.slug, profile.vendor.name) == ("toy", "Toy")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("  prompt: 'toy> $'", "  promt: 'toy> $'\n  prompt: 'toy> $'", 4, ("session.promt", "prompt")),
        ("reader: lines", "reeder: lines", 11, ("documents.timers", "reader")),
        ("flow: any", "flow: sideways", 22, ("facts.udp_timers.0.flow", "unreplied")),
        ("      layer: nat", "      layer: nowhere", 23, ("there is no layer nowhere",)),
        ("source: manual,", "source: hearsay,", 24, ("there is no source hearsay",)),
        ("command: show timers", "command: reload now", 10, ("not among the harmless commands",)),
        ("command: show timers", "command: show {what}", 10, ("placeholders",)),
        ("'^toy '", "'^toy ('", 7, ("not a regular expression",)),
        (
            "absence: default",
            "absence: default\n    beside: [nothing]",
            15,
            ("there is no document nothing",),
        ),
        ("seconds: 30, ", "", 24, ("seconds or never",)),
    ],
)
def test_what_is_wrong_is_told_with_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, words: tuple[str, ...]
) -> None:
    message = _refusal(tmp_path, old, new)
    assert f"toy.yaml: line {line}: " in message
    for word in words:
        assert word in message


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    assert "twice" in _refusal(tmp_path, "sources:", "vendor: {}\nsources:")


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    message = _refusal(tmp_path, "  promotion: [{late: false, reason: one timer}]\n", "")
    assert "facts.promotion" in message
    assert "missing" in message


def test_broken_yaml_names_its_line(tmp_path: Path) -> None:
    assert "line 2" in _refusal(tmp_path, "sources: {", "sources: [")


def test_a_folder_adds_a_vendor_and_shadows_ours(tmp_path: Path) -> None:
    _write(tmp_path, GOOD)
    _write(tmp_path, GOOD, "linux")
    assert set(profile_paths(tmp_path)) == {*profile_paths(), "toy"}
    assert load_profile("linux", tmp_path).vendor.name == "Toy"
    assert load_profile("linux").vendor.name != "Toy"


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no folder"):
        load_profiles(tmp_path / "nowhere")


@pytest.mark.parametrize(("typed", "meant"), [("mikrotik", "mikrotik_routeros"), ("linx", "linux")])
def test_an_unknown_slug_names_the_nearest(typed: str, meant: str) -> None:
    with pytest.raises(NoSuchVendor, match=f"Did you mean {meant}"):
        load_profile(typed)


def test_words_that_yaml_takes_for_booleans_stay_words(tmp_path: Path) -> None:
    text = GOOD.replace("      layer: nat", "      layer: nat\n      where: {disabled: [no, yes], mode: on}")
    timer = read_profile(_write(tmp_path, text)).facts.udp_timers[0]
    assert timer.where == {"disabled": ("no", "yes"), "mode": ("on",)}


def test_every_shipped_command_is_harmless() -> None:
    profiles = load_profiles()
    assert profiles
    for profile in profiles:
        assert profile.commands, profile.slug
        for kind, document in profile.commands:
            assert command_problem(profile, document.command or "") == "", (profile.slug, kind)


@pytest.mark.parametrize(
    ("slug", "command"),
    [
        ("mikrotik_routeros", "/system reset-configuration"),
        ("mikrotik_routeros", "/ip firewall nat print; /system reboot"),
        ("mikrotik_routeros", "/ip firewall nat print without-paging\n/system reboot"),
        ("mikrotik_routeros", "/ip firewall nat print without-paging file=x"),
        ("linux", "nft list ruleset; reboot"),
        ("linux", "nft flush ruleset"),
        ("linux", "cat /etc/shadow"),
        ("linux", "sudo -n nft flush ruleset"),
        ("linux", "/sbin/sysctl -w net.netfilter.nf_conntrack_udp_timeout=1"),
    ],
)
def test_what_could_change_a_device_is_not_harmless(slug: str, command: str) -> None:
    assert command_problem(load_profile(slug), command)
