"""Tables drawn with boxes become the tables that an HTML table would be."""

from contextlib import suppress

import pytest
from hypothesis import given

from sources.box_tables import Boxes, box_tables, expect_even
from sources.html_tables import MAX_COLUMNS, MAX_TABLES
from sources.markup_tables import Table, tables_with
from sources.source import PayloadError
from tests.sources.mutations import spliced
from tests.sources.recorded_payloads import payload

BOXES = Boxes(table="grid", row="line", cell="box")


def row(*cells: str) -> str:
    boxes = "".join(f'<div class="box">{cell}</div>' for cell in cells)
    return f'<div class="w-embed"><div class="line">{boxes}</div></div>'


PAGE = f"""<html><body><h1>Prices</h1><h2>GPUs</h2><h5><strong>REGION: EUROPE</strong></h5>
<div class="grid wide"><div class="head">{row("Name", "Price<br/>(Per Hour)²")}</div>
<div>{row("<h3>NVIDIA A100</h3>", "<p>$2.50<sup>1</sup></p>")}{row("B200<div></div>", "$9*")}</div></div>
<h2>Storage</h2><div class="gridlock"><div class="line"><div class="box">none</div></div></div>
<div class="grid">{row("Disk", "Price")}</div></body></html>"""


def read(page: str) -> list[Table]:
    return box_tables(payload(page), BOXES)


def test_the_first_row_is_the_header_and_the_others_are_read_by_its_names() -> None:
    gpus, storage = read(PAGE)
    assert [column.text for column in gpus.columns] == ["Name", "Price (Per Hour)"]
    assert [(one.text("Name"), one.text("Price"), one.unit("Price")) for one in gpus.rows] == [
        ("NVIDIA A100", "$2.50", "Per Hour"),
        ("B200", "$9", "Per Hour"),
    ]
    assert [one.cell("Price").footnotes for one in gpus.rows] == [("1",), ("*",)]
    assert [one.locator for one in gpus.rows] == ["table 1, row 1", "table 1, row 2"]
    assert (len(storage.rows), storage.locator) == (0, "table 2")
    assert [table.locator for table in tables_with([gpus, storage], "Disk")] == ["table 2"]


def test_headings_stand_above_a_table_and_those_inside_of_it_do_not_count() -> None:
    assert [table.headings for table in read(PAGE)] == [("Prices", "GPUs", "REGION: EUROPE"), ("Prices", "Storage")]
    drawn = f'<div class="grid">{row("Name")}{row("<h3>NVIDIA A100</h3>")}</div>'
    assert [table.headings for table in read(f"<h2>GPUs</h2><h5>EUROPE</h5>{drawn}{drawn}")] == [("GPUs", "EUROPE")] * 2


def test_what_stands_in_a_row_beside_its_cells_is_left_out() -> None:
    twice = PAGE.replace("</h3></div>", '</h3></div><div class="narrow"><div class="box">Price: $2.50</div></div>')
    assert twice != PAGE
    assert [str(one) for one in read(twice)[0].rows] == [str(one) for one in read(PAGE)[0].rows]


def test_a_row_outside_of_a_table_is_none() -> None:
    assert read(row("Name", "Price")) == []
    assert read("<p>nothing</p>") == []


def test_rows_of_another_width_than_the_header_s_are_found_out() -> None:
    (table,) = read(f'<div class="grid">{row("Name", "Price")}{row("A100", "$1")}</div>')
    expect_even(payload(""), table)
    (table,) = read(f'<div class="grid">{row("Name", "Price")}{row("A100", "80", "$1")}</div>')
    with pytest.raises(PayloadError, match="table 1, row 1 has 3 cells; expected 2"):
        expect_even(payload(""), table)


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ('<div class="grid"><div class="grid">', "a table of boxes within another"),
        ('<div class="grid"><div class="line"><div class="line">', "a row of boxes within another"),
        (f'<div class="grid">{row(*["x"] * (MAX_COLUMNS + 1))}</div>', "more boxes than a page has"),
        ('<div class="grid"></div>' * (MAX_TABLES + 1), "more than 1000 tables"),
        ("<div>" * 500, "nested too deep"),
    ],
)
def test_a_hostile_page_is_one_line_of_error(page: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        read(page)
    assert "\n" not in str(raised.value)


def test_more_rows_than_a_page_has_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.box_tables.MAX_CELLS", 100)
    with pytest.raises(PayloadError, match="more boxes than a page has"):
        read('<div class="grid">' + '<div class="line"></div>' * 101 + "</div>")


@given(spliced(PAGE))
def test_no_change_of_a_page_raises_anything_else(page: str) -> None:
    with suppress(PayloadError):
        read(page)
