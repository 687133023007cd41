import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from sources.clouds.cyclenerd_gcp import SOURCE as CYCLENERD
from sources.clouds.cyclenerd_gcp import parse as parse_cyclenerd
from sources.clouds.gcp_billing import SOURCE, URL, next_page, parse
from sources.source import PayloadError, Row, Statement
from tests.sources.mutations import mutated, refusal
from tests.sources.recorded_payloads import payload, payloads

RECORDED_FILE = "pkg__cloud__gcp__test__skus/2023-08-14_42976a2b.json"


def _sku(text: str, nanos: int, *, units: str = "0", unit: str = "h", usage: str = "OnDemand", **more: Any) -> Any:
    price = {"currencyCode": "USD", "units": units, "nanos": nanos}
    expression = {"usageUnit": unit, "tieredRates": [{"startUsageAmount": 0, "unitPrice": price}]}
    sku = {
        "skuId": "039F-D0DA-4055",
        "description": text,
        "category": {"resourceFamily": "Compute", "resourceGroup": "GPU", "usageType": usage},
        "serviceRegions": ["us-central1"],
        "pricingInfo": [{"pricingExpression": expression, "effectiveTime": "2023-03-24T10:52:50.681Z"}],
    }
    return {**sku, **more}


# The three parts of an A2, as the catalog of March 2023 prices them.
GPU = _sku("Nvidia Tesla A100 GPU running in Americas", 933908000, units="2")
CORE = _sku("A2 Instance Core running in Americas", 31611000)
RAM = _sku("A2 Instance Ram running in Americas", 4237000, unit="GiBy.h")
SPOT = [
    _sku("Nvidia Tesla A100 GPU attached to Spot Preemptible VMs running in Americas", 880000000, usage="Preemptible"),
    _sku("Spot Preemptible A2 Instance Core running in Americas", 9480000, usage="Preemptible"),
    _sku("Spot Preemptible A2 Instance Ram running in Americas", 1270000, unit="GiBy.h", usage="Preemptible"),
]
T4 = _sku("Nvidia Tesla T4 GPU running in Americas", 350000000)
A100_80GB = _sku("Nvidia Tesla A100 80GB GPU running in Americas", 930000000, units="3")
COMMITTED = _sku("Commitment v1: Nvidia Tesla A100 GPU running in Americas for 1 Year", 1, usage="Commit1Yr")


def _page(*skus: Any, token: str = "") -> dict[str, Any]:
    return {"skus": list(skus), "nextPageToken": token}


def _only(*skus: Any) -> Statement:
    (only,) = parse(payload(json.dumps(_page(*skus))))
    return only


def _row(statement: Statement, sku: str, model: str = "on_demand") -> Row:
    return next(row for row in statement.rows if (row["sku"], row["purchase_model"]) == (sku, model))


def test_a_machine_costs_the_sum_of_its_parts() -> None:
    only = _only(GPU, CORE, RAM)
    row = _row(only, "a2-highgpu-1g")
    assert row["price_usd_per_hour"] == Decimal("3.673385")  # 2.933908 + 12 * 0.031611 + 85 * 0.004237
    assert row["price_raw"] == "1 x 2.933908000 + 12 x 0.031611000 + 85 x 0.004237000"
    assert (row["vcpu_count"], row["host_memory_gib"], row["region"]) == (12, 85, "us-central1")
    assert _row(only, "a2-megagpu-16g")["price_usd_per_accelerator_hour"] == Decimal("3.483719")  # 55.739504 / 16
    assert [row["sku"] for row in only.rows] == [
        "a2-highgpu-1g",
        "a2-highgpu-2g",
        "a2-highgpu-4g",
        "a2-highgpu-8g",
        "a2-megagpu-16g",
    ]
    assert (only.scope, only.complete, only.refused) == ({"provider": "gcp", "region": "us-central1"}, True, [])


def test_spot_is_the_sum_of_the_spot_parts() -> None:
    only = _only(*SPOT)
    assert {row["purchase_model"] for row in only.rows} == {"spot"}
    row = _row(only, "a2-highgpu-1g", "spot")
    assert row["price_usd_per_hour"] == Decimal("1.10171")  # 0.88 + 12 * 0.00948 + 85 * 0.00127


def test_a_gpu_without_its_machine_a_larger_one_and_a_commitment_are_no_offers() -> None:
    only = _only(GPU, CORE, RAM, T4, A100_80GB, COMMITTED)
    assert {row["accelerator_id"] for row in only.rows} == {"nvidia-a100-sxm-40gb"}
    assert only.ignored == 3


def test_where_a_part_is_missing_or_has_two_prices_the_machine_is_refused() -> None:
    assert {one.reason for one in _only(GPU, CORE).refused} == {"missing_price"}
    dearer = _sku("A2 Instance Core running in Virginia", 40000000)
    assert {one.reason for one in _only(GPU, CORE, dearer, RAM).refused} == {"duplicate_key"}
    per_month = _sku("A2 Instance Ram running in Americas", 4237000, unit="GiBy.mo")
    assert {one.reason for one in _only(GPU, CORE, per_month).refused} == {"missing_price"}
    in_euro = json.loads(json.dumps(RAM).replace("USD", "EUR"))
    assert {one.reason for one in _only(GPU, CORE, in_euro).refused} == {"missing_price"}


def test_words_and_usage_that_disagree_make_no_part() -> None:
    odd = _sku("Nvidia Tesla A100 GPU running in Americas", 1, usage="Preemptible")
    assert _only(GPU, CORE, RAM, odd).ignored == 1


def test_pages_are_one_answer_and_an_unfinished_one_covers_only_what_it_names() -> None:
    (whole,) = parse(payload(json.dumps([_page(GPU, token="next"), _page(CORE, RAM)])))
    assert (len(whole.rows), whole.complete) == (5, True)
    (cut,) = parse(payload(json.dumps(_page(GPU, CORE, RAM, token="next"))))
    assert (len(cut.rows), cut.complete) == (5, False)


def test_the_next_page_is_asked_for_by_its_token() -> None:
    assert next_page(_page(token="a/b=")) == f"{URL}&pageToken=a%2Fb%3D"
    assert next_page(_page()) is None
    assert next_page([]) is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<html></html>", "an HTML page"),
        ('{"skus": [{"description": "[SKU_DESCRIPTION]",}]}', "not JSON"),
        ("{}", "no list 'skus'"),
        ("[]", "no GPU and no part"),
        (json.dumps(_page(T4)), "no GPU and no part"),
        (json.dumps(_page({"skuId": "1"})), "has no description"),
        (json.dumps(_page({**GPU, "serviceRegions": None})), "no list 'serviceRegions'"),
    ],
)
def test_an_answer_of_another_shape_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        list(parse(payload(content)))


@given(mutated([_page(GPU, CORE, RAM, T4, *SPOT)]))
def test_whatever_is_changed_in_an_answer_it_is_read_or_refused(content: str) -> None:
    assert "\n" not in refusal(lambda: parse(payload(content)))


@pytest.mark.shared
def test_the_parts_of_august_2023_add_up_to_what_the_price_file_of_that_summer_says(recorded: Path) -> None:
    content = (recorded / "payloads" / "raw-payloads" / RECORDED_FILE).read_bytes()
    added_up = [row for statement in parse(payload(content, RECORDED_FILE)) for row in statement.rows]
    (july,) = payloads(recorded, CYCLENERD, "pricing/2023-07-27*")
    listed = {
        (row["region"], row["sku"]): row["price_usd_per_hour"]
        for statement in parse_cyclenerd(july)
        for row in statement.rows
        if row["purchase_model"] == "on_demand"
    }
    assert len(added_up) == 15  # five A2 in three regions
    found = {(row["region"], row["sku"]): row["price_usd_per_hour"] for row in added_up}
    in_both = found.keys() & listed.keys()
    assert len(in_both) == 15
    assert {key: found[key] for key in in_both} == {key: listed[key] for key in in_both}
    assert SOURCE.live is not None
