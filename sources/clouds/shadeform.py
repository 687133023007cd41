"""Prices at which Shadeform rents out many GPU clouds, as its own interface lists instance types with a key.

Shadeform sells other clouds' machines under one contract: a row is a machine of ``cloud``, at what Shadeform bills for
it (``hourly_price``, US cents for the whole instance). ``cloud_instance_type`` is the cloud's own name for it, so a
price stands beside the cloud's own where both are known.

``availability`` lists regions, in Shadeform's spelling and not the cloud's, and whether one is free this minute. The
price is the same in all of them, so rows have no region and a machine that is sold out keeps its price. One that is
listed in no region at all is still listed.

A cloud that is missing in an answer was not reached, or is no longer sold: it is left as it was.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sources.clouds.offers import Quote, of_count, read_quote
from sources.clouds.unique_rows import one_per_key
from sources.names import alias
from sources.payload import read_json
from sources.quantities import decimal_or_none
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

FIELDS = ("cloud", "shade_instance_type", "hourly_price", "configuration")
CONFIGURATION = ("gpu_type", "num_gpus")
PROVIDERS = {"lambdalabs": "lambda", "imwt": "massedcompute"}
"""Where Shadeform's name of a cloud is not the one that the ledger knows it by."""
CENTS = 100
MOST_GPUS = 10_000


def parse(payload: Payload) -> Iterable[Statement]:
    by_provider: dict[str, list[Row | Refused | None]] = defaultdict(list)
    for number, entry in enumerate(_entries(payload)):
        provider, read = _read(entry, number)
        by_provider[provider].append(read)
    if not any(isinstance(read, dict) for reads in by_provider.values() for read in reads):
        raise PayloadError(f"{payload.name}: no instance type with a price; expected Shadeform's instance types")
    for provider, reads in sorted(by_provider.items()):
        rows, ambiguous = one_per_key([read for read in reads if isinstance(read, dict)])
        yield Statement(
            table="rental_price",
            scope={"provider": provider},
            rows=rows,
            refused=[read for read in reads if isinstance(read, Refused)] + ambiguous,
            ignored=len(reads) - len(rows) - len(ambiguous) - sum(isinstance(read, Refused) for read in reads),
        )


def _entries(payload: Payload) -> list[Mapping[str, Any]]:
    content = read_json(payload)
    entries = content.get("instance_types") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise PayloadError(f"{payload.name}: no list of 'instance_types'; expected Shadeform's instance types")
    for number, entry in enumerate(entries):
        missing = [name for name in FIELDS if not isinstance(entry, dict) or name not in entry]
        inside = {} if missing or not isinstance(entry["configuration"], dict) else entry["configuration"]
        missing += [f"configuration.{name}" for name in CONFIGURATION if name not in inside]
        if missing or not isinstance(entry["cloud"], str) or not entry["cloud"]:
            raise PayloadError(f"{payload.name}: instance_types[{number}] has no {', '.join(missing) or 'cloud'}")
    return entries


def _read(entry: Mapping[str, Any], number: int) -> tuple[str, Row | Refused | None]:
    configuration = entry["configuration"]
    kind, memory = configuration["gpu_type"], configuration.get("vram_per_gpu_in_gb")
    by_form = f"{kind}|{configuration.get('interconnect')}|{memory}"
    cents = decimal_or_none(str(entry["hourly_price"]))
    quote = Quote(
        source=SOURCE.name,
        spelling=by_form if alias(SOURCE.name, by_form) else f"{kind}|{memory}",
        provider=PROVIDERS.get(entry["cloud"].lower(), entry["cloud"].lower()),
        sku=str(entry.get("cloud_instance_type") or entry["shade_instance_type"]),
        region="",
        purchase_model="on_demand",
        price="" if cents is None else f"{cents / CENTS:f}",
        price_raw=f"{entry['hourly_price']} cents",
        locator=f"instance_types[{number}].hourly_price",
        row_text=f"{entry['cloud']} {entry['shade_instance_type']}: {entry['hourly_price']} cents, {configuration}"[
            :400
        ],
        vcpu_count=_above_zero(configuration.get("vcpus")),
    )
    if kind == "CPU":
        return quote.provider, None
    read = read_quote(quote)
    return quote.provider, _together(read, configuration, quote) if isinstance(read, dict) else read


def _above_zero(printed: object) -> Decimal | None:
    number = decimal_or_none(str(printed))
    return number if number is not None and number > 0 else None


def _together(row: Row, configuration: Mapping[str, Any], quote: Quote) -> Row | Refused:
    """The row of as many GPUs as the machine has."""
    number = decimal_or_none(str(configuration["num_gpus"]))
    if number is None or not 1 <= number <= MOST_GPUS or number != number.to_integral_value():
        return quote.refused("num_gpus", accelerator_id=str(row["accelerator_id"]))
    return of_count(row, Fraction(number))


SOURCE = Source(
    name="shadeform",
    title="Shadeform: instance types of many GPU clouds",
    homepage="https://docs.shadeform.ai/api-reference/instances/instances-types",
    licence="none stated",
    redistributable=False,
    kind="aggregator",
    tables=("rental_price",),
    parse=parse,
    reads=("shadeform-instance-types.json",),
    freshness_limit_hours=48,
    credit="Shadeform",
    weaknesses=("What Shadeform bills, which can differ from the cloud's own list. On demand only, no regions."),
    live=Live(
        addresses=(Address("https://api.shadeform.ai/v1/instances/types", "shadeform-instance-types.json"),),
        key_variable="SHADEFORM_API_KEY",
        key_header="X-API-KEY",
        key_format="{key}",
    ),
)
