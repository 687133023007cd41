"""Sources -> archive, over real connections to a server on loopback that stands in for every host."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines import collecting
from pipelines.archive import Archive, Entry
from pipelines.fetch_log import Fetch, FetchLog
from sources.catalogs.adriannutiu import SOURCE
from sources.source import Address, Live, Source
from tests.upstreams import Answer, Asked, Served, served

NOW = datetime(2026, 9, 1, 5, 20, tzinfo=UTC)
LATER = datetime(2026, 9, 2, 5, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOPLEDGER_FETCH_SECONDS", "20")
    monkeypatch.setattr(collecting, "PACE_SECONDS", 0.01)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


def source(name: str, *urls: str, **live: object) -> Source:
    addresses = tuple(Address(url, url.rsplit("/", 1)[-1]) for url in urls)
    return replace(SOURCE, name=name, live=Live(addresses, **live))  # type: ignore[arg-type]


def collect(
    archive: Archive, answer: Answer, *sources: Source, now: datetime = NOW
) -> tuple[dict[str, Fetch], list[Entry], list[Asked]]:
    """Collects through a mirror that ``answer`` plays; fetches by address, arrivals, and what was asked."""
    log = FetchLog(archive.folder / "fetches.jsonl")
    with pytest.MonkeyPatch.context() as patch, served(answer) as upstreams:
        patch.setenv("FLOPLEDGER_MIRROR", upstreams.address)
        fetches, arrived = collecting.collect(collecting.errands(sources, archive, log), archive, now=now)
    log.add(fetches)
    return {fetch.url: fetch for fetch in fetches}, arrived, upstreams.asked


def test_an_answer_is_archived_with_its_address_and_the_moment_it_came(archive: Archive) -> None:
    prices = source("one", "https://one.example/prices.json")
    fetches, [arrived], _ = collect(archive, lambda _: Served(b"[1]"), prices)
    assert archive.content(arrived.sha256) == b"[1]"
    assert (arrived.source, arrived.name, arrived.recorded_at) == ("one", "prices.json", NOW)
    assert arrived.origin.url == "https://one.example/prices.json"
    assert fetches["https://one.example/prices.json"].state == "answered"


def test_what_has_not_changed_since_still_holds_now(archive: Archive) -> None:
    prices = source("one", "https://one.example/prices.json")

    def answer(asked: Asked) -> Served:
        if asked.headers.get("if-none-match") == '"a1"':
            return Served(status=304)
        return Served(b"[1]", headers={"ETag": '"a1"'})

    _, [first], _ = collect(archive, answer, prices)
    fetches, [second], _ = collect(archive, answer, prices, now=LATER)
    assert fetches["https://one.example/prices.json"].state == "unchanged"
    assert (second.sha256, second.recorded_at) == (first.sha256, LATER)
    third, [_], asked = collect(archive, answer, prices, now=datetime(2026, 9, 3, tzinfo=UTC))
    assert asked[0].headers["if-none-match"] == '"a1"', "the mark outlives an answer that brought none"
    assert third["https://one.example/prices.json"].state == "unchanged"


def test_a_payload_that_was_lost_is_asked_for_without_conditions(archive: Archive) -> None:
    prices = source("one", "https://one.example/prices.json")
    _, [first], _ = collect(archive, lambda _: Served(b"[1]", headers={"ETag": '"a1"'}), prices)
    archive.path(first.sha256).unlink()
    _, _, [asked] = collect(archive, lambda _: Served(b"[1]"), prices, now=LATER)
    assert "if-none-match" not in asked.headers


def test_one_host_that_fails_leaves_the_others_alone(archive: Archive) -> None:
    def answer(asked: Asked) -> Served:
        match asked.path.split("/")[1]:
            case "down.example":
                return Served(status=503)
            case "gone.example":
                return Served(status=404)
            case _:
                return Served(b"[1]")

    hosts = ("up", "down", "gone")
    fetches, arrived, _ = collect(
        archive, answer, *(source(host, f"https://{host}.example/prices.json") for host in hosts)
    )
    states = {fetch.source: (fetch.state, fetch.why) for fetch in fetches.values()}
    assert states == {
        "up": ("answered", ""),
        "down": ("unreachable", "down.example answers 503"),
        "gone": ("unusable", "gone.example answers 404; expected 200"),
    }
    assert [entry.source for entry in arrived] == ["up"]


@pytest.mark.parametrize(("status", "asked_for"), [(0, {"a"}), (500, {"a", "b"})], ids=["silent", "one page fails"])
def test_a_host_that_hangs_up_is_not_asked_for_its_other_pages(
    archive: Archive, status: int, asked_for: set[str]
) -> None:
    pages = source("one", "https://one.example/a", "https://one.example/b")
    fetches, _, asked = collect(archive, lambda _: Served(status=status), pages)
    assert {fetch.state for fetch in fetches.values()} == {"unreachable"}
    assert {each.path.removeprefix("/one.example/") for each in asked} == asked_for


def test_without_its_key_a_source_waits_and_nobody_is_asked(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONE_KEY", raising=False)
    locked = source("one", "https://one.example/prices.json", key_variable="ONE_KEY")
    fetches, arrived, asked = collect(archive, lambda _: Served(b"[1]"), locked)
    assert fetches["https://one.example/prices.json"].why == "needs a key: set ONE_KEY"
    assert not arrived
    assert not asked


def test_the_key_goes_in_a_header_and_is_written_nowhere(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE_KEY", "s3cret")
    locked = source("one", "https://one.example/prices.json", key_variable="ONE_KEY")
    _, _, [asked] = collect(archive, lambda _: Served(b"[1]"), locked)
    assert asked.headers["authorization"] == "Bearer s3cret"
    written = b"".join(file.read_bytes() for file in archive.folder.rglob("*") if file.is_file())
    assert b"s3cret" not in written


def test_a_key_with_a_line_break_is_refused_without_being_shown(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONE_KEY", "s3c\nret")
    locked = source("one", "https://one.example/prices.json", key_variable="ONE_KEY")
    fetches, _, asked = collect(archive, lambda _: Served(b"[1]"), locked)
    assert fetches["https://one.example/prices.json"].why == "ONE_KEY holds characters that are in no key; set it again"
    assert not asked


@pytest.mark.parametrize(("rules", "state"), [("Disallow: /pricing", "not_allowed"), ("Disallow: /admin", "answered")])
def test_a_page_for_people_is_fetched_only_where_robots_may(archive: Archive, rules: str, state: str) -> None:
    def answer(asked: Asked) -> Served:
        is_rules = asked.path.endswith("/robots.txt")
        return Served(f"User-agent: *\n{rules}\n".encode() if is_rules else b"<html>")

    page = source("one", "https://one.example/pricing", is_scraped=True)
    fetches, _, _ = collect(archive, answer, page)
    assert fetches["https://one.example/pricing"].state == state


def test_a_host_without_robots_txt_asks_nothing_of_them(archive: Archive) -> None:
    def answer(asked: Asked) -> Served:
        return Served(status=404) if asked.path.endswith("/robots.txt") else Served(b"<html>")

    fetches, _, _ = collect(archive, answer, source("one", "https://one.example/pricing", is_scraped=True))
    assert fetches["https://one.example/pricing"].state == "answered"


def paged(url: str) -> Source:
    address = Address(url, "list.json", next_page=lambda page: page.get("next"))
    return replace(SOURCE, name="paged", live=Live((address,)))


def pages_of(last: int, host: str = "paged.example") -> Iterator[Served]:
    for number in range(1, last + 1):
        following = f'"https://{host}/list?page={number + 1}"' if number < last else "null"
        yield Served(b'{"items":[%d], "next": %s}' % (number, following.encode()))


def test_pages_become_one_list_each_as_it_came(archive: Archive) -> None:
    answers = pages_of(3)
    _, [arrived], asked = collect(archive, lambda _: next(answers), paged("https://paged.example/list"))
    content = archive.content(arrived.sha256)
    assert [page["items"] for page in json.loads(content)] == [[1], [2], [3]]
    assert b'{"items":[2], "next": "https://paged.example/list?page=3"}' in content
    assert [each.path for each in asked][1:] == ["/paged.example/list?page=2", "/paged.example/list?page=3"]


def test_a_list_that_breaks_off_is_no_list(archive: Archive) -> None:
    answers = iter([*list(pages_of(3))[:2], Served(status=404)])
    fetches, arrived, _ = collect(archive, lambda _: next(answers), paged("https://paged.example/list"))
    assert fetches["https://paged.example/list"].state == "unusable"
    assert not arrived


@pytest.mark.parametrize("page", [b"<html>", b"[]", b'{"next": 7}', b'{"next": "https://evil.example/"}'])
def test_a_page_that_leads_elsewhere_is_unusable(archive: Archive, page: bytes) -> None:
    fetches, arrived, _ = collect(archive, lambda _: Served(page), paged("https://paged.example/list"))
    assert fetches["https://paged.example/list"].state == "unusable"
    assert not arrived


def test_a_list_without_end_is_given_up(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MOST_PAGES", 5)
    endless = pages_of(100)
    fetches, _, asked = collect(archive, lambda _: next(endless), paged("https://paged.example/list"))
    assert "expected the list to end" in fetches["https://paged.example/list"].why
    assert len(asked) == 5


def test_a_page_that_names_itself_as_the_next_is_asked_once(archive: Archive) -> None:
    same = Served(b'{"next": "https://paged.example/list"}')
    fetches, _, asked = collect(archive, lambda _: same, paged("https://paged.example/list"))
    assert "expected the list to end" in fetches["https://paged.example/list"].why
    assert len(asked) == 1


def test_a_line_that_a_killed_process_left_half_written_is_passed_over(tmp_path: Path) -> None:
    log = FetchLog(tmp_path / "fetches.jsonl")
    one = Fetch("one", "https://one.example/", NOW, "answered", sha256="ab", etag='"a1"')
    log.add([one])
    with log.file.open("a") as torn:
        torn.write('\n{"source": "two", "ur')
    log.add([replace(one, asked_at=LATER, state="unreachable", why="silent")])
    assert [fetch.state for fetch in log.fetches()] == ["answered", "unreachable"]
    assert log.newest()["one", "https://one.example/"].state == "unreachable"
    assert log.held()["one", "https://one.example/"] == one
