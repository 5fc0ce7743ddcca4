"""Tables in a terminal."""

from __future__ import annotations

from coach.cli.tables import table


def test_columns_are_aligned_numbers_to_the_right_and_nothing_is_empty():
    shown = table(["day", "minutes", "note"], [["Mon", 5, None], ["Tuesday", 120.5, "año"]])

    assert shown.split("\n") == [
        "day      minutes  note",
        "-------  -------  ----",
        "Mon            5",
        "Tuesday    120.5  año",
    ]


def test_a_table_without_rows_is_its_headings():
    assert table(["day"], []) == "day\n---"


def test_wide_letters_take_two_columns():
    assert table(["a", "b"], [["骨盤", "x"]]).split("\n")[-1] == "骨盤  x"
