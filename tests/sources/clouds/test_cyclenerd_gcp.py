from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from sources.clouds.cyclenerd_gcp import SOURCE, parse
from sources.source import PayloadError, Statement
from tests.sources.recorded_payloads import payload, payloads

SAMPLE = """---
about:
  generated: Thu Oct 27 04:38:45 2022
  timestamp: 1666845525
compute:
  instance:
    a2-ultragpu-1g:
      a100-80gb: 1
      cost:
        us-central1:
          hour: 5.027702
          month: 3670.22246
          month_1y: 3670.22246
          month_3y: 3670.22246
      cpu: 12
      ram: 170
    a2-highgpu-1g:
      a100: 1
      cost:
        northamerica-northeast2:
          hour: 0.688136
          month: 502.33928
          month_1y: 1800.695234
          month_3y: 1000.40762054
      cpu: 12
      ram: 85
    a3-highgpu-8g:
      cost:
        us-central1:
          hour: 88.4899999025753
          hour_spot: 35.3957496986301
          month: 64597.69992888
          month_1y: 44810.08066464
          month_3y: 28370.99821392
      cpu: 208
      ram: 1872
    e2-standard-2:
      cost:
        us-central1:
          hour: 0.067
          month: 48.91
        us-east1:
          hour: 0.067
          month: 48.91
      cpu: 2
      ram: 8
  license:
    a3-highgpu-8g:
      cost:
        rhel:
          hour: 1.9968
          month: 1457.664
storage:
  bucket: {}
"""


def _statements(content: str = SAMPLE) -> dict[str, Statement]:
    return {statement.scope["region"]: statement for statement in parse(payload(content))}


def _prices(statement: Statement, sku: str) -> dict[object, object]:
    return {row["purchase_model"]: row["price_usd_per_hour"] for row in statement.rows if row["sku"] == sku}


def test_every_region_of_the_file_is_a_complete_statement_even_one_without_accelerators() -> None:
    statements = _statements()
    assert statements.keys() == {"us-central1", "us-east1", "northamerica-northeast2"}
    assert all(s.complete and s.scope["provider"] == "gcp" for s in statements.values())
    assert statements["us-central1"].valid_at == datetime(2022, 10, 27, 4, 38, 45, tzinfo=UTC)
    assert statements["us-east1"].rows == []
    assert statements["us-east1"].ignored == 1


def test_hours_and_months_become_the_four_ways_to_buy_and_float_noise_is_rounded_away() -> None:
    assert _prices(_statements()["us-central1"], "a3-highgpu-8g") == {
        "on_demand": Decimal("88.49"),  # 88.4899999025753
        "spot": Decimal("35.395750"),  # 35.3957496986301
        "reserved_1y": Decimal("61.383672"),  # 44810.08066464 / 730 = 61.3836721...
        "reserved_3y": Decimal("38.864381"),  # 28370.99821392 / 730 = 38.8643811...
    }


def test_noise_makes_no_new_text_either_and_a_price_of_a_month_says_that_it_was_one() -> None:
    rows = {row["purchase_model"]: row for row in _statements()["us-central1"].rows if row["sku"] == "a3-highgpu-8g"}
    assert rows["on_demand"]["price_raw"] == "88.490000"
    assert rows["reserved_1y"]["price_raw"] == "61.383672 (a month of 730 h / 730)"
    assert rows["on_demand"]["price_usd_per_accelerator_hour"] == Decimal("11.06125")
    assert (rows["spot"]["vcpu_count"], rows["spot"]["host_memory_gib"]) == (208, 1872)


def test_a_commitment_at_the_list_price_is_a_placeholder() -> None:
    ultra = _statements()["us-central1"]
    assert _prices(ultra, "a2-ultragpu-1g") == {"on_demand": Decimal("5.027702")}
    assert [(r.reason, r.key["purchase_model"]) for r in ultra.refused] == [
        ("placeholder_price", "reserved_1y"),
        ("placeholder_price", "reserved_3y"),
    ]


def test_a_list_price_below_its_own_commitment_lacks_a_part_and_none_of_the_prices_is_taken() -> None:
    toronto = _statements()["northamerica-northeast2"]
    assert toronto.rows == []
    assert Counter(r.reason for r in toronto.refused) == {"commitment_above_on_demand": 3}


def test_a_file_without_its_own_date_leaves_the_commit_to_say_when() -> None:
    undated = SAMPLE.replace("  timestamp: 1666845525\n", "")
    assert all(s.valid_at is None for s in _statements(undated).values())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("<html><body>moved</body></html>", "an HTML page"),
        ("hello: world\n", "no price file"),
        (SAMPLE[: SAMPLE.index("storage:")], "truncated"),
        (SAMPLE[:420], "truncated"),
        ("compute: 3\nstorage: {}\n", "no 'compute: instance:'"),
        ("compute:\n  instance:\nstorage: {}\n", "no machine type"),
        (SAMPLE.replace("1666845525", "soon"), "seconds since 1970"),
        (SAMPLE.replace("a100: 1", "a100: [1"), "not YAML"),
    ],
)
def test_a_payload_that_is_no_price_file_is_one_line_of_error(content: str, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as raised:
        list(parse(payload(content)))
    assert "\n" not in str(raised.value)


@pytest.mark.shared
def test_the_machine_after_a3_megagpu_does_not_lend_it_its_price(recorded: Path) -> None:
    """0.835232 stands 270 lines below ``a3-megagpu-8g:``, in a machine without a GPU; us-central1 is not its region."""
    (file,) = payloads(recorded, SOURCE, "pricing/2025-01-30*")
    statements = {s.scope["region"]: s for s in parse(file)}
    assert _prices(statements["us-central1"], "a3-megagpu-8g") == {}
    assert _prices(statements["us-east4"], "a3-megagpu-8g")["on_demand"] == Decimal("92.937588")
    assert _prices(statements["us-central1"], "a3-highgpu-8g")["on_demand"] == Decimal("88.49")


@pytest.mark.shared
def test_recorded_files_are_read_and_refuse_only_copied_and_contradicted_prices(recorded: Path) -> None:
    reasons: dict[str, Counter[str]] = {}
    for day in ("2022-02-09", "2022-10-27", "2026-07-30"):
        (file,) = payloads(recorded, SOURCE, f"pricing/{day}*")
        reasons[day] = Counter(r.reason for s in parse(file) for r in s.refused)
    assert reasons == {
        "2022-02-09": {"commitment_above_on_demand": 15},  # 5 machines in one region, 3 prices each
        "2022-10-27": {"commitment_above_on_demand": 15, "placeholder_price": 280},  # 4 machines, 35 regions, 2 terms
        "2026-07-30": {},
    }
