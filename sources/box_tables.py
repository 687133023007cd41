"""Tables that a page draws with boxes (``<div>``) -> the shapes of ``sources.markup_tables``.

Such a page has no ``<table>``; what is a table, a row of it and a cell of the row, the classes of its boxes say. The
first row is the header. Only boxes right inside a row are its cells: others in it say the same once more, for narrow
screens.
"""

from dataclasses import dataclass
from typing import Any

from lxml import etree

from sources.html_tables import LEVELS, MAX_CELLS, MAX_COLUMNS, MAX_TABLES, cell_of, page_text, parsed
from sources.markup_tables import Cell, Column, Row, Table
from sources.source import Payload, PayloadError


@dataclass(frozen=True)
class Boxes:
    """The class that makes a box a table, that of its rows, and that of their cells."""

    table: str
    row: str
    cell: str


def box_tables(payload: Payload, boxes: Boxes, *, whole: bool = False) -> list[Table]:
    """The tables that a page draws with such boxes, in its order, each under the headings above it."""
    root = parsed(page_text(payload, whole=whole), name=payload.name)
    drawn: list[tuple[tuple[str, ...], list[tuple[Cell, ...]]]] = []
    opened: dict[int, str] = {}
    room = MAX_CELLS
    table: Any = None
    row: Any = None
    for event, element in etree.iterwalk(root, events=("start", "end")) if root is not None else ():
        if event == "end":
            table, row = (None if element is one else one for one in (table, row))
        elif element.tag in LEVELS and table is None:
            level = LEVELS[element.tag]
            opened = {other: text for other, text in opened.items() if other < level} | {level: cell_of(element).text}
        elif _is(element, boxes.table):
            if table is not None:
                raise PayloadError(f"{payload.name}: a table of boxes within another; expected them side by side")
            if len(drawn) == MAX_TABLES:
                raise PayloadError(f"{payload.name}: more than {MAX_TABLES} tables; expected a page for people")
            table = element
            drawn.append((tuple(text for _, text in sorted(opened.items()) if text), []))
        elif table is not None and _is(element, boxes.row):
            if row is not None:
                raise PayloadError(f"{payload.name}: a row of boxes within another; expected them side by side")
            row = element
            cells = [child for child in element if _is(child, boxes.cell)]
            room -= len(cells) + 1
            if room < 0 or len(cells) > MAX_COLUMNS:
                raise PayloadError(f"{payload.name}: more boxes than a page has; expected a page for people")
            drawn[-1][1].append(tuple(cell_of(cell) for cell in cells))
    return [_table(rows, headings, f"table {at}") for at, (headings, rows) in enumerate(drawn, start=1)]


def expect_even(payload: Payload, table: Table) -> None:
    """A row with more cells than the header, or fewer, puts figures under the wrong names: the page was made anew."""
    for row in table.rows:
        if len(row.cells) != len(table.columns):
            raise PayloadError(
                f"{payload.name}: {row.locator} has {len(row.cells)} cells; expected {len(table.columns)}, "
                "as the header has"
            )


def _is(element: Any, name: str) -> bool:
    return name in (element.get("class") or "").split()


def _table(rows: list[tuple[Cell, ...]], headings: tuple[str, ...], locator: str) -> Table:
    columns = tuple(Column.of(cell.text) for cell in rows[0]) if rows else ()
    lines = tuple(Row(columns, cells, f"{locator}, row {at}") for at, cells in enumerate(rows[1:], start=1))
    return Table(columns, lines, headings, locator)
