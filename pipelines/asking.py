"""One question to one upstream: bounded in time, size and patience, and answered in one line where it goes wrong.

Retried: what passes (429, 5xx, a connection that breaks), after the time that the upstream asks for. Not followed: a
redirect to another host, which is how a price list turns into somebody's landing page. ``FLOPLEDGER_MIRROR`` names a
server that holds copies under ``/<host>/<path>``, for machines that may speak to nobody else.
"""

import email.utils
import io
import math
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import IO, Any
from urllib.parse import urlsplit

import httpx
import stamina

from pipelines.usage import WrongUsage

ATTEMPTS = 3
MOST_REDIRECTS = 5
LONGEST_ANSWER_SECONDS = 3600.0
LONGEST_WAIT_SECONDS = 30.0
"""Of a Retry-After; who asks for more is asked again by the next refresh."""
LONGEST_MARK = 1_000
"""Characters of an ETag that are worth keeping."""
CONDITIONS = {"If-None-Match", "If-Modified-Since"}
"""Headers of ours that are no key."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Unreachable(Exception):
    """Nobody answered, or only to say that they cannot now. One line."""


class Silent(Unreachable):
    """The whole host does not speak: its other addresses need not be asked."""


class Unusable(Exception):
    """Somebody answered, and it is not what was asked for. One line."""


@dataclass(frozen=True)
class Question:
    """What to send. ``headers`` may hold a key, so they stand in no log."""

    url: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_bytes: int = 64 << 20
    sift: Callable[[IO[bytes]], bytes] | None = None
    patience: int = 1


@dataclass(frozen=True)
class Reply:
    """``content`` is None where the upstream says that nothing changed."""

    content: bytes | None
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Client:
    """A connection pool with our manners; use it from several threads."""

    http: httpx.Client
    answer_seconds: float
    """For one answer from the first byte to the last."""
    mirror: str = ""

    @classmethod
    def from_environment(cls) -> "Client":
        """``FLOPLEDGER_FETCH_SECONDS`` (120) bounds an answer, ``FLOPLEDGER_MIRROR`` names a mirror."""
        seconds = _seconds(os.environ.get("FLOPLEDGER_FETCH_SECONDS") or "120")
        stamina.instrumentation.set_on_retry_hooks([])  # it would tell of retries on stdout, where our answers stand
        http = httpx.Client(
            headers={"User-Agent": f"flopledger/{version('flopledger')} (price and spec tracker)"},
            timeout=httpx.Timeout(min(seconds, 30), connect=min(seconds, 5)),
            follow_redirects=False,
        )
        return cls(http, seconds, os.environ.get("FLOPLEDGER_MIRROR", "").rstrip("/"))

    def ask(self, question: Question) -> Reply:
        """The answer, asked for again while there is hope. Raises ``Unreachable`` or ``Unusable``."""
        try:
            for attempt in stamina.retry_context(
                on=_pause,
                attempts=ATTEMPTS,
                timeout=self.answer_seconds * question.patience,
                wait_initial=0.5,
                wait_max=5,
            ):
                with attempt:
                    return self._ask_once(question)
        except httpx.HTTPStatusError as error:
            raise Unreachable(f"{_host(question.url)} answers {error.response.status_code}") from None
        except httpx.ReadTimeout as error:
            raise Unreachable(f"{_host(question.url)}: no answer in time ({type(error).__name__})") from None
        except httpx.TransportError as error:
            raise Silent(f"{_host(question.url)}: {' '.join(str(error).split()) or type(error).__name__}") from None
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise Unusable(f"{_host(question.url)}: {type(error).__name__}; expected a plain answer") from None
        raise AssertionError("unreachable: the loop returns or raises")

    def _ask_once(self, question: Question) -> Reply:
        url = question.url
        for _ in range(MOST_REDIRECTS):
            with self.http.stream(
                "POST" if question.body else "GET",
                self._address(url, question.headers),
                content=question.body or None,
                headers={**question.headers, **({"Content-Type": "application/json"} if question.body else {})},
            ) as response:
                if not response.has_redirect_location:
                    return self._read(question, response)
                url = self._followed(question.url, url, response.headers["location"])
        raise Unusable(f"{_host(question.url)}: more than {MOST_REDIRECTS} redirects; expected an answer")

    def _followed(self, asked: str, url: str, location: str) -> str:
        target = str(httpx.URL(self._address(url, {})).join(location))
        if self.mirror and target.startswith(f"{self.mirror}/"):
            target = f"{urlsplit(asked).scheme}://{target.removeprefix(f'{self.mirror}/')}"
        if _host(target) != _host(asked) or urlsplit(target).scheme not in ("https", urlsplit(asked).scheme):
            raise Unusable(f"{_host(asked)} redirects to {_host(target)[:100]}; expected an answer of its own")
        return target

    def _address(self, url: str, headers: Mapping[str, str]) -> str:
        parts = urlsplit(url)
        address = f"{self.mirror}/{parts.netloc}{url.split(parts.netloc, 1)[1]}" if self.mirror else url
        to = urlsplit(address)
        if to.scheme != "https" and to.hostname not in _LOOPBACK and headers.keys() - CONDITIONS:
            raise Unusable(f"{to.hostname}: not https; a key is sent to nobody in the clear")
        return address

    def _read(self, question: Question, response: httpx.Response) -> Reply:
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return Reply(None)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            response.raise_for_status()
        if response.status_code != httpx.codes.OK:
            raise Unusable(f"{_host(question.url)} answers {response.status_code}; expected 200")
        bounded = _bounded(response.iter_bytes(), question, time.monotonic() + self.answer_seconds * question.patience)
        content = question.sift(io.BufferedReader(_Stream(bounded))) if question.sift else b"".join(bounded)
        marks = [response.headers.get(name, "") for name in ("etag", "last-modified")]
        return Reply(content, *(mark if len(mark) <= LONGEST_MARK else "" for mark in marks))


def _bounded(blocks: Iterator[bytes], question: Question, deadline: float) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        size += len(block)
        if size > question.max_bytes:
            raise Unusable(f"{_host(question.url)}: over {question.max_bytes} bytes; not read further")
        if time.monotonic() > deadline:
            raise Unreachable(f"{_host(question.url)}: too slow; {size} bytes had come when time was up")
        yield block


class _Stream(io.RawIOBase):
    """Blocks as a file that is read once."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest = blocks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = block
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def _pause(error: Exception) -> bool | float:
    """Whether to ask again, and after how many seconds where the upstream says so. Unknown hosts stay unknown."""
    if isinstance(error, httpx.ConnectError):
        return not _is_unresolved(error)
    if isinstance(error, httpx.TransportError):
        return True
    if not isinstance(error, httpx.HTTPStatusError):
        return False
    asked_for = _retry_after(error.response.headers.get("retry-after", ""))
    if asked_for is None:
        return True
    return asked_for if asked_for <= LONGEST_WAIT_SECONDS else False


def _is_unresolved(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, socket.gaierror) or "Errno -" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _retry_after(printed: str) -> float | None:
    """Seconds; the header has them, or a date."""
    if printed.isdecimal():
        return float(printed)
    try:
        moment = email.utils.parsedate_to_datetime(printed)
    except ValueError:
        return None
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())


def _seconds(printed: str) -> float:
    try:
        seconds = float(printed)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= LONGEST_ANSWER_SECONDS:
        raise WrongUsage(
            f"FLOPLEDGER_FETCH_SECONDS is {printed[:40]!r}; expected 120, or another up to {LONGEST_ANSWER_SECONDS:g}"
        )
    return seconds


def _host(url: str) -> str:
    return urlsplit(url).hostname or "?"
