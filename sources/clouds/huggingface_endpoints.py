"""Hugging Face Inference Endpoints: what an hour of each instance costs, since September 2022.

One Markdown page with a table each for CPUs, GPUs and other accelerators. The column ``Provider`` says on whose machine
an endpoint runs; it is rented from, and paid to, Hugging Face, so the cloud is a part of the product's name here:
``endpoints/aws/nvidia-a10g/x1``. In May 2024 the instances were renamed (``aws | medium`` is ``aws | nvidia-a10g | x1``
since, at the same price), which ends one product and begins another.

The spelling of an accelerator is how many of what with how much memory in all: '4x NVIDIA A100|320'. Memory is what the
page prints, and it is not always the card's: a T4 has 14 on AWS, 16 or by mistake 24 on Google Cloud, a B200 256.
From May to July 2024 the L4 of Google Cloud stands there twice at two prices, one of them AWS's: both are refused.
"""

from collections.abc import Iterable

from sources.clouds.huggingface_hardware import PRICE, PROVIDER, gigabytes, name_and_state, read_hourly, whole_rows
from sources.clouds.offers import Quote
from sources.clouds.printed_offers import page_statement
from sources.markdown_tables import markdown_tables
from sources.markup_tables import Row as TableRow
from sources.markup_tables import Table, expect_tables
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

COUNT = ("GPUs", "Accelerators")
MEMORY = ("Accelerator Memory", "GPU Memory", "Memory")


def parse(payload: Payload) -> Iterable[Statement]:
    tables = expect_tables(payload, markdown_tables(payload), "Provider", "Instance Size")
    unpriced = [table.locator for table in tables if not _has_any(table, PRICE)]
    if unpriced or not any(_has_any(table, COUNT) for table in tables):
        raise PayloadError(
            f"{payload.name}: {', '.join(unpriced) or 'no table'}; expected tables with {PRICE[1]}, one with {COUNT[0]}"
        )
    reads = [_read(row, table, payload) for table, row in whole_rows(payload, tables)]
    yield page_statement(payload, PROVIDER, reads)


def _has_any(table: Table, names: Iterable[str]) -> bool:
    return any(table.has(name) for name in names)


def _read(row: TableRow, table: Table, payload: Payload) -> Row | Refused | None:
    if not _has_any(table, COUNT):
        return None
    architecture, state = name_and_state(row.text("Architecture"), payload)
    instance = [row.text(name) for name in ("Provider", "Instance Type", "Instance Size")]
    quote = Quote(
        source=SOURCE.name,
        spelling=f"{row.text(*COUNT)}x {architecture}|{gigabytes(row.text(*MEMORY))}",
        provider=PROVIDER,
        sku="/".join(["endpoints", *(part for part in instance if part)]),
        region="",
        purchase_model="on_demand",
        price="",
        locator=row.locator,
        row_text=str(row),
    )
    return read_hourly(quote, row.text(*PRICE), state)


SOURCE = Source(
    name="huggingface-endpoints",
    title="Hugging Face Inference Endpoints, instances",
    homepage="https://huggingface.co/docs/inference-endpoints/support/pricing",
    licence="none seen",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=(
        "docs__source__pricing/*.mdx",
        "docs__source__support__pricing/*.md",
        "docs/source/pricing.mdx",
        "docs/source/support/pricing.md*",
    ),
    upstream_paths=("docs/source/pricing.mdx", "docs/source/support/pricing.mdx", "docs/source/support/pricing.md"),
    freshness_limit_hours=168,
    credit="Hugging Face (huggingface/hf-endpoints-documentation)",
    weaknesses="A documentation page kept by hand, with misprints; no region; cards are named without their form.",
    live=Live(
        addresses=(
            Address(
                "https://raw.githubusercontent.com/huggingface/hf-endpoints-documentation/main/docs/source/support/pricing.md",
                "docs/source/support/pricing.md",
            ),
        ),
    ),
)
