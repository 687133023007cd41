"""The statements that follow from a contract's columns, written through sqlglot to ``sql/ledger/generated``.

``python -m pipelines.contract_sql`` writes the files; at run time only the files are read, and a test compares them
with what this module would write. Checks of a pandera schema become the CASE that names the reason a row is refused.
"""

from pathlib import Path

import pandera.pandas as pa
import sqlglot

from sources.contracts import CONTRACTS
from sources.tables import all_columns, anchor, key_columns, sql_type, value_columns

FOLDER = Path(__file__).resolve().parent.parent / "sql" / "ledger" / "generated"

INITIAL = {"rental_price": "r", "api_price": "a", "accelerator_spec": "s"}
"""The first letter of a version's id says which table it is of."""

_BOUNDS = {"greater_than": ">", "greater_than_or_equal_to": ">=", "less_than": "<", "less_than_or_equal_to": "<="}


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _passes(check: pa.Check, column: str) -> str:
    """A check of the contract as a condition that holds for a good row."""
    stats = check.statistics or {}
    if "registry" in stats:
        return f"{column} IN (SELECT {column} FROM {stats['registry']})"
    if "allowed_values" in stats:
        return f"{column} IN ({', '.join(_literal(value) for value in stats['allowed_values'])})"
    if "exact_value" in stats:
        return f"length({column}) BETWEEN {stats['min_value']} AND {stats['max_value']}"
    if "price" in stats:
        states = ", ".join(_literal(state) for state in stats["states"])
        return f"(price_state IN ({states})) = ({stats['price']} IS NOT NULL)"
    if "token_price" in stats:
        return f"unit NOT LIKE '%token' OR {stats['token_price']} IS NULL OR {stats['token_price']} <= {stats['most']}"
    if "any_of" in stats:
        return " OR ".join(f"{name} IS NOT NULL" for name in stats["any_of"])
    [value] = stats.values()
    return f"{column} {_BOUNDS[str(check._check_fn.__name__)]} {value}"


def _refusals(table: str) -> list[tuple[str, str]]:
    """(condition that is true for a bad row, reason), in the order in which reasons are given."""
    schema = CONTRACTS[table]
    refusals = []
    for name, column in schema.columns.items():
        if not column.nullable:
            refusals.append((f"{name} IS NULL", "missing_key" if name in key_columns(table) else f"missing_{name}"))
        for check in column.checks:
            refusals.append((f"{name} IS NOT NULL AND NOT ({_passes(check, name)})", str(check.name)))
    refusals += [(f"NOT ({_passes(check, '')})", str(check.name)) for check in schema.checks]
    return refusals


def _typed(table: str, name: str) -> str:
    """A staged column as the contract's type; a text key that is not stated is ''."""
    cast = f"try_cast(staged.{name} AS {sql_type(table, name)})"
    return f"coalesce({cast}, '')" if name in _text_keys(table) else cast


def _text_keys(table: str) -> list[str]:
    return [name for name in key_columns(table) if sql_type(table, name) == "VARCHAR"]


def _unreadable(table: str) -> str:
    """A number was given that is none, or is not finite."""
    conditions = []
    for name in all_columns(table):
        if sql_type(table, name) == "VARCHAR":
            continue
        cast = f"try_cast(staged.{name} AS {sql_type(table, name)})"
        conditions.append(f"(staged.{name} IS NOT NULL AND {cast} IS NULL)")
        if sql_type(table, name) == "DOUBLE":
            conditions.append(f"NOT isfinite({cast})")
    return " OR ".join(conditions)


def _typed_rows(table: str) -> str:
    """Staged rows in the contract's types, with their hashes, and why one cannot be read at all."""
    keys = key_columns(table)
    scope = ", ".join(f"json_extract_string(scope, '$.{name}') AS scope_{name}" for name in _text_keys(table))
    outside = " OR ".join(f"{_typed(table, name)} <> scope_{name}" for name in _text_keys(table))
    return f"""
        SELECT *, hash('{table}', source, {", ".join(keys)}) AS key_hash,
        hash({", ".join(value_columns(table))}) AS value_hash
        FROM (
            SELECT scoped.statement_id, staged.locator, scoped.source, scoped.scope_id,
            {", ".join(f"{_typed(table, name)} AS {name}" for name in all_columns(table))},
            CASE WHEN {_unreadable(table)} THEN 'unreadable' WHEN {outside} THEN 'out_of_scope' END AS refusal
            FROM incoming_row AS staged
            JOIN (SELECT number, statement_id, source, scope_id, {scope} FROM batch) AS scoped USING (number)
        ) AS typed
    """


def _reason(table: str) -> str:
    """Why a typed row does not get in; null: it does."""
    whens = " ".join(f"WHEN {condition} THEN '{reason}'" for condition, reason in _refusals(table))
    return f"CASE WHEN refusal IS NOT NULL THEN refusal {whens} END"


def examine(table: str) -> str:
    """Staged rows as typed, with their hashes and the reason for which a row does not get in."""
    return _file(
        f"Grain: one row per staged row of {table}, typed; `reason` is null for a row that gets in.\n"
        "Reads: incoming_row (number, locator, the contract's columns in any type), batch, accelerator.",
        [
            f"""
            CREATE OR REPLACE TEMP TABLE examined_once AS
            WITH typed_row AS ({_typed_rows(table)})
            SELECT * EXCLUDE (refusal, scope_id), {_reason(table)} AS reason FROM typed_row
            """,
        ],
    )


def differ(table: str) -> str:
    """What of the staged rows differs from the heads of their scopes, in one pass over both."""
    return _file(
        f"Grain: delta, one row per staged row of {table} that is new, other or refused (`reason`), and one per head\n"
        "of the batch's scopes that no row names (statement_id null). A row that repeats its head says nothing new.\n"
        "Reads: incoming_row, batch, book.head, accelerator.",
        [
            f"""
            CREATE OR REPLACE TEMP TABLE delta AS
            WITH typed_row AS ({_typed_rows(table)}),
            heads AS (
                SELECT key_id AS head_key_id, scope_id AS head_scope_id, key_hash, value_hash
                FROM book.head WHERE scope_id IN (SELECT scope_id FROM batch)
            ),
            differing AS (
                SELECT e.*, h.head_key_id, h.head_scope_id
                FROM typed_row AS e FULL JOIN heads AS h ON h.key_hash = e.key_hash
                WHERE h.value_hash IS DISTINCT FROM e.value_hash
                OR h.head_scope_id <> e.scope_id OR e.refusal IS NOT NULL
            )
            SELECT * EXCLUDE (refusal, scope_id), CASE WHEN statement_id IS NOT NULL THEN {_reason(table)} END AS reason
            FROM differing
            """,
        ],
    )


def _known(table: str, name: str) -> str:
    """A key column of a refused row as text, null where it breaks a rule of its own: it may have meant another key."""
    kept = " AND ".join(f"({_passes(check, name)})" for check in CONTRACTS[table].columns[name].checks) or "true"
    return f"CASE WHEN {kept} THEN CAST({name} AS VARCHAR) END"


def turn_away(table: str) -> str:
    """The rows that do not get in, as quarantine keeps them, with what could be read of their key."""
    known = ", ".join(f"'{name}': {_known(table, name)}" for name in key_columns(table))
    row = ", ".join(f"'{name}': {name}" for name in all_columns(table))
    return _file(
        f"Grain: one row per examined row of {table} that has a reason.",
        [
            f"""
            INSERT INTO book.refused
            SELECT statement_id, reason, CAST(to_json({{{row}}}) AS VARCHAR) AS row_text, locator,
            CAST(to_json({{{known}}}) AS VARCHAR) AS key, {_known(table, anchor(table))} AS anchor
            FROM examined WHERE reason IS NOT NULL
            """
        ],
    )


def schema(table: str) -> str:
    """The tables of natural keys and of contents."""
    kinds = {name: sql_type(table, name) for name in all_columns(table)}
    keys = ", ".join(f"{name} {kinds[name]} NOT NULL" for name in key_columns(table))
    values = ", ".join(f"{name} {kinds[name]}" for name in value_columns(table))
    return _file(
        f"Grain: one row per key of {table}; one row per content that an event brought.",
        [
            f"CREATE TABLE IF NOT EXISTS book.{table}_key (key_id BIGINT NOT NULL, source VARCHAR NOT NULL, {keys})",
            f"CREATE TABLE IF NOT EXISTS book.{table}_content (content_id BIGINT NOT NULL, {values})",
        ],
    )


def record_keys(table: str) -> str:
    """Keys that were never seen get an id; then every row that got in has one."""
    keys = ", ".join(key_columns(table))
    return _file(
        f"Grain: new_key, one row per key of {table} that is new; fresh, one row per row that got in.\n"
        "Reads: wanted, the examined rows that matter.",
        [
            f"""
            CREATE OR REPLACE TEMP TABLE new_key AS
            SELECT nextval('book.key_id') AS key_id, key_hash, source, {keys}
            FROM (SELECT DISTINCT key_hash, source, {keys} FROM wanted
                  WHERE key_hash NOT IN (SELECT key_hash FROM book.key))
            """,
            f"INSERT INTO book.key SELECT key_id, key_hash, '{table}', source FROM new_key",
            f"INSERT INTO book.{table}_key SELECT key_id, source, {keys} FROM new_key",
            f"""
            CREATE OR REPLACE TEMP TABLE fresh AS
            SELECT k.key_id, k.key_hash, e.statement_id, e.value_hash, e.locator, {", ".join(value_columns(table))}
            FROM wanted AS e JOIN book.key AS k ON k.key_hash = e.key_hash
            """,
        ],
    )


def reuse_keys(table: str) -> str:
    """The same where every row that matters changes the head of a key."""
    return _file(
        f"Grain: one row per row of {table} that got in. Reads: delta, where all rows have a head.",
        [
            f"""
            CREATE OR REPLACE TEMP TABLE fresh AS
            SELECT head_key_id AS key_id, key_hash, statement_id, value_hash, locator,
            {", ".join(value_columns(table))}
            FROM delta WHERE statement_id IS NOT NULL
            """
        ],
    )


def rehash(table: str) -> str:
    """The cached hashes again, after another engine made them."""
    keys, values = key_columns(table), value_columns(table)
    value_hash = f"hash({', '.join(f'c.{name}' for name in values)})"
    return _file(
        f"Fills the cached hashes of {table} again with this engine's hash().",
        [
            f"UPDATE book.key SET key_hash = hash('{table}', k.source, {', '.join(f'k.{name}' for name in keys)}) "
            f"FROM book.{table}_key AS k WHERE k.key_id = book.key.key_id",
            f"UPDATE book.log SET value_hash = {value_hash} FROM book.{table}_content AS c "
            "WHERE c.content_id = book.log.content_id",
            f"UPDATE book.head SET value_hash = {value_hash} FROM book.{table}_content AS c "
            "WHERE c.content_id = book.head.content_id",
            "UPDATE book.head SET key_hash = k.key_hash FROM book.key AS k WHERE k.key_id = book.head.key_id",
        ],
    )


def record_contents(table: str) -> str:
    """The contents that new events bring."""
    return _file(
        f"Writes the contents of the new events of {table}. Reads: event (key_id, statement_id, content_id), fresh.",
        [
            f"INSERT INTO book.{table}_content SELECT e.content_id, {', '.join(value_columns(table))} "
            "FROM event AS e JOIN fresh AS f USING (key_id, statement_id) WHERE e.is_fresh"
        ],
    )


def membership(table: str) -> str:
    """Which keys lie in which scopes, and which keys a refused row may have been about."""

    def stated(document: str) -> str:
        """The key columns that a JSON document states, each read once and in its own type; null: any value."""
        texts = {name: f"json_extract_string({document}, '$.{name}')" for name in key_columns(table)}
        return ", ".join(
            f"{text} AS {name}"
            if name in _text_keys(table)
            else f"{text} IS NOT NULL AS has_{name}, try_cast({text} AS {sql_type(table, name)}) AS {name}"
            for name, text in texts.items()
        )

    def agrees(alias: str) -> str:
        is_any = {name: f"{alias}.{name} IS NULL" for name in _text_keys(table)}
        return " AND ".join(
            f"({is_any.get(name, f'NOT {alias}.has_{name}')} OR {alias}.{name} = k.{name})"
            for name in key_columns(table)
        )

    def gaps(which: str, anchored: str) -> str:
        return f"""
            INSERT INTO book.gap
            WITH refused AS MATERIALIZED (
                SELECT DISTINCT r.statement_id, s.source, r.anchor, b.statement_id IS NOT NULL AS is_new,
                {stated("r.key")}
                FROM book.refused AS r
                JOIN book.statement AS t ON t.statement_id = r.statement_id AND t.complete
                JOIN book.scope AS s ON s.scope_id = t.scope_id AND s.table_name = '{table}'
                JOIN (SELECT DISTINCT source FROM batch) AS o ON o.source = s.source
                LEFT JOIN batch AS b ON b.statement_id = r.statement_id
                WHERE {which}
            )
            SELECT DISTINCT r.statement_id, k.key_id
            FROM refused AS r
            JOIN book.{table}_key AS k ON k.source = r.source AND {anchored}
            LEFT JOIN new_key AS n ON n.key_id = k.key_id
            JOIN book.key AS h ON h.key_id = k.key_id
            LEFT JOIN good_key AS f ON f.statement_id = r.statement_id AND f.key_hash = h.key_hash
            WHERE f.key_hash IS NULL AND (n.key_id IS NOT NULL OR r.is_new) AND {agrees("r")}
        """

    return _file(
        f"Matches keys of {table} with scopes, and with refused rows, where either is new.\n"
        "A statement that also names the key in a good row does cover it.\n"
        "Reads: new_key(key_id), new_scope(scope_id), batch(statement_id, ...), good_key.",
        [
            f"""
            INSERT INTO book.key_scope
            WITH part AS MATERIALIZED (
                SELECT s.scope_id, s.source, n.scope_id IS NOT NULL AS is_new, {stated("s.scope")}
                FROM book.scope AS s
                JOIN (SELECT DISTINCT source FROM batch) AS o ON o.source = s.source
                LEFT JOIN new_scope AS n ON n.scope_id = s.scope_id
                WHERE s.table_name = '{table}'
            )
            SELECT k.key_id, s.scope_id
            FROM part AS s
            JOIN book.{table}_key AS k ON k.source = s.source
            LEFT JOIN new_key AS n ON n.key_id = k.key_id
            WHERE (n.key_id IS NOT NULL OR s.is_new) AND {agrees("s")}
            """,
            gaps("r.anchor IS NOT NULL", f"k.{anchor(table)} = r.anchor"),
            gaps("r.anchor IS NULL AND r.key <> '{}'", "true"),
        ],
    )


def version(table: str) -> str:
    """What people read: every version of a table, and those in force at a pair of times."""
    keys, values = key_columns(table), value_columns(table)
    identity = ", ".join(["k.source", *(f"k.{name}" for name in keys), "t.valid_from", "t.known_from"])
    columns = ", ".join([f"k.{name}" for name in keys] + [f"c.{name}" for name in values])

    def select(stretches: str, seen: str) -> str:
        return f"""
            SELECT '{INITIAL[table]}' || substr(md5(concat_ws('|', {identity})), 1, 16) AS version_id, t.key_id,
            k.source, {columns}, t.valid_from, t.valid_to, t.known_from, t.known_to, t.changed_after,
            {seen} AS last_seen_at, s.loaded_at, s.carrier_sha256 AS payload_sha256, t.locator, t.statement_id
            FROM {stretches} AS t
            JOIN book.{table}_key AS k ON k.key_id = t.key_id
            JOIN book.{table}_content AS c ON c.content_id = t.content_id
            JOIN book.statement AS s ON s.statement_id = t.statement_id
        """

    at = select("book.stretch", "n.seen_at") + (
        "JOIN book.seen_at(valid_at, known_at) AS n ON n.key_id = t.key_id "
        "WHERE t.valid_from <= book.utc(valid_at) "
        "AND (t.valid_to IS NULL OR book.utc(valid_at) < t.valid_to) "
        "AND t.known_from <= book.utc(known_at) "
        "AND (t.known_to IS NULL OR book.utc(known_at) < t.known_to)"
    )
    return _file(
        f"Grain: one row per key of {table}, stretch of valid time and stretch of known time; the macro: one row per\n"
        "key and source in force at a pair of times, last_seen_at as of then.\n"
        "Reads: book.stretch, key, content, statement.",
        [
            f"CREATE OR REPLACE VIEW {table}_version AS {select('book.stretch', 't.last_seen_at')}",
            f"CREATE OR REPLACE MACRO {table}_seen_at(valid_at, known_at) AS TABLE {at}",
        ],
    )


def export(table: str) -> str:
    """Every statement of a source with its rows, for a fact file."""
    keys, values = key_columns(table), value_columns(table)
    names = [*keys, *values]
    columns = ", ".join([f"k.{name}" for name in keys] + [f"c.{name}" for name in values])
    nothing = ", ".join(f"CAST(NULL AS {sql_type(table, name)}) AS {name}" for name in names)
    order = ", ".join(
        [
            *keys,
            "locator",
            "reason",
            "row_text",
            "valid_at",
            "said_at",
            "recorded_at",
            "statement_scope",
            "payload_sha256",
        ]
    )
    statement = (
        "s.valid_at, s.recorded_at, s.said_at, w.retracted_at, p.scope AS statement_scope, s.ordinal, "
        "s.payload_sha256, s.complete, s.origin, s.ignored_count, s.digest"
    )
    return _file(
        f"Grain: one row per row of {table} that a statement of the exported source names, one per row that it\n"
        "refused, and one empty row per statement.\n"
        "Reads: exported, repeats, said, book.statement, retraction, key, content, refused.",
        [
            f"""
            WITH speaking AS (
                SELECT s.statement_id, {statement}
                FROM book.statement AS s
                JOIN book.scope AS p ON p.scope_id = s.scope_id
                JOIN exported AS e ON e.source = p.source AND e.table_name = p.table_name
                LEFT JOIN (
                    SELECT statement_id, min(recorded_at) AS retracted_at FROM book.retraction GROUP BY statement_id
                ) AS w ON w.statement_id = s.statement_id
                ANTI JOIN repeats AS o ON o.statement_id = s.statement_id
            )
            SELECT * EXCLUDE (statement_id) FROM (
                SELECT s.*, {columns}, d.locator, CAST(NULL AS VARCHAR) AS reason, CAST(NULL AS VARCHAR) AS row_text,
                CAST(NULL AS VARCHAR) AS refused_key
                FROM speaking AS s JOIN said AS d ON d.statement_id = s.statement_id
                JOIN book.{table}_key AS k ON k.key_id = d.key_id
                JOIN book.{table}_content AS c ON c.content_id = d.content_id
                UNION ALL
                SELECT s.*, {nothing}, r.locator, r.reason, r.row_text, r.key
                FROM speaking AS s JOIN book.refused AS r ON r.statement_id = s.statement_id
                UNION ALL
                SELECT s.*, {nothing}, CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR),
                CAST(NULL AS VARCHAR)
                FROM speaking AS s
            ) AS facts
            ORDER BY {order}
            """
        ],
    )


def _file(header: str, statements: list[str]) -> str:
    comment = "\n".join(f"-- {line}" for line in ("Generated by pipelines/contract_sql.py.", *header.split("\n")))
    pretty = (sqlglot.parse_one(s, dialect="duckdb").sql(dialect="duckdb", pretty=True) for s in statements)
    return comment + "\n\n" + "\n\n".join(f"{statement};" for statement in pretty) + "\n"


_MAKERS = (
    schema, examine, differ, turn_away, reuse_keys, record_keys, rehash, record_contents, membership, version, export,
)  # fmt: skip


def files() -> dict[str, str]:
    """File name -> content, for every contract."""
    return {f"{maker.__name__}_{table}.sql": maker(table) for table in CONTRACTS for maker in _MAKERS}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, content in files().items():
        (FOLDER / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
