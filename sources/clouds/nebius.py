"""Nebius' page of prices: what an hour of one GPU costs, on demand and preemptible, as the provider prints it today.

Tables drawn with boxes, a GPU a line, each price that of one GPU with its share of the machine. Seen of the page, in
what others recorded and wrote of it: from July 2025 one table with 'Price per GPU-hour', from April 2026 with
'Preemptible, GPU-hour' and 'On-demand, GPU-hour', by October one table of each. The columns' names say what is bought,
so all of them are read alike.

A change of prices is announced in one column more, 'GPU-hour (Effective October 1, 2026)', which stays beside the
former price when its day has come: the newest column in force counts, and one still to come is an announcement of its
day. 'from' is the least of several: of an L40S with more or fewer processors, and of what a preemptible machine may
cost, which varies, up to a cent below the price on demand. What a commitment costs is not printed ('up to 35% less').
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sources.box_tables import Boxes, box_tables, expect_even
from sources.clouds.offers import Quote
from sources.clouds.printed_offers import page_statement, read_printed
from sources.clouds.unique_rows import one_per_key
from sources.markup_tables import Column, Table, expect_tables
from sources.markup_tables import Row as TableRow
from sources.names import alias
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

PROVIDER = "nebius"
BOXES = Boxes(
    table="pc-highlight-table-block__content",
    row="pc-highlight-table-block__row",
    cell="pc-highlight-table-block__cell",
)
UNIT = "GPU-hour"
PURCHASE_MODELS = {
    "on-demand, gpu-hour": "on_demand",
    "price per gpu-hour": "on_demand",
    "preemptible, gpu-hour": "spot",
    "spot price, gpu-hour": "spot",
}
UNDATED = datetime.min.replace(tzinfo=UTC)
_EFFECTIVE = re.compile(r"effective ([a-z]+ [0-9]{1,2}, [0-9]{4})", re.IGNORECASE)
Read = Row | Refused | None


@dataclass(frozen=True)
class Priced:
    """A column of prices: where it stands, what is bought ('': it does not say so that we know), and since when."""

    place: int
    purchase_model: str
    since: datetime


def parse(payload: Payload) -> Iterable[Statement]:
    tables = expect_tables(payload, box_tables(payload, BOXES, whole=True), "Item")
    current: list[Read] = []
    announced: dict[datetime, list[Read]] = {}
    models: set[str] = set()
    for table in tables:
        columns = _priced(table, payload)
        if not columns:
            current += _of_something_else(table, payload)
            continue
        expect_even(payload, table)
        in_force = [column for column in columns if column.since <= payload.recorded_at]
        newest = {column.purchase_model: column for column in sorted(in_force, key=lambda column: column.since)}
        models |= newest.keys()
        current += [_read(row, column) for column in newest.values() for row in table.rows]
        for column in columns:
            if column not in in_force:
                announced.setdefault(column.since, []).extend(_read(row, column) for row in table.rows)
    if "on_demand" not in models:
        raise PayloadError(f"{payload.name}: no price on demand of a {UNIT} that is in force; expected some")
    yield page_statement(payload, PROVIDER, current)
    yield from (_announcement(day, reads) for day, reads in sorted(announced.items()))


def _of_something_else(table: Table, payload: Payload) -> list[Read]:
    """Lines of processors alone, of storage, of services; GPUs among them would be offers that were overlooked."""
    known = [row.text("Item") for row in table.rows if alias(SOURCE.name, row.text("Item")) is not None]
    if known:
        names = "; ".join(column.text for column in table.columns)
        raise PayloadError(f"{payload.name}: {known[0]} under {names[:200]}; expected a price of a {UNIT}")
    return [None for _ in table.rows]


def _priced(table: Table, payload: Payload) -> Sequence[Priced]:
    """The table's columns of prices of a GPU-hour; none where it is a table of something else."""
    found = [
        Priced(place, _purchase_model(column, table), _since(column, payload))
        for place, column in enumerate(table.columns)
        if UNIT.casefold() in column.text.casefold()
    ]
    if len({(column.purchase_model, column.since) for column in found}) < len(found):
        names = "; ".join(column.text for column in table.columns)
        raise PayloadError(f"{payload.name}: several prices of one kind in {table.locator}: {names[:200]}")
    return found


def _purchase_model(column: Column, table: Table) -> str:
    """What the column's name says; a bare 'GPU-hour' is of the kind of which the others are, where that is one."""
    if column.name.casefold() != UNIT.casefold():
        return PURCHASE_MODELS.get(column.name.casefold(), "")
    others = {PURCHASE_MODELS[name] for one in table.columns if (name := one.name.casefold()) in PURCHASE_MODELS}
    return others.pop() if len(others) == 1 else ""


def _since(column: Column, payload: Payload) -> datetime:
    if not column.unit:
        return UNDATED
    found = _EFFECTIVE.fullmatch(column.unit)
    try:
        return datetime.strptime(found[1] if found else "", "%B %d, %Y").replace(tzinfo=UTC)
    except ValueError:
        raise PayloadError(
            f"{payload.name}: column {column.text[:80]!r}; expected it to end in '(Effective October 1, 2026)', or not"
        ) from None


def _read(row: TableRow, column: Priced) -> Read:
    name = row.text("Item")
    quote = Quote(
        source=SOURCE.name,
        spelling=name,
        provider=PROVIDER,
        sku=name,
        region="",
        purchase_model=column.purchase_model,
        price="",
        locator=f"{row.locator}, {row.columns[column.place].text}"[:200],
        row_text=str(row)[:400],
    )
    if not column.purchase_model:
        return quote.refused("purchase_model")
    return read_printed(quote, row.cells[column.place].text, unit=f"per {UNIT}")


def _announcement(day: datetime, reads: Iterable[Read]) -> Statement:
    """What the page says of a day to come: these prices, and nothing of any other offer."""
    reads = list(reads)
    agreed, disputed = one_per_key(read for read in reads if isinstance(read, dict))
    return Statement(
        table="rental_price",
        scope={"provider": PROVIDER},
        rows=agreed,
        refused=[*(read for read in reads if isinstance(read, Refused)), *disputed],
        valid_at=day,
        complete=False,
        ignored=sum(read is None for read in reads),
    )


SOURCE = Source(
    name="nebius",
    title="Nebius, prices per GPU",
    homepage="https://nebius.com/prices",
    licence="none seen",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("nebius*.html",),
    freshness_limit_hours=168,
    credit="Nebius",
    weaknesses="No region; preemptible prices are the least there may be, not today's; commitments have no price.",
    live=Live(addresses=(Address("https://nebius.com/prices", "nebius.html"),), is_scraped=True),
)
