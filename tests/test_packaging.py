"""What the set-up promises: exact versions, no address of a registry, and no work done twice."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

import hatch_build
from tests.prepare import ROOT

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Today"
msgstr "{}"
"""


@pytest.mark.parametrize("name", ["package-lock.json", "tests/chromium/package-lock.json", "constraints.txt"])
def test_a_file_of_held_versions_names_no_host(name):
    text = (ROOT / name).read_text()
    assert re.findall(r"https?:|[\w-]+\.(?:com|net)\b", text) == []
    assert "--hash" not in text, "pip then wants a hash of the checkout too"


@pytest.mark.parametrize("name", ["package.json", "tests/chromium/package.json"])
def test_every_version_from_npm_is_exact(name):
    package = json.loads((ROOT / name).read_text())
    versions = [*package["dependencies"].values(), *package.get("devDependencies", {}).values()]
    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_scripts_that_are_there_are_not_fetched_again(monkeypatch):
    monkeypatch.setattr(hatch_build, "install_modules", lambda *_: pytest.fail("npm was called"))
    assert hatch_build.build_assets(ROOT) is False


def test_a_catalogue_is_compiled_when_it_is_newer_than_its_compiled_form(tmp_path):
    folder = tmp_path / "coach" / "translations" / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po, mo = folder / "messages.po", folder / "messages.mo"
    po.write_text(CATALOGUE.format("Hoy"))
    assert hatch_build.compile_catalogues(tmp_path) is True
    os.utime(po, (1, 1))
    assert hatch_build.compile_catalogues(tmp_path) is False
    po.write_text(CATALOGUE.format("Este día"))
    os.utime(mo, (1, 1))
    assert hatch_build.compile_catalogues(tmp_path) is True
    assert "Este día".encode() in mo.read_bytes()


def test_run_explains_itself_and_does_nothing_it_was_not_asked():
    answer = subprocess.run([sys.executable, ROOT / "run", "dance"], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    for command in ("demo", "test", "check", "bench", "shell"):
        assert f"run {command}" in answer.stdout
