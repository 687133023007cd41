"""One price of a model as a list prints it -> a row of ``api_price``, or why it cannot be one.

Lists that quote a million tokens (or a thousand requests) end here, so that all of them refuse alike and are divided
in one place: a price that is missing, below zero or zero, one that no unit can explain, one in another currency.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files

from sources.apis.litellm_prices import implausible, is_filler
from sources.quantities import decimal_or_none
from sources.source import Refused, Row, Statement
from sources.tables import USD_STEP, key_columns

MILLION, THOUSAND = Decimal(10**6), Decimal(10**3)
MAX_TEXT = 200
"""Of a key column: longer ones are no names."""


@dataclass(frozen=True)
class Provider:
    """Who serves, under the name that other lists use, and in which currency it sells."""

    provider: str
    currency: str


@dataclass(frozen=True)
class Offer:
    """One model at one provider, with what all of its prices share."""

    source: str
    provider: str
    model_id: str
    sku: str
    """The list's own spelling of it."""
    modality: str
    locator: str
    conditions: tuple[str, ...] = ()
    currency: str = "USD"

    @property
    def columns(self) -> dict[str, str]:
        return {
            "provider": self.provider,
            "model_id": self.model_id,
            "sku": self.sku,
            "modality": self.modality,
        }


@dataclass(frozen=True)
class Figure:
    """One printed price: of how many (``per``) of which unit."""

    path: str
    unit: str
    """'' where the list does not say which: it is refused."""
    printed: object
    per: Decimal = MILLION
    conditions: tuple[str, ...] = ()


@cache
def _providers() -> dict[tuple[str, str], Provider]:
    text = files("sources.apis").joinpath("api_providers.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(row["source"], row["spelling"]): Provider(row["provider"], row["currency"]) for row in rows}


@cache
def _known_errors() -> dict[tuple[str, str, str, Decimal], str]:
    text = files("sources.apis").joinpath("api_known_errors.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(row["source"], row["sku"], row["unit"], Decimal(row["printed"])): row["reason"] for row in rows}


def provider_of(source: str, spelling: str) -> Provider:
    """Who ``source`` means; a name that is not in ``api_providers.csv`` is its own and sells in dollars."""
    return _providers().get((source, spelling)) or Provider(spelling, "USD")


def context_above(printed: object) -> str | None:
    """The condition of a price for prompts of more tokens than ``printed``; None where that is no number."""
    tokens = decimal_or_none(printed) if isinstance(printed, str) else None
    if tokens is None or tokens <= 0:
        return None
    return f"context>{(tokens / 1000).normalize():f}k"


def read_figures(offer: Offer, figures: Iterable[Figure]) -> Iterator[Row | Refused]:
    """The rows of an offer and its refusals."""
    printed = list(figures)
    priced_in = frozenset(one.unit for one in printed if (price := _amount(one)) is not None and price > 0)
    yield from (row for one in printed if (row := _read(offer, one, priced_in)))


def statement(
    scope: dict[str, str], read: Iterable[Row | Refused], *, valid_at: datetime | None = None, ignored: int = 0
) -> Statement:
    """What was read as one statement: a price said twice is one row, two prices for one key are refused together."""
    rows: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    refused: list[Refused] = []
    for one in read:
        if isinstance(one, Refused):
            refused.append(one)
        else:
            rows[tuple(one[name] for name in key_columns("api_price"))].append(one)
    single = [same[0] for same in rows.values() if len({row["price_usd_per_unit"] for row in same}) == 1]
    several = [same for same in rows.values() if len({row["price_usd_per_unit"] for row in same}) > 1]
    contradictions = [_contradiction(same) for same in several]
    return Statement("api_price", scope, single, refused + contradictions, valid_at=valid_at, ignored=ignored)


def _contradiction(same: Sequence[Row]) -> Refused:
    told = "; ".join(f"{row['locator']} {row['price_usd_per_unit']:f}" for row in same)
    key = {name: str(same[0][name]) for name in key_columns("api_price")}
    return Refused("duplicate_key", str(same[0]["locator"]), f"{same[0]['sku']}: {told}"[:400], key)


def _read(offer: Offer, one: Figure, priced_in: frozenset[str]) -> Row | Refused | None:
    key = _key(offer, one)
    locator, told = f"{offer.locator}.{one.path}", _told(offer, one)
    if not all(0 < len(key[name]) <= MAX_TEXT for name in ("provider", "model_id", "sku")):
        return Refused("missing_key", locator, told, {"sku": offer.sku})
    price = _amount(one)
    if price is None:
        return Refused("missing_price", locator, told, key)
    if not one.unit:
        told = f"{told} (of what, the list does not say)"
        return Refused("unit", locator, told, _without_unit(key)) if price else None
    if price < 0:
        return Refused("placeholder_price", locator, told, key)
    wrong = _known_errors().get((offer.source, offer.sku, one.unit, price))
    price = (price / one.per).quantize(USD_STEP)
    if price == 0:
        filler = is_filler(one.unit, mode=_mode(offer.modality), priced_in=priced_in)
        return None if filler else Refused("zero_price", locator, told, key)
    if reason := wrong or implausible(price, unit=one.unit, modality=offer.modality):
        return Refused("unit", locator, f"{told} ({reason})", key)
    if offer.currency != "USD":
        return Refused("currency", locator, f"{told} (sold in {offer.currency}; converted at no dated rate)", key)
    return {**key, "price_usd_per_unit": price, "price_state": "listed", "locator": locator}


def _mode(modality: str) -> str:
    """In litellm's words, which the rule about fillers speaks."""
    return "chat" if modality == "text" else modality


def _amount(one: Figure) -> Decimal | None:
    return decimal_or_none(one.printed) if isinstance(one.printed, str) else None


def _key(offer: Offer, one: Figure) -> dict[str, str]:
    return {**offer.columns, "unit": one.unit, "condition": ",".join(offer.conditions + one.conditions)}


def _without_unit(key: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in key.items() if name != "unit"}


def _told(offer: Offer, one: Figure) -> str:
    return f"{offer.provider} {offer.sku}: {one.path} {one.printed}"[:400]
