"""DigitalOcean's documentation of Droplet prices: what an hour of each GPU Droplet costs, as its table prints it today.

Tables of two columns, ``GPU`` and ``Price``; '(8x)' behind a name is eight of them in one Droplet, and the price is the
Droplet's. What a table is of, the heading above it says: on demand, spot, or by contract; the latter has no term and no
price, and is counted alone. Until the summer of 2026 there was one table, in which 'Per contract after contacting
sales' stood among the prices; such a line is an offer without a price.
"""

from collections.abc import Iterable

from sources.clouds.offers import Quote
from sources.clouds.printed_offers import page_statement, read_printed
from sources.html_tables import html_tables
from sources.markup_tables import Row as TableRow
from sources.markup_tables import Table, expect_tables
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

PROVIDER = "digitalocean"
PURCHASE_MODELS = {"on-demand": "on_demand", "gpu droplet": "on_demand", "spot": "spot", "contract": ""}
"""How the heading above a table begins -> what is bought; '' has no term of ours."""


def parse(payload: Payload) -> Iterable[Statement]:
    tables = expect_tables(payload, html_tables(payload, whole=True), "GPU", "Price")
    models = [_purchase_model(table, payload) for table in tables]
    if "on_demand" not in models or len(set(models)) < len(models):
        raise PayloadError(
            f"{payload.name}: tables under {'; '.join(table.heading for table in tables)}; expected one on demand, "
            "and no two of a kind"
        )
    reads = [_read(row, model) for table, model in zip(tables, models, strict=True) for row in table.rows]
    yield page_statement(payload, PROVIDER, reads)


def _purchase_model(table: Table, payload: Payload) -> str:
    heading = table.heading.casefold()
    for beginning, model in PURCHASE_MODELS.items():
        if heading.startswith(beginning):
            return model
    raise PayloadError(
        f"{payload.name}: a table of GPU prices under {table.heading!r}; expected {', '.join(PURCHASE_MODELS)}"
    )


def _read(row: TableRow, purchase_model: str) -> Row | Refused | None:
    if not purchase_model:
        return None
    name = row.text("GPU")
    quote = Quote(
        source=SOURCE.name,
        spelling=name,
        provider=PROVIDER,
        sku=name,
        region="",
        purchase_model=purchase_model,
        price="",
        locator=row.locator,
        row_text=str(row),
    )
    return read_printed(quote, row.text("Price"), unit="")


SOURCE = Source(
    name="digitalocean-docs",
    title="DigitalOcean, GPU Droplet prices in its documentation",
    homepage="https://docs.digitalocean.com/products/droplets/details/pricing/",
    licence="none seen",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("digitalocean-docs*.html",),
    freshness_limit_hours=168,
    credit="DigitalOcean",
    weaknesses="No region; an H100 or H200 is named without its form; contracts have no printed price.",
    live=Live(
        addresses=(
            Address("https://docs.digitalocean.com/products/droplets/details/pricing/", "digitalocean-docs.html"),
        ),
        is_scraped=True,
    ),
)
