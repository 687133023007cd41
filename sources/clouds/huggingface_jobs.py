"""Hugging Face Jobs: what an hour of each hardware flavour costs, since January 2026; billed by the minute.

One Markdown page of the Hub's documentation; ``huggingface_hardware`` says how its tables are read. What a Job pays
beside its hardware (an exposed port) is no hardware and not read.
"""

from collections.abc import Iterable

from sources.clouds.huggingface_hardware import hub_statement
from sources.source import Address, Live, Payload, Source, Statement


def parse(payload: Payload) -> Iterable[Statement]:
    yield hub_statement(payload, source=SOURCE.name, product="jobs")


SOURCE = Source(
    name="huggingface-jobs",
    title="Hugging Face Jobs, hardware",
    homepage="https://huggingface.co/docs/hub/jobs-pricing",
    licence="Apache-2.0",
    redistributable=True,
    kind="provider",
    tables=("rental_price",),
    parse=parse,
    reads=("docs__hub__jobs-pricing/*.md", "docs/hub/jobs-pricing.md"),
    upstream_paths=("docs/hub/jobs-pricing.md",),
    freshness_limit_hours=168,
    credit="Hugging Face (huggingface/hub-docs)",
    weaknesses="A documentation page kept by hand: cards are named without their form.",
    live=Live(
        addresses=(
            Address(
                "https://raw.githubusercontent.com/huggingface/hub-docs/main/docs/hub/jobs-pricing.md",
                "docs/hub/jobs-pricing.md",
            ),
        ),
    ),
)
