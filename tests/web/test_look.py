"""What the style sheets promise: small, legible in both themes, nothing red for a patient, nothing inline."""

from __future__ import annotations

import colorsys
import gzip
import re
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CSS = ROOT / "static/css"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
THERAPISTS = {"records.css", "review.css", "therapist.css"}
PATIENTS = sorted(file for file in CSS.glob("*.css") if file.name not in THERAPISTS)
PATIENTS_PAGES = sorted((ROOT / "templates/patient").glob("[!_]*.html"))
THEMES = ("light", "dark")

# (text, behind it): WCAG 2.2, 1.4.3 asks for 4.5 to 1
TEXTS = [
    *[(text, f"surface{kind}") for kind in ("", "-raised", "-sunken") for text in ("text", "text-quiet", "link")],
    ("accent-text", "accent"),
    ("accent-text", "accent-strong"),
    ("accent-soft-text", "accent-soft"),
    ("done-soft-text", "done-soft"),
    ("notice-soft-text", "notice-soft"),
    ("notice-soft-text", "surface"),
    ("text", "accent-soft"),
    ("text-quiet", "accent-soft"),
]
# Edges and marks without which one could not tell what is there: 1.4.11 asks for 3 to 1
MARKS = [
    (mark, surface) for mark in ("line-strong", "accent", "done", "focus") for surface in ("surface", "surface-raised")
]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "behind"), TEXTS)
def test_text_is_legible(theme, text, behind):
    assert contrast(colour(text, theme), colour(behind, theme)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("mark", "behind"), MARKS)
def test_marks_can_be_told_from_what_lies_behind(theme, mark, behind):
    assert contrast(colour(mark, theme), colour(behind, theme)) >= 3


@pytest.mark.parametrize("file", PATIENTS, ids=lambda file: file.name)
def test_nothing_on_the_patients_pages_is_red(file):
    assert not [value for value in re.findall(r"#[0-9a-f]{3,8}\b", file.read_text().lower()) if is_red(value)]


def test_red_is_told_from_plum_and_ochre():
    assert is_red("#c0392b")
    assert is_red("#f00")
    assert not is_red("#6c4167")
    assert not is_red("#6b4d12")


@pytest.mark.parametrize("theme", THEMES)
def test_every_token_that_is_used_exists(theme):
    text = "".join(file.read_text() for file in CSS.glob("*.css"))
    used = set(re.findall(r"var\((--[\w-]+)\)", text))
    defined = set(re.findall(r"(--[\w-]+)\s*:", text))
    assert not used - defined


@pytest.mark.parametrize("template", PATIENTS_PAGES, ids=lambda path: path.name)
def test_the_style_sheets_of_a_patients_page_are_small(template):
    assert sum(len(gzip.compress(file.read_bytes(), 9)) for file in loaded_by(template)) <= 8 * 1024


@pytest.mark.parametrize("file", sorted(CSS.glob("*.css")), ids=lambda file: file.name)
def test_a_style_sheet_loads_nothing_from_elsewhere(file):
    text = file.read_text()
    assert "@import" not in text
    assert "@font-face" not in text
    assert not re.findall(r"url\(\s*[\"']?(?:https?:)?//", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_nothing_is_inline(template):
    """The content security policy would stop it; better to be told here."""
    text = re.sub(r"\{[#%].*?[#%]\}", "", template.read_text(), flags=re.DOTALL)
    assert not re.findall(r"\sstyle\s*=", text)
    assert not re.findall(r"\s(?:on\w+|hx-on[\w:-]*)\s*=", text)
    assert "<style" not in text
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag


def loaded_by(template: Path) -> list[Path]:
    frames = (ROOT / "templates/layout.html", ROOT / "templates/patient/layout.html")
    own = template.read_text()
    text = "".join(file.read_text() for file in frames) + own
    if "{% block forms %}{% endblock %}" in own:
        text = text.replace("css/forms.css", "")
    return [CSS / name for name in re.findall(r"asset\([\"']css/([\w-]+\.css)[\"']\)", text)]


def colour(token: str, theme: str) -> tuple[float, float, float]:
    light, dark = (CSS / "tokens.css").read_text().split("@media (prefers-color-scheme: dark)")
    values = dict(re.findall(r"--([\w-]+):\s*([^;]+);", light))
    if theme == "dark":
        values |= dict(re.findall(r"--([\w-]+):\s*([^;]+);", dark))
    value = values[token]
    while inner := re.fullmatch(r"var\(--([\w-]+)\)", value.strip()):
        value = values[inner[1]]
    return rgb(value)


def rgb(value: str) -> tuple[float, float, float]:
    digits = value.strip().lstrip("#")
    if len(digits) in (3, 4):
        digits = "".join(chain.from_iterable((digit, digit) for digit in digits))
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def is_red(value: str) -> bool:
    hue, lightness, saturation = colorsys.rgb_to_hls(*rgb(value))
    return (hue < 20 / 360 or hue > 340 / 360) and saturation > 0.35 and 0.15 < lightness < 0.8


def luminance(value: tuple[float, float, float]) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in value)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
