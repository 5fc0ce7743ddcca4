"""`coach programs diff`: what changed between two texts of a program, in the author's terms."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coach.cli.programs.files import NoProgram, program_in
from coach.language.differences import Difference, differences, sentence


def add_parser(actions: Any) -> None:
    parser = actions.add_parser("diff", help="what changed between two texts of a program, in the author's terms")
    parser.add_argument("old", metavar="OLD")
    parser.add_argument("new", metavar="NEW")
    parser.add_argument(
        "--affects",
        nargs="?",
        const="",
        metavar="PROGRAM",
        help="say with each change how many assignments it reaches, by the database of this clinic; of the program "
        "whose id is the name of the file NEW, or of another one",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=_diff)


def _diff(arguments: argparse.Namespace) -> int:
    """Exit status 0 whether or not anything changed, 1 where a text has errors, 2 where one cannot be read."""
    try:
        old, new = program_in(arguments.old), program_in(arguments.new)
    except NoProgram as none:
        return none.status
    found = differences(old, new)
    reached = None if arguments.affects is None else _reached(arguments.affects or Path(arguments.new).stem, found)
    if arguments.format == "json":
        print(json.dumps(_as_json(found, reached), ensure_ascii=False, indent=2))
        return 0
    for index, difference in enumerate(found):
        print(sentence(difference) + ("" if reached is None else f"; affects {_assignments(reached[index])}"))
    if not found:
        print("nothing that the program says has changed")
    return 0


def _reached(key: str, found: Sequence[Difference]) -> tuple[int, ...]:
    # Only here is a database needed.
    from coach.config import settings_from
    from coach.db.engine import Database, make_engine
    from coach.services.reach import reached

    settings = settings_from(os.environ)
    engine = make_engine(settings.database_url, settings.keyring)
    try:
        with Database(engine).read() as db:
            return reached(db, key, found, now=datetime.now(UTC))
    finally:
        engine.dispose()


def _as_json(found: Sequence[Difference], reached: Sequence[int] | None) -> list[dict[str, Any]]:
    return [
        {
            "change": each.change,
            "section": each.section,
            "id": each.id,
            "title": each.title,
            "step": each.step,
            "key": each.key,
            "before": each.before,
            "after": each.after,
            "says": sentence(each),
        }
        | ({} if reached is None else {"affects": reached[index]})
        for index, each in enumerate(found)
    ]


def _assignments(count: int) -> str:
    return f"{count} assignment{'' if count == 1 else 's'}"
