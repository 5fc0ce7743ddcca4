"""`coach keys`: the file with the key that opens names, addresses and free text."""

from __future__ import annotations

import argparse
import os
from typing import Any

from coach.config import BadSetting, key_file, make_keys


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("keys", help="make the key file that opens encrypted text")
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    path = key_file(os.environ)
    try:
        make_keys(path)
    except FileExistsError:
        raise BadSetting(f"{path} is there already and is left as it is: data under a lost key is lost") from None
    except OSError as error:
        raise BadSetting(f"{path} cannot be written ({error.strerror})") from error
    print(f"made {path}; keep a copy in a safe place apart from the database's backups")
    return 0
