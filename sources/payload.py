"""Bytes -> JSON, CSV, YAML or HTML, with an error of one line where they are something else."""

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

import yaml

from sources.source import Payload, PayloadError


def text(payload: Payload) -> str:
    """The payload as text; empty, binary or an HTML page where data was expected is an error."""
    if not payload.content.strip():
        raise PayloadError(f"{payload.name}: empty; expected data")
    try:
        return payload.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PayloadError(f"{payload.name}: byte {error.start} is not UTF-8; expected text") from None


def data_text(payload: Payload) -> str:
    """As ``text``, for payloads that must not be an HTML page."""
    found = text(payload)
    if found.lstrip()[:200].lower().startswith(("<!doctype html", "<html")):
        raise PayloadError(f"{payload.name}: an HTML page; expected data (was the address redirected?)")
    return found


def read_json(payload: Payload) -> Any:
    try:
        return json.loads(data_text(payload), parse_float=str, parse_int=str)
    except (json.JSONDecodeError, RecursionError) as error:
        raise PayloadError(f"{payload.name}: not JSON ({error}); truncated?") from None


def read_csv(payload: Payload, *, columns: Iterable[str]) -> list[dict[str, str]]:
    """Rows of a CSV that has at least ``columns``; values are text as printed."""
    reader = csv.DictReader(io.StringIO(data_text(payload)))
    try:
        header, rows = list(reader.fieldnames or []), list(reader)
    except csv.Error as error:  # a field beyond the reader's limit, as after a lost quotation mark
        raise PayloadError(f"{payload.name}: not CSV ({error})") from None
    missing = [name for name in columns if name not in header]
    if missing:
        raise PayloadError(f"{payload.name}: no column {', '.join(missing)}; found {', '.join(header)}")
    if not rows:
        raise PayloadError(f"{payload.name}: a header and no row; expected data")
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise PayloadError(f"{payload.name}: line {number} has not as many fields as the header; truncated?")
    return rows


class _PlainLoader(yaml.CSafeLoader):
    """Numbers stay as printed: a price must not pass through a float."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


_ALIAS = re.compile(r"(?:^|[\s\[{,:-])[&*][A-Za-z0-9_]", re.MULTILINE)
_NESTED = re.compile(r"^(?:\s*- ){50}|^ {400}", re.MULTILINE)
MAX_DEPTH = 100


def _is_plain(content: str) -> bool:
    """No aliases, which unfold without end, and no nesting that would overflow the reader's stack."""
    depths = accumulate(1 if mark in "[{" else -1 for mark in re.findall(r"[\[\]{}]", content))
    return not (_ALIAS.search(content) or _NESTED.search(content) or max(depths, default=0) > MAX_DEPTH)


def read_yaml(payload: Payload) -> Any:
    content = data_text(payload)
    if not _is_plain(content):
        raise PayloadError(f"{payload.name}: YAML with aliases or nested over {MAX_DEPTH} deep; expected plain data")
    try:
        return yaml.load(content, Loader=_PlainLoader)  # noqa: S506 (a safe loader)
    except (yaml.YAMLError, RecursionError) as error:
        raise PayloadError(f"{payload.name}: not YAML ({' '.join(str(error).split())})") from None


def utc(printed: str, *, payload: Payload) -> datetime:
    """An ISO 8601 time as UTC; a date alone is its midnight."""
    try:
        moment = datetime.fromisoformat(printed.strip())
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PayloadError(f"{payload.name}: time {printed!r}; expected ISO 8601") from None
