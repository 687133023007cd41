"""Azure's machine prices of five European regions in July and August 2026, as azure-pricing-radar kept them.

The files are answers of the Retail Prices API, cut down to a few fields and keyed ``skuId|meterId|type|term``. They
name the meter and not the machine ("NC40adsH100v5" for Standard_NC40ads_H100_v5), which ``azure_meter_names.csv`` puts
right. Consumption only. The pages of the API shift while they are read (8,531 items in one file, 8,667 six hours
before and after), and what was lost cannot be seen here: a file covers only what it names. ``savingsPlanPrice`` does
not say of which term, and is left.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from sources.clouds.azure_meters import Meter, statement_of_region
from sources.payload import read_json
from sources.source import Payload, PayloadError, Source, Statement

FIELDS = ("armRegionName", "meterName", "productName", "retailPrice", "skuName", "unitOfMeasure")
REGIONS = ("belgium", "eu-west", "francecentral", "northeurope", "swedencentral")
KEY_PARTS = 4
SUFFIXES = (" Spot", " Low Priority")


@cache
def _machines() -> dict[str, str]:
    table = files("sources.clouds").joinpath("azure_meter_names.csv").read_text(encoding="utf-8")
    return {row["meter"]: row["machine"] for row in csv.DictReader(table.splitlines())}


def parse(payload: Payload) -> Iterable[Statement]:
    content = read_json(payload)
    if not isinstance(content, dict) or not content:
        raise PayloadError(f"{payload.name}: no items; expected a map of 'skuId|meterId|type|term'")
    by_region: dict[str, list[Meter]] = defaultdict(list)
    for key, item in content.items():
        meter = _meter(key, item, payload)
        by_region[meter.region].append(meter)
    for region, meters in by_region.items():
        yield statement_of_region(region, meters, complete=False)


def _meter(key: str, item: Any, payload: Payload) -> Meter:
    missing = [name for name in FIELDS if not isinstance(item, dict) or not isinstance(item.get(name), str)]
    if missing or key.count("|") != KEY_PARTS - 1:
        raise PayloadError(f"{payload.name}: {key[:80]!r} has no {', '.join(missing) or 'skuId|meterId|type|term'}")
    _, _, kind, term = key.split("|")
    spelling = item["skuName"]
    for suffix in SUFFIXES:
        spelling = spelling.removesuffix(suffix)
    spelling += " Promo" if " Promo " in item["productName"] else ""
    machine = _machines().get(spelling, "")
    return Meter(
        source="azure-retail" if machine else SOURCE.name,
        spelling=machine or spelling,
        sku=machine or spelling,
        region=item["armRegionName"],
        product=item["productName"],
        name=item["skuName"],
        price=item["retailPrice"],
        unit=item["unitOfMeasure"],
        kind=kind,
        term=term,
        locator=key,
    )


SOURCE = Source(
    name="azure-pricing-radar",
    title="Azure Retail Prices of five European regions, as kept by azure-pricing-radar",
    homepage="https://github.com/andy-diericks/azure-pricing-radar",
    licence="MIT",
    redistributable=False,
    kind="copy",
    tables=("rental_price",),
    parse=parse,
    reads=("data__latest__vm-*/*.json", "data/latest/vm-*.json"),
    upstream_paths=tuple(f"data/latest/vm-{region}.json" for region in REGIONS),
    credit="andy-diericks",
    weaknesses="Five regions, on demand and spot only; items lost between the pages of the upstream's own fetch.",
)
