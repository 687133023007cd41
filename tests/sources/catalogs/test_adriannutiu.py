import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sources.catalogs.adriannutiu import SOURCE, parse
from sources.source import PayloadError, Statement
from tests.sources.recorded_payloads import payload, payloads

DAY = "2026-07-18T05:40:00.000Z"
EARLIER = "2026-07-08T14:15:13.130Z"


def _offer(
    provider: str, gpu: str, vram_gb: int, usd_hr: float, kind: str = "on-demand", **more: Any
) -> dict[str, Any]:
    offer = {"provider": provider, "gpu": gpu, "vram_gb": vram_gb, "usd_hr": usd_hr, "kind": kind, "fetched_at": DAY}
    return {**offer, **more}


def _snapshot(*offers: dict[str, Any], **providers: dict[str, Any]) -> str:
    fresh = {offer["provider"]: {"ok": True, "last_verified": DAY, "stale": False} for offer in offers}
    return json.dumps({"date": "2026-07-18", "offers": offers, "providers": {**fresh, **providers}})


def _statements(content: str) -> dict[str, Statement]:
    return {statement.scope["provider"]: statement for statement in parse(payload(content))}


def test_a_price_is_of_one_gpu_for_one_hour_and_each_provider_is_a_scope() -> None:
    statements = _statements(_snapshot(_offer("gmicloud", "h100", 80, 2), _offer("nebius", "b200", 180, 5.5)))
    assert statements.keys() == {"gmicloud", "nebius"}
    (row,) = statements["gmicloud"].rows
    assert (row["accelerator_id"], row["accelerator_count"]) == ("nvidia-h100-sxm-80gb", 1)
    assert row["price_usd_per_hour"] == row["price_usd_per_accelerator_hour"] == Decimal(2)
    assert (row["sku"], row["region"], row["purchase_model"], row["service_tier"]) == ("", "", "on_demand", "")
    assert statements["gmicloud"].valid_at == datetime(2026, 7, 18, 5, 40, tzinfo=UTC)
    assert statements["gmicloud"].complete


@pytest.mark.parametrize(
    ("kind", "purchase_model", "service_tier"),
    [
        ("spot", "spot", ""),
        ("secure", "on_demand", "secure"),
        ("community", "on_demand", "community"),
        ("serverless", "on_demand", "serverless"),
    ],
)
def test_kinds_are_terms_and_tiers(kind: str, purchase_model: str, service_tier: str) -> None:
    (row,) = _statements(_snapshot(_offer("runpod", "l4", 24, 0.39, kind)))["runpod"].rows
    assert (row["purchase_model"], row["service_tier"]) == (purchase_model, service_tier)


def test_an_unheard_of_kind_is_refused() -> None:
    (refused,) = _statements(_snapshot(_offer("runpod", "l4", 24, 0.39, "auction")))["runpod"].refused
    assert refused.reason == "purchase_model"


def test_the_same_gpu_singly_and_in_eights_are_two_offers() -> None:
    offers = _snapshot(_offer("aws", "l4", 24, 0.8048, min_gpus=1), _offer("aws", "l4", 24, 1.6688, min_gpus=8))
    rows = _statements(offers)["aws"].rows
    # eight at 1.6688 each are one offer of eight for 13.3504
    assert [(row["accelerator_count"], row["price_usd_per_hour"]) for row in rows] == [
        (Decimal(1), Decimal("0.8048")),
        (Decimal(8), Decimal("13.3504")),
    ]
    assert [row["price_usd_per_accelerator_hour"] for row in rows] == [Decimal("0.8048"), Decimal("1.6688")]
    assert {row["sku"] for row in rows} == {""}


@pytest.mark.parametrize("least", ["0", "-8", "2.5", "many"])
def test_a_least_number_that_is_none_is_refused(least: str) -> None:
    (refused,) = _statements(_snapshot(_offer("aws", "l4", 24, 0.8048, min_gpus=least)))["aws"].refused
    assert refused.reason == "min_gpus"


def test_offers_under_one_name_at_two_prices_are_refused_together_and_at_one_price_are_one() -> None:
    offers = _snapshot(
        _offer("runpod", "v100", 16, 0.19, "community"),  # a PCIe and an SXM2 card, as later days tell apart
        _offer("runpod", "v100", 16, 0.23, "community"),
        _offer("runpod", "rtx-3090", 24, 0.46, "secure"),
        _offer("runpod", "rtx-3090", 24, 0.46, "secure"),
    )
    runpod = _statements(offers)["runpod"]
    assert [(row["accelerator_id"], row["price_usd_per_hour"]) for row in runpod.rows] == [
        ("nvidia-rtx-3090-24gb", Decimal("0.46"))
    ]
    assert [(r.reason, r.key["accelerator_id"]) for r in runpod.refused] == [("duplicate_key", "nvidia-v100-16gb")] * 2


@pytest.mark.parametrize(
    ("provider", "gpu", "vram_gb"), [("runpod", "a100-pcie-80", 40), ("runpod", "a40", 16), ("runpod", "h200", 143)]
)
def test_a_name_that_its_memory_contradicts_stays_unknown(provider: str, gpu: str, vram_gb: int) -> None:
    (refused,) = _statements(_snapshot(_offer(provider, gpu, vram_gb, 1)))[provider].refused
    assert refused.reason == "unknown_accelerator"


def test_a_slice_of_a_card_is_a_share_and_costs_as_much_as_its_share_of_a_whole_one() -> None:
    (row,) = _statements(_snapshot(_offer("runpod", "rtx-pro-6000", 24, 0.49, "secure")))["runpod"].rows
    assert row["accelerator_count"] == Decimal("0.25")
    assert row["price_usd_per_accelerator_hour"] == Decimal("1.96")  # 0.49 * 4


def test_nvlink_is_not_the_nvl_card() -> None:
    offers = _snapshot(
        _offer("hyperstack", "h100-nvl", 80, 2.6),
        _offer("nebius", "h100-nvl", 94, 3.85),
        _offer("azure", "h100-nvl", 94, 6.98),
    )
    ids = {name: statement.rows[0]["accelerator_id"] for name, statement in _statements(offers).items()}
    assert ids == {
        "hyperstack": "nvidia-h100-pcie-80gb",
        "nebius": "nvidia-h100-sxm-80gb",
        "azure": "nvidia-h100-nvl-94gb",
    }


@pytest.mark.parametrize(
    ("provider", "gpu", "vram_gb", "accelerator"),
    [
        ("gmicloud", "h100", 80, "nvidia-h100-sxm-80gb"),
        ("gmicloud", "h200", 141, "nvidia-h200-sxm-141gb"),
        ("runpod", "h100", 80, "nvidia-h100-sxm-80gb"),  # beside h100-pcie and h100-nvl; h100-sxm before and after
        ("modal", "h100", 80, "nvidia-h100-sxm-80gb"),  # h100-sxm since 2026-08-12 at the same price
        ("hyperstack", "a100", 80, "nvidia-a100-pcie-80gb"),  # beside a100-sxm-80
        ("baseten", "a10", 24, "nvidia-a10g-24gb"),
        ("hyperstack", "h100", 80, "nvidia-h100"),  # with h100-nvl, which is PCIe too, one product of two prices
        ("crusoe", "h100", 80, "nvidia-h100"),
        ("lambda", "a10", 24, "nvidia-a10-24gb"),
        ("lambda", "v100", 16, "nvidia-v100-16gb"),
    ],
)
def test_a_bare_name_is_what_its_provider_sells_under_it(
    provider: str, gpu: str, vram_gb: int, accelerator: str
) -> None:
    (row,) = _statements(_snapshot(_offer(provider, gpu, vram_gb, 2)))[provider].rows
    assert row["accelerator_id"] == accelerator


def test_a_form_is_stated_only_where_the_provider_documents_it() -> None:
    offers = _snapshot(_offer("nebius", "h200", 141, 4.5), _offer("modal", "h200", 141, 4.54))
    ids = {name: statement.rows[0]["accelerator_id"] for name, statement in _statements(offers).items()}
    assert ids == {"nebius": "nvidia-h200-sxm-141gb", "modal": "nvidia-h200"}


def test_a_card_that_is_priced_without_the_machine_it_needs_is_no_offer() -> None:
    [statement] = _statements(_snapshot(_offer("gcp", "l4", 24, 0.56))).values()
    assert statement.rows == []
    assert [one.reason for one in statement.refused] == ["card_without_machine"]


def test_rows_carried_forward_are_a_statement_of_the_day_they_were_fetched() -> None:
    failed = {"ok": False, "last_verified": EARLIER, "stale": True, "error": "vultr http 403"}
    content = _snapshot(_offer("vultr", "a40", 48, 1.71, fetched_at=EARLIER), vultr=failed)
    assert _statements(content)["vultr"].valid_at == datetime(2026, 7, 8, 14, 15, 13, 130000, tzinfo=UTC)


def test_a_failed_provider_without_rows_states_nothing_and_one_that_is_ok_states_that_it_offers_nothing() -> None:
    content = _snapshot(
        _offer("aws", "l4", 24, 0.8048),
        failed={"ok": False, "last_verified": EARLIER, "stale": True},
        empty={"ok": True, "last_verified": DAY, "stale": False},
    )
    statements = _statements(content)
    assert statements.keys() == {"aws", "empty"}
    assert statements["empty"].complete
    assert statements["empty"].rows == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!doctype html><title>404</title>", "an HTML page"),
        (_snapshot(_offer("aws", "l4", 24, 1))[:80], "not JSON"),
        ("[]", "no 'offers' and 'providers'"),
        ('{"offers": []}', "no 'offers' and 'providers'"),
        ('{"offers": [{"provider": "aws"}], "providers": {}}', r"offers\[0\] has no gpu"),
        ('{"offers": [3], "providers": {}}', r"offers\[0\] has no provider"),
        ('{"offers": 3, "providers": {}}', "expected a list of offers"),
        ('{"offers": [], "providers": []}', "expected a list of offers"),
        (_snapshot(_offer("aws", "l4", 24, 1, fetched_at="today")), "expected ISO 8601"),
    ],
)
def test_a_payload_that_is_no_snapshot_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@pytest.mark.shared
def test_every_recorded_snapshot_is_read_and_each_refusal_is_explained(recorded: Path) -> None:
    statements = [statement for file in payloads(recorded, SOURCE) for statement in parse(file)]
    assert len({s.scope["provider"] for s in statements}) == 34
    assert sum(len(s.rows) for s in statements) == 10_110  # 10,610 less gcp's 500
    refused = [one for s in statements for one in s.refused]
    assert Counter(one.reason for one in refused) == {
        "card_without_machine": 500,
        "duplicate_key": 89,
        "unknown_accelerator": 6,
    }
    assert {one.key["provider"] for one in refused} == {"gcp", "runpod", "lambda"}


@pytest.mark.shared
def test_the_newest_snapshot_says_what_its_text_says(recorded: Path) -> None:
    (file,) = payloads(recorded, SOURCE, "data__latest/*")
    statements = {s.scope["provider"]: s for s in parse(file)}
    assert statements.keys() >= {"gmicloud", "coreweave", "nebius", "aws", "azure", "gcp"}
    prices = {row["accelerator_id"]: row["price_usd_per_hour"] for row in statements["gmicloud"].rows}
    assert prices == {
        "nvidia-gb200-186gb": Decimal(8),
        "nvidia-h100-sxm-80gb": Decimal(2),
        "nvidia-h200-sxm-141gb": Decimal("2.6"),
        "nvidia-b200-sxm-180gb": Decimal(4),
    }
