"""A sample of an upstream's JSON or page with something in it replaced by anything, or gone: hostile answers."""

import json
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from sources.source import PayloadError

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["", " ", "-1", "1e999", "NaN", "N/A", "0", "$2.99", "2,99", "1" * 400, "\x00", "<html>"]),
    st.just("0001-01-01T00:00:00+14:00"),
)
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
_GONE = object()


def mutated(sample: Any) -> st.SearchStrategy[str]:
    """``sample`` as JSON after one to four changes, each of some value wherever it stands."""
    places = list(_places(sample, ()))
    change = st.tuples(st.sampled_from(places), st.one_of(_ANYTHING, st.just(_GONE)))
    return st.lists(change, min_size=1, max_size=4).map(lambda changes: json.dumps(_changed(sample, changes)))


def spliced(page: str) -> st.SearchStrategy[str]:
    """``page`` with some stretch of it gone, and any text in its place."""
    places = st.tuples(st.integers(0, len(page)), st.integers(0, 60), st.text(max_size=30))
    return places.map(lambda change: page[: change[0]] + change[2] + page[change[0] + change[1] :])


def _places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield from _places(one, (*path, name))


def _changed(sample: Any, changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
    whole = {"": deepcopy(sample)}
    for path, replacement in changes:
        parent: Any = whole
        *above, last = ("", *path)
        try:
            for name in above:
                parent = parent[name]
            if replacement is _GONE and last != "":
                del parent[last]
            elif replacement is not _GONE:
                parent[last] = replacement
        except (KeyError, IndexError, TypeError):  # an earlier change took the place away
            continue
    return whole[""]


def refusal(read: Callable[[], Iterable[object]]) -> str:
    """The line with which ``read`` refuses, '' where it reads; any other error is the test's."""
    try:
        list(read())
    except PayloadError as error:
        return str(error)
    return ""
