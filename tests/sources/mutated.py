"""A JSON document with one of its parts replaced by something else: what a hostile or changed upstream may send."""

import copy
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hypothesis import strategies as st

from sources.source import PayloadError

Path = tuple[str | int, ...]
ODD = (
    "",
    " ",
    "N/A",
    "NaN",
    "1e999999",
    "-1",
    "0001-01-01T00:00:00+14:00",
    "9" * 50,
    "\x00",
    [],
    {},
    [[]],
    [{}],
    {"a": {}},
)
VALUES = st.one_of(st.sampled_from(ODD), st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))


def _paths(part: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, value in inside:
        yield from _paths(value, (*path, name))


def _replaced(document: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(document)
    part = changed
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    return changed


def mutated(document: Any) -> st.SearchStrategy[str]:
    """The document as JSON text, with any one of its values replaced."""
    paths = st.sampled_from(list(_paths(document)))
    return st.builds(lambda path, value: json.dumps(_replaced(document, path, value)), paths, VALUES)


def refusal(read: Callable[[], Iterable[object]]) -> str:
    """The line with which ``read`` refuses, '' where it reads; any other error is the test's."""
    try:
        list(read())
    except PayloadError as error:
        return str(error)
    return ""
