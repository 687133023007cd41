"""AWS's own spot prices: answers of ``DescribeSpotPriceHistory``, per zone.

An answer is a list of changes: from ``Timestamp`` on, a machine type costs ``SpotPrice`` in a zone. Each is a statement
of that moment, and covers nothing else. A zone's name is the account's own in the older regions (one account's
us-east-1a is another's us-east-1c), so the zone's id is taken where the answer has it. AWS answers for three months
back, to whoever has an account: nothing is asked without one (see ``ask``).
"""

import importlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sources.clouds.karpenter_aws import ACCELERATED
from sources.clouds.offers import Quote, read_quote
from sources.clouds.unique_rows import one_per_key
from sources.names import aliases
from sources.payload import read_json, utc
from sources.source import Payload, PayloadError, Refused, Row, Source, Statement

MACHINES_OF = "aws-price-list"
"""The source under which AWS's names of machine types stand in the alias table."""
LINUX = "Linux/UNIX"
FIELDS = ("AvailabilityZone", "InstanceType", "ProductDescription", "SpotPrice", "Timestamp")
_ZONE = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d)[a-z]")
"""A zone of a region; a Local Zone is named otherwise (us-west-2-lax-1a)."""


def parse(payload: Payload) -> Iterable[Statement]:
    content = read_json(payload)
    pages = content if isinstance(content, list) else [content]
    changes = list(_changes(pages, payload))
    if not changes:
        raise PayloadError(f"{payload.name}: no price; expected the answer of DescribeSpotPriceHistory")
    by_moment: dict[tuple[str, datetime], list[Row | Refused | None]] = defaultdict(list)
    for locator, change in changes:
        zone = _ZONE.fullmatch(change["AvailabilityZone"])
        moment = utc(change["Timestamp"], payload=payload)
        by_moment[zone[1] if zone else "", moment].append(_read(change, zone[1], locator) if zone else None)
    for (region, moment), reads in sorted(by_moment.items()):
        rows, ambiguous = one_per_key(read for read in reads if isinstance(read, dict))
        yield Statement(
            table="rental_price",
            scope={"provider": "aws", "region": region} if region else {"provider": "aws"},
            rows=rows,
            refused=[read for read in reads if isinstance(read, Refused)] + ambiguous,
            valid_at=moment,
            complete=False,
            ignored=sum(read is None for read in reads),
        )


def _changes(pages: list[Any], payload: Payload) -> Iterator[tuple[str, Mapping[str, str]]]:
    for number, page in enumerate(pages):
        listed = page.get("SpotPriceHistory") if isinstance(page, dict) else None
        if not isinstance(listed, list):
            raise PayloadError(f"{payload.name}: page {number} has no list 'SpotPriceHistory'")
        for place, change in enumerate(listed):
            missing = [name for name in FIELDS if not isinstance(change, dict) or not isinstance(change.get(name), str)]
            if missing:
                raise PayloadError(f"{payload.name}: [{number}][{place}] has no {', '.join(missing)}")
            yield f"[{number}].SpotPriceHistory[{place}]", change


def _read(change: Mapping[str, Any], region: str, locator: str) -> Row | Refused | None:
    machine, zone = change["InstanceType"], change.get("AvailabilityZoneId")
    zone = zone if isinstance(zone, str) and zone else change["AvailabilityZone"]
    if change["ProductDescription"] != LINUX or not ACCELERATED.match(machine):
        return None
    quote = Quote(
        source=MACHINES_OF,
        spelling=machine,
        provider="aws",
        sku=machine,
        region=region,
        purchase_model="spot",
        price=change["SpotPrice"],
        locator=locator,
        row_text=" ".join(change[name] for name in FIELDS),
    )
    read = read_quote(quote)
    if isinstance(read, Refused):
        return replace(read, key={**read.key, "zone": zone})
    return None if read is None else {**read, "zone": zone}


def ask(region: str, *, since: datetime) -> bytes:
    """The changes since a moment, with the price in force at it, as a payload of this source.

    Needs boto3 and an account's credentials as boto3 finds them; it is imported here for nothing else here uses it.
    """
    machines = sorted(one.spelling for one in aliases().values() if one.source == MACHINES_OF and one.is_accelerated)
    client = importlib.import_module("boto3").client("ec2", region_name=region)
    pages = client.get_paginator("describe_spot_price_history").paginate(
        InstanceTypes=machines, ProductDescriptions=[LINUX], StartTime=since
    )
    kept = [{"SpotPriceHistory": page["SpotPriceHistory"]} for page in pages]
    return json.dumps(kept, default=datetime.isoformat).encode()


SOURCE = Source(
    name="aws-spot-history",
    title="AWS spot price history",
    homepage="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html",
    licence="AWS Customer Agreement; needs an account",
    redistributable=False,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("aws-spot-history-*.json",),
    credit="Amazon Web Services",
    weaknesses="Zones by the account's own names where the answer has no ids; Local Zones left out.",
)
