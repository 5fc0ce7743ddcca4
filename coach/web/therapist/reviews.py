"""One patient's review: what was done beside the injection timeline, and one session's record."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("reviews", __name__)
