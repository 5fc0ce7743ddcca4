"""Static files. A URL that names the content's hash is kept for a year; any other is asked for again each time."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG

from flask import Blueprint, Response, abort, current_app, request, send_file
from werkzeug.security import safe_join

from coach.web.access import anyone

bp = Blueprint("assets", __name__)

_AT = "/static/"

# Said here and not guessed: the guess depends on the machine, and `nosniff` makes a wrong one fatal.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml; charset=utf-8",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".txt": "text/plain; charset=utf-8",
}


def asset(path: str) -> str:
    """The URL of a file under `static/`, with the hash of what it holds now. Raises FileNotFoundError."""
    file = _folder() / path
    status = file.stat()
    # Put together by hand: a page has fifteen of them, and `url_for` takes a tenth of its time.
    return f"{request.script_root}{_AT}{path}?v={_hash(file, status.st_mtime_ns, status.st_size)}"


@bp.get(f"{_AT}<path:path>")
@anyone
def show(path: str) -> Response:
    joined = safe_join(str(_folder()), path)
    if joined is None:
        abort(404)
    file = Path(joined)
    content_type = _TYPES.get(file.suffix)
    if content_type is None:
        abort(404)
    try:
        status = file.stat()
    except (OSError, ValueError):  # a name that no file can have raises as well
        abort(404)
    if not S_ISREG(status.st_mode):
        abort(404)
    digest = _hash(file, status.st_mtime_ns, status.st_size)
    answer = send_file(file, mimetype=content_type.partition(";")[0], etag=digest, conditional=True)
    answer.headers["Content-Type"] = content_type
    is_named = request.args.get("v") == digest
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_named else "no-cache"
    return answer


@lru_cache(maxsize=1024)
def _hash(file: Path, _changed_ns: int, _size: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def _folder() -> Path:
    folder: Path = current_app.config["STATIC_FOLDER"]
    return folder
