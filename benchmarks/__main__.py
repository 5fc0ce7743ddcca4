"""Runs every benchmark and writes docs/performance.md. See `--help`."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import language, plan, report, today, upload
from benchmarks.clinic import demo_clinic


def main() -> None:
    parser = argparse.ArgumentParser(prog="run bench", description="CPU of the server beside the limit, in one run.")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds, default %(default)s")
    parser.add_argument("--requests", type=int, default=60, help="requests a round, default %(default)s")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "docs" / "performance.md")
    arguments = parser.parse_args()
    with demo_clinic() as clinic:
        print("making the demo clinic took", f"{clinic.seconds:.1f} s", flush=True)
        rows = [
            today.measure(clinic, rounds=arguments.rounds, requests=arguments.requests),
            upload.measure(clinic, rounds=arguments.rounds, requests=arguments.requests),
            language.measure(rounds=arguments.rounds),
            plan.measure(rounds=arguments.rounds),
        ]
    arguments.out.write_text(report.render(rows, rounds=arguments.rounds, requests=arguments.requests))
    for row in rows:
        print(report.line(row))


if __name__ == "__main__":
    main()
