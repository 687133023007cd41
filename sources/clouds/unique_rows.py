"""Rows of one statement that meet under one key: kept once where they agree, refused together where they do not.

Price lists print a product under several meters, pages shift while they are read, terms that we do not tell apart
cost the same or not. Which of two prices was meant cannot be told, so none is taken.
"""

from collections import defaultdict
from collections.abc import Iterable

from sources.source import Refused, Row
from sources.tables import key_columns

KEY = key_columns("rental_price")


def one_per_key(rows: Iterable[Row]) -> tuple[list[Row], list[Refused]]:
    """The rows, and a refusal of each row whose key has several prices, or a price and none."""
    by_key: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        by_key[tuple(row[name] for name in KEY)].append(row)
    agreed = [same[0] for same in by_key.values() if _is_agreed(same)]
    return agreed, [_refused(row, len(same)) for same in by_key.values() if not _is_agreed(same) for row in same]


def _is_agreed(same: list[Row]) -> bool:
    return len({(row["price_state"], row["price_usd_per_hour"]) for row in same}) == 1


def _refused(row: Row, prices: int) -> Refused:
    key = {name: str(row[name]) for name in KEY if name != "accelerator_count"}
    terms = " ".join(str(row[name]) for name in ("provider", "sku", "region", "zone", "purchase_model", "price_raw"))
    told = f"{' '.join(terms.split())}: one of {prices} under this key"[:400]
    return Refused("duplicate_key", str(row["locator"]), told, key)
