"""Texts of a device in snippets: quoted so that the console reads them back as they were, or refused."""

from __future__ import annotations

import shlex
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.extract.readers.menu_script import read
from auditor.model.errors import TemplateError
from auditor.remediate.quoting import QUOTING, Foreign, UnsafeValue, shell_words, words

_NASTY = st.text(
    alphabet=st.sampled_from([*string.printable, "é", "\x1b", "\x00", "\u202e", "\u2028"]), max_size=30
)


def _quoted(how: str, text: str) -> str | None:
    try:
        return QUOTING[how](Foreign(text))
    except UnsafeValue:
        return None


@given(_NASTY)
def test_shell_reads_back_one_word(text: str) -> None:
    quoted = _quoted("posix_shell", text)
    assert quoted is None or shlex.split(quoted) == [text]


@given(_NASTY)
def test_menu_console_reads_back_one_value(text: str) -> None:
    quoted = _quoted("menu", text)
    if quoted is None:
        return
    reading = read(f"/ip firewall nat add comment={quoted} disabled=yes", {})
    assert not reading.not_understood
    values = reading.records[0].values
    assert (values["comment"], values["disabled"]) == (text, "yes")


@given(_NASTY, st.sampled_from(sorted(QUOTING)))
def test_control_characters_and_template_syntax_never_pass(text: str, how: str) -> None:
    quoted = _quoted(how, text)
    if not text.isprintable() or any(mark in text for mark in ("{{", "{%", "{#", "***")):
        assert quoted is None
    if quoted is not None:
        assert quoted.isprintable()


@given(st.text(alphabet=string.ascii_letters + string.digits + " .-_:/'", min_size=1, max_size=30))
def test_ordinary_names_are_not_refused(text: str) -> None:
    assert _quoted("menu", text) is not None
    assert _quoted("double_quotes", text) == f'"{text}"'
    assert (_quoted("posix_shell", text) is None) is text.startswith("-")


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a$b", "a`b`", "a?", "a!b", "Büro"])
def test_quotes_without_escapes_refuse_what_ends_or_expands_them(text: str) -> None:
    assert _quoted("double_quotes", text) is None


@pytest.mark.parametrize("text", ["a b", "-rf", "a;b", "", "a" * 65, 'a"'])
def test_consoles_without_quotes_take_plain_words_only(text: str) -> None:
    assert _quoted("none", text) is None
    assert _quoted("none", "vlan10:SIP") == "vlan10:SIP"


def test_a_line_of_shell_words_cannot_start_a_second_command() -> None:
    line = '-A X --comment "a; $(reboot) `id`" -j DNAT'
    assert shlex.split(" ".join(shell_words(Foreign(line)))) == shlex.split(line)
    assert "'a; $(reboot) `id`'" in shell_words(Foreign(line))
    with pytest.raises(UnsafeValue):
        shell_words(Foreign('-A X --comment "open'))


def test_foreign_text_is_compared_but_never_printed_as_it_is() -> None:
    text = Foreign("eth0")
    assert text == "eth0"
    assert text != "eth1"
    for printing in (str, repr, "{}".format):
        with pytest.raises(TemplateError):
            printing(text)


@given(_NASTY)
def test_words_for_sentences_are_one_clean_line(text: str) -> None:
    assert words(Foreign(text)).isprintable()
