"""A mail server that keeps what it takes, and that can be told to refuse, to hang or to go away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Sink:
    """`taken`: (recipient, bytes) of each message answered with 250 or kept without an answer.

    `on_rcpt` and `on_data` answer in place of 250 while they are set; `on_data` may also be "keep and close" or
    "close".
    """

    port: int = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    on_rcpt: str | None = None
    on_data: str | None = None
    connections: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def message_ids(self) -> list[str]:
        return [_header(content, b"message-id") for _, content in self.taken]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.on_rcpt:
            return self.on_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.on_data is None or self.on_data == "keep and close":
            assert isinstance(envelope.content, bytes)
            self.taken.append((envelope.rcpt_tos[0], envelope.content))
        if self.on_data in ("keep and close", "close"):
            server.transport.abort()
            await asyncio.sleep(0)
            return "250 OK"
        return self.on_data or "250 OK"


@contextmanager
def mail_sink() -> Iterator[Sink]:
    sink = Sink()
    started: Future[Callable[[], object]] = Future()
    # All of the loop in a thread of its own: in a browser test the main thread has one already.
    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)

    async def serve() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await loop.create_server(lambda: SMTP(sink, hostname="sink", loop=loop), host="127.0.0.1", port=0)
        sink.port = server.sockets[0].getsockname()[1]
        started.set_result(lambda: loop.call_soon_threadsafe(stopped.set))
        await stopped.wait()
        server.close()

    thread.start()
    stop = started.result(10)
    try:
        yield sink
    finally:
        stop()
        thread.join()


def _header(content: bytes, name: bytes) -> str:
    lines = content.split(b"\r\n\r\n")[0].split(b"\r\n")
    return next(line.partition(b":")[2].strip().decode() for line in lines if line.lower().startswith(name + b":"))
