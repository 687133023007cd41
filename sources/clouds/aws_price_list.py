"""AWS's own price list of EC2: machines with an accelerator, on demand and reserved, per region.

The bulk list of a region is hundreds of megabytes, of which ``aws_offers`` keeps some hundreds of products with their
terms as they came. ``publicationDate`` is when it was so. A product is a machine's sku of AWS's own making; the ledger
knows it by its instance type.

A reservation comes in twelve kinds: two terms, two classes, three ways to pay. The ledger has one row per term, and
takes the standard class without upfront payment, which is what other clouds call a reservation; where AWS does not
sell that, the one paid all upfront, spread over the hours of the term. ``price_raw`` says which.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sources.clouds.aws_offers import HEAD, is_rented_accelerator, sift
from sources.clouds.committed_prices import TERM_HOURS, per_hour, problem
from sources.clouds.offers import Quote, read_quote
from sources.clouds.unique_rows import one_per_key
from sources.payload import read_json, utc
from sources.quantities import QuantityError, decimal_or_none, quantity
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

REGIONS = (
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-2",
)
"""Where most of the accelerators are: each region more is hundreds of megabytes a fetch."""
URL = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonEC2/current/{region}/index.json"
TERMS = {"1yr": "1y", "3yr": "3y"}
PAID = ("No Upfront", "All Upfront")
"""In order of preference."""
HOURS = "Hrs"
MAX_BYTES = 2 << 30
"""Of the whole list of a region, most of which is left."""
Terms = Mapping[str, Any]


@dataclass(frozen=True)
class Offer:
    """One term of one product: what an hour and the beginning cost, as printed."""

    purchase_model: str
    effective_at: datetime
    hourly: str
    upfront: str
    currency: str
    unit: str
    paid: str = ""
    locator: str = ""

    @property
    def term(self) -> str:
        return self.purchase_model[-2:]


def parse(payload: Payload) -> Iterable[Statement]:
    content = read_json(payload)
    products, terms = _parts(content, payload)
    published_at = utc(content["publicationDate"], payload=payload)
    left = Counter({region: _count(number) for region, number in content["left_by_region"].items() if region})
    by_region: dict[str, list[tuple[datetime, Row | Refused | None]]] = defaultdict(list, {name: [] for name in left})
    for sku, product in products.items():
        region, reads = _read_product(sku, product, terms, payload)
        by_region[region].extend(reads)
    if not by_region:
        raise PayloadError(f"{payload.name}: no region; expected the price list of one")
    for region, reads in by_region.items():
        yield from _statements(region, reads, published_at, left[region])


def _parts(content: Any, payload: Payload) -> tuple[Mapping[str, Any], Mapping[str, Terms]]:
    if not isinstance(content, dict) or not all(isinstance(content.get(name), str) for name in HEAD):
        raise PayloadError(f"{payload.name}: no {', '.join(HEAD)}; expected a sifted price list of AWS")
    maps = [content.get(name) for name in ("products", "terms", "left_by_region")]
    terms = content.get("terms")
    of_kind = [terms.get(kind) for kind in ("OnDemand", "Reserved")] if isinstance(terms, dict) else [None]
    if not all(isinstance(part, dict) for part in (*maps, *of_kind)):
        raise PayloadError(f"{payload.name}: no products, terms (OnDemand, Reserved) and left_by_region")
    return content["products"], content["terms"]


def _count(printed: Any) -> int:
    return int(printed) if isinstance(printed, str) and printed.isdecimal() and len(printed) < 10 else 0


def _statements(
    region: str, reads: list[tuple[datetime, Row | Refused | None]], published_at: datetime, left: int
) -> Iterator[Statement]:
    """What holds when the list is published, then what it announces for later days."""
    days: dict[datetime, list[Row | Refused | None]] = defaultdict(list, {published_at: []})
    for effective_at, read in reads:
        days[max(effective_at, published_at)].append(read)
    for day, of_day in days.items():
        rows, ambiguous = one_per_key(row for row in of_day if isinstance(row, dict))
        yield Statement(
            table="rental_price",
            scope={"provider": "aws", "region": region},
            rows=rows,
            refused=[one for one in of_day if isinstance(one, Refused)] + ambiguous,
            valid_at=day,
            complete=day == published_at,
            ignored=sum(one is None for one in of_day) + (left if day == published_at else 0),
        )


def _read_product(
    sku: str, product: Any, terms: Mapping[str, Terms], payload: Payload
) -> tuple[str, list[tuple[datetime, Row | Refused | None]]]:
    attributes = product.get("attributes") if is_rented_accelerator(product) else None
    named = [attributes.get(name) for name in ("instanceType", "regionCode")] if attributes else [None]
    if not attributes or not all(isinstance(name, str) and name for name in named):
        raise PayloadError(f"{payload.name}: product {sku[:40]!r}: no rented machine with instanceType and regionCode")
    offers = list(_offers(sku, terms, payload))
    prices = [decimal_or_none(offer.hourly) for offer in offers if offer.purchase_model == "on_demand"]
    on_demand = prices[0] if len(prices) == 1 else None
    reads = [(offer.effective_at, _read(offer, attributes, on_demand)) for offer in offers]
    return attributes["regionCode"], reads


def _offers(sku: str, terms: Mapping[str, Terms], payload: Payload) -> Iterator[Offer]:
    """The terms on demand, and of each length of a reservation the one that we take."""
    for code, term in _terms_of(sku, terms["OnDemand"], payload):
        yield _offer(term, "on_demand", f"terms/OnDemand/{sku}/{code}", payload)
    reserved: dict[tuple[str, str], Offer] = {}
    for code, term in _terms_of(sku, terms["Reserved"], payload):
        about = term.get("termAttributes")
        about = about if isinstance(about, dict) else {}
        length, paid = _text(about.get("LeaseContractLength")), _text(about.get("PurchaseOption"))
        if about.get("OfferingClass") == "standard" and length in TERMS and paid in PAID:
            model = f"reserved_{TERMS[length]}"
            reserved[model, paid] = _offer(term, model, f"terms/Reserved/{sku}/{code}", payload, paid=paid)
    for model in dict.fromkeys(model for model, _ in reserved):
        yield next(reserved[model, paid] for paid in PAID if (model, paid) in reserved)


def _terms_of(sku: str, of_kind: Terms, payload: Payload) -> Iterator[tuple[str, Mapping[str, Any]]]:
    found = of_kind.get(sku, {})
    if not isinstance(found, dict) or not all(isinstance(term, dict) for term in found.values()):
        raise PayloadError(f"{payload.name}: the terms of {sku[:40]!r} are no map; expected offers by code")
    yield from found.items()


def _offer(term: Mapping[str, Any], model: str, locator: str, payload: Payload, *, paid: str = "") -> Offer:
    dimensions = term.get("priceDimensions")
    parts = list(dimensions.values()) if isinstance(dimensions, dict) else []
    if not parts or not all(isinstance(part, dict) and isinstance(part.get("pricePerUnit"), dict) for part in parts):
        raise PayloadError(f"{payload.name}: {locator} has no priceDimensions with a pricePerUnit")
    upfront = [part for part in parts if part.get("unit") == "Quantity"]
    hourly = [part for part in parts if part.get("unit") != "Quantity"]
    return Offer(
        purchase_model=model,
        effective_at=utc(_text(term.get("effectiveDate")), payload=payload),
        hourly=_price(hourly),
        upfront=_price(upfront),
        currency="/".join(sorted({name for part in parts for name in part["pricePerUnit"]}))[:40],
        unit=_text(hourly[0].get("unit")) if hourly else HOURS,
        paid=paid,
        locator=locator,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _price(parts: list[Mapping[str, Any]]) -> str:
    """The one price of one part; 'several' is none."""
    printed = [_text(price) for part in parts for price in part["pricePerUnit"].values()]
    return printed[0] if len(printed) == 1 else "several" if printed else ""


def _read(offer: Offer, attributes: Mapping[str, Any], on_demand: Decimal | None) -> Row | Refused | None:
    machine, region = attributes["instanceType"], attributes["regionCode"]
    hourly, raw = _per_hour(offer)
    quote = Quote(
        source=SOURCE.name,
        spelling=machine,
        provider="aws",
        sku=machine,
        region=region,
        purchase_model=offer.purchase_model,
        price="" if hourly is None else f"{hourly:f}",
        price_raw=raw,
        currency=offer.currency,
        locator=offer.locator,
        row_text=" ".join((machine, region, offer.purchase_model, raw, offer.currency)),
        vcpu_count=decimal_or_none(_text(attributes.get("vcpu"))),
        host_memory_gib=_memory_gib(_text(attributes.get("memory"))),
    )
    reason = "unit" if offer.unit != HOURS else ""
    if not reason and offer.paid and hourly is not None:
        reason = problem(hourly, on_demand)
    read = read_quote(quote)
    if reason and isinstance(read, dict):
        return quote.refused(reason, accelerator_id=str(read["accelerator_id"]))
    return read


def _per_hour(offer: Offer) -> tuple[Decimal | None, str]:
    """Dollars an hour, with what was printed: a rate, and for a term what was paid at its beginning."""
    hourly = decimal_or_none(offer.hourly)
    if not offer.paid:
        return hourly, offer.hourly
    upfront = decimal_or_none(offer.upfront) if offer.upfront else Decimal(0)
    raw = f"{offer.paid}: {offer.upfront or 0} + {offer.hourly or 0} an hour for {TERM_HOURS[offer.term]} h"
    if upfront is None or (hourly is None and offer.hourly):
        return None, raw
    return (hourly or Decimal(0)) + per_hour(upfront, offer.term), raw


def _memory_gib(printed: str) -> Decimal | None:
    try:
        return quantity(printed, unit="GiB", what="memory").exact
    except QuantityError:
        return None


SOURCE = Source(
    name="aws-price-list",
    title="AWS bulk price list of EC2",
    homepage="https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html",
    licence="AWS Customer Agreement; asked without a key",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("aws-price-list-*.json",),
    freshness_limit_hours=168,
    credit="Amazon Web Services",
    weaknesses=(
        "Ten regions; no spot, no savings plans, no Capacity Blocks; one reservation a term, "
        "without upfront payment where that is sold; Local Zones left out."
    ),
    live=Live(
        addresses=tuple(Address(URL.format(region=region), f"aws-price-list-{region}.json") for region in REGIONS),
        sift=sift,
        max_bytes=MAX_BYTES,
        patience=10,
    ),
)
