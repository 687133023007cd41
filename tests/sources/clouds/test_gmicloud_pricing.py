"""GMI Cloud's page of prices. No page of it is on record: the one here is written by hand, after what is publicly
documented of the real one in August 2026 (headings, badges, units and prices of its five cards)."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given

from sources.clouds.gmicloud_pricing import SOURCE, parse
from sources.source import Payload, PayloadError, Statement
from tests.sources.mutations import spliced
from tests.sources.recorded_payloads import payload


def card(name: str, printed: str, badge: str = "AVAILABLE NOW", unit: str = "/GPU-hour") -> str:
    return (
        f'<div class="card"><div class="absolute top-4">{badge}</div><h3 class="text-xl">{name}</h3>'
        f"<p>Built for inference at scale.</p><div><span>{printed}</span> <span>{unit}</span></div></div>"
    )


CARDS = (
    card("NVIDIA GB200", "from $8.00")
    + card("NVIDIA GB300", "Pre order")
    + card("NVIDIA H100 GPU", "from <!-- -->$2.00")
    + card("NVIDIA H200", "from $2.60")
    + card("NVIDIA B200 GPU", "from $4.00", badge="Limited Availability")
)
WRITTEN_BY_HAND = f"""<!DOCTYPE html><html><head><title>Pricing | GMI Cloud</title>
<meta name="description" content="H100 from $2.00/GPU-hour">
<script type="application/ld+json">{{"p": "from $2.00"}}</script>
</head><body><h1>GPU pricing</h1><p>NVIDIA H100 from $2.00 an hour, no commitment.</p>
<h2>GPUs</h2>{CARDS}
<h2>Questions</h2><h3>How does pricing work?</h3><p>On demand from $2.00; committed prices differ.</p>
<script>self.__next_f.push([1,"from $2.00","/GPU-hour"])</script></body></html>"""


def read(page: str) -> Statement:
    """What a page says; a piece of one is made a whole one."""
    (said,) = parse(payload(page if "<html" in page or not page else f"<html>{page}</html>", "gmicloud-pricing.html"))
    return said


def test_each_card_is_the_least_price_of_an_hour_of_a_gpu() -> None:
    said = read(WRITTEN_BY_HAND)
    assert {row["accelerator_id"]: (row["price_usd_per_hour"], row["price_state"]) for row in said.rows} == {
        "nvidia-gb200-186gb": (Decimal("8.00"), "approximate"),
        "nvidia-gb300-288gb": (None, "waitlist"),  # 'Pre order'
        "nvidia-h100-sxm-80gb": (Decimal("2.00"), "approximate"),
        "nvidia-h200-sxm-141gb": (Decimal("2.60"), "approximate"),
        "nvidia-b200-sxm-180gb": (Decimal("4.00"), "approximate"),
    }
    assert said.scope == {"provider": "gmicloud"}
    assert said.refused == []
    assert {(row["sku"], row["region"], row["purchase_model"], row["accelerator_count"]) for row in said.rows} == {
        ("", "", "on_demand", Decimal(1))
    }
    assert said.rows[2]["price_raw"] == "from $2.00/GPU-hour"
    assert said.rows[2]["locator"] == "card NVIDIA H100 GPU"


def test_price_and_unit_may_stand_in_one_piece() -> None:
    (row,) = read("<h3>NVIDIA H100</h3><p>As low as $2.10/ GPU-hour</p>").rows
    assert (row["price_usd_per_hour"], row["price_state"]) == (Decimal("2.10"), "approximate")


def test_a_card_of_an_unknown_gpu_is_refused_and_its_neighbours_go_on() -> None:
    said = read(CARDS + card("NVIDIA R200", "from $9.00"))
    assert [(one.reason, one.locator) for one in said.refused] == [("unknown_accelerator", "card NVIDIA R200")]
    assert len(said.rows) == 5


@pytest.mark.parametrize(
    ("printed", "reason"), [("soon", "missing_price"), ("from $0.00", "zero_price"), ("€2", "currency")]
)
def test_a_card_that_cannot_be_read_is_refused(printed: str, reason: str) -> None:
    said = read(card("NVIDIA H100 GPU", printed) + card("NVIDIA H200", "from $2.60"))
    assert ([one.reason for one in said.refused], len(said.rows)) == ([reason], 1)


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("", "empty"),
        (WRITTEN_BY_HAND[: len(WRITTEN_BY_HAND) // 2], "truncated?"),
        ("<html><body><h1>Access denied</h1></body></html>", "no price '/GPU-hour'; expected a card for each GPU"),
        (WRITTEN_BY_HAND.replace("/GPU-hour", "/hr"), "no price '/GPU-hour'"),
        (WRITTEN_BY_HAND.replace("<h3", "<p").replace("</h3>", "</p>"), "under 'GPUs'; expected one price under each"),
        (CARDS + card("Our best offer", "from $1"), "under 'Our best offer'"),
        (CARDS + card("NVIDIA H200", "from $3"), "under 'NVIDIA H200'"),
        ("<h3>NVIDIA H100</h3><p><span>/GPU-hour</span></p>", "nothing before it; expected a price"),
        (card("NVIDIA H100 GPU", "Contact sales"), "no price of an accelerator"),
        (card("NVIDIA R200", "from $9.00"), "no price of an accelerator"),
    ],
)
def test_a_redesigned_page_is_one_line_of_error(page: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        read(page)
    assert "\n" not in str(raised.value)


@given(spliced(WRITTEN_BY_HAND))
def test_no_change_of_the_page_raises_anything_else(page: str) -> None:
    with suppress(PayloadError):
        list(parse(Payload(page.encode(), "gmicloud-pricing.html", datetime(2026, 9, 1, tzinfo=UTC))))


def test_it_is_a_page_for_people_and_asked_as_one() -> None:
    assert SOURCE.live is not None
    assert SOURCE.live.is_scraped
    (address,) = SOURCE.live.addresses
    assert address.url.startswith("https://www.gmicloud.ai/")
