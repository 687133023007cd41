"""RunPod Serverless: what a worker costs by the second, as its documentation printed it from May 2025 to June 2026.

A table with one line per pool of GPUs ('L4, A5000, 3090 | 24 GB'): a worker gets one of them, at one price. *Flex*
workers exist while there is work, *active* ones all the time and for less: two products, told apart by the ``sku``.
Since May 2026 the flex price alone is printed. A second is made an hour by 3600, and ``price_raw`` keeps what was
printed. The memory is the least that a card of the pool has.

Until 2025-08-25 the table stood in the page on pricing, then in a snippet that the page showed until June 2026; such a
page has no table of its own and says nothing. Nothing is asked today: what the page points to instead is no document.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from sources.clouds.offers import Quote
from sources.clouds.printed_offers import page_statement, read_printed
from sources.markdown_tables import markdown_tables
from sources.markup_tables import Row as TableRow
from sources.markup_tables import Table, expect_tables
from sources.source import Payload, PayloadError, Refused, Row, Source, Statement

PROVIDER = "runpod"
FLEX, ACTIVE = "flex", "active"
HEADERS = {
    FLEX: ("Flex", "Flex cost per second", "Cost per second"),
    ACTIVE: ("Active", "Active cost per second"),
}
MOVED_AT = datetime(2025, 8, 25, tzinfo=UTC)


def parse(payload: Payload) -> Iterable[Statement]:
    tables = markdown_tables(payload)
    if _has_moved(payload) and not any(table.has("GPU type(s)") for table in tables):
        return
    (table, *others) = expect_tables(payload, tables, "GPU type(s)", "Memory")
    priced = [kind for kind, names in HEADERS.items() if any(table.has(name) for name in names)]
    if others or FLEX not in priced or not _is_by_the_second(table):
        raise PayloadError(
            f"{payload.name}: {1 + len(others)} tables of GPUs, under {table.heading!r} with "
            f"{' | '.join(column.text for column in table.columns)}; expected one with prices per second"
        )
    reads = [read for row in table.rows for kind in priced for read in _read(row, kind, payload)]
    yield page_statement(payload, PROVIDER, reads)


def _has_moved(payload: Payload) -> bool:
    """Whether this is the page, and not the snippet, of a time when it had no table any more."""
    return payload.recorded_at >= MOVED_AT and "snippets" not in payload.name


def _is_by_the_second(table: Table) -> bool:
    headers = " ".join([table.heading, *(column.text for column in table.columns)])
    return "per second" in headers.casefold()


def _read(row: TableRow, kind: str, payload: Payload) -> Iterator[Row | Refused | None]:
    """The same price for each card of the pool."""
    if len(row.cells) < len(row.columns):
        raise PayloadError(f"{payload.name}: {row.locator} ends in the middle: {row}; truncated?")
    pool, printed = row.text("GPU type(s)"), row.text(*HEADERS[kind])
    for card in pool.split(", "):
        quote = Quote(
            source=SOURCE.name,
            spelling=f"{card}|{row.text('Memory').removesuffix(' GB')}",
            provider=PROVIDER,
            sku=f"{pool} ({kind})",
            region="",
            purchase_model="on_demand",
            service_tier="serverless",
            price="",
            price_raw=f"{printed} per second",
            locator=row.locator,
            row_text=f"{card}: {row}",
        )
        yield read_printed(quote, printed, unit="per second")


SOURCE = Source(
    name="runpod-serverless",
    title="RunPod Serverless, GPU workers",
    homepage="https://docs.runpod.io/serverless/pricing",
    licence="none seen",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=(
        "serverless__pricing/*.mdx",
        "docs__serverless__pricing/*.md",
        "snippets__serverless-gpu-pricing-table/*.mdx",
        "serverless/pricing.mdx",
        "docs/serverless/pricing.md",
        "snippets/serverless-gpu-pricing-table.mdx",
    ),
    upstream_paths=(
        "docs/serverless/pricing.md",
        "serverless/pricing.mdx",
        "snippets/serverless-gpu-pricing-table.mdx",
    ),
    credit="RunPod (runpod/docs)",
    weaknesses="Ends in June 2026; a pool of cards at one price; an H100 or A100 is named without its form.",
)
