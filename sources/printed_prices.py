"""A price as pages print it -> the figure, what it is the price of, and whether it is one.

``$1.30``, ``\\$0.02/megapixel``, ``from $2.99/hr``, ``$0.50 per 5 seconds``, ``Contact sales``. The unit may stand in
the column's header instead ("Price ($/h)"). What is no single price is an error with the reason code of a quarantined
row: a range, several prices, no currency, nothing at all. No figure passes through a float.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from sources.quantities import decimal_or_none

MAX_LENGTH = 200
SECONDS = {"second": 1, "minute": 60, "hour": 3_600}

_CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "usd$": "USD", "$usd": "USD", "$us": "USD",
    "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP", "¥": "", "₹": "INR", "inr": "INR",
    "cny": "CNY", "rmb": "CNY", "jpy": "JPY", "chf": "CHF", "sek": "SEK",
    "a$": "AUD", "aud": "AUD", "c$": "CAD", "ca$": "CAD", "cad": "CAD", "s$": "SGD", "hk$": "HKD",
}  # fmt: skip
"""The yen and the yuan share a sign: '¥' alone is neither."""
_UNITS = {
    "s": "second", "sec": "second", "secs": "second", "min": "minute", "mins": "minute",
    "h": "hour", "hr": "hour", "hrs": "hour", "hourly": "hour",
    "mo": "month", "mth": "month", "monthly": "month", "yr": "year",
    "img": "image", "imgs": "image", "mp": "megapixel", "char": "character", "chars": "character",
    "tok": "token", "toks": "token", "req": "request", "vid": "video",
}  # fmt: skip
_ACCELERATORS = ("gpu", "accelerator", "card", "chip")
_MULTIPLES = {"": 1, "k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000, "b": 10**9}
_STATES = (
    ("contact_sales", re.compile(
        r"contact( (us|sales|our (sales )?team))?\b|(talk|speak) to (us|sales)|"
        r"(request|get) (a )?(quote|pricing)|custom( pricing| quote)?$|per contract\b|(price )?(up)?on request|"
        r"inquire|enquire|let'?s talk"
    )),
    ("waitlist", re.compile(r"(join (the )?)?wait ?list\b|pre-? ?order\b")),
    ("not_offered", re.compile(r"n/?a$|not (available|offered)|unavailable|coming soon|discontinued|deprecated")),
)  # fmt: skip
_ABOUT = re.compile(r"(~|≈|about |approx(imately|\.)? |around |circa |ca\. )\s*")
_FROM = re.compile(r"(starting (at|from) |starts (at|from) |from |as low as )")
_BOUND = re.compile(r"(up to |less than |under |<|≤)")
_NUMBER = r"[0-9](?:[0-9.,' ]{0,30}[0-9])?|\.[0-9]{1,30}"
_SIGN = "|".join(re.escape(sign) for sign in sorted(_CURRENCIES, key=len, reverse=True))
_PRICE = re.compile(
    rf"(?P<before>{_SIGN})?\s?(?P<number>{_NUMBER})\s?(?P<after>(?:{_SIGN})(?![a-z]))?\s*(?P<rest>.*)", re.DOTALL
)
_UNIT = re.compile(
    r"(?:/|per\b|an?\b|each\b)?\s*(?P<count>[0-9][0-9,]{0,12})?"
    r"\s*(?:(?P<multiple>k|m|b|thousand|million)(?![a-z]))?\s*(?P<of>[a-z][a-z /·-]{0,60})?"
)


class PriceError(ValueError):
    """The text is not one price. One line; ``reason`` is the code under which the row is refused."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class PrintedPrice:
    state: str
    """``listed`` or ``approximate``; or, without an amount, ``contact_sales``, ``waitlist`` or ``not_offered``."""
    raw: str
    amount: Decimal | None = None
    currency: str = ""
    unit: str = ""
    """What it is the price of, in the singular: hour, second, image, token; '' where neither text nor header says."""
    per: int = 1
    """Of how many units: 5 for '$0.50 per 5 seconds', 1,000,000 for '$3 / 1M tokens'."""
    is_per_accelerator: bool = False
    is_from: bool = False
    """The least of several prices ('from $2.99'), and so approximate."""

    @property
    def per_unit(self) -> Decimal | None:
        """Of one unit; exact but for what a division must round."""
        return None if self.amount is None else self.amount / self.per

    @property
    def per_hour(self) -> Decimal | None:
        """Of an hour, exactly, where it is a price of time; months have no fixed number of hours."""
        if self.amount is None:
            return None
        if self.unit not in SECONDS:
            raise PriceError("unit", f"price {self.raw!r}: of {self.unit or 'nothing stated'}; expected of time")
        hours = Decimal(SECONDS["hour"]) / SECONDS[self.unit]
        return self.amount * hours if self.per == 1 else self.amount * hours / self.per


def read_price(printed: str, *, header_unit: str = "") -> PrintedPrice:
    """The price that a cell shows, under a column whose header gives ``header_unit`` ('$/h', 'USD per hour')."""
    raw = " ".join(printed.replace("\\$", "$").split())
    shown = raw.casefold().strip().rstrip("!.").strip()
    if not shown or not shown.strip("-–—"):
        raise PriceError("missing_price", f"price {raw!r}: nothing; expected a price")
    if len(shown) > MAX_LENGTH:
        raise PriceError("unit", f"price {raw[:60]!r}: {len(shown)} characters; expected one price")
    for state, said in _STATES:
        if said.match(shown):
            return PrintedPrice(state, raw)
    return _figure(shown, raw, header_unit.casefold().replace("\\$", "$").strip())


def _figure(shown: str, raw: str, header: str) -> PrintedPrice:
    if shown == "free":
        return PrintedPrice("listed", raw, Decimal(0), "USD")
    if _BOUND.match(shown):
        raise PriceError("unit", f"price {raw!r}: a bound; expected one price")
    at_least = _FROM.match(shown)
    shown = shown[at_least.end() :] if at_least else shown
    about = _ABOUT.match(shown)
    found = _PRICE.fullmatch(shown[about.end() :] if about else shown)
    if found is None:
        raise PriceError("missing_price", f"price {raw!r}: no figure; expected something like '$1.30'")
    rest, _, note = found["rest"].partition("(")
    if re.search(rf"[0-9.]\s?(?:{_SIGN})(?![a-z])|[$€£¥₹]", f"{rest} {note}") or re.match(r"(-|–|—|to\b|or\b)", rest):
        raise PriceError("unit", f"price {raw!r}: several figures; expected one price")
    header_sign = re.match(_SIGN, header)
    sign = found["before"] or found["after"] or (header_sign[0] if header_sign else "")
    if not _CURRENCIES.get(sign):
        raise PriceError("currency", f"price {raw!r}: no currency that we know; expected '$'")
    if found["after"] and _CURRENCIES[found["after"]] != _CURRENCIES[sign]:
        raise PriceError("currency", f"price {raw!r}: in two currencies; expected one")
    stated = rest.strip() or (note.rstrip(") ") if note.startswith(("per ", "/")) else "")
    header = header[header_sign.end() :] if header_sign else header
    unit, per, is_per_accelerator = _unit(stated, header, raw)
    return PrintedPrice(
        state="approximate" if at_least or about else "listed",
        raw=raw,
        amount=_decimal(found["number"], raw),
        currency=_CURRENCIES[sign],
        unit=unit,
        per=per,
        is_per_accelerator=is_per_accelerator,
        is_from=bool(at_least),
    )


def _unit(rest: str, header: str, raw: str) -> tuple[str, int, bool]:
    """The unit that stands behind the figure, else the one of the header."""
    stated = rest.strip(" .;") or header.strip(" .;")
    if not stated:
        return "", 1, False
    found = _UNIT.fullmatch(stated)
    if found is None:
        raise PriceError("unit", f"price {raw!r}: of {stated!r}; expected something like '/hr' or 'per 5 seconds'")
    words = [word for word in re.split(r"[ /·-]+|\bper\b", found["of"] or "") if word]
    words = [_singular(word) for word in words if word not in ("per", "an", "a", "each")]
    per = int((found["count"] or "1").replace(",", "")) * _MULTIPLES[found["multiple"] or ""]
    if per == 0:
        raise PriceError("unit", f"price {raw!r}: of none; expected of one or more")
    others = [word for word in words if word not in _ACCELERATORS]
    return " ".join(others), per, len(others) < len(words)


def _singular(word: str) -> str:
    word = _UNITS.get(word, word)
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 2 else word


_ENGLISH = re.compile(r"([0-9]{1,3}(,[0-9]{3})+|[0-9]*)(\.[0-9]+)?")
_CONTINENTAL = re.compile(r"([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?|[0-9]{1,3}(\.[0-9]{3}){2,}")
_SPACED = re.compile(r"[0-9]{1,3}([ '][0-9]{3})+([.,][0-9]+)?")


def _decimal(printed: str, raw: str) -> Decimal:
    """'1,234.50', '1.234,50', '1 234,50' and '0,12'; one comma before three last digits parts thousands."""
    is_english = _ENGLISH.fullmatch(printed) and not printed.startswith("0,")
    if is_english:
        plain = printed.replace(",", "")
    elif _CONTINENTAL.fullmatch(printed):
        plain = printed.replace(".", "").replace(",", ".")
    elif _SPACED.fullmatch(printed):
        plain = re.sub(r"[ ']", "", printed).replace(",", ".")
    else:
        plain = ""
    number = decimal_or_none(plain)
    if number is None:
        raise PriceError("unit", f"price {raw!r}: {printed!r} is no number; expected something like 1,234.50")
    return number
