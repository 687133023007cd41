import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given

from sources.clouds.aws_spot_history import ask, parse
from sources.source import PayloadError, Statement
from tests.sources.mutations import mutated, refusal
from tests.sources.recorded_payloads import payload


def _change(zone: str, machine: str, price: str, at: str, **more: str) -> dict[str, str]:
    change = {
        "AvailabilityZone": zone,
        "InstanceType": machine,
        "ProductDescription": "Linux/UNIX",
        "SpotPrice": price,
        "Timestamp": at,
    }
    return {**change, **more}


FIRST, SECOND = "2026-09-20T04:00:00+00:00", "2026-09-20T09:30:00Z"
PAGE: dict[str, Any] = {
    "SpotPriceHistory": [
        _change("us-east-1a", "p4d.24xlarge", "12.345600", FIRST),
        _change("us-east-1b", "p4d.24xlarge", "11.000000", FIRST, AvailabilityZoneId="use1-az2"),
        _change("us-east-1a", "p4d.24xlarge", "13.000000", SECOND),
    ],
    "NextToken": "",
}


def _statements(*changes: dict[str, str]) -> list[Statement]:
    return list(parse(payload(json.dumps({"SpotPriceHistory": changes}))))


def test_each_change_is_a_statement_of_its_moment_that_covers_nothing_else() -> None:
    first, second = parse(payload(json.dumps(PAGE)))
    assert first.scope == second.scope == {"provider": "aws", "region": "us-east-1"}
    assert (first.valid_at, second.valid_at) == (
        datetime(2026, 9, 20, 4, tzinfo=UTC),
        datetime(2026, 9, 20, 9, 30, tzinfo=UTC),
    )
    assert not first.complete
    assert [(row["zone"], row["purchase_model"], row["price_usd_per_hour"]) for row in first.rows] == [
        ("us-east-1a", "spot", Decimal("12.3456")),
        ("use1-az2", "spot", Decimal("11")),
    ]
    assert first.rows[0]["price_usd_per_accelerator_hour"] == Decimal("1.5432")  # 12.3456 / 8
    assert first.rows[0]["accelerator_id"] == "nvidia-a100-sxm-40gb"


def test_pages_are_one_answer() -> None:
    assert len(list(parse(payload(json.dumps([PAGE, PAGE]))))) == 2


def test_windows_a_plain_machine_an_fpga_and_a_local_zone_are_ignored_and_a_new_machine_refused() -> None:
    plain, local = _statements(
        _change("us-east-1a", "p4d.24xlarge", "20.0", FIRST, ProductDescription="Windows"),
        _change("us-east-1a", "m5.large", "0.05", FIRST),
        _change("us-east-1a", "f1.2xlarge", "0.5", FIRST),
        _change("us-east-1c", "p9.48xlarge", "50.0", FIRST),
        _change("us-east-1c", "g5.xlarge", "0.0", FIRST),
        _change("us-west-2-lax-1a", "g4dn.xlarge", "0.3", FIRST),
    )[::-1]
    assert plain.ignored == 3
    assert [(one.reason, one.key["sku"], one.key["zone"]) for one in plain.refused] == [
        ("unknown_accelerator", "p9.48xlarge", "us-east-1c"),
        ("zero_price", "g5.xlarge", "us-east-1c"),
    ]
    assert (local.scope, local.rows, local.ignored) == ({"provider": "aws"}, [], 1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<html></html>", "an HTML page"),
        ('{"SpotPriceHistory": [', "not JSON"),
        ("{}", "no list 'SpotPriceHistory'"),
        ('{"SpotPriceHistory": []}', "no price"),
        ('{"SpotPriceHistory": [{"SpotPrice": "1"}]}', "has no AvailabilityZone"),
        (json.dumps({"SpotPriceHistory": [_change("us-east-1a", "p5.48xlarge", "1", "soon")]}), "expected ISO 8601"),
    ],
)
def test_an_answer_of_another_shape_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says):
        list(parse(payload(content)))


@given(mutated(PAGE))
def test_whatever_is_changed_in_an_answer_it_is_read_or_refused(content: str) -> None:
    assert "\n" not in refusal(lambda: parse(payload(content)))


def test_what_is_asked_of_an_account_is_a_payload_that_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def paginate(**wanted: Any) -> list[dict[str, Any]]:
        asked.update(wanted)
        changes = [
            {**change, "Timestamp": datetime(2026, 9, 20, 4, tzinfo=UTC)} for change in PAGE["SpotPriceHistory"][:2]
        ]
        return [{"SpotPriceHistory": changes, "ResponseMetadata": {"RequestId": "1"}}]

    client = SimpleNamespace(get_paginator=lambda operation: SimpleNamespace(paginate=paginate))
    boto3 = SimpleNamespace(client=lambda service, region_name: client)
    monkeypatch.setitem(sys.modules, "boto3", boto3)
    since = datetime(2026, 9, 20, tzinfo=UTC)
    (only,) = parse(payload(ask("us-east-1", since=since)))
    assert len(only.rows) == 2
    assert (asked["ProductDescriptions"], asked["StartTime"]) == (["Linux/UNIX"], since)
    assert "p5.48xlarge" in asked["InstanceTypes"]
    assert "f1.2xlarge" not in asked["InstanceTypes"]
