"""What a commitment costs an hour, and whether that can be: it stands between a tenth of the list price and the list.

A price list prints a reservation as the total of its term, as an hourly rate, or as both parts of a sum, and says
which in a word at most. A slip in that word moves the price by thousands, which the list price of the same machine
shows.
"""

from decimal import ROUND_HALF_EVEN, Decimal

from sources.tables import USD_STEP

TERM_HOURS = {"1y": 365 * 24, "3y": 3 * 365 * 24}
"""As the providers count: 8760 and 26280, leap days left out."""
LEAST_SHARE = Decimal("0.1")
"""Of the list price. The deepest discount of three years paid at once is some 75 % (ND96isr_H100_v5: 56 %)."""


def per_hour(total: Decimal, term: str) -> Decimal:
    """A term's total as dollars an hour: 551221 for a year is 62.924771689498."""
    return (total / TERM_HOURS[term]).quantize(USD_STEP, rounding=ROUND_HALF_EVEN)


def problem(hourly: Decimal, on_demand: Decimal | None) -> str:
    """The reason against a committed price beside the list price, or ''; without a list price there is none."""
    if on_demand is None or on_demand <= 0:
        return ""
    if hourly > on_demand:
        return "commitment_above_on_demand"
    if hourly == on_demand:
        return "placeholder_price"
    return "whole_term_total" if hourly < on_demand * LEAST_SHARE else ""
