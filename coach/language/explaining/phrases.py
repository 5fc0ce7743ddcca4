"""The phrases of an explanation, in English and Spanish, and the small words that they are joined with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coach.domain.program import AmountKind, Text
from coach.language.notation import parts_of_duration

# key: (English, Spanish)
PHRASES: dict[str, tuple[str, str]] = {
    # headings
    "about": ("What it is", "Qué es"),
    "beforehand": ("Before beginning", "Antes de empezar"),
    "phases": ("The phases, in order", "Las fases, en orden"),
    "sessions": ("The sessions", "Las sesiones"),
    "alternatives": ("Exercises that may be done instead", "Ejercicios que se pueden hacer en su lugar"),
    "ladders": ("The ladders", "Las escaleras"),
    "parameters": ("What can be set for each patient", "Qué se puede ajustar para cada paciente"),
    "questions": ("The questions", "Las preguntas"),
    "safety": ("Safety questions", "Preguntas de seguridad"),
    "alerts": ("What the therapist is asked to look at", "Qué se pide mirar a la terapeuta"),
    # what it is
    "not_reviewed": (
        "This is an example: no clinician has reviewed it.",
        "Es un ejemplo: no lo ha revisado ningún profesional clínico.",
    ),
    "reviewed": ("It was reviewed by {by}.", "Lo revisó: {by}."),
    "reviewed_on": ("It was reviewed by {by} on {on}.", "Lo revisó: {by}; fecha: {on}."),
    "author": ("Written by: {author}.", "Autoría: {author}."),
    "evidence": ("It rests on:", "Se apoya en:"),
    "equipment": ("What it takes: {things}.", "Lo que hace falta: {things}."),
    "cautions": ("To keep in mind:", "Para tener en cuenta:"),
    # phases
    "both_inside": (
        "The days named belong to the phase.",
        "Los días que se nombran son parte de la fase.",
    ),
    "least_and_goal": (
        "Where two numbers say how often, the lower is asked for, and the higher is the goal.",
        "Donde dos números dicen cuántas veces, se pide el menor, y el mayor es la meta.",
    ),
    "is_phase": ("{title} (phase)", "{title} (fase)"),
    "from_until": ("From {first} until {last}.", "Desde {first} hasta {last}."),
    "span_injection": (
        "From {least} to {most} after the injection.",
        "Desde {least} hasta {most} después de la inyección.",
    ),
    "only_on": ("Only on {first}.", "Solo {first}."),
    "from_on": ("From {first} on.", "Desde {first} en adelante."),
    "from_above": ("It begins on the day after the phase above ends.", "Empieza el día después de la fase anterior."),
    "no_last_day": (
        "It has no last day: it goes on until the therapist ends it.",
        "No tiene último día: sigue hasta que la terapeuta lo termine.",
    ),
    "first_day": ("the first day", "el primer día"),
    "after_above": ("the day after the phase above ends", "el día siguiente al final de la fase anterior"),
    "day_number": ("day {number}", "el día {number}"),
    "before_first_day": ("{time} before the first day", "{time} antes del primer día"),
    "injection_day": ("the day of the injection", "el día de la inyección"),
    "day_before_injection": ("the day before the injection", "el día antes de la inyección"),
    "day_after_injection": ("the day after the injection", "el día después de la inyección"),
    "before_injection": ("{time} before the injection", "{time} antes de la inyección"),
    "after_injection": ("{time} after the injection", "{time} después de la inyección"),
    "insertion_day": ("the first day on which insertion is allowed", "el primer día en que se permite la inserción"),
    "day_before_insertion": ("the day before insertion is allowed", "el día antes de que se permita la inserción"),
    "day_after_insertion": (
        "the day after the first one on which insertion is allowed",
        "el día después del primero en que se permite la inserción",
    ),
    "before_insertion": (
        "{time} before the first day on which insertion is allowed",
        "{time} antes del primer día en que se permite la inserción",
    ),
    "after_insertion": (
        "{time} after the first day on which insertion is allowed",
        "{time} después del primer día en que se permite la inserción",
    ),
    "at_least_days": (
        "It lasts at least {days}; where that takes longer, the phases after it begin that much later.",
        "Dura al menos {days}; si eso lleva más tiempo, las fases siguientes empiezan otro tanto más tarde.",
    ),
    "until_rule": ("It ends {rule}; {who}.", "Termina {rule}; {who}."),
    "in_phase": ("What is done:", "Qué se hace:"),
    "phase_set": ("Set for this phase:", "Ajustes de esta fase:"),
    "nothing_done": ("Nothing is asked for.", "No se pide nada."),
    "then": (
        "After it the program “{program}” is proposed to the therapist.",
        "Después se propone a la terapeuta el programa “{program}”.",
    ),
    "that_often": ("{title}: {often}", "{title}: {often}"),
    "minutes_each": ("{minutes} each time", "{minutes} cada vez"),
    # how often
    "a_day": ("{times} a day", "{times} al día"),
    "on_weekdays": ("{often} on {days}", "{often} {days}"),
    "any_day": ("{often} on any one day of the week", "{often} un día cualquiera de la semana"),
    "any_days": ("{often} on any {days} days of the week", "{often} en {days} días cualesquiera de la semana"),
    "a_week": ("{times} a week", "{times} por semana"),
    "days_that_suit": ("{often}, on the days that suit", "{often}, en los días que convengan"),
    "on_rungs": ("{often} on {rungs}", "{often} en {rungs}"),
    "rungs_of": ("{rungs} of “{ladder}”", "{rungs} de “{ladder}”"),
    "every_day": ("every day", "todos los días"),
    "every_second": ("every second day", "un día sí y otro no"),
    "every_third": ("every third day", "cada tercer día"),
    "every_days": ("every {days} days", "cada {days} días"),
    "times_on": ("{times}, {often}", "{times}, {often}"),
    "by_rung": ("{often}, as the rung of “{ladder}” says", "{often}, según el peldaño de “{ladder}”"),
    "by_parameter": ("{often}, as “{parameter}” is set", "{often}, según se ajuste “{parameter}”"),
    "up_to": ("up to {times}", "hasta {times}"),
    "once": ("once", "una vez"),
    "twice": ("twice", "dos veces"),
    "once_or_twice": ("once or twice", "una o dos veces"),
    "times": ("{number} times", "{number} veces"),
    "times_or": ("{least} or {most} times", "{least} o {most} veces"),
    "times_to": ("{least} to {most} times", "de {least} a {most} veces"),
    # a session
    "takes": ("It takes {minutes}.", "Dura {minutes}."),
    "about_minutes": ("about {minutes}", "unos {minutes}"),
    "minutes_by_rung": (
        "about {least} on {first} to {most} on {last}",
        "entre unos {least} en {first} y {most} en {last}",
    ),
    "about_a_minute": ("about a minute", "más o menos un minuto"),
    "alternate": ("These take turns, one each time:", "Se turnan, una cada vez:"),
    "warm_up": ("To warm up:", "Para entrar en calor:"),
    "steps": ("The steps:", "Los pasos:"),
    "finish": ("To finish:", "Para terminar:"),
    "gate": (
        "Before each step with a dilator there is all the time it takes to choose: ready, a smaller one, or not today.",
        "Antes de cada paso con dilatador hay todo el tiempo para elegir: adelante, uno más pequeño, o hoy no.",
    ),
    "gate_unsized": (
        "Before each step with a dilator there is all the time it takes to choose: ready, or not today.",
        "Antes de cada paso con dilatador hay todo el tiempo para elegir: adelante, u hoy no.",
    ),
    "counts_when": (
        "It counts as complete with {share} of the work done; with less it counts for the part that was done.",
        "Cuenta como completa con el {share} del trabajo hecho; con menos, cuenta por la parte hecha.",
    ),
    "asked_before": ("Asked before: {questions}.", "Se pregunta antes: {questions}."),
    "asked_after": ("Asked after: {questions}.", "Se pregunta después: {questions}."),
    "ease_when": ("Something easier is offered:", "Se ofrece algo más fácil:"),
    "stop_when": (
        "It ends early in these cases, and stopping counts as attending:",
        "Termina antes en estos casos, y parar cuenta como asistir:",
    ),
    "instead_when": ("Another session takes its place:", "Otra sesión ocupa su lugar:"),
    "instead": ("If {clauses}: “{session}”.", "Si {clauses}: “{session}”."),
    "answer_yes": ("{scale} is yes", "{scale} es sí"),
    "answer_no": ("{scale} is no", "{scale} es no"),
    "answer_number": ("{scale} is {number}", "{scale} es {number}"),
    "still_after": ("{clauses}, and still so after {time}", "{clauses}, y sigue así después de {time}"),
    "variants": ("The patient may choose another way through it:", "La paciente puede elegir otra manera de hacerla:"),
    "variant": ("“{title}”, {minutes}; {counts}.", "“{title}”, {minutes}; {counts}."),
    "variant_plain": ("“{title}”; {counts}.", "“{title}”; {counts}."),
    "counts_full": ("it counts in full", "cuenta entera"),
    "counts_share": ("it counts as {share} of a session", "cuenta como el {share} de una sesión"),
    "leaves_out": ("It leaves out: {steps}.", "Deja fuera: {steps}."),
    "scaled": (
        "Lengths and repetitions come down to {share}; a hold, a relaxation or a rest stays as long as it is.",
        "Las duraciones y repeticiones bajan al {share}; posturas, relajaciones y descansos duran lo mismo.",
    ),
    "own_steps": ("These take the place of the steps:", "En lugar de los pasos se hacen estos:"),
    # a step
    "step": ("{title} ({kind}): {work}.", "{title} ({kind}): {work}."),
    "stretching": ("stretching", "estiramiento"),
    "strengthening": ("strengthening", "fortalecimiento"),
    "relaxation": ("relaxation", "relajación"),
    "dilator": ("dilator", "dilatador"),
    "preparation": ("preparation", "preparación"),
    "hold": ("hold for {time}", "mantener {time}"),
    "contract": ("tighten for {tight} and let go for {loose}", "apretar {tight} y soltar {loose}"),
    "contract_only": ("tighten for {tight}", "apretar {tight}"),
    "breath_in": ("{time} in", "{time} al tomar aire"),
    "breath_hold": ("{time} held", "{time} en pausa con aire"),
    "breath_out": ("{time} out", "{time} al soltarlo"),
    "breath_pause": ("{time} of pause", "{time} de pausa"),
    "breaths_in": ("as many whole breaths as fit into {time}", "tantas respiraciones enteras como quepan en {time}"),
    "for": ("for {time}", "durante {time}"),
    "nth_time": ("{time} the {nth} time", "{time} la {nth} vez"),
    "from_nth_time": (
        "{time} from the {nth} time at a rung on",
        "{time} desde la {nth} vez en un peldaño",
    ),
    "own_pace": ("at one's own pace, {time} at most", "al propio ritmo, {time} como mucho"),
    "one_each": ("once for each of these: {parts}", "una vez para cada parte: {parts}"),
    "rest_between": ("with {time} of rest between", "con {time} de descanso entre medias"),
    "sets": ("in {sets}", "en {sets}"),
    "set_rest": ("with {time} of rest between rounds", "con {time} de descanso entre series"),
    "both_sides": (
        "on the left and then on the right, with {time} to change sides",
        "primero a la izquierda y luego a la derecha, con {time} para cambiar de lado",
    ),
    "no_switch": ("on the left and then at once on the right", "primero a la izquierda y enseguida a la derecha"),
    "with_mm": ("with {size}", "con {size}"),
    "with_rung": ("with the size of the rung", "con la medida del peldaño"),
    "with_smaller": ("one size below that of the rung", "una medida por debajo de la del peldaño"),
    "with_larger": ("one size above that of the rung", "una medida por encima de la del peldaño"),
    "sizes_below": ("{number} sizes below that of the rung", "{number} medidas por debajo de la del peldaño"),
    "sizes_above": ("{number} sizes above that of the rung", "{number} medidas por encima de la del peldaño"),
    "the_size": ("the size", "la medida"),
    "no_neighbour": (
        "Where the ladder has no such size, this step is left out.",
        "Si la escalera no tiene esa medida, este paso se deja fuera.",
    ),
    "values_by_rung": (
        "{values}: what the rung of “{ladder}” says.",
        "{values}: lo que dice el peldaño de “{ladder}”.",
    ),
    "values_by_parameter": (
        "{values}: what “{parameter}” is set to.",
        "{values}: según se ajuste “{parameter}”.",
    ),
    "left_out_at_none": ("Where that is 0, this step is left out.", "Cuando eso es 0, este paso se deja fuera."),
    "cue": ("“{cue}”", "“{cue}”"),
    "said_start": ("Said at the start: “{text}”", "Se dice al empezar: “{text}”"),
    "said_half": ("Said half way: “{text}”", "Se dice a la mitad: “{text}”"),
    "said_end": ("Said at the end: “{text}”", "Se dice al final: “{text}”"),
    "said_after": ("Said after {time}: “{text}”", "Se dice después de {time}: “{text}”"),
    "said_before_end": ("Said {time} before the end: “{text}”", "Se dice {time} antes del final: “{text}”"),
    "check": (
        "Every {time} a question, answered with one tap or skipped: {scale}.",
        "Cada {time}, una pregunta que se responde con un toque o se salta: {scale}.",
    ),
    "get_ready": ("{time} to get ready come first.", "Antes hay {time} para prepararse."),
    "no_get_ready": ("It begins at once, without a countdown.", "Empieza enseguida, sin cuenta atrás."),
    "no_dose": ("Its time is not counted as work.", "Su tiempo no cuenta como trabajo."),
    "not_before": ("Not before {day}.", "No antes de {day}."),
    "not_before_after_injection": (
        "Not before {time} after the injection.",
        "No antes de que pasen {time} desde la inyección.",
    ),
    "not_before_before_injection": (
        "Not before {time} before the injection.",
        "No antes de que falten {time} para la inyección.",
    ),
    "not_before_after_insertion": (
        "Not before {time} after the first day on which insertion is allowed.",
        "No antes de que pasen {time} desde el primer día en que se permite la inserción.",
    ),
    "not_before_before_insertion": (
        "Not before {time} before the first day on which insertion is allowed.",
        "No antes de que falten {time} para el primer día en que se permite la inserción.",
    ),
    "swap": ("“{title}” may be done instead.", "En su lugar se puede hacer “{title}”."),
    # scales and rules
    "pain": ("pain", "el dolor"),
    "anxiety": ("anxiety", "la ansiedad"),
    "asked": ("“{ask}”", "“{ask}”"),
    "answer_to": ("the answer to “{ask}”", "la respuesta a “{ask}”"),
    "is_at_least": ("{scale} is {value} or more", "{scale} es de {value} o más"),
    "is_at_most": ("{scale} is {value} or less", "{scale} es de {value} o menos"),
    "is_never_above": ("{scale} never goes above {value}", "{scale} no pasa nunca de {value}"),
    "is_rises_by": (
        "{scale} rises by {value} or more over the session's start",
        "{scale} sube {value} o más sobre el comienzo de la sesión",
    ),
    "was_at_least": ("{scale} was {value} or more", "{scale} fue de {value} o más"),
    "was_at_most": ("{scale} was {value} or less", "{scale} fue de {value} o menos"),
    "was_never_above": ("{scale} never went above {value}", "{scale} no pasó nunca de {value}"),
    "was_rises_by": (
        "{scale} rose by {value} or more over the session's start",
        "{scale} subió {value} o más sobre el comienzo de la sesión",
    ),
    "done_whole": ("every step was done in full", "se hizo entero cada paso"),
    "done_share": ("at least {share} of every step was done", "se hizo al menos el {share} de cada paso"),
    "at_opening": ("the dilator stayed at the opening", "el dilatador se quedó en la entrada"),
    "not_at_opening": ("the dilator went past the opening", "el dilatador pasó de la entrada"),
    "when_in": ("when in {sessions} {clauses}", "cuando en {sessions} {clauses}"),
    "when_done": ("after {sessions}", "después de {sessions}"),
    "one_session": ("one session", "una sesión"),
    "sessions_in_a_row": ("{number} sessions in a row", "{number} sesiones seguidas"),
    "of_sessions": ("{need} of the last {of} sessions", "{need} de las últimas {of} sesiones"),
    "by_therapist": ("the therapist decides", "lo decide la terapeuta"),
    "by_patient": ("the patient decides", "lo decide la paciente"),
    "by_itself": ("this happens by itself", "ocurre por sí solo"),
    # ladders
    "ladder": ("“{ladder}”", "“{ladder}”"),
    "ladder_of": ("“{ladder}” ({kind})", "“{ladder}” ({kind})"),
    "own_set": (
        "Its rungs are the patient's own dilators, from the smallest to the largest.",
        "Sus peldaños son los dilatadores de la paciente, del más pequeño al más grande.",
    ),
    "rungs": ("Its rungs, from the lowest to the highest:", "Sus peldaños, del más bajo al más alto:"),
    "rung": ("{rung}: {values}", "{rung}: {values}"),
    "rung_value": ("{name} {value}", "{name} {value}"),
    "start_chosen": (
        "Where to begin is chosen when the program is given to a patient.",
        "Por dónde empezar se elige al dar el programa a la paciente.",
    ),
    "start_lowest": ("It begins at the lowest rung.", "Empieza en el peldaño más bajo."),
    "stay": ("Each rung is kept for at least {days}.", "Cada peldaño se mantiene al menos {days}."),
    "up": ("One rung up:", "Un peldaño más arriba:"),
    "up_needs": (
        "It goes up one rung at a time; {who}.",
        "Se sube de peldaño en peldaño; {who}.",
    ),
    "down": ("One rung down:", "Un peldaño más abajo:"),
    "never_up": ("No rule of its own takes it up.", "Ninguna regla propia la hace subir."),
    "not_up_in": ("It does not go up during {phases}.", "No se sube durante {phases}."),
    "not_up_rising": (
        "It does not go up while, over the last six sessions, this rises: {scale}.",
        "No se sube mientras, en las últimas seis sesiones, esto aumente: {scale}.",
    ),
    "after_gap": (
        "After {days} without a session the first one back is {rungs} lower; the place on the ladder is kept.",
        "Tras {days} sin sesiones, la primera al volver es {rungs} más abajo; su lugar en la escalera se conserva.",
    ),
    "locked": (
        "It is locked: its sessions begin when the therapist opens it.",
        "Está cerrada: sus sesiones empiezan cuando la terapeuta la abre.",
    ),
    "unlocked_when": ("Before she opens it she confirms:", "Antes de abrirla, confirma:"),
    # parameters
    "parameter": ("{label}: {value}.", "{label}: {value}."),
    "between": ("Anything from {least} to {most} can be set.", "Se puede ajustar entre {least} y {most}."),
    "not_less": ("Not less than {least} can be set.", "Se puede ajustar desde {least}."),
    "not_more": ("Not more than {most} can be set.", "Se puede ajustar hasta {most}."),
    "in_phases": ("In “{phase}”: {value}.", "En “{phase}”: {value}."),
    # questions
    "may_skip": ("Every one of them may be skipped.", "Todas se pueden saltar."),
    "question_yes_no": ("{ask} Yes or no.", "{ask} Sí o no."),
    "question_ends": ("{ask} From 0 ({low}) to 10 ({high}).", "{ask} De 0 ({low}) a 10 ({high})."),
    "question_low": ("{ask} From 0 ({low}) to 10.", "{ask} De 0 ({low}) a 10."),
    "question_high": ("{ask} From 0 to 10 ({high}).", "{ask} De 0 a 10 ({high})."),
    "question": ("{ask} From 0 to 10.", "{ask} De 0 a 10."),
    # safety
    "asked_from": ("Asked {often}, from {first} until {last}.", "Se pregunta {often}, desde {first} hasta {last}."),
    "emergency": (
        "A yes is an emergency. The therapist is told, and this is shown at once: “{say}”",
        "Un sí es una emergencia. Se avisa a la terapeuta y se muestra enseguida: “{say}”",
    ),
    "same_day": (
        "A yes is for the same day. The therapist is told, and this is shown at once: “{say}”",
        "Un sí es para el mismo día. Se avisa a la terapeuta y se muestra enseguida: “{say}”",
    ),
    "routine": (
        "A yes is written down and stops nothing. This is shown: “{say}”",
        "Un sí se anota y no detiene nada. Se muestra: “{say}”",
    ),
    # alerts
    "only_for_her": (
        "These stand in the therapist's list; the patient gets no message from them.",
        "Aparecen en la lista de la terapeuta; la paciente no recibe ningún mensaje por ellos.",
    ),
    "no_session": ("{days} without a session.", "{days} sin sesiones."),
    "comfort_down": (
        "The highest comfortable rung has come down by {rungs}, {checks}.",
        "El peldaño cómodo más alto ha bajado {rungs}, {checks}.",
    ),
    "in_checks": ("in {number} checks in a row", "en {number} comprobaciones seguidas"),
    "in_one_check": ("in one check", "en una comprobación"),
    "rating": ("{clauses}: {times}.", "{clauses}: {times}."),
    "rating_within": ("{clauses}: {times} within {days}.", "{clauses}: {times} en {days}."),
    # joining
    "range": ("{least} to {most}", "{least} a {most}"),
    "and": ("and", "y"),
    "percent": ("{number}%", "{number} %"),
    "mm": ("{number} mm", "{number} mm"),
    "s": ("{number} s", "{number} s"),
    "min_s": ("{minutes} min {seconds} s", "{minutes} min {seconds} s"),
    "h_min": ("{hours} h {minutes} min", "{hours} h {minutes} min"),
    "h_min_s": ("{hours} h {minutes} min {seconds} s", "{hours} h {minutes} min {seconds} s"),
}  # fmt: skip

# The names of a rung's values that are keys of the language themselves. Names of the author's own stay as they are.
RUNG_VALUES: dict[str, tuple[str, str]] = {
    "hold": ("hold", "mantener"),
    "contract": ("contract", "apretar"),
    "relax": ("relax", "soltar"),
    "rest": ("rest", "descanso"),
    "reps": ("reps", "repeticiones"),
    "sets": ("sets", "series"),
    "set_rest": ("set rest", "descanso entre series"),
    "for": ("for", "duración"),
    "at_most": ("at most", "como mucho"),
    "switch": ("switch", "cambio de lado"),
    "get_ready": ("get ready", "prepararse"),
    "in": ("in", "tomar aire"),
    "out": ("out", "soltar aire"),
    "pause": ("pause", "pausa"),
    "per_day": ("per day", "veces al día"),
    "per_week": ("per week", "veces por semana"),
    "size": ("size", "medida"),
}

# key: (English one, English many, Spanish one, Spanish many)
NOUNS: dict[str, tuple[str, str, str, str]] = {
    "minute": ("minute", "minutes", "minuto", "minutos"),
    "hour": ("hour", "hours", "hora", "horas"),
    "day": ("day", "days", "día", "días"),
    "week": ("week", "weeks", "semana", "semanas"),
    "breath": ("breath", "breaths", "respiración", "respiraciones"),
    "rung": ("rung", "rungs", "peldaño", "peldaños"),
    "round": ("round", "rounds", "serie", "series"),
}

WEEKDAYS = (
    ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"),
    ("lunes", "martes", "miércoles", "jueves", "viernes", "sábados", "domingos"),
)
_NTH = (
    ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    ("primera", "segunda", "tercera", "cuarta", "quinta", "sexta", "séptima", "octava", "novena", "décima"),
)
_MINUTE, _HOUR = 60_000, 3_600_000


@dataclass(frozen=True, slots=True)
class Words:
    """Phrases in Spanish where `language` is, otherwise in English; texts of the program in `language`, or its own.
    `more`: further phrases, of what is told otherwise than in an explanation."""

    language: str
    more: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def _column(self) -> int:
        return 1 if self.language.split("-")[0] == "es" else 0

    def __call__(self, key: str, **values: object) -> str:
        text = (self.more.get(key) or PHRASES[key])[self._column].format(**values)
        return text[:-1] if text.endswith(("?”.", "!”.", ".”.", "..")) else text

    def text(self, text: Text) -> str:
        return text.in_language(self.language)

    def number(self, value: float) -> str:
        shown = f"{round(value, 2):.10g}"
        return shown.replace(".", ",") if self._column else shown

    def some(self, number: int, noun: str, most: int | None = None) -> str:
        """`1 day`, `3 days`, `6 to 12 breaths`."""
        most = number if most is None else most
        one, many = NOUNS[noun][self._column * 2 : self._column * 2 + 2]
        return f"{self.between(self.number(number), self.number(most))} {one if number == most == 1 else many}"

    def between(self, least: str, most: str) -> str:
        return least if least == most else self("range", least=least, most=most)

    def all_of(self, parts: Sequence[str]) -> str:
        """`a, b and c`; `a and b; c` where one has an "and" or a comma of its own outside quotation marks."""
        if len(parts) < 2:
            return "".join(parts)
        word = self("and")
        if any(f" {word} " in part or ", " in part for part in parts if not part.startswith("“")):
            return "; ".join(parts)
        if self._column and _begins_with_i(parts[-1]):
            word = "e"
        return f"{', '.join(parts[:-1])} {word} {parts[-1]}"

    def nth(self, number: int) -> str:
        """`first`, `second`, ... `11th`."""
        names = _NTH[self._column]
        if number <= len(names):
            return names[number - 1]
        if self._column:
            return f"{number}.ª"
        ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
        return f"{number}{ending}"

    def duration(self, least: float, most: float | None = None) -> str:
        """Milliseconds as a person says them: `45 s`, `10 minutes`, `1 min 30 s`, `3 to 10 s`."""
        most = least if most is None else most
        if least == most:
            return self._length(least)
        if not least:
            return self("up_to", times=self._length(most))
        if 0 < least < most < _MINUTE:
            return self("s", number=self.between(self.number(least / 1000), self.number(most / 1000)))
        for unit, noun, below in ((_MINUTE, "minute", _HOUR), (_HOUR, "hour", 100 * _HOUR)):
            if least > 0 and most < below and not least % unit and not most % unit:
                return self.some(round(least / unit), noun, round(most / unit))
        return self.between(self._length(least), self._length(most))

    def _length(self, ms: float) -> str:
        hours, minutes, rest = parts_of_duration(ms)
        seconds = self.number(rest)
        if hours and rest:
            return self("h_min_s", hours=hours, minutes=minutes, seconds=seconds)
        if hours and minutes:
            return self("h_min", hours=hours, minutes=minutes)
        if hours:
            return self.some(hours, "hour")
        if minutes and rest:
            return self("min_s", minutes=minutes, seconds=seconds)
        return self.some(minutes, "minute") if minutes else self("s", number=seconds)

    def amount(self, kind: AmountKind, least: float, most: float | None = None) -> str:
        """A value of a parameter or a rung: durations in ms, shares from 0 to 1, sizes in mm."""
        most = least if most is None else most
        match kind:
            case "duration":
                return self.duration(least, most)
            case "share":
                return self("percent", number=self.between(self.number(least * 100), self.number(most * 100)))
            case "size":
                return self("mm", number=self.between(self.number(least), self.number(most)))
            case _:
                return self.between(self.number(least), self.number(most))

    def share(self, part: float) -> str:
        return self.amount("share", part)

    def times(self, least: int, most: int) -> str:
        """`once`, `twice`, `3 times`, `once or twice`, `4 to 7 times`, `up to 3 times`."""
        if not least and most:
            return self("up_to", times=self.times(most, most))
        if least == most:
            return {1: self("once"), 2: self("twice")}.get(least) or self("times", number=least)
        if (least, most) == (1, 2):
            return self("once_or_twice")
        return self("times_or" if most == least + 1 else "times_to", least=least, most=most)

    def time_of_days(self, days: int) -> str:
        """`5 days`, `6 weeks`: weeks from two on, where they come out even."""
        return self.some(days // 7, "week") if days >= 14 and not days % 7 else self.some(days, "day")

    def weekdays(self, days: Sequence[int]) -> str:
        names = [WEEKDAYS[self._column][day] for day in days]
        return f"los {self.all_of(names)}" if self._column else self.all_of(names)

    def minutes(self, shortest_s: float, longest_s: float) -> str:
        """`about 12 minutes`, `about 10 to 25 minutes`: whole ones, never none."""
        least, most = whole_minutes(shortest_s, longest_s)
        if most == 1:
            return self("about_a_minute")
        return self("about_minutes", minutes=self.some(least, "minute", most))

    def rung_value(self, name: str) -> str:
        """The name of a rung's value as a word: `per_day` is `per day`."""
        known = RUNG_VALUES.get(name)
        return name.replace("_", " ") if known is None else known[self._column]


def whole_minutes(shortest_s: float, longest_s: float) -> tuple[int, int]:
    """From the least to the most, never none; the same where they are about that."""
    least, most = max(1, int(shortest_s // 60)), max(1, int(-(-longest_s // 60)))
    if most - least <= 1:
        least = most = max(1, round(longest_s / 60))
    return least, most


def sentence(text: str) -> str:
    """With a capital at its beginning."""
    return text[:1].upper() + text[1:]


def _begins_with_i(text: str) -> bool:
    """Whether Spanish `y` becomes `e` before it."""
    word = text.lstrip("“\"'").lower()
    return word.startswith(("i", "hi", "í", "hí")) and not word.startswith(("hie", "ie", "ia", "io"))
