"""Reminders as the patient wants them: by e-mail at her times, or none."""

from __future__ import annotations

from flask import Blueprint

from coach.web.access import patients_only
from coach.web.pages import render

bp = Blueprint("reminders", __name__)


@bp.get("/settings/reminders")
@patients_only
def show() -> str:
    return render("patient/reminders.html")
