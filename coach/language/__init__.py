"""Program text in; a Program, or problems with line and column, out. Files come only through a reader given to it."""

from coach.language.check import Checked, check
from coach.language.problems import Problem, render

__all__ = ["Checked", "Problem", "check", "render"]
