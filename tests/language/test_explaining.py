"""A program in plain sentences: everything that an author writes is told, in English and in Spanish."""

from __future__ import annotations

import dataclasses
import re
import string
import typing
from collections.abc import Iterator, Mapping

import pytest

from coach.domain import program as p
from coach.domain.program import DayAnchor, Frequency, Program, Reference, Text
from coach.language import check
from coach.language.explaining import Section, explain
from coach.language.explaining.clauses import day_in_words, days_in_words, not_before_in_words, often_in_words
from coach.language.explaining.phrases import PHRASES, Words
from tests.language.texts import PROGRAMS, SAMPLE, SMALL, library
from tests.wording import reproachful

ENGLISH, SPANISH = Words("en"), Words("es")


def text(english: str, spanish: str) -> Text:
    return Text(english, {"en": english, "es": spanish})


def exercise(name: str, **more: object) -> p.Exercise:
    return p.Exercise(**{"id": name, "kind": "relaxation", "title": text(name, f"{name} (es)"), **more})  # type: ignore[arg-type]


BREATHING = exercise(
    "breathing",
    cue=text("Softly.", "Suave."),
    breathe=p.Breath(in_ms=4000, hold_ms=1000, out_ms=6000, pause_ms=2000),
    reps=Reference("breaths"),
)
STRETCH = exercise(
    "stretch",
    kind="stretching",
    hold_ms=30_000,
    reps=3,
    rest_ms=10_000,
    sets=2,
    set_rest_ms=60_000,
    both_sides=True,
    switch_ms=8000,
    get_ready_ms=4000,
    not_before=DayAnchor("injection", 7),
    swap="chair",
)
LIFTS = exercise(
    "lifts",
    kind="strengthening",
    contract_ms=Reference("strength", "squeeze"),
    relax_ms=15_000,
    parts=(text("left foot", "pie izquierdo"), text("right foot", "pie derecho")),
)
ADVANCE = exercise(
    "advance", kind="dilator", at_most_ms=300_000, size=Reference("dilator", None, -1), has_dose=False
)  # fmt: skip
STAY = exercise(
    "stay",
    kind="dilator",
    for_ms=(180_000, Reference("still")),
    size=13.0,
    say=(
        p.Say(text("Begin.", "Empieza."), "start"),
        p.Say(text("Two minutes.", "Dos minutos."), "after", 120_000),
        p.Say(text("Soon done.", "Ya casi."), "before_end", 10_000),
    ),
    check=p.Check("charge", 120_000),
)
CHAIR = exercise("chair", kind="stretching", hold_ms=20_000)

FULL = Program(
    id="full",
    title=text("A full program", "Un programa completo"),
    language="en",
    summary=text("Everything once.", "Todo una vez."),
    author=text("A clinic", "Una clínica"),
    reviewed_by="A reviewer",
    reviewed_on="2026-01-31",
    evidence=(p.Text("A study"), text("Another study", "Otro estudio")),
    equipment=(text("a pillow", "una almohada"), text("a chair", "una silla")),
    cautions=(text("Stop at any time.", "Para cuando quieras."),),
    parameters={
        "still": p.Parameter(
            id="still",
            type="duration",
            default=600_000,
            minimum=180_000,
            maximum=1_800_000,
            label=text("Staying", "Quedarse"),
        ),
        "breaths": p.Parameter(id="breaths", type="count", default=12),
    },
    scales={
        "charge": p.Scale(
            id="charge", ask=text("In charge?", "¿Decides tú?"), low=text("no", "nada"), high=text("fully", "del todo")
        ),
        "let_go": p.Scale(id="let_go", ask=text("Did it let go?", "¿Soltaste?"), yes_no=True),
    },
    exercises={"chair": CHAIR},
    ladders={
        "dilator": p.Ladder(
            id="dilator",
            kind="dilator",
            rungs=(p.Rung("d1", 13.0), p.Rung("d2", 16.0)),
            chosen_at_assignment=True,
            stay_at_least_days=2,
            up=(p.Rule(after=p.After(2, 4), all_of=(p.Comparison("pain", "at_most", 2),), completed=0.8),),
            down=(
                p.Rule(after=p.After(2, 3), all_of=(p.Comparison("charge", "at_least", 4),)),
                p.Rule(after=p.After(1, 1), stayed_at_opening=True),
            ),
            after_gap=p.AfterGap(3, 1),
            up_needs="patient",
            not_up_in=("later",),
            not_up_while_rising="pain",
        ),
        "strength": p.Ladder(
            id="strength",
            rungs=(
                p.Rung("l1", None, {"squeeze": 3000, "a_day": 2}, {"squeeze": "duration", "a_day": "count"}),
                p.Rung("l2", None, {"squeeze": 5000, "a_day": 3}, {"squeeze": "duration", "a_day": "count"}),
            ),
            locked=True,
            unlocked_when=(text("it can let go", "puede soltar"),),
        ),
    },
    sessions={
        "calm": p.Session(id="calm", title=text("Calm", "Calma"), steps=(p.Step(BREATHING),)),
        "practice": p.Session(
            id="practice",
            title=text("Practice", "Práctica"),
            warm_up=(p.Step(BREATHING),),
            steps=(p.Step(STRETCH), p.Step(LIFTS), p.Step(ADVANCE), p.Step(STAY)),
            finish=(p.Step(BREATHING),),
            ask_before=("pain", "let_go"),
            ask_after=("anxiety", "charge"),
            counts_when=0.7,
            variants=(
                p.Variant(
                    id="short",
                    title=text("Short", "Corta"),
                    counts=0.5,
                    leave_out=("stay", "lifts"),
                    scale=0.5,
                    steps=(p.Step(CHAIR),),
                ),
            ),
            ease_when=(p.Condition((p.Comparison("pain", "rises_by", 2),), 30_000),),
            stop_when=(p.Condition((p.Comparison("pain", "at_least", 7),)),),
            instead_when=(p.Instead("let_go", False, "calm"),),
        ),
        "turns": p.Session(id="turns", title=text("In turn", "Por turnos"), alternate=("calm", "practice")),
    },
    phases=(
        p.Phase(
            id="first",
            title=text("First", "Primero"),
            from_=DayAnchor("injection", -14),
            to=DayAnchor("insertion", -1),
            at_least_days=5,
            until=p.Rule(after=p.After(6, 8), all_of=(p.Comparison("pain", "never_above", 3),)),
            until_needs="automatic",
            set={"still": 720_000},
            do=(
                p.Assigned("calm", Frequency(per="day", least=1, most=2, weekdays=(0, 2))),
                p.Assigned("practice", Frequency(per="every", least=1, most=1, every_days=2)),
            ),
            then="another",
        ),
        p.Phase(
            id="later",
            title=text("Later", "Después"),
            do=(
                p.Assigned("turns", Frequency(per="day", least=1, most=1, any_days=5)),
                p.Assigned("calm", Frequency(per="week", least=3, most=4)),
                p.Assigned(
                    "practice",
                    Frequency(per="day", least=Reference("strength", "a_day"), most=Reference("strength", "a_day")),
                ),
            ),
        ),
    ),
    safety_checks=(
        p.SafetyCheck(
            id="spreading",
            ask=text("Any trouble?", "¿Algún problema?"),
            urgency="emergency",
            say=text("Call now.", "Llama ahora."),
            from_=DayAnchor("injection"),
            to=DayAnchor("injection", 42),
            every_days=2,
        ),
    ),
    alerts=(
        p.Alert(id="silent", on="no_session", value=3, not_before=DayAnchor("start", 7)),
        p.Alert(id="slipping", on="comfort_down", value=1, times=2),
        p.Alert(
            id="sore", on="rating", comparisons=(p.Comparison("pain", "at_least", 7),), times=2, within_days=7
        ),
    ),
)  # fmt: skip

# Names that lead from one place to another, where what they lead to is told; and the language that the texts are in.
NOT_TOLD = {
    "Program.id", "Program.language", "Parameter.id", "Scale.id", "Exercise.id", "Session.id", "Variant.id", "Phase.id",
    "SafetyCheck.id", "Alert.id",
}  # fmt: skip


def choices(hint: object) -> tuple[str, ...]:
    """The words of a `Literal`, also where it may be left out."""
    if typing.get_origin(hint) is typing.Literal:
        return typing.get_args(hint)
    return tuple(word for each in typing.get_args(hint) for word in choices(each))


def changed(value: object, label: str, hint: object = None) -> Iterator[tuple[str, object]]:
    """The value with one thing in it changed, for each thing that was written, under its class and field."""
    if isinstance(value, Text):
        yield label, Text(f"{value.default} too", {key: f"{said} too" for key, said in value.by_language.items()})
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        hints = typing.get_type_hints(type(value))
        for field in dataclasses.fields(value):
            written = getattr(value, field.name)
            default = field.default_factory() if callable(field.default_factory) else field.default
            if written != default:
                name = f"{type(value).__name__}.{field.name}"
                for place, other in changed(written, name, hints[field.name]):
                    yield place, dataclasses.replace(value, **{field.name: other})
    elif isinstance(value, tuple):
        yield label, value[:-1]
        for number, each in enumerate(value):
            for place, other in changed(each, label):
                yield place, (*value[:number], other, *value[number + 1 :])
    elif isinstance(value, Mapping):
        for key, each in value.items():
            for place, other in changed(each, label, typing.get_args(hint)[-1]):
                yield place, {**value, key: other}
    elif isinstance(value, str) and choices(hint):
        yield from ((label, other) for other in choices(hint) if other != value)
    elif isinstance(value, bool):
        yield label, not value
    elif isinstance(value, float):
        yield label, value + (0.1 if value < 1 else 1)
    elif isinstance(value, int):
        yield label, value + (100 if value >= 1000 else 1)
    else:
        assert isinstance(value, str)
        yield label, f"{value}x"


def written(value: object) -> set[str]:
    """The fields in it that say something other than where nothing is written."""
    if isinstance(value, Mapping | tuple):
        inside = value.values() if isinstance(value, Mapping) else value
        return {label for each in inside for label in written(each)}
    if not dataclasses.is_dataclass(value) or isinstance(value, type | Text):
        return set()
    found = set()
    for field in dataclasses.fields(value):
        each = getattr(value, field.name)
        if each != (field.default_factory() if callable(field.default_factory) else field.default):
            found |= {f"{type(value).__name__}.{field.name}"} | written(each)
    return found


def told(program: Program) -> list[str]:
    """The sentences, without how long a session takes: that follows from the rest, and would hide what is left out."""
    sentences = [
        re.sub(r",? ?about [\w ]*minute[\w ]*", "", each) for each in explain(program, language="en").sentences
    ]
    return [each for each in sentences if not each.startswith("It takes")]


CHANGES = list(changed(FULL, "Program"))


def test_nothing_that_an_author_writes_is_left_out():
    before = told(FULL)

    silent = {label for label, program in CHANGES if told(program) == before}  # type: ignore[arg-type]

    assert silent <= NOT_TOLD


def test_the_full_program_uses_every_field_that_a_program_can_have():
    classes = [each for each in vars(p).values() if dataclasses.is_dataclass(each) and each.__module__ == p.__name__]
    fields = {f"{each.__name__}.{field.name}" for each in classes for field in dataclasses.fields(each)}
    assert fields - written(FULL) == {"Text.default", "Text.by_language"} | NOT_TOLD - written(FULL)


def test_both_languages_of_a_phrase_take_the_same_values():
    def names(phrase: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(phrase) if name is not None}

    assert {key for key, (english, spanish) in PHRASES.items() if names(english) != names(spanish)} == set()


@pytest.mark.parametrize("language", [0, 1])
def test_no_phrase_reproaches(language):
    assert reproachful(" ".join(phrases[language] for phrases in PHRASES.values())) == []


# -- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("least", "most", "english", "spanish"),
    [
        (4_000, None, "4 s", "4 s"),
        (500, None, "0.5 s", "0,5 s"),
        (60_000, None, "1 minute", "1 minuto"),
        (90_000, None, "1 min 30 s", "1 min 30 s"),
        (600_000, None, "10 minutes", "10 minutos"),
        (3_600_000, None, "1 hour", "1 hora"),
        (5_400_000, None, "1 h 30 min", "1 h 30 min"),
        (3_000, 10_000, "3 to 10 s", "3 a 10 s"),
        (60_000, 120_000, "1 to 2 minutes", "1 a 2 minutos"),
        (45_000, 120_000, "45 s to 2 minutes", "45 s a 2 minutos"),
        (0, 120_000, "up to 2 minutes", "hasta 2 minutos"),
    ],
)
def test_a_duration_is_told_as_a_person_says_it(least, most, english, spanish):
    assert (ENGLISH.duration(least, most), SPANISH.duration(least, most)) == (english, spanish)


@pytest.mark.parametrize(
    ("frequency", "english", "spanish"),
    [
        (Frequency(per="day", least=1, most=1), "once a day", "una vez al día"),
        (Frequency(per="day", least=1, most=2), "once or twice a day", "una o dos veces al día"),
        (Frequency(per="day", least=2, most=3), "2 or 3 times a day", "2 o 3 veces al día"),
        (
            Frequency(per="day", least=1, most=1, weekdays=(0, 2, 4)),
            "once a day on Mondays, Wednesdays and Fridays",
            "una vez al día los lunes, miércoles y viernes",
        ),
        (
            Frequency(per="day", least=1, most=2, any_days=6),
            "once or twice a day on any 6 days of the week",
            "una o dos veces al día en 6 días cualesquiera de la semana",
        ),
        (
            Frequency(per="day", least=1, most=1, any_days=1),
            "once a day on any one day of the week",
            "una vez al día un día cualquiera de la semana",
        ),
        (
            Frequency(per="week", least=4, most=7),
            "4 to 7 times a week, on the days that suit",
            "de 4 a 7 veces por semana, en los días que convengan",
        ),
        (Frequency(per="every", least=1, most=1, every_days=1), "every day", "todos los días"),
        (Frequency(per="every", least=1, most=1, every_days=2), "every second day", "un día sí y otro no"),
        (Frequency(per="every", least=1, most=1, every_days=5), "every 5 days", "cada 5 días"),
        (
            Frequency(
                per="day", least=Reference("strength", "a_day"), most=Reference("strength", "a_day")
            ),
            "twice a day on l1 of “strength”, 3 times on l2",
            "dos veces al día en l1 de “strength”, 3 veces en l2",
        ),
        (
            Frequency(per="day", least=Reference("breaths"), most=Reference("breaths")),
            "12 times a day, as “breaths” is set",
            "12 veces al día, según se ajuste “breaths”",
        ),
    ],
)  # fmt: skip
def test_how_often_is_told_in_a_grammatical_phrase(frequency, english, spanish):
    assert often_in_words(ENGLISH, FULL, frequency) == english
    assert often_in_words(SPANISH, FULL, frequency) == spanish


LEVELS = p.Ladder(id="levels", rungs=tuple(p.Rung(f"l{n}", None, {"per_day": 3 if n == 4 else 2}) for n in range(1, 5)))
PER_DAY = Reference("levels", "per_day")


@pytest.mark.parametrize(
    ("frequency", "english", "spanish"),
    [
        (
            Frequency(per="day", least=PER_DAY, most=PER_DAY),
            "twice a day on l1 to l3, 3 times on l4",
            "dos veces al día en l1 a l3, 3 veces en l4",
        ),
        (
            Frequency(per="day", least=PER_DAY, most=PER_DAY, any_days=5),
            "twice a day on l1 to l3, 3 times on l4, on any 5 days of the week",
            "dos veces al día en l1 a l3, 3 veces en l4, en 5 días cualesquiera de la semana",
        ),
        (
            Frequency(per="week", least=PER_DAY, most=PER_DAY),
            "twice a week on l1 to l3, 3 times on l4, on the days that suit",
            "dos veces por semana en l1 a l3, 3 veces en l4, en los días que convengan",
        ),
        (
            Frequency(per="day", least=1, most=PER_DAY),
            "once or twice a day on l1 to l3, 1 to 3 times on l4",
            "una o dos veces al día en l1 a l3, de 1 a 3 veces en l4",
        ),
    ],
)
def test_where_the_rungs_say_how_often_each_is_told_with_its_number(frequency, english, spanish):
    program = dataclasses.replace(FULL, ladders={"levels": LEVELS})
    assert often_in_words(ENGLISH, program, frequency) == english
    assert often_in_words(SPANISH, program, frequency) == spanish


@pytest.mark.parametrize(
    ("anchor", "english", "spanish"),
    [
        (
            DayAnchor("injection", 42),
            "Not before 6 weeks after the injection.",
            "No antes de que pasen 6 semanas desde la inyección.",
        ),
        (
            DayAnchor("insertion", 5),
            "Not before 5 days after the first day on which insertion is allowed.",
            "No antes de que pasen 5 días desde el primer día en que se permite la inserción.",
        ),
        (DayAnchor("injection"), "Not before the day of the injection.", "No antes del día de la inyección."),
        (DayAnchor("start", 21), "Not before day 22.", "No antes del día 22."),
    ],
)
def test_a_first_day_is_told_in_a_grammatical_sentence(anchor, english, spanish):
    assert (not_before_in_words(ENGLISH, anchor), not_before_in_words(SPANISH, anchor)) == (english, spanish)


@pytest.mark.parametrize(
    ("anchor", "english", "spanish"),
    [
        (DayAnchor("start"), "the first day", "el primer día"),
        (DayAnchor("start", 21), "day 22", "el día 22"),
        (DayAnchor("injection"), "the day of the injection", "el día de la inyección"),
        (DayAnchor("injection", -1), "the day before the injection", "el día antes de la inyección"),
        (DayAnchor("injection", 1), "the day after the injection", "el día después de la inyección"),
        (DayAnchor("injection", 10), "10 days after the injection", "10 días después de la inyección"),
        (DayAnchor("injection", 84), "12 weeks after the injection", "12 semanas después de la inyección"),
        (
            DayAnchor("insertion"),
            "the first day on which insertion is allowed",
            "el primer día en que se permite la inserción",
        ),
        (
            DayAnchor("insertion", -1),
            "the day before insertion is allowed",
            "el día antes de que se permita la inserción",
        ),
    ],
)
def test_a_day_is_told_by_what_it_counts_from(anchor, english, spanish):
    assert (day_in_words(ENGLISH, anchor), day_in_words(SPANISH, anchor)) == (english, spanish)


@pytest.mark.parametrize(
    ("first", "last", "english"),
    [
        (DayAnchor("injection", 8), DayAnchor("injection", 28), "From 8 to 28 days after the injection."),
        (DayAnchor("injection", 28), DayAnchor("injection", 84), "From 4 to 12 weeks after the injection."),
        (
            DayAnchor("injection"),
            DayAnchor("insertion", -1),
            "From the day of the injection until the day before insertion is allowed.",
        ),
        (DayAnchor("start", 3), DayAnchor("start", 3), "Only on day 4."),
    ],
)
def test_days_from_one_to_another_are_one_sentence(first, last, english):
    assert days_in_words(ENGLISH, first, last) == english


@pytest.mark.parametrize(
    ("parts", "english", "spanish"),
    [
        (["a"], "a", "a"),
        (["a", "b", "c"], "a, b and c", "a, b y c"),
        (["dolor", "inquietud"], "dolor and inquietud", "dolor e inquietud"),
        (["agua", "hielo"], "agua and hielo", "agua y hielo"),
    ],
)
def test_a_list_ends_with_and(parts, english, spanish):
    assert (ENGLISH.all_of(parts), SPANISH.all_of(parts)) == (english, spanish)


def test_parts_with_an_and_of_their_own_are_told_apart():
    assert ENGLISH.all_of(["hands and arms", "face"]) == "hands and arms; face"
    assert ENGLISH.all_of(["“Out and rest”", "“Stay still”"]) == "“Out and rest” and “Stay still”"


# -- sentences --------------------------------------------------------------------------------------------------------


def sample(**replaced: str) -> Program:
    written = SAMPLE
    for old, new in replaced.items():
        written = written.replace(old, new)
    checked = check(written, file="sample.yaml", read=library)
    assert checked.program is not None
    return checked.program


def section(program: Program, *headings: str, language: str = "en") -> Section:
    sections = explain(program, language=language).sections
    found: Section | None = None
    for heading in headings:
        found = next(each for each in sections if each.heading == heading)
        sections = found.sections
    assert found is not None
    return found


def items(of: Section, beginning: str) -> list[str]:
    block = next(block for block in of.blocks if block.text.startswith(beginning))
    return [item.text for item in block.items]


def test_a_phase_says_its_days_what_is_done_and_how_long_each_takes():
    found = section(sample(), "The phases, in order", "Building")

    assert [block.text for block in found.blocks] == [
        "From 8 to 28 days after the injection.",
        "What is done:",
        "Set for this phase:",
    ]
    assert items(found, "What is done")[0] == "Practice: twice a day, about 15 to 26 minutes each time."
    assert items(found, "Set for this phase") == ["Staying still: 12 minutes."]


@pytest.mark.parametrize(
    ("number", "begins"),
    [(0, "From the first day on."), (1, "It begins on the day after the phase above ends.")],
)
def test_a_phase_without_days_follows_the_one_above(number, begins):
    phases = tuple(p.Phase(id=name, title=Text(name)) for name in ("One", "Two"))

    found = section(dataclasses.replace(FULL, phases=phases), "The phases, in order", phases[number].title.default)

    assert [block.text for block in found.blocks] == [
        f"{begins} It has no last day: it goes on until the therapist ends it.",
        "Nothing is asked for.",
    ]


def test_a_step_with_the_ladders_values_names_their_range_and_the_ladder():
    steps = next(b for b in section(sample(), "The sessions", "Strength").blocks if b.text == "The steps:")

    assert steps.items[0].text == (
        "Slow close and lift (strengthening): tighten for 3 to 5 s and let go for 6 to 10 s, 5 or 6 times, in 2 "
        "rounds, with 1 minute of rest between rounds."
    )
    assert steps.items[0].notes[-1] == "3 to 5 s, 6 to 10 s and 5 or 6 times: what the rung of “strength” says."


def test_a_step_with_a_parameter_names_what_the_phases_make_of_it():
    steps = next(b for b in section(sample(), "The sessions", "Practice").blocks if b.text == "The steps:")

    assert steps.items[3].text == "Stay still (dilator): with the size of the rung, for 10 to 15 minutes."
    assert "10 to 15 minutes: what “Staying still” is set to." in steps.items[3].notes


def test_the_same_words_for_the_same_exercise_are_read_once_in_a_session():
    steps = next(b for b in section(sample(), "The sessions", "Practice").blocks if b.text == "The steps:")
    cue = "“Nothing to do now. Notice one place that can soften.”"

    assert [cue in item.notes for item in steps.items] == [False, True, False, False]


def of_phases(*phases: p.Phase, **more: object) -> Program:
    return dataclasses.replace(FULL, phases=phases, **more)  # type: ignore[arg-type]


def daily(name: str, title: str, session: str, least: int = 1, most: int = 1) -> p.Phase:
    often = Frequency(per="day", least=least, most=most)
    return p.Phase(id=name, title=Text(title), from_=DayAnchor("start"), do=(p.Assigned(session, often),))


def test_what_two_numbers_mean_is_said_only_where_a_phase_asks_for_a_range():
    program = of_phases(daily("one", "One", "calm"), daily("two", "Two", "calm", 1, 2))
    sentence = "Where two numbers say how often, the lower is asked for, and the higher is the goal."

    told = [
        [block.text for block in section(program, "The phases, in order", title).blocks] for title in ("One", "Two")
    ]

    assert [sentence in blocks for blocks in told] == [False, True]
    assert section(program, "The phases, in order").blocks[0].text == "The days named belong to the phase."


def test_how_long_a_session_takes_is_told_by_rung_where_the_rung_says_it():
    hold = exercise("hold", kind="strengthening", hold_ms=Reference("levels", "hold"), get_ready_ms=0)
    levels = p.Ladder(
        id="levels",
        rungs=tuple(
            p.Rung(name, None, {"hold": ms}) for name, ms in (("l1", 360_000), ("l2", 480_000), ("l3", 600_000))
        ),
    )
    program = of_phases(
        daily("one", "One", "lift"),
        ladders={"levels": levels},
        sessions={"lift": p.Session(id="lift", title=Text("Lift"), steps=(p.Step(hold),))},
    )

    assert items(section(program, "The phases, in order", "One"), "What is done") == [
        "Lift: once a day, about 6 minutes on l1 to 10 on l3 each time."
    ]
    assert section(program, "The sessions", "Lift").blocks[0].text == "It takes about 6 minutes on l1 to 10 on l3."
    spanish = section(program, "Las sesiones", "Lift", language="es")
    assert spanish.blocks[0].text == "Dura entre unos 6 minutos en l1 y 10 en l3."


def test_a_smaller_size_is_spoken_of_only_where_a_step_has_a_size():
    without = dataclasses.replace(STAY, size=None)
    for step, choice in ((STAY, "ready, a smaller one, or not today."), (without, "choose: ready, or not today.")):
        sessions = {"one": p.Session(id="one", title=Text("One"), steps=(p.Step(step),))}
        blocks = section(of_phases(sessions=sessions), "The sessions", "One").blocks
        assert next(block.text for block in blocks if block.text.startswith("Before each step")).endswith(choice)


def headings(of: Section) -> Iterator[str]:
    yield of.heading
    for inner in of.sections:
        yield from headings(inner)


def test_no_two_sections_have_one_heading():
    sessions = {
        name: p.Session(id=name, title=Text("Calm"), steps=(p.Step(CHAIR),)) for name in ("calm", "calm_long")
    } | {"more": p.Session(id="more", title=Text("More"), steps=(p.Step(CHAIR),))}
    program = of_phases(
        daily("one", "More", "calm"), daily("two", "Two", "calm_long"), daily("three", "Two", "more"), sessions=sessions
    )

    found = [heading for each in explain(program, language="en").sections for heading in headings(each)]

    assert len(found) == len(set(found))
    assert {"Calm (calm)", "Calm (calm_long)", "More (phase)", "More", "Two (two)", "Two (three)"} <= set(found)
    assert items(section(program, "The phases, in order", "Two (two)"), "What is done")[0].startswith(
        "Calm (calm_long):"
    )


def test_names_of_a_rungs_values_that_are_the_languages_own_are_told_in_spanish():
    values = {"hold": 3000, "per_day": 2, "quick_reps": 5}
    kinds = {"hold": "duration", "per_day": "count", "quick_reps": "count"}
    program = of_phases(ladders={"levels": p.Ladder(id="levels", rungs=(p.Rung("l1", None, values, kinds),))})  # type: ignore[arg-type]

    assert items(section(program, "The ladders", "“levels”"), "Its rungs") == [
        "l1: hold 3 s, per day 2, quick reps 5"
    ]  # fmt: skip
    assert items(section(program, "Las escaleras", "“levels”", language="es"), "Sus peldaños") == [
        "l1: mantener 3 s, veces al día 2, quick reps 5"
    ]


def test_the_next_program_is_told_by_its_title_where_it_is_known():
    known = explain(FULL, language="es", title_of={"another": text("More", "Más")}.get).sentences
    assert "Después se propone a la terapeuta el programa “Más”." in list(known)
    assert "After it the program “another” is proposed to the therapist." in list(
        explain(FULL, language="en").sentences
    )


def test_a_ladder_says_when_it_goes_up_and_down_and_who_decides():
    found = section(sample(), "The ladders", "“dilator” (dilator)")

    (up,) = items(found, "One rung up")
    assert up == (
        "When in 3 of the last 4 sessions every step was done in full, pain was 2 or less, pain never went above 3 and "
        "anxiety was 3 or less."
    )
    assert items(found, "One rung down") == [
        "When in 2 sessions in a row pain was 4 or more.",
        "When in one session the dilator stayed at the opening.",
    ]
    assert "It goes up one rung at a time; the therapist decides." in " ".join(block.text for block in found.blocks)


def test_sessions_in_turn_are_told_apart_by_what_is_done_in_them():
    found = section(sample(), "The sessions", "Stretching (stretch)")

    assert items(found, "These take turns")[1] == (
        "Stretching (squat_day): Wide child's pose on a pillow and Supported deep squat."
    )  # fmt: skip


def test_stopping_is_told_as_attending():
    found = section(sample(), "The sessions", "Practice")

    assert items(found, "It ends early in these cases, and stopping counts as attending:") == [
        "Pain is 7 or more.",
        "Anxiety is 7 or more, and still so after 2 minutes.",
    ]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This is an example: no clinician has reviewed it."),
        ("es", "Es un ejemplo: no lo ha revisado ningún profesional clínico."),
    ],
)
def test_a_program_that_nobody_reviewed_says_so(language, sentence):
    assert any(sentence in each for each in explain(sample(), language=language).sentences)


def test_another_language_has_the_programs_own_texts_in_english_phrases():
    program = dataclasses.replace(FULL, title=Text("A", {"en": "A", "de": "Ein Programm"}))

    explanation = explain(program, language="de")

    assert explanation.title == "Ein Programm"
    assert explanation.sections[0].heading == "What it is"


def test_a_program_without_phases_tells_all_of_its_sessions():
    program = dataclasses.replace(FULL, phases=())
    assert [each.heading for each in section(program, "The sessions").sections] == ["Calm", "Practice", "In turn"]


def test_what_no_phase_leads_to_is_not_told():
    checked = check(SMALL.replace("phases:", "import: library/stretches\nphases:"), file="small.yaml", read=library)
    assert checked.program is not None
    assert "hips" in checked.program.sessions
    assert [each.heading for each in section(checked.program, "The sessions").sections] == ["Calm"]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("file", sorted(PROGRAMS.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_programs_that_come_along_are_told_without_holes(file, language):
    program = check(file.read_bytes(), file=str(file), read=library).program
    assert program is not None
    for each in explain(program, language=language).sentences:
        assert each == each.strip()
        assert not re.search(r"  |\$|None|\{|\}| ,|\.\.|:\.|\(\)|“”", each), each
