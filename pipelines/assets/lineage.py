"""What reads what, from the SQL itself: the edges of the asset graph are not kept by hand.

Statements are parsed with sqlglot. Rows that ``pipelines.marts`` computes in Python are asked for in a file of the
step's (``<step>_bounds``), or read from the relations named below.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files

import sqlglot
from sqlglot import exp

from pipelines import marts
from pipelines.building import LEDGER, RELATIONS, RESOLVED
from pipelines.sql_files import sql
from sources.tables import TABLES

_LEDGER_FILES = {
    **{f"{table}_version": (f"ledger/generated/version_{table}",) for table in TABLES},
    "sighting": (),
}

_READ_IN_PYTHON = {
    "scenario_accelerator": frozenset({"accelerator_capability"}),
    "workload_fit": frozenset({"accelerator_capability"}),
}
"""What ``pipelines.scenarios`` is given."""


@dataclass(frozen=True)
class Said:
    """Names that statements create, and names that they read and do not make themselves."""

    creates: frozenset[str]
    reads: frozenset[str]


def files_of(relation: str) -> tuple[str, ...]:
    """The files, below ``sql``, that make a relation; none for what is a view of the ledger's own layout."""
    if relation in LEDGER:
        return _LEDGER_FILES[relation]
    return {"registry": ("ledger/registry", "ledger/source_fetch"), **RESOLVED}.get(relation, (f"marts/{relation}",))


def text_of(relation: str) -> str:
    """The SQL that makes a relation."""
    return "\n\n".join(sql(path) for path in files_of(relation))


@cache
def said(path: str) -> Said:
    """What a file of SQL creates and reads."""
    statements = [found for found in sqlglot.parse(sql(path), dialect="duckdb") if found is not None]
    creates = frozenset(name for statement in statements for name in _created(statement))
    reads = frozenset(name for statement in statements for name in _read(statement))
    return Said(creates, reads - creates)


def _created(statement: exp.Expr) -> Iterator[str]:
    if isinstance(statement, exp.Create) and (target := statement.this.find(exp.Table)):
        yield target.name


def _read(statement: exp.Expr) -> Iterator[str]:
    if isinstance(statement, exp.Comment):
        return
    target = statement.this.find(exp.Table) if isinstance(statement, exp.Create) else None
    local = {cte.alias for cte in statement.find_all(exp.CTE)}
    for table in statement.find_all(exp.Table):
        name = table.this.name if isinstance(table.this, exp.Func) else table.name
        if table is not target and name not in local:
            yield f"{table.db}.{name}" if table.db else name


def _asked_for(relation: str) -> tuple[str, ...]:
    """Files of a step that make nothing: what Python asks before the step."""
    paths = files("sql").joinpath("marts").iterdir()
    stems = (path.name.removesuffix(".sql") for path in paths if path.name.startswith(f"{relation}_"))
    return tuple(f"marts/{stem}" for stem in sorted(stems) if stem not in RELATIONS)


@cache
def _owners() -> dict[str, str]:
    """Every name that statements can read -> the relation whose step makes it."""
    relations = (*LEDGER, *RELATIONS)
    made = {name: relation for relation in relations for path in files_of(relation) for name in said(path).creates}
    return {**made, **{relation: relation for relation in relations}}


def _owner(name: str) -> str | None:
    schema, _, plain = name.rpartition(".")
    if not schema:
        return _owners().get(plain)
    table = next((table for table in TABLES if plain.startswith(table)), None)
    return f"{table}_version" if table else "sighting"


def owners_of(names: Iterable[str]) -> frozenset[str]:
    """The relations that make ``names``; a name that nobody makes (rows that Python registers) has none."""
    return frozenset(owner for name in names if (owner := _owner(name)))


@cache
def upstream(relation: str) -> frozenset[str]:
    """The relations that a relation is made from."""
    if relation in LEDGER:
        return frozenset()
    paths = (*files_of(relation), *_asked_for(relation))
    reads = frozenset(name for path in paths for name in said(path).reads)
    return (owners_of(reads) | _READ_IN_PYTHON.get(relation, frozenset())) - {relation}


@cache
def in_order() -> tuple[str, ...]:
    """All relations, each after what it is made from."""
    graph = {relation: sorted(upstream(relation)) for relation in (*LEDGER, *RELATIONS)}
    return tuple(TopologicalSorter(graph).static_order())


@cache
def checks() -> dict[str, tuple[str, ...]]:
    """Every check of ``sql/checks`` -> the relations it reads, in order; it can run after the last of them."""
    found = {}
    for name in marts.check_names():
        owners = owners_of(said(f"checks/{name}").reads)
        found[name] = tuple(relation for relation in in_order() if relation in owners)
    return found
