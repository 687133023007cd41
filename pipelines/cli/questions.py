"""Questions to the published ledger: prices, api-prices, specs, history, index, curve, status, explain."""

import difflib
import json
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from pipelines.cli.ledger_file import ask, moment, opened
from pipelines.cli.output import Format, note, printed, show
from pipelines.usage import WrongUsage

HomeOption = Annotated[Path | None, typer.Option("--home", help="Home folder; else $FLOPLEDGER_HOME, else ./data.")]
FormatOption = Annotated[Format, typer.Option("--format", help="json and csv stand alone on stdout.")]
AtOption = Annotated[
    str | None, typer.Option("--at", help="When it was so, UTC: 2025-07-01 or ISO 8601. Now if left out.")
]
KnownOption = Annotated[str | None, typer.Option("--known-at", help="As it was known then. Now if left out.")]
AcceleratorOption = Annotated[
    str | None, typer.Option("--accelerator", "-a", help="An id or a family, e.g. nvidia-h100.")
]
ProviderOption = Annotated[str | None, typer.Option("--provider", "-p")]


class Phase(StrEnum):
    training = "training"
    inference = "inference"


def accelerator(connection: duckdb.DuckDBPyConnection, given: str | None) -> str | None:
    """An accelerator id or family as given, or an error that suggests the nearest."""
    if given is None:
        return None
    rows = connection.execute("SELECT accelerator_id, family FROM accelerator").fetchall()
    known = {name for row in rows for name in row}
    wanted = given.strip().lower()
    for name in (wanted, f"nvidia-{wanted}", f"amd-{wanted}", f"google-{wanted}", f"aws-{wanted}", f"intel-{wanted}"):
        if name in known:
            return name
    raise _not_known("accelerator", given, known, wanted, f"nvidia-{wanted}")


FEW = 8
"""So many names are all named."""


def _not_known(what: str, given: str, known: Iterable[str], *spellings: str) -> WrongUsage:
    """An error that suggests what is near the first of the spellings that is near anything, else says what there is."""
    names = sorted(name for name in known if name)
    cutoff = 0.6 if len(names) <= FEW else 0.4
    near = next((found for s in spellings if (found := difflib.get_close_matches(s, names, n=3, cutoff=cutoff))), [])
    if near:
        return WrongUsage(f"{what} {given!r} is not known; did you mean {' or '.join(near)}?")
    there = f"{'is' if len(names) == 1 else 'are'} {', '.join(names[:FEW]) or 'none yet'}"
    return WrongUsage(f"{what} {given!r} is not known; there {there}{' and others' if len(names) > FEW else ''}")


def prices(
    accelerator_id: AcceleratorOption = None,
    provider: ProviderOption = None,
    region: Annotated[str | None, typer.Option("--region")] = None,
    purchase_model: Annotated[str | None, typer.Option("--purchase-model")] = None,
    sku: Annotated[str | None, typer.Option("--sku")] = None,
    at: AtOption = None,
    known_at: KnownOption = None,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """What it costs to rent accelerators.

    Example: flopledger prices -a nvidia-h100-sxm-80gb -p aws --at 2025-05-01
    """
    with opened(home) as connection:
        parameters = {
            "at": moment(at),
            "known_at": moment(known_at),
            "present": at is None,
            "accelerator": accelerator(connection, accelerator_id),
            "provider": provider,
            "region": region,
            "purchase_model": purchase_model,
            "sku": sku,
        }
        named = {"provider": provider, "region": region, "purchase_model": purchase_model, "sku": sku}
        _answer(connection, "prices", parameters, form, of="rental_price_version", named=named)


def api_prices(
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="An id or a spelling; % stands for any part.")
    ] = None,
    provider: ProviderOption = None,
    modality: Annotated[str | None, typer.Option("--modality")] = None,
    unit: Annotated[str | None, typer.Option("--unit")] = None,
    at: AtOption = None,
    known_at: KnownOption = None,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """What it costs to call models.

    Example: flopledger api-prices -m gpt-4o -p openai --at 2025-10-01
    """
    with opened(home) as connection:
        parameters = {"model": model, "provider": provider, "modality": modality, "unit": unit}
        times = {"at": moment(at), "known_at": moment(known_at)}
        named = {"provider": provider, "modality": modality, "unit": unit}
        _answer(connection, "api_prices", {**times, **parameters}, form, of="api_price_version", named=named)


def specs(
    accelerator_id: Annotated[str | None, typer.Argument(metavar="ACCELERATOR")] = None,
    at: AtOption = None,
    known_at: KnownOption = None,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """What accelerators can do: a row each, a few side by side.

    Example: flopledger specs nvidia-h200-sxm-141gb
    """
    with opened(home) as connection:
        name = accelerator(connection, accelerator_id)
        parameters = {"at": moment(at), "known_at": moment(known_at), "accelerator": name}
        columns, rows = ask(connection, "specs", parameters)
        if form is Format.table and 0 < len(rows) <= SIDE_BY_SIDE:
            columns, rows = columns[:1] + [str(row[0]) for row in rows], _turned(columns, rows)
        show(columns, rows, form)
        if not rows:
            note("no specs for that")


SIDE_BY_SIDE = 6
"""So many accelerators stand beside each other in a table, a line for each quantity."""


def _turned(columns: list[str], rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Columns as lines, without those that say nothing of any row."""
    lines = list(zip(columns, *rows, strict=True))[1:]
    return [line for line in lines if any(value not in (None, "", []) for value in line[1:])]


def history(
    accelerator_id: AcceleratorOption = None,
    provider: ProviderOption = None,
    region: Annotated[str | None, typer.Option("--region")] = None,
    purchase_model: Annotated[str | None, typer.Option("--purchase-model")] = None,
    sku: Annotated[str | None, typer.Option("--sku")] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="API prices of a model instead of rentals.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit")] = None,
    at: Annotated[str | None, typer.Option("--at", help="Only what was so then, UTC. Any time if left out.")] = None,
    known_at: KnownOption = None,
    all_beliefs: Annotated[bool, typer.Option("--all-beliefs", help="Also what is no longer believed.")] = False,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """Versions through time as they are believed now, with when each was known; --all-beliefs: also what was believed.

    Example: flopledger history -p aws --sku p5.48xlarge --region us-east-1
    """
    with opened(home) as connection:
        times = {"at": at and moment(at), "known_at": moment(known_at), "all_beliefs": all_beliefs}
        if model is not None:
            api = {**times, "model": model, "provider": provider, "unit": unit}
            named = {"provider": provider, "unit": unit}
            _answer(connection, "history_api_price", api, form, of="api_price_version", named=named)
            return
        parameters = {
            **times,
            "accelerator": accelerator(connection, accelerator_id),
            "provider": provider,
            "region": region,
            "purchase_model": purchase_model,
            "sku": sku,
        }
        named = {"provider": provider, "region": region, "purchase_model": purchase_model, "sku": sku}
        _answer(connection, "history_rental_price", parameters, form, of="rental_price_version", named=named)


def index(
    accelerator_id: Annotated[str, typer.Argument(metavar="ACCELERATOR", help="An id, or a family for its members.")],
    market: Annotated[str | None, typer.Option("--market", help="hyperscaler, neocloud, marketplace or all.")] = None,
    purchase_model: Annotated[str | None, typer.Option("--purchase-model")] = "on_demand",
    since: Annotated[
        str | None, typer.Option("--since", help="First day; by default the last 30 of the series.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until")] = None,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """The daily price index of an accelerator, USD per accelerator-hour.

    Example: flopledger index nvidia-h100-sxm-80gb --market hyperscaler --since 2025-05-01 --until 2025-07-31
    """
    if since is not None and until is not None and moment(since) > moment(until):
        raise WrongUsage(f"--since {since} lies after --until {until}; expected the first day, then the last")
    with opened(home) as connection:
        parameters: dict[str, Any] = {"accelerator": accelerator(connection, accelerator_id), "market": market}
        parameters |= {"purchase_model": purchase_model, "since": _day(since), "until": _day(until)}
        _behind(connection)
        named = {"market": market, "purchase_model": purchase_model}
        _answer(connection, "index", parameters, form, of="price_index_daily", named=named)


def curve(
    phase: Annotated[Phase, typer.Argument(help="training or inference")],
    scenario: Annotated[str | None, typer.Option("--scenario")] = None,
    accelerator_id: AcceleratorOption = None,
    provider: Annotated[str | None, typer.Option("--provider", "-p", help="'' (the default) is the market.")] = "",
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """What one training run, or a million tokens, would have cost month by month.

    Example: flopledger curve training -a nvidia-h100-sxm-80gb -p aws
    """
    with opened(home) as connection:
        parameters = {"phase": phase.value, "scenario": scenario, "provider": provider}
        _behind(connection)
        parameters["accelerator"] = accelerator(connection, accelerator_id)
        named = {"scenario": scenario, "provider": provider or None}
        _answer(connection, "curve", parameters, form, of="cost_curve", named=named)


def status(form: FormatOption = Format.table, home: HomeOption = None) -> None:
    """Every source: when it last succeeded, how old its newest data is, what was kept out and why.

    Exit code 3 if a source is stale.  Example: flopledger status --format json
    """
    with opened(home) as connection:
        columns, rows = ask(connection, "status", {"now": moment(None)})
        show(columns, rows, form)
        _, unknown = ask(connection, "unknown_spellings", {})
        for source, spelling, count in unknown[:10]:
            note(f"unknown spelling at {source}: {spelling} ({count} rows)")
        _behind(connection)
        limit, age = columns.index("freshness_limit_hours"), columns.index("age_hours")
        stale = [row[0] for row in rows if row[limit] is not None and row[age] is not None and row[age] > row[limit]]
    if stale:
        note(f"stale: {', '.join(stale)}")
        raise typer.Exit(3)


TABLES = {"r": "rental_price", "a": "api_price", "s": "accelerator_spec"}


def explain(
    version_id: Annotated[str, typer.Argument()], form: FormatOption = Format.table, home: HomeOption = None
) -> None:
    """Where a figure comes from: row, versions, payload, place in it, and how to fetch it again.

    Example: flopledger explain $(flopledger prices -p aws --format csv | tail -1 | sed 's/.*,//')
    """
    with opened(home) as connection:
        table = TABLES.get(version_id[:1])
        found = None if table is None else ask(connection, f"explain_{table}", {"version_id": version_id})
        if found is None or not found[1]:
            raise WrongUsage(
                f"version {version_id!r} is not in the ledger; version_id is a column of prices, api-prices, history, "
                "and of accelerator_spec_version in SQL"
            )
        columns, [row] = found
        told = dict(zip(columns, row, strict=True)) | {"table": table}
        is_archived = told["payload_sha256"] == told["upstream_sha256"]
        told["fetch"] = how_to_fetch(json.loads(told["origin"]), told["locator"], is_archived=is_archived)
        if form is not Format.table:
            show(list(told), [tuple(told.values())], form)
            return
        show(["what", "value"], [(name, printed(value)) for name, value in told.items() if value is not None], form)
        note("versions of this key:")
        show(*ask(connection, f"siblings_{table}", {"version_id": version_id}), form)


def how_to_fetch(origin: dict[str, str], locator: str | None, *, is_archived: bool) -> str:
    """Words that lead from an origin to the bytes, or say that nobody knows where they lay."""
    at = f", at {locator}" if locator else ""
    if origin.get("repository", "").startswith("PyPI") or origin.get("package"):
        return (
            f"pip download --no-deps '{origin.get('package') or origin['repository']}'; file {origin.get('path')}{at}"
        )
    if origin.get("commit"):
        return f"https://github.com/{origin['repository']}/blob/{origin['commit']}/{origin.get('path', '')}{at}"
    if origin.get("url"):
        return f"{origin['url']}{at}"
    if is_archived:
        return f"the archived payload itself{at}"
    return f"where these bytes lay is not on record; the fact file has what they said{at}"


def _answer(
    connection: duckdb.DuckDBPyConnection,
    question: str,
    parameters: dict[str, Any],
    form: Format,
    *,
    of: str,
    named: dict[str, str | None],
) -> None:
    """Shows the rows; where there are none, says why: a name that ``of`` does not have, a time before all data."""
    columns, rows = ask(connection, question, parameters)
    if not rows:
        for column, value in named.items():
            _known(connection, of, column, value)
    show(columns, rows, form)
    if not rows:
        note(_nothing(connection, of, parameters))
    elif (at := parameters.get("at")) and at > moment(None):
        note(f"{_when(at)} lies ahead: prices as announced for then, or as last seen")


def _known(connection: duckdb.DuckDBPyConnection, relation: str, column: str, value: str | None) -> None:
    """An error that suggests the nearest where a column has no such value."""
    if value is None:
        return
    found = connection.table(relation).project(column).distinct().fetchall()
    known = {str(name) for (name,) in found}
    if value not in known:
        raise _not_known(column, value, known, value)


FIRST = {
    "rental_price_version": (
        "first_rental_price",
        ("known_at", "accelerator", "provider", "region", "purchase_model", "sku"),
    ),
    "api_price_version": ("first_api_price", ("known_at", "model", "provider", "modality", "unit")),
}
"""The question since when there are prices, and its parameters."""


def _nothing(connection: duckdb.DuckDBPyConnection, of: str, parameters: dict[str, Any]) -> str:
    """Why no row was found: a moment before all that match, else that none does."""
    if of not in FIRST:
        return "nothing matches"
    question, names = FIRST[of]
    _, [(valid, known)] = ask(connection, question, {name: parameters.get(name) for name in names})
    at, known_at = parameters["at"], parameters["known_at"]
    if known and known_at < known:
        return f"no price known then: the first that matches was on record {_when(known)}"
    if valid and at and at < valid:
        return f"no price of then: the first that matches is of {_when(valid)}"
    return "nothing matches"


def _when(moment: datetime) -> str:
    return printed(moment).removesuffix(" 00:00")


def _behind(connection: duckdb.DuckDBPyConnection) -> None:
    behind = connection.execute(
        "SELECT coalesce(max(statement_id), 0) > coalesce((SELECT max(statement_id) FROM book.built), 0) "
        "FROM book.statement"
    ).fetchone()
    if behind and behind[0]:
        note("marts are behind the ledger: rows were loaded since they were built; run `flopledger refresh`")


def _day(text: str | None) -> str | None:
    return None if text is None else moment(text).date().isoformat()
