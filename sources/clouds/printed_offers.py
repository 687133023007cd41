"""A price printed on a page, for an hour of an offer -> a row of ``rental_price``, or why it cannot be one.

The last step of every page of rental prices: the text becomes a figure (``sources.printed_prices``), the figure an hour
of the whole offer, and ``read_quote`` judges it as it judges every other price list's.
"""

from collections.abc import Iterable
from dataclasses import replace

from sources.clouds.offers import Quote, read_quote
from sources.clouds.unique_rows import one_per_key
from sources.names import alias
from sources.printed_prices import PriceError, read_price
from sources.source import Payload, PayloadError, Refused, Row, Statement


def read_printed(quote: Quote, printed: str, *, unit: str) -> Row | Refused | None:
    """The row of ``quote`` at the price that is printed; ``unit`` ('hour') is the column's, where the cell has none."""
    known = alias(quote.source, quote.spelling)
    if known is not None and not known.is_accelerated:
        return None
    try:
        price = read_price(printed, header_unit=unit)
        hourly = price.per_hour
    except PriceError as error:
        accelerator = {"accelerator_id": known.accelerator_id} if known is not None and known.is_settled else {}
        return quote.refused(error.reason, **accelerator)
    stated = replace(
        quote,
        price="" if hourly is None else str(hourly),
        price_raw=quote.price_raw or price.raw,
        price_state=price.state,
        currency=price.currency or quote.currency,
    )
    return read_quote(stated)


def page_statement(payload: Payload, provider: str, reads: Iterable[Row | Refused | None]) -> Statement:
    """What a page that lists all of a product says; a page without one readable price has been redesigned.

    Offers under one key at different prices are refused together: which of them was meant cannot be told.
    """
    reads = list(reads)
    agreed, disputed = one_per_key(read for read in reads if isinstance(read, dict))
    if all(row["price_usd_per_hour"] is None for row in agreed):
        raise PayloadError(f"{payload.name}: {len(reads)} lines and no price of an accelerator; expected some")
    return Statement(
        table="rental_price",
        scope={"provider": provider},
        rows=agreed,
        refused=[*(read for read in reads if isinstance(read, Refused)), *disputed],
        ignored=sum(read is None for read in reads),
    )
