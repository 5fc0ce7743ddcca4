"""`coach serve`: the web server, in several processes of gunicorn."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from typing import Any

from gunicorn.app.base import BaseApplication

from coach.app import create_app
from coach.config import Settings, settings_from


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("serve", help="the web server")
    parser.add_argument("--bind", default="localhost:8000", metavar="HOST:PORT", help="default %(default)s")
    parser.add_argument("--workers", type=_count, default=max(2, os.cpu_count() or 1), help="default %(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_from(os.environ)
    print(f"{settings.base_url} is answered on {arguments.bind}; processes: {arguments.workers}", flush=True)
    serve(settings, bind=arguments.bind, workers=arguments.workers)
    return 0


def serve(settings: Settings, *, bind: str, workers: int) -> None:
    """Answers on `bind` until SIGTERM or SIGINT, then finishes the requests in flight and exits the process."""
    _Server(settings, {"bind": bind, "workers": workers}).run()


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self._settings, self._options = settings, options
        super().__init__()

    def load_config(self) -> None:
        options = {
            # Processes share the work. The few threads are for browsers that open connections ahead of need: without
            # any, such a connection holds up a whole process.
            "worker_class": "gthread",
            "threads": 4,
            "control_socket_disable": True,  # one socket in the home folder, the same for every server
            "proc_name": "coach",
            "loglevel": "warning",
            **self._options,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        # In each worker, after the fork: connections to a database cannot be shared between processes.
        return create_app(self._settings, lambda: datetime.now(UTC))


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError
    return count
