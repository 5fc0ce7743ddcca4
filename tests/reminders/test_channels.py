"""What goes out, and what is known of a hand-over afterwards."""

from __future__ import annotations

import io
import re
import socket
from datetime import UTC, datetime
from email import message_from_bytes
from uuid import UUID

import pytest

from coach.reminders.channels import Console, Smtp, channel_for, render
from coach.services.reminders import TEXTS, Claimed, Message
from tests.reminders.sink import mail_sink

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SENDER = "Daily plan <plan@mail.example.org>"
BASE_URL = "https://plan.example.org"
# What nobody who sees a message may learn: the condition, the body, the treatment, who is behind it.
TELLING = re.compile(
    rb"pelvi|vagin|dilat|toxin|botox|botul|inject|inyec|therap|terap|clinic|cl.nica|exercis|ejercic|pain|dolor|muscle"
    rb"|m.scul|session|sesi.n|patient|paciente|health|salud|medic|coach|practice|pr.ctica|mara|ines|example clinic",
    re.IGNORECASE,
)


def message(language: str = "en", address: str = "someone@inbox.example", key: str = "ab12" * 16) -> Message:
    return Message(Claimed(UUID(int=1), UUID(int=2), 1), address, language, key)


@pytest.fixture
def sink():
    with mail_sink() as running:
        yield running


@pytest.fixture
def smtp(sink):
    channel = Smtp(sink.url, sender=SENDER, base_url=BASE_URL)
    yield channel
    channel.close()


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_no_byte_of_a_message_tells_what_it_is_about(smtp, sink, language):
    assert smtp.deliver(message(language), now=NOW).kind == "taken"
    [(recipient, content)] = sink.taken
    assert recipient == "someone@inbox.example"
    assert TELLING.search(content) is None, TELLING.search(content)
    mail = message_from_bytes(content)
    assert mail["Subject"] == TEXTS[language][0]
    assert mail["From"] == SENDER
    assert mail.get_payload(decode=True).decode().split() == [*TEXTS[language][1].split(), f"{BASE_URL}/"]
    assert mail.keys()[:6] == ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"]
    assert set(mail.keys()[6:]) == {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}


def test_a_language_without_a_text_gets_english():
    mail = render(message("xx"), sender=SENDER, base_url=BASE_URL, now=NOW)
    assert mail["Subject"] == "Daily plan"


def test_every_attempt_at_a_reminder_has_one_message_id(smtp, sink):
    for key in ("aa" * 32, "aa" * 32, "bb" * 32):
        smtp.deliver(message(key=key), now=NOW)
    assert sink.message_ids == [f"<{key * 32}@mail.example.org>" for key in ("aa", "aa", "bb")]


def test_messages_of_one_tick_share_a_connection(smtp, sink):
    for _ in range(3):
        smtp.deliver(message(), now=NOW)
    assert (len(sink.taken), sink.connections) == (3, 1)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ("550 5.1.1 no such user", "never", "address_refused"),
        ("550 no such user", "never", "address_refused"),
        ("550 5.7.1 policy", "later", "smtp_550"),  # about us: nobody's address is blamed
        ("530 authenticate first", "later", "smtp_530"),
        ("554 no", "never", "smtp_554"),
        ("451 4.3.0 try later", "later", "smtp_451"),
        ("421 closing", "later", "smtp_421"),
    ],
)
def test_a_refusal_before_the_message_is_known_for_sure(smtp, sink, answer, kind, code):
    sink.on_rcpt = answer
    found = smtp.deliver(message(), now=NOW)
    assert (found.kind, found.code) == (kind, code)
    # And the next one is not held up by it.
    sink.on_rcpt = None
    assert smtp.deliver(message(), now=NOW).kind == "taken"


@pytest.mark.parametrize(("answer", "kind"), [("451 later", "later"), ("554 5.6.0 no", "never"), ("421 bye", "later")])
def test_a_refusal_after_the_message_is_known_too(smtp, sink, answer, kind):
    sink.on_data = answer
    assert smtp.deliver(message(), now=NOW).kind == kind
    assert sink.taken == []


@pytest.mark.parametrize("way", ["keep and close", "close"])
def test_a_connection_lost_after_the_message_leaves_the_outcome_unknown(smtp, sink, way):
    sink.on_data = way
    assert smtp.deliver(message(), now=NOW).kind == "unknown"


def test_a_kept_connection_that_was_closed_meanwhile_is_opened_again(smtp, sink):
    assert smtp.deliver(message(), now=NOW).kind == "taken"
    smtp._connection.sock.shutdown(socket.SHUT_RDWR)
    assert smtp.deliver(message(), now=NOW).kind == "taken"
    assert (len(sink.taken), sink.connections) == (2, 2)


def test_a_server_that_is_not_there_is_tried_later():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        smtp = Smtp(f"smtp://127.0.0.1:{unused.getsockname()[1]}", sender=SENDER, base_url=BASE_URL)
        assert smtp.deliver(message(), now=NOW).kind == "later"


def test_a_server_that_says_nothing_is_given_up_within_the_lease(monkeypatch):
    monkeypatch.setattr("coach.reminders.channels._WAIT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        smtp = Smtp(f"smtp://127.0.0.1:{silent.getsockname()[1]}", sender=SENDER, base_url=BASE_URL)
        assert smtp.deliver(message(), now=NOW).kind == "later"


def test_a_password_is_never_sent_without_encryption(sink):
    smtp = Smtp(sink.url.replace("//", "//user:secret@"), sender=SENDER, base_url=BASE_URL)
    assert smtp.deliver(message(), now=NOW).kind == "later"
    assert sink.taken == []


def test_lines_that_begin_with_a_dot_arrive_as_they_were(sink):
    smtp = Smtp(sink.url, sender=SENDER, base_url="https://plan.example.org\n.\n.hidden")
    smtp.deliver(message(), now=NOW)
    smtp.close()
    assert b"\r\n.\r\n.hidden/" in sink.taken[0][1]


def test_the_console_shows_the_message_and_takes_it():
    out = io.StringIO()
    assert Console(sender=SENDER, base_url=BASE_URL, out=out).deliver(message("es"), now=NOW).kind == "taken"
    assert "Plan diario: tienes algo previsto." in out.getvalue()


def test_a_setting_chooses_the_channel():
    assert isinstance(channel_for("console:", sender=SENDER, base_url=BASE_URL), Console)
    assert isinstance(channel_for("smtp://localhost:25", sender=SENDER, base_url=BASE_URL), Smtp)


def test_encrypted_smtp_checks_the_certificate(sink):
    # The sink speaks no TLS, so a handshake with it must break before anything is sent.
    smtp = Smtp(sink.url.replace("smtp:", "smtps:"), sender=SENDER, base_url=BASE_URL)
    assert smtp.deliver(message(), now=NOW).kind == "later"
