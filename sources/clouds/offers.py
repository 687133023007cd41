"""One quoted price -> a row of ``rental_price``, or why it cannot be one.

Every price list ends here, so that all of them refuse alike: an unknown machine type, a price that is missing or zero,
a currency without a dated rate. Prices stay decimals, and a price per accelerator is computed from the exact share of
a card (a sixth, not 0.1667).
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from sources.names import alias, rounded
from sources.quantities import decimal_or_none
from sources.source import Refused, Row
from sources.tables import PRICED_STATES, USD_STEP

USD_LIMIT = Decimal(10) ** 9
"""An hour of nothing that is rented costs so much; the ledger's money ends a thousand times later."""


@dataclass(frozen=True)
class Quote:
    """A price as a source states it. ``spelling`` is what the alias table is asked for."""

    source: str
    spelling: str
    provider: str
    sku: str
    region: str
    purchase_model: str
    price: str
    """Per hour, for the whole offer, in ``currency``."""
    locator: str
    row_text: str
    service_tier: str = ""
    currency: str = "USD"
    price_raw: str = ""
    """As printed, where that is not ``price`` itself (a price of a month, say)."""
    price_state: str = "listed"
    """``contact_sales``, ``waitlist`` and ``not_offered`` have no price, whatever else is printed."""
    vcpu_count: Decimal | None = None
    host_memory_gib: Decimal | None = None

    @property
    def key(self) -> dict[str, str | None]:
        """The key columns that the source states itself; those that the alias table adds are left unknown."""
        return {
            "provider": self.provider,
            "sku": self.sku,
            "region": self.region,
            "zone": "",
            "purchase_model": self.purchase_model,
            "service_tier": self.service_tier,
        }

    def refused(self, reason: str, **known: str) -> Refused:
        return Refused(reason, self.locator, self.row_text, {**self.key, **known})


def read_quote(quote: Quote) -> Row | Refused | None:
    """The row of a quote, or its refusal; None where the offer carries no accelerator."""
    known = alias(quote.source, quote.spelling)
    if known is not None and not known.is_accelerated:
        return None
    if known is None or not known.is_settled or known.exact_count is None:
        return quote.refused("unknown_accelerator")
    price = decimal_or_none(quote.price) if quote.price_state in PRICED_STATES else None
    reason = _price_reason(quote, price) if quote.price_state in PRICED_STATES else ""
    if reason:
        return quote.refused(reason, accelerator_id=known.accelerator_id)
    return {
        **quote.key,
        "accelerator_id": known.accelerator_id,
        "accelerator_count": known.accelerator_count,
        "price_state": quote.price_state,
        "price_usd_per_hour": price,
        "price_usd_per_accelerator_hour": None if price is None else per_accelerator(price, known.exact_count),
        "price_raw": quote.price_raw or quote.price,
        "currency": quote.currency,
        "vcpu_count": quote.vcpu_count,
        "host_memory_gib": quote.host_memory_gib,
        "locator": quote.locator,
    }


def _price_reason(quote: Quote, price: Decimal | None) -> str:
    if price is None:
        return "missing_price"
    if quote.currency != "USD":
        return "currency"
    if price >= USD_LIMIT:
        return "price_out_of_range"
    return "zero_price" if price <= 0 else ""


def per_accelerator(price: Decimal, count: Fraction) -> Decimal:
    """``price`` over the exact ``count``: 0.454 for a sixth of a card is 2.724 a card."""
    share = price * count.denominator / count.numerator
    return share.quantize(USD_STEP, rounding=ROUND_HALF_EVEN)


def of_count(row: Row, exact: Fraction) -> Row:
    """The row as an offer of ``exact`` accelerators, where the source states their number beside the name of one."""
    price = row["price_usd_per_hour"]
    each = None if price is None else per_accelerator(Decimal(str(price)), exact)
    return {**row, "accelerator_count": rounded(exact), "price_usd_per_accelerator_hour": each}
