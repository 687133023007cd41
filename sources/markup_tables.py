"""Tables of a page: columns, rows of cells, the headings above them; and how a source finds the one it reads.

``sources.html_tables`` and ``sources.markdown_tables`` make them. Which row is the header is settled by what it says,
not by where it stands: a source asks for the tables that have its columns, and says so where there are none.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sources.source import Payload, PayloadError

_UNIT = re.compile(r"(?P<name>[^()\[\]]{1,200}?)\s*[(\[](?P<unit>[^()\[\]]{1,60})[)\]]")


@dataclass(frozen=True)
class Cell:
    """What one place of a table shows. ``text`` has single blanks and neither footnote marks nor struck text."""

    text: str = ""
    footnotes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    struck: str = ""
    """What is struck through: a former price, a withdrawn product."""


@dataclass(frozen=True)
class Column:
    """A column's header: ``Price ($/h)`` is named ``Price`` and gives the unit ``$/h``."""

    text: str
    name: str
    unit: str = ""

    @classmethod
    def of(cls, text: str) -> "Column":
        found = _UNIT.fullmatch(text)
        return cls(text, found["name"], found["unit"]) if found else cls(text, text)

    def is_called(self, wanted: str) -> bool:
        """Whole names only, in any case: 'Price' is not 'Price per month'."""
        return _plain(wanted) in (_plain(self.text), _plain(self.name))


@dataclass(frozen=True)
class Row:
    columns: tuple[Column, ...] = field(repr=False)
    cells: tuple[Cell, ...]
    """As printed: may be fewer than the columns (the rest is empty), or more."""
    locator: str
    is_banner: bool = False
    """One cell over all columns: a caption among the rows, and no record."""

    def cell(self, *names: str) -> Cell:
        """The cell under the first of the names that the table has; empty where the row ends before it."""
        position = next((at for name in names for at, c in enumerate(self.columns) if c.is_called(name)), None)
        return self.cells[position] if position is not None and position < len(self.cells) else Cell()

    def text(self, *names: str) -> str:
        return self.cell(*names).text

    def unit(self, *names: str) -> str:
        """The unit that the column's header gives."""
        return next((c.unit for name in names for c in self.columns if c.is_called(name)), "")

    def __str__(self) -> str:
        return " | ".join(cell.text or f"~~{cell.struck}~~" * bool(cell.struck) for cell in self.cells)


@dataclass(frozen=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    headings: tuple[str, ...]
    """The headings that it stands under, the page's first, the nearest last."""
    locator: str
    caption: str = ""

    @property
    def heading(self) -> str:
        return self.headings[-1] if self.headings else ""

    def has(self, *wanted: str) -> bool:
        return all(any(column.is_called(name) for column in self.columns) for name in wanted)

    def under(self, *wanted: str) -> "Table | None":
        """This table with the row as its header that has all the wanted names; None where no row has.

        Repetitions of that row further down are left out: some lists print their header again in the middle.
        """
        if self.has(*wanted):
            return replace(self, rows=tuple(row for row in self.rows if not _same(row, self.columns)))
        for at, row in enumerate(self.rows):
            columns = tuple(Column.of(cell.text) for cell in row.cells)
            if not row.is_banner and all(any(c.is_called(name) for c in columns) for name in wanted):
                below = tuple(replace(r, columns=columns) for r in self.rows[at + 1 :] if not _same(r, columns))
                return replace(self, columns=columns, rows=below)
        return None


def tables_with(tables: Iterable[Table], *wanted: str) -> list[Table]:
    """The tables that have all these columns, wherever in them the header stands."""
    return [found for table in tables if (found := table.under(*wanted)) is not None]


def expect_tables(payload: Payload, tables: Sequence[Table], *wanted: str) -> list[Table]:
    """As ``tables_with``, where a page without such a table has been redesigned."""
    found = tables_with(tables, *wanted)
    if not found:
        seen = "; ".join(" | ".join(column.text for column in table.columns)[:120] for table in tables[:5])
        raise PayloadError(f"{payload.name}: no table with columns {', '.join(wanted)}; found {seen or 'no table'}")
    return found


def _same(row: Row, columns: tuple[Column, ...]) -> bool:
    return tuple(_plain(cell.text) for cell in row.cells) == tuple(_plain(column.text) for column in columns)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
