import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from sources.clouds.lambda_cloud import SOURCE, parse
from sources.source import PayloadError, Statement
from tests.sources.mutations import mutated
from tests.sources.recorded_payloads import payload


def _type(name: str, cents: Any, gpus: int, *regions: str) -> dict[str, Any]:
    specs = {"vcpus": 26, "memory_gib": 225, "storage_gib": 2816, "gpus": gpus}
    described = {"name": name, "description": f"{gpus} GPUs", "gpu_description": "as named", "specs": specs}
    free = [{"name": region, "description": "somewhere"} for region in regions]
    return {
        "instance_type": {**described, "price_cents_per_hour": cents},
        "regions_with_capacity_available": free,
    }


def _page(**types: Any) -> dict[str, Any]:
    return {"data": types}


# Written by hand from Lambda's public description of its interface (version 1.10); nobody recorded an answer.
PAGE = _page(
    gpu_1x_h100_sxm5=_type("gpu_1x_h100_sxm5", 429, 1, "us-east-1", "us-west-3"),
    gpu_8x_a100_80gb_sxm4=_type("gpu_8x_a100_80gb_sxm4", 2232, 8),
    cpu_4x_general=_type("cpu_4x_general", 20, 0, "us-east-1"),
)


def _statement(page: dict[str, Any]) -> Statement:
    (statement,) = parse(payload(json.dumps(page)))
    return statement


def test_a_page_written_by_hand_from_public_documentation_is_read() -> None:
    statement = _statement(PAGE)
    one, eight = statement.rows
    assert (one["accelerator_id"], one["accelerator_count"]) == ("nvidia-h100-sxm-80gb", 1)
    assert (one["sku"], one["price_usd_per_hour"], one["price_raw"]) == (
        "gpu_1x_h100_sxm5",
        Decimal("4.29"),
        "429 cents",
    )
    assert (one["vcpu_count"], one["host_memory_gib"]) == (26, 225)
    assert (eight["accelerator_id"], eight["accelerator_count"]) == ("nvidia-a100-sxm-80gb", 8)
    assert eight["price_usd_per_accelerator_hour"] == Decimal("2.79")  # 22.32 / 8
    assert statement.complete
    assert (statement.refused, statement.ignored) == ([], 1)


def test_a_type_that_is_sold_out_everywhere_keeps_its_price_and_its_key() -> None:
    sold_out = _page(gpu_1x_h100_sxm5=_type("gpu_1x_h100_sxm5", 429, 1))
    assert _statement(sold_out).rows == _statement(PAGE).rows[:1]


def test_a_bare_a100_is_what_lambda_builds_with_it() -> None:
    page = _page(**{name: _type(name, 199, 1) for name in ("gpu_1x_a100", "gpu_1x_a100_sxm4", "gpu_8x_a100")})
    assert [row["accelerator_id"] for row in _statement(page).rows] == [
        "nvidia-a100-pcie-40gb",
        "nvidia-a100-sxm-40gb",
        "nvidia-a100-sxm-40gb",
    ]


def test_the_form_of_its_v100_is_nowhere_stated() -> None:
    page = _page(**{name: _type(name, 632, 8) for name in ("gpu_8x_v100", "gpu_8x_v100_n")})
    assert {(row["accelerator_id"], row["accelerator_count"]) for row in _statement(page).rows} == {
        ("nvidia-v100-16gb", 8)
    }


def test_its_rtx_6000_is_the_quadro_and_not_the_ada() -> None:
    (row,) = _statement(_page(gpu_1x_rtx6000=_type("gpu_1x_rtx6000", 69, 1))).rows
    assert row["accelerator_id"] == "nvidia-quadro-rtx-6000-24gb"


@pytest.mark.parametrize(
    ("name", "cents", "reason"),
    [
        ("gpu_1x_rubin", 999, "unknown_accelerator"),
        ("gpu_1x_a10", 0, "zero_price"),
        ("gpu_1x_a10", None, "missing_price"),
        ("gpu_1x_a10", "ask us", "missing_price"),
    ],
)
def test_a_type_that_cannot_be_used_is_refused_and_its_neighbours_are_read(name: str, cents: Any, reason: str) -> None:
    statement = _statement(_page(**PAGE["data"], **{name: _type(name, cents, 1)}))
    assert [(one.reason, one.key["sku"]) for one in statement.refused] == [(reason, name)]
    assert len(statement.rows) == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!DOCTYPE html><html>", "an HTML page"),
        (json.dumps(PAGE)[:100], "not JSON"),
        ('{"error": {"code": "global/invalid-api-key", "message": "API key was invalid"}}', "no 'data'"),
        ('{"data": []}', "no 'data'"),
        ('{"data": {}}', "no instance type with a price"),
        ('{"data": {"gpu_1x_a10": {"price": 129}}}', "instance_type has no name, price_cents_per_hour, specs"),
        (json.dumps(_page(gpu_1x_a10=_type("gpu_8x_v100", 632, 8))), "expected the same name"),
    ],
)
def test_a_payload_that_is_no_list_of_types_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@given(content=mutated(PAGE))
def test_whatever_the_answer_holds_is_read_or_is_an_error_of_the_payload(content: str) -> None:
    with suppress(PayloadError):
        list(parse(payload(content)))


def test_it_waits_for_a_key() -> None:
    assert SOURCE.live is not None
    assert SOURCE.live.key_variable == "LAMBDA_API_KEY"
    assert [address.name for address in SOURCE.live.addresses] == list(SOURCE.reads)
