"""Injections pages for therapists."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("injections", __name__)
