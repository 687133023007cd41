import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from sources.clouds.shadeform import SOURCE, parse
from sources.source import PayloadError, Statement
from tests.sources.mutations import mutated
from tests.sources.recorded_payloads import payload


def _machine(
    cloud: str, name: str, gpu_type: str, memory_gb: int, cents: Any, num_gpus: Any = 1, interconnect: str = "pcie"
) -> dict[str, Any]:
    configuration = {"memory_in_gb": 200, "vcpus": 26, "num_gpus": num_gpus, "gpu_type": gpu_type}
    return {
        "cloud": cloud,
        "shade_instance_type": f"{gpu_type}x{num_gpus}",
        "cloud_instance_type": name,
        "configuration": {**configuration, "interconnect": interconnect, "vram_per_gpu_in_gb": memory_gb},
        "hourly_price": cents,
        "deployment_type": "vm",
        "availability": [{"region": "us-central-1", "available": True, "display_name": "US, Wichita, KS"}],
    }


# Written by hand from Shadeform's public documentation; nobody recorded an answer.
PAGE: dict[str, Any] = {
    "instance_types": [
        _machine("hyperstack", "n3-A100x1", "A100_80G", 80, 135),
        _machine("lambdalabs", "gpu_8x_h100_sxm5", "H100", 80, 3192, 8, "sxm5"),
        _machine("lambdalabs", "gpu_1x_a10", "A10", 24, 129),
        _machine("latitude", "c3.large", "CPU", 0, 50, 0),
    ]
}


def _statements(*machines: dict[str, Any]) -> dict[str, Statement]:
    content = json.dumps({"instance_types": [*PAGE["instance_types"], *machines]})
    return {statement.scope["provider"]: statement for statement in parse(payload(content))}


def test_a_page_written_by_hand_from_public_documentation_is_read() -> None:
    statements = _statements()
    assert statements.keys() == {"hyperstack", "lambda", "latitude"}
    assert all(statement.complete and not statement.refused for statement in statements.values())
    eight, one = statements["lambda"].rows
    assert (eight["sku"], eight["accelerator_id"], eight["accelerator_count"]) == (
        "gpu_8x_h100_sxm5",
        "nvidia-h100-sxm-80gb",
        8,
    )
    assert (eight["price_usd_per_hour"], eight["price_raw"]) == (Decimal("31.92"), "3192 cents")
    assert eight["price_usd_per_accelerator_hour"] == Decimal("3.99")  # 31.92 / 8
    assert (one["accelerator_id"], one["region"], one["vcpu_count"]) == ("nvidia-a10-24gb", "", 26)
    assert (statements["latitude"].rows, statements["latitude"].ignored) == ([], 1)


def test_interconnect_and_memory_tell_forms_apart_where_a_name_has_several() -> None:
    machines = _statements(
        _machine("nebius", "a", "H100", 80, 295, 1, "sxm5"),
        _machine("nebius", "b", "H100", 80, 249, 1, "pcie"),
        _machine("nebius", "c", "H100", 80, 260, 1, "something new"),
        _machine("nebius", "d", "A100", 40, 129, 1, "sxm4"),
        _machine("nebius", "e", "L40S", 48, 155, 1, "something new"),
    )
    assert [row["accelerator_id"] for row in machines["nebius"].rows] == [
        "nvidia-h100-sxm-80gb",
        "nvidia-h100-pcie-80gb",
        "nvidia-h100",
        "nvidia-a100-sxm-40gb",
        "nvidia-l40s-48gb",
    ]


def test_the_example_of_the_documentation_contradicts_itself_and_is_refused() -> None:
    """``"shade_instance_type": "A6000"`` with ``"gpu_type": "A100"`` and ``"vram_per_gpu_in_gb": 48``."""
    (refused,) = _statements(_machine("crusoe", "gpu_1x_a6000", "A100", 48, 210))["crusoe"].refused
    assert (refused.reason, refused.key["provider"]) == ("unknown_accelerator", "crusoe")


def test_a_machine_listed_twice_is_one_at_one_price_and_none_at_two() -> None:
    same = _machine("vultr", "vhp-16", "A16", 16, 47)
    other = _machine("vultr", "vhp-40", "A40", 48, 171)
    vultr = _statements(same, same, other, {**other, "hourly_price": 98})["vultr"]
    assert [row["sku"] for row in vultr.rows] == ["vhp-16"]
    assert [(one.reason, one.key["sku"]) for one in vultr.refused] == [("duplicate_key", "vhp-40")] * 2
    assert vultr.ignored == 1


@pytest.mark.parametrize(
    ("cents", "num_gpus", "reason"),
    [
        (0, 1, "zero_price"),
        (None, 1, "missing_price"),
        ("ask", 1, "missing_price"),
        (135, 0, "num_gpus"),
        (135, 1.5, "num_gpus"),
        (135, None, "num_gpus"),
    ],
)
def test_a_machine_that_cannot_be_used_is_refused(cents: Any, num_gpus: Any, reason: str) -> None:
    (refused,) = _statements(_machine("crusoe", "l40s", "L40S", 48, cents, num_gpus))["crusoe"].refused
    assert (refused.reason, refused.key["sku"]) == (reason, "l40s")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<html></html>", "an HTML page"),
        (json.dumps(PAGE)[:100], "not JSON"),
        ('{"error": "unauthorized"}', "no list of 'instance_types'"),
        ('{"instance_types": {}}', "no list of 'instance_types'"),
        ('{"instance_types": []}', "no instance type with a price"),
        ('{"instance_types": [{"cloud": "aws", "price": 3}]}', r"\[0\] has no shade_instance_type, hourly_price"),
        (json.dumps({"instance_types": [{**PAGE["instance_types"][0], "cloud": ""}]}), r"\[0\] has no cloud"),
        (json.dumps({"instance_types": [{**PAGE["instance_types"][0], "configuration": 3}]}), "configuration.gpu_type"),
    ],
)
def test_a_payload_that_is_no_list_of_machines_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@given(content=mutated(PAGE))
def test_whatever_the_answer_holds_is_read_or_is_an_error_of_the_payload(content: str) -> None:
    with suppress(PayloadError):
        list(parse(payload(content)))


def test_it_waits_for_a_key_of_its_own_header() -> None:
    assert SOURCE.live is not None
    assert (SOURCE.live.key_variable, SOURCE.live.key_header) == ("SHADEFORM_API_KEY", "X-API-KEY")
    assert SOURCE.live.key_format.format(key="k") == "k"
