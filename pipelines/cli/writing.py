"""Commands that write: refresh, ingest, load, archive export."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.output import Format, note, show
from pipelines.home import Home
from pipelines.moments import as_utc

HomeOption = Annotated[Path | None, typer.Option("--home", help="Home folder; else $FLOPLEDGER_HOME, else ./data.")]
FormatOption = Annotated[Format, typer.Option("--format", help="json and csv stand alone on stdout.")]
REPORT = ("source", "state", "payloads", "rows", "new_versions", "closed", "quarantined", "age_hours")


def refresh(
    source: Annotated[list[str] | None, typer.Option("--source", help="Only these sources.")] = None,
    offline: Annotated[
        bool, typer.Option("--offline", envvar="FLOPLEDGER_OFFLINE", help="Ask nothing of the network.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="A host that cannot be reached is a failure.")] = False,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """The main job: archive, checks, versions, marts, published ledger; a row per source.

    Example: flopledger refresh --offline
    """
    from pipelines.steps import chosen

    place, sources = Home.at(home), chosen(source or [])
    from pipelines.refresh import run_refresh  # Dagster takes seconds: not before the question is known to be one

    reports, published = run_refresh(place, sources, now=datetime.now(UTC), is_offline=offline)
    show(REPORT, [tuple(getattr(report, name) for name in REPORT) for report in reports], form)
    failures = [f"{report.source}: {failure}" for report in reports for failure in report.failures]
    for failure in failures:
        note(failure)
    unheard = [report.source for report in reports if report.unheard]
    if unheard:
        note(f"{len(unheard)} sources were not heard and keep what they have: {', '.join(unheard)}; status says why")
    is_doubtful = _tell({report.source: report.doubt for report in reports if report.doubt})
    note(f"ledger: {place.published}{'' if published else ' (nothing new)'}")
    has_failed = any(report.state == "failed" for report in reports)  # now, or earlier and not mended
    if has_failed or is_doubtful or (strict and unheard):
        raise typer.Exit(3)


def ingest(
    source: Annotated[str, typer.Argument(help="The source whose parser reads them.")],
    paths: Annotated[list[Path], typer.Argument(help="Files, folders or, with --git, a clone.")],
    recorded_at: Annotated[str | None, typer.Option("--recorded-at", help="When it was on record, UTC.")] = None,
    git: Annotated[bool, typer.Option("--git", help="Every version of the upstream's file in a git clone.")] = False,
    publish: Annotated[bool, typer.Option("--publish/--no-publish", help="Publish the ledger afterwards.")] = True,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """Feeds recorded payloads through a source's own parser.

    Example: flopledger ingest karpenter-aws ../shared/data/rental/karpenter-aws
    """
    from pipelines import recordings, steps

    place, now = Home.at(home), datetime.now(UTC)
    [name] = steps.chosen([source])
    found = recordings.in_clone if git else recordings.in_paths
    payloads = found(name, paths, recorded_at=recorded_at, now=now)
    with place.locked():
        outcome = steps.ingest(place, name, payloads, now=now, progress=_progress)
        tally = outcome.tally
        columns = ("source", "payloads", "statements", "rows", "new_versions", "closed", "quarantined", "failed")
        row = (name, outcome.payloads, tally.statements, tally.rows, tally.opened, tally.closed, tally.quarantined)
        show(columns, [(*row, len(outcome.failures))], form)
        if publish:
            steps.publish_loaded(place)
        doubts = steps.doubts(place, [name]) if publish else {}
    if tally.quarantined:
        note(f"{tally.quarantined} rows were quarantined; `flopledger status` says why")
    is_doubtful = _tell(doubts)
    _end(outcome.failures, all_failed=len(outcome.failures) >= outcome.payloads)
    if is_doubtful or (tally.quarantined and not tally.rows):
        raise typer.Exit(3)


def _tell(doubts: Mapping[str, str]) -> bool:
    """Says of each source why its word is to be read with care; whether there is one."""
    for source, why in doubts.items():
        note(f"{source}: {why}")
    return bool(doubts)


def load(
    table: Annotated[str, typer.Argument(help="rental_price, api_price or accelerator_spec")],
    file: Annotated[Path, typer.Argument(help="CSV, Parquet or JSON with the table's columns.")],
    source: Annotated[str, typer.Option("--source", help="A name of your own for where the rows come from.")],
    observed_at: Annotated[str, typer.Option("--observed-at", help="When it was so, UTC.")],
    recorded_at: Annotated[
        str | None, typer.Option("--recorded-at", help="When it was on record; now if left out.")
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="The rows are not all there is: close nothing.")] = False,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="COLUMN=VALUE: the part that the rows answer for.")
    ] = None,
    publish: Annotated[bool, typer.Option("--publish/--no-publish")] = True,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """Rows of your own as one statement. They stay private: not in the index, the claims, the report or an export.

    rental_price needs the columns provider, accelerator_id, accelerator_count, price_usd_per_hour (of the whole offer)
    and may have sku, region, zone, purchase_model (on_demand if left out), service_tier, currency (USD), vcpu_count,
    host_memory_gib. api_price needs provider, model_id, modality, unit, price_usd_per_unit. accelerator_spec needs
    accelerator_id, metric, scope, value, value_kind and may have precision, sparsity, direction.

    Example: flopledger load rental_price quotes.csv --source our-contract --observed-at 2026-08-01 --partial
    """
    from pipelines import steps

    place, now = Home.at(home), datetime.now(UTC)
    with place.locked():
        outcome = steps.load(
            place,
            table,
            file,
            source=source,
            observed_at=observed_at,
            recorded_at=recorded_at,
            complete=not partial,
            scope=scope or [],
            now=now,
        )
        if as_utc(observed_at) > now:
            note(f"observed at {observed_at} lies ahead: taken as a price that is announced for then")
        tally = outcome.tally
        columns = ("source", "rows", "new_versions", "closed", "quarantined")
        show(columns, [(source, tally.rows, tally.opened, tally.closed, tally.quarantined)], form)
        if kept_out := sum(outcome.kept_out.values()):
            reasons = ", ".join(f"{reason} {count}" for reason, count in outcome.kept_out.items())
            note(
                f"{kept_out} of {outcome.got_in + kept_out} rows were quarantined ({reasons}); "
                "`flopledger status` says more"
            )
        if publish and not outcome.failures:
            steps.publish_loaded(place)
    _end(outcome.failures, all_failed=True)
    if outcome.kept_out and not outcome.got_in:
        raise typer.Exit(3)


archive_app = typer.Typer(help="The archive of payloads.", no_args_is_help=True)


@archive_app.command("export")
def archive_export(
    to: Annotated[Path, typer.Option("--to", help="Folder for the fact files.")],
    source: Annotated[list[str] | None, typer.Option("--source", help="Only these sources.")] = None,
    without_repeats: Annotated[
        bool,
        typer.Option("--without-repeats", help="Of partial statements that change nothing, only the last of each day."),
    ] = False,
    form: FormatOption = Format.table,
    home: HomeOption = None,
) -> None:
    """Fact files of every source whose licence allows it, each fact with its origin.

    Example: flopledger archive export --to sources/recorded
    """
    from pipelines import steps

    written = steps.export_facts(Home.at(home), steps.chosen(source or []), to, without_repeats=without_repeats)
    show(("file", "bytes"), [(str(path), path.stat().st_size) for path in written], form)


def _progress(done: int) -> None:
    if done % 20 == 0:
        note(f"read {done} payloads")


def _end(failures: list[str], *, all_failed: bool) -> None:
    for failure in failures:
        note(failure)
    if failures:
        raise typer.Exit(1 if all_failed else 3)
