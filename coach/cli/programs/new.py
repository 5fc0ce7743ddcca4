"""`coach programs new`: a first program with comments, to be changed into one's own."""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

from coach.cli.programs.files import refuse
from coach.language import check

LANGUAGES = ("en", "es")
_STARTERS = Path(__file__).parent / "starters"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.yaml", re.ASCII)


def add_parser(actions: Any) -> None:
    parser = actions.add_parser("new", help="write a first program with comments, to be changed into your own")
    parser.add_argument(
        "file", metavar="FILE", help="its name in small letters with hyphens, as in my-program.yaml; - prints"
    )
    parser.add_argument("--title", metavar="TEXT", help="what the program is called")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="of the comments and of the program")
    parser.set_defaults(run=_new)


def _new(arguments: argparse.Namespace) -> int:
    """Exit status 0 with the file written, 2 where it cannot be: a file that is there is never written over."""
    path = Path(arguments.file)
    if arguments.file != "-" and not _NAME.fullmatch(path.name):
        return refuse(
            f"{path.name!r} cannot be the name of a program: take small letters, digits and hyphens, and end with "
            f".yaml, for example {_proposed(path)}"
        )
    text = (_STARTERS / f"{arguments.language}.yaml").read_text(encoding="utf-8")
    if arguments.title is not None:
        text = re.sub(
            "^title: .*$", lambda _: f"title: {json.dumps(arguments.title, ensure_ascii=False)}", text, flags=re.M
        )
        errors = check(text, file="-", read=lambda name: None).errors
        if errors:
            return refuse(f"this title cannot be used: {errors[0].message}")
    if arguments.file == "-":
        print(text, end="")
        return 0
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        return refuse(f"{path} is there already and stays as it is; choose another name")
    except OSError as error:
        return refuse(f"{path} cannot be written: {error.strerror or 'the folder takes no files'}")
    print(
        f"{path} is written. Open it in any editor, then see what is wrong with it:\n\n    coach programs check {path}"
    )
    return 0


def _proposed(path: Path) -> str:
    """A name close to the one that was given."""
    plain = unicodedata.normalize("NFKD", path.name.removesuffix(path.suffix)).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "my-program"
    return str(path.with_name(f"{name}.yaml")) if path.name else "my-program.yaml"
