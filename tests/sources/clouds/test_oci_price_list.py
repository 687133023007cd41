import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from sources.clouds.oci_price_list import SOURCE, parse
from sources.source import PayloadError, Statement
from tests.sources.mutations import mutated, refusal
from tests.sources.recorded_payloads import payload


def _part(
    number: str, name: str, *prices: tuple[str, float], category: str = "Compute - GPU", metric: str = "GPU Per Hour"
) -> dict[str, Any]:
    localization = {"currencyCode": "USD", "prices": [{"model": model, "value": value} for model, value in prices]}
    return {
        "partNumber": number,
        "displayName": name,
        "metricName": metric,
        "serviceCategory": category,
        "currencyCodeLocalizations": [localization],
    }


# As the list of January 2024 prints them, and below the dear neighbours of 2026.
H100 = _part("B98415", "Oracle Cloud Infrastructure - Compute - GPU - H100", ("PAY_AS_YOU_GO", 10))
A10 = _part("B95909", "Compute  - GPU - A10", ("PAY_AS_YOU_GO", 2))
P100 = _part("B88518", "Compute - Virtual Machine GPU Standard - X7", ("PAY_AS_YOU_GO", 1.275))
JAVA = _part("B88287", "Java", ("PAY_AS_YOU_GO", 0.3097), category="Java", metric="OCPU Per Hour")
LICENCE = _part("B111824", "OCI - NVIDIA AI Enterprise - H100", ("PAY_AS_YOU_GO", 2.5))
AT_CUSTOMER = _part("B111454", "Compute - GPU.L40S", ("PAY_AS_YOU_GO", 2.9), category="Compute Cloud@Customer")
MI355X = _part("B111758", "OCI- Compute - GPU - MI355X", ("PAY_AS_YOU_GO", 8.6))
LIST = {"items": [H100, A10, P100, JAVA, LICENCE, AT_CUSTOMER, MI355X]}


def _only(*parts: dict[str, Any]) -> Statement:
    (only,) = parse(payload(json.dumps({"items": list(parts)})))
    return only


def test_a_price_is_of_one_gpu_for_one_hour_in_any_region() -> None:
    only = _only(*LIST["items"])
    assert (only.scope, only.complete, only.valid_at) == ({"provider": "oci"}, True, None)
    assert [(row["sku"], row["accelerator_id"], row["price_usd_per_accelerator_hour"]) for row in only.rows] == [
        ("B98415", "nvidia-h100-sxm-80gb", Decimal(10)),
        ("B95909", "nvidia-a10-24gb", Decimal(2)),
        ("B88518", "nvidia-p100-16gb", Decimal("1.275")),
        ("B111758", "amd-mi355x-288gb", Decimal("8.6")),
    ]
    assert {(row["accelerator_count"], row["region"], row["purchase_model"]) for row in only.rows} == {
        (Decimal(1), "", "on_demand")
    }


def test_a_licence_and_a_gpu_at_the_customers_are_no_rented_gpus() -> None:
    only = _only(H100, LICENCE, AT_CUSTOMER, JAVA)
    assert (len(only.rows), only.refused, only.ignored) == (1, [], 3)


def test_a_new_part_or_a_known_number_under_another_name_is_unknown() -> None:
    renamed = {**H100, "displayName": "OCI - Compute - GPU - H200"}
    only = _only(renamed, _part("B99999", "OCI - Compute - GPU - Z9000", ("PAY_AS_YOU_GO", 1)))
    assert [(one.reason, one.key["sku"]) for one in only.refused] == [
        ("unknown_accelerator", "B98415"),
        ("unknown_accelerator", "B99999"),
    ]


def test_no_price_zero_two_prices_another_model_or_currency_are_refused() -> None:
    euro = _part("B98415", "Compute - GPU - H100", ("PAY_AS_YOU_GO", 9))
    euro["currencyCodeLocalizations"][0]["currencyCode"] = "EUR"
    only = _only(
        _part("B95907", "Compute - GPU - A100 - v2"),
        _part("B95909", "Compute - GPU - A10", ("PAY_AS_YOU_GO", 0)),
        _part("B92740", "Compute - GPU - E3", ("PAY_AS_YOU_GO", 3.05), ("PAY_AS_YOU_GO", 2.05)),
        _part("B89734", "Compute - GPU Standard - V2", ("ANNUAL_COMMIT", 2)),
        euro,
    )
    assert {one.key["sku"]: one.reason for one in only.refused} == {
        "B95907": "missing_price",
        "B95909": "zero_price",
        "B92740": "duplicate_key",
        "B89734": "purchase_model",
        "B98415": "currency",
    }
    assert only.rows == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<html></html>", "an HTML page"),
        ('{"items": [', "not JSON"),
        ("[]", "no list 'items'"),
        ('{"items": []}', "no list 'items'"),
        (json.dumps({"items": [JAVA]}), "1 parts and no GPU"),
        (json.dumps({"items": [{"partNumber": "B1"}]}), "has no displayName, metricName"),
    ],
)
def test_an_answer_of_another_shape_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        list(parse(payload(content)))


@given(mutated(LIST))
def test_whatever_is_changed_in_an_answer_it_is_read_or_refused(content: str) -> None:
    assert "\n" not in refusal(lambda: parse(payload(content)))


@pytest.mark.shared
def test_the_list_of_january_2024_is_read_whole(recorded: Path) -> None:
    name = "pkg__cloud__oracle__test__prices_usd/2024-01-19_f21a777c.json"
    assert name.startswith(SOURCE.reads[1].removesuffix("*.json"))
    content = gzip.decompress((recorded / "payloads" / "raw-payloads" / f"{name}.gz").read_bytes())
    (only,) = parse(payload(content, name))
    assert {row["accelerator_id"]: row["price_usd_per_hour"] for row in only.rows} == {
        "nvidia-p100-16gb": Decimal("1.275"),
        "nvidia-v100-sxm-16gb": Decimal("2.95"),
        "nvidia-a100-sxm-40gb": Decimal("3.05"),
        "nvidia-a100-sxm-80gb": Decimal(4),
        "nvidia-a10-24gb": Decimal(2),
        "nvidia-h100-sxm-80gb": Decimal(10),
    }
    assert (len(only.rows), only.refused, only.ignored) == (7, [], 443)
