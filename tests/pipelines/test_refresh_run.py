"""A refresh: the assets in one process, a run record beside the ledger, and bad sources that stop no others."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines import steps
from pipelines.archive import Archive, Entry
from pipelines.assets.calibration import KEY
from pipelines.assets.sources import key
from pipelines.checks import violations
from pipelines.definitions import defs
from pipelines.history import lay_out
from pipelines.home import Home, HomeError
from pipelines.intake import Outcome
from pipelines.ledger import open_ledger
from pipelines.refresh import run_refresh
from pipelines.sql_files import sql
from pipelines.steps import SourceReport
from tests.pipelines.test_command_line import asked

NOW = datetime(2026, 8, 20, tzinfo=UTC)
MAY, JUNE, JULY = (datetime(2025, *day, tzinfo=UTC) for day in ((5, 1), (6, 15), (7, 15)))
LIST = """package pricing

// generated at {day:%Y-%m-%dT%H:%M:%SZ} for us-east-1

var InitialOnDemandPricesAWS = map[string]map[string]float64{{
\t"us-east-1": {{
\t\t"p5.48xlarge": {price}, "g4dn.xlarge": 0.526,
\t}},
}}
"""


def arrive(home: Home, source: str, content: str, day: datetime) -> None:
    archive = Archive(home.archive)
    archive.note([Entry(archive.keep(content.encode()), source, "list.go", "parser", day, NOW)])


def refresh(home: Home, *sources: str) -> tuple[dict[str, SourceReport], bool]:
    reports, is_new = run_refresh(home, sources, now=NOW, recorded=home.path / "recorded")
    return {report.source: report for report in reports}, is_new


def published(home: Home, question: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.published), read_only=True) as connection:
        return connection.execute(question).fetchall()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, dict[str, SourceReport], bool]:
    """A home after its first refresh: two price lists of AWS, and a page where Azure's list should be."""
    home = Home(tmp_path_factory.mktemp("home"))
    arrive(home, "karpenter-aws", LIST.format(day=MAY, price="98.32"), MAY)
    arrive(home, "karpenter-aws", LIST.format(day=JUNE, price="55.04"), JUNE)
    arrive(home, "karpenter-azure", "<html>moved</html>", JUNE)
    return home, *refresh(home)


@pytest.fixture
def copied(first: tuple[Home, object, object], tmp_path: Path) -> Home:
    """The same home again, to be changed."""
    shutil.copytree(first[0].path, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


@pytest.fixture
def instance(first: tuple[Home, object, object]) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(lay_out(first[0]))) as found:
        yield found


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("index", "nvidia-h100-sxm-80gb", "--market", "moon"),
            "market 'moon' is not known; there are all, hyperscaler",
        ),
        (("curve", "training", "--scenario", "nosuch"), "scenario 'nosuch' is not known; there "),
    ],
)
def test_a_market_or_scenario_that_does_not_exist_is_answered_with_those_that_do(
    first: tuple[Home, object, object], arguments: tuple[str, ...], says: str
) -> None:
    answered = asked(first[0].path, *arguments)
    assert (answered.returncode, answered.stdout) == (2, "")
    assert says in answered.stderr


def test_a_first_refresh_publishes_what_the_archive_holds(first: tuple[Home, dict[str, SourceReport], bool]) -> None:
    home, reports, is_new = first
    assert is_new
    aws = reports["karpenter-aws"]
    # p5 before and after the cut, g4dn once: two lists of two rows each
    assert (aws.payloads, aws.rows, aws.new_versions, aws.closed, aws.failures) == (2, 4, 3, 0, [])
    prices = "SELECT price_usd_per_hour FROM rental_price_version WHERE sku = 'p5.48xlarge' AND known_to IS NULL"
    assert [float(str(price)) for (price,) in published(home, f"{prices} ORDER BY valid_from")] == [98.32, 55.04]


def test_a_source_that_cannot_be_read_blocks_no_other_and_shows_as_a_failed_check(
    first: tuple[Home, dict[str, SourceReport], bool], instance: dg.DagsterInstance
) -> None:
    azure = first[1]["karpenter-azure"]
    assert azure.state == "failed"
    assert azure.failures == ["list.go: an HTML page; expected data (was the address redirected?)"]
    check = dg.AssetCheckKey(dg.AssetKey(["karpenter_azure", "versions"]), "readable")
    [record] = instance.event_log_storage.get_asset_check_execution_history(check, limit=5)
    assert record.status.value == "FAILED"


def test_the_run_is_on_record_with_every_asset_materialized_that_there_is_something_of(
    first: tuple[Home, dict[str, SourceReport], bool], instance: dg.DagsterInstance
) -> None:
    followed, collected = instance.get_runs()  # what came, then what follows from it
    assert {(run.job_name, run.status) for run in (followed, collected)} == {("refresh", dg.DagsterRunStatus.SUCCESS)}
    of_nothing = {key(name, "versions") for name, report in first[1].items() if not report.payloads}
    keys = defs.resolve_asset_graph().get_all_asset_keys() - {KEY} - of_nothing  # the calibration is made on demand
    assert {instance.get_latest_materialization_event(asset) for asset in of_nothing} == {None}
    latest = {asset: instance.get_latest_materialization_event(asset) for asset in keys}
    run_of = {asset: collected if asset.path[-1] == "raw" else followed for asset in keys}
    assert [asset for asset, event in latest.items() if event is None or event.run_id != run_of[asset].run_id] == []


def test_a_relation_shows_its_rows_and_its_columns_with_their_comments(
    first: tuple[Home, object, object], instance: dg.DagsterInstance
) -> None:
    event = instance.get_latest_materialization_event(dg.AssetKey("price_index_daily"))
    assert event is not None
    assert event.asset_materialization is not None
    metadata = event.asset_materialization.metadata
    assert metadata["dagster/row_count"].value == published(first[0], "SELECT count(*) FROM price_index_daily")[0][0]
    schema = metadata["dagster/column_schema"].value
    assert isinstance(schema, dg.TableSchema)
    [median] = [column for column in schema.columns if column.name == "median"]
    assert (median.type, (median.description or "")[:22]) == ("DECIMAL(24,12)", "USD an accelerator-hou")


def test_everything_that_is_published_says_what_it_is(first: tuple[Home, dict[str, SourceReport], bool]) -> None:
    assert published(first[0], sql("ledger/uncommented")) == []


def test_a_second_refresh_adds_no_version_publishes_nothing_and_is_on_record(
    copied: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    count, link = "SELECT count(*) FROM rental_price_version", copied.published.readlink()
    before = published(copied, count)
    capfd.readouterr()
    reports, is_new = refresh(copied)
    assert capfd.readouterr() == ("", "")
    assert not is_new
    assert (reports["karpenter-aws"].payloads, reports["karpenter-aws"].new_versions) == (0, 0)
    assert reports["karpenter-aws"].state == "stale"  # its newest list is of June 2025, and it is August 2026
    assert (published(copied, count), copied.published.readlink()) == (before, link)
    with dg.DagsterInstance.from_config(str(lay_out(copied))) as instance:
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS] * 3  # and only one of it


def test_what_arrives_after_a_refresh_is_published_by_the_next(copied: Home) -> None:
    link = copied.published.readlink()
    arrive(copied, "karpenter-aws", LIST.format(day=JULY, price="50.00"), JULY)
    reports, is_new = refresh(copied, "karpenter-aws")
    # p5 costs less and g4dn what it did
    assert (reports["karpenter-aws"].payloads, reports["karpenter-aws"].new_versions) == (1, 1)
    assert is_new
    assert copied.published.readlink() != link
    prices = "SELECT price_usd_per_hour FROM rental_price_at(TIMESTAMP '2025-08-01', now()) WHERE sku = 'p5.48xlarge'"
    assert [float(str(price)) for (price,) in published(copied, prices)] == [50]


def test_rows_that_must_not_be_published_leave_the_last_good_file(copied: Home) -> None:
    link = copied.published.readlink()
    with open_ledger(str(copied.build)) as connection:
        connection.execute("INSERT INTO book.rect SELECT * FROM book.rect WHERE known_to IS NULL")
    with pytest.raises(
        steps.RefreshError, match=r"sighting_checks: .*ledger_overlapping_versions.*nothing was published"
    ):
        refresh(copied, "karpenter-aws")
    assert copied.published.readlink() == link
    with dg.DagsterInstance.from_config(str(lay_out(copied))) as instance:
        runs = instance.get_runs()[:2]  # what came, and what follows
        selected = {key.to_user_string() for run in runs for key in run.asset_selection or ()}
    # only the named source, of which nothing waits, and what is built from the ledger
    assert {name for name in selected if "/" in name} == {"karpenter_aws/raw"}
    assert {"rental_price_version", "cost_curve", "published"} <= selected


def test_a_version_that_breaks_its_contract_is_found(copied: Home) -> None:
    with open_ledger(str(copied.build)) as connection:
        connection.execute("UPDATE book.rental_price_content SET currency = 'EUR' WHERE price_usd_per_hour = 55.04")
    assert violations(copied, "rental_price") == [("currency", "isin(['USD'])", "EUR", 1)]
    assert violations(copied, "accelerator_spec") == []


def test_a_home_that_another_process_writes_is_one_line_and_no_run(copied: Home) -> None:
    with copied.locked(), pytest.raises(HomeError, match="another refresh or load is writing here"):
        refresh(copied)


def test_a_source_that_does_not_exist_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(steps.UnknownSource, match="source 'karpenter-gcp' does not exist"):
        refresh(Home(tmp_path / "home"), "karpenter-gcp")
    assert not (tmp_path / "home").exists()


def test_what_a_parser_did_not_foresee_is_one_line_of_its_source() -> None:
    def stumble() -> Outcome:
        raise KeyError("offers")

    assert steps._attempt(stumble).failures == ["KeyError: 'offers'"]
