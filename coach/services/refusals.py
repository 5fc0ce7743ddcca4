"""Why an entry was not taken: every reason at once, as codes that the edge puts into words of the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason; `where` is the argument that it is about, `params` what its sentence names."""

    where: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


class Refused(ValueError):
    """The entry changes nothing as it stands; `refusals` says all that is to be mended, never empty."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__(", ".join(f"{refusal.where}: {refusal.code}" for refusal in refusals))
        self.refusals = refusals
