"""RunPod's prices per GPU type and hour, as its own GraphQL interface answers without a key.

``gpuTypes`` lists every type with the price of one GPU in the secure cloud (data centres) and in the community cloud
(private hosts), everywhere the same, so rows have no region. What is odd in it:

- A price of 0 means that the type is not offered there. It is left out, which ends what was offered before.
- 0.5 is what RunPod's form holds until somebody sets a price: an MI300X for 0.5 in the community, where none is. It is
  believed only in the secure cloud and only where a commitment is sold at the same price, which nobody does for a
  price that was never set (the RTX 3090: 0.5 for three months too).
- ``lowestPrice`` is of a single GPU and names no cloud. Its ``minimumBidPrice`` is what an interruptible pod costs: a
  renter pays what they bid, and this bid is taken. Its ``uninterruptablePrice`` repeats the community's price.
- Commitments of one week to six months have no purchase model here, and ``clusterPrice`` is 1.2 times the secure price
  in every row: both are counted as ignored.
- A row called ``unknown``, of 0 GB.

Recorded answers hold the list alone, without GraphQL's ``data`` around it.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from sources.clouds.offers import Quote, read_quote
from sources.payload import read_json
from sources.quantities import decimal_or_none
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement

TERMS = {
    "securePrice": ("on_demand", "secure"),
    "communityPrice": ("on_demand", "community"),
    "lowestPrice.minimumBidPrice": ("spot", ""),
}
"""Price -> purchase model and service tier."""
COMMITMENTS = ("oneWeekPrice", "oneMonthPrice", "threeMonthPrice", "sixMonthPrice")
UNUSED = (*COMMITMENTS, "clusterPrice")
UNSET = Decimal("0.5")
FIELDS = ("id", "memoryInGb", "securePrice", "communityPrice", "lowestPrice")
QUERY = (
    '{"query": "query { gpuTypes { id displayName memoryInGb securePrice communityPrice oneWeekPrice oneMonthPrice '
    "threeMonthPrice sixMonthPrice clusterPrice lowestPrice(input: {gpuCount: 1}) { minimumBidPrice "
    'uninterruptablePrice stockStatus } } }"}'
)


def parse(payload: Payload) -> Iterable[Statement]:
    read: list[Row | Refused | None] = []
    for number, gpu_type in enumerate(_gpu_types(payload)):
        read += _read(gpu_type, number)
    rows = [row for row in read if isinstance(row, dict)]
    refused = [row for row in read if isinstance(row, Refused)]
    if not rows:
        raise PayloadError(f"{payload.name}: no GPU type with a price; expected RunPod's gpuTypes")
    yield Statement(
        table="rental_price",
        scope={"provider": "runpod"},
        rows=rows,
        refused=refused,
        ignored=sum(row is None for row in read),
    )


def _gpu_types(payload: Payload) -> list[Mapping[str, Any]]:
    content = read_json(payload)
    if isinstance(content, dict):
        data = content.get("data")
        content = data.get("gpuTypes") if isinstance(data, dict) else None
    if not isinstance(content, list):
        raise PayloadError(f"{payload.name}: no list of 'gpuTypes'; expected the answer of RunPod's GraphQL interface")
    seen: set[str] = set()
    for number, gpu_type in enumerate(content):
        missing = [name for name in FIELDS if not isinstance(gpu_type, dict) or name not in gpu_type]
        if missing:
            raise PayloadError(f"{payload.name}: gpuTypes[{number}] has no {', '.join(missing)}")
        if not isinstance(gpu_type["id"], str) or gpu_type["id"] in seen:
            raise PayloadError(f"{payload.name}: gpuTypes[{number}].id {gpu_type['id']!r}; expected a name, once")
        seen.add(gpu_type["id"])
    return content


def _read(gpu_type: Mapping[str, Any], number: int) -> Iterator[Row | Refused | None]:
    """A row, a refusal or None for every price of a type: what is not offered, or not ours, is None."""
    lowest = gpu_type["lowestPrice"] if isinstance(gpu_type["lowestPrice"], dict) else {}
    bid = {"lowestPrice.minimumBidPrice": lowest.get("minimumBidPrice")}
    for name, printed in {**gpu_type, **bid}.items():
        if printed is not None and name in TERMS:
            yield _price(gpu_type, number, name, printed)
        elif printed is not None and name in UNUSED:
            yield None


def _price(gpu_type: Mapping[str, Any], number: int, name: str, printed: object) -> Row | Refused | None:
    purchase_model, service_tier = TERMS[name]
    if decimal_or_none(str(printed)) == 0:
        return None
    quote = Quote(
        source=SOURCE.name,
        spelling=gpu_type["id"],
        provider="runpod",
        sku=gpu_type["id"],
        region="",
        purchase_model=purchase_model,
        service_tier=service_tier,
        price=str(printed),
        locator=f"gpuTypes[{number}].{name}",
        row_text=f"{gpu_type['id']}: {name} {printed} (secure {gpu_type['securePrice']}, {_terms(gpu_type)})"[:400],
    )
    read = read_quote(quote)
    if isinstance(read, dict) and read["price_usd_per_hour"] == UNSET and not _is_committed_to(gpu_type, name):
        return quote.refused("placeholder_price", accelerator_id=str(read["accelerator_id"]))
    return read


def _terms(gpu_type: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {gpu_type.get(name)}" for name in COMMITMENTS)


def _is_committed_to(gpu_type: Mapping[str, Any], name: str) -> bool:
    """Whether the price is the secure cloud's and some commitment is sold at it too."""
    terms = (decimal_or_none(str(gpu_type.get(term))) for term in COMMITMENTS)
    return name == "securePrice" and UNSET in terms


SOURCE = Source(
    name="runpod",
    title="RunPod GPU prices",
    homepage="https://www.runpod.io/pricing",
    licence="none stated; the recorded answers come from a repository without a licence",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("data__raw__runpod__*/*.json", "runpod-gpu-types.json"),
    upstream_paths=(),
    freshness_limit_hours=48,
    credit="RunPod",
    weaknesses=(
        "No regions, no commitments, no prices of clusters or serverless workers. A community or spot price of exactly "
        "0.5 cannot be told from one that was never set and is refused."
    ),
    live=Live(addresses=(Address("https://api.runpod.io/graphql", "runpod-gpu-types.json", body=QUERY),)),
)
