"""A session on the patient's side: preparation, the player's page, the upload of its events, the summary."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("sessions", __name__)
