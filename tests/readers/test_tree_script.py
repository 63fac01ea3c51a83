"""Scripts of tree consoles: what they leave set, and what is never passed over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.extract.readers.tree_script import read
from auditor.extract.records import Reading

OPTIONS = {
    "menus": {
        "Setup/Nat": {"names": {"Alterung": "Aging"}, "shapes": {"Aging": "[1-9][0-9]*"}},
        "Setup/Nat/Forwards": {
            "table": True,
            "needs": ["From", "To", "Address"],
            "absent": {"Protocol": "both"},
            "blank": {"Map": "0"},
            "range": {"first": "From", "last": "To", "inside": "Map"},
            "shapes": {"Address": r"[0-9.]+", "Protocol": "tcp|udp|both"},
        },
    }
}


def values(text: str, section: str = "Setup/Nat") -> list[tuple[int, dict[str, str]]]:
    return [(r.line, dict(r.values)) for r in reading(text).records if r.section == section]


def reading(text: str) -> Reading:
    return read(text, OPTIONS)


def odd_lines(text: str) -> list[tuple[str, int]]:
    return [(one.section, one.line) for one in reading(text).not_understood]


@pytest.mark.parametrize(
    "text",
    [
        "set /Setup/Nat/Aging 20",
        "Set  Setup/Nat/Aging   20  ",
        "\ufeffset /setup/nat/aging 20\r",
        'set /Setup/Nat/Aging "20"',
        "cd /Setup\nset Nat/Aging 20",
        "cd Setup\ncd Nat\nset Aging 20",
        "cd /Setup/Nat/Forwards ; cd .. ; set Aging 20 ; flash Yes",
        "set /Setup/Nat/Aging 300\nset /Setup/Nat/Aging 20",
        "# set /Setup/Nat/Aging 300\nset /Setup/Nat/Alterung 20\n  # set /Setup/Nat/Aging 300",
    ],
)
def test_a_value_is_found_however_its_path_is_written(text: str) -> None:
    ((_line, found),) = values(text)
    assert found["Aging"] == "20"
    assert not odd_lines(text)


@pytest.mark.parametrize(
    "text",
    [
        "set /Setup/Nat/Aging",
        "set /Setup/Nat/Aging 2m",
        "set /Setup/Nat/Aging 0",
        "set /Setup/Nat/Aging 20 30",
        'set /Setup/Nat/Aging "20',
        'set /Setup/Nat/Aging "20"5',
        "set /Setup/Nat/Aging 20;",
        "put /Setup/Nat/Aging 20",
        "cd /Setup/Nat\nset {Aging} 20",
        "cd /Setup/Nat\ntab Aging\nadd 20",
    ],
)
def test_what_is_not_understood_states_nothing_and_is_told(text: str) -> None:
    assert values(text) == []
    assert {section for section, _line in odd_lines(text)} == {"Setup/Nat"}


@pytest.mark.parametrize("behind", ["default", "20 30", '"20', "20;"])
def test_a_value_that_is_overwritten_by_something_unreadable_is_not_known(behind: str) -> None:
    assert values(f"set /Setup/Nat/Aging 120\ncd /Setup/Nat\nset Aging {behind}") == []


def test_rows_have_the_columns_that_were_named_last() -> None:
    text = (
        "cd /Setup/Nat/Forwards\n"
        "tab From To Address Map Comment\n"
        'add 5060 5060 192.0.2.9 0 "a ; b"\n'
        "tab Address To From Protocol\n"
        "add 192.0.2.8 20 10 udp\n"
    )
    assert values(text, "Setup/Nat/Forwards") == [
        (3, {"From": "5060", "To": "5060", "Address": "192.0.2.9", "Comment": "a ; b", "Protocol": "both", "@ports": "5060"}),
        (5, {"From": "10", "To": "20", "Address": "192.0.2.8", "Protocol": "udp", "@ports": "10-20"}),
    ]  # fmt: skip


def test_a_column_named_in_braces_changes_its_row() -> None:
    table = "cd /Setup/Nat/Forwards\ntab From To Address Map\nadd 80 80 192.0.2.9 0\nadd 90 90 192.0.2.9 0\n"
    ((_, first), (line, second)) = values(
        table + "set 90 {Map} 91\ncd /\nset /Setup/Nat/Forwards/80 {Address} 192.0.2.7", "Setup/Nat/Forwards"
    )
    assert first["Address"] == "192.0.2.7"
    assert (line, second["@inside-ports"]) == (4, "91")


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("add 80 80 192.0.2.9", 3),  # a cell is missing
        ("add 80 80 192.0.2.9 0 x", 3),
        ("add {From} 80 {To} 80 {Address} 192.0.2.9", 3),
        ("add 80 70 192.0.2.9 0", 3),
        ("add 0 70 192.0.2.9 0", 3),
        ("add 80 80 host 0", 3),
        ("add 80 90 192.0.2.9 180", 3),  # whether a range moves as a whole is not documented
        ("set 80 {Map} 91", 3),  # no such row here
        ("set 80 {Map}", 3),
        ("set 80", 3),
    ],
)
def test_a_row_that_is_not_certain_is_not_understood(statement: str, line: int) -> None:
    text = f"cd /Setup/Nat/Forwards\ntab From To Address Map\n{statement}\n"
    assert values(text, "Setup/Nat/Forwards") == []
    assert odd_lines(text) == [("Setup/Nat/Forwards", line)]


def test_rows_without_named_columns_are_not_understood() -> None:
    assert odd_lines("cd /Setup/Nat/Forwards\nadd 80 80 192.0.2.9\n") == [("Setup/Nat/Forwards", 2)]


def test_rows_that_a_line_may_have_removed_stay() -> None:
    rows = "tab From To Address\nadd 80 80 192.0.2.9\n"
    assert not odd_lines(f"cd /Setup/Nat/Forwards\ndel *\n{rows}")
    text = f"cd /Setup/Nat/Forwards\n{rows}del *\n"
    assert len(values(text, "Setup/Nat/Forwards")) == 1
    assert odd_lines(text) == [("Setup/Nat/Forwards", 4)]


def test_other_menus_are_read_without_a_word_about_them() -> None:
    text = 'cd /Setup/Users\ntab Name Rights\nadd "root" all\nset /Setup/Name "x y"\nset /Setup/Name z\n'
    found = [(r.section, dict(r.values)) for r in reading(text).records]
    assert found == [
        ("Setup/Users", {"Name": "root", "Rights": "all"}),
        ("Setup", {"Name": "z", "@Name": "Name"}),
    ]


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    read(text, OPTIONS)


@given(
    st.lists(
        st.sampled_from(["set ", "cd ", "tab ", "add ", "/Setup/Nat", "/Aging", '"', " ; ", "{Map}", " 20", "\n", ".."]),
        max_size=60,
    )
)  # fmt: skip
def test_no_script_breaks_the_reader_and_no_value_is_made_up(parts: list[str]) -> None:
    text = "".join(parts)
    for record in read(text, OPTIONS).records:
        line = text.split("\n")[record.line - 1]
        own = {k: v for k, v in record.values.items() if record.section == "Setup/Nat" and k[0] != "@"}
        assert all(value in line for value in own.values())
