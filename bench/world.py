"""Make a world to measure in: `python -m bench.world sqlite:///path`, or `postgresql://…` as its database's owner.

A million comments below 5 000 articles unless `--comments` says otherwise, and the rest in proportion: 100 000 open
cases, and threads of their own below four articles that are known by their slugs: `large` has 100 000 comments,
`chain` 10 000 of which each answers the one before, `medium` 5 000 and `small` 100. The database has to be empty; it is
migrated first.
"""

from datetime import UTC, datetime
from random import Random
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import create_engine, text

from bench.filling import Loader, loading
from bench.population import Population
from bench.trees import Plan, Shape
from migrations.run import upgrade

SEED = 20_261_124
SLICE = 10_000
MILLION = 1_000_000

console = Console()


def make_world(url: str, comments: int = MILLION, *, now: datetime, is_quiet: bool = False) -> None:
    """Fill an empty database; its newest comment was written just before `now`."""
    upgrade(url)
    random = Random(SEED)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, disable=is_quiet) as progress:
        planning = progress.add_task("plan", total=None)
        population = Population(Plan(Shape.of(comments), random), random, now=now)
        progress.update(planning, total=1, completed=1)
        with loading(url) as loader:
            _fill(loader, population, comments, progress)


def _fill(loader: Loader, population: Population, comments: int, progress: Progress) -> None:
    writing = progress.add_task("comments", total=comments)
    for mould, rows in population.people_and_articles().items():
        loader.put(mould, rows)
    for start in range(0, comments, SLICE):
        numbers = range(start, min(start + SLICE, comments))
        for mould, rows in population.comments(numbers).items():
            loader.put(mould, rows)
        progress.advance(writing, len(numbers))
    loader.run(population.head())
    loader.run(population.tallies())
    for _, statement in progress.track(loader.restoring(), description="keys and indexes"):
        loader.run(statement)


def demand_empty(url: str) -> None:
    """Stop unless nothing stands in the database yet."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        has_articles = engine.dialect.has_table(connection, "articles")
        if has_articles and connection.execute(text("SELECT count(*) FROM articles")).scalar_one():
            raise SystemExit("The database is not empty; a world is made in one of its own.")
    engine.dispose()


def main(
    url: Annotated[str, typer.Argument(help="sqlite:///path or postgresql://…")],
    comments: Annotated[int, typer.Option(min=200, help="How many comments.")] = MILLION,
) -> None:
    """Make the world."""
    demand_empty(url)
    make_world(url, comments, now=datetime.now(UTC))


if __name__ == "__main__":
    typer.run(main)
