"""Hugging Face Spaces: what an hour of each hardware upgrade costs, since February 2023.

One Markdown page of the Hub's documentation; ``huggingface_hardware`` says how its tables are read. Its first versions
had no prices at all and say nothing. The three versions of February 2023 print a tenth of the T4's price.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from sources.clouds.huggingface_hardware import hub_statement
from sources.source import Address, Live, Payload, Source, Statement

PRICED_SINCE = datetime(2023, 2, 13, tzinfo=UTC)


def parse(payload: Payload) -> Iterable[Statement]:
    if payload.recorded_at < PRICED_SINCE:
        return
    yield hub_statement(payload, source=SOURCE.name, product="spaces")


SOURCE = Source(
    name="huggingface-spaces",
    title="Hugging Face Spaces, hardware upgrades",
    homepage="https://huggingface.co/docs/hub/spaces-gpus",
    licence="Apache-2.0",
    redistributable=True,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("docs__hub__spaces-gpus/*.md", "docs/hub/spaces-gpus.md"),
    upstream_paths=("docs/hub/spaces-gpus.md",),
    freshness_limit_hours=168,
    credit="Hugging Face (huggingface/hub-docs)",
    weaknesses="A documentation page kept by hand: misprints live for weeks, cards are named without their form.",
    live=Live(
        addresses=(
            Address(
                "https://raw.githubusercontent.com/huggingface/hub-docs/main/docs/hub/spaces-gpus.md",
                "docs/hub/spaces-gpus.md",
            ),
        ),
    ),
)
