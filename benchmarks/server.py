"""A WSGI application in one forked gunicorn worker, and the processor time that it used."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    location: str


@dataclass(frozen=True)
class Server:
    port: int
    master: int

    def request(self, method: str, path: str, *, headers: dict[str, str], body: bytes | None = None) -> Answer:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, response.read(), response.headers.get("Location", ""))
        finally:
            connection.close()

    def cpu_seconds(self) -> float:
        """Processor time of the workers so far (all of their threads), from the scheduler, in seconds."""
        total = 0
        for worker in _children(self.master):
            for task in Path(f"/proc/{worker}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    def __init__(self, make: Callable[[], Any], port: int) -> None:
        self.make, self.port = make, port
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("bind", f"127.0.0.1:{self.port}")
        self.cfg.set("loglevel", "error")
        self.cfg.set("control_socket_disable", True)  # one socket in the home folder would be shared by all

    def load(self) -> Any:
        return self.make()


@contextmanager
def serving(make: Callable[[], Any]) -> Iterator[Server]:
    """Serve what `make` returns; it runs in the worker, after the fork."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    master = os.fork()
    if master == 0:
        try:
            os.setsid()
            _Gunicorn(make, port).run()
        finally:
            os._exit(0)
    try:
        _wait_for(port)
        yield Server(port, master)
    finally:
        os.kill(master, signal.SIGTERM)
        os.waitpid(master, 0)


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not start within 30 s")


def _children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
