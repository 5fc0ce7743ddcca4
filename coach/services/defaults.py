"""What clinics begin with, where no row of the clinic says otherwise yet."""

from __future__ import annotations

from functools import lru_cache

from coach import resource
from coach.language.clinic import ClinicDefaults, read_defaults


@lru_cache(maxsize=1)
def clinic_defaults() -> ClinicDefaults:
    """`programs/clinic/defaults.yaml`, read once."""
    return read_defaults((resource("programs") / "clinic" / "defaults.yaml").read_bytes())
