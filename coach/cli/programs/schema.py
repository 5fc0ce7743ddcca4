"""`coach programs schema`: what the language knows, for an editor, for a program, or to read."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from coach.language.completion import completion
from coach.language.reference import reference_page
from coach.language.schema import library_schema, program_schema


def add_parser(actions: Any) -> None:
    parser = actions.add_parser(
        "schema", help="the keys of the language: a JSON Schema, data for an editor, or a page to read"
    )
    parser.add_argument(
        "--for",
        choices=("program", "library", "editor", "reading"),
        default="program",
        dest="reader",
        help="the JSON Schema of a program or of a file to import, completion for an editor, or the reference page",
    )
    parser.set_defaults(run=_schema)


def _schema(arguments: argparse.Namespace) -> int:
    match arguments.reader:
        case "reading":
            sys.stdout.write(reference_page())
        case "editor":
            print(json.dumps(completion(), ensure_ascii=False, separators=(",", ":")))
        case kind:
            schema = library_schema() if kind == "library" else program_schema()
            print(json.dumps(schema, ensure_ascii=False, indent=2))
    return 0
