"""A program in plain sentences: as a therapist tells it to a colleague, or a hand-out to the patient."""

from __future__ import annotations

from coach.domain.program import Program
from coach.language.explaining.outline import Block, Explanation, Item, Section
from coach.language.explaining.phrases import Words
from coach.language.explaining.sections import (
    TitleOf,
    about,
    alerts,
    alternatives,
    beforehand,
    ladders,
    parameters,
    phases,
    questions,
    safety,
    sessions,
)

__all__ = ["Block", "Explanation", "Item", "Section", "explain"]


def explain(program: Program, *, language: str, title_of: TitleOf = lambda _: None) -> Explanation:
    """Everything that the program says, in English or Spanish.

    Another `language` gets the program's texts in it, where there are any, within English phrases. What nothing in the
    phases leads to (an exercise of an imported file that no session does, say) is not told; of a program without
    phases every session is. `title_of` says what a program that is proposed next is called; otherwise it is told by id.
    """
    words = Words(language)
    told = [
        about(words, program),
        beforehand(words, program),
        phases(words, program, title_of),
        *(tell(words, program) for tell in (sessions, alternatives, ladders, parameters, questions, safety, alerts)),
    ]
    return Explanation(
        program=program.id,
        language=language,
        title=words.text(program.title),
        summary=words.text(program.summary) if program.summary else "",
        sections=tuple(section for section in told if section.blocks or section.sections),
    )
