"""What the patient's device keeps or shows gives nothing away, and nothing that anybody reads reproaches her."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.web.test_languages import messages, spanish
from tests.wording import reproachful, telling

ROOT = Path(__file__).parents[2]
STATIC, TEMPLATES = ROOT / "static", ROOT / "templates"
# Loaded on the therapist's pages alone
THERAPISTS_STATIC = {
    "css/records.css", "css/review.css", "css/therapist.css", "js/copy.js", "js/sum.js", "js/upload.js", "js/zone.js",
}  # fmt: skip


def _served_to_patients() -> list[Path]:
    files = [
        file
        for file in STATIC.rglob("*")
        if file.suffix in (".js", ".css", ".svg", ".json", ".webmanifest")
        and "vendor" not in file.parts
        and str(file.relative_to(STATIC)) not in THERAPISTS_STATIC
    ]
    return sorted([*files, *TEMPLATES.glob("*.html"), *(TEMPLATES / "patient").glob("*.html")])


@pytest.mark.parametrize("file", _served_to_patients(), ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_served_to_patients_gives_nothing_away(file):
    """Names of files, classes, storage keys, caches and databases, titles and words alike."""
    assert not telling(f"{file.name} {without_markup_of_code(file)}")


def without_markup_of_code(file: Path) -> str:
    """The file as a browser gets it: a template without what Jinja keeps to itself."""
    text = file.read_text()
    if file.suffix != ".html":
        return text
    return re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)


def test_addresses_of_the_patients_pages_give_nothing_away(app):
    rules = [rule.rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith(_THERAPISTS)]
    assert len(rules) > 10
    assert not telling(" ".join(rules))


_THERAPISTS = (
    "patients.",
    "alerts.",
    "programs.",
    "assignments.",
    "consultations.",
    "injections.",
    "effects.",
    "side_effects.",
    "bands.",
    "reviews.",
    "as_patient.",
    "pauses.",
    "phases.",
    "ladders.",
    "dilators.",
)


def test_names_of_cookies_give_nothing_away(app, client_for, cast):
    cookies = [cookie.key for cookie in client_for(cast.patient)._cookies.values()]
    assert cookies
    assert not telling(" ".join([*cookies, app.config["SESSION_COOKIE_NAME"]]))


def test_titles_of_the_patients_pages_give_nothing_away():
    titles = re.compile(r"\{% block title %\}(.*?)\{% endblock %\}", re.DOTALL)
    found = {file: titles.findall(file.read_text()) for file in _served_to_patients() if file.suffix == ".html"}
    assert found[TEMPLATES / "patient" / "today.html"]
    assert not {file.name: title for file, title in found.items() if telling(" ".join(title))}


def test_nothing_that_anybody_reads_reproaches():
    found = {}
    for message in [*messages(), *spanish()]:
        for text in (message.id, message.string):
            for form in (text,) if isinstance(text, str) else text or ():
                if reproachful(form):
                    found[form] = reproachful(form)
    assert not found


def test_the_lists_find_what_they_are_for():
    assert telling("Use the dilator; see /pelvic-floor and tu inyección")
    assert reproachful("You missed three days and must do better.")
    assert reproachful("Debes hacerlo, has fallado.")
    assert not telling("Time for your daily plan. Practice, breathing, a warm hand.")
    assert not reproachful("Done for today. Stopping is fine.")
