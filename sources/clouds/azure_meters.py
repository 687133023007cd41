"""What an Azure meter prices: which machine, on which terms, for how much an hour.

The Retail Prices API prints one item per meter and term, and what tells them apart stands in words at the end of
names: ``... Series Windows`` (or ``Srs Win``) prices the licence with the machine, ``... Spot`` the same machine
pre-emptible, ``... Low Priority`` a node of Azure Batch, which nobody rents as a machine. A reservation prints "1 Hour"
and the price of the whole term: 551221.0 for a year of ND96isr_H100_v5, which is 62.92 an hour.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sources.clouds.committed_prices import TERM_HOURS, per_hour, problem
from sources.clouds.karpenter_azure import ACCELERATED
from sources.clouds.offers import Quote, read_quote
from sources.clouds.unique_rows import one_per_key
from sources.quantities import decimal_or_none
from sources.source import Refused, Row, Statement

TERMS = {"1 Year": "1y", "3 Years": "3y"}
HOUR = "1 Hour"
WINDOWS = (" Windows", " Win")


@dataclass(frozen=True)
class Meter:
    """An item of the API, its figures as printed. ``source`` and ``spelling`` are what the alias table is asked for."""

    source: str
    spelling: str
    sku: str
    region: str
    product: str
    name: str
    price: str
    unit: str
    locator: str
    kind: str = "Consumption"
    currency: str = "USD"
    term: str = ""
    savings_plans: tuple[tuple[str, str], ...] = ()
    """(term, price an hour)."""
    is_primary: bool = False
    """Azure prices some machines under two meters, and its invoices use the primary one."""

    @property
    def is_rented_plain(self) -> bool:
        """False for the licence, for nodes of Batch, and for prices of the DevTest subscription."""
        is_windows, is_of_batch = self.product.endswith(WINDOWS), self.name.endswith(" Low Priority")
        return not (is_windows or is_of_batch or self.kind == "DevTestConsumption")

    @property
    def purchase_model(self) -> str:
        """'' where the terms are not among ours."""
        if self.kind == "Reservation":
            return f"reserved_{TERMS[self.term]}" if self.term in TERMS else ""
        if self.kind != "Consumption":
            return ""
        return "spot" if self.name.endswith(" Spot") else "on_demand"


def statement_of_region(
    region: str, meters: Iterable[Meter], *, valid_at: datetime | None = None, complete: bool
) -> Statement:
    listed = list(meters)
    accelerated = _used_by_invoices(meter for meter in listed if ACCELERATED.match(meter.sku.replace(" ", "_")))
    on_demand = _list_prices(accelerated)
    read = [one for meter in accelerated for one in _read(meter, on_demand.get(meter.sku))]
    rows, ambiguous = one_per_key(row for row in read if isinstance(row, dict))
    return Statement(
        table="rental_price",
        scope={"provider": "azure", "region": region},
        rows=rows,
        refused=[one for one in read if isinstance(one, Refused)] + ambiguous,
        valid_at=valid_at,
        complete=complete,
        ignored=len(listed) - len(accelerated) + sum(one is None for one in read),
    )


def _used_by_invoices(meters: Iterable[Meter]) -> list[Meter]:
    """The meters of one region without those that stand beside a primary one of the same machine and terms."""
    kept = list(meters)
    used = {(meter.sku, meter.is_rented_plain, meter.purchase_model) for meter in kept if meter.is_primary}
    return [one for one in kept if one.is_primary or (one.sku, one.is_rented_plain, one.purchase_model) not in used]


def _list_prices(meters: Iterable[Meter]) -> dict[str, Decimal]:
    """Machine -> dollars an hour on demand, of the meters of one region."""
    offered = [meter for meter in meters if meter.is_rented_plain and meter.purchase_model == "on_demand"]
    prices = {meter.sku: decimal_or_none(meter.price) for meter in offered if meter.unit == HOUR}
    return {sku: price for sku, price in prices.items() if price is not None}


def _read(meter: Meter, on_demand: Decimal | None) -> Iterator[Row | Refused | None]:
    """A meter's own price, then those of its savings plans; None where no machine with an accelerator is priced."""
    if not meter.is_rented_plain:
        yield None
        return
    model = meter.purchase_model
    if not model or meter.unit != HOUR:
        yield _judged(_quote(meter, model, meter.price), "unit" if model else "purchase_model")
        return
    yield _total(meter, on_demand) if meter.kind == "Reservation" else read_quote(_quote(meter, model, meter.price))
    for term, printed in meter.savings_plans:
        plan = f"savings_plan_{TERMS[term]}" if term in TERMS else ""
        yield _hourly(_quote(meter, plan, printed), on_demand)


def _quote(meter: Meter, model: str, price: str, price_raw: str = "") -> Quote:
    told = f"{meter.product} / {meter.name} / {meter.region} {meter.kind} {meter.term} {price_raw or price}"
    return Quote(
        source=meter.source,
        spelling=meter.spelling,
        provider="azure",
        sku=meter.sku,
        region=meter.region,
        purchase_model=model,
        price=price,
        price_raw=price_raw,
        currency=meter.currency,
        locator=meter.locator,
        row_text=f"{told} per {meter.unit}",
    )


def _judged(quote: Quote, reason: str) -> Row | Refused | None:
    """The quote as read, or refused for ``reason`` where nothing else is against it."""
    read = read_quote(quote)
    if reason and isinstance(read, dict):
        return quote.refused(reason, accelerator_id=str(read["accelerator_id"]))
    return read


def _total(meter: Meter, on_demand: Decimal | None) -> Row | Refused | None:
    """A reservation: the price of its whole term, whatever the unit says."""
    total, term = decimal_or_none(meter.price), TERMS[meter.term]
    if total is None:
        return read_quote(_quote(meter, meter.purchase_model, meter.price))
    hourly = per_hour(total, term)
    raw = f"{meter.price} (total of a term of {TERM_HOURS[term]} h)"
    return _judged(_quote(meter, meter.purchase_model, f"{hourly:f}", raw), problem(hourly, on_demand))


def _hourly(quote: Quote, on_demand: Decimal | None) -> Row | Refused | None:
    hourly = decimal_or_none(quote.price)
    reason = "" if hourly is None else problem(hourly, on_demand)
    return _judged(quote, reason if quote.purchase_model else "purchase_model")
