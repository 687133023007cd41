"""Azure on-demand prices of every VM size and region since October 2023, as Karpenter's price tables kept them.

The upstream is a generated Go file made from the Azure Retail Prices API: ``// generated at <time>`` and then, per
region, ``initialOnDemandPrices["eastus"] = map[string]float64{``. It is also read as CSV. The header's date is when
the prices were so: the file committed on 2026-07-16 says 2026-06-18.
"""

import re
from collections.abc import Iterable

from sources.clouds.instance_prices import read_price_list, statements_by_region
from sources.payload import utc
from sources.source import Address, Live, Payload, Source, Statement

ACCELERATED = re.compile(r"(Standard_)?N(C|CC|D|G|P|V)\d?[a-zA-Z0-9]*(_|$)")
"""The N family: GPUs, FPGAs, and the dedicated hosts of either (``NVasv4_Type1``)."""


def parse(payload: Payload) -> Iterable[Statement]:
    return statements_by_region(
        read_price_list(payload),
        source=SOURCE.name,
        provider="azure",
        accelerated=ACCELERATED,
        valid_at=lambda printed: utc(printed, payload=payload),
    )


SOURCE = Source(
    name="karpenter-azure",
    title="Azure on-demand price list, as kept by Karpenter",
    homepage="https://github.com/Azure/karpenter-provider-azure",
    licence="Apache-2.0",
    redistributable=True,
    kind="copy",
    tables=("rental_price",),
    parse=parse,
    reads=("main/*.csv", "*zz_generated.pricing.go"),
    upstream_paths=("pkg/providers/pricing/zz_generated.pricing.go",),
    credit="Karpenter Azure contributors",
    weaknesses="On-demand Linux only; 17 versions in three years; some preview sizes without public documentation.",
    freshness_limit_hours=1440,
    live=Live(
        (
            Address(
                "https://raw.githubusercontent.com/Azure/karpenter-provider-azure/HEAD/pkg/providers/pricing/zz_generated.pricing.go",
                "zz_generated.pricing.go",
            ),
        )
    ),
)
