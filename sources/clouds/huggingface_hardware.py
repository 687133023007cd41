"""What Hugging Face's pages share: hardware that is withdrawn in words, and the tables of hardware of the Hub.

Hardware that is given up is not taken off a page at once: it is set in italics with '- To be deprecated December 2025'
(and still sold), then '- Deprecated from December 2025' with its old price beside it, then struck through. A price
beside hardware that cannot be had any more is none: the row says ``not_offered``.

The Hub's tables (Spaces, Jobs) have one line per flavour, ``Hardware`` and ``Hourly Price``, with the memory of all its
accelerators together. Names and memory together are the spelling, so that a flavour whose card was exchanged under it
(Nvidia A100 - large: 40 GB until 2024, 80 GB since) is two. The memory of the host is not taken: its column changed
places with its neighbour's from one version to the next.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from sources.clouds.offers import Quote
from sources.clouds.printed_offers import page_statement, read_printed
from sources.markdown_tables import markdown_tables
from sources.markup_tables import Row as TableRow
from sources.markup_tables import Table, expect_tables
from sources.quantities import decimal_or_none
from sources.source import Payload, PayloadError, Refused, Row, Statement

PROVIDER = "huggingface"
PRICE = ("Hourly Price", "Hourly rate", "hourly-rate")
SLIPS = {
    ("Nvidia T4 - small", "$0.06"): "$0.60 before and after",
    ("Nvidia T4 - medium", "$0.09"): "$0.90 before and after",
    ("aws/nvidia-h200/x4", "$15"): "$20 later the same day; two cost $10",
    ("aws/nvidia-h200/x8", "$20"): "$40 later the same day; four cost $20",
}
"""Prices that the next version of a page set right: they are refused, for nobody could have rented at them."""

_WITHDRAWN = re.compile(
    r"(?P<name>.{1,80}?) - (?P<ahead>to be )?deprecated (?:from )?"
    r"(?P<month>january|february|march|april|may|june|july|august|september|october|november|december) "
    r"(?P<year>20[0-9]{2})",
    re.IGNORECASE,
)
_MEMORY = re.compile(r"([0-9]{1,5}) ?GB?")
_CPUS = re.compile(r"([0-9]{1,4}) vCPU")


def name_and_state(printed: str, payload: Payload) -> tuple[str, str]:
    """The name of a piece of hardware without what is said of its end, and whether that has come."""
    found = _WITHDRAWN.fullmatch(printed)
    if found is None:
        return printed, "listed"
    ends = datetime.strptime(f"{found['month']} {found['year']}", "%B %Y").replace(tzinfo=UTC)
    is_over = not found["ahead"] and payload.recorded_at >= ends
    return found["name"], "not_offered" if is_over else "listed"


def read_hourly(quote: Quote, printed: str, state: str) -> Row | Refused | None:
    """The row at a price per hour; of hardware that has ended, the row that says so."""
    _, _, name = quote.sku.partition("/")
    if (name, printed) in SLIPS:
        return quote.refused("implausible_price")
    if state == "not_offered":
        return read_printed(replace(quote, price_raw=printed), "not offered", unit="hour")
    return read_printed(quote, printed, unit="hour")


def hub_statement(payload: Payload, *, source: str, product: str) -> Statement:
    """What a page of the Hub says of the hardware of one of its products."""
    tables = expect_tables(payload, markdown_tables(payload), "Hardware", "Hourly Price")
    reads = [_read(row, payload, source, product) for _, row in whole_rows(payload, tables)]
    return page_statement(payload, PROVIDER, reads)


def whole_rows(payload: Payload, tables: Iterable[Table]) -> list[tuple[Table, TableRow]]:
    """The rows of the tables; a row that ends before its table's last column was cut, and the page with it."""
    rows = [(table, row) for table in tables for row in table.rows]
    if rows and len(rows[-1][1].cells) < len(rows[-1][0].columns):
        raise PayloadError(f"{payload.name}: {rows[-1][1].locator} ends in the middle: {rows[-1][1]}; truncated?")
    return rows


def _read(row: TableRow, payload: Payload, source: str, product: str) -> Row | Refused | None:
    hardware = row.cell("Hardware")
    if hardware.struck:
        return None  # it has no price beside it either, and what the page leaves out is not offered
    name, state = name_and_state(hardware.text, payload)
    memory = row.text("GPU Memory", "Accelerator Memory")
    cpus = _CPUS.fullmatch(row.text("CPU"))
    quote = Quote(
        source=source,
        spelling=f"{name}|{gigabytes(memory)}",
        provider=PROVIDER,
        sku=f"{product}/{name}",
        region="",
        purchase_model="on_demand",
        price="",
        locator=row.locator,
        row_text=str(row),
        vcpu_count=decimal_or_none(cpus[1]) if cpus else None,
    )
    return read_hourly(quote, row.text(*PRICE), state)


def gigabytes(printed: str) -> str:
    """'14GB', '14 GB' and '640G' are written alike; what is no such size stays as it is."""
    found = _MEMORY.fullmatch(printed)
    return found[1] if found else printed.strip("-")
