"""The ledger against just reading and hashing the same file, in one run: ``make bench``.

200,000 keys, one per cent of them changing per snapshot, 200 snapshots as CSV, which is what upstreams and people
send. Printed: a refresh (reading, completing, door, duplicates, registry, events, stretches, transaction: everything)
as a multiple of reading and hashing the same file in the same run; the last twenty refreshes against the first twenty;
the same snapshot again; memory; bytes per version. ``--format parquet`` takes the parsing away from both sides.

Machines are noisy: beside the medians stand the quiet figures, each the fastest tenth of its kind.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import duckdb

from pipelines import rows
from pipelines.archive import Entry
from pipelines.ledger import open_ledger, track, transaction

START = datetime(2025, 1, 1, tzinfo=UTC)

SNAPSHOT = """
    COPY (
        SELECT
            'cloud-' || n % 40 AS provider, 'type-' || n // 40 % 500 AS sku, 'region-' || n // 20000 AS region,
            'nvidia-h100-sxm-80gb' AS accelerator_id, 1::DECIMAL(9, 4) AS accelerator_count,
            'on_demand' AS purchase_model, 'listed' AS price_state, dollars AS price_usd_per_hour,
            dollars AS price_usd_per_accelerator_hour, 'USD' AS currency, 8 AS vcpu_count, 64 AS host_memory_gib
        FROM (
            SELECT n, ((100 + hash(n, ($number + n) // $every) % 90000) / 1000)::DECIMAL(24, 12) AS dollars
            FROM range($keys) AS t(n)
        )
    ) TO '{file}'
"""
"""Every key has a new price each ``$every`` snapshots, a different part of the keys at each."""

READ_AND_HASH = """
    SELECT
        bit_xor(hash(provider, sku, region, accelerator_id, accelerator_count, purchase_model)),
        bit_xor(hash(
            price_state, price_usd_per_hour, price_usd_per_accelerator_hour, currency, vcpu_count, host_memory_gib
        ))
    FROM '{file}'
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--keys", type=int, default=200_000)
    options.add_argument("--snapshots", type=int, default=200)
    options.add_argument("--every", type=int, default=100, help="a price changes once in so many snapshots")
    options.add_argument("--format", choices=("csv", "parquet"), default="csv")
    run(**vars(options.parse_args()))


def run(keys: int, snapshots: int, every: int, format: str) -> None:
    read_seconds, refresh_seconds = [], []
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as outside:
        file = Path(folder) / f"snapshot.{format}"
        ledger = open_ledger(str(Path(folder) / "ledger.duckdb"))
        ledger.execute("CREATE TABLE accelerator AS SELECT 'nvidia-h100-sxm-80gb' AS accelerator_id")
        for number in range(snapshots + 1):
            outside.execute(SNAPSHOT.format(file=file), {"number": number, "every": every, "keys": keys})
            read = read_and_hash(outside, file)
            seconds, opened = refresh(ledger, file, number)
            if number:
                read_seconds.append(read)
                refresh_seconds.append(seconds)
        again_seconds, again = refresh(ledger, file, snapshots + 1)
        ledger.execute("CHECKPOINT")
        size = (Path(folder) / "ledger.duckdb").stat().st_size
        [(stretches,)] = ledger.execute("SELECT count(*) FROM book.stretch").fetchall()
        ledger.close()
    print(f"keys {keys}, snapshots {snapshots} as {format}, one in {every} changing, versions {stretches}")
    for name, seconds in (("read and hash", read_seconds), ("refresh", refresh_seconds)):
        print(f"{name:24s} {median(seconds) * 1000:8.1f} ms, quiet {quiet(seconds) * 1000:.1f} ms")
    times = median(refresh_seconds) / median(read_seconds), quiet(refresh_seconds) / quiet(read_seconds)
    growth = median(refresh_seconds[-20:]) / median(refresh_seconds[:20])
    calm_growth = quiet(refresh_seconds[-20:]) / quiet(refresh_seconds[:20])
    print(f"refresh / read and hash  {times[0]:8.2f} x, quiet {times[1]:.2f} x  (at most 3)")
    print(f"last 20 / first 20       {growth:8.2f} x, quiet {calm_growth:.2f} x  (at most 1.1)")
    print(f"same snapshot again      {again_seconds * 1000:8.1f} ms, {again} new versions; {opened} in the one before")
    print(f"peak memory              {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:8.2f} GB")
    print(f"bytes per version        {size / stretches:8.1f}")


def quiet(seconds: Sequence[float]) -> float:
    """The fastest tenth: what the work takes when nobody else uses the machine."""
    return sorted(seconds)[len(seconds) // 10]


def read_and_hash(connection: duckdb.DuckDBPyConnection, file: Path) -> float:
    start = time.perf_counter()
    connection.execute(READ_AND_HASH.format(file=file)).fetchall()
    return time.perf_counter() - start


def refresh(ledger: duckdb.DuckDBPyConnection, file: Path, number: int) -> tuple[float, int]:
    at = START + timedelta(days=number)
    options = {"table": "rental_price", "observed_at": at.isoformat(), "complete": True, "scope": {}}
    entry = Entry(f"{number:064d}", "bench", file.name, "rows", at, at, options=options)
    start = time.perf_counter()
    told = rows.read(file.read_bytes(), entry)
    with transaction(ledger):
        tally = track(ledger, "rental_price", [told], loaded_at=at)
    return time.perf_counter() - start, tally.opened


if __name__ == "__main__":
    main()
