"""CoreWeave's page of prices: what an hour of each GPU instance costs, on demand and spot, in each region.

Tables drawn with boxes, an instance a line: the price is that of the whole instance, of as many GPUs as its own column
says ('4^1' is four with a footnote: an instance of an NVL72 rack has two superchips of two GPUs each). Seen of the
page, in what others recorded and wrote of it up to October 2026: a table for North America and one for Europe, in which
on demand costs the same and spot does not; until March 2026 one table without a region, with 'Instance Price'.
'Contact sales' and 'N/A' stand in place of prices.

Not read: the column 'Inference Single GPU Price', which only customers of the inference platform pay; reservations,
of which no price is printed ('up to 60% discounts'); and the page of CoreWeave's classic cloud, which prices cards
without the machine that is billed beside them.
"""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from sources.box_tables import Boxes, box_tables, expect_even
from sources.clouds.offers import Quote, of_count
from sources.clouds.printed_offers import page_statement, read_printed
from sources.markup_tables import Row as TableRow
from sources.markup_tables import Table, expect_tables
from sources.quantities import decimal_or_none
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

PROVIDER = "coreweave"
BOXES = Boxes(table="table-v2", row="table-grid", cell="table-v2-cell")
MODEL, COUNT, MEMORY = "GPU Model", "GPU Count", "VRAM"
PURCHASE_MODELS = {"On-Demand Price": "on_demand", "Instance Price": "on_demand", "Spot Price": "spot"}
_REGION = re.compile(r"region:\s*(.{1,60})", re.IGNORECASE)
_NUMBER = re.compile(r"([1-9][0-9]{0,2})(?:\^[0-9])?")


def parse(payload: Payload) -> Iterable[Statement]:
    tables = box_tables(payload, BOXES, whole=True)
    regions: dict[str, Table] = {}
    for table in expect_tables(payload, tables, MODEL):
        _check(table, payload)
        region = _region(table)
        if region in regions:
            raise PayloadError(f"{payload.name}: two tables of GPUs under {region or 'no region'!r}; expected one each")
        regions[region] = table
    reads: list[Row | Refused | None] = [
        read for region, table in regions.items() for row in table.rows for read in _reads(row, region)
    ]
    reads += [None for table in tables if not table.has(MODEL) for _ in table.rows]  # processors, storage, networks
    yield page_statement(payload, PROVIDER, reads)


def _check(table: Table, payload: Payload) -> None:
    bought = [PURCHASE_MODELS[column.name] for column in table.columns if column.name in PURCHASE_MODELS]
    if not table.has(COUNT, MEMORY) or "on_demand" not in bought or len(set(bought)) < len(bought):
        names = "; ".join(column.text for column in table.columns)
        raise PayloadError(
            f"{payload.name}: a table of GPUs with {names[:200]}; expected {COUNT}, {MEMORY} and one price on demand"
        )
    expect_even(payload, table)


def _region(table: Table) -> str:
    """As the heading above the table prints it: 'REGION: NORTH AMERICA'."""
    found = [match[1] for heading in table.headings if (match := _REGION.fullmatch(heading))]
    return found[-1] if found else ""


def _reads(row: TableRow, region: str) -> Iterator[Row | Refused | None]:
    """The prices of a line, of each way to buy that the table has a column for."""
    name, number = row.text(MODEL), _NUMBER.fullmatch(row.text(COUNT))
    for column in row.columns:
        if column.name not in PURCHASE_MODELS:
            continue
        quote = Quote(
            source=SOURCE.name,
            spelling=f"{name}|{row.text(MEMORY)}",
            provider=PROVIDER,
            sku=name,
            region=region,
            purchase_model=PURCHASE_MODELS[column.name],
            price="",
            locator=f"{row.locator}, {column.text}"[:200],
            row_text=str(row)[:400],
            vcpu_count=decimal_or_none(row.text("vCPUs").replace(",", "")) or None,
            host_memory_gib=decimal_or_none(row.text("System RAM").replace(",", "")) or None,  # 2,048: of 2^30 bytes
        )
        if number is None:
            yield quote.refused("accelerator_count")
            continue
        read = read_printed(quote, row.text(column.text), unit=column.unit)
        yield of_count(read, Fraction(number[1])) if isinstance(read, dict) else read


SOURCE = Source(
    name="coreweave",
    title="CoreWeave, prices per instance",
    homepage="https://www.coreweave.com/pricing",
    licence="none seen",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("coreweave*.html",),
    freshness_limit_hours=168,
    credit="CoreWeave",
    weaknesses="Regions are continents; spot prices move between two looks; reservations have no price.",
    live=Live(addresses=(Address("https://www.coreweave.com/pricing", "coreweave.html"),), is_scraped=True),
)
