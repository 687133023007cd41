"""Epoch AI's table of machine-learning hardware (``ml_hardware.csv``), as dated snapshots.

The table has one row per piece of hardware and says nothing of what a figure stands for: board or GPU, tensor or vector
rate, with FP16 or FP32 accumulate. ``epoch_names.csv`` settles that per row, beside the accelerator that is meant:

- ``scope``: what the figures are for. ``figures``: exceptions, ``;`` between them: ``half=fp16`` (the FP16 column, else
  ``fp16_vector``, is the peak), ``tensor=fp16`` (no bf16), ``fp32=fp32_vector`` (another engine), ``memory=-`` (not
  kept), ``bandwidth=@gpu`` (another scope), ``interconnect_direction=both_ways``. ``estimates``: metrics that are none
  of the vendor's. Every name has a row; one without an accelerator says in ``note`` why it is left out.

A snapshot is one complete statement per accelerator, valid from the month of its release (``release_months``),
whatever release date Epoch prints at the time: a revision is then a correction, with the same valid time. An
accelerator whose row is gone (withdrawn; a renaming is one more row in ``epoch_names.csv``) gets a complete statement
without a row: Epoch no longer says anything of it. A snapshot without most of the known accelerators is refused, so
that a part of the table withdraws nothing.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from sources.datasheets.release_months import release_months
from sources.payload import read_csv
from sources.quantities import QuantityError, number
from sources.source import Address, Live, Payload, PayloadError, Refused, Row, Source, Statement


@dataclass(frozen=True)
class Figure:
    """A column of the table: how ``epoch_names.csv`` calls it, and what it is."""

    name: str
    metric: str
    unit: str
    unit_raw: str
    columns: tuple[str, ...]
    """The column's name now, and before."""
    precisions: tuple[str, ...] = ("",)


FIGURES = (
    Figure("memory", "memory_gb", "GB", "byte", ("Memory (bytes)", "Memory size per board (Byte)")),
    Figure("bandwidth", "memory_bandwidth_gb_s", "GB/s", "byte/s", ("Memory bandwidth (byte/s)",)),
    Figure("interconnect", "interconnect_gb_s", "GB/s", "byte/s", ("Intranode bandwidth (byte/s)",)),
    Figure("tdp", "tdp_w", "W", "W", ("TDP (W)",)),
    Figure("price", "launch_price_usd", "USD", "USD", ("Release price (USD)",)),
    *(
        Figure(name, "peak_tflop_s", "TFLOP/s", "FLOP/s", (f"{column} performance (FLOP/s)",), precisions)
        for name, column, precisions in (
            ("fp64", "FP64 (double precision)", ("fp64",)),
            ("fp32", "FP32 (single precision)", ("fp32",)),
            ("tf32", "TF32 (TensorFloat-32)", ("tf32",)),
            ("tensor", "Tensor-FP16/BF16", ("bf16", "fp16")),
            ("half", "FP16 (half precision)", ("fp16_vector",)),
            ("fp8", "FP8", ("fp8",)),
            ("fp4", "FP4", ("fp4",)),
        )
    ),
    Figure("int8", "peak_top_s", "TOP/s", "OP/s", ("INT8 performance (OP/s)",), ("int8",)),
    # In November 2025 the column was shared with FP4; where it repeats FP4, epoch_names.csv says int4=-.
    Figure(
        "int4", "peak_top_s", "TOP/s", "OP/s", ("INT4 performance (OP/s)", "INT4/FP4 performance (OP/s)"), ("int4",)
    ),
)
TEXTS = (("vendor", "Manufacturer"), ("release_on", "Release date"))


@dataclass(frozen=True)
class Name:
    """What Epoch means by one spelling."""

    accelerator_id: str
    scope: str
    figures: Mapping[str, str]
    estimates: frozenset[str]


@cache
def names() -> dict[str, Name]:
    text = files("sources.catalogs").joinpath("epoch_names.csv").read_text(encoding="utf-8")
    return {
        row["spelling"]: Name(
            row["accelerator_id"],
            row["scope"],
            dict(exception.strip().split("=") for exception in row["figures"].split(";") if exception.strip()),
            frozenset(row["estimates"].split()),
        )
        for row in csv.DictReader(text.splitlines())
    }


def parse(payload: Payload) -> Iterable[Statement]:
    """One complete statement per accelerator, and one that only lists the spellings nobody has settled."""
    lines = _lines(payload)
    known = [line for line in lines if line["Hardware name"] in names()]
    meant: dict[str, list[dict[str, str]]] = {name.accelerator_id: [] for name in names().values()}
    for line in known:
        meant[names()[line["Hardware name"]].accelerator_id].append(line)
    ignored = len(meant.pop("", []))
    found = sum(map(bool, meant.values()))
    if found < len(meant) / 2:
        raise PayloadError(
            f"{payload.name}: {found} of the {len(meant)} known accelerators; expected most of them "
            "(a part of the table would withdraw the rest)"
        )
    unknown = [_refused("unknown_accelerator", line) for line in lines if line["Hardware name"] not in names()]
    yield Statement("accelerator_spec", {}, [], unknown, complete=False, ignored=ignored)
    yield from (_statement(accelerator_id, said) for accelerator_id, said in meant.items())


def _lines(payload: Payload) -> list[dict[str, str]]:
    lines = read_csv(payload, columns=("Hardware name", "Manufacturer", "Release date"))
    if not payload.content.endswith(b"\n"):
        raise PayloadError(f"{payload.name}: the last line has no end; truncated?")
    for figure in FIGURES:
        if not set(figure.columns) & set(lines[0]):
            raise PayloadError(f"{payload.name}: no column {figure.columns[0]!r}; expected Epoch's ml_hardware.csv")
    return lines


def _refused(reason: str, line: dict[str, str], accelerator_id: str = "") -> Refused:
    key = {"accelerator_id": accelerator_id} if accelerator_id else {}
    return Refused(reason, line["Hardware name"], ",".join(line.values())[:400], key)


def _statement(accelerator_id: str, lines: list[dict[str, str]]) -> Statement:
    twice = len(lines) > 1  # neither row is believed
    facts = [] if twice else [fact for line in lines for fact in _facts(line)]
    refused = [_refused("duplicate_key", line, accelerator_id) for line in lines if twice]
    return Statement(
        "accelerator_spec",
        {"accelerator_id": accelerator_id},
        [fact for fact in facts if isinstance(fact, dict)],
        refused + [fact for fact in facts if isinstance(fact, Refused)],
        valid_at=release_months().get(accelerator_id),
    )


def _facts(line: dict[str, str]) -> Iterator[Row | Refused]:
    name = names()[line["Hardware name"]]
    for metric, column in TEXTS:
        if line[column].strip() and name.figures.get(metric.removesuffix("_on")) != "-":
            yield _text(name, metric, line[column].strip(), f"{line['Hardware name']}/{column}")
    for figure in FIGURES:
        column = next(column for column in figure.columns if column in line)
        if printed := line[column].strip():
            yield from _figure(name, figure, printed, f"{line['Hardware name']}/{column}")


def _text(name: Name, metric: str, printed: str, locator: str) -> Row | Refused:
    if metric == "release_on":
        try:
            date.fromisoformat(printed)
        except ValueError:
            return Refused("date", locator, printed, {"accelerator_id": name.accelerator_id, "metric": metric})
    return _row(name, locator, metric=metric, value_raw=printed)


def _figure(name: Name, figure: Figure, printed: str, locator: str) -> Iterator[Row | Refused]:
    exception = name.figures.get(figure.name, "")
    scope = exception.removeprefix("@") if exception.startswith("@") else name.scope
    precisions = figure.precisions if exception == "" or exception.startswith("@") else tuple(exception.split())
    if precisions == ("-",):
        return
    for precision in precisions:
        key = {"accelerator_id": name.accelerator_id, "metric": figure.metric, "precision": precision}
        try:
            value = number(printed, unit=figure.unit, printed_unit=figure.unit_raw, what=figure.metric)
        except QuantityError:
            yield Refused("unit", locator, printed, key)
            continue
        if value == 0:
            yield Refused("zero_value", locator, printed, key)
            continue
        yield _row(
            name,
            locator,
            metric=figure.metric,
            precision=precision,
            sparsity="dense" if precision else "",
            scope=scope,
            direction=name.figures.get("interconnect_direction", "") if figure.name == "interconnect" else "",
            value_raw=printed,
            unit_raw=figure.unit_raw,
            value=float(f"{value:.10g}"),  # the table has float noise: 65129999999999.9 for 65.13e12
            value_kind="estimate" if figure.metric in name.estimates else "curated",
        )


def _row(name: Name, locator: str, **given: object) -> Row:
    return {
        "accelerator_id": name.accelerator_id,
        "precision": "",
        "sparsity": "",
        "scope": name.scope,
        "direction": "",
        "unit_raw": None,
        "value": None,
        "value_kind": "curated",
        **given,
        "locator": locator,
    }


SOURCE = Source(
    name="epoch",
    title="Epoch AI, machine-learning hardware",
    homepage="https://epoch.ai/data/machine-learning-hardware",
    licence="CC-BY-4.0",
    redistributable=True,
    kind="hand_kept",
    tables=("accelerator_spec",),
    parse=parse,
    reads=("*ml_hardware*.csv",),
    upstream_paths=("data/ml_hardware.csv",),
    credit="Epoch AI",
    weaknesses="Mixes boards with GPUs and vector with tensor rates; launch prices and the TDP of TPUs are estimates.",
    freshness_limit_hours=744,
    live=Live((Address("https://epoch.ai/data/ml_hardware.csv", "ml_hardware.csv"),)),
)
