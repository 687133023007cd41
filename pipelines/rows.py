"""Rows of a user's own: a CSV, Parquet or JSON file with a contract's columns is one statement."""

import io
import json
from datetime import datetime
from decimal import Decimal, DecimalException
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipelines.archive import Entry
from pipelines.ledger import Told
from sources.contracts import CONTRACTS, key_columns
from sources.source import PayloadError, Statement

OPTIONAL = {
    "rental_price": {"sku", "region", "zone", "service_tier", "price_raw", "vcpu_count", "host_memory_gib"},
    "api_price": {"sku", "condition"},
    "accelerator_spec": {"precision", "sparsity", "direction", "value_raw", "unit_raw"},
}


def read(content: bytes, entry: Entry) -> list[tuple[str, list[Told]]]:
    """(table, [the one statement]) of an archived file of rows."""
    table = entry.options["table"]
    found = _records(content, entry.name)
    if not found:
        raise PayloadError(f"{entry.name}: no row; expected rows of {table}")
    known = list(CONTRACTS[table].columns)
    strange = sorted(set(found[0]) - set(known) - {"source", "price_usd_per_accelerator_hour"})
    missing = [n for n in known if n not in found[0] and n not in OPTIONAL[table] and n not in _DERIVED]
    if missing or strange:
        problem = f"no column {', '.join(missing)}" if missing else f"column {', '.join(strange)} is not known"
        raise PayloadError(f"{entry.name}: {problem}; {table} has {', '.join(known)}")
    rows = [_complete(table, row) for row in found]
    statement = Statement(
        table=table,
        scope=entry.options["scope"],
        rows=rows,
        valid_at=datetime.fromisoformat(entry.options["observed_at"]),
        complete=entry.options["complete"],
    )
    return [(table, [Told(statement, entry.source, entry.recorded_at, entry.sha256)])]


_DERIVED = {"price_usd_per_accelerator_hour", "price_state", "currency", "purchase_model"}


def _complete(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """The row with what follows from it: a state, a currency, the price of one accelerator."""
    filled = {name: (None if value == "" else value) for name, value in row.items()}
    price = "price_usd_per_unit" if table == "api_price" else "price_usd_per_hour"
    if table != "accelerator_spec":
        filled["price_state"] = filled.get("price_state") or ("listed" if filled.get(price) is not None else None)
    if table == "rental_price":
        filled["currency"] = filled.get("currency") or "USD"
        filled["purchase_model"] = filled.get("purchase_model") or "on_demand"
        filled.setdefault("price_raw", filled.get(price))
        if filled.get("price_usd_per_accelerator_hour") is None:
            filled["price_usd_per_accelerator_hour"] = _share(filled.get(price), filled.get("accelerator_count"))
    if table == "api_price":
        filled["sku"] = filled.get("sku") or filled.get("model_id")
    key = {name: filled.get(name) for name in key_columns(table) if filled.get(name) not in (None, "")}
    return {**filled, "locator": json.dumps({name: str(value) for name, value in key.items()})}


def _share(price: Any, count: Any) -> str | None:
    try:
        return None if price is None else str(Decimal(str(price)) / Decimal(str(count)))
    except (DecimalException, ZeroDivisionError):
        return None


def _records(content: bytes, name: str) -> list[dict[str, Any]]:
    suffix = Path(name).suffix.lower()
    if content.lstrip()[:200].lower().startswith((b"<!doctype html", b"<html")):
        raise PayloadError(f"{name}: an HTML page; expected rows as CSV, Parquet or JSON")
    try:
        if suffix == ".parquet":
            return list(pa.parquet.read_table(io.BytesIO(content)).to_pylist())
        if suffix in (".json", ".jsonl", ".ndjson"):
            return _json_records(content, name)
        if suffix == ".csv":
            return _csv_records(content, name)
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PayloadError(f"{name}: not a readable {suffix} file ({' '.join(str(error).split())[:200]})") from None
    raise PayloadError(f"{name}: ending {suffix!r}; expected .csv, .parquet or .json")


def _csv_records(content: bytes, name: str) -> list[dict[str, Any]]:
    if not content.strip():
        raise PayloadError(f"{name}: empty; expected a header and rows")
    header = content.split(b"\n", 1)[0].decode("utf-8-sig").strip().split(",")
    types = {column.strip('"'): pa.string() for column in header}
    options = pa.csv.ConvertOptions(column_types=types, strings_can_be_null=True, null_values=[""])
    return list(pa.csv.read_csv(io.BytesIO(content), convert_options=options).to_pylist())


def _json_records(content: bytes, name: str) -> list[dict[str, Any]]:
    text = content.decode("utf-8-sig")
    found = json.loads(text, parse_float=str) if text.lstrip().startswith("[") else None
    if found is None:
        found = [json.loads(line, parse_float=str) for line in text.splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in found):
        raise PayloadError(f"{name}: expected a list of objects, one per row")
    return list(found)
