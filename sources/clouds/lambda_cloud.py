"""Lambda's instance types and prices, as its own cloud interface answers with a key.

``data`` maps the name of each type to what it is (``instance_type``, with the price of the whole instance in US cents
an hour) and to the regions that have one free this minute. The price is the same in all of them and capacity comes and
goes by the hour, so rows have no region: a type that is sold out keeps its price.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sources.clouds.offers import Quote, read_quote
from sources.payload import read_json
from sources.quantities import decimal_or_none
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

FIELDS = ("name", "price_cents_per_hour", "specs")
CENTS = 100


def parse(payload: Payload) -> Iterable[Statement]:
    read = [_read(name, entry, payload) for name, entry in _entries(payload).items()]
    rows = [row for row in read if isinstance(row, dict)]
    if not rows:
        raise PayloadError(f"{payload.name}: no instance type with a price; expected Lambda's instance types")
    yield Statement(
        table="rental_price",
        scope={"provider": "lambda"},
        rows=rows,
        refused=[row for row in read if isinstance(row, Refused)],
        ignored=sum(row is None for row in read),
    )


def _entries(payload: Payload) -> Mapping[str, Any]:
    content = read_json(payload)
    entries = content.get("data") if isinstance(content, dict) else None
    if not isinstance(entries, dict):
        raise PayloadError(f"{payload.name}: no 'data' with instance types; expected Lambda's instance types by name")
    return entries


def _read(name: str, entry: Any, payload: Payload) -> Row | Refused | None:
    described = entry.get("instance_type") if isinstance(entry, dict) else None
    missing = [field for field in FIELDS if not isinstance(described, dict) or field not in described]
    if missing or described is None:
        raise PayloadError(f"{payload.name}: data[{name!r}].instance_type has no {', '.join(missing)}")
    if described["name"] != name:
        raise PayloadError(f"{payload.name}: data[{name!r}] describes {described['name']!r}; expected the same name")
    specs = described["specs"] if isinstance(described["specs"], dict) else {}
    cents = decimal_or_none(str(described["price_cents_per_hour"]))
    quote = Quote(
        source=SOURCE.name,
        spelling=name,
        provider="lambda",
        sku=name,
        region="",
        purchase_model="on_demand",
        price="" if cents is None else f"{cents / CENTS:f}",
        price_raw=f"{described['price_cents_per_hour']} cents",
        locator=f"data[{name!r}].instance_type.price_cents_per_hour"[:200],
        row_text=f"{name}: {described.get('gpu_description')}, {described['price_cents_per_hour']} cents, {specs}"[
            :400
        ],
        vcpu_count=_above_zero(specs.get("vcpus")),
        host_memory_gib=_above_zero(specs.get("memory_gib")),
    )
    return read_quote(quote)


def _above_zero(printed: object) -> Decimal | None:
    number = decimal_or_none(str(printed))
    return number if number is not None and number > 0 else None


SOURCE = Source(
    name="lambda",
    title="Lambda Cloud instance types",
    homepage="https://docs.lambda.ai/api/cloud",
    licence="none stated",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("lambda-instance-types.json",),
    freshness_limit_hours=48,
    credit="Lambda",
    weaknesses="On demand only: no reserved cloud, no 1-Click Clusters. Prices without regions.",
    live=Live(
        addresses=(Address("https://cloud.lambda.ai/api/v1/instance-types", "lambda-instance-types.json"),),
        key_variable="LAMBDA_API_KEY",
    ),
)
