"""Tables for people: drawn on a terminal, tab-separated lines everywhere else."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import typer


@dataclass(frozen=True, slots=True)
class Column:
    """`fold` columns break over lines where the terminal is narrow; the others keep their width."""

    title: str
    justify: Literal["left", "right"] = "left"
    fold: bool = False


def show_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print the rows. Cells must be printable already; they are shown as they are, never read as markup."""
    if sys.stdout is None or not sys.stdout.isatty():  # None: closed by whoever started us
        for row in rows:
            typer.echo("\t".join(row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(markup=False, highlight=False, emoji=False)
    kept = [n for n in range(len(columns)) if any(row[n] for row in rows)]  # an empty column only takes room
    columns, rows = [columns[n] for n in kept], [[row[n] for n in kept] for row in rows]
    titled = any(column.title for column in columns)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=titled)
    for column in columns:
        table.add_column(
            Text(column.title),
            justify=column.justify,
            overflow="fold" if column.fold else "ellipsis",
            no_wrap=not column.fold,
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def bar(share: float, cells: int = 5) -> str:
    """`share`, 0 to 1, as a bar and a percentage: `████░  72 %`."""
    full = round(max(0.0, min(1.0, share)) * cells)
    return f"{'█' * full}{'░' * (cells - full)} {share * 100:3.0f} %"


def moment(taken_at: str | None) -> str:
    """An ISO time as a person reads it, to the minute; empty where unknown."""
    return taken_at[:16].replace("T", " ") if taken_at else ""
