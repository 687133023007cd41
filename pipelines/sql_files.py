"""Statements are files: this reads them."""

from functools import cache
from importlib.resources import files


@cache
def sql(path: str) -> str:
    """The statements of ``sql/<path>.sql``."""
    return files("sql").joinpath(f"{path}.sql").read_text(encoding="utf-8")
