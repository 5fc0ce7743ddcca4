"""Ways out for a reminder: SMTP and the console. What is said is fixed and tells an onlooker nothing.

A channel answers with what is known of the hand-over: taken, surely not taken, or unknown.
"""

from __future__ import annotations

import re
import smtplib
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from time import monotonic
from typing import Literal, Protocol, TextIO
from urllib.parse import unquote, urlsplit

from coach.services.reminders import TEXTS, Message

_HAND_OVER_SECONDS = 20.0  # in all; well below the lease of a reminder
_WAIT_SECONDS = 10.0  # for one answer
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hand-over came to. `code` names the cause and never an address.

    taken: the channel has it. later: surely not taken, and may be tried again. never: refused for good, with the code
    address_refused where that is said of the address. unknown: it may or may not have been taken.
    """

    kind: Literal["taken", "later", "never", "unknown"]
    code: str = ""


TAKEN = Answer("taken")


class Channel(Protocol):
    def deliver(self, message: Message, *, now: datetime) -> Answer: ...

    def close(self) -> None: ...


def channel_for(url: str, *, sender: str, base_url: str) -> Channel:
    """The channel of a setting: `console:`, `smtp://host:port` (STARTTLS where it names a user), `smtps://...`."""
    if urlsplit(url).scheme == "console":
        return Console(sender=sender, base_url=base_url)
    return Smtp(url, sender=sender, base_url=base_url)


def render(message: Message, *, sender: str, base_url: str, now: datetime) -> EmailMessage:
    """The e-mail of a reminder. The same reminder always has the same Message-ID."""
    subject, body = TEXTS.get(message.language, TEXTS["en"])
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = message.address
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.key}@{parseaddr(sender)[1].partition('@')[2] or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{body}\n\n{base_url}/\n", cte="7bit" if body.isascii() else "quoted-printable")
    return mail


class Console:
    """Writes each message instead of sending it: for the demo and for trying out."""

    def __init__(self, *, sender: str, base_url: str, out: TextIO | None = None) -> None:
        self._sender, self._base_url, self._out = sender, base_url, out

    def deliver(self, message: Message, *, now: datetime) -> Answer:
        mail = render(message, sender=self._sender, base_url=self._base_url, now=now)
        print(
            f"--- reminder\n{mail.as_string().replace(chr(13), '').rstrip()}\n---",
            file=self._out or sys.stdout,
            flush=True,
        )
        return TAKEN

    def close(self) -> None:
        pass


class Smtp:
    """Mail by SMTP over a connection that is kept until `close`. For one thread."""

    def __init__(self, url: str, *, sender: str, base_url: str, ticks: Callable[[], float] = monotonic) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "localhost"
        self._is_tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._is_tls else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender, self._base_url = sender, base_url
        self._ticks = ticks
        self._connection: smtplib.SMTP | None = None

    def deliver(self, message: Message, *, now: datetime) -> Answer:
        mail = render(message, sender=self._sender, base_url=self._base_url, now=now).as_bytes()
        ends_at = self._ticks() + _HAND_OVER_SECONDS
        is_kept = self._connection is not None
        answer = self._deliver(message.address, mail, ends_at)
        if is_kept and answer.code == "connection_lost" and answer.kind == "later":
            # A kept connection may have been closed while it idled; nothing was given to it yet.
            answer = self._deliver(message.address, mail, ends_at)
        return answer

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                _limit(connection, 2.0)
                connection.quit()
            except (OSError, smtplib.SMTPException):
                connection.close()

    def _deliver(self, address: str, mail: bytes, ends_at: float) -> Answer:
        try:
            connection = self._connected(ends_at)
            commands: tuple[Callable[[], tuple[int, bytes]], ...] = (
                lambda: connection.mail(parseaddr(self._sender)[1]),
                lambda: connection.rcpt(address),
                lambda: connection.docmd("DATA"),
            )
            for command in commands:
                _limit(connection, ends_at - self._ticks())
                code, text = command()
                if not 200 <= code < 400:
                    return self._refused(connection, code, text)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer("later", _cause(error))
        # From here on the server may have taken it, whatever becomes of the connection.
        try:
            _limit(connection, ends_at - self._ticks())
            connection.send(_LEADING_DOT.sub(b"..", mail) + b".\r\n")
            code, text = connection.getreply()
        except (OSError, smtplib.SMTPException):
            self._drop()
            return Answer("unknown", "no_answer")
        if 200 <= code < 300:
            return TAKEN
        if not 400 <= code < 600:
            self._drop()
            return Answer("unknown", "no_answer")
        return self._refused(connection, code, text)

    def _connected(self, ends_at: float) -> smtplib.SMTP:
        if self._connection is not None:
            return self._connection
        wait = max(0.1, min(_WAIT_SECONDS, ends_at - self._ticks()))
        connection: smtplib.SMTP
        if self._is_tls:
            connection = smtplib.SMTP_SSL(self._host, self._port, timeout=wait, context=ssl.create_default_context())
        else:
            connection = smtplib.SMTP(self._host, self._port, timeout=wait)
        try:
            _limit(connection, ends_at - self._ticks())
            connection.ehlo_or_helo_if_needed()
            if self._user:
                if not self._is_tls:
                    connection.starttls(context=ssl.create_default_context())
                _limit(connection, ends_at - self._ticks())
                connection.login(self._user, self._password)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _refused(self, connection: smtplib.SMTP, code: int, text: bytes) -> Answer:
        """An answer other than yes: surely not taken. Only what names the address is held against the address."""
        if code in (-1, 421):
            self._drop()
            return Answer("later", "connection_lost" if code == -1 else "smtp_421")
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()
        enhanced = text.decode("ascii", "replace").partition(" ")[0]
        if enhanced.startswith("5.1.") or (code in (550, 551, 553) and not enhanced.startswith("5.")):
            return Answer("never", "address_refused")
        # 530, 535 and 5.7.x speak of our sign-in or of a policy, which the operator can mend.
        is_about_us = code in (530, 534, 535) or enhanced.startswith("5.7.")
        return Answer("later" if code < 500 or is_about_us else "never", f"smtp_{code}")

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _limit(connection: smtplib.SMTP, seconds: float) -> None:
    if connection.sock is not None:
        connection.sock.settimeout(max(0.1, min(_WAIT_SECONDS, seconds)))


def _cause(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "sign_in_refused"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"smtp_{error.smtp_code}"
    if isinstance(error, (smtplib.SMTPServerDisconnected, ConnectionResetError, BrokenPipeError)):
        return "connection_lost"
    return "no_connection"
