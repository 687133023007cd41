"""Prices of model APIs from January 2024 to August 2025, as tokencost kept them: litellm's map with entries of its own.

The file has litellm's form and is read as litellm's (``litellm.read_map``); most of it was taken over from there by a
daily script. What is its own: entries are never taken out, so that models stand in it long after their end
(``claude-instant-1`` in August 2025), and the two oldest versions do not say who serves (every entry of theirs is
refused). It has not changed since August 2025: asked today it would put today's date on those prices, so nobody asks.
"""

from collections.abc import Iterable

from sources.apis.litellm import read_map
from sources.source import Payload, Source, Statement


def parse(payload: Payload) -> Iterable[Statement]:
    return read_map(payload, known_by="mode")


SOURCE = Source(
    name="tokencost",
    title="tokencost's map of model prices",
    homepage="https://github.com/AgentOps-AI/tokencost",
    licence="MIT",
    redistributable=True,
    kind="aggregator",
    tables=("api_price",),
    parse=parse,
    reads=("tokencost__model_prices/*.json", "tokencost/model_prices.json", "model_prices.json"),
    upstream_paths=("tokencost/model_prices.json",),
    credit="AgentOps",
    weaknesses=(
        "A copy of litellm's map, no witness beside it: where both agree, one of them said it. Withdrawn models stay "
        "listed at their last price. Ends in August 2025."
    ),
)
