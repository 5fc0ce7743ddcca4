"""What an explanation is made of: headings, paragraphs and lists, apart from how they are printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list; `notes` say more of it, and may be set smaller."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list, or a list under the sentence that introduces it. `numbered`: its order matters."""

    text: str = ""
    items: tuple[Item, ...] = ()
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it: first its own blocks, then its sections."""

    heading: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A program in plain sentences in `language`; `summary` is empty where the author wrote none."""

    program: str
    language: str
    title: str
    summary: str
    sections: tuple[Section, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Every text of it in order, headings too."""
        yield self.title
        if self.summary:
            yield self.summary
        for section in self.sections:
            yield from _sentences(section)

    def as_json(self) -> dict[str, Any]:
        return {
            "program": self.program,
            "language": self.language,
            "title": self.title,
            "summary": self.summary,
            "sections": [_json(section) for section in self.sections],
        }


def _sentences(section: Section) -> Iterator[str]:
    yield section.heading
    for block in section.blocks:
        if block.text:
            yield block.text
        for item in block.items:
            yield item.text
            yield from item.notes
    for inner in section.sections:
        yield from _sentences(inner)


def _json(section: Section) -> dict[str, Any]:
    return {
        "heading": section.heading,
        "blocks": [
            {
                "text": block.text,
                "numbered": block.numbered,
                "items": [{"text": item.text, "notes": list(item.notes)} for item in block.items],
            }
            for block in section.blocks
        ],
        "sections": [_json(inner) for inner in section.sections],
    }
