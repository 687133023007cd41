"""The ledger against just reading and hashing the same file, in one run: ``make bench``.

200,000 keys, one per cent of them changing per snapshot, 200 snapshots. Printed: a refresh (door, duplicates,
registry, events, stretches, transaction, everything) as a multiple of reading and hashing the same file in the same
run; the last twenty refreshes against the first twenty; the same snapshot again; memory; bytes per version.
"""

import argparse
import resource
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.ledger import Told, open_ledger, track
from sources.source import Statement

START = datetime(2025, 1, 1, tzinfo=UTC)
READ_AND_HASH = """
    SELECT
        bit_xor(hash(provider, sku, region, zone, accelerator_id, accelerator_count, purchase_model, service_tier)),
        bit_xor(hash(
            price_state, price_usd_per_hour, price_usd_per_accelerator_hour, price_raw, currency, vcpu_count,
            host_memory_gib
        ))
    FROM read_parquet(?)
"""


def snapshot(prices: np.ndarray) -> pa.Table:
    """Rows of the rental contract, one per key; a price is in thousandths of a dollar."""
    count = len(prices)
    numbers = np.arange(count)
    dollars = pa.array([f"{p // 1000}.{p % 1000:03d}" for p in prices.tolist()])
    text = {
        "locator": [f"row {n}" for n in numbers],
        "provider": [f"cloud-{n % 40}" for n in numbers],
        "sku": [f"type-{n // 40 % 500}" for n in numbers],
        "region": [f"region-{n // 20000}" for n in numbers],
    }
    same = {"zone": "", "accelerator_id": "nvidia-h100-sxm-80gb", "purchase_model": "on_demand", "service_tier": ""}
    money = dollars.cast(pa.decimal128(24, 12))
    columns = {"number": pa.array(np.zeros(count, np.int64))} | {name: pa.array(v) for name, v in text.items()}
    columns |= {name: pa.array([value] * count) for name, value in same.items()}
    columns |= {
        "accelerator_count": pa.array([Decimal(1)] * count, pa.decimal128(9, 4)),
        "price_state": pa.array(["listed"] * count),
        "price_usd_per_hour": money,
        "price_usd_per_accelerator_hour": money,
        "price_raw": dollars,
        "currency": pa.array(["USD"] * count),
        "vcpu_count": pa.array([8.0] * count),
        "host_memory_gib": pa.array([64.0] * count),
    }
    return pa.table(columns)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--keys", type=int, default=200_000)
    options.add_argument("--snapshots", type=int, default=200)
    options.add_argument("--change", type=float, default=0.01)
    run(**vars(options.parse_args()))


def run(keys: int, snapshots: int, change: float) -> None:
    random = np.random.default_rng(1)
    prices = random.integers(100, 90_000, keys)
    read_seconds, refresh_seconds = [], []
    with tempfile.TemporaryDirectory() as folder:
        file, base = Path(folder) / "snapshot.parquet", snapshot(prices)
        ledger = open_ledger(str(Path(folder) / "ledger.duckdb"))
        ledger.execute("CREATE TABLE accelerator AS SELECT 'nvidia-h100-sxm-80gb' AS accelerator_id")
        for number in range(snapshots + 1):
            changed = random.choice(keys, int(keys * change), replace=False)
            prices[changed] = random.integers(100, 90_000, len(changed))
            base = snapshot(prices) if number % 50 == 0 else repriced(base, prices)
            pq.write_table(base, file, compression="snappy")
            read = read_and_hash(file)
            seconds, versions = refresh(ledger, file, number)
            if number:
                read_seconds.append(read)
                refresh_seconds.append(seconds)
        again_seconds, again = refresh(ledger, file, snapshots + 1)
        ledger.execute("CHECKPOINT")
        size = (Path(folder) / "ledger.duckdb").stat().st_size
        [(stretches,)] = ledger.execute("SELECT count(*) FROM book.stretch").fetchall()
        ledger.close()
    ratios = [a / b for a, b in zip(refresh_seconds, read_seconds, strict=True)]
    first, last = statistics.median(refresh_seconds[:20]), statistics.median(refresh_seconds[-20:])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"keys {keys}, snapshots {snapshots}, changing {change:.1%}, versions {stretches}, last batch {versions}")
    print(f"read and hash            {statistics.median(read_seconds) * 1000:8.1f} ms (median)")
    print(f"refresh                  {statistics.median(refresh_seconds) * 1000:8.1f} ms (median)")
    print(f"refresh / read and hash  {statistics.median(ratios):8.2f} x  (at most 3)")
    print(f"last 20 / first 20       {last / first:8.2f} x  (at most 1.1)")
    print(f"same snapshot again      {again_seconds * 1000:8.1f} ms, {again} new versions")
    print(f"peak memory              {memory:8.2f} GB")
    print(f"bytes per version        {size / stretches:8.1f}")


def repriced(base: pa.Table, prices: np.ndarray) -> pa.Table:
    """The same rows at other prices."""
    dollars = pa.array([f"{p // 1000}.{p % 1000:03d}" for p in prices.tolist()])
    money = dollars.cast(pa.decimal128(24, 12))
    for name, column in {
        "price_usd_per_hour": money,
        "price_usd_per_accelerator_hour": money,
        "price_raw": dollars,
    }.items():
        base = base.set_column(base.schema.get_field_index(name), name, column)
    return base


def read_and_hash(file: Path) -> float:
    with duckdb.connect() as connection:
        connection.execute("SELECT 1").fetchall()
        start = time.perf_counter()
        connection.execute(READ_AND_HASH, [str(file)]).fetchall()
        return time.perf_counter() - start


def refresh(ledger: duckdb.DuckDBPyConnection, file: Path, number: int) -> tuple[float, int]:
    at = START + timedelta(days=number)
    told = Told(Statement("rental_price", {}, [], valid_at=at), "bench", at, f"{number:064d}")
    start = time.perf_counter()
    tally = track(ledger, "rental_price", [told], loaded_at=at, rows=ledger.read_parquet(str(file)))
    return time.perf_counter() - start, tally.opened


if __name__ == "__main__":
    main()
