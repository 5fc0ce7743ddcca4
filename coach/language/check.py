"""A program's text checked as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from coach.domain.program import Program
from coach.language.advice import advise
from coach.language.checks import Checks, gathered
from coach.language.conversion import converted
from coach.language.problems import Problem, Problems
from coach.language.reading import decoded, lines_of
from coach.language.reading import read as read_values
from coach.language.structure import Source, structured

Read = Callable[[str], str | bytes | None]

_IMPORT_NAME = re.compile(r"[a-z0-9_-]{1,80}(/[a-z0-9_-]{1,80}){0,4}", re.ASCII)  # a longer one no folder can hold
_LIBRARY_KEYS = {"exercises", "sessions"}


@dataclass(frozen=True, slots=True)
class Checked:
    """`program` is None where there are errors, and for a file that only offers exercises and sessions."""

    program: Program | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")


def check(
    text: str | bytes, *, file: str, read: Read, path_of: Callable[[str], str] = lambda name: f"{name}.yaml"
) -> Checked:
    """Checks a program and what it imports. Never raises for what the texts hold.

    `file`: as problems name it; its stem is the program's id. `read("library/relaxation")`: the imported text, or None
    where there is none. `path_of`: as problems name an imported file.
    """
    problems, main = _values(text, file)
    if main is None:
        return Checked(None, tuple(problems.all))
    main.is_library = "library" in PurePath(file).parts and set(main.root) <= _LIBRARY_KEYS
    structured(main, None)

    files = [problems]
    imports = _imports(main, read, path_of, files)
    names = gathered(main, imports)
    checks = Checks(names)
    checks.run([main, *(source for source in imports.values() if source is not None)])

    program = None
    if not main.is_library and not any(each.has_errors for each in files):
        program = converted(PurePath(file).stem, names, checks.rung_size)
    advise(names, program)
    if any(each.has_errors for each in files):
        program = None
    return Checked(program, tuple(problem for each in files for problem in each.all))


def _values(text: str | bytes, file: str) -> tuple[Problems, Source | None]:
    clean = decoded(text)
    if isinstance(clean, tuple):
        start = text[:2000].decode(errors="replace") if isinstance(text, bytes) else text[:2000]
        problems = Problems(file, [re.sub(r"[^\x20-\x7e]", "?", line) for line in lines_of(start)])
        problems.add(*clean)
        return problems, None
    problems = Problems(file, lines_of(clean))
    root = read_values(clean, problems)
    return problems, Source(file, root, problems, is_library=False) if root is not None else None


def _imports(
    main: Source, read: Read, path_of: Callable[[str], str], files: list[Problems]
) -> dict[str, Source | None]:
    """What the program imports, each file once; None for what cannot be read."""
    imports: dict[str, Source | None] = {}
    if main.head is None:
        # What is imported is not known; names that lead nowhere are then not the author's mistake.
        return {"?": None} if "import" in main.root else {}
    for index, name in enumerate(main.head.import_):
        if name in imports:
            continue
        text = read(name) if _IMPORT_NAME.fullmatch(name) else None
        if text is None:
            main.problems.add(
                "unknown-import",
                main.at("import", index),
                f"there is no file `{name[:60]}` to import",
                "Write its path under programs/ without `.yaml`, for example `library/relaxation`.",
            )
            imports[name] = None
            continue
        problems, source = _values(text, path_of(name))
        files.append(problems)
        imports[name] = source
        if source is not None:
            source.is_library = True
            structured(source, main.head.language)
    return imports
