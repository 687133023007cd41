"""Pipe tables of Markdown and MDX -> the shapes of ``sources.markup_tables``, with the HTML tables among them.

As GitHub reads them: a header, a line of dashes with as many cells, then rows to the next blank line. Cells end at a
pipe that is not escaped. What stands in a fenced block of code or in a comment is no table. A cell's own markup (bold,
links, ``~~struck~~``, footnotes, HTML, ``\\$``) is put into HTML and read as an HTML cell is, so that both kinds of
table say the same.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from sources.html_tables import MAX_COLUMNS, MAX_TABLES, cell_of, cell_of_text, parsed, tables_of
from sources.markup_tables import Cell, Column, Row, Table
from sources.payload import text as payload_text
from sources.source import Payload, PayloadError

MAX_BYTES = 2_000_000
MAX_LINE = 50_000

_COMMENTS = (("<!--", "-->"), ("{/*", "*/}"))
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_DASHES = re.compile(r":?-+:?")
_HTML_TABLE = re.compile(r"<(/?)table\b", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_CODE = re.compile(r"(`{1,3})([^`]{1,500})\1")
_IMAGE = re.compile(r"!\[([^\[\]]{0,300})\]\([^()]{0,500}\)")
_LINK = re.compile(r"\[([^\[\]]{0,300})\]\(([^()\s]{0,500})[^()]{0,200}\)")
_NOTE = re.compile(r"\[\^([^\[\]\s]{1,20})\]")
_INLINE = (
    (_NOTE, r"<sup>\1</sup>"),
    (_IMAGE, ""),
    (_LINK, r'<a href="\2">\1</a>'),
    (re.compile(r"~~(?=\S)(.{1,500}?)(?<=\S)~~"), r"<del>\1</del>"),
    (re.compile(r"\*\*(?=\S)(.{1,500}?)(?<=\S)\*\*"), r"\1"),
    (re.compile(r"\*(?=[^\s*])([^*]{1,500})(?<=\S)\*"), r"\1"),
    (re.compile(r"(?<!\w)__(?=\S)([^_]{1,500})(?<=\S)__(?!\w)"), r"\1"),
    (re.compile(r"(?<!\w)_(?=\S)([^_]{1,500})(?<=\S)_(?!\w)"), r"\1"),
)


@dataclass(frozen=True)
class _Line:
    number: int
    text: str


def markdown_tables(payload: Payload) -> list[Table]:
    """Every table of a Markdown page, pipes and HTML, in the order of the page; rows are located by their line."""
    if len(payload.content) > MAX_BYTES:
        raise PayloadError(f"{payload.name}: {len(payload.content)} bytes; a page has at most {MAX_BYTES}")
    found: list[Table] = []
    opened: dict[int, str] = {}
    lines = list(_prose(payload))
    at = 0
    while at < len(lines):
        line = lines[at]
        heading = _HEADING.fullmatch(line.text)
        end = at + 1
        if heading:
            opened = {level: text for level, text in opened.items() if level < len(heading[1])}
            opened[len(heading[1])] = cell_of_markdown(heading[2].rstrip("# \t"), payload.name).text
        elif _HTML_TABLE.search(line.text):
            end = _end_of_html(lines, at)
            markup = "\n".join(one.text for one in lines[at:end])
            place = f"line {line.number}, "
            found += _bounded(payload, found, tables_of(markup, name=payload.name, above=_path(opened), place=place))
        elif at + 1 < len(lines) and _is_header(line.text, lines[at + 1].text):
            end = next((e for e in range(at + 2, len(lines)) if _ends_table(lines[e].text)), len(lines))
            found += _bounded(payload, found, [_pipe_table(line, lines[at + 2 : end], _path(opened), payload.name)])
        at = end
    return found


def _bounded(payload: Payload, before: list[Table], tables: list[Table]) -> list[Table]:
    if len(before) + len(tables) > MAX_TABLES:
        raise PayloadError(f"{payload.name}: more than {MAX_TABLES} tables; expected a page for people")
    return tables


def _path(opened: dict[int, str]) -> tuple[str, ...]:
    return tuple(text for _, text in sorted(opened.items()) if text)


def _prose(payload: Payload) -> Iterator[_Line]:
    """The page's lines without comments and code, each with its number."""
    content = payload_text(payload).replace("\r\n", "\n")
    for opening, closing in _COMMENTS:
        content = _without(content, opening, closing)
    fence = ""
    for number, line in enumerate(content.split("\n"), start=1):
        if len(line) > MAX_LINE:
            raise PayloadError(f"{payload.name}: line {number} has {len(line)} characters; expected at most {MAX_LINE}")
        edge = _FENCE.match(line)
        if edge and (not fence or (edge[1].startswith(fence) and not line.strip().strip(fence[0]))):
            fence = "" if fence else edge[1]
        yield _Line(number, "" if fence or edge else line)


def _without(content: str, opening: str, closing: str) -> str:
    """Without comments; their line breaks stay, so that lines keep their numbers."""
    kept, at = [], 0
    while (start := content.find(opening, at)) >= 0 and (end := content.find(closing, start + len(opening))) >= 0:
        kept += [content[at:start], "\n" * content.count("\n", start, end)]
        at = end + len(closing)
    return "".join(kept) + content[at:]


def _end_of_html(lines: list[_Line], at: int) -> int:
    """The line after that in which the table that opens at ``at`` is closed."""
    depth = 0
    for end in range(at, len(lines)):
        for tag in _HTML_TABLE.finditer(lines[end].text):
            depth += -1 if tag[1] else 1
        if depth <= 0:
            return end + 1
    return len(lines)


def _is_header(line: str, dashes: str) -> bool:
    """A line of dashes under a line with pipes, with as many cells."""
    if "|" not in line or "-" not in dashes:
        return False
    rule = _split(dashes)
    return all(_DASHES.fullmatch(part) for part in rule) and len(rule) == len(_split(line))


def _ends_table(line: str) -> bool:
    return not line.strip() or bool(_HEADING.match(line) or _HTML_TABLE.search(line))


def _split(line: str) -> list[str]:
    """The cells of a line: it is cut at pipes, where ``\\|`` is none."""
    parts, part = [], ""
    for piece in re.split(r"(\\.|\|)", line.strip()):
        if piece == "|":
            parts.append(part)
            part = ""
        else:
            part += "|" if piece == r"\|" else piece
    if part.strip():
        parts.append(part)
    return [one.strip() for one in (parts[1:] if line.strip().startswith("|") else parts)]


def _pipe_table(header: _Line, lines: list[_Line], headings: tuple[str, ...], name: str) -> Table:
    def read(line: _Line) -> tuple[Cell, ...]:
        parts = _split(line.text)
        if len(parts) > MAX_COLUMNS:
            raise PayloadError(f"{name}: line {line.number} has {len(parts)} cells; expected at most {MAX_COLUMNS}")
        return tuple(cell_of_markdown(part, name) for part in parts)

    columns = tuple(Column.of(cell.text) for cell in read(header))
    rows = tuple(Row(columns, read(line), f"line {line.number}") for line in lines)
    return Table(columns, rows, headings, f"line {header.number}")


def cell_of_markdown(markup: str, name: str) -> Cell:
    """What a cell of a pipe table shows."""
    markup = _ESCAPED.sub(lambda found: f"&#{ord(found[1])};", markup)
    markup = _CODE.sub(lambda code: escape(code[2]).replace("*", "&#42;").replace("_", "&#95;"), markup)
    for pattern, html in _INLINE:
        markup = pattern.sub(html, markup)
    if "<" not in markup and "&" not in markup:
        return cell_of_text(markup)
    root = parsed(f"<div>{markup}</div>", name=name)
    return cell_of(root) if root is not None else Cell()
