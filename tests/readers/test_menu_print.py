"""What menu consoles print: settings, and rows with flags, comments and wrapped lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.extract.readers.menu_print import read

OPTIONS = {"section": "x"}


def test_settings_are_one_record_with_a_line_for_each() -> None:
    (record,) = read("                  enabled: auto\n              udp-timeout: 10s\n", OPTIONS).records
    assert dict(record.values) == {"enabled": "auto", "udp-timeout": "10s"}
    assert record.line_of("udp-timeout") == 2


def test_flags_are_named_by_the_flags_line() -> None:
    text = "Flags: X - disabled, I - invalid; D - dynamic \n 0 XI  chain=dstnat\n 1   chain=srcnat\n"
    off, on = read(text, OPTIONS).records
    assert (off.values["disabled"], off.values["invalid"], off.values["dynamic"]) == ("yes", "yes", "no")
    assert on.values["disabled"] == "no"


def test_flags_may_take_several_lines() -> None:
    text = 'Flags: X - disabled, R - running; \nS - slave \n 0 X name="a"\n'
    (row,) = read(text, OPTIONS).records
    assert (row.values["disabled"], row.values["slave"]) == ("yes", "no")


def test_rows_over_several_lines_with_comment_and_quotes() -> None:
    text = (
        "Flags: X - disabled\n"
        ' 0    ;;; to the "old" PBX = 5060\n'
        "      chain=dstnat action=dst-nat to-addresses=10.0.0.5 protocol=udp\n"
        '      dst-port=5060,5070-5080 log-prefix="a b=c"\n'
        "\n"
        " 1 X  chain=dstnat\n"
    )
    first, second = read(text, OPTIONS).records
    assert first.values["comment"] == 'to the "old" PBX = 5060'
    assert first.values["dst-port"] == "5060,5070-5080"
    assert first.values["log-prefix"] == "a b=c"
    assert first.line_of("dst-port") == 4
    assert second.values["disabled"] == "yes"


def test_numbers_with_blanks_between_thousands() -> None:
    (row,) = read(" 0  orig-bytes=47 603 timeout=2m59s\n", OPTIONS).records
    assert (row.values["orig-bytes"], row.values["timeout"]) == ("47 603", "2m59s")


def test_a_table_with_columns_is_not_understood() -> None:
    assert read("Columns: CHAIN, ACTION\n#  CHAIN  ACTION\n0  srcnat  masquerade\n", OPTIONS).not_understood


def test_a_strange_line_is_not_understood() -> None:
    assert [odd.line for odd in read(" 0 chain=srcnat\nwhat is this?\n", OPTIONS).not_understood] == [2]


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    read(text, OPTIONS)


def test_letters_without_a_legend_mean_what_the_profile_says_or_are_not_understood() -> None:
    row = ' 4 X name="sip" ports=5060,5061\n'
    assert [odd.line for odd in read(row, OPTIONS).not_understood] == [1]
    told = read(row, {**OPTIONS, "flags": {"X": "disabled", "D": "dynamic"}})
    assert not told.not_understood
    assert (told.records[0].values["disabled"], told.records[0].values["dynamic"]) == ("yes", "no")


def test_what_belongs_to_no_key_is_not_understood() -> None:
    wrapped = "Flags: X - disabled\n 0   chain=dstnat dst-port=80,443\n     ,5060 to-addresses=10.0.0.5\n"
    assert [(odd.line, odd.why) for odd in read(wrapped, OPTIONS).not_understood] == [(2, ",5060")]
    assert read(" 0 ;;; a note chain=dstnat action=dst-nat\n", OPTIONS).not_understood
    assert read(" 0\n", OPTIONS).not_understood


def test_an_empty_page_is_not_understood_but_an_empty_table_is() -> None:
    assert read("\n", OPTIONS).not_understood
    assert not read("Flags: X - disabled, I - invalid; D - dynamic \n", OPTIONS).not_understood
