"""Passwords: what is refused, what is not, and that a hash is verified in every case."""

from __future__ import annotations

import pytest

from coach.services.passwords import LONGEST, Passwords, refusal

FAST = Passwords(memory_kib=8, rounds=1)


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "Passwort2026!", "P4ssw0rd!!!!", "qwertyuiop12", "123456789012", "aaaaaaaaaaaa", "abcdefghijkl",
        "iloveyou2024", "welcome-back", "botox2026botox", "dilator12345", "Beckenboden1", "contraseña123",
        "physiophysio",
        "dailyplan2026", "inesinesines", "northclinic99", "summer2026!!", "letmeinletmein",
        "............", "1q2w3e4r1q2w3e4r",
    ],
)  # fmt: skip
def test_what_is_easy_to_guess_is_refused(password):
    assert refusal(password, "therapist", about=("Ines", "North clinic")) == "too_common"


@pytest.mark.parametrize(
    "password",
    [
        "three calm breaths", "correct horse battery staple", "xK7#qLm2vR9w", "el perro come manzanas",
        "ключ от квартиры", "seven slow tides", "gmbh-tür-7-äpfel", "9f8e7d6c5b4a30211x",
    ],
)  # fmt: skip
def test_a_password_of_ones_own_is_taken(password):
    assert refusal(password, "therapist", about=("Ines", "North clinic")) is None


def test_staff_need_two_characters_more_than_patients():
    assert refusal("xK7#qLm2vR", "patient") is None
    assert refusal("xK7#qLm2v", "patient") == "too_short"
    assert refusal("xK7#qLm2vR9", "therapist") == "too_short"
    assert refusal("xK7#qLm2vR9w", "therapist") is None


def test_nothing_is_cut_off_at_the_end():
    longest = "three calm breaths " * 20
    assert refusal(longest[:LONGEST], "therapist") is None
    assert refusal(longest[: LONGEST + 1], "therapist") == "too_long"
    hashed = FAST.hash(longest[:LONGEST])
    assert FAST.is_right(hashed, longest[:LONGEST])
    assert not FAST.is_right(hashed, longest[: LONGEST - 1])
    assert not FAST.is_right(hashed, longest[: LONGEST + 1])


def test_the_same_letters_make_the_same_password_however_a_device_sends_them():
    hashed = FAST.hash("caf\u00e9 con leche")
    assert FAST.is_right(hashed, "cafe\u0301 con leche")
    assert not FAST.is_right(hashed, "cafe con leche")


def test_a_name_that_nobody_has_is_never_right():
    assert not FAST.is_right(None, "three calm breaths")
    assert not FAST.is_right(None, "")


def test_a_broken_hash_lets_nobody_in():
    assert not FAST.is_right("not a hash", "three calm breaths")


def test_hashes_of_today_are_owasps():
    hashed = Passwords().hash("three calm breaths")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_two_hashes_of_one_password_differ():
    assert FAST.hash("three calm breaths") != FAST.hash("three calm breaths")
