"""Azure's own price list: the Retail Prices API, every GPU machine of every region, on all terms.

The answer is paged (``Items``, ``NextPageLink``) over a list without an order of its own, and items slip from one page
to another while it is read: one fetch in a few lacks a hundredth of them, which are back in the next. Where an item
slipped, another stands twice; then, and where pages are missing, the answer covers only what it names. An item says
from when it holds (``effectiveStartDate``): one that starts later than it was seen is an announcement of that day.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sources.clouds.azure_meters import Meter, statement_of_region
from sources.payload import read_json, utc
from sources.source import Address, Live, Payload, PayloadError, Source, Statement

URL = (
    "https://prices.azure.com/api/retail/prices?api-version=2023-01-01-preview"
    "&$filter=serviceName%20eq%20%27Virtual%20Machines%27%20and%20startswith(armSkuName,%27Standard_N%27)"
)
"""The preview version is the one that has savings plans. All GPU machines are of the N family."""
FIELDS = (
    "armSkuName",
    "armRegionName",
    "productName",
    "meterName",
    "retailPrice",
    "unitOfMeasure",
    "currencyCode",
    "type",
)
Item = Mapping[str, Any]


def next_page(page: Any) -> str | None:
    """The address of the page after ``page``."""
    link = page.get("NextPageLink") if isinstance(page, dict) else None
    return link if isinstance(link, str) and link else None


def parse(payload: Payload) -> Iterable[Statement]:
    content = read_json(payload)
    pages = content if isinstance(content, list) else [content]
    items = list(_items(pages, payload))
    if not items:
        raise PayloadError(f"{payload.name}: no item at all; expected the GPU machines of Azure")
    is_whole = next_page(pages[-1]) is None and len({_identity(item) for item, _ in items}) == len(items)
    by_region: dict[tuple[str, datetime | None], list[Meter]] = defaultdict(list)
    for item, meter in items:
        starts_at, ends_at = (_time(item, name, payload) for name in ("effectiveStartDate", "effectiveEndDate"))
        if ends_at is None or ends_at > payload.recorded_at:
            is_announced = starts_at is not None and starts_at > payload.recorded_at
            by_region[meter.region, starts_at if is_announced else None].append(meter)
    for (region, announced_for), meters in by_region.items():
        yield statement_of_region(region, meters, valid_at=announced_for, complete=is_whole and announced_for is None)


def _items(pages: list[Any], payload: Payload) -> Iterator[tuple[Item, Meter]]:
    for number, page in enumerate(pages):
        listed = page.get("Items") if isinstance(page, dict) else None
        if not isinstance(listed, list):
            raise PayloadError(f"{payload.name}: page {number} has no list 'Items'; expected the Retail Prices API")
        for place, item in enumerate(listed):
            yield item, _meter(item, f"[{number}].Items[{place}]", payload)


def _meter(item: Any, locator: str, payload: Payload) -> Meter:
    missing = [name for name in FIELDS if not isinstance(item, dict) or not isinstance(item.get(name), str)]
    if missing:
        raise PayloadError(f"{payload.name}: {locator} has no {', '.join(missing)}")
    return Meter(
        source=SOURCE.name,
        spelling=item["armSkuName"],
        sku=item["armSkuName"],
        region=item["armRegionName"],
        product=item["productName"],
        name=item["meterName"],
        price=item["retailPrice"],
        unit=item["unitOfMeasure"],
        currency=item["currencyCode"],
        kind=item["type"],
        term=_text(item, "reservationTerm"),
        savings_plans=tuple(_savings_plans(item.get("savingsPlan") or [], locator, payload)),
        is_primary=item.get("isPrimaryMeterRegion") is True,
        locator=locator,
    )


def _savings_plans(plans: Any, locator: str, payload: Payload) -> Iterator[tuple[str, str]]:
    for plan in plans if isinstance(plans, list) else [plans]:
        if not isinstance(plan, dict) or not _text(plan, "term") or not _text(plan, "retailPrice"):
            raise PayloadError(f"{payload.name}: {locator} has a savings plan without term or retailPrice")
        yield plan["term"], plan["retailPrice"]


def _text(item: Item, name: str) -> str:
    return item[name] if isinstance(item.get(name), str) else ""


def _identity(item: Item) -> tuple[str, ...]:
    """What no two items of one answer share: an item that slipped to the next page stands there again."""
    return tuple(_text(item, name) for name in (*FIELDS, "meterId", "skuId", "reservationTerm", "effectiveStartDate"))


def _time(item: Item, name: str, payload: Payload) -> datetime | None:
    printed = _text(item, name)
    return utc(printed, payload=payload) if printed else None


SOURCE = Source(
    name="azure-retail",
    title="Azure Retail Prices API",
    homepage="https://learn.microsoft.com/en-us/rest/api/cost-management/retail-prices/azure-retail-prices",
    licence="Microsoft's terms of use; asked without a key",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("azure-retail-prices*.json",),
    freshness_limit_hours=48,
    credit="Microsoft",
    weaknesses=(
        "List prices; a spot price is the current one of the whole region; prices also of sizes that cannot be had."
    ),
    live=Live(addresses=(Address(URL, "azure-retail-prices.json", next_page=next_page),)),
)
