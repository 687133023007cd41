"""Curves, ratios and recommendations: prices and arithmetic in, answers out."""

from datetime import datetime
from typing import Any

import pytest

from tests.sql.ledger import H100, Ledger

SEEN = "2026-07-01 09:00"
AS_OF = "2026-07-11 09:00"
CARDS = (
    # id, family, form stated, memory, bandwidth, bf16, fp16
    (H100, "nvidia-h100", True, 80, 3350, 989.5, 989.5),
    ("nvidia-h100-pcie-80gb", "nvidia-h100", True, 80, 2000, 756, 756),
    ("nvidia-h100", "nvidia-h100", False, None, None, None, None),
    ("nvidia-h200-sxm-141gb", "nvidia-h200", True, 141, 4800, 989.5, 989.5),
    ("nvidia-a100-sxm-80gb", "nvidia-a100", True, 80, 2039, 312, 312),
    ("nvidia-t4-16gb", "nvidia-t4", True, 16, 320, None, 65),
    ("nvidia-l4-24gb", "nvidia-l4", True, 24, 300, 121, 121),
)


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    for accelerator_id, family, stated, memory, bandwidth, bf16, fp16 in CARDS:
        row = [accelerator_id, family, "", "", "", stated, memory, ""]
        ledger.con.execute("INSERT INTO accelerator VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        if stated:
            spec = [accelerator_id, memory, bandwidth, bf16, fp16]
            ledger.con.execute("INSERT INTO accelerator_spec VALUES (?, ?, ?, ?, ?)", spec)
    return ledger


def offer(ledger: Ledger, accelerator: str, count: float, price: float, **also: Any) -> None:
    """A row of ``rental_price``, seen ten days before AS_OF; ``price`` is of the whole offer."""
    row = {
        "source": "copy",
        "provider": "aws",
        "sku": "machine",
        "region": "us-east-1",
        "zone": "",
        "accelerator_id": accelerator,
        "accelerator_count": count,
        "purchase_model": "on_demand",
        "service_tier": "",
        "price_state": "listed",
        "price_usd_per_hour": price,
        "price_usd_per_accelerator_hour": price / count,
        "last_seen_at": datetime.fromisoformat(SEEN),
        "age_hours": 240.0,
        "quality": "ok",
        "quality_reason": None,
        **also,
    }
    ledger.con.execute(f"INSERT INTO rental_price VALUES ({', '.join('?' * len(row))})", list(row.values()))


def ranked(ledger: Ledger, tier: str, workload: str) -> list[tuple[Any, ...]]:
    ledger.build(AS_OF, through="tier_recommendation")
    return ledger.rows(
        "SELECT rank, accelerator_id, CAST(accelerator_count AS INTEGER), provider, fits FROM tier_recommendation"
        f" WHERE tier = '{tier}' AND workload = '{workload}'"
        " ORDER BY rank NULLS LAST, accelerator_id, accelerator_count"
    )


# capability


def test_an_unstated_form_counts_as_the_least_capable_member_and_says_so(ledger: Ledger) -> None:
    ledger.build(AS_OF, through="accelerator_capability")
    found = ledger.rows(
        "SELECT memory_gb, memory_bandwidth_gb_s, dense_bf16_tflop_s, note FROM accelerator_capability"
        " WHERE accelerator_id = 'nvidia-h100'"
    )
    assert found == [(80, 2000, 756, "form unstated: least capable of nvidia-h100-pcie-80gb, nvidia-h100-sxm-80gb")]


# curves


def test_training_costs_price_times_hours_at_p10_median_and_p90(ledger: Ledger) -> None:
    for provider, price in (("lambda", 2.0), ("crusoe", 3.0), ("nebius", 7.0)):
        ledger.quote(price, SEEN, provider=provider)
    ledger.build(AS_OF, through="cost_curve")
    # 8.4e23 FLOP / (989.5e12 x 0.40) / 3600 = 589,523.3 h; x 2.2, 3.0, 6.2 USD
    [(low, mid, high, unit, state, basis)] = ledger.rows(
        "SELECT CAST(low AS DOUBLE), CAST(mid AS DOUBLE), CAST(high AS DOUBLE), unit, state, basis FROM cost_curve"
        " WHERE scenario = 'llama-2-70b' AND provider = ''"
    )
    assert (low, mid, high) == pytest.approx((1_296_951, 1_768_570, 3_655_045), rel=1e-6)
    assert (unit, state, basis) == ("usd", "ok", "cloud_rent")


def test_a_providers_own_curve_runs_from_its_cheapest_to_its_dearest_region(ledger: Ledger) -> None:
    for region, price in (("us", 2.0), ("eu", 3.0), ("asia", 7.0)):
        ledger.quote(price, SEEN, provider="lambda", sku="8x", region=region, count=8)
    ledger.build(AS_OF, through="cost_curve")
    found = ledger.rows(
        "SELECT ROUND(low / mid, 4), ROUND(high / mid, 4), state FROM cost_curve"
        " WHERE scenario = 'llama-2-70b' AND provider = 'lambda'"
    )
    assert [(float(low), float(high), state) for low, high, state in found] == [(0.6667, 2.3333, "thin")]


def test_a_million_tokens_cost_the_hours_of_the_cards_that_hold_the_model(ledger: Ledger) -> None:
    ledger.quote(3.0, SEEN, provider="lambda", accelerator="nvidia-h200-sxm-141gb")
    ledger.build(AS_OF, through="cost_curve")
    # weights 137.954 GB + KV 32 x 2,048 x 327,680 B = 21.475 GB: 159.429 of 2 x 141 x 0.9 = 253.8 GB
    # step: 159.429e9 B / (2 x 4.8e12 x 0.6 B/s) = 27.679 ms for 32 tokens = 1,156.1 tokens/s
    # 2 x 1e6 / 1,156.1 / 3600 = 0.48054 card-hours; x 3 USD = 1.4416
    [(mid, unit, count)] = ledger.rows(
        "SELECT CAST(mid AS DOUBLE), cost_curve.unit, accelerator_count FROM cost_curve"
        " JOIN scenario_accelerator USING (scenario, phase, accelerator_id)"
        " WHERE phase = 'inference' AND provider = '' AND accelerator_id = 'nvidia-h200-sxm-141gb'"
    )
    assert (mid, unit, count) == (pytest.approx(1.4416, rel=1e-4), "usd_per_mtok", 2)


def test_a_card_without_bf16_has_no_training_curve_and_one_that_cannot_hold_the_model_no_inference_curve(
    ledger: Ledger,
) -> None:
    ledger.quote(0.5, SEEN, provider="lambda", accelerator="nvidia-t4-16gb")
    ledger.build(AS_OF, through="cost_curve")
    assert ledger.rows("SELECT phase FROM cost_curve") == []


def test_a_gap_stays_a_gap_in_the_curve(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-01-01 09:00", "2026-06-01 09:00", provider="lambda")
    ledger.build(AS_OF, through="cost_curve")
    found = ledger.rows(
        "SELECT DISTINCT low, mid, high, state FROM cost_curve WHERE month = '2026-04-01' AND phase = 'training'"
    )
    assert found == [(None, None, None, "gap")]


# classes


def test_the_class_ratio_gives_each_family_one_voice(ledger: Ledger) -> None:
    for accelerator, price in ((H100, 3.0), ("nvidia-h100-pcie-80gb", 2.0), ("nvidia-a100-sxm-80gb", 1.5)):
        ledger.quote(price, SEEN, accelerator=accelerator)
    for accelerator, price in (("nvidia-t4-16gb", 0.4), ("nvidia-l4-24gb", 0.6)):
        ledger.quote(price, SEEN, accelerator=accelerator)
    ledger.build(AS_OF, through="class_price_ratio")
    # training: H100 (2 + 3) / 2 = 2.5 and A100 1.5: mean 2.0; inference: mean 0.5
    found = ledger.rows(
        "SELECT mean_ratio, median_ratio, lowest_pair_ratio, highest_pair_ratio, training_accelerator_count,"
        " inference_accelerators FROM class_price_ratio WHERE market = 'all' AND month = '2026-07-01'"
    )
    assert found == [(4.0, 4.0, 2.5, 6.25, 2, "nvidia-l4, nvidia-t4")]


# tiers


def test_a_70b_model_goes_on_two_h200_or_four_a100_and_the_cheaper_token_wins(ledger: Ledger) -> None:
    offer(ledger, "nvidia-h200-sxm-141gb", 8, 63.296, sku="p5en.48xlarge")
    offer(ledger, "nvidia-a100-sxm-80gb", 8, 27.44705, sku="p4de.24xlarge")
    offer(ledger, "nvidia-a100-sxm-80gb", 2, 10.14, provider="gcp", sku="a2-ultragpu-2g")
    # H200: 4 pairs of 620 tokens/s: 2,479 x 3600 / 63.296 = 141,007 tokens a dollar; A100: 2 fours of 527: 138,134
    assert ranked(ledger, "large", "chat-70b-fp16") == [
        (1, "nvidia-h200-sxm-141gb", 8, "aws", True),
        (2, "nvidia-a100-sxm-80gb", 8, "aws", True),
        (None, "nvidia-a100-sxm-80gb", 2, "gcp", False),
    ]
    [(tokens, why)] = ledger.rows(
        "SELECT tokens_per_usd, why FROM tier_recommendation WHERE rank = 1 AND workload LIKE '%70b%'"
    )
    assert tokens == pytest.approx(141_007, rel=1e-4)
    assert why == (
        "weights 137.95 GB + KV cache 10.74 GB + overhead 28.20 GB = 176.89 GB of 282 GB on 2 x nvidia-h200-sxm-141gb, "
        "at most 620 tokens/s, 4 times side by side; 63.296 USD an hour, seen 10 days before: "
        "7.092 USD a million tokens at best"
    )


def test_a_refused_offer_says_why(ledger: Ledger) -> None:
    offer(ledger, "nvidia-a100-sxm-80gb", 2, 10.14)
    ranked(ledger, "large", "chat-70b-fp16")
    [(why, as_of, age)] = ledger.rows(
        "SELECT why, CAST(as_of AS VARCHAR), price_age_hours FROM tier_recommendation WHERE workload = 'chat-70b-fp16'"
    )
    assert why.startswith("refused: this offer has 2 of them; weights 137.95 GB + KV cache 10.74 GB")
    assert (as_of, age) == ("2026-07-11 09:00:00", 240.0)


def test_a_price_per_card_is_taken_as_many_times_as_it_needs_and_says_so(ledger: Ledger) -> None:
    offer(ledger, "nvidia-h200-sxm-141gb", 1, 2.6, provider="gmicloud", sku="", region="")
    assert ranked(ledger, "large", "chat-70b-fp16") == [(1, "nvidia-h200-sxm-141gb", 2, "gmicloud", True)]
    [(price, why)] = ledger.rows(
        "SELECT CAST(price_usd_per_hour AS DOUBLE), why FROM tier_recommendation WHERE workload = 'chat-70b-fp16'"
    )
    assert price == 5.2
    assert "5.2 USD an hour (priced per card; one machine is not stated)" in why


def test_suspect_private_spot_and_summary_prices_are_not_recommended(ledger: Ledger) -> None:
    t4 = "nvidia-t4-16gb"
    offer(ledger, t4, 1, 0.526)
    offer(ledger, t4, 1, 0.01, sku="wrong", quality="suspect", quality_reason="below_band")
    offer(ledger, t4, 1, 0.02, sku="mine", source="mine")
    offer(ledger, t4, 1, 0.20, sku="spot", purchase_model="spot")
    offer(ledger, t4, 1, 0.35, sku="", region="")
    assert ranked(ledger, "budget", "chat-7b-int8") == [(1, t4, 1, "aws", True)]


def test_an_offer_that_was_last_seen_long_before_the_others_comes_after_them(ledger: Ledger) -> None:
    l4 = "nvidia-l4-24gb"
    offer(ledger, l4, 1, 0.4, provider="gone", age_hours=(75 + 92) * 24)
    offer(ledger, l4, 1, 0.5, provider="old", age_hours=(75 + 92) * 24 - 1)
    offer(ledger, l4, 1, 0.9, provider="newest", age_hours=92 * 24)
    providers = [provider for _, _, _, provider, _ in ranked(ledger, "budget", "chat-7b-int8")]
    assert providers == ["old", "newest", "gone"]


def test_half_a_card_does_not_hold_what_a_whole_one_does(ledger: Ledger) -> None:
    offer(ledger, "nvidia-t4-16gb", 0.5, 0.25)
    ledger.build(AS_OF, through="tier_recommendation")
    [(fits, why)] = ledger.rows("SELECT fits, why FROM tier_recommendation WHERE tier = 'budget'")
    assert not fits
    assert why.startswith("refused: this offer has 0.5 of them; ")


def test_the_cheapest_region_of_a_machine_stands_for_it(ledger: Ledger) -> None:
    offer(ledger, "nvidia-l4-24gb", 1, 0.9, region="eu")
    offer(ledger, "nvidia-l4-24gb", 1, 0.8, region="us")
    assert len(ranked(ledger, "budget", "chat-7b-int8")) == 1
    assert ledger.rows("SELECT region FROM tier_recommendation WHERE rank = 1") == [("us",)]
