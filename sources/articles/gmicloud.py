"""GMI Cloud's blog articles: what a GPU hour and a request to a model cost on the day that the article prints.

The prices stand in running text and in lists, between calls to action, ranges and worked examples. A price is taken
only where its unit is printed beside it ('$0.10/request') or where a list names its model ('Model: ..', 'Price: ..'),
and only for a name of ``gmicloud_names.csv``, which also says what each name means; the price belongs to the last such
name before it in the sentence. A price without a known name is refused, a range ('from $.. to $..') is ignored.
'~' is ``approximate``, 'Contact' is ``contact_sales`` without a price. An article that contradicts itself about a name
is believed about neither figure. It names some offers and not all: its statements are partial.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files

from bs4 import BeautifulSoup

from sources.payload import text
from sources.quantities import QuantityError, quantity
from sources.source import Payload, PayloadError, Refused, Row, Source, Statement

PROVIDER = "gmicloud"
BYLINE = "gmicloud.ai"
GPU_PRICE_LIST = "gmi cloud price"
MAX_BYTES = 500_000
BLOCKS = ("p", "li", "div", "h1", "h2", "h3", "h4", "h5", "tr", "td", "th", "br", "section", "article", "ul", "ol")
_DATE = re.compile(
    r"^(January|February|March|April|May|June|July|August|September|October|November|December) [0-9]{1,2}, 20[0-9]{2}$"
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_PER_REQUEST = re.compile(r"(~?\$[0-9.,]*[0-9])\s?/\s?request\b")
_RANGE = re.compile(r"\bfrom \$\S+ to \$")
_LISTED = re.compile(r"(?:[•*-]\s*)?(?P<name>[^:]{1,60}):\s*(?P<value>.{1,60})")
_PER_GPU_HOUR = re.compile(r"(~?\$[0-9.,]*[0-9])\s?/\s?GPU-h(?:ou)?r")


@dataclass(frozen=True)
class Name:
    spelling: str
    kind: str
    id: str
    modality: str
    series: str
    note: str


@dataclass(frozen=True)
class Mention:
    """A name with the price printed for it, and the line it stands on."""

    name: Name
    printed: str
    line: int


@cache
def names() -> dict[str, Name]:
    table = files("sources.articles").joinpath("gmicloud_names.csv").read_text(encoding="utf-8")
    return {row["spelling"]: Name(**row) for row in csv.DictReader(table.splitlines())}


def parse(payload: Payload) -> Iterable[Statement]:
    """One statement of GPU prices and one of model prices, both of the day that the article prints."""
    if len(payload.content) > MAX_BYTES:
        raise PayloadError(f"{payload.name}: {len(payload.content)} bytes; an article has at most {MAX_BYTES}")
    lines = _lines(payload)
    if not any(BYLINE in line for line in lines):
        raise PayloadError(f"{payload.name}: no byline '{BYLINE}'; expected an article of GMI Cloud")
    day = next((line for line in lines if _DATE.match(line)), None)
    if day is None:
        raise PayloadError(f"{payload.name}: no date; expected a line like 'March 10, 2026'")
    written_at = datetime.strptime(day, "%B %d, %Y").replace(tzinfo=UTC)
    ranges = sum(bool(_RANGE.search(line)) for line in lines)
    for table, found in (("api_price", _model_prices(lines)), ("rental_price", _gpu_prices(lines))):
        mentions, refused = _sorted(found)
        rows = [_api_row(mention) if table == "api_price" else _rental_row(mention) for mention in mentions]
        yield Statement(
            table,
            {"provider": PROVIDER},
            rows=[row for row in rows if isinstance(row, dict)],
            refused=refused + [row for row in rows if isinstance(row, Refused)],
            valid_at=written_at,
            recorded_at=written_at,
            complete=False,
            ignored=ranges if table == "api_price" else 0,
        )


def _lines(payload: Payload) -> list[str]:
    """The visible text, one block of the page a line; a plain text file is read the same way."""
    page = BeautifulSoup(text(payload), "lxml")
    for hidden in page(["script", "style", "noscript", "template"]):
        hidden.decompose()
    for block in page(BLOCKS):
        block.insert_before("\n")
        block.append("\n")
    return [" ".join(line.split()) for line in page.get_text().splitlines()]


def _model_prices(lines: list[str]) -> Iterator[Mention | Refused]:
    listed: tuple[str, int] | None = None
    for at, line in enumerate(lines, start=1):
        for sentence in _SENTENCE.split(line):
            if not _RANGE.search(sentence):
                yield from _priced_in(sentence, at, lines)
        match = _LISTED.fullmatch(line)
        if match and match["name"] == "Model":
            listed = (match["value"], at)
        elif match and match["name"] == "Price" and listed:
            yield _mention(listed[0], match["value"], at)
            listed = None


def _priced_in(sentence: str, at: int, lines: list[str]) -> Iterator[Mention | Refused]:
    for price in _PER_REQUEST.finditer(sentence):
        before = sentence[: price.start()]
        series = re.search(r"([\w.-]+) model series [\w ]*$", before)
        if series:
            members = [name for name in names().values() if name.series == series[1]]
            present = [name for name in members if any(_positions(name.spelling, line) for line in lines)]
            yield from (Mention(name, price[1], at) for name in present)
            continue
        last = max(
            ((max(found), name) for name in names().values() if (found := _positions(name.spelling, before))),
            key=lambda found: found[0],
            default=None,
        )
        yield _mention(last[1].spelling if last else "", price[1], at, sentence)


def _positions(spelling: str, within: str) -> list[int]:
    """Where the whole name stands: 'L4' is no part of 'L40S'."""
    return [found.start() for found in re.finditer(rf"(?<![\w.-]){re.escape(spelling)}(?![\w-]|\.\w)", within)]


def _mention(spelling: str, printed: str, at: int, sentence: str = "") -> Mention | Refused:
    name = names().get(spelling)
    if name is None or name.kind != "model":
        return Refused("unknown_model", f"line {at}", sentence or f"{spelling}: {printed}", {"provider": PROVIDER})
    return Mention(name, printed, at)


def _gpu_prices(lines: list[str]) -> Iterator[Mention | Refused]:
    """The lines of the list under the heading 'GMI Cloud Price'."""
    within = False
    for at, line in enumerate(lines, start=1):
        match = _LISTED.fullmatch(line)
        if line.lower() == GPU_PRICE_LIST:
            within = True
        elif within and match:
            name = names().get(match["name"])
            if name is None or name.kind != "accelerator":
                yield Refused("unknown_accelerator", f"line {at}", line, {"provider": PROVIDER})
            else:
                yield Mention(name, match["value"], at)
        elif line:
            within = False


def _sorted(found: Iterable[Mention | Refused]) -> tuple[list[Mention], list[Refused]]:
    """One mention per name; all mentions of a name that the article prices in two ways are refused."""
    refused, by_name = [], dict[str, list[Mention]]()
    for mention in found:
        if isinstance(mention, Refused):
            refused.append(mention)
        else:
            by_name.setdefault(mention.name.spelling, []).append(mention)
    believed = []
    for spelling, mentions in by_name.items():
        if len({(_price(mention.printed), _state(mention.printed)) for mention in mentions}) == 1:
            believed.append(mentions[0])
        else:
            key = _key(mentions[0].name)
            refused += [Refused("duplicate_key", f"line {m.line}", f"{spelling}: {m.printed}", key) for m in mentions]
    return believed, refused


def _key(name: Name) -> dict[str, str | None]:
    """What of a key a name says: a model's is the upstream's spelling of it, a card's is the card."""
    if name.kind == "accelerator":
        return {"provider": PROVIDER, "sku": "", "accelerator_id": name.id}
    return {"provider": PROVIDER, "sku": name.spelling}


def _api_row(mention: Mention) -> Row | Refused:
    state = _state(mention.printed)
    key = {"provider": PROVIDER, "model_id": mention.name.id, "sku": mention.name.spelling}
    if state is None:
        return Refused("missing_price", f"line {mention.line}", f"{mention.name.spelling}: {mention.printed}", key)
    return {
        **key,
        "modality": mention.name.modality,
        "unit": "request",
        "condition": "",
        "price_usd_per_unit": _price(mention.printed),
        "price_state": state,
        "locator": f"line {mention.line}",
    }


def _rental_row(mention: Mention) -> Row | Refused:
    state, price = _state(mention.printed), _price(mention.printed)
    if state is None or (price is not None and not _PER_GPU_HOUR.fullmatch(mention.printed)):
        return Refused(
            "unit", f"line {mention.line}", f"{mention.name.spelling}: {mention.printed}", _key(mention.name)
        )
    return {
        "provider": PROVIDER,
        "sku": "",  # the card's name, and no machine's
        "region": "",
        "zone": "",
        "accelerator_id": mention.name.id,
        "accelerator_count": Decimal(1),
        "purchase_model": "on_demand",
        "service_tier": "",
        "price_state": state,
        "price_usd_per_hour": price,
        "price_usd_per_accelerator_hour": price,
        "price_raw": mention.printed,
        "currency": "USD",
        "vcpu_count": None,
        "host_memory_gib": None,
        "locator": f"line {mention.line}",
    }


def _price(printed: str) -> Decimal | None:
    """The figure alone, so that '$0.50' and '$0.5/request' agree; None where there is none."""
    try:
        return quantity(printed.split("/")[0], unit="USD", what="price").exact
    except QuantityError:
        return None


def _state(printed: str) -> str | None:
    if _price(printed) is not None:
        return "approximate" if printed.startswith("~") else "listed"
    return "contact_sales" if printed.lower().startswith("contact") else None


SOURCE = Source(
    name="gmicloud-article",
    title="GMI Cloud's blog, prices printed in an article",
    homepage="https://www.gmicloud.ai/blog",
    licence="facts only; the article is not passed on",
    redistributable=True,
    kind="article",
    tables=("rental_price", "api_price"),
    parse=parse,
    reads=("000_*.txt", "*gmicloud*.html"),
    credit="GMI Cloud",
    weaknesses="Prices of one day; '~' and 'check for current rates' beside them.",
)
