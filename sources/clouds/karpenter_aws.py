"""AWS on-demand prices of every instance type since June 2022, as the Karpenter project's price tables kept them.

The upstream is a generated Go file: ``// generated at <time> for <region>`` and then, per region, a map of
``"type": price,``. It is also read as CSV (generated_at, region, instance_type, price_per_hour, currency).
The date in the header is when the price list said so. Some early files, read as CSV, carry only a stub of one ("22"):
there the commit's date stands for both times.
"""

import re
from collections.abc import Iterable
from datetime import datetime

from sources.clouds.instance_prices import read_price_list, statements_by_region
from sources.payload import utc
from sources.source import Address, Live, Payload, Source, Statement

ACCELERATED = re.compile(r"(p\d|g\d|gr\d|inf\d|trn\d|dl\d|f\d|vt\d)[a-z0-9-]*\.")
"""Families with an accelerator. Which one is the business of the alias table; anything else here is a plain machine."""


def parse(payload: Payload) -> Iterable[Statement]:
    return statements_by_region(
        read_price_list(payload),
        source=SOURCE.name,
        provider="aws",
        accelerated=ACCELERATED,
        valid_at=lambda printed: _time(printed, payload),
    )


def _time(printed: str, payload: Payload) -> datetime | None:
    return utc(printed, payload=payload) if len(printed) > 2 else None


SOURCE = Source(
    name="karpenter-aws",
    title="AWS on-demand price list, as kept by Karpenter",
    homepage="https://github.com/aws/karpenter-provider-aws",
    licence="Apache-2.0",
    redistributable=True,
    kind="copy",
    tables=("rental_price",),
    parse=parse,
    reads=("main/*.csv", "us-gov/*.csv", "cn/*.csv", "*zz_generated.pricing*.go"),
    upstream_paths=(
        "pkg/cloudprovider/aws/zz_generated.pricing.go",
        "pkg/cloudprovider/zz_generated.pricing.go",
        "pkg/cloudproviders/aws/cloudprovider/zz_generated.pricing.go",
        "pkg/providers/pricing/zz_generated.pricing.go",
        "pkg/providers/pricing/zz_generated.pricing_aws.go",
        "pkg/providers/pricing/zz_generated.pricing_aws_us_gov.go",
        "pkg/providers/pricing/zz_generated.pricing_aws_cn.go",
    ),
    credit="Karpenter contributors",
    weaknesses="On-demand only; of the commercial regions us-east-1 alone; cn-* in yuan, so without a value in USD.",
    freshness_limit_hours=1440,
    live=Live(
        tuple(
            Address(
                f"https://raw.githubusercontent.com/aws/karpenter-provider-aws/HEAD/pkg/providers/pricing/{name}", name
            )
            for name in (
                "zz_generated.pricing_aws.go",
                "zz_generated.pricing_aws_us_gov.go",
                "zz_generated.pricing_aws_cn.go",
            )
        )
    ),
)
