"""The ledger against just reading and hashing the same file, in one run: ``make bench``.

200,000 keys, one per cent of them changing per snapshot, 200 snapshots as CSV, which is what upstreams and people
send. Printed: a refresh (reading, completing, door, duplicates, registry, events, stretches, transaction: everything)
as a multiple of reading and hashing the same file in the same run; the last twenty refreshes against the first twenty;
the same snapshot again; memory; bytes per version.

On a shared machine a process stands still now and then, for longer than a whole refresh takes. Totals carry as much of
that on both sides of a ratio; medians do not, because a short step often gets away without. Beside the totals stand the
quiet figures: a refresh cut at every call of the database, and of each part the fastest of its kind, summed.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import duckdb

from pipelines import rows
from pipelines.archive import Entry
from pipelines.ledger import Tally, open_ledger, track, transaction

START = datetime(2025, 1, 1, tzinfo=UTC)
AGAINST = 20
"""So many refreshes at the end are compared with as many at the beginning."""

HEADER = (
    "provider,sku,region,accelerator_id,accelerator_count,purchase_model,price_state,price_usd_per_hour,"
    "price_usd_per_accelerator_hour,currency,vcpu_count,host_memory_gib\n"
)

READ_AND_HASH = """
    SELECT
        bit_xor(hash(provider, sku, region, accelerator_id, accelerator_count, purchase_model)),
        bit_xor(hash(
            price_state, price_usd_per_hour, price_usd_per_accelerator_hour, currency, vcpu_count, host_memory_gib
        ))
    FROM '{file}'
"""


class Watched:
    """A connection that notes when each call of it begins and ends."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.marks: list[float] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)

        def call(*arguments: Any) -> Any:
            self.marks.append(time.perf_counter())
            try:
                return found(*arguments)
            finally:
                self.marks.append(time.perf_counter())

        return call


@dataclass(frozen=True)
class Timed:
    """Seconds of each part of one refresh, and what it changed."""

    parts: list[float]
    tally: Tally


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--keys", type=int, default=200_000)
    options.add_argument("--snapshots", type=int, default=200)
    options.add_argument("--every", type=int, default=100, help="a price changes once in so many snapshots")
    run(**vars(options.parse_args()))


def run(keys: int, snapshots: int, every: int) -> None:
    lines = [line(key, 0) for key in range(keys)]
    reads, refreshes = [], []
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as outside:
        file = Path(folder) / "snapshot.csv"
        ledger = open_ledger(str(Path(folder) / "ledger.duckdb"))
        ledger.execute("CREATE TABLE accelerator AS SELECT 'nvidia-h100-sxm-80gb' AS accelerator_id")
        for number in range(snapshots + 1):
            for key in range(number % every, keys, every):
                lines[key] = line(key, number)
            file.write_text(HEADER + "".join(lines), encoding="utf-8")
            read = read_and_hash(outside, file)
            refreshed = refresh(ledger, file, number)
            if number:
                reads.append([read])
                refreshes.append(refreshed.parts)
        again = refresh(ledger, file, snapshots + 1)
        ledger.execute("CHECKPOINT")
        size = (Path(folder) / "ledger.duckdb").stat().st_size
        [(stretches,)] = ledger.execute("SELECT count(*) FROM book.stretch").fetchall()
        ledger.close()
    first, last = refreshes[:AGAINST], refreshes[-AGAINST:]
    print(f"keys {keys}, snapshots {snapshots} as csv, one in {every} changing, versions {stretches}")
    for name, timed in (("read and hash", reads), ("refresh", refreshes)):
        print(f"{name:24s} {1000 * total(timed) / len(timed):8.1f} ms each, quiet {1000 * quiet(timed):.1f} ms")
    print(
        f"refresh / read and hash  {total(refreshes) / total(reads):8.2f} x in total, "
        f"quiet {quiet(refreshes) / quiet(reads):.2f} x  (at most 3)"
    )
    print(
        f"last {len(last)} / first {len(first)}       {total(last) / total(first):8.2f} x in total, "
        f"quiet {quiet(last) / quiet(first):.2f} x  (at most 1.1)"
    )
    print(f"same snapshot again      {1000 * sum(again.parts):8.1f} ms, {again.tally.opened} new versions")
    print(f"versions of the last     {refreshed.tally.opened:8d} opened, {refreshed.tally.closed} closed")
    print(f"peak memory              {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:8.2f} GB")
    print(f"bytes per version        {size / stretches:8.1f}")


def line(key: int, number: int) -> str:
    """A key's row with the price that it has from a snapshot on."""
    dollars = (100 + (key * 7919 + number * 104_729) % 90_000) / 1000
    return (
        f"cloud-{key % 40},type-{key // 40 % 500},region-{key // 20_000},nvidia-h100-sxm-80gb,1,on_demand,listed,"
        f"{dollars},{dollars},USD,8,64\n"
    )


def total(timed: Sequence[Sequence[float]]) -> float:
    """Seconds in all."""
    return sum(sum(parts) for parts in timed)


def quiet(timed: Sequence[Sequence[float]]) -> float:
    """Seconds that one takes where nobody else uses the machine: the fastest of each part."""
    return sum(min(part) for part in zip(*timed, strict=True))


def read_and_hash(connection: duckdb.DuckDBPyConnection, file: Path) -> float:
    start = time.perf_counter()
    connection.execute(READ_AND_HASH.format(file=file)).fetchall()
    return time.perf_counter() - start


def refresh(ledger: duckdb.DuckDBPyConnection, file: Path, number: int) -> Timed:
    at = START + timedelta(days=number)
    options = {"table": "rental_price", "observed_at": at.isoformat(), "complete": True, "scope": {}}
    entry = Entry(f"{number:064d}", "bench", file.name, "rows", at, at, options=options)
    watched = Watched(ledger)
    start = time.perf_counter()
    told = rows.read(file.read_bytes(), entry)
    connection = cast(duckdb.DuckDBPyConnection, watched)
    with transaction(connection):
        [tally] = track(connection, "rental_price", [told], loaded_at=at).values()
    marks = [start, *watched.marks, time.perf_counter()]
    return Timed([after - before for before, after in pairwise(marks)], tally)


if __name__ == "__main__":
    main()
