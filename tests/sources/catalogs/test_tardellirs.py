import json
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from sources.catalogs.tardellirs import SOURCE, parse
from sources.source import PayloadError, Refused, Row, Statement
from tests.sources.mutations import mutated
from tests.sources.recorded_payloads import payload, payloads

DAY = "2026-05-24"
CHEAPEST_HOST = "Marketplace min price from cheapest host at time of collection"


def _offer(
    provider: str, gpu: str, vram_gb: int, form: str | None, price: Any, tier: str = "on-demand", **more: Any
) -> dict[str, Any]:
    return {
        "id": f"{provider}-{gpu.lower().replace(' ', '-')}-{tier}",
        "provider_id": provider,
        "gpu_model": gpu,
        "vram_gb": vram_gb,
        "interconnect": form,
        "tier": tier,
        "is_spot": tier == "spot",
        "price_usd_hour": price,
        "collected_at": DAY,
        **more,
    }


def _statements(*offers: dict[str, Any]) -> list[Statement]:
    return list(parse(payload(json.dumps(offers))))


def _row(*offers: dict[str, Any]) -> Row:
    (row,) = [row for statement in _statements(*offers) for row in statement.rows]
    return row


def _refusal(offer: dict[str, Any]) -> Refused:
    ((refused,),) = [statement.refused for statement in _statements(offer)]
    return refused


def test_a_price_is_of_one_gpu_for_one_hour_on_the_day_inside() -> None:
    """``{"id": "lambda-h100-sxm-on-demand", ... "price_usd_hour": 4.29, "vcpu": 26, "ram_gb": 225, ...}``."""
    (statement,) = _statements(_offer("lambda", "NVIDIA H100 SXM", 80, "SXM", 4.29, vcpu=26, ram_gb=225))
    (row,) = statement.rows
    assert (row["accelerator_id"], row["accelerator_count"]) == ("nvidia-h100-sxm-80gb", 1)
    assert row["price_usd_per_hour"] == row["price_usd_per_accelerator_hour"] == Decimal("4.29")
    assert (row["purchase_model"], row["service_tier"], row["price_state"]) == ("on_demand", "", "listed")
    assert (row["sku"], row["region"], row["vcpu_count"], row["host_memory_gib"]) == ("", "", 26, 225)
    assert (statement.scope, statement.complete) == ({"provider": "lambda"}, True)
    assert statement.valid_at == datetime(2026, 5, 24, tzinfo=UTC)


def test_a_cloud_whose_offers_are_of_several_days_makes_a_partial_statement_of_each() -> None:
    later = _offer("lambda", "NVIDIA A10", 24, "PCIe", 1.29, collected_at="2026-06-01")
    first, second = _statements(_offer("lambda", "NVIDIA H100 SXM", 80, "SXM", 4.29), later)
    assert [first.valid_at, second.valid_at] == [datetime(2026, 5, 24, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)]
    assert not first.complete
    assert not second.complete


@pytest.mark.parametrize(
    ("tier", "purchase_model", "service_tier"),
    [("spot", "spot", ""), ("secure", "on_demand", "secure"), ("community", "on_demand", "community")],
)
def test_tiers_are_terms(tier: str, purchase_model: str, service_tier: str) -> None:
    row = _row(_offer("runpod", "NVIDIA A100 PCIe", 80, "PCIe", 1.39, tier))
    assert (row["purchase_model"], row["service_tier"]) == (purchase_model, service_tier)


@pytest.mark.parametrize(
    ("name", "of_the_ledger"),
    [
        ("vast-ai", "vast"),
        ("verda", "datacrunch"),
        ("jarvis-labs", "jarvislabs"),
        ("genesis-cloud", "genesiscloud"),
        ("vultr", "vultr"),
    ],
)
def test_a_cloud_has_the_name_that_the_ledger_knows_it_by(name: str, of_the_ledger: str) -> None:
    assert _row(_offer(name, "NVIDIA A40", 48, "PCIe", 1))["provider"] == of_the_ledger


@pytest.mark.parametrize(
    ("offer", "accelerator_id"),
    [
        (_offer("hyperstack", "NVIDIA H100 NVLink", 80, "NVLink", 1.95), "nvidia-h100"),  # neither NVL nor SXM
        (_offer("hyperstack", "NVIDIA A100 NVLink", 80, "NVLink", 1.4), "nvidia-a100-80gb"),
        (_offer("dataoorts", "NVIDIA H100 SXM5", 80, "NVLink", 2.27), "nvidia-h100-sxm-80gb"),  # the name says so
        (_offer("runpod", "NVIDIA H100 NVL", 94, "NVL", 2.59, "community"), "nvidia-h100-nvl-94gb"),
        (_offer("jarvis-labs", "NVIDIA A100", 40, None, 0.89), "nvidia-a100-40gb"),
        (_offer("vast-ai", "NVIDIA B200", 192, None, 4.4), "nvidia-b200-sxm-180gb"),  # as first announced
        (_offer("runpod", "NVIDIA H200", 141, None, 4.39, "secure"), "nvidia-h200-sxm-141gb"),  # beside an NVL
        (_offer("vast-ai", "NVIDIA H200", 141, None, 2.4), "nvidia-h200"),
        (_offer("modal", "NVIDIA A10", 24, "PCIe", 1.1), "nvidia-a10g-24gb"),
        (_offer("lambda", "NVIDIA A10", 24, "PCIe", 1.29), "nvidia-a10-24gb"),
        (_offer("dataoorts", "NVIDIA RTX PRO-A6000 SE", 96, None, 1.65), "nvidia-rtx-pro-6000-server-96gb"),
    ],
)
def test_a_card_is_what_its_name_memory_and_form_say_and_no_more(offer: dict[str, Any], accelerator_id: str) -> None:
    assert _row(offer)["accelerator_id"] == accelerator_id


@pytest.mark.parametrize(
    "offer",
    [
        _offer("vast-ai", "NVIDIA L40", 40, "PCIe", 0.58, caveats=[CHEAPEST_HOST]),  # has 48 GB
        _offer("akash", "NVIDIA B300", 180, None, 6, "marketplace"),  # has 288
        _offer("packet-ai", "NVIDIA B200 NVL", 180, "NVL", 3.75),  # there is none
        _offer("gpuhub", "RTX 4090 (48 GB mod)", 48, "PCIe", 0.46),
        _offer("gpuhub", "A800 80G", 80, None, 1.06),
        _offer("lambda", "NVIDIA H100", 80, "SXM7", 2),
    ],
)
def test_a_card_that_its_memory_or_form_contradicts_stays_unknown(offer: dict[str, Any]) -> None:
    refused = _refusal(offer)
    assert refused.reason == "unknown_accelerator"
    assert "accelerator_id" not in refused.key


def test_a_card_that_nobody_keeps_is_no_matter() -> None:
    (statement,) = _statements(
        _offer("salad", "GTX 1650", 4, None, 0.02, "spot", caveats=["vCPU/RAM billed separately"])
    )
    assert (statement.rows, statement.refused, statement.ignored) == ([], [], 1)


@pytest.mark.parametrize(
    ("offer", "caveat", "reason"),
    [
        (
            _offer("jarvis-labs", "NVIDIA L4", 24, "PCIe", 0.19, "spot"),
            "Spot price estimated (-56%); exact per-GPU price not published by provider",
            "estimated_price",
        ),
        (
            _offer("vast-ai", "RTX 4090", 24, "PCIe", 0.29, "spot"),
            "Interruptible estimated at ~50% of on-demand per Vast.ai documentation",
            "estimated_price",
        ),
        (
            _offer("coreweave", "NVIDIA H100 PCIe", 80, "PCIe", 4.25),
            "vCPU $0.01/h and RAM $0.005/GB/h billed separately",
            "card_without_machine",
        ),
        (
            _offer("salad", "RTX 4090", 24, None, 0.25, "spot"),
            "vCPU/RAM billed separately: $0.004/vCPU/h + $0.001/GB/h.",
            "card_without_machine",
        ),
    ],
)
def test_what_a_caveat_takes_back_is_refused(offer: dict[str, Any], caveat: str, reason: str) -> None:
    refused = _refusal({**offer, "caveats": [caveat]})
    assert refused.reason == reason
    assert str(refused.key["accelerator_id"]).startswith("nvidia-")
    assert caveat[:20] in refused.row_text


def test_a_label_that_contradicts_the_memory_says_nothing_of_the_card() -> None:
    """Thunder Compute's L40 in production, at 1.38: ``VRAM is 48 GB but site labels 180 GB``."""
    offer = _offer("thunder-compute", "NVIDIA L40", 48, "PCIe", 1.38, "production")
    refused = _refusal({**offer, "caveats": ["VRAM is 48 GB but site labels 180 GB"]})
    assert refused.reason == "contradicted_memory"
    assert refused.key == {"provider": "thundercompute", "sku": "", "region": "", "zone": ""}


def test_modal_is_serverless_whatever_is_billed_beside_it_as_in_the_other_sources() -> None:
    caveat = "Serverless billing per second (idle-free); CPU/RAM/storage billed separately"
    row = _row(_offer("modal", "NVIDIA H100", 80, None, 3.95, caveats=[caveat]))
    assert (row["purchase_model"], row["service_tier"]) == ("on_demand", "serverless")


def test_eight_that_are_sold_together_are_one_offer() -> None:
    caveat = "Bare Metal sold in 8x node; price normalized per GPU"
    row = _row(_offer("vultr", "NVIDIA L40S", 48, "PCIe", 0.848, caveats=[caveat]))
    assert (row["accelerator_count"], row["price_usd_per_hour"]) == (8, Decimal("6.784"))  # 8 x 0.848
    assert row["price_usd_per_accelerator_hour"] == Decimal("0.848")


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({"caveats": [CHEAPEST_HOST]}, "approximate"),
        ({"caveats": ["Provider page references July 2024; prices may be stale"]}, "approximate"),
        ({"notes": "Hopper, approximate price"}, "approximate"),
        ({"caveats": ["Price fluctuates ±15% in Community Cloud"]}, "listed"),
        ({"caveats": ["User-verified working — tested in practice (2026-05-25)."]}, "listed"),
    ],
)
def test_the_least_that_anybody_asked_and_an_old_page_are_approximate(more: dict[str, Any], state: str) -> None:
    assert _row(_offer("vast-ai", "NVIDIA A40", 48, "PCIe", 0.41, **more))["price_state"] == state


def test_akash_leases_are_on_demand_and_what_is_likely_spot_is_refused() -> None:
    akash = _offer("akash", "NVIDIA H100", 80, None, 1.25, "marketplace", is_spot=True)
    row = _row({**akash, "caveats": ["Decentralized marketplace; price reflects min live offer"]})
    assert (row["purchase_model"], row["price_state"]) == ("on_demand", "approximate")
    refused = _refusal(_offer("spheron", "NVIDIA B200", 192, None, 1.71, "marketplace", is_spot=True))
    assert refused.reason == "purchase_model"
    assert refused.key.keys() == {"provider", "sku", "region", "zone", "accelerator_id"}


@pytest.mark.parametrize(
    "more",
    [
        {"tier": "spot", "is_spot": True, "notes": "Ampere datacenter, Active spot"},  # 2.17, of its serverless
        {"tier": "spot", "is_spot": False},
        {"tier": "secure", "is_spot": True},
        {"tier": "prototyping"},
        {"tier": ["spot"]},
        {"is_spot": "no"},
    ],
)
def test_terms_that_contradict_each_other_are_refused(more: dict[str, Any]) -> None:
    assert _refusal({**_offer("runpod", "NVIDIA A100 SXM", 80, "SXM", 2.17), **more}).reason == "purchase_model"


def test_products_of_one_card_are_told_apart_where_a_cloud_has_several() -> None:
    high, plain = "RTX 4090 (High freq.)", "RTX 4090"
    offers = [
        _offer("novita", high, 24, "PCIe", 0.69, id="novita-rtx-4090-high-freq-on-demand"),
        _offer("novita", plain, 24, "PCIe", 0.67, id="novita-rtx-4090-on-demand"),
    ]
    (statement,) = _statements(*offers)
    assert {row["sku"]: row["price_usd_per_hour"] for row in statement.rows} == {
        "rtx-4090-high-freq": Decimal("0.69"),
        "rtx-4090": Decimal("0.67"),
    }


def test_one_card_at_one_price_is_one_offer_and_at_two_prices_none() -> None:
    machine = _offer("vultr", "NVIDIA GH200", 96, None, 1.99)
    assert _row(machine, machine)["price_usd_per_hour"] == Decimal("1.99")
    (statement,) = _statements(machine, {**machine, "price_usd_hour": 2.99})
    assert (statement.rows, [one.reason for one in statement.refused]) == ([], ["duplicate_key"] * 2)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"price_usd_hour": 0}, "zero_price"),
        ({"price_usd_hour": None}, "missing_price"),
        ({"caveats": "estimated"}, "caveats"),
        ({"caveats": [["estimated"]]}, "caveats"),
    ],
)
def test_an_offer_that_cannot_be_read_is_refused(more: dict[str, Any], reason: str) -> None:
    assert _refusal({**_offer("vultr", "NVIDIA A40", 48, "PCIe", 1.712), **more}).reason == reason


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!doctype html><title>404</title>", "an HTML page"),
        (json.dumps([_offer("vultr", "NVIDIA A40", 48, "PCIe", 1.712)])[:80], "not JSON"),
        ("{}", "expected a list of offers"),
        ("[]", "expected a list of offers"),
        ("[3]", "offer 0 has no id, provider_id"),
        ('[{"id": "a"}]', "offer 0 has no provider_id, gpu_model"),
        (json.dumps([_offer("", "NVIDIA A40", 48, "PCIe", 1)]), "expected a provider"),
        (json.dumps([{**_offer("vultr", "NVIDIA A40", 48, "PCIe", 1), "collected_at": None}]), "expected a provider"),
        (json.dumps([{**_offer("vultr", "NVIDIA A40", 48, "PCIe", 1), "collected_at": "May"}]), "expected ISO 8601"),
    ],
)
def test_a_payload_that_is_no_list_of_offers_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@given(
    content=mutated(
        [
            _offer("vultr", "NVIDIA L40S", 48, "PCIe", 0.848, caveats=["Bare Metal sold in 8x node"], vcpu=16),
            _offer("novita", "RTX 4090", 24, "PCIe", 0.34, "spot", notes="Ada consumer"),
        ]
    )
)
def test_whatever_an_offer_holds_is_read_or_is_an_error_of_the_payload(content: str) -> None:
    with suppress(PayloadError):
        list(parse(payload(content)))


@pytest.mark.shared
def test_every_recorded_version_is_read_alike_and_each_refusal_is_explained(recorded: Path) -> None:
    versions = [list(parse(file)) for file in payloads(recorded, SOURCE)]
    assert [len(statements) for statements in versions] == [21, 21, 21]
    # Caveats came between them; none changed what a price is.
    assert all([s.rows for s in statements] == [s.rows for s in versions[0]] for statements in versions)
    refused = Counter((one.reason, one.key["provider"]) for s in versions[2] for one in s.refused)
    assert refused == {
        ("card_without_machine", "coreweave"): 13,  # all of its classic page
        ("card_without_machine", "salad"): 18,
        ("contradicted_memory", "thundercompute"): 9,
        ("estimated_price", "datacrunch"): 1,  # the A100 of 40 GB
        ("estimated_price", "jarvislabs"): 6,
        ("estimated_price", "vast"): 6,
        ("purchase_model", "runpod"): 3,  # 'Active spot' above its on-demand prices
        ("purchase_model", "spheron"): 10,
        ("unknown_accelerator", "akash"): 1,  # a B300 of 180 GB
        ("unknown_accelerator", "gpuhub"): 3,  # two modified cards, an A800 of unstated form
        ("unknown_accelerator", "packet-ai"): 1,  # a B200 NVL
        ("unknown_accelerator", "vast"): 1,  # an L40 of 40 GB
    }
    rows = Counter(row["provider"] for s in versions[2] for row in s.rows)
    assert rows == {
        "akash": 15,
        "datacrunch": 23,
        "dataoorts": 43,
        "digitalocean": 7,
        "genesiscloud": 3,
        "gpuhub": 2,
        "hyperstack": 11,
        "jarvislabs": 6,
        "lambda": 9,
        "modal": 10,
        "novita": 17,
        "packet-ai": 3,
        "qubrid": 6,
        "runpod": 28,
        "tensordock": 10,
        "vast": 20,
        "vultr": 6,
    }
    ignored = {s.scope["provider"]: s.ignored for s in versions[2] if s.ignored}
    assert ignored == {"akash": 1, "salad": 16, "vast": 1}  # GTX 1080 Ti; GTX 1050 Ti to RTX 3070 Ti; RTX 2080 Ti
    # 310 offers, of which Vultr's two GH200 at 1.99 are one.
    assert sum(rows.values()) + sum(refused.values()) + sum(ignored.values()) == 309


@pytest.mark.shared
def test_the_newest_version_says_what_its_text_says(recorded: Path) -> None:
    *_, newest = payloads(recorded, SOURCE)
    terms = ("provider", "accelerator_id", "accelerator_count", "purchase_model", "service_tier", "price_state")
    found = {
        (*(row[name] for name in terms), row["sku"]): row["price_usd_per_hour"] for s in parse(newest) for row in s.rows
    }
    expected = {
        ("akash", "nvidia-h100", 1, "on_demand", "", "approximate", ""): "1.25",
        ("vast", "nvidia-h100-sxm-80gb", 1, "on_demand", "", "approximate", ""): "1.49",
        ("tensordock", "nvidia-h100-sxm-80gb", 1, "on_demand", "", "approximate", ""): "2.25",
        ("datacrunch", "nvidia-h100-sxm-80gb", 1, "spot", "", "listed", ""): "0.8",
        ("datacrunch", "nvidia-gb300-288gb", 1, "on_demand", "", "listed", ""): "7.99",
        ("dataoorts", "nvidia-h100-sxm-80gb", 1, "on_demand", "", "listed", "x-series-h100-sxm5"): "1.92",
        ("dataoorts", "nvidia-h100-sxm-80gb", 1, "on_demand", "", "listed", "nova-h100-sxm5"): "2.27",
        ("digitalocean", "amd-mi350x-288gb", 1, "on_demand", "", "listed", ""): "4.4",
        ("genesiscloud", "nvidia-rtx-3080-10gb", 1, "on_demand", "", "listed", ""): "0.08",
        ("gpuhub", "nvidia-rtx-5090-32gb", 1, "on_demand", "", "listed", ""): "0.38",
        ("hyperstack", "nvidia-h100-pcie-80gb", 1, "on_demand", "", "listed", ""): "1.9",
        ("hyperstack", "nvidia-h100", 1, "on_demand", "", "listed", ""): "1.95",
        ("modal", "nvidia-b200-sxm-180gb", 1, "on_demand", "serverless", "listed", ""): "6.25",
        ("novita", "nvidia-h100-sxm-80gb", 1, "spot", "", "listed", "h100-sxm"): "1.3",
        ("packet-ai", "nvidia-rtx-pro-6000-96gb", 1, "on_demand", "", "listed", ""): "0.66",
        ("qubrid", "nvidia-h200-sxm-141gb", 1, "on_demand", "", "listed", ""): "4.55",
        ("runpod", "nvidia-h100-nvl-94gb", 1, "on_demand", "secure", "approximate", ""): "2.79",
        ("runpod", "nvidia-b300-sxm-270gb", 1, "on_demand", "community", "listed", ""): "6.94",
        ("vultr", "nvidia-l40s-48gb", 1, "on_demand", "", "listed", ""): "1.671",
        ("vultr", "nvidia-l40s-48gb", 8, "on_demand", "", "listed", ""): "6.784",
    }
    assert {key: found.get(key) for key in expected} == {key: Decimal(price) for key, price in expected.items()}
