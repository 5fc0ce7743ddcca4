"""What the pages of `docs/` name is there: files, modules, functions, tests, and the pages that they link to."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from tests.prepare import ROOT

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", DOCS / "architecture.md", DOCS / "glossary.md", *(DOCS / "adr").glob("*.md")])
ROOMS = sorted(
    each.stem for each in (ROOT / "coach").iterdir() if each.suffix == ".py" or (each / "__init__.py").exists()
)
# What helps one module of its folder, and is found from there.
HELPING = {
    "db/tables/base.py", "domain/calendar.py", "services/health.py", "web/therapist/phrases.py",
    "web/therapist/readings.py", "web/therapist/session_log.py", "web/therapist/week_rows.py",
}  # fmt: skip

_CODE = re.compile(r"`([^`\n]+)`")
_FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
_NAME = re.compile(rf"(?:{'|'.join(ROOMS)})(?:\.\w+)+")


def files_in(text: str) -> list[str]:
    return sorted({span for span in _CODE.findall(text) if "/" in span and _FILE.fullmatch(span)})


def named_tests(text: str) -> list[str]:
    return sorted({span for span in _CODE.findall(text) if "::" in span})


def names_in(text: str) -> list[str]:
    """Dotted names below `coach`, without the arguments that a call shows."""
    spans = {span.partition("(")[0] for span in _CODE.findall(text)}
    return sorted(span for span in spans if _NAME.fullmatch(span) and not span.endswith(".py"))


def found(path: str) -> Path | None:
    """Beside the package or inside it."""
    return next((place for place in (ROOT / path, ROOT / "coach" / path) if place.exists()), None)


@pytest.mark.parametrize("path", files_in(ARCHITECTURE))
def test_a_file_that_the_architecture_page_names_is_there(path):
    place = found(path)
    assert place is not None
    assert place.is_dir() or not path.endswith("/")


@pytest.mark.parametrize("name", names_in(ARCHITECTURE))
def test_a_name_of_the_architecture_page_leads_somewhere(name):
    module, _, attribute = f"coach.{name}".rpartition(".")
    try:
        importlib.import_module(f"{module}.{attribute}")
    except ModuleNotFoundError:
        assert hasattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("test", named_tests(ARCHITECTURE))
def test_a_test_that_keeps_an_invariant_is_there(test):
    path, _, name = test.partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_the_pages_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("folder", ["domain", "services", "db/tables", "web/patient", "web/therapist"])
def test_every_module_of_a_noun_is_named_on_the_architecture_page(folder):
    """A new one has to be given its place in the table, or its reason not to have one."""
    modules = [f"{folder}/{file.name}" for file in (ROOT / "coach" / folder).glob("*.py") if file.name != "__init__.py"]
    named = files_in(ARCHITECTURE)
    assert [module for module in modules if module not in named and module not in HELPING] == []


def test_what_is_looked_for_is_found():
    text = "`domain/plan.py`, `services.plans.today(db)`, `tests/a.py::test_b`, `a page`, `up`, `web/`, `UNIQUE(a, b)`"
    assert files_in(text) == ["domain/plan.py", "web/"]
    assert names_in(text) == ["services.plans.today"]
    assert named_tests(text) == ["tests/a.py::test_b"]
    assert found("domain/nowhere.py") is None
