"""One wide row per accelerator from the facts of several sources, and the list of what they disagree about."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sql.specs import Fact, database, fact, recorded_facts


def spec(facts: Iterable[Fact], accelerator_id: str = "x") -> dict[str, Any]:
    with database(facts) as con:
        found = con.execute("SELECT * FROM accelerator_spec WHERE accelerator_id = ?", [accelerator_id])
        columns = [column[0] for column in found.description or []]
        (row,) = found.fetchall()
    return dict(zip(columns, row, strict=True))


def test_the_row_has_the_columns_of_the_contract_in_their_order() -> None:
    assert list(spec([fact("x", "memory_gb", 80)])) == [
        "accelerator_id",
        "vendor",
        "architecture",
        "form_factor",
        "release_on",
        "memory_gb",
        "memory_bandwidth_gb_s",
        "dense_fp64_tflop_s",
        "dense_fp32_tflop_s",
        "dense_tf32_tflop_s",
        "dense_bf16_tflop_s",
        "dense_fp16_tflop_s",
        "dense_fp8_tflop_s",
        "dense_int8_top_s",
        "dense_fp4_tflop_s",
        "interconnect_gb_s",
        "tdp_w",
        "launch_price_usd",
        "unsupported",
    ]


def test_facts_become_one_wide_row_and_what_is_unknown_is_null() -> None:
    row = spec(
        [
            fact("x", "vendor", "NVIDIA", kind="curated"),
            fact("x", "release_on", "2018-09-13", kind="curated"),
            fact("x", "memory_gb", 16),
            fact("x", "peak_tflop_s", 65, precision="fp16"),
            fact("x", "peak_top_s", 130, precision="int8"),
            fact("x", "peak_tflop_s", "not supported", precision="fp8", kind="vendor_doc"),
            fact("x", "peak_tflop_s", "not supported", precision="bf16", kind="vendor_doc"),
        ]
    )
    assert (row["vendor"], row["release_on"], row["memory_gb"]) == ("NVIDIA", date(2018, 9, 13), 16.0)
    assert (row["dense_fp16_tflop_s"], row["dense_int8_top_s"], row["dense_bf16_tflop_s"]) == (65.0, 130.0, None)
    assert row["unsupported"] == ["bf16", "fp8"]
    assert row["tdp_w"] is None


def test_a_month_is_its_first_day_and_a_text_that_is_no_date_is_null() -> None:
    assert spec([fact("x", "release_on", "2022-09")])["release_on"] == date(2022, 9, 1)
    assert spec([fact("x", "release_on", "soon")])["release_on"] is None


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("datasheet", "vendor_doc"),
        ("vendor_doc", "measured"),
        ("measured", "curated"),
        ("curated", "derived"),
        ("derived", "preliminary"),
        ("datasheet", "preliminary"),
    ],
)
def test_the_better_kind_of_document_wins_however_old(better: str, worse: str) -> None:
    old = datetime(2020, 1, 1)  # noqa: DTZ001
    row = spec(
        [
            fact("x", "memory_gb", 80, kind=better, source="b", seen_at=old),
            fact("x", "memory_gb", 81, kind=worse, source="a"),
        ]
    )
    assert row["memory_gb"] == 80.0


def test_epoch_comes_after_a_measurement_and_before_other_tables() -> None:
    facts = [
        fact("x", "tdp_w", 1, kind="measured", source="lab"),
        fact("x", "tdp_w", 2, kind="curated", source="epoch"),
        fact("x", "tdp_w", 3, kind="curated", source="a-table"),
    ]
    assert spec(facts)["tdp_w"] == 1.0
    assert spec(facts[1:])["tdp_w"] == 2.0


def test_of_two_datasheets_the_one_seen_last_wins() -> None:
    older = datetime(2023, 1, 1)  # noqa: DTZ001
    row = spec([fact("x", "memory_gb", 192, source="a", seen_at=older), fact("x", "memory_gb", 180, source="b")])
    assert row["memory_gb"] == 180.0


def test_the_figures_of_the_board_do_not_fill_the_row_of_the_gpu_that_is_sold() -> None:
    row = spec(
        [
            fact("x", "memory_gb", 24, source="epoch", kind="curated", scope="board"),
            fact("x", "tdp_w", 300, source="epoch", kind="curated", scope="board"),
            fact("x", "memory_bandwidth_gb_s", 241, source="epoch", kind="curated"),
            fact("x", "memory_gb", 12),
            fact("x", "vendor", "NVIDIA"),
        ]
    )
    assert (row["memory_gb"], row["memory_bandwidth_gb_s"], row["tdp_w"]) == (12.0, 241.0, None)


def test_sparse_vector_and_tensor_rates_of_another_name_do_not_fill_the_dense_columns() -> None:
    row = spec(
        [
            fact("x", "peak_tflop_s", 242, precision="bf16", sparsity="sparse"),
            fact("x", "peak_tflop_s", 30.3, precision="fp16_vector"),
            fact("x", "peak_tflop_s", 67, precision="fp64_tensor"),
            fact("x", "peak_tflop_s", 34, precision="fp64"),
        ]
    )
    assert (row["dense_bf16_tflop_s"], row["dense_fp16_tflop_s"], row["dense_fp64_tflop_s"]) == (None, None, 34.0)


def test_the_interconnect_is_both_ways_and_never_one_way() -> None:
    one = fact("x", "interconnect_gb_s", 448, direction="one_way")
    unstated = fact("x", "interconnect_gb_s", 850)
    both = fact("x", "interconnect_gb_s", 896, direction="both_ways")
    assert spec([one, unstated, both])["interconnect_gb_s"] == 896.0
    assert spec([one, unstated])["interconnect_gb_s"] == 850.0
    assert spec([one])["interconnect_gb_s"] is None


def test_an_estimate_fills_the_launch_price_alone() -> None:
    row = spec(
        [fact("x", "tdp_w", 540, kind="estimate"), fact("x", "launch_price_usd", 33600, kind="estimate")],
    )
    assert (row["tdp_w"], row["launch_price_usd"]) == (None, 33600.0)


def test_a_precision_that_a_vendor_calls_absent_is_absent_though_a_table_has_a_figure() -> None:
    facts = [
        fact("x", "peak_tflop_s", "not supported", precision="fp8", kind="vendor_doc"),
        fact("x", "peak_tflop_s", 624, precision="fp8", source="epoch", kind="curated"),
    ]
    row = spec(facts)
    assert (row["dense_fp8_tflop_s"], row["unsupported"]) == (None, ["fp8"])
    assert [conflict["rule"] for conflict in conflicts(facts)] == ["vendor_doc before curated (epoch)"]


def conflicts(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    with database(facts) as con:
        found = con.execute("SELECT * FROM spec_conflict")
        columns = [column[0] for column in found.description or []]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def test_a_conflict_names_the_chosen_figure_the_others_and_the_rule() -> None:
    (conflict,) = conflicts(
        [
            fact("nvidia-p40-24gb", "memory_bandwidth_gb_s", 346),
            fact("nvidia-p40-24gb", "memory_bandwidth_gb_s", 694.3, source="epoch", kind="curated"),
            fact("nvidia-p40-24gb", "memory_gb", 24),
            fact("nvidia-p40-24gb", "memory_gb", 24.2, source="epoch", kind="curated"),  # 0.8 %: no conflict
        ]
    )
    assert (conflict["metric"], conflict["chosen_source"], conflict["chosen_value"]) == (
        "memory_bandwidth_gb_s",
        "datasheets",
        346.0,
    )
    assert conflict["spread"] == pytest.approx(1.0066, abs=1e-4)  # 694.3 / 346 - 1
    assert [(other["source"], other["value"]) for other in conflict["others"]] == [("epoch", 694.3)]
    assert conflict["rule"] == "datasheet before curated (epoch)"


def test_another_scope_sparsity_or_direction_is_no_conflict() -> None:
    assert (
        conflicts(
            [
                fact("x", "memory_gb", 24, source="epoch", kind="curated", scope="board"),
                fact("x", "memory_gb", 12),
                fact("x", "peak_tflop_s", 242, source="epoch", precision="bf16", sparsity="sparse"),
                fact("x", "peak_tflop_s", 121, precision="bf16"),
                fact("x", "interconnect_gb_s", 448, source="epoch", direction="one_way"),
                fact("x", "interconnect_gb_s", 896, direction="both_ways"),
            ]
        )
        == []
    )


def test_two_months_of_release_are_a_conflict_and_two_days_of_one_month_are_none() -> None:
    facts = [
        fact("x", "release_on", "2023-11", kind="curated"),
        fact("x", "release_on", "2023-09-16", source="epoch", kind="curated"),
    ]
    (conflict,) = conflicts(facts)
    assert (conflict["chosen_source"], conflict["chosen_value_raw"], conflict["spread"]) == (
        "epoch",
        "2023-09-16",
        None,
    )
    assert [other["value_raw"] for other in conflict["others"]] == ["2023-11"]
    assert conflicts([facts[0], fact("x", "release_on", "2023-11-16", source="epoch", kind="curated")]) == []


def test_the_macros_ask_for_the_facts_of_their_two_times() -> None:
    with database([fact("x", "memory_gb", 80)]) as con:
        before = con.execute("SELECT * FROM accelerator_spec_at(TIMESTAMP '2022-08-31', TIMESTAMP '2026-01-01')")
        assert before.fetchall() == []
        after = con.execute("SELECT memory_gb FROM accelerator_spec_at(TIMESTAMP '2022-09-01', TIMESTAMP '2026-01-01')")
        assert after.fetchall() == [(80.0,)]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_the_present_is_the_same_in_every_time_zone(zone: str) -> None:
    with database([fact("x", "memory_gb", 80)]) as con:
        con.execute(f"SET TimeZone = '{zone}'")
        assert con.execute("SELECT memory_gb FROM accelerator_spec").fetchall() == [(80.0,)]


def test_every_column_has_a_comment() -> None:
    with database([fact("x", "memory_gb", 80)]) as con:
        missing = con.execute(
            "SELECT table_name, column_name FROM duckdb_columns() "
            "WHERE (table_name = 'accelerator_spec' OR table_name LIKE 'spec_%') AND comment IS NULL"
        ).fetchall()
    assert missing == []


@pytest.mark.shared
def test_the_recorded_specs_give_the_figures_that_buyers_compare(recorded: Path) -> None:
    with database(recorded_facts(recorded)) as con:
        rows = {row[0]: row for row in con.execute("SELECT * FROM accelerator_spec").fetchall()}
        disputed = con.execute("SELECT accelerator_id, metric, precision FROM spec_conflict").fetchall()
    assert sum(any(figure is not None for figure in row[5:17]) for row in rows.values()) >= 100
    assert rows["nvidia-h200-sxm-141gb"][5] / rows["nvidia-h100-sxm-80gb"][5] == 1.7625
    assert rows["nvidia-h200-sxm-141gb"][6] / rows["nvidia-h100-sxm-80gb"][6] == pytest.approx(1.433, abs=5e-4)
    assert rows["nvidia-t4-16gb"][-1] == ["bf16", "fp4", "fp8", "tf32"]
    assert rows["nvidia-k80-12gb"][5:7] == (12.0, 241.0)
    assert rows["nvidia-p40-24gb"][6] == 346.0
    assert ("nvidia-p40-24gb", "memory_bandwidth_gb_s", "") in disputed
    assert ("aws-trainium1", "memory_bandwidth_gb_s", "") in disputed  # GiB taken for GB
