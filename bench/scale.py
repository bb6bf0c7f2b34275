"""Measure the service in a world of a million comments, on both engines: `python -m bench.scale` (some needs wrk).

Each figure is a median of interleaved rounds, set beside its floor or beside a world of 10 000 in the same run.
`--only` names what to measure, `--comments` makes the worlds smaller, `--worlds` is a folder in which the SQLite worlds
stay for the next time, and `--port` that of a PostgreSQL for tests that runs already, whose worlds stay as well.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bench import growth, pair, processes, queues, statements, threads
from bench.figures import Figure, console, show
from bench.world import MILLION
from bench.worlds import Worlds
from tests.postgres import Server, running_cluster, why_unavailable

FEW = 10_000


class Part(StrEnum):
    """Name what can be measured by itself."""

    GROWTH = "growth"
    THREADS = "threads"
    STATEMENTS = "statements"
    QUEUES = "queues"
    PROCESSES = "processes"
    PAIR = "pair"


Measure = Callable[[Worlds, str, int, Path, int], list[Figure]]
PARTS: Mapping[Part, Measure] = {
    Part.GROWTH: lambda worlds, engine, size, folder, rounds: growth.measure(
        worlds, engine, (FEW, size), folder, rounds
    ),
    Part.THREADS: threads.measure,
    Part.STATEMENTS: statements.measure,
    Part.QUEUES: queues.measure,
    Part.PROCESSES: processes.measure,
    Part.PAIR: lambda worlds, engine, size, folder, rounds: (
        pair.measure(worlds, size, folder, rounds) if engine == "postgresql" else []
    ),
}


@contextmanager
def open_worlds(folder: Path, port: int | None) -> Iterator[Worlds]:
    """Give worlds on every engine that is there."""
    if port is not None:
        yield Worlds(folder, Server(port))
    elif (why := why_unavailable()) is not None:
        console.print(f"PostgreSQL left out: {why}")
        yield Worlds(folder, None)
    else:
        with running_cluster() as cluster:
            yield Worlds(folder, cluster.server)


def main(
    *,
    only: Annotated[list[Part] | None, typer.Option(help="What to measure; all of it unless named.")] = None,
    engine: Annotated[list[str] | None, typer.Option(help="sqlite, postgresql; both unless named.")] = None,
    comments: Annotated[int, typer.Option(min=20_000, help="How many comments the large world has.")] = MILLION,
    worlds: Annotated[Path | None, typer.Option(help="Where SQLite worlds stay.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of a PostgreSQL that runs already.")] = None,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
) -> None:
    """Measure, print the table, and fail where a bound is missed."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as name, open_worlds(worlds or Path(name), port) as found:
        for one in engine or found.engines:
            for part in only or Part:
                console.rule(f"{one}: {part}")
                figures += PARTS[part](found, one, comments, Path(name), rounds)
    if not show(figures):
        raise SystemExit("Some bounds are missed.")


if __name__ == "__main__":
    typer.run(main)
