import json
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from sources.catalogs.tugot17 import SOURCE, parse
from sources.source import PayloadError, Statement
from tests.sources.mutations import mutated
from tests.sources.recorded_payloads import payload, payloads

TIME = "2025-11-16T06:47:03.709906+00:00"


def _config(total: Any, provider: str, spot: Any = False, socket: str = "SXM5", location: Any = "US") -> dict[str, Any]:
    deal = {"provider": provider, "location": location, "socket": socket, "spot": spot}
    return {"count": 3, "min_per_gpu": 3.6, "avg_per_gpu": 3.6, "min_total": total, "best_deal": deal}


def _look(gpu_type: str = "H200_141GB", **configs: Any) -> dict[str, Any]:
    by_config = {name.removeprefix("x"): config for name, config in configs.items()}
    cheapest = {"runpod": {"count": 26, "min": 3.59, "avg": 3.6}, "datacrunch": {"count": 4, "min": 1.3, "avg": 1.3}}
    return {"timestamp": TIME, "gpu_type": gpu_type, "by_provider": cheapest, "by_config": by_config}


def _statement(look: dict[str, Any]) -> Statement:
    (statement,) = parse(payload(json.dumps(look) + "\n"))
    return statement


def test_the_cheapest_machine_of_each_number_of_gpus_is_an_offer_of_its_cloud() -> None:
    """``"3x": {"min_total": 10.79, "best_deal": {"provider": "runpod", "location": "US", ... "spot": false}}``."""
    statement = _statement(
        _look(x1x=_config(1.3, "datacrunch", spot=True, location="FI"), x3x=_config(10.79, "runpod"))
    )
    one, three = statement.rows
    assert (one["provider"], one["region"], one["purchase_model"]) == ("datacrunch", "FI", "spot")
    assert (one["accelerator_id"], one["price_usd_per_hour"]) == ("nvidia-h200-sxm-141gb", Decimal("1.3"))
    assert (three["provider"], three["region"], three["purchase_model"]) == ("runpod", "US", "on_demand")
    assert (three["accelerator_count"], three["price_usd_per_hour"]) == (Decimal(3), Decimal("10.79"))
    assert three["price_usd_per_accelerator_hour"] == Decimal("3.596666666667")  # 10.79 / 3
    assert statement.valid_at == datetime(2025, 11, 16, 6, 47, 3, 709906, tzinfo=UTC)


def test_a_look_answers_for_its_accelerator_and_a_cloud_that_is_not_the_cheapest_may_well_offer() -> None:
    statement = _statement(_look(x1x=_config(3.59, "runpod")))
    assert statement.scope == {"accelerator_id": "nvidia-h200-sxm-141gb"}
    assert not statement.complete


def test_prices_by_provider_mix_terms_and_are_not_offers() -> None:
    statement = _statement(_look(x1x=_config(3.59, "runpod")))
    assert [row["provider"] for row in statement.rows] == ["runpod"]


def test_the_first_looks_do_not_say_whose_the_machine_is() -> None:
    config = _config(3.59, "runpod")
    del config["best_deal"]
    statement = _statement(_look(x1x=config))
    assert (statement.rows, statement.refused, statement.ignored) == ([], [], 1)


def test_a_card_that_is_priced_without_the_machine_it_needs_is_no_offer() -> None:
    """Nebius: 2.668 for the H200, and 16 vCPUs at 0.012 and 200 GiB at 0.0032 beside it make 3.50."""
    (refused,) = _statement(_look(x1x=_config(2.67, "nebius", location="FI"))).refused
    assert (refused.reason, refused.key["provider"], refused.key["region"]) == ("card_without_machine", "nebius", "FI")


def test_clouds_behind_a_code_are_sold_by_the_marketplace_and_others_have_one_name() -> None:
    look = _look(
        "H100_80GB", x1x=_config(1.99, "dc_roan"), x2x=_config(2, "primecompute", True), x4x=_config(12, "lambdalabs")
    )
    assert [(row["provider"], row["sku"]) for row in _statement(look).rows] == [
        ("primeintellect", "dc_roan"),
        ("primeintellect", "primecompute"),
        ("lambda", ""),
    ]


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (_config(3.59, "runpod", socket="SXM7"), "unknown_accelerator"),
        (_config(3.59, "runpod", spot=None), "purchase_model"),
        (_config(3.59, "runpod", spot=[]), "purchase_model"),
        (_config(0, "runpod"), "zero_price"),
        (_config(None, "runpod"), "missing_price"),
    ],
)
def test_an_offer_that_cannot_be_used_is_refused(config: dict[str, Any], reason: str) -> None:
    assert [one.reason for one in _statement(_look(x1x=config)).refused] == [reason]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<html></html>", "an HTML page"),
        (json.dumps(_look()) + '\n{"timestamp": "2025', "line 2: not JSON"),
        ("[]", "line 1 has no timestamp, gpu_type, by_config"),
        ('{"timestamp": "2025-11-16", "gpu_type": "H200_141GB", "prices": {}}', "line 1 has no by_config"),
        (json.dumps({**_look(), "by_config": []}), "expected a time and prices"),
        (json.dumps({**_look(), "timestamp": "noon"}), "expected ISO 8601"),
    ],
)
def test_a_payload_that_is_no_list_of_looks_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@given(content=mutated(_look(x1x=_config(1.3, "datacrunch", True), x8x=_config(28.7, "runpod"))))
def test_whatever_a_line_holds_is_read_or_is_an_error_of_the_payload(content: str) -> None:
    with suppress(PayloadError):
        list(parse(payload(content)))


@pytest.mark.shared
def test_every_recorded_line_is_read_and_only_nebius_is_refused(recorded: Path) -> None:
    looks, rows, ignored, refused = 0, Counter[object](), 0, Counter[tuple[str, str | None]]()
    for file in payloads(recorded, SOURCE):
        for statement in parse(file):
            looks += 1
            rows.update(row["provider"] for row in statement.rows)
            ignored += statement.ignored
            refused.update((one.reason, one.key["provider"]) for one in statement.refused)
    assert looks == 6_494  # six files of 957 lines, and 752 of the GH200
    assert sum(rows.values()) + sum(refused.values()) == 49_163
    assert refused == {("card_without_machine", "nebius"): 3_144}  # 1112 H100, 2032 H200
    assert ignored == 114  # numbers of GPUs in the first two looks of each file
    assert rows["runpod"] == 25_807  # 8474 + 5372 + 7039 + 4922
    assert rows.keys() == {
        "datacrunch",
        "hyperstack",
        "lambda",
        "latitude",
        "massedcompute",
        "primeintellect",
        "runpod",
        "vultr",
    }
