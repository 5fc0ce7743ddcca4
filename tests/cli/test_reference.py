"""The reference page names every action of `coach programs` with all its options."""

from __future__ import annotations

import argparse
import re

import pytest

from coach.cli.programs import add_parser
from coach.language.reference import reference_page


def _actions() -> dict[str, set[str]]:
    commands = argparse.ArgumentParser().add_subparsers()
    add_parser(commands)
    programs = commands.choices["programs"]
    (actions,) = (each.choices for each in programs._actions if isinstance(each.choices, dict))
    return {
        name: {option for each in parser._actions for option in each.option_strings if option.startswith("--")}
        - {"--help"}
        for name, parser in actions.items()
    }


ACTIONS = _actions()


@pytest.mark.parametrize("name", ACTIONS)
def test_the_reference_page_names_the_options_of_each_action_and_no_others(name):
    section = reference_page().partition("## On the command line")[2].partition("A command ends with")[0]
    (entry,) = re.findall(rf"^- `coach programs {name} ?((?:[^\n]|\n(?!- ))*)", section, re.MULTILINE)

    assert set(re.findall(r"(--[a-z]+(?:-[a-z]+)*)", entry)) == ACTIONS[name]


def test_there_are_eight_actions():
    assert sorted(ACTIONS) == ["calendar", "check", "diff", "explain", "new", "schema", "script", "simulate"]
