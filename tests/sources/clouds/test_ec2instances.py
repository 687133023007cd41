import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from sources.clouds.ec2instances import SOURCE, parse
from sources.source import PayloadError, Statement
from tests.sources.mutations import mutated, refusal
from tests.sources.recorded_payloads import payload, payloads


def _machine(name: str, pricing: dict[str, Any]) -> dict[str, Any]:
    return {"family": "GPU instances", "instance_type": name, "vCPU": 8, "memory": 15.0, "pricing": pricing}


# As the files print them: 2013 a price alone, 2015 a map, 2017 with classes of reservations.
IN_2013 = [
    _machine("g2.2xlarge", {"us-east-1": {"mswin": "0.767", "linux": "0.650"}}),
    _machine("cg1.4xlarge", {"us-west-2": {"mswin": "N/A", "linux": "N/A"}, "us-east-1": {"linux": "2.100"}}),
    _machine("m1.small", {"us-east-1": {"linux": "0.060"}}),
]
IN_2015 = {
    "ondemand": "2.808",
    "reserved": {
        "yrTerm1.noUpfront": "2.056",
        "yrTerm1.allUpfront": "1.7224",
        "yrTerm1.partialUpfront": "1.7576",
        "yrTerm3.allUpfront": "1.2201",
        "yrTerm3.partialUpfront": "1.2981",
    },
}
IN_2017 = {
    "ondemand": "14.4",
    "reserved": {
        "yrTerm1Convertible.noUpfront": "11.3",
        "yrTerm1Standard.noUpfront": "9.828",
        "yrTerm3Standard.allUpfront": "6.2",
        "yrTerm3Standard.noUpfront": "7.344",
    },
}


def _statements(machines: list[dict[str, Any]]) -> dict[str, Statement]:
    return {statement.scope["region"]: statement for statement in parse(payload(json.dumps(machines)))}


def _of(name: str, linux: dict[str, Any]) -> Statement:
    return _statements([_machine(name, {"eu-west-1": {"linux": linux}})])["eu-west-1"]


def test_in_2013_a_price_stands_alone_and_what_is_not_offered_is_no_row() -> None:
    statements = _statements(IN_2013)
    east = statements["us-east-1"]
    assert east.complete
    assert east.scope == {"provider": "aws", "region": "us-east-1"}
    assert [(row["sku"], row["price_usd_per_hour"], row["price_usd_per_accelerator_hour"]) for row in east.rows] == [
        ("g2.2xlarge", Decimal("0.650"), Decimal("0.65")),
        ("cg1.4xlarge", Decimal("2.100"), Decimal("1.05")),  # two Tesla M2050
    ]
    assert (east.rows[0]["vcpu_count"], east.rows[0]["host_memory_gib"]) == (8, 15)
    assert east.ignored == 1  # m1.small
    assert (statements["us-west-2"].rows, statements["us-west-2"].refused) == ([], [])


def test_of_the_reservations_the_one_without_upfront_payment_is_taken_else_the_one_paid_all_upfront() -> None:
    rows = _of("g2.8xlarge", IN_2015).rows
    assert [(row["purchase_model"], row["price_usd_per_hour"], row["price_raw"]) for row in rows] == [
        ("on_demand", Decimal("2.808"), "2.808"),
        ("reserved_1y", Decimal("2.056"), "yrTerm1.noUpfront: 2.056"),
        ("reserved_3y", Decimal("1.2201"), "yrTerm3.allUpfront: 1.2201"),
    ]


def test_convertible_reservations_are_left() -> None:
    rows = _of("p2.16xlarge", IN_2017).rows
    assert {row["purchase_model"]: row["price_usd_per_hour"] for row in rows} == {
        "on_demand": Decimal("14.4"),
        "reserved_1y": Decimal("9.828"),
        "reserved_3y": Decimal("7.344"),
    }
    nothing_else = {"ondemand": "14.4", "reserved": {"yrTerm1Convertible.noUpfront": "11.3"}}
    assert [row["purchase_model"] for row in _of("p2.16xlarge", nothing_else).rows] == ["on_demand"]


def test_a_reservation_above_the_list_and_an_unknown_machine_are_refused_and_an_fpga_ignored() -> None:
    dear = _of("g2.8xlarge", {"ondemand": "2.808", "reserved": {"yrTerm1.noUpfront": "28.08"}})
    assert [(one.reason, one.key["purchase_model"]) for one in dear.refused] == [
        ("commitment_above_on_demand", "reserved_1y")
    ]
    assert [one.reason for one in _of("p9.large", {"ondemand": "1.0"}).refused] == ["unknown_accelerator"]
    fpga = _of("f1.2xlarge", {"ondemand": "1.65"})
    assert (fpga.rows, fpga.refused, fpga.ignored) == ([], [], 1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<!DOCTYPE html><html></html>", "an HTML page"),
        ('[{"instance_type": "g2', "not JSON"),
        ("{}", "no list of machine types"),
        ("[]", "no list of machine types"),
        ('[{"instance_type": "g2.2xlarge"}]', "no instance_type with pricing"),
        ('[{"instance_type": "g2.2xlarge", "pricing": {}}]', "without a region"),
        ('[{"instance_type": "g2.2xlarge", "pricing": {"us-east-1": "0.65"}}]', "without prices per system"),
    ],
)
def test_a_file_of_another_shape_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        list(parse(payload(content)))


@given(mutated([*IN_2013, _machine("p2.16xlarge", {"us-east-1": {"linux": IN_2017}})]))
def test_whatever_is_changed_in_a_file_it_is_read_or_refused(content: str) -> None:
    assert "\n" not in refusal(lambda: parse(payload(content)))


@pytest.mark.shared
def test_every_recorded_file_is_read_and_nothing_refused(recorded: Path) -> None:
    statements = [statement for file in payloads(recorded, SOURCE) for statement in parse(file)]
    assert len(statements) == 180
    assert sum(len(s.rows) for s in statements) == 965
    assert [one for s in statements for one in s.refused] == []


@pytest.mark.shared
def test_a_v100_cost_3_06_an_hour_when_it_came(recorded: Path) -> None:
    (november_2017,) = payloads(recorded, SOURCE, "www__instances/2017-11-12*")
    rows = [row for s in parse(november_2017) for row in s.rows if s.scope["region"] == "us-east-1"]
    assert {row["purchase_model"]: row["price_usd_per_hour"] for row in rows if row["sku"] == "p3.2xlarge"} == {
        "on_demand": Decimal("3.06"),
        "reserved_1y": Decimal("2.088"),
        "reserved_3y": Decimal("1.332"),
    }
