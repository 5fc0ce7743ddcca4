"""Files with several mistakes that do not hang together, as therapists make them: all are told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.language import check, render
from tests.language.texts import marked, nothing

SEVERAL = sorted((Path(__file__).parent / "several").glob("*.yaml"))


def test_there_are_ten_files_with_three_or_more_errors_each():
    assert [len(marked(path.read_text())[1]) >= 3 for path in SEVERAL] == [True] * 10


@pytest.mark.parametrize("path", SEVERAL, ids=lambda path: path.stem)
def test_all_errors_of_a_file_are_told_at_once_in_order_of_line_and_no_other(path):
    text, expected = marked(path.read_text())

    errors = check(text, file="a.yaml", read=nothing).errors

    assert [(p.line, p.column, p.code) for p in errors] == expected, "\n".join(map(render, errors))
