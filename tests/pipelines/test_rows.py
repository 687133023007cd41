"""Files of a user's own are read as they are written: no type is guessed, no figure is moved."""

import io
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import rows
from pipelines.archive import Entry
from sources.source import PayloadError

THEN = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "provider,sku,accelerator_id,accelerator_count,price_usd_per_hour"


def read(content: bytes, name: str) -> list[dict[str, object]]:
    options = {"table": "rental_price", "observed_at": THEN.isoformat(), "complete": True, "scope": {}}
    told = rows.read(content, Entry("0" * 64, "ours", name, "rows", THEN, THEN, options=options))
    assert told.rows is not None
    return list(told.rows.to_pylist())


def parquet(**columns: object) -> bytes:
    offer = {"provider": ["acme"], "accelerator_id": ["nvidia-l4-24gb"], "accelerator_count": [1]}
    file = io.BytesIO()
    pq.write_table(pa.table({**offer, "price_usd_per_hour": [98.32], **columns}), file)
    return file.getvalue()


def test_what_is_not_stated_follows_from_the_rest_or_stays_unknown() -> None:
    [row] = read(f"{HEADER}\nacme,box,nvidia-l4-24gb,3,1.10\n".encode(), "quotes.csv")
    assert row["locator"] == "row 1"
    assert row["price_usd_per_accelerator_hour"] == "0.366666666667"  # 1.10 / 3
    assert (row["price_state"], row["currency"], row["purchase_model"]) == ("listed", "USD", "on_demand")
    assert (row["region"], row["vcpu_count"]) == (None, None)


@pytest.mark.parametrize("text", [f"\n{HEADER}\n", f"\ufeff{HEADER}\n", f"{HEADER}\r\n".replace("sku", '"sku"')])
def test_a_spelling_that_looks_like_a_number_stays_as_it_is_written(text: str) -> None:
    [row] = read(f"{text}NA,007,nvidia-l4-24gb,1,1.10\n".encode(), "quotes.csv")
    assert (row["provider"], row["sku"], row["price_usd_per_hour"]) == ("NA", "007", "1.10")


def test_a_short_float_is_the_figure_that_was_meant() -> None:
    [row] = read(parquet(price_usd_per_hour=pa.array([98.32], pa.float32())), "quotes.parquet")
    assert row["price_usd_per_hour"] == "98.32"


def test_columns_that_other_libraries_write_are_text_all_the_same() -> None:
    [row] = read(
        parquet(
            provider=pa.array(["acme"]).dictionary_encode(),
            sku=pa.array([""], pa.large_string()),
            currency=pa.nulls(1),
            price_state=pa.array([None], pa.float64()),
        ),
        "quotes.parquet",
    )
    assert (row["provider"], row["sku"], row["currency"], row["price_state"]) == ("acme", None, "USD", "listed")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a,b\n1\n", b"\xff\xfe", f"{HEADER},sku\n1,2,3,4,5,6\n".encode()])
def test_a_file_that_is_no_table_of_the_contract_is_one_line(content: bytes) -> None:
    with pytest.raises(PayloadError, match=r"quotes\.csv: "):
        read(content, "quotes.csv")
