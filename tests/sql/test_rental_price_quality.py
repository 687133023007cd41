"""What makes a price suspect, and what does not."""

import pytest

from tests.sql.ledger import Ledger

SEEN = "2026-07-01 09:00"
A3_MEGA = {"source": "copy", "provider": "gcp", "sku": "a3-megagpu-8g", "count": 8}


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def suspects(ledger: Ledger) -> dict[int, str]:
    return ledger.build("2026-12-31", through="rental_price_quality").suspects()


# bands


def test_eight_h100_at_84_cents_an_hour_are_below_the_band_of_their_segment(ledger: Ledger) -> None:
    # 0.835232 / 8 = 0.104404; hyperscalers that month: aws 12.29, azure 12.29, gcp 11.06: the median's quarter is 3.07
    ledger.quote(12.29, "2025-01-20", source="copy", provider="aws", sku="p5.48xlarge", region="us-east-1", count=8)
    ledger.quote(12.29, "2025-01-13", source="copy", provider="azure", sku="ND96isr_H100_v5", region="eastus", count=8)
    for region in ("us-central1", "us-east4"):
        ledger.quote(11.06, "2025-01-30", source="copy", provider="gcp", sku="a3-highgpu-8g", region=region, count=8)
    wrong = ledger.quote(0.104404, "2025-01-30", region="us-central1", **A3_MEGA)
    assert suspects(ledger) == {wrong: "below_band"}


def test_the_same_price_is_found_from_the_providers_own_offers_where_there_are_no_other_providers(
    ledger: Ledger,
) -> None:
    for region in ("us-central1", "us-east4", "us-west1", "europe-west4", "asia-south1"):
        ledger.quote(11.06, "2025-01-30", source="copy", provider="gcp", sku="a3-highgpu-8g", region=region, count=8)
    wrong = ledger.quote(0.104404, "2025-01-30", region="us-central1", **A3_MEGA)
    assert suspects(ledger) == {wrong: "below_band"}


def test_a_placeholder_of_50_cents_for_an_mi300x_is_below_the_band(ledger: Ledger) -> None:
    # neoclouds: 3.45, 1.99, 2.99, 0.50; median 2.49, a quarter of it 0.6225
    for provider, price in (("crusoe", 3.45), ("digitalocean", 1.99), ("hotaisle", 2.99)):
        ledger.quote(price, SEEN, provider=provider, accelerator="amd-mi300x-192gb")
    wrong = ledger.quote(0.50, SEEN, provider="runpod", tier="community", accelerator="amd-mi300x-192gb")
    assert suspects(ledger) == {wrong: "below_band"}


def test_an_absurd_ask_is_above_the_band_and_a_machine_with_much_around_the_card_is_not(ledger: Ledger) -> None:
    t4 = {"accelerator": "nvidia-t4-16gb", "source": "copy"}
    for provider in ("aws", "azure", "gcp"):
        ledger.quote(0.978, SEEN, provider=provider, sku="t4", region="us", **t4)
    ledger.quote(4.352, SEEN, provider="aws", sku="g4dn.16xlarge", region="us-east-1", **t4)
    absurd = ledger.quote(12.0015, SEEN, provider="aws", sku="typo", region="us-east-1", **t4)
    assert suspects(ledger) == {absurd: "above_band"}


def test_two_providers_are_too_few_to_judge_a_third_price(ledger: Ledger) -> None:
    ledger.quote(3.0, SEEN, provider="crusoe")
    ledger.quote(0.5, SEEN, provider="runpod")
    assert suspects(ledger) == {}


def test_a_marketplace_is_not_measured_by_what_hyperscalers_ask(ledger: Ledger) -> None:
    for provider in ("aws", "azure", "gcp"):
        ledger.quote(12.29, SEEN, source="copy", provider=provider, sku="8x", region="us", count=8)
    ledger.quote(1.90, SEEN, provider="vast")
    assert suspects(ledger) == {}


def test_private_prices_bear_no_witness(ledger: Ledger) -> None:
    for provider in ("lambda", "crusoe", "nebius"):
        ledger.quote(30.0, SEEN, source="mine", provider=provider, sku="mine", region="us")
    ledger.quote(2.0, SEEN, provider="hyperstack")
    assert suspects(ledger) == {}


# bigger_cheaper, spot_above_on_demand


def test_eight_cards_for_less_than_one_are_suspect(ledger: Ledger) -> None:
    offer = {"provider": "lambda", "region": "us", "source": "panel"}
    ledger.quote(2.0, SEEN, sku="1x", **offer)
    wrong = ledger.quote(0.21125, SEEN, sku="8x", count=8, **offer)  # 1.69 in all
    ledger.quote(2.0, SEEN, sku="4x", count=4, **offer)
    assert suspects(ledger) == {wrong: "bigger_cheaper"}


def test_four_cards_for_less_than_the_largest_machine_with_one_are_not(ledger: Ledger) -> None:
    t4 = {"accelerator": "nvidia-t4-16gb", "source": "copy", "provider": "aws", "region": "us-east-1"}
    ledger.quote(0.526, SEEN, sku="g4dn.xlarge", **t4)
    ledger.quote(4.352, SEEN, sku="g4dn.16xlarge", **t4)
    ledger.quote(0.978, SEEN, sku="g4dn.12xlarge", count=4, **t4)  # 3.912 in all
    assert suspects(ledger) == {}


def test_spot_above_on_demand_is_suspect_but_for_rounding(ledger: Ledger) -> None:
    offer = {"source": "copy", "provider": "aws", "region": "ap-northeast-2", "zone": "apne2-az4", "count": 8}
    ledger.quote(5.67356, SEEN, sku="p4d.24xlarge", **offer)
    ledger.quote(5.6735625, SEEN, sku="p4d.24xlarge", model="spot", **offer)
    ledger.quote(5.0, SEEN, sku="p4de.24xlarge", **offer)
    wrong = ledger.quote(5.1, SEEN, sku="p4de.24xlarge", model="spot", **offer)
    assert suspects(ledger) == {wrong: "spot_above_on_demand"}


# machine_not_in_region, against_own_list


def test_a_price_in_a_region_that_never_had_the_machine_is_suspect_and_judges_no_other(ledger: Ledger) -> None:
    a2 = {"source": "copy", "provider": "gcp", "sku": "a2-highgpu-1g", "accelerator": "nvidia-a100-sxm-40gb"}
    here = ledger.quote(3.67, SEEN, region="us-central1", **a2)
    nowhere = {ledger.quote(0.5, SEEN, region=f"nowhere{n}", **a2) for n in range(9)}  # their median would be 0.5
    found = suspects(ledger)
    assert found == dict.fromkeys(nowhere, "machine_not_in_region")
    assert here not in found


def test_a_region_that_lost_its_machines_is_judged_by_the_time_that_it_had_them(ledger: Ledger) -> None:
    # us-east7 stands in the lists of 2022-08-26 to 2025-09-28
    a2 = {"source": "copy", "provider": "gcp", "sku": "a2-ultragpu-1g", "accelerator": "nvidia-a100-sxm-80gb"}
    ledger.quote(5.0, "2024-01-01", region="us-east7", until="2025-01-01", **a2)
    after = ledger.quote(
        5.1, "2026-01-01", region="us-east7", sku="a2-ultragpu-2g", **{k: a2[k] for k in a2 if k != "sku"}
    )
    assert suspects(ledger) == {after: "machine_not_in_region"}


def test_a_provider_without_a_list_of_places_is_not_judged_by_one(ledger: Ledger) -> None:
    ledger.quote(3.67, SEEN, source="copy", provider="azure", sku="a2-highgpu-1g", region="nowhere")
    assert suspects(ledger) == {}


def test_a_summary_far_outside_the_providers_own_list_is_suspect(ledger: Ledger) -> None:
    # the list asks 6.88 to 8.256: a tenth outside is below 6.192 or above 9.0816
    own = {"source": "copy", "provider": "aws", "sku": "p5.48xlarge", "count": 8}
    ledger.quote(6.88, SEEN, region="us-east-1", **own)
    ledger.quote(8.256, SEEN, region="us-gov-west-1", **own)
    old = ledger.quote(12.29, SEEN, provider="aws")
    ledger.quote(9.0, SEEN, provider="aws", tier="secure")
    spot = ledger.quote(8.5, SEEN, provider="aws", model="spot")
    assert suspects(ledger) == {old: "against_own_list", spot: "against_own_list"}


def test_a_list_that_was_seen_long_ago_judges_no_summary(ledger: Ledger) -> None:
    ledger.quote(6.88, "2026-01-01", source="copy", provider="aws", sku="p5.48xlarge", region="us-east-1", count=8)
    ledger.quote(5.0, SEEN, provider="aws")
    assert suspects(ledger) == {}


# jump


def test_a_jump_that_was_seen_once_is_suspect_outside_a_providers_own_list(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01", until="2026-07-02")
    wrong = ledger.quote(0.7, "2026-07-02")
    assert suspects(ledger) == {wrong: "jump"}
    found = ledger.rows(
        "SELECT CAST(valid_from AS VARCHAR), CAST(compared_with_usd AS DOUBLE) FROM rental_price_quality"
    )
    assert found == [("2026-07-02 00:00:00", 2.0)]


def test_a_second_sighting_confirms_a_jump_from_its_first_on(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01", until="2026-07-02")
    ledger.quote(0.7, "2026-07-02", "2026-07-03")
    assert suspects(ledger) == {}


def test_another_source_within_five_percent_confirms_a_jump(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01", until="2026-07-02")
    ledger.quote(0.7, "2026-07-02")
    ledger.quote(0.73, "2026-07-03", source="list", sku="gpu_1x_h100", region="us")
    assert suspects(ledger) == {}


def test_another_source_six_percent_away_does_not(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01", until="2026-07-02")
    wrong = ledger.quote(0.7, "2026-07-02")
    ledger.quote(0.745, "2026-07-03", source="list", sku="gpu_1x_h100", region="us")
    assert suspects(ledger) == {wrong: "jump"}


def test_a_jump_in_a_providers_own_list_is_not_suspect_by_itself(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01", until="2026-07-02", source="own")
    ledger.quote(0.7, "2026-07-02", source="own")
    assert suspects(ledger) == {}


def test_the_way_back_from_a_slip_is_not_a_jump(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01", until="2026-07-02")
    wrong = ledger.quote(0.7, "2026-07-02", until="2026-07-03")
    ledger.quote(2.0, "2026-07-03")
    assert suspects(ledger) == {wrong: "jump"}
    assert ledger.rows("SELECT count(*) FROM rental_price_quality") == [(1,)]


def test_a_cut_by_half_is_no_jump(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01", until="2026-07-02")
    ledger.quote(1.0, "2026-07-02")
    assert suspects(ledger) == {}


def test_quality_is_that_of_what_was_known(ledger: Ledger) -> None:
    ledger.quote(2.0, "2026-07-01", until="2026-07-02")
    ledger.quote(0.7, "2026-07-02", "2026-07-05")
    ledger.build("2026-12-31", through="rental_price_quality")
    asked = "SELECT quality_reason FROM rental_price_quality_at(TIMESTAMP '{}')"
    assert ledger.rows(asked.format("2026-07-03")) == [("jump",)]
    assert ledger.rows(asked.format("2026-07-05")) == []


def test_the_order_of_loading_changes_nothing() -> None:
    quotes = [(2.0, "lambda", None), (0.4, "runpod", None), (3.0, "crusoe", None), (4.0, "nebius", None)]
    answers = []
    for order in (quotes, quotes[::-1]):
        ledger = Ledger()
        for price, provider, until in order:
            ledger.quote(price, SEEN, provider=provider, until=until)
        ledger.build("2026-12-31", through="rental_price_quality")
        answers.append(
            ledger.rows(
                "SELECT provider, quality_reason FROM rental_price_quality"
                " JOIN rental_price_version USING (key_id, valid_from)"
            )
        )
    assert answers[0] == answers[1] == [("runpod", "below_band")]
