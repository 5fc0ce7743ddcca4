"""What cannot be taken as it was entered, in words: one sentence for each code, said beside its field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from flask_babel import format_date, format_decimal, gettext

from coach.domain.bands import BANDS, OBSERVED
from coach.domain.program import Parameter
from coach.services.refusals import Refusal
from coach.web.therapist import findings, phrases


def errors_of(refusals: Iterable[Refusal]) -> dict[str, str]:
    """Field -> sentence; of several about one field the first."""
    errors: dict[str, str] = {}
    for refusal in refusals:
        errors.setdefault(refusal.where, sentence(refusal))
    return errors


def sentence(refusal: Refusal) -> str:
    """ValueError for a code that has none, so that a new one cannot pass in silence."""
    for group in (
        _about_any,
        _about_patients,
        _about_injections,
        _about_sites,
        _about_charts,
        _about_effects,
        _about_side_effects,
        _about_consultations,
        _about_assignments,
        _about_pauses,
    ):
        found = group(refusal.code, refusal.params)
        if found is not None:
            return found
    raise ValueError(f"no sentence for {refusal.where}: {refusal.code}")


def number(value: object) -> str:
    return str(format_decimal(value, "#,##0.###"))


def day(value: object) -> str:
    assert isinstance(value, date)
    return str(format_date(value, "long", rebase=False))


def _value(params: Mapping[str, object], name: str) -> str:
    parameter = params["parameter"]
    assert isinstance(parameter, Parameter)
    return phrases.value(parameter, float(str(params[name])))


def _about_any(code: str, params: Mapping[str, object]) -> str | None:
    match code:
        case "missing":
            return gettext("Please fill this in.")
        case "too_long":
            return gettext("Please keep this within %(most)s characters.", most=params["most"])
        case "unread_day":
            return gettext("We could not read this day. Write it as year-month-day, such as 2026-03-29.")
        case "unread_number":
            return gettext(
                "We could not read “%(text)s”. Write a plain number, such as 100 or 12.5.", text=params["text"]
            )
        case "far_away":
            return gettext("This day is very far away. Please look at the year.")
    return None


def _about_patients(code: str, params: Mapping[str, object]) -> str | None:
    match code:
        case "unknown_zone":
            return gettext("This time zone is not known. Choose one of the list, such as Europe/Madrid.")
        case "unknown_language":
            return gettext("Please choose one of the languages.")
        case "impossible_size":
            return gettext(
                "%(size)s mm cannot be a size. Write diameters in millimetres, such as 13 16 19 22.",
                size=number(params["size"]),
            )
        case "in_use":
            return gettext("She stands on a size that changes. Please read what it does, and confirm it.")
        case "smallest_in_use":
            return gettext(
                "She stands on %(size)s mm, and all that would stay are larger. Add a smaller one, or place her first.",
                size=number(params["size"]),
            )
        case "size_twice":
            return gettext("%(size)s mm is there twice.", size=number(params["size"]))
        case "too_many":
            return gettext("These are more than %(most)s. Please look again.", most=params["most"])
    return None


def _about_injections(code: str, params: Mapping[str, object]) -> str | None:
    match code:
        case "unknown_state" | "cancelled_before_planned":
            return gettext("Please choose planned or given.")
        case "planned_in_the_past":
            return gettext("This day has passed. Choose a day from today on, or chart the injection as given.")
        case "given_that_day":
            return gettext(
                "An injection of %(day)s is charted as given already. If this is another one, please say so here.",
                day=day(params["day"]),
            )
        case "given_in_the_future":
            return gettext(
                "This day is still to come for the patient. Chart the injection as planned, or look at the day."
            )
        case "before_injection":
            return gettext("This lies before the injection.")
        case "units_without_product":
            return gettext("Units belong to a product. Please name it.")
        case "impossible_units":
            return gettext("Please give more than 0 and at most %(most)s units.", most=number(params["most"]))
        case "corrected_meanwhile":
            return gettext("Somebody corrected this meanwhile. Open the page again to see the newest chart.")
    return None


def _about_sites(code: str, params: Mapping[str, object]) -> str | None:
    match code:
        case "unknown_side":
            return gettext("Please choose left, right or midline.")
        case "impossible_clock":
            return gettext("A clock position is a whole number from 1 to 12.")
        case "sites_without_total":
            return gettext("The sites sum to %(sum)s units. Please give the total as well.", sum=number(params["sum"]))
        case "sum_differs":
            return gettext(
                "The sites sum to %(sum)s units, the total says %(total)s. Please mend whichever is wrong.",
                sum=number(params["sum"]),
                total=number(params["total"]),
            )
    return None


def _about_consultations(code: str, params: Mapping[str, object]) -> str | None:
    match code:
        case "in_the_future":
            return gettext("This day is still to come for the patient. Please look at the day.")
        case "unknown_choice":
            return gettext("Please choose one of the list.")
        case "goal_twice":
            return gettext("A goal is there twice. Please name each once.")
        case "none_excludes":
            return gettext("None of these stands by itself. Please leave the other goals out, or this one.")
        case "out_of_range":
            return gettext(
                "Please give a whole number from %(least)s to %(most)s, or leave it open.",
                least=number(params["least"]),
                most=number(params["most"]),
            )
        case "day_without_answer":
            return gettext("There is a day of consent. Please say whether she consents, or leave the day out.")
        case "changed_meanwhile":
            return gettext("Somebody corrected this meanwhile. Open the page again to see what holds now.")
    return None


def _about_charts(code: str, params: Mapping[str, object]) -> str | None:
    match code:
        case "given_later_today":
            return gettext("This is still to come there. Look at the time and its zone.")
        case "unread_time":
            return gettext("We could not read this time. Write hours and minutes, such as 14:30.")
        case "after_injection":
            return gettext("This lies after the injection.")
        case "impossible_rest":
            return gettext("Please give 0 to %(most)s units.", most=number(params["most"]))
        case "impossible_ml":
            return gettext("Please give more than 0 and at most %(most)s ml.", most=number(params["most"]))
        case "none_indwelling":
            return gettext("Size and time belong to a dilator that stayed in. Choose yes, or leave them out.")
        case "not_yes_or_no":
            return gettext("Please choose yes or no, or leave it open.")
        case "unknown_depth":
            return gettext("Please choose one of the depths, or leave it open.")
        case "impossible_punctures":
            return gettext("Punctures are a whole number from 1 to %(most)s.", most=params["most"])
    return None


def _about_effects(code: str, params: Mapping[str, object]) -> str | None:
    match code:
        case "unknown_kind":
            return gettext("Please choose what was observed.")
        case "not_given":
            return gettext("This injection is not charted as given.")
        case "still_to_come":
            return gettext("This day is still to come for the patient.")
        case "after_next_injection":
            return gettext(
                "From %(day)s on it is the effect of the next injection. Note it there.", day=day(params["day"])
            )
        case "out_of_order":
            return gettext(
                "The day of “%(second)s” cannot come before that of “%(first)s”. Please mend whichever is wrong.",
                first=_seen(params["first"]),
                second=_seen(params["second"]),
            )
        case "noted_meanwhile":
            return gettext("Somebody noted this meanwhile. Open the page again to see it.")
        case "impossible_day":
            return gettext("Please give a day from 0 to %(most)s.", most=params["most"])
        case "band_out_of_order":
            return gettext(
                "This has to begin after day %(day)s, on which “%(before)s” begins.",
                day=params["day"],
                before=_band(params["before"]),
            )
        case "moved_meanwhile":
            return gettext("Somebody changed this meanwhile. Open the page again to see the newest days.")
        case "clinics_already":
            return gettext("The clinic's days hold here already.")
    return None


def _about_side_effects(code: str, params: Mapping[str, object]) -> str | None:
    match code:
        case "ended_before_it_began":
            return gettext("It cannot have ended before it began. Please mend whichever day is wrong.")
        case "unknown_severity":
            return gettext("Please choose mild, moderate or severe.")
        case "withdrawn_before_charted":
            return gettext("Only what is charted already can be withdrawn.")
    return None


def _about_pauses(code: str, params: Mapping[str, object]) -> str | None:
    match code:
        case "unknown_why":
            return gettext("Please choose what the pause is for.")
        case "all_programs":
            return gettext("On such days nothing is inserted in any program. Please choose all of her programs.")
        case "before_it_began":
            return gettext("The last day lies before the first one. Please mend whichever is wrong.")
        case "unknown_program":
            return gettext("Please choose one of her programs, or all of them.")
        case "not_now":
            return gettext("This phase does not run now, or its end is fixed by its program.")
        case "ended_meanwhile":
            return gettext("This phase ends on that day already.")
        case "not_ended":
            return gettext("Nobody has ended this phase.")
    return None


def _seen(kind: object) -> str:
    return findings.pin_name(next(each for each in OBSERVED if each == kind))


def _band(name: object) -> str:
    return findings.band_name(next(each for each in BANDS if each == name))


def _about_assignments(code: str, params: Mapping[str, object]) -> str | None:
    match code:
        case "runs_already":
            return gettext("She does this program already, since %(day)s. End that first.", day=day(params["start_on"]))
        case "unknown_injection":
            return gettext("Please choose one of her injections.")
        case "cancelled":
            return gettext("This injection was cancelled. Please choose another.")
        case "unknown_ladder":
            return gettext("The program has no such ladder.")
        case "unknown_rung":
            return gettext("Please choose one of the list.")
        case "no_set":
            return gettext("Her own dilators are not charted yet. Add their sizes first.")
        case "unknown_parameter":
            return gettext("The program has no such value.")
        case "not_a_number" | "not_whole":
            return gettext("Please give a whole number.")
        case "too_small":
            return gettext("The program allows no less than %(least)s.", least=_value(params, "least"))
        case "too_large":
            return gettext("The program allows no more than %(most)s.", most=_value(params, "most"))
        case "before_it_begins":
            return gettext("The last day lies before the first, or has passed. Please mend whichever is wrong.")
        case "negative":
            return gettext("Please give 0 or more.")
        case "long_contraction":
            return gettext(
                "Nobody is asked to contract for longer than %(most)s. Please look at the number.",
                most=_value(params, "most"),
            )
    return _about_changes(code, params)


def _about_changes(code: str, params: Mapping[str, object]) -> str | None:
    match code:
        case "unknown_revision":
            return gettext("Please choose one of its revisions.")
        case "revision_not_taken":
            return gettext("This revision is not taken by the check any more. Please choose another.")
        case "nothing_changes":
            return gettext("This is how it stands already.")
        case "changed_by_another":
            return gettext("Somebody changed this program of hers meanwhile. It stands here as it is now; look again.")
        case "goes_on_already":
            return gettext("It has no last day.")
        case "not_later":
            return gettext("Its last day is %(day)s. Choose a later one.", day=day(params["ends_on"]))
        case "not_earlier":
            return gettext("Its last day is %(day)s. Choose an earlier one.", day=day(params["ends_on"]))
        case "from_tomorrow":
            return gettext("Today stays as it is. Choose a day from tomorrow on.")
        case "not_begun":
            return gettext("It begins on %(day)s. Choose a day after it.", day=day(params["start_on"]))
        case "paused_then":
            return gettext("She rests then, and no day is set for its end. End the pause first.")
        case "ended":
            return gettext("This ended on %(day)s.", day=day(params["ends_on"]))
        case "there_already":
            return gettext("She is there already.")
        case "unconfirmed":
            return gettext("Please confirm each of these lines before you open it.")
        case "no_proposal":
            return gettext("This proposal is not open any more. Open the page again to see how she stands.")
        case "in_the_past":
            return gettext("Days that were stay as they were. Choose today or a later day.")
    return None
