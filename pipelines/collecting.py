"""Upstreams -> archive: every address of every source asked once, hosts side by side and each at a polite pace.

An answer is archived before anybody reads it. That an upstream has nothing new is news too (the last payload still
holds, now), and so is that it could not be reached: its data ages, and ``status`` says since when and why.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from pipelines.archive import Archive, Entry
from pipelines.asking import Client, Question, Reply, Silent, Unreachable, Unusable
from pipelines.fetch_log import HEARD, Fetch, FetchLog
from sources.source import Address, Live, Origin, PayloadError, Source

HOSTS_AT_ONCE = 16
PACE_SECONDS = 0.5
"""Between two questions to one host."""
MOST_PAGES = 500
ROBOTS_BYTES = 512_000


@dataclass(frozen=True)
class Errand:
    """One address of one source, with what we hold of it."""

    source: Source
    live: Live
    address: Address
    held: Fetch | None

    @property
    def host(self) -> str:
        return urlsplit(self.address.url).netloc

    @property
    def is_plain(self) -> bool:
        """One document at one address: it can be asked for only if it changed."""
        return not self.address.body and self.address.next_page is None


def errands(sources: Iterable[Source], archive: Archive, log: FetchLog) -> list[Errand]:
    """Everything that the sources would ask; a payload that is no longer in the archive is not held."""
    held = {place: fetch for place, fetch in log.held().items() if archive.path(fetch.sha256).exists()}
    return [
        Errand(source, source.live, address, held.get((source.name, address.url)))
        for source in sources
        if source.live
        for address in source.live.addresses
    ]


def collect(todo: Sequence[Errand], archive: Archive, *, now: datetime) -> tuple[list[Fetch], list[Entry]]:
    """Asks, and archives what came; returns what was heard and the arrivals, host by host."""
    by_host: dict[str, list[Errand]] = {}
    for errand in todo:
        by_host.setdefault(errand.host, []).append(errand)
    client = Client.from_environment()
    with client.http, ThreadPoolExecutor(HOSTS_AT_ONCE) as pool:
        heard = [each for host in pool.map(lambda of: _run(of, client, now), by_host.values()) for each in host]
    fetches, entries = [], []
    for errand, fetch, content in heard:
        sha256 = archive.keep(content) if content is not None else fetch.sha256
        fetches.append(replace(fetch, sha256=sha256))
        if fetch.state in HEARD:
            origin = Origin(url=errand.address.url)
            entries.append(Entry(sha256, fetch.source, errand.address.name, "parser", now, now, origin))
    return fetches, archive.note(entries)


def _run(of_host: Sequence[Errand], client: Client, now: datetime) -> list[tuple[Errand, Fetch, bytes | None]]:
    """One host's errands one after the other; a host that does not speak is not asked for the rest."""
    found: list[tuple[Errand, Fetch, bytes | None]] = []
    silent = ""
    robots: RobotFileParser | None = None
    for errand in of_host:
        fetch = Fetch(errand.source.name, errand.address.url, now, "unreachable", silent)
        content: bytes | None = None
        try:
            if not silent:
                if errand.live.is_scraped and robots is None:
                    robots = _robots(errand, client)
                fetch, content = _ask(errand, client, robots if errand.live.is_scraped else None, fetch)
        except Unreachable as why:
            silent = str(why) if isinstance(why, Silent) else ""
            fetch = replace(fetch, why=str(why))
        except (Unusable, PayloadError) as why:
            fetch = replace(fetch, state="unusable", why=str(why))
        except Exception as error:  # whatever a host answers that nobody foresaw: the others go on
            fetch = replace(fetch, state="unusable", why=f"{errand.host}: {type(error).__name__}; expected an answer")
        found.append((errand, fetch, content))
        time.sleep(0 if silent else PACE_SECONDS)
    return found


def _ask(errand: Errand, client: Client, robots: RobotFileParser | None, fetch: Fetch) -> tuple[Fetch, bytes | None]:
    live, address = errand.live, errand.address
    if robots is not None and not robots.can_fetch("flopledger", address.url):
        return replace(fetch, state="not_allowed", why=f"robots.txt of {errand.host} asks not to fetch this page"), None
    headers = _key(live)
    if headers is None:
        return replace(fetch, state="needs_key", why=f"needs a key: set {live.key_variable}"), None
    if errand.is_plain and errand.held:
        headers |= _conditions(errand.held)
    reply = client.ask(_question(errand, address.url, headers))
    if reply.content is None:
        if errand.held is None:
            raise Unusable(f"{errand.host} answers 304 to a question without conditions; expected 200")
        held = errand.held
        return replace(held, asked_at=fetch.asked_at, state="unchanged", why=""), None
    content = _all_pages(errand, client, headers, reply) if address.next_page else reply.content
    fetch = replace(fetch, state="answered", why="")
    if errand.is_plain:
        fetch = replace(fetch, etag=reply.etag, last_modified=reply.last_modified)
    return fetch, content


def _question(errand: Errand, url: str, headers: Mapping[str, str]) -> Question:
    live = errand.live
    return Question(url, errand.address.body, headers, live.max_bytes, live.sift, live.patience)


def _all_pages(errand: Errand, client: Client, headers: Mapping[str, str], first: Reply) -> bytes:
    """The pages as one JSON list, each as it came; a list that stops half-way is no list."""
    pages, size = [first.content or b""], len(first.content or b"")
    asked = {errand.address.url}
    while url := _next(errand, pages[-1]):
        if url in asked or len(pages) == MOST_PAGES or size > errand.live.max_bytes:
            raise Unusable(f"{errand.host}: over {len(pages)} pages or {size} bytes; expected the list to end")
        if urlsplit(url).netloc != errand.host:
            raise Unusable(f"{errand.host} names a next page at {urlsplit(url).netloc[:100]}; expected its own")
        asked.add(url)
        time.sleep(PACE_SECONDS)
        pages.append(client.ask(_question(errand, url, headers)).content or b"")
        size += len(pages[-1])
    return b"[" + b",\n".join(pages) + b"]"


def _next(errand: Errand, page: bytes) -> str | None:
    try:
        return errand.address.next_page(json.loads(page)) if errand.address.next_page else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Unusable(f"{errand.host}: a page is not the JSON that it was; expected a list in pages") from None


def _key(live: Live) -> dict[str, str] | None:
    """The header with the key; None where there should be one and is none."""
    if not live.key_variable:
        return {}
    key = os.environ.get(live.key_variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise Unusable(f"{live.key_variable} holds characters that are in no key; set it again")
    return {live.key_header: live.key_format.format(key=key)} if key else None


def _conditions(held: Fetch) -> dict[str, str]:
    marks = {"If-None-Match": held.etag, "If-Modified-Since": held.last_modified}
    return {name: mark for name, mark in marks.items() if mark}


def _robots(errand: Errand, client: Client) -> RobotFileParser:
    """What the host asks of robots; a host without the file asks nothing."""
    parts = urlsplit(errand.address.url)
    rules = RobotFileParser()
    try:
        reply = client.ask(Question(f"{parts.scheme}://{parts.netloc}/robots.txt", max_bytes=ROBOTS_BYTES))
        rules.parse((reply.content or b"").decode("utf-8", "replace").splitlines())
    except Unusable:
        rules.parse([])
    return rules
