"""The contract says a row's rules once: as pandera, and as the SQL that follows from it."""

from decimal import Decimal
from pathlib import Path

import hypothesis.strategies as st
import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import HealthCheck, given, settings

from pipelines import contract_sql
from pipelines.ledger import Told, open_ledger, track
from sources.contracts import CONTRACTS
from sources.source import Statement
from tests.pipelines.test_ledger import LOADED, day


def test_the_statements_of_the_contracts_are_the_files_in_the_repository() -> None:
    written = {path.name: path.read_text() for path in Path(contract_sql.FOLDER).glob("*.sql")}
    assert written == contract_sql.files()


prices = st.sampled_from([None, "0", "-1", "0.0000001", "98.32", "600000", "abc", "nan", "1e-7"])
rows = st.fixed_dictionaries(
    {
        "provider": st.sampled_from(["aws", "", "x" * 201]),
        "sku": st.sampled_from(["p5.48xlarge", ""]),
        "region": st.just("us-east-1"),
        "zone": st.just(""),
        "accelerator_id": st.sampled_from(["nvidia-h100-sxm-80gb", "nvidia-h10", ""]),
        "accelerator_count": st.sampled_from(["8", "0", None, "0.1667"]),
        "purchase_model": st.sampled_from(["on_demand", "rented"]),
        "service_tier": st.sampled_from(["", "secure", "gold"]),
        "price_state": st.sampled_from(["listed", "contact_sales", "guess"]),
        "price_usd_per_hour": prices,
        "price_usd_per_accelerator_hour": prices,
        "price_raw": st.sampled_from([None, "$98.32"]),
        "currency": st.sampled_from(["USD", "CNY"]),
        "vcpu_count": st.sampled_from([None, "192", "-1"]),
        "host_memory_gib": st.sampled_from([None, "2048"]),
    }
)


def let_in_by_pandera(drawn: list[dict[str, str | None]]) -> set[int]:
    """Numbers of the rows that keep the contract; a number that is none is no row of the contract at all."""
    contract = CONTRACTS["rental_price"]
    floats = [name for name, column in contract.columns.items() if str(column.dtype).startswith("float")]
    numbers = [n for n, row in enumerate(drawn) if all(is_number(row[name]) for name in floats)]
    typed = {
        name: pd.Series(
            [float(str(v)) if name in floats and v is not None else v for v in (drawn[n][name] for n in numbers)],
            dtype="float64" if name in floats else "str",
            index=numbers,
        )
        for name in contract.columns
    }
    try:
        contract.validate(pd.DataFrame(typed), lazy=True)
    except pa.errors.SchemaErrors as errors:
        return set(numbers) - set(errors.failure_cases["index"])
    return set(numbers)


def is_number(text: str | None) -> bool:
    try:
        return text is None or Decimal(text).is_finite()
    except ArithmeticError:
        return False


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rows, min_size=20, max_size=40))
def test_the_door_in_sql_lets_in_exactly_the_rows_that_pandera_lets_in(drawn: list[dict[str, str | None]]) -> None:
    numbered = [{**row, "zone": f"z{number}", "locator": str(number)} for number, row in enumerate(drawn)]
    statement = Statement("rental_price", {}, [dict(row) for row in numbered])
    with open_ledger(":memory:") as connection:
        connection.execute("CREATE TABLE accelerator AS SELECT 'nvidia-h100-sxm-80gb' AS accelerator_id")
        track(connection, "rental_price", [Told(statement, "s", day(0), "a")], loaded_at=LOADED)
        let_in = {zone for (zone,) in connection.execute("SELECT zone FROM rental_price_version").fetchall()}
    assert let_in == {f"z{number}" for number in let_in_by_pandera([dict(row) for row in numbered])}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"price_usd_per_hour": "0"}, "zero_price"),
        ({"price_usd_per_hour": None}, "missing_price"),
        ({"price_usd_per_hour": "551221000"}, "implausible_price"),
        ({"price_usd_per_hour": "about two"}, "unreadable"),
        ({"accelerator_id": "nvidia-h10"}, "unknown_accelerator"),
        ({"currency": "CNY"}, "currency"),
        ({"purchase_model": "rented"}, "purchase_model"),
        ({"provider": ""}, "missing_key"),
    ],
)
def test_a_rental_price_that_fails_is_quarantined_with_the_name_of_the_rule(
    change: dict[str, str | None], reason: str
) -> None:
    good: dict[str, object] = {
        "provider": "aws",
        "sku": "p5.48xlarge",
        "region": "us-east-1",
        "zone": "",
        "accelerator_id": "nvidia-h100-sxm-80gb",
        "accelerator_count": "8",
        "purchase_model": "on_demand",
        "service_tier": "",
        "price_state": "listed",
        "price_usd_per_hour": "98.32",
        "price_usd_per_accelerator_hour": "12.29",  # 98.32 / 8
        "price_raw": "98.32",
        "currency": "USD",
        "vcpu_count": None,
        "host_memory_gib": None,
        "locator": "line 2",
    }
    neighbour = {**good, "sku": "p5.4xlarge", "locator": "line 3"}
    with open_ledger(":memory:") as connection:
        connection.execute("CREATE TABLE accelerator AS SELECT 'nvidia-h100-sxm-80gb' AS accelerator_id")
        told = [Told(Statement("rental_price", {}, [{**good, **change}, neighbour]), "s", day(0), "a")]
        track(connection, "rental_price", told, loaded_at=LOADED)
        assert connection.execute("SELECT reason, locator FROM book.refused").fetchall() == [(reason, "line 2")]
        assert connection.execute("SELECT sku FROM rental_price_version").fetchall() == [("p5.4xlarge",)]


PER_TOKEN: dict[str, object] = {
    "provider": "openai", "model_id": "gpt-4o", "sku": "gpt-4o", "modality": "text", "unit": "input_token",
    "condition": "", "price_usd_per_unit": "0.0000025", "price_state": "listed", "locator": "line 2",
}  # fmt: skip
MEMORY: dict[str, object] = {
    "accelerator_id": "nvidia-h100-sxm-80gb", "metric": "memory_gb", "precision": "", "sparsity": "", "scope": "card",
    "direction": "", "value_raw": "80 GB", "unit_raw": "GB", "value": "80", "value_kind": "datasheet",
    "locator": "line 2",
}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "good", "change", "reason"),
    [
        ("api_price", PER_TOKEN, {"price_usd_per_unit": "2.5"}, "unit"),  # of a million tokens
        ("api_price", PER_TOKEN, {"unit": "output_token", "price_usd_per_unit": "0.06"}, "unit"),  # of a thousand
        ("api_price", PER_TOKEN, {"unit": "request", "price_usd_per_unit": "2.5"}, None),
        ("api_price", PER_TOKEN, {"price_usd_per_unit": "0.0006"}, None),  # o1-pro, 600 USD a million
        ("api_price", PER_TOKEN, {"price_usd_per_unit": None, "price_state": "contact_sales"}, None),
        ("accelerator_spec", MEMORY, {"metric": "memory"}, "metric"),
        ("accelerator_spec", MEMORY, {"value": "80 GB"}, "unreadable"),
    ],
)
def test_the_doors_of_api_prices_and_specs_know_their_units_and_metrics(
    table: str, good: dict[str, object], change: dict[str, object], reason: str | None
) -> None:
    row = {**good, **change}
    with open_ledger(":memory:") as connection:
        connection.execute("CREATE TABLE accelerator AS SELECT 'nvidia-h100-sxm-80gb' AS accelerator_id")
        track(connection, table, [Told(Statement(table, {}, [row]), "s", day(0), "a")], loaded_at=LOADED)
        refused = [reason for (reason,) in connection.execute("SELECT reason FROM book.refused").fetchall()]
    assert refused == ([] if reason is None else [reason])
