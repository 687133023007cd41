"""Oracle Cloud's own price list: what a GPU costs an hour, the same in every region.

The list prices parts (``partNumber``), with the host in the price of its GPU, and says neither how many are rented
together nor on which machine: a price is of one GPU. Beside the rented GPUs stand others with the same unit: licences
of NVIDIA AI Enterprise, in the same category, and GPUs of appliances at the customer's, in other categories under the
same name. So a part is known by number and name together, and a number that changes its name is unknown again.
``lastUpdated`` says when any of the thousand prices changed, and nothing of these: they hold when they are seen.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sources.clouds.offers import Quote, read_quote
from sources.clouds.unique_rows import one_per_key
from sources.payload import read_json
from sources.source import Address, Live, Payload, PayloadError, Refused, Source, Statement

URL = "https://apexapps.oracle.com/pls/apex/cetools/api/v1/products/?currencyCode=USD"
FIELDS = ("partNumber", "displayName", "metricName", "serviceCategory")
RENTED_GPU = ("Compute - GPU", "Compute - GPU - Other")
"""Service categories of GPUs in Oracle's own regions."""
GPU_HOUR = "GPU Per Hour"
LICENCE = "NVIDIA AI Enterprise"
MODELS = {"PAY_AS_YOU_GO": "on_demand"}
_PREFIX = re.compile(r"^(Oracle Cloud Infrastructure|OCI) ?- ")


def parse(payload: Payload) -> Iterable[Statement]:
    content = read_json(payload)
    items = content.get("items") if isinstance(content, dict) else None
    if not isinstance(items, list) or not items:
        raise PayloadError(f"{payload.name}: no list 'items'; expected Oracle's price list")
    parts = [_checked(item, place, payload) for place, item in enumerate(items)]
    quotes = [quote for place, part in enumerate(parts) if _is_rented_gpu(part) for quote in _quotes(part, place)]
    if not quotes:
        raise PayloadError(
            f"{payload.name}: {len(parts)} parts and no GPU; expected some of category {RENTED_GPU[0]!r}"
        )
    read = [read_quote(quote) if quote.purchase_model else quote.refused("purchase_model") for quote in quotes]
    rows, ambiguous = one_per_key(row for row in read if isinstance(row, dict))
    yield Statement(
        table="rental_price",
        scope={"provider": "oci"},
        rows=rows,
        refused=[one for one in read if isinstance(one, Refused)] + ambiguous,
        ignored=sum(not _is_rented_gpu(part) for part in parts) + sum(one is None for one in read),
    )


def _checked(item: Any, place: int, payload: Payload) -> Mapping[str, Any]:
    missing = [name for name in FIELDS if not isinstance(item, dict) or not isinstance(item.get(name), str)]
    if missing:
        raise PayloadError(f"{payload.name}: items[{place}] has no {', '.join(missing)}")
    return dict(item)


def _is_rented_gpu(part: Mapping[str, Any]) -> bool:
    is_gpu = part["metricName"] == GPU_HOUR and part["serviceCategory"] in RENTED_GPU
    return is_gpu and LICENCE not in part["displayName"]


def _quotes(part: Mapping[str, Any], place: int) -> Iterator[Quote]:
    """A quote per price in dollars, else in what there is; a quote without a price where there is none."""
    prices = list(_prices(part))
    in_dollars = [price for price in prices if price[0] == "USD"]
    for currency, model, price in in_dollars or prices or [("USD", "PAY_AS_YOU_GO", "")]:
        name = _PREFIX.sub("", " ".join(part["displayName"].split()))
        yield Quote(
            source=SOURCE.name,
            spelling=f"{part['partNumber']}|{name}",
            provider="oci",
            sku=part["partNumber"],
            region="",
            purchase_model=MODELS.get(model, ""),
            price=price,
            currency=currency,
            locator=f"items[{place}]",
            row_text=f"{part['partNumber']} {part['displayName']} {model} {price} {currency}",
        )


def _prices(part: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(currency, model, price), of what has that shape."""
    for localization in _maps(part.get("currencyCodeLocalizations")):
        for price in _maps(localization.get("prices")):
            currency, model, value = localization.get("currencyCode"), price.get("model"), price.get("value")
            if isinstance(currency, str) and isinstance(model, str) and isinstance(value, str):
                yield currency, model, value


def _maps(values: Any) -> list[Mapping[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


SOURCE = Source(
    name="oci-price-list",
    title="Oracle Cloud price list",
    homepage="https://docs.oracle.com/en-us/iaas/Content/Billing/Tasks/signingup_topic-Estimating_Costs.htm",
    licence="Oracle's terms of use; asked without a key",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("oci-price-list*.json", "pkg__cloud__oracle__test__prices_usd/*.json"),
    freshness_limit_hours=48,
    credit="Oracle",
    weaknesses="Per GPU, without the machine it is rented in (an H100 only in eights); no preemptible prices.",
    live=Live(addresses=(Address(URL, "oci-price-list.json"),)),
)
