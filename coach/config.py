"""Settings from the environment, loud on a bad value or an unknown name."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from coach.db.encryption import Keyring


class BadSetting(ValueError):
    """A setting is missing, malformed or unknown; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    database_url: str
    secret_key: str  # signs CSRF tokens
    keyring: Keyring
    base_url: str  # links in messages are made from it, never from a request's Host
    smtp_url: str | None = None  # console:, smtp://host:port, smtps://user:password@host:port
    mail_from: str = "Daily plan <plan@localhost>"
    secure_cookies: bool = True
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0  # how many proxies of our own stand before us; their X-Forwarded headers are believed
    is_demo: bool = False


_NAMES = {
    "COACH_DATABASE_URL",
    "COACH_BASE_URL",
    "COACH_KEYS",
    "COACH_SMTP_URL",
    "COACH_MAIL_FROM",
    "COACH_TRUSTED_HOSTS",
    "COACH_TRUSTED_PROXIES",
    "COACH_DEMO",
    "COACH_VAR",
    # read by `run` and the tests, not by the application
    "COACH_CHROMIUM",
    "COACH_PG_BIN",
    "COACH_SKIP_ASSETS",
    "COACH_CRASH_AT",
}


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Settings of this environment. `COACH_KEYS` names the key file (default `var/keys`); raises BadSetting."""
    unknown = sorted(name for name in environment if name.startswith("COACH_") and name not in _NAMES)
    if unknown:
        raise BadSetting(f"unknown setting {unknown[0]}; known are {', '.join(sorted(_NAMES))}")
    var = Path(environment.get("COACH_VAR", "var")).absolute()
    base_url = environment.get("COACH_BASE_URL", "http://localhost:8000").rstrip("/")
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSetting(f"COACH_BASE_URL must be an address such as https://plan.example.org, not {base_url!r}")
    keys = read_keys(key_file(environment))
    smtp_url = environment.get("COACH_SMTP_URL")
    if smtp_url is not None and urlsplit(smtp_url).scheme not in ("console", "smtp", "smtps"):
        raise BadSetting("COACH_SMTP_URL must begin with smtp://, smtps:// or be console:")
    if parts.scheme == "https" and "COACH_TRUSTED_PROXIES" not in environment:
        # Unsaid, everybody would come from the proxy's address: twenty wrong passwords, and nobody could sign in.
        raise BadSetting("COACH_TRUSTED_PROXIES is needed with https: how many proxies stand before this one, mostly 1")
    proxies = environment.get("COACH_TRUSTED_PROXIES", "0")
    if not (proxies.isascii() and proxies.isdigit()):
        raise BadSetting(f"COACH_TRUSTED_PROXIES is how many proxies stand before this one, not {proxies!r}")
    hosts = tuple(h.strip() for h in environment.get("COACH_TRUSTED_HOSTS", "").split(",") if h.strip())
    return Settings(
        database_url=environment.get("COACH_DATABASE_URL", f"sqlite:///{var / 'coach.sqlite'}"),
        secret_key=Keyring(keys).digest("csrf", purpose="secret_key").hex(),
        keyring=Keyring(keys),
        base_url=base_url,
        smtp_url=smtp_url,
        mail_from=environment.get("COACH_MAIL_FROM", "Daily plan <plan@localhost>"),
        secure_cookies=parts.scheme == "https",
        trusted_hosts=hosts or (parts.hostname,),
        trusted_proxies=int(proxies),
        is_demo=environment.get("COACH_DEMO", "") == "1",
    )


def key_file(environment: Mapping[str, str]) -> Path:
    """Where this environment keeps its keys: `COACH_KEYS`, else `keys` below `COACH_VAR`, which is `var` by default."""
    return Path(environment.get("COACH_KEYS", Path(environment.get("COACH_VAR", "var")) / "keys")).absolute()


def read_keys(path: Path) -> dict[int, bytes]:
    """Numbered keys, one `<number>:<64 hex digits>` a line. Raises BadSetting where the file is missing or bad."""
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise BadSetting(
            f"the key file {path} cannot be read ({error.strerror}): make one with `coach keys`"
        ) from error
    keys: dict[int, bytes] = {}
    for line in filter(None, (line.strip() for line in lines)):
        number, _, digits = line.partition(":")
        try:
            keys[int(number)] = bytes.fromhex(digits)
        except ValueError as error:
            raise BadSetting(f"{path}: each line is <number>:<64 hex digits>") from error
    if not keys or any(len(key) != 32 for key in keys.values()):
        raise BadSetting(f"{path}: each line is <number>:<64 hex digits>, at least one")
    return keys


def make_keys(path: Path) -> None:
    """A first key, readable by its owner alone. Refuses to overwrite: data under a lost key is lost."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"1:{secrets.token_hex(32)}\n")
