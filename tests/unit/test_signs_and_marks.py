"""What tells vendors apart is read without the rest of their profiles, and marks are looked for together."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.model.errors import ProfileError
from auditor.profiles.loading import load_profile, load_profiles, load_signs
from auditor.profiles.marks import any_stands, stands
from auditor.profiles.schema import Signs

TEXTS = sorted((Path(__file__).parents[1] / "devices").glob("*/*/input.txt"))


def test_signs_are_what_the_whole_profiles_say() -> None:
    for signs in load_signs():
        whole = load_profile(signs.slug)
        assert {name: getattr(signs, name) for name in Signs.model_fields} == {
            name: getattr(whole, name) for name in Signs.model_fields
        }


def test_a_profile_of_the_users_own_is_checked_whole(tmp_path: Path) -> None:
    (tmp_path / "toy.yaml").write_text("vendor: {name: Toy}\nfacts: {timers: []}\n", encoding="utf-8")
    with pytest.raises(ProfileError, match=r"toy\.yaml: line"):
        load_signs(tmp_path)


def test_marks_stand_together_where_one_stands_alone() -> None:
    assert len(TEXTS) > 100
    for profile in load_profiles():
        groups = [tuple(mark.pattern for mark in profile.detect.text), profile.detect.never]
        groups += [document.recognise for document in profile.documents.values()]
        for path in TEXTS:
            text = path.read_text(encoding="utf-8", errors="replace")
            for marks in groups:
                assert any_stands(marks, text) is any(stands(mark, text) for mark in marks), (marks, path)


@pytest.mark.parametrize(
    ("marks", "text", "stand"),
    [
        (("^one|two", "^three"), "a two\n", True),
        (("^(?:one|two)", "^[|)(]x"), "a two\n|x", True),
        ((r"^a\|b", "^c"), "a|c\n", False),
        (("^[]|]z", "^c"), "]z", True),
        ((r"^(\w)\1", r"^\s*end$"), "xy\n\n  end", True),
        ((r"^(?P<x>a)", r"^(?P<x>b)"), "b", True),
        (("(?i)^END", "^no"), "\nend", True),
    ],
)
def test_marks_of_every_form_stand_together(marks: tuple[str, ...], text: str, stand: bool) -> None:
    assert any_stands(marks, text) is stand
