"""Rows of a user's own: a CSV, Parquet or JSON file with a contract's columns is one statement.

The rows stay a table from the file to the ledger's door, whatever their number.
"""

import io
import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from pipelines.archive import Entry
from pipelines.ledger import Told, as_text
from pipelines.sql_files import sql
from sources.source import PayloadError, Statement
from sources.tables import all_columns, sql_type

OPTIONAL = {
    "rental_price": {
        "sku", "region", "zone", "purchase_model", "service_tier", "price_state", "price_usd_per_accelerator_hour",
        "price_raw", "currency", "vcpu_count", "host_memory_gib",
    },
    "api_price": {"sku", "condition", "price_state"},
    "accelerator_spec": {"precision", "sparsity", "direction", "value_raw", "unit_raw"},
}  # fmt: skip
"""Columns that a file may leave out: not stated, or following from the others."""


def read(content: bytes, entry: Entry) -> Told:
    """The one statement that an archived file of rows is."""
    table = entry.options["table"]
    given = _given(content, entry.name)
    if not given.num_rows:
        raise PayloadError(f"{entry.name}: no row; expected rows of {table}")
    statement = Statement(
        table=table,
        scope=entry.options["scope"],
        rows=[],
        valid_at=datetime.fromisoformat(entry.options["observed_at"]),
        complete=entry.options["complete"],
    )
    rows = _completed(table, _of_contract(table, given, entry.name))
    return Told(
        statement,
        entry.source,
        entry.recorded_at,
        entry.sha256,
        rows=rows,
        entry=entry.identity,
        digest=entry.sha256,
    )


def _of_contract(table: str, given: pa.Table, name: str) -> pa.Table:
    """The contract's columns in their order, those that are not given empty."""
    known = list(all_columns(table))
    twice = [column for column, count in Counter(given.column_names).items() if count > 1]
    strange = sorted(set(given.column_names) - set(known) - {"source"})
    missing = [column for column in known if column not in given.column_names and column not in OPTIONAL[table]]
    for problem, columns in (("no column", missing), ("not known is column", strange), ("twice stands", twice)):
        if columns:
            raise PayloadError(f"{name}: {problem} {', '.join(columns)}; {table} has {', '.join(known)}")
    nothing = pa.chunked_array([pa.nulls(given.num_rows, pa.string())])
    stated = [_stated(given[c], sql_type(table, c)) if c in given.column_names else nothing for c in known]
    return pa.table(dict(zip(known, stated, strict=True)))


def _stated(column: pa.ChunkedArray, wanted: str) -> pa.ChunkedArray:
    """A number as it is, anything else as text; a short float by its shortest text, which is what was meant."""
    is_number = pa.types.is_integer(column.type) or pa.types.is_float64(column.type) or pa.types.is_decimal(column.type)
    return column if is_number and wanted != "VARCHAR" else column.cast(pa.string())


def _completed(table: str, given: pa.Table) -> pa.Table:
    """The rows with their place in the file and with what follows from them, such as the price of one accelerator."""
    columns = dict(zip(given.column_names, given.columns, strict=True))
    if "price_state" in columns:
        price = columns["price_usd_per_unit" if table == "api_price" else "price_usd_per_hour"]
        columns["price_state"] = _else(columns["price_state"], pc.if_else(pc.is_valid(price), "listed", None))
    if table == "rental_price":
        columns["currency"] = _else(columns["currency"], "USD")
        columns["purchase_model"] = _else(columns["purchase_model"], "on_demand")
        columns["price_raw"] = _else(columns["price_raw"], columns["price_usd_per_hour"].cast(pa.string()))
        columns["price_usd_per_accelerator_hour"] = _shares(columns)
    if table == "api_price":
        columns["sku"] = _else(columns["sku"], columns["model_id"])
    numbers = pa.array(np.arange(1, given.num_rows + 1)).cast(pa.string())
    return pa.table({"locator": pc.binary_join_element_wise("row", numbers, " "), **columns})


def _else(column: pa.ChunkedArray, otherwise: Any) -> pa.ChunkedArray:
    return pc.coalesce(column, otherwise) if column.null_count else column


def _shares(columns: dict[str, pa.ChunkedArray]) -> pa.ChunkedArray:
    """The price of one accelerator where it is given, and else as it follows."""
    given = columns["price_usd_per_accelerator_hour"]
    if not given.null_count:
        return given
    offer = {name: columns[name] for name in ("price_usd_per_hour", "accelerator_count")}
    with duckdb.connect() as connection:
        connection.register("offer", pa.table({"row_in_file": np.arange(len(given)), **offer}))
        shares = connection.sql(sql("ledger/share_of_accelerator")).to_arrow_table()["share"]
    return pc.coalesce(given.cast(pa.string()), shares)


def _given(content: bytes, name: str) -> pa.Table:
    """The rows as they stand in the file; a cell of no text says nothing."""
    suffix = Path(name).suffix.lower()
    if content.lstrip()[:200].lower().startswith((b"<!doctype html", b"<html")):
        raise PayloadError(f"{name}: an HTML page; expected rows as CSV, Parquet or JSON")
    try:
        if suffix == ".parquet":
            return _without_empty_texts(_parquet_rows(content, name))
        if suffix in (".json", ".jsonl", ".ndjson"):
            return _without_empty_texts(_json_rows(content, name))
        if suffix == ".csv":
            return _csv_rows(content, name)
    except (pa.ArrowException, OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PayloadError(f"{name}: not a readable {suffix} file ({' '.join(str(error).split())[:200]})") from None
    raise PayloadError(f"{name}: ending {suffix!r}; expected .csv, .parquet or .json")


def _without_empty_texts(given: pa.Table) -> pa.Table:
    """What the reader of CSV does itself."""
    return pa.table([_without_empty(column) for column in given.columns], names=given.column_names)


def _without_empty(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_primitive(column.type):
        return column
    text = column.cast(pa.string())
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


MAX_COLUMNS, MAX_ROWS = 100, 20_000_000


def _bounded(name: str, columns: int, rows: int = 0) -> None:
    """Before anything is made of them: what a small file claims may be large."""
    if columns > MAX_COLUMNS or rows > MAX_ROWS:
        raise PayloadError(
            f"{name}: {columns} columns, {rows} rows; expected at most {MAX_COLUMNS} columns and {MAX_ROWS} rows"
        )


def _parquet_rows(content: bytes, name: str) -> pa.Table:
    file = pa.parquet.ParquetFile(io.BytesIO(content))
    _bounded(name, file.metadata.num_columns, file.metadata.num_rows)
    return file.read()


def _csv_rows(content: bytes, name: str) -> pa.Table:
    if not content or content.isspace():
        raise PayloadError(f"{name}: empty; expected a header and rows")
    end = content.find(b"\n")
    _bounded(name, content.count(b",", 0, end if end >= 0 else len(content)) + 1)
    # by the reader that reads the rows as well: no column's name is guessed, and no type
    header = pa.csv.open_csv(pa.BufferReader(content)).schema.names
    options = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    return pa.csv.read_csv(pa.BufferReader(content), convert_options=options)


def _json_rows(content: bytes, name: str) -> pa.Table:
    text = content.decode("utf-8-sig")
    found = json.loads(text, parse_float=str) if text.lstrip().startswith("[") else None
    if found is None:
        found = [json.loads(line, parse_float=str) for line in text.splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in found):
        raise PayloadError(f"{name}: expected a list of objects, one per row")
    names = dict.fromkeys(column for row in found for column in row)
    _bounded(name, len(names), len(found))
    return pa.table({column: pa.array([as_text(row.get(column)) for row in found], pa.string()) for column in names})
