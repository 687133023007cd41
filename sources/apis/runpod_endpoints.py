"""Prices of RunPod's public endpoints, from the pages of its documentation.

The page *Models* (before 2026: *Model reference*) lists every endpoint in tables with a column ``Price``; the overview
gives some of them as examples, with the unit in the price or in a column ``Billing unit``: a partial statement.

A cell may hold several prices, each with its resolution or length: ``\\$0.50/5s (480p), \\$2.25/10s (720p)``. Where the
length alone differs and the second costs the same, that is one price. A price 'from' something is approximate. Refused
are ranges, tokens of which it is not said whether they are put in or out, and clips of unstated length. Until 2026-02
pictures were priced by the megapixel, since then by the picture: upstream's change, not a slip.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sources.apis.litellm_prices import implausible
from sources.markdown_tables import markdown_tables
from sources.markup_tables import Row as Line
from sources.markup_tables import Table, expect_tables, tables_with
from sources.quantities import decimal_or_none
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement
from sources.tables import USD_STEP

OVERVIEW = (("Model", "Price", "Billing unit"), ("Model type", "Example", "Price"))
MODALITIES = {"image": "image", "video": "video", "audio": "audio", "text": "text"}
MAX_PRICES = 10
"""In one cell."""
PER = {
    "image": ("image", 1),
    "megapixel": ("megapixel", 1),
    "video generation": ("request", 1),
    "1k characters of audio generated": ("character", 1000),
    "1k characters of audio transcribed": ("output_character", 1000),
    "1k tokens of text generated": ("output_token", 1000),
}
"""What follows the slash or the 'per' -> unit and how many of it."""
SECOND_OF = {"video": "second_of_video", "audio": "second_of_audio"}
HEARS = ("Whisper",)
"""What transcribes: its characters are those that it writes."""

_ITEM = re.compile(
    r"(?P<least>from )?\$(?P<amount>[0-9]{0,6}\.?[0-9]{1,8})"
    r"(?:\s?(?:/|per )\s?(?P<per>[a-z0-9](?:[a-z0-9 ]{0,60}[a-z0-9])?))?"
    r"(?:\s?\((?P<note>[a-z0-9/ ]{1,20})\))?"
)
_LENGTH = re.compile(r"(?P<count>[0-9]{1,3})? ?s(?:ec|econds?)?(?: of (?:video|audio))?")
_RESOLUTION = re.compile(r"[0-9]{3,4}p|[0-9]k")


@dataclass(frozen=True)
class Endpoint:
    """A line of a table: what is sold, and the text of its price with the unit."""

    name: str
    modality: str
    printed: str
    locator: str

    @property
    def columns(self) -> dict[str, str]:
        model_id = re.sub(r"[^a-z0-9.]+", "-", self.name.lower()).strip("-")
        columns = {"provider": "runpod", "model_id": model_id, "sku": self.name}
        return {**columns, "modality": self.modality} if self.modality else columns


@dataclass(frozen=True)
class Price:
    unit: str
    condition: str
    length: str
    usd: Decimal
    state: str


class NotOnePrice(ValueError):
    """Why a cell gives no price: a reason code."""


def parse(payload: Payload) -> Iterable[Statement]:
    tables = markdown_tables(payload)
    overview = [table for columns in OVERVIEW for table in tables_with(tables, *columns)]
    read = overview or expect_tables(payload, tables, "Model", "Price")
    endpoints = [endpoint for table in read for endpoint in _endpoints(table)]
    if not endpoints:
        raise PayloadError(f"{payload.name}: tables of prices without a row; expected RunPod's public endpoints")
    rows: dict[tuple[object, ...], Row] = {}
    refused: list[Refused] = []
    for endpoint in endpoints:
        for one in _read(endpoint):
            if isinstance(one, Refused):
                refused.append(one)
                continue
            said = rows.setdefault((one["sku"], one["unit"], one["condition"]), one)
            if said["price_usd_per_unit"] != one["price_usd_per_unit"]:
                refused.append(Refused("duplicate_key", endpoint.locator, _shown(endpoint), endpoint.columns))
    yield Statement("api_price", scope={}, rows=list(rows.values()), refused=refused, complete=not overview)


def _shown(endpoint: Endpoint) -> str:
    return f"{endpoint.name}: {endpoint.printed}"[:400]


def _endpoints(table: Table) -> Iterator[Endpoint]:
    of_table = MODALITIES.get(table.heading.split(" ")[0].lower(), "")
    for line in table.rows:
        name, kind = line.text("Example") or line.text("Model"), line.text("Type", "Model type")
        if not line.is_banner and name:
            modality = MODALITIES.get(kind.split(" ")[0].lower(), "") if kind else of_table
            printed = f"{line.text('Price')} {line.text('Billing unit').lower()}".strip()
            yield Endpoint(name, modality or _modality(line), printed, line.locator)


def _modality(line: Line) -> str:
    """Of the tables of 2025, which have neither a type nor a heading that says it: by the unit."""
    unit = line.text("Billing unit").lower()
    return next((of for word, of in (("pixel", "image"), ("audio", "audio"), ("video", "video"), ("text", "text"))
                 if word in unit), "")  # fmt: skip


def _read(endpoint: Endpoint) -> Iterator[Row | Refused]:
    if not endpoint.modality:
        yield Refused("modality", endpoint.locator, _shown(endpoint), endpoint.columns)
        return
    try:
        prices = _without_equal_lengths(_prices(endpoint))
    except NotOnePrice as error:
        yield Refused(str(error), endpoint.locator, _shown(endpoint), endpoint.columns)
        return
    for price in prices:
        yield _row(price, endpoint)


def _row(price: Price, endpoint: Endpoint) -> Row | Refused:
    condition = ",".join(part for part in (price.condition, price.length) if part)
    key: Mapping[str, str] = {**endpoint.columns, "unit": price.unit, "condition": condition}
    if price.usd == 0:
        return Refused("zero_price", endpoint.locator, _shown(endpoint), key)
    if reason := implausible(price.usd, unit=price.unit, modality=endpoint.modality):
        return Refused("unit", endpoint.locator, f"{_shown(endpoint)} ({reason})"[:400], key)
    return {**key, "price_usd_per_unit": price.usd, "price_state": price.state, "locator": endpoint.locator}


def _prices(endpoint: Endpoint) -> list[Price]:
    printed = " ".join(endpoint.printed.replace("\\$", "$").lower().split())
    if printed == "free":
        raise NotOnePrice("zero_price")
    items = printed.split(", ")
    if len(items) > MAX_PRICES:
        raise NotOnePrice("unit")
    return [_price(item, endpoint) for item in items]


def _price(item: str, endpoint: Endpoint) -> Price:
    found = _ITEM.fullmatch(item)
    if found is None:
        raise NotOnePrice("unit" if "$" in item else "missing_price")
    amount = decimal_or_none(found["amount"])
    if amount is None:
        raise NotOnePrice("missing_price")
    notes = (found["note"] or "").split("/")
    resolution = next((note for note in notes if _RESOLUTION.fullmatch(note)), "")
    length = next((note for note in (found["per"] or "", *notes) if _LENGTH.fullmatch(note)), "")
    if any(note not in ("", resolution, length) for note in notes):
        raise NotOnePrice("unit")
    state = "approximate" if found["least"] else "listed"
    unit, count = _unit(found["per"] or "", length, endpoint)
    seconds = f"{count}s" if unit in SECOND_OF.values() and count > 1 else ""
    return Price(unit, resolution, seconds, (amount / count).quantize(USD_STEP), state)


def _unit(per: str, length: str, endpoint: Endpoint) -> tuple[str, int]:
    of_time = _LENGTH.fullmatch(length)
    if of_time and (not per or per == length):
        count = int(of_time["count"] or 1)
        if endpoint.modality not in SECOND_OF or count == 0:
            raise NotOnePrice("unit")
        return SECOND_OF[endpoint.modality], count
    words = re.sub(r"^1,?000 ", "1k ", per).replace("1k chars", "1k characters")
    if words == "1k characters" and endpoint.modality == "audio":
        words += f" of audio {'transcribed' if endpoint.name.startswith(HEARS) else 'generated'}"
    if words not in PER:
        raise NotOnePrice("unit")
    return PER[words]


def _without_equal_lengths(prices: list[Price]) -> Iterable[Price]:
    """Where a second costs the same whatever the length, the length is no condition."""
    for price in prices:
        same = {other.usd for other in prices if (other.unit, other.condition) == (price.unit, price.condition)}
        yield Price(price.unit, price.condition, price.length if len(same) > 1 else "", price.usd, price.state)


SOURCE = Source(
    name="runpod-endpoints",
    title="RunPod's documentation of its public endpoints",
    homepage="https://docs.runpod.io/public-endpoints/reference",
    licence="none seen",
    redistributable=False,
    kind="provider",
    tables=("api_price",),
    parse=parse,
    reads=(
        "*public-endpoints__reference/*.mdx",
        "*hub__public-endpoint-reference/*.mdx",
        "*hub__public-endpoints/*.mdx",
        "*public-endpoints-reference.mdx",
    ),
    upstream_paths=(
        "public-endpoints/reference.mdx",
        "hub/public-endpoint-reference.mdx",
        "hub/public-endpoints.mdx",
    ),
    freshness_limit_hours=168,
    weaknesses=(
        "Written by hand: units were corrected from page to page (a picture by the megapixel, a transcript by the "
        "character). Prices by resolution are given in part; tokens without saying which."
    ),
    live=Live(
        addresses=(
            Address(
                "https://raw.githubusercontent.com/runpod/docs/main/public-endpoints/reference.mdx",
                "public-endpoints-reference.mdx",
            ),
        ),
    ),
)
