"""The `coach` command. Each subcommand is a module of this package, imported only when it is the one asked for."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from coach import __version__

COMMANDS = {
    "programs": "check a program's text, or see what it will ask of a patient",
    "demo": "a demo clinic on this machine: its database, web server and reminder process",
    "serve": "the web server",
    "reminders": "the reminder process",
    "database": "bring the database's tables up to date",
    "keys": "make the key file that opens encrypted text",
    "init": "a clinic with its first therapist, who can then sign in",
    "doctor": "look whether everything needed is here, and say what is not",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one subcommand and returns its exit status: 0 done, 1 trouble found, 2 wrongly asked or badly set up.

    A subcommand's module has `add_parser(subparsers)`, which sets `run`: a function of the parsed arguments that
    returns an exit status or None.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    wanted = next((argument for argument in arguments if not argument.startswith("-")), None)
    parser = argparse.ArgumentParser(prog="coach", description="Therapy exercises at home.")
    parser.add_argument("--version", action="version", version=f"coach {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        if name == wanted:
            importlib.import_module(f"coach.cli.{name}").add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=summary)
    parsed = parser.parse_args(arguments)
    try:
        status = parsed.run(parsed) or 0
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who reads has seen enough (`| head`); what is still buffered must not be tried again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        from coach.config import BadSetting

        if isinstance(error, BadSetting):
            print(f"coach: {error}", file=sys.stderr)
            return 2
        raise
