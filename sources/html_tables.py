"""Tables of an HTML page -> the shapes of ``sources.markup_tables``, as a reader of the page sees them.

Cells over several rows or columns are spread over the places that they cover, footnote marks stand apart from the
figure that they hang on (``$2.50<sup>1</sup>`` is not $2.501), and what is struck through is no part of the text.

A page is somebody else's: sizes are bounded, and a page that goes beyond them is a PayloadError.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from sources.markup_tables import Cell, Column, Row, Table
from sources.payload import text as payload_text
from sources.source import Payload, PayloadError

MAX_BYTES = 10_000_000
MAX_TABLES = 1_000
MAX_CELLS = 200_000
"""Of one page, spans spread."""
MAX_COLUMNS = 100
"""Of one row; pages print '1000' to mean 'all of them', so a span ends where its table does."""
MAX_CELL_TEXT = 20_000
LEVELS = {f"h{level}": level for level in range(1, 7)}

_UNSEEN = frozenset(("script", "style", "template", "noscript", "head", "svg"))
_INLINE = {
    *("a", "abbr", "b", "big", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "label", "mark", "q", "s"),
    *("small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var"),
}
_STRUCK = frozenset(("s", "del", "strike"))
_WIDTHLESS = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_TRAILING_MARKS = re.compile(r"(?<=[^\s*†‡§])\s?([*†‡§]{1,3}|[¹²³⁰⁴-⁹]{1,3})$")


def html_tables(payload: Payload, *, whole: bool = False) -> list[Table]:
    """Every table of an HTML page, nested ones too, in the order of the page."""
    return tables_of(page_text(payload, whole=whole), name=payload.name)


def page_text(payload: Payload, *, whole: bool = False) -> str:
    """The page's HTML, of bounded size; ``whole``: up to its end, where what a cut page leaves out would count."""
    if len(payload.content) > MAX_BYTES:
        raise PayloadError(f"{payload.name}: {len(payload.content)} bytes; a page has at most {MAX_BYTES}")
    found = payload_text(payload)
    if whole and "</html" not in found.casefold():
        raise PayloadError(f"{payload.name}: no '</html>' at its end; expected a whole page; truncated?")
    return found


def tables_of(markup: str, *, name: str, above: Sequence[str] = (), place: str = "") -> list[Table]:
    """The tables of a piece of HTML that stands under the headings ``above``."""
    root = parsed(markup, name=name)
    opened = dict(enumerate(above, start=-len(above)))
    found: list[Table] = []
    cells = 0
    for element in root.iter("table", *LEVELS) if root is not None else ():
        if element.tag in LEVELS:
            level = LEVELS[element.tag]
            opened = {other: text for other, text in opened.items() if other < level}
            opened[level] = cell_of(element).text
            continue
        locator = f"{place}table {len(found) + 1}"
        headings = tuple(text for _, text in sorted(opened.items()) if text)
        table, size = _table(element, headings, locator, name, room=MAX_CELLS - cells)
        found.append(table)
        cells += size
        if len(found) > MAX_TABLES:
            raise PayloadError(f"{name}: more than {MAX_TABLES} tables; expected a page for people")
    return found


def parsed(markup: str, *, name: str) -> Any:
    """The root of the page; None where there is nothing in it."""
    parser = etree.HTMLParser(recover=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    root = etree.fromstring(markup.encode("utf-8", "replace"), parser)
    if any("depth" in str(entry.message).lower() for entry in parser.error_log):
        raise PayloadError(f"{name}: elements nested too deep to be read; expected a page for people")
    return root


def cell_of(element: Any) -> Cell:
    """What an element shows; tables in it speak for themselves."""
    shown: list[str] = []
    struck: list[str] = []
    footnotes: list[str] = []
    links: list[str] = []
    for kind, text, tag, node in _seen(element):
        if kind == "link":
            links.append(text)
        elif kind == "text":
            target = struck if _is_struck(node, element) else footnotes if _is_within(node, "sup", element) else shown
            target.append(text)
        elif tag not in _INLINE:
            shown.append(" ")
            struck.append(" ")
    text, marks = _without_marks(_one_line("".join(shown)))
    return Cell(text, (*_notes(footnotes), *marks), tuple(links[:20]), _one_line("".join(struck)))


def cell_of_text(printed: str) -> Cell:
    """A cell that has no markup."""
    return Cell(*_without_marks(_one_line(printed)))


def texts_of(element: Any) -> Iterator[tuple[str, Any]]:
    """Each piece of text that an element shows, with the element that it stands in; tables in it aside."""
    for kind, text, _, node in _seen(element):
        if kind == "text" and (line := _one_line(text)):
            yield line, node


def _seen(element: Any) -> Iterator[tuple[str, str, str, Any]]:
    """Texts with the element that they belong to, link targets, and the edges of elements, in the order of the page."""
    waiting: list[tuple[Any, bool]] = [(element, False)]
    while waiting:
        node, is_left = waiting.pop()
        if is_left:
            yield "edge", "", str(node.tag), node
            if node is not element and node.tail:
                yield "text", node.tail, "", node.getparent()
            continue
        waiting.append((node, True))
        if not isinstance(node.tag, str) or node.tag in _UNSEEN or (node.tag == "table" and node is not element):
            continue
        yield "edge", "", node.tag, node
        if node.tag == "a" and node.get("href"):
            yield "link", node.get("href")[:500], "", node
        if node.text:
            yield "text", node.text, "", node
        waiting += [(child, False) for child in reversed(node)]


def _is_within(node: Any, tag: str, limit: Any) -> bool:
    return any(one.tag == tag for one in _up_to(node, limit))


def _is_struck(node: Any, limit: Any) -> bool:
    return any(
        one.tag in _STRUCK or "line-through" in f"{one.get('class', '')} {one.get('style', '')}"
        for one in _up_to(node, limit)
    )


def _up_to(node: Any, limit: Any) -> Iterator[Any]:
    while node is not None:
        yield node
        if node is limit:
            return
        node = node.getparent()


def _one_line(text: str) -> str:
    return " ".join(text[:MAX_CELL_TEXT].translate(_WIDTHLESS).split())


def _notes(footnotes: list[str]) -> tuple[str, ...]:
    return tuple(mark for note in footnotes for mark in _one_line(note).replace(",", " ").strip("[]() ").split())


def _without_marks(text: str) -> tuple[str, tuple[str, ...]]:
    """'$2.50*' is $2.50 with a note."""
    marked = _TRAILING_MARKS.search(text)
    return (text[: marked.start()], (marked[1],)) if marked else (text, ())


@dataclass(frozen=True)
class _Printed:
    """A cell with the room that it takes."""

    cell: Cell
    is_header: bool
    width: int
    height: int


def _table(element: Any, headings: tuple[str, ...], locator: str, name: str, *, room: int) -> tuple[Table, int]:
    """The table and how many places it has."""
    lines = [line for line in element.iter("tr") if next(line.iterancestors("table"), None) is element]
    printed = [[_printed(td) for td in line if td.tag in ("td", "th")] for line in lines]
    grid = _spread(printed, name, room=room)
    kept = [(line, places, row) for line, places, row in zip(lines, grid, printed, strict=True) if places]
    heads = _header_rows([(line, row) for line, _, row in kept])
    columns = _columns([[one.cell for one in places] for _, places, _ in kept[:heads]])
    rows = tuple(
        Row(
            columns,
            tuple(one.cell for one in places),
            f"{locator}, row {at}",
            is_banner=len(places) > 1 and all(one is places[0] for one in places),
        )
        for at, (_, places, _) in enumerate(kept[heads:], start=1)
    )
    caption = next((cell_of(one).text for one in element if one.tag == "caption"), "")
    return Table(columns, rows, headings, locator, caption), sum(map(len, grid))


def _printed(element: Any) -> _Printed:
    return _Printed(
        cell_of(element), element.tag == "th", _span(element.get("colspan")), _span(element.get("rowspan"), zero=1_000)
    )


def _span(printed: str | None, *, zero: int = 1) -> int:
    """A row span of 0 means 'to the end'; what is no number is 1."""
    digits = re.match(r"\s*\+?(\d{1,9})", printed or "", re.ASCII)
    return (int(digits[1]) or zero) if digits else 1


def _spread(printed: list[list[_Printed]], name: str, *, room: int) -> list[list[_Printed]]:
    """Each row with its cells in every place that they cover; those from above keep theirs."""
    width = min(MAX_COLUMNS, max((_natural_width(row) for row in printed), default=0))
    grid: list[list[_Printed]] = []
    falling: dict[int, tuple[_Printed, int]] = {}
    for row in printed:
        places: dict[int, _Printed] = {at: one for at, (one, _) in falling.items()}
        falling = {at: (one, left - 1) for at, (one, left) in falling.items() if left > 1}
        at = 0
        for one in row:
            while at in places:
                at += 1
            for place in range(at, min(at + one.width, max(width, at + 1))):
                if place in places or place >= MAX_COLUMNS:
                    break
                places[place] = one
                if one.height > 1:
                    falling[place] = (one, one.height - 1)
        empty = _Printed(Cell(), is_header=False, width=1, height=1)
        grid.append([places.get(place, empty) for place in range(max(places, default=-1) + 1)])
        room -= len(places)
        if room < 0:
            raise PayloadError(f"{name}: tables of more than {MAX_CELLS} cells; expected a page for people")
    return grid


def _natural_width(row: list[_Printed]) -> int:
    """What a row says of its table's width; a lone cell ('colspan=1000') says nothing."""
    return sum(one.width if one.width <= MAX_COLUMNS and len(row) > 1 else 1 for one in row)


def _header_rows(lines: list[tuple[Any, list[_Printed]]]) -> int:
    """How many rows make the header: those of ``thead``, else those of ``th`` alone, else the first."""
    count = 0
    for line, row in lines:
        if not (_is_within(line, "thead", None) or (row and all(one.is_header for one in row))):
            break
        count += 1
    return count or min(1, len(lines))


def _columns(heads: list[list[Cell]]) -> tuple[Column, ...]:
    """A header of two rows names a column by both: 'Price / On-demand'."""
    width = max(map(len, heads), default=0)
    stacks = [[row[at].text for row in heads if at < len(row) and row[at].text] for at in range(width)]
    return tuple(Column.of(" / ".join(dict.fromkeys(stack))) for stack in stacks)
