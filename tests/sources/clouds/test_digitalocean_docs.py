"""DigitalOcean's page of Droplet prices. No page of it is on record: those here are written by hand, after what is
publicly documented of the real ones in May and August 2026 (headings, columns, names and prices)."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given

from sources.clouds.digitalocean_docs import parse
from sources.source import Payload, PayloadError, Statement
from tests.sources.mutations import spliced
from tests.sources.recorded_payloads import payload


def table(*rows: tuple[str, str]) -> str:
    lines = "".join(f"<tr><td>{gpu}</td><td>{price}</td></tr>" for gpu, price in rows)
    return f"<table><thead><tr><th>GPU</th><th>Price</th></tr></thead><tbody>{lines}</tbody></table>"


CONTRACT = 'Per contract after <a href="https://www.digitalocean.com/company/contact/sales">contacting sales</a>'
ON_DEMAND = table(
    ("NVIDIA H100", "$4.41 per hour"),
    ("NVIDIA H200 (8x)", "$35.76 per hour"),
    ("NVIDIA L40s", "$1.57 per hour"),
    ("NVIDIA RTX 6000", "$1.57 per hour"),
)
SPOT = table(
    ("NVIDIA B300, air-cooled", "$11.19 per hour"),
    ("NVIDIA B300, liquid-cooled", "$11.19 per hour"),
    ("AMD MI355X (8x)", "$36.00 per hour"),
)
WRITTEN_BY_HAND = f"""<!doctype html><html><body><h1>Droplet Pricing</h1><p>Validated on 20 Aug 2026</p>
<h2>CPU Droplet Pricing</h2><p>$0.01 at least.</p><table><tr><th>Plan</th><th>Price</th></tr><tr><td>c</td><td>$1</td>
</tr></table>
<h2>On-Demand GPU Droplet Pricing</h2>{ON_DEMAND}<h3>On-Demand GPU Droplet Billing</h3>
<h2>Spot GPU Droplet Pricing</h2>{SPOT}<h3>Spot GPU Droplet Billing</h3>
<h2>Contract GPU Droplet Pricing</h2>{table(("NVIDIA B300", CONTRACT))}
<h2>Bandwidth</h2><p>$0.01 per GiB</p></body></html>"""
IN_MAY = f"""<h1>Droplet Pricing</h1><h2>GPU Droplet Pricing</h2>
{table(("AMD MI300X (8x)", "$15.92 per hour"), ("AMD MI325X", CONTRACT), ("NVIDIA H100 (8x)", "$23.92 per hour"))}"""


def read(page: str) -> Statement:
    """What a page says; a piece of one is made a whole one."""
    (said,) = parse(payload(page if "<html" in page or not page else f"<html>{page}</html>", "digitalocean-docs.html"))
    return said


def test_a_droplet_is_priced_as_a_whole_and_its_cards_by_their_share() -> None:
    rows = {(row["sku"], row["purchase_model"]): row for row in read(WRITTEN_BY_HAND).rows}
    eight = rows["NVIDIA H200 (8x)", "on_demand"]
    assert (eight["accelerator_count"], eight["price_usd_per_hour"]) == (8, Decimal("35.76"))
    assert eight["price_usd_per_accelerator_hour"] == Decimal("4.47")  # 35.76 / 8
    assert rows["NVIDIA RTX 6000", "on_demand"]["accelerator_id"] == "nvidia-rtx-6000-ada-48gb"
    spot = rows["AMD MI355X (8x)", "spot"]
    assert spot["price_usd_per_accelerator_hour"] == Decimal("4.50")  # 36 / 8
    assert spot["price_raw"] == "$36.00 per hour"


def test_air_and_liquid_cooled_are_two_offers_and_a_contract_is_none() -> None:
    said = read(WRITTEN_BY_HAND)
    assert [row["sku"] for row in said.rows if row["accelerator_id"] == "nvidia-b300-sxm-270gb"] == [
        "NVIDIA B300, air-cooled",
        "NVIDIA B300, liquid-cooled",
    ]
    assert (said.ignored, said.refused, len(said.rows)) == (1, [], 7)


def test_until_the_summer_a_contract_stood_among_the_prices() -> None:
    said = read(IN_MAY)
    assert [(row["sku"], row["price_state"], row["price_usd_per_accelerator_hour"]) for row in said.rows] == [
        ("AMD MI300X (8x)", "listed", Decimal("1.99")),  # 15.92 / 8
        ("AMD MI325X", "contact_sales", None),
        ("NVIDIA H100 (8x)", "listed", Decimal("2.99")),  # 23.92 / 8
    ]


@pytest.mark.parametrize(
    ("gpu", "price", "reason"),
    [
        ("NVIDIA H300", "$4.41 per hour", "unknown_accelerator"),
        ("NVIDIA H200 (8x) SXM", "$35.76 per hour", "unknown_accelerator"),  # eight, or one?
        ("NVIDIA H200", "$4.47 per month", "unit"),
        ("NVIDIA H200", "$4.47", "unit"),
        ("NVIDIA H200", "€4.47 per hour", "currency"),
        ("NVIDIA H200", "", "missing_price"),
    ],
)
def test_a_line_that_cannot_be_used_says_why_and_its_neighbours_go_on(gpu: str, price: str, reason: str) -> None:
    said = read("<h2>On-Demand</h2>" + table(("NVIDIA H100", "$4.41 per hour"), (gpu, price)))
    assert ([one.reason for one in said.refused], len(said.rows)) == ([reason], 1)


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("", "empty"),
        (WRITTEN_BY_HAND[: len(WRITTEN_BY_HAND) // 2], "truncated?"),
        ("<html><body>Just a moment...</body></html>", "no table with columns GPU, Price; found no table"),
        (WRITTEN_BY_HAND.replace("<th>GPU</th>", "<th>Chip</th>"), "no table with columns GPU, Price; found Plan"),
        (WRITTEN_BY_HAND.replace("Spot GPU", "Preemptible GPU"), "under 'Preemptible GPU Droplet Pricing'"),
        (WRITTEN_BY_HAND.replace("Spot GPU", "On-Demand GPU"), "expected one on demand, and no two of a kind"),
        (WRITTEN_BY_HAND.replace(ON_DEMAND, ""), "expected one on demand"),
        ("<h2>On-Demand</h2>" + table(("NVIDIA H300", "$1 per hour")), "no price of an accelerator"),
    ],
)
def test_a_redesigned_page_is_one_line_of_error(page: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        read(page)
    assert "\n" not in str(raised.value)


@given(spliced(WRITTEN_BY_HAND))
def test_no_change_of_the_page_raises_anything_else(page: str) -> None:
    with suppress(PayloadError):
        list(parse(Payload(page.encode(), "digitalocean-docs.html", datetime(2026, 9, 1, tzinfo=UTC))))
