"""Our own tables of prices that providers stated themselves, once: on a page, in their documents, in an announcement.

``provider_quotes.csv`` (machines and cards by the hour) and ``provider_api_quotes.csv`` (tokens, recorded speech) have
a price a row, with its address, its day and what the day rests on. They were read by hand from a gathering of 1,300
dated prices, of which only what the provider itself wrote and dated was taken: no aggregator, no article, no scraper.
What a provider wrote and was left out all the same (a card without the machine that is billed beside it, a page without
a date) stands in ``provider_quotes_left_out.csv`` with the reason.

A row is a point: it says what was so on that day, and neither since when nor until when. So each statement is partial,
of one provider and day, and closes nothing.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN
from fractions import Fraction

from sources.clouds.offers import Quote, of_count, read_quote
from sources.model_names import model_id, plain_name
from sources.payload import data_text, read_csv, utc
from sources.quantities import decimal_or_none
from sources.source import Payload, Refused, Row, Source, Statement
from sources.tables import USD_STEP

RENTAL_COLUMNS = (
    "provider",
    "sku",
    "region",
    "accelerator",
    "accelerator_count",
    "purchase_model",
    "service_tier",
    "price_usd_per_hour",
    "observed_on",
    "known_on",
    "date_rests_on",
    "source_url",
    "note",
)
API_COLUMNS = (
    "provider",
    "model",
    "unit",
    "condition",
    "price_usd",
    "observed_on",
    "date_rests_on",
    "source_url",
    "note",
)
API_UNITS = {
    "1M input tokens": ("input_token", "text", 1_000_000),
    "1M output tokens": ("output_token", "text", 1_000_000),
    "hour of audio": ("input_second_of_audio", "audio", 3600),
}
"""As printed -> our unit, the modality, and how many of our unit the price is of."""

Line = Mapping[str, str]


def parse(payload: Payload) -> Iterable[Statement]:
    is_rental = "accelerator" in data_text(payload).partition("\n")[0]
    groups: dict[tuple[str, str, str], list[tuple[str, Line]]] = {}
    for number, line in enumerate(read_csv(payload, columns=RENTAL_COLUMNS if is_rental else API_COLUMNS), start=2):
        known_on = line.get("known_on") or line["observed_on"]
        groups.setdefault((line["provider"], line["observed_on"], known_on), []).append((f"line {number}", line))
    for (provider, observed_on, known_on), lines in sorted(groups.items()):
        read = [(_rental if is_rental else _api)(line, place) for place, line in lines]
        yield Statement(
            table="rental_price" if is_rental else "api_price",
            scope={"provider": provider},
            rows=[one for one in read if isinstance(one, dict)],
            refused=[one for one in read if isinstance(one, Refused)],
            valid_at=utc(observed_on, payload=payload),
            recorded_at=utc(known_on, payload=payload),
            complete=False,
        )


def _place(line: Line, place: str) -> str:
    return f"{place}: {line['source_url']}"


def _rental(line: Line, place: str) -> Row | Refused:
    quote = Quote(
        source=SOURCE.name,
        spelling=f"{line['provider']}/{line['accelerator']}",
        provider=line["provider"],
        sku=line["sku"],
        region=line["region"],
        purchase_model=line["purchase_model"],
        service_tier=line["service_tier"],
        price=line["price_usd_per_hour"],
        locator=_place(line, place),
        row_text=",".join(line[name] for name in RENTAL_COLUMNS),
    )
    if not line["source_url"] or not line["date_rests_on"]:
        return quote.refused("missing_citation")
    count = decimal_or_none(line["accelerator_count"])
    if count is None or count <= 0:
        return quote.refused("accelerator_count")
    read = read_quote(quote)
    if not isinstance(read, dict):
        return read or quote.refused("unknown_accelerator")
    return of_count(read, Fraction(count))


def _api(line: Line, place: str) -> Row | Refused:
    def refused(reason: str) -> Refused:
        text = ",".join(line[name] for name in API_COLUMNS)
        return Refused(reason, _place(line, place), text, {"provider": line["provider"], "sku": line["model"]})

    if not line["source_url"] or not line["date_rests_on"]:
        return refused("missing_citation")
    if line["unit"] not in API_UNITS:
        return refused("unit")
    unit, modality, size = API_UNITS[line["unit"]]
    price = decimal_or_none(line["price_usd"])
    if price is None or price <= 0:
        return refused("missing_price" if price is None else "zero_price")
    return {
        "provider": line["provider"],
        "model_id": model_id(SOURCE.name, line["model"]) or plain_name(line["model"]),
        "sku": line["model"],
        "modality": modality,
        "unit": unit,
        "condition": line["condition"],
        "price_usd_per_unit": (price / size).quantize(USD_STEP, rounding=ROUND_HALF_EVEN),
        "price_state": "listed",
        "locator": _place(line, place),
    }


SOURCE = Source(
    name="provider-quotes",
    title="Prices read from providers' own dated pages",
    homepage="sources/catalogs/provider_quotes.csv",
    licence="Apache-2.0",
    redistributable=True,
    kind="hand_kept",
    tables=("rental_price", "api_price"),
    parse=parse,
    reads=("*catalogs/provider_quotes.csv", "*catalogs/provider_api_quotes.csv", "provider_*quotes.csv"),
    upstream_paths=("sources/catalogs/provider_quotes.csv", "sources/catalogs/provider_api_quotes.csv"),
    ships=("catalogs/provider_quotes.csv", "catalogs/provider_api_quotes.csv"),
    credit="The providers named in each row",
    weaknesses="Points in time: a row says what was so on its day, neither since when nor until when.",
)
