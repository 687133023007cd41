"""What the code itself knows, as tables: sources, accelerators and their spellings."""

from collections.abc import Iterable
from dataclasses import asdict

import duckdb
import pyarrow as pa

from pipelines.fetch_log import Fetch
from pipelines.ledger import as_text, naive_utc
from pipelines.sql_files import sql
from sources.names import accelerators, aliases
from sources.source import Source, all_sources

KIND_RANK = {"private": 0, "provider": 1, "copy": 2, "aggregator": 3, "hand_kept": 4, "article": 5}
"""Which source wins where several were seen within a day: a user's own first, then the better kind."""


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Rewrites the tables ``source``, ``accelerator`` and ``accelerator_alias`` from the code."""
    known = all_sources()
    private = [
        name
        for (name,) in connection.execute("SELECT DISTINCT source FROM book.scope ORDER BY source").fetchall()
        if name not in known
    ]
    rows = [_of_source(source) for source in known.values()] + [_private(name) for name in private]
    connection.register("source_rows", pa.Table.from_pylist(rows, schema=_SOURCE))
    connection.register("accelerator_rows", pa.Table.from_pylist([vars(a) for a in accelerators().values()]))
    alias_rows = [{**vars(a), "accelerator_count": as_text(a.accelerator_count)} for a in aliases().values()]
    connection.register("alias_rows", pa.Table.from_pylist(alias_rows, schema=_ALIAS))
    connection.execute(sql("ledger/registry"))
    for name in ("source_rows", "accelerator_rows", "alias_rows"):
        connection.unregister(name)


def knows_all_accelerators(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the table ``accelerator``, by which the door knows what exists, has the ids that the code has."""
    try:
        found = connection.execute("SELECT accelerator_id FROM accelerator").fetchall()
    except duckdb.CatalogException:
        return False
    return {accelerator_id for (accelerator_id,) in found} == set(accelerators())


def register_fetches(connection: duckdb.DuckDBPyConnection, newest: Iterable[Fetch]) -> None:
    """Rewrites the table ``source_fetch``: the last time that each address was asked, and what came of it."""
    rows = [{**asdict(fetch), "asked_at": naive_utc(fetch.asked_at)} for fetch in newest]
    connection.register("fetch_rows", pa.Table.from_pylist(rows, schema=_FETCH))
    connection.execute(sql("ledger/source_fetch"))
    connection.unregister("fetch_rows")


def fetch_states(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str, str, str]]:
    """(source, url, state, why) of every address as ``source_fetch`` has them; none before that was ever built."""
    built = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'source_fetch'").fetchall()
    if built == [(0,)]:
        return set()
    return set(connection.execute("SELECT source, url, state, why FROM source_fetch").fetchall())


_TEXT = pa.string()
_FETCH = pa.schema([(name, _TEXT) for name in ("source", "url", "state", "why")] + [("asked_at", pa.timestamp("us"))])
_SOURCE = pa.schema(
    [(name, _TEXT) for name in ("name", "title", "homepage", "licence", "kind", "credit", "weaknesses", "note")]
    + [
        ("redistributable", pa.bool_()),
        ("private", pa.bool_()),
        ("kind_rank", pa.int32()),
        ("freshness_limit_hours", pa.float64()),
    ]
)
_ALIAS = pa.schema(
    [(name, _TEXT) for name in ("source", "spelling", "accelerator_id", "accelerator_count", "note", "evidence")]
)


def _of_source(source: Source) -> dict[str, object]:
    return {
        "name": source.name,
        "title": source.title,
        "homepage": source.homepage,
        "licence": source.licence,
        "kind": source.kind,
        "credit": source.credit,
        "weaknesses": source.weaknesses,
        "note": _note(source),
        "redistributable": source.redistributable,
        "private": False,
        "kind_rank": KIND_RANK[source.kind],
        "freshness_limit_hours": source.freshness_limit_hours,
    }


def _note(source: Source) -> str:
    if source.live and source.live.key_variable:
        return f"waits for a key: set {source.live.key_variable}"
    return "waits for a network" if source.live else "recorded only: nobody is asked"


def _private(name: str) -> dict[str, object]:
    return {
        "name": name,
        "title": "loaded here by hand",
        "homepage": "",
        "licence": "private",
        "kind": "private",
        "credit": "",
        "weaknesses": "",
        "note": "private: in rental_price and the tables of versions, not in specs, index, claims, report or export",
        "redistributable": False,
        "private": True,
        "kind_rank": KIND_RANK["private"],
        "freshness_limit_hours": None,
    }
