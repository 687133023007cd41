"""Names of models: spelling -> canonical id, exact per source. Data: ``models.csv``, ``model_aliases.csv``.

A spelling that a source uses is looked up as it stands, never by substring: "gpt-4" is no part of "gpt-4o", and a
dated snapshot is a model of its own where its maker had several of that name. A spelling that nobody has settled
keeps its own words: lower case, without the publisher's name in front (``deepseek-ai/DeepSeek-V3`` ->
``deepseek-v3``, publishers in ``model_publishers.csv``). Two spellings of one model may so stay apart; two models
never fall together.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Model:
    """What is asked for. ``family`` groups the sizes and versions of one name; ``vendor`` made it."""

    model_id: str
    family: str
    vendor: str
    modality: str
    evidence: str


def _table(name: str) -> list[dict[str, str]]:
    text = files("sources").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def models() -> dict[str, Model]:
    """Every known model by id."""
    return {row["model_id"]: Model(**row) for row in _table("models.csv")}


@cache
def model_aliases() -> dict[tuple[str, str], str]:
    """Canonical id by (source, spelling)."""
    return {(row["source"], row["spelling"]): row["model_id"] for row in _table("model_aliases.csv")}


@cache
def publishers() -> dict[str, str]:
    """Vendor by the name under which it publishes models, in lower case: ``zai-org`` -> Z.ai."""
    return {row["publisher"]: row["vendor"] for row in _table("model_publishers.csv")}


def model_id(source: str, spelling: str) -> str | None:
    """What ``source`` means by ``spelling``, or None if nobody has settled it."""
    return model_aliases().get((source, spelling))


def plain_name(spelling: str) -> str:
    """The id of a spelling that nobody has settled: its own words, without the publisher's name in front."""
    name = spelling.lower()
    publisher, _, rest = name.partition("/")
    return rest if publisher in publishers() and rest and "/" not in rest else name
