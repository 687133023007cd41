"""DigitalOcean's GPU Droplets, as its own interface lists sizes with a token.

``sizes`` holds every Droplet size; those with GPUs have ``gpu_info`` and a name that begins with ``gpu-``. The price is
of the whole Droplet and the same in every region; ``regions`` are those in which the size can be made, and a size that
can be made in none is not offered. A name that ends in ``-spot`` may be taken back; one that ends in ``-contracted`` is
for a commitment that the list does not state. Pages are followed by ``links.pages.next``.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from sources.clouds.offers import Quote, read_quote
from sources.payload import read_json
from sources.quantities import decimal_or_none
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

SIZES = "https://api.digitalocean.com/v2/sizes?per_page=200"
FIELDS = ("slug", "price_hourly", "regions")
MEBIBYTES = 1024
"""``memory`` is in MiB."""


def parse(payload: Payload) -> Iterable[Statement]:
    pages, seen = _pages(payload), set[str]()
    read: list[Row | Refused | None] = []
    for number, size in enumerate(size for page in pages for size in page["sizes"]):
        missing = [name for name in FIELDS if not isinstance(size, dict) or name not in size]
        if missing:
            raise PayloadError(f"{payload.name}: sizes[{number}] has no {', '.join(missing)}")
        if str(size["slug"]) not in seen:
            read += list(_read(size, number)) or [None]
        seen.add(str(size["slug"]))
    rows = [row for row in read if isinstance(row, dict)]
    if not rows:
        raise PayloadError(f"{payload.name}: no size with a GPU and a price; expected DigitalOcean's Droplet sizes")
    yield Statement(
        table="rental_price",
        scope={"provider": "digitalocean"},
        rows=rows,
        refused=[row for row in read if isinstance(row, Refused)],
        complete=_next_page(pages[-1]) is None,
        ignored=sum(row is None for row in read),
    )


def _pages(payload: Payload) -> list[Mapping[str, Any]]:
    content = read_json(payload)
    pages = content if isinstance(content, list) else [content]
    if not pages or not all(isinstance(page, dict) and isinstance(page.get("sizes"), list) for page in pages):
        raise PayloadError(f"{payload.name}: no list of 'sizes'; expected DigitalOcean's Droplet sizes")
    return pages


def _read(size: Mapping[str, Any], number: int) -> Iterator[Row | Refused | None]:
    slug, regions = str(size["slug"]), size["regions"]
    if not (slug.startswith("gpu-") or size.get("gpu_info")) or not isinstance(regions, list):
        return
    for region in dict.fromkeys(str(one) for one in regions):
        quote = Quote(
            source=SOURCE.name,
            spelling=slug,
            provider="digitalocean",
            sku=slug,
            region=region,
            purchase_model="spot" if slug.endswith("-spot") else "on_demand",
            price=str(size["price_hourly"]),
            locator=f"sizes[{number}].price_hourly ({slug})"[:200],
            row_text=f"{slug} in {region}: {size['price_hourly']} an hour, {size.get('gpu_info')}"[:400],
            vcpu_count=_above_zero(size.get("vcpus")),
            host_memory_gib=_gibibytes(size.get("memory")),
        )
        yield quote.refused("purchase_model") if slug.endswith("-contracted") else read_quote(quote)


def _above_zero(printed: object) -> Decimal | None:
    number = decimal_or_none(str(printed))
    return number if number is not None and number > 0 else None


def _gibibytes(printed: object) -> Decimal | None:
    mebibytes = _above_zero(printed)
    return None if mebibytes is None else mebibytes / MEBIBYTES


def _next_page(page: Any) -> str | None:
    """The address that a page gives for the one after it, where it is one of the same list."""
    found = page
    for name in ("links", "pages", "next"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) and found.startswith("https://api.digitalocean.com/v2/sizes?") else None


SOURCE = Source(
    name="digitalocean",
    title="DigitalOcean GPU Droplet sizes",
    homepage="https://docs.digitalocean.com/reference/api/reference/sizes/",
    licence="none stated",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("digitalocean-sizes.json",),
    freshness_limit_hours=48,
    credit="DigitalOcean",
    weaknesses="GPU Droplets alone: no Bare Metal GPUs, no Paperspace machines, no contracts.",
    live=Live(
        addresses=(Address(SIZES, "digitalocean-sizes.json", next_page=_next_page),),
        key_variable="DIGITALOCEAN_TOKEN",
    ),
)
