"""One question to one upstream, over a real connection."""

import gzip
import json
import socket
from collections.abc import Iterator
from typing import IO

import ijson
import pytest

from pipelines.asking import Client, Question, Unreachable, Unusable
from pipelines.usage import WrongUsage
from tests.upstreams import Asked, Served, served


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("FLOPLEDGER_FETCH_SECONDS", "20")
    monkeypatch.delenv("FLOPLEDGER_MIRROR", raising=False)
    client = Client.from_environment()
    with client.http:
        yield client


def test_an_answer_comes_with_the_marks_to_ask_again_by(client: Client) -> None:
    marks = {"ETag": '"a1"', "Last-Modified": "Sat, 22 Aug 2026 07:15:42 GMT"}
    with served(lambda _: Served(b"[1]", headers=marks)) as upstream:
        reply = client.ask(Question(f"{upstream.address}/prices.json"))
    assert (reply.content, reply.etag, reply.last_modified) == (b"[1]", '"a1"', "Sat, 22 Aug 2026 07:15:42 GMT")
    assert upstream.asked[0].headers["user-agent"].startswith("flopledger/")


def test_nothing_new_is_an_answer_without_content(client: Client) -> None:
    def answer(asked: Asked) -> Served:
        return Served(status=304) if asked.headers.get("if-none-match") == '"a1"' else Served(b"new")

    with served(answer) as upstream:
        assert client.ask(Question(upstream.address, headers={"If-None-Match": '"a1"'})).content is None
        assert client.ask(Question(upstream.address, headers={"If-None-Match": '"a0"'})).content == b"new"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_who_cannot_answer_now_is_asked_again(client: Client, status: int) -> None:
    with served(lambda _: Served(b"ok") if len(upstream.asked) > 2 else Served(status=status)) as upstream:
        assert client.ask(Question(upstream.address)).content == b"ok"
    assert len(upstream.asked) == 3


def test_it_waits_as_long_as_the_upstream_asks(client: Client) -> None:
    later = Served(status=429, headers={"Retry-After": "1"})
    with served(lambda _: Served(b"ok") if len(upstream.asked) > 1 else later) as upstream:
        client.ask(Question(upstream.address))
    assert upstream.asked[1].at - upstream.asked[0].at >= 1


def test_who_asks_for_an_hour_is_left_for_the_next_refresh(client: Client) -> None:
    later = Served(status=429, headers={"Retry-After": "3600"})
    with served(lambda _: later) as upstream, pytest.raises(Unreachable, match=r"127\.0\.0\.1 answers 429"):
        client.ask(Question(upstream.address))
    assert len(upstream.asked) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 410, 204])
def test_what_will_not_get_better_is_not_asked_again(client: Client, status: int) -> None:
    with served(lambda _: Served(status=status)) as upstream, pytest.raises(Unusable, match=f"answers {status}"):
        client.ask(Question(upstream.address))
    assert len(upstream.asked) == 1


def test_a_redirect_within_the_host_is_followed(client: Client) -> None:
    def answer(asked: Asked) -> Served:
        return Served(b"here") if asked.path == "/new" else Served(status=301, headers={"Location": "/new"})

    with served(answer) as upstream:
        assert client.ask(Question(f"{upstream.address}/old")).content == b"here"


def test_a_redirect_to_another_host_is_not(client: Client) -> None:
    away = Served(status=302, headers={"Location": "http://localhost:1/landing"})
    with served(lambda _: away) as upstream, pytest.raises(Unusable, match="redirects to localhost"):
        client.ask(Question(upstream.address))


def test_a_redirect_in_a_circle_ends(client: Client) -> None:
    again = Served(status=302, headers={"Location": "/again"})
    with served(lambda _: again) as upstream, pytest.raises(Unusable, match="more than 5 redirects"):
        client.ask(Question(upstream.address))
    assert len(upstream.asked) == 5


def test_an_answer_over_the_limit_is_not_read_to_its_end(client: Client) -> None:
    with served(lambda _: Served(b"x" * 5_000_000)) as upstream, pytest.raises(Unusable, match="over 1000 bytes"):
        client.ask(Question(upstream.address, max_bytes=1000))


def test_what_unpacks_to_more_than_the_limit_is_not_unpacked(client: Client) -> None:
    bomb = Served(gzip.compress(b"0" * 50_000_000), headers={"Content-Encoding": "gzip"})
    with served(lambda _: bomb) as upstream, pytest.raises(Unusable, match="over 1000000 bytes"):
        client.ask(Question(upstream.address, max_bytes=1_000_000))


def test_an_answer_that_only_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOPLEDGER_FETCH_SECONDS", "4")
    slow = Client.from_environment()
    drips = Served(b"x" * 1000, drip=10)
    with slow.http, served(lambda _: drips) as upstream, pytest.raises(Unreachable, match="too slow"):
        slow.ask(Question(upstream.address))


def test_nobody_there_is_said_in_one_line(client: Client) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match=r"^127\.0\.0\.1: ") as why:
        client.ask(Question(f"http://127.0.0.1:{port}/"))
    assert "\n" not in str(why.value)


def test_a_broken_encoding_is_unusable(client: Client) -> None:
    broken = Served(b"no gzip", headers={"Content-Encoding": "gzip"})
    with served(lambda _: broken) as upstream, pytest.raises(Unusable, match="DecodingError"):
        client.ask(Question(upstream.address))


def test_of_an_answer_too_big_to_keep_the_sift_keeps_what_it_wants(client: Client) -> None:
    def sift(stream: IO[bytes]) -> bytes:
        return json.dumps([item for item in ijson.items(stream, "list.item") if item % 1000 == 0]).encode()

    content = json.dumps({"list": list(range(100_000))}).encode()
    with served(lambda _: Served(content)) as upstream:
        reply = client.ask(Question(upstream.address, sift=sift))
    assert reply.content is not None
    assert json.loads(reply.content) == list(range(0, 100_000, 1000))


def test_a_mirror_holds_every_host_in_a_folder_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(asked: Asked) -> Served:
        moved = Served(status=301, headers={"Location": "/prices.example/v2/list?page=1"})
        return moved if asked.path == "/prices.example/list" else Served(asked.path.encode())

    with served(answer) as upstream:
        monkeypatch.setenv("FLOPLEDGER_MIRROR", upstream.address)
        mirrored = Client.from_environment()
        with mirrored.http:
            reply = mirrored.ask(Question("https://prices.example/list"))
    assert reply.content == b"/prices.example/v2/list?page=1"


def test_a_key_is_not_sent_in_the_clear(client: Client) -> None:
    with pytest.raises(Unusable, match="not https"):
        client.ask(Question("http://prices.example/list", headers={"Authorization": "Bearer secret"}))


def test_no_error_repeats_the_key(client: Client) -> None:
    with served(lambda _: Served(status=403)) as upstream, pytest.raises(Unusable) as why:
        client.ask(Question(upstream.address, headers={"Authorization": "Bearer secret"}))
    assert "secret" not in str(why.value)
    assert "secret" not in repr(Question("https://a.example", headers={"Authorization": "Bearer secret"}))


@pytest.mark.parametrize("printed", ["soon", "0", "-1", "nan", "inf", "1e9"])
def test_a_time_that_is_none_is_named_and_not_used(monkeypatch: pytest.MonkeyPatch, printed: str) -> None:
    monkeypatch.setenv("FLOPLEDGER_FETCH_SECONDS", printed)
    with pytest.raises(WrongUsage, match=f"FLOPLEDGER_FETCH_SECONDS is '{printed}'; expected 120"):
        Client.from_environment()
