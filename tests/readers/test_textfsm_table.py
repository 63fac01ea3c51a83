"""Tables are read by templates of ntc-templates; each of TextFSM's four endings is told apart."""

from __future__ import annotations

import pytest

from auditor.extract.readers import textfsm_table
from auditor.model.errors import ProfileError

OPTIONS = {"template": "ubiquiti_edgerouter_show_nat_rules", "section": "nat rules"}
TABLE = """\
rule   type  intf     translation
----   ----  ----     -----------
1      DST   pppoe4   daddr 198.51.100.7 to 192.0.2.10
    proto-udp         dport 5060 to 5062

2      DST   pppoe4   daddr 198.51.100.7 to 192.0.2.11
    proto-tcp         dport 8080 to 80
"""


def test_rows_are_records_with_the_line_of_each_value() -> None:
    reading = textfsm_table.read(TABLE, OPTIONS)
    first, second = reading.records
    assert (first.section, first.line, second.line) == ("nat rules", 3, 6)
    assert (first.values["DEST_ADDRESS"], first.line_of("DEST_ADDRESS")) == ("192.0.2.10", 3)
    assert (second.values["DEST_PORT"], second.line_of("DEST_PORT")) == ("80", 7)
    assert reading.not_understood == ()


def test_a_refused_line_leaves_nothing_half_read() -> None:
    reading = textfsm_table.read(TABLE + "X 3  DST  eth0  daddr 198.51.100.7 to 192.0.2.12\n", OPTIONS)
    assert reading.records == ()
    (odd,) = reading.not_understood
    assert (odd.section, odd.line, odd.why[:3]) == ("nat rules", 8, "X 3")


def test_lines_are_counted_as_they_were_collected() -> None:
    text = TABLE.replace("translation", "translation\x85\u2028\f")
    assert [record.line for record in textfsm_table.read(text, OPTIONS).records] == [3, 6]


@pytest.mark.parametrize("text", ["", "rule   type  intf     translation\n"])
def test_no_row_means_none_only_where_that_is_legal(text: str) -> None:
    assert len(textfsm_table.read(text, OPTIONS).not_understood) == 1
    legal = textfsm_table.read(text, {**OPTIONS, "empty": "legal"})
    assert (legal.records, legal.not_understood) == ((), ())


@pytest.mark.parametrize("name", ["no_such_template", "../index", ""])
def test_a_template_that_is_not_there_is_the_profiles_mistake(name: str) -> None:
    with pytest.raises(ProfileError, match="TextFSM template"):
        textfsm_table.read(TABLE, {**OPTIONS, "template": name})


def test_a_template_is_the_same_after_use() -> None:
    assert textfsm_table.read(TABLE, OPTIONS) == textfsm_table.read(TABLE, OPTIONS)
