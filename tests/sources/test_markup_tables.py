"""Tables are read as a reader of the page sees them; hostile ones end in one line of error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.html_tables import html_tables
from sources.markdown_tables import cell_of_markdown, markdown_tables
from sources.markup_tables import Cell, Column, Table, expect_tables, tables_with
from sources.source import PayloadError
from tests.sources.recorded_payloads import payload


def html(markup: str) -> list[Table]:
    return html_tables(payload(markup))


def markdown(text: str) -> list[Table]:
    return markdown_tables(payload(text))


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def cell(markup: str) -> Cell:
    (table,) = html(f"<table><tr><th>A</th></tr><tr><td>{markup}</td></tr></table>")
    return table.rows[0].cells[0]


SIMPLE = """<h1>Prices</h1><h2>Regions</h2><h3>Asia</h3><h2>GPUs</h2>
<table><caption>Per hour</caption><thead><tr><th>GPU</th><th>Price ($/h)</th></tr></thead>
<tbody><tr><td>H100</td><td>2.99</td></tr><tr><td><a href="/l4">L4</a></td><td>0.80</td></tr></tbody></table>
<h2>CPUs</h2><table><tr><td>CPU</td><td>Price</td></tr><tr><td>c1</td><td>$0.03</td></tr></table>"""


def test_each_table_has_its_columns_its_rows_and_the_headings_above_it() -> None:
    gpus, cpus = html(SIMPLE)
    assert [(column.text, column.name, column.unit) for column in gpus.columns] == [
        ("GPU", "GPU", ""),
        ("Price ($/h)", "Price", "$/h"),
    ]
    assert texts(gpus) == [["H100", "2.99"], ["L4", "0.80"]]
    assert (gpus.headings, gpus.heading, gpus.caption) == (("Prices", "GPUs"), "GPUs", "Per hour")
    assert (cpus.headings, texts(cpus)) == (("Prices", "CPUs"), [["c1", "$0.03"]])  # the first row is the header
    assert gpus.rows[1].locator == "table 1, row 2"
    assert gpus.rows[1].cells[0].links == ("/l4",)


def test_a_row_is_asked_by_the_name_of_a_column_or_one_of_its_names() -> None:
    row = html(SIMPLE)[0].rows[0]
    assert row.text("Price") == row.text("price ($/h)") == row.text("Cost", "PRICE") == "2.99"
    assert row.unit("Price") == "$/h"
    assert (row.text("Memory"), row.cell("Memory"), row.unit("Memory")) == ("", Cell(), "")
    assert str(row) == "H100 | 2.99"


def test_a_column_is_never_found_by_a_part_of_its_name() -> None:
    assert not Column.of("Price per month").is_called("Price")
    assert Column.of("Price per month").is_called("price  per MONTH")


def test_a_cell_over_several_rows_or_columns_stands_in_each_of_its_places() -> None:
    (table,) = html(
        """<table><tr><th>Cloud</th><th>GPU</th><th>Flex</th><th>Active</th></tr>
        <tr><td rowspan="2">aws</td><td>T4</td><td>1</td><td>2</td></tr>
        <tr><td>L4</td><td colspan="2">3</td></tr>
        <tr><td rowspan="0">gcp</td><td>T4</td><td>4</td><td>5</td></tr>
        <tr><td>L4</td><td>6</td><td>7</td></tr></table>"""
    )
    assert texts(table) == [
        ["aws", "T4", "1", "2"],
        ["aws", "L4", "3", "3"],
        ["gcp", "T4", "4", "5"],  # a span of 0 rows goes to the end
        ["gcp", "L4", "6", "7"],
    ]


def test_a_header_of_two_rows_names_a_column_by_both() -> None:
    (table,) = html(
        """<table><thead><tr><th rowspan="2">GPU</th><th colspan="2">Price ($/h)</th></tr>
        <tr><th>On-demand</th><th>Reserved</th></tr></thead><tr><td>H100</td><td>3</td><td>2</td></tr></table>"""
    )
    assert [column.text for column in table.columns] == ["GPU", "Price ($/h) / On-demand", "Price ($/h) / Reserved"]
    assert texts(table) == [["H100", "3", "2"]]


def test_a_header_of_two_rows_is_one_without_a_head_of_its_own_too() -> None:
    (table,) = html(
        """<table><tr><th>GPU</th><th colspan="2">Price</th></tr><tr><th></th><th>Flex</th><th>Active</th></tr>
        <tr><th>H100</th><td>3</td><td>2</td></tr></table>"""
    )
    assert [column.text for column in table.columns] == ["GPU", "Price / Flex", "Price / Active"]
    assert texts(table) == [["H100", "3", "2"]]


def test_a_header_is_found_by_its_text_below_a_banner_and_its_repetitions_are_no_rows() -> None:
    (table,) = html(
        """<table><tr><td colspan="2">Our prices</td></tr><tr><td>GPU</td><td>Price</td></tr>
        <tr><td>H100</td><td>3</td></tr><tr><td colspan="2">Consumer</td></tr>
        <tr><td>GPU</td><td>PRICE</td></tr><tr><td>4090</td><td>1</td></tr></table>"""
    )
    assert not table.has("GPU", "Price")
    found = table.under("gpu", "price")
    assert found is not None
    assert [(row.text("GPU"), row.text("Price"), row.is_banner) for row in found.rows] == [
        ("H100", "3", False),
        ("Consumer", "Consumer", True),
        ("4090", "1", False),
    ]
    assert table.under("GPU", "Memory") is None


@pytest.mark.parametrize(
    ("markup", "text", "footnotes"),
    [
        ("$2.50<sup>1</sup>", "$2.50", ("1",)),
        ("$2.50<sup>1, 2</sup>/hr", "$2.50/hr", ("1", "2")),
        ('$2.50<sup><a href="#n">[3]</a></sup>', "$2.50", ("3",)),
        ("$2.50*", "$2.50", ("*",)),
        ("$2.50 **", "$2.50", ("**",)),
        ("$2.50†", "$2.50", ("†",)),
        ("$2.50¹", "$2.50", ("¹",)),
        ("*", "*", ()),
    ],
)
def test_footnote_marks_are_kept_apart_from_the_figure(markup: str, text: str, footnotes: tuple[str, ...]) -> None:
    assert (cell(markup).text, cell(markup).footnotes) == (text, footnotes)


@pytest.mark.parametrize(
    "markup",
    [
        "<del>$3.00</del> $2.50",
        "<s><span>$3.00</span></s> $2.50",
        '<span class="x line-through">$3.00</span>$2.50',
        '<p style="text-decoration: line-through">$3.00</p><p>$2.50</p>',
    ],
)
def test_a_former_price_is_no_price(markup: str) -> None:
    assert (cell(markup).text, cell(markup).struck) == ("$2.50", "$3.00")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("$1&nbsp;234\u202f567", "$1 234 567"),
        ("80\u00a0GB", "80 GB"),
        ("\u200bH\u00ad100\u200b", "H100"),
        ("8<b>x</b> H<i>100</i>", "8x H100"),
        ("<p>H100</p><p>80 GB</p>", "H100 80 GB"),
        ("H100<br>80 GB", "H100 80 GB"),
        ("H100<script>price = 3</script><!-- $1 --><style>b{}</style>", "H100"),
        ("&#36;2.50 &lt; 1 TB", "$2.50 < 1 TB"),
        ("~$2.50", "~$2.50"),
    ],
)
def test_a_cell_says_what_is_seen(markup: str, text: str) -> None:
    assert cell(markup).text == text


def test_a_table_in_a_cell_is_a_table_of_its_own() -> None:
    outer, inner = html(
        """<table><tr><th>GPU</th><th>Prices</th></tr><tr><td>H100</td><td>see
        <table><tr><th>Term</th><th>$</th></tr><tr><td>1y</td><td>2</td></tr></table> here</td></tr></table>"""
    )
    assert texts(outer) == [["H100", "see here"]]
    assert ([column.text for column in inner.columns], texts(inner)) == (["Term", "$"], [["1y", "2"]])


PAGE = r"""---
title: "Pricing"
---
# Pricing

```
| not | a table |
| --- | ------- |
| in  | code    |
```
<!--
| nor | this |
| --- | ---- |
-->
## GPU *Instances* ##

| **Hardware** | Hourly rate (USD) | Notes
|:---|:---:|---|
| H100 \| SXM | \$2.99[^1] | **new** [docs](https://x.y/z)
| *L4* | ~~$1.00~~ $0.80 |
| A_100_x | ~\$0.10/GB | `a|b` | more |

| no | dashes |
text
## Rest
<table><tr><th>CPU</th></tr><tr><td>c1&nbsp;x</td></tr></table>
"""


def test_pipe_tables_are_read_with_their_headings_and_lines() -> None:
    table, rest = markdown(PAGE)
    assert [column.name for column in table.columns] == ["Hardware", "Hourly rate", "Notes"]
    assert table.columns[1].unit == "USD"
    assert (table.headings, table.locator) == (("Pricing", "GPU Instances"), "line 17")
    assert texts(table) == [
        ["H100 | SXM", "$2.99", "new docs"],
        ["L4", "$0.80"],
        ["A_100_x", "~$0.10/GB", "`a", "b`", "more"],  # as GitHub cuts it: at every pipe that is not escaped
    ]
    assert [row.locator for row in table.rows] == ["line 19", "line 20", "line 21"]
    first, second = table.rows[0].cells, table.rows[1].cells
    assert (first[1].footnotes, first[2].links) == (("1",), ("https://x.y/z",))
    assert second[1].struck == "$1.00"
    assert table.rows[1].text("Notes") == ""
    assert (rest.headings, rest.locator, texts(rest)) == (("Pricing", "Rest"), "line 26, table 1", [["c1 x"]])


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("**bold**", "bold"),
        ("*aws*", "aws"),
        ("_aws_", "aws"),
        ("gpt_oss_120b", "gpt_oss_120b"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        (r"\*not\* so", "*not* so"),
        ("`code_x_`", "code_x_"),
        ("![alt](a.png) x", "x"),
        ("<b>H</b>100<br/>80 GB", "H100 80 GB"),
        (r"\$0.07 (< 1TB)", "$0.07 (< 1TB)"),
        ("a &amp; b", "a & b"),
        ("~$2 and ~$3", "~$2 and ~$3"),
        ("$2.50*", "$2.50"),
        ("~~Nvidia H100~~ *(removed December 2025)*", "(removed December 2025)"),
    ],
)
def test_markdown_in_a_cell_is_read_as_it_shows(markup: str, text: str) -> None:
    assert cell_of_markdown(markup, "sample").text == text


def test_a_table_without_outer_pipes_is_one_too() -> None:
    (table,) = markdown("GPU | Price\n---|---\nH100 | $3\nL4 |\n")
    assert texts(table) == [["H100", "$3"], ["L4"]]


@pytest.mark.parametrize("text", ["", "a | b\n---\nc | d", "| a |\n| b |\n", "no table at all", "a\n---\nb"])
def test_lines_that_are_no_table_make_none(text: str) -> None:
    assert markdown(text or "x") == []


def test_a_page_without_the_expected_table_says_what_it_has() -> None:
    page = payload(SIMPLE, "prices.html")
    assert [table.heading for table in expect_tables(page, html_tables(page), "Price")] == ["GPUs", "CPUs"]
    assert tables_with(html_tables(page), "GPU", "Memory") == []
    with pytest.raises(PayloadError, match=r"prices.html: no table with columns GPU, Memory; found GPU \| Price") as e:
        expect_tables(page, html_tables(page), "GPU", "Memory")
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("span", ["100000", "99999999999999999999", "-3", "x", "100%", ""])
def test_a_span_beyond_its_table_ends_with_it(span: str) -> None:
    (table,) = html(
        f"""<table><tr><th>A</th><th>B</th></tr><tr><td colspan="{span}" rowspan="{span}">x</td></tr>
        <tr><td>y</td><td>z</td></tr></table>"""
    )
    assert table.rows[0].text("A") == "x"
    assert [len(row.cells) for row in table.rows] in ([1, 2], [2, 2], [2, 4])  # [2, 4]: both columns are taken already


@pytest.mark.parametrize(
    "page",
    [
        "<table>" + "<tr>" + "<td rowspan=9999>x</td>" * 100 + "</tr>" + "<tr><td></td></tr>" * 3_000 + "</table>",
        "<table><tr><td>x</td></tr></table>" * 1_001,
        "<div>" * 100_000 + "<table><tr><td>x</td></tr></table>",
        "<table><tr><td>" * 50_000,
    ],
)
def test_a_page_beyond_all_sizes_is_an_error(page: str) -> None:
    with pytest.raises(PayloadError, match="expected a page for people"):
        html(page)


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("| a " * 200 + "|\n" + "|---" * 200 + "|\n", "expected at most 100"),
        ("x" * 60_000, "expected at most 50000"),
        ("|a|\n|-|\n\n" * 1_001, "more than 1000 tables"),
    ],
)
def test_a_markdown_page_beyond_all_sizes_is_an_error(page: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        markdown(page)


@pytest.mark.parametrize("piece", ["<!--", "{/*", "**", "~~", "[", "`", "![](", "|", "\\", "<table", "<", "*a", "_a "])
def test_hostile_repetitions_take_no_time(piece: str) -> None:
    text = "\n".join([piece * 400] * 200)
    markdown(f"| a |\n| - |\n{text}") if "|" not in piece else None
    html(f"<table><tr><td>{text}</td></tr></table>")


@given(st.text(alphabet=st.sampled_from("<>/|-#*_~`[]()\\\n $1tabledhr=\"'&;^!{}"), max_size=300))
def test_no_text_whatever_raises_anything_else(text: str) -> None:
    for read in (html, markdown):
        try:
            read(text)
            read(f"|a|b|\n|-|-|\n{text}\n<table><tr><td>{text}")
        except PayloadError:
            pass
