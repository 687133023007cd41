"""What a figure shows by itself: a zero that fills a field which does not apply, a price that cannot be one."""

from decimal import Decimal
from functools import cache

from sources.apis.litellm_fields import table

TEXT_MODES = ("chat", "completion", "responses", "provisioned")
CACHED = ("cached_input_token", "cached_input_audio_token", "cached_input_image_token")
CACHE_WRITES = ("cache_write_token", "cache_write_audio_token")
TOKENS_OF_TEXT = ("input_token", "output_token")


@cache
def _bounds() -> dict[tuple[str, str], tuple[Decimal, Decimal, str]]:
    return {
        (row["unit"], row["modality"]): (Decimal(row["low"]), Decimal(row["high"]), row["reason"])
        for row in table("litellm_bounds.csv")
    }


@cache
def _known_errors() -> dict[tuple[str, str, Decimal], str]:
    return {
        (row["sku"], row["field"], Decimal(row["printed"])): row["reason"] for row in table("litellm_known_errors.csv")
    }


def implausible(price: Decimal, *, unit: str, modality: str) -> str:
    """Why nothing is sold at this price per unit, or ''. Upstream's slips are by 1000 and more, prices by less."""
    bound = _bounds().get((unit, modality)) or _bounds().get((unit, ""))
    if bound is None or bound[0] <= price <= bound[1]:
        return ""
    return f"{price:f} USD per {unit} is outside {bound[0]:f} to {bound[1]:f}: {bound[2]}"


def known_error(sku: str, field: str, printed: Decimal) -> str:
    """Why a figure is wrong although it could be a price, or ''."""
    return _known_errors().get((sku, field, printed), "")


def is_filler(unit: str, *, mode: str, priced_in: frozenset[str]) -> bool:
    """Whether a zero only says that the field does not apply, because the entry is sold by something else.

    An embedding has no output, a transcript no seconds, a picture in a chat is paid for as tokens, and many do not
    charge for writing a cache. A cached token or a chat's token for nothing is a statement: no filler.
    """
    sold_by = priced_in - {*CACHED, *CACHE_WRITES}
    if not sold_by or unit in CACHED:
        return False
    if mode not in TEXT_MODES:
        return True
    return unit not in TOKENS_OF_TEXT and bool(sold_by & set(TOKENS_OF_TEXT))
