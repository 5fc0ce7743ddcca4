"""Below the line at which the parser stops, each further slip is told, and nothing that is none."""

from __future__ import annotations

import random

import pytest
import yaml

from coach.language import check
from coach.language.further_slips import tell
from coach.language.problems import MOST, Problems
from coach.language.reading import lines_of
from tests.language.many_texts import TEXTS, mutated
from tests.language.texts import SAMPLE, SMALL, nothing

SLIPS = {
    "a colon in a text": "Slowly: breathe out",
    "a colon at the end": "Slowly:",
    "a hyphen": "- slowly",
    "a sign": "@home",
    "quotation marks inside quotation marks": '"Say "calm" now"',
    "an apostrophe in single ones": "'Child's pose'",
}


def _parses(text: str) -> bool:
    try:
        for _ in yaml.parse(text.encode(errors="replace"), Loader=yaml.CSafeLoader):
            pass
    except yaml.YAMLError:
        return False
    return True


def _told(text: str) -> list[int]:
    """All that is found, from the first line on."""
    lines = lines_of(text)
    problems = Problems("a.yaml", lines)
    tell(lines, problems, -1)
    return [problem.line for problem in problems.all]


@pytest.mark.parametrize("part", range(10))
def test_of_a_text_that_the_parser_reads_to_its_end_nothing_is_told(part):
    read = 0
    for seed in range(part * 150, part * 150 + 150):
        text = mutated(TEXTS[seed % len(TEXTS)], random.Random(seed))
        if isinstance(text, str) and not set(text) & set("\x85\u2028\u2029\ufeff\0") and _parses(text):
            read += 1
            assert (seed, _told(text)) == (seed, [])

    assert read > 20


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("seed", range(5))
def test_each_line_with_a_slip_is_told_and_no_other(slip, seed):
    lines = SAMPLE.split("\n")
    plain = [number for number, line in enumerate(lines) if line.lstrip().startswith(("cue: ", "title: "))]
    chosen = sorted(random.Random(seed).sample(plain, 4))
    for number in chosen:
        lines[number] = f"{lines[number].partition(':')[0]}: {SLIPS[slip]}"

    problems = check("\n".join(lines), file="a.yaml", read=nothing).problems

    assert [problem.line - 1 for problem in problems] == chosen


@pytest.mark.parametrize("slip", SLIPS)
def test_a_further_slip_is_told_in_the_words_of_a_first_one(slip):
    def told(text: str) -> tuple[str, str, int, str | None]:
        problem = check(text, file="a.yaml", read=nothing).problems[-1]
        return problem.code, problem.message, problem.column, problem.suggestion

    once = SMALL.replace("    title: Breathing", f"    title: {SLIPS[slip]}")

    assert told(once.replace("title: Calm\n", "title: Calm: soft\n", 1)) == told(once)


def test_of_very_many_slips_as_many_are_told_as_anybody_mends():
    problems = check("title: a: b\n" * 4_900, file="a.yaml", read=nothing).problems

    assert len(problems) == MOST
