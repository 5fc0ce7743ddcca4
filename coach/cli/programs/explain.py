"""`coach programs explain`: what a program asks of a patient, in plain sentences."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from coach.cli.programs.files import NoProgram, beside, program_in
from coach.cli.tables import wrapped
from coach.language.explaining import Explanation, Section, explain


def add_parser(actions: Any) -> None:
    parser = actions.add_parser("explain", help="what a program asks of a patient, in plain sentences")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--language", metavar="LANGUAGE", help="en or es; otherwise the program's own")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=_explain)


def _explain(arguments: argparse.Namespace) -> int:
    """Exit status 0, 1 where the program has errors, 2 where it cannot be read."""
    try:
        program = program_in(arguments.file)
    except NoProgram as none:
        return none.status
    explanation = explain(program, language=arguments.language or program.language, title_of=beside(arguments.file))
    if arguments.format == "json":
        print(json.dumps(explanation.as_json(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(explanation)))
    return 0


def _lines(explanation: Explanation) -> Iterator[str]:
    yield from (explanation.title, "=" * len(explanation.title))
    if explanation.summary:
        yield ""
        yield from wrapped(explanation.summary)
    for section in explanation.sections:
        yield from _section(section, "-")


def _section(section: Section, underline: str) -> Iterator[str]:
    yield from ("", "") if underline == "-" else ("",)
    yield from (section.heading, underline * len(section.heading))
    for block in section.blocks:
        yield ""
        if block.text:
            yield from wrapped(block.text)
        for position, item in enumerate(block.items, start=1):
            mark = f"{position}. " if block.numbered else "- "
            yield from wrapped(item.text, first=f"  {mark}")
            for note in item.notes:
                yield from wrapped(note, first=" " * (2 + len(mark)))
    for inner in section.sections:
        yield from _section(inner, "~")
