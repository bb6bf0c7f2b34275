"""Hold what was measured beside its bound, and print it as a table."""

import gc
import statistics
from collections.abc import Callable, Iterable, Mapping
from time import perf_counter
from typing import NamedTuple

from rich.console import Console
from rich.progress import track
from rich.table import Table

console = Console()
Act = Callable[[], object]
Times = dict[str, list[float]]


class Figure(NamedTuple):
    """Hold one figure: what was found, beside what, the number that the bound is about, and whether it holds."""

    engine: str
    what: str
    found: str
    beside: str
    number: float
    bound: str
    holds: bool


def at_most(engine: str, what: str, number: float, most: float, *, unit: str = "ms") -> Figure:
    """Make a figure that must not be over a bound."""
    return Figure(engine, what, f"{number:.2f} {unit}", "", number, f"≤ {most:g} {unit}", number <= most)


def ratio_at_most(engine: str, what: str, found: float, beside: float, most: float, *, unit: str = "ms") -> Figure:
    """Make a figure that must not be over so many times another of the same run."""
    ratio = found / beside
    return Figure(engine, what, f"{found:.2f} {unit}", f"{beside:.2f} {unit}", ratio, f"≤ {most:g} x", ratio <= most)


def share_at_least(engine: str, what: str, found: float, floor: float, least: float, *, unit: str = "/s") -> Figure:
    """Make a figure that must reach a share of its floor of the same run; both are rates."""
    share = found / floor
    return Figure(engine, what, f"{found:,.0f} {unit}", f"{floor:,.0f} {unit}", share, f"≥ {least:g}", share >= least)


def interleaved(acts: Mapping[str, Act], *, rounds: int, times: int) -> Times:
    """Time each act so often in each round, the acts in turn; give milliseconds by name, first calls left out."""
    found: Times = {name: [] for name in acts}
    for name in track(list(acts), description="warming up", console=console, transient=True):
        acts[name]()
    for _ in track(range(rounds), description="rounds", console=console, transient=True):
        gc.collect()
        for name, act in acts.items():
            for _ in range(times):
                start = perf_counter()
                act()
                found[name].append((perf_counter() - start) * 1_000)
    return found


def medians(times: Times) -> dict[str, float]:
    """Give the median of each."""
    return {name: statistics.median(values) for name, values in times.items()}


def show(figures: Iterable[Figure]) -> bool:
    """Print the table; tell whether every bound holds."""
    table = Table("engine", "what", "found", "beside", "number", "bound", "")
    every = list(figures)
    for figure in every:
        sign = "[green]holds[/]" if figure.holds else "[red]missed[/]"
        number = f"{figure.number:.2f}"
        table.add_row(figure.engine, figure.what, figure.found, figure.beside, number, figure.bound, sign)
    console.print(table)
    return all(figure.holds for figure in every)
