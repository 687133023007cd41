"""Every spelling of the recorded price lists stands in the alias table, and the table agrees with its own spellings."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from sources.clouds.offers import Quote
from sources.names import Alias, accelerators, alias, aliases
from sources.source import Source, all_sources
from tests.sources.recorded_payloads import payloads

PLACES = {
    "gcp-billing": "payloads/raw-payloads",
    "huggingface-endpoints": "documents/huggingface-docs",
    "huggingface-jobs": "documents/huggingface-docs",
    "huggingface-spaces": "documents/huggingface-docs",
    "oci-price-list": "payloads/raw-payloads",
    "runpod": "payloads/raw-payloads",
    "runpod-serverless": "documents/runpod-docs",
    "vast": "payloads/raw-payloads",
}
"""Where a source's payloads lie, if not among the rental prices."""
FILES = {
    "adriannutiu": ("*2026-07-08_3f079f09*", "*2026-07-23_*", "*2026-08-18_*"),
    "azure-pricing-radar": ("*eu-west/2026-08-03_*", "*swedencentral/2026-08-19_*"),
    "cyclenerd-gcp": ("*/2026-07-30_*",),
    "ec2instances": ("*/2017-06-18_*", "*/2017-11-12_*"),
    "gcp-billing": ("*",),
    "huggingface-endpoints": ("*/2024-03-29_*", "*/2024-06-24_*", "*/2024-11-21_*", "*/2025-09-18_*", "*/2026-06-23_*"),
    "huggingface-jobs": ("*/2026-08-20_*",),
    "huggingface-spaces": ("*/2023-02-28_*", "*/2024-03-29_*", "*/2024-09-11_*", "*/2026-03-20_*"),
    "karpenter-aws": ("main/2026-06-25_*",),
    "karpenter-azure": ("main/2024-04-23_2881*",),
    "oci-price-list": ("*",),
    "runpod": ("*",),
    "runpod-serverless": ("*/2025-08-25_d93e*", "*/2026-06-08_*"),
    "skypilot-catalog": ("*v3__azure/2022-10-11_*", "*azure__vms/2024-07-02_*", "*runpod__vms/2024-01-07_*",
                         "*fluidstack__vms/2024-02-15_*", "*fluidstack__vms/2024-11-03_*", "*lambda__vms/2023-01-17_*",
                         "*lambda__vms/2024-10-14_*", "*oci__vms/2024-07-02_*", "*cudo__vms/2024-01-16_*",
                         "*paperspace__vms/*", "*ovhcloud*", "*scaleway*", "*scp*", "*ibm*", "*do__vms*",
                         "*v1__gcp/*"),
    "tardellirs": ("*/2026-05-24_*",),
    "the-full-stack": ("*cloud-gpus__cloud-gpus/2022-08-04_*", "*cloud-gpus__cloud-gpus/2025-05-16_*",
                       "*serverless-gpus/2023-11-20_*", "*serverless-gpus/2024-08-23_*"),
    "vast": ("*vast__2026-07-20/*", "*vast__2026-07-21/*", "*vast__2026-07-22/*"),
}  # fmt: skip
"""Files that hold nearly all the spellings there are: of each source those that add most to the others, by one reading
of all of them; of the largest (Azure's and Google's lists) fewer than that. A list of one spelling a file is left."""
WITHOUT_MACHINE = ("cyclenerd-gcp", "")
"""A card that SkyPilot lists for any machine of Google's names no machine; its lines are refused for that."""
EXPLAINED = re.compile(r"GB|GiB|memory", re.IGNORECASE)
_MEMORY = re.compile(r"(?<!\d)(?<!\d\.)(\d+) ?GB\b|\|(\d+)(?=\||$)", re.IGNORECASE)
MEBIBYTES_FROM = 3000
"""From here on a memory is counted in MiB: no machine of eight cards has so many GB, and no card so few MiB."""


def met(recorded: Path, source: Source, monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """What the source's parser asks the alias table for, or would if the offer were not refused before."""
    asked: Counter[tuple[str, str]] = Counter()
    made = Quote.__init__

    def noted(self: Quote, *values: Any, **named: Any) -> None:
        made(self, *values, **named)
        asked[self.source, self.spelling] += 1

    with monkeypatch.context() as patched:
        patched.setattr(Quote, "__init__", noted)
        for pattern in FILES[source.name]:
            found = list(payloads(recorded, source, pattern, inside=PLACES.get(source.name, "")))
            assert found, f"{source.name}: no file {pattern}"
            for file in found:
                list(source.parse(file))
    return asked


def unsettled(asked: Counter[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(spelling for spelling in asked if alias(*spelling) is None and spelling != WITHOUT_MACHINE)


@pytest.mark.shared
@pytest.mark.parametrize("name", FILES)
def test_every_spelling_of_the_recorded_lists_is_mapped_or_ignored_or_known_to_be_unknown(
    recorded: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = met(recorded, all_sources()[name], monkeypatch)
    assert asked
    assert unsettled(asked) == []


def test_a_spelling_without_a_row_is_found() -> None:
    asked = Counter({("lambda", "gpu_1x_a10"): 1, ("lambda", "gpu_1x_rubin"): 2, WITHOUT_MACHINE: 1})
    assert unsettled(asked) == [("lambda", "gpu_1x_rubin")]


def stated_memories(spelling: str) -> Iterator[Fraction]:
    """In GB: what a spelling says in words ("80GB", "(24 GB)") or between bars ("a100|80", "RTX 4090|24564")."""
    for word, bar in _MEMORY.findall(spelling):
        number = Fraction(word or bar)
        yield number / 1024 if number >= MEBIBYTES_FROM else number


def contradicts(known: Alias) -> bool:
    """Whether a stated memory is neither one card's nor that of all of them; a share of a card states its share."""
    memory = accelerators()[known.accelerator_id].memory_gb
    if not memory or known.exact_count is None:
        return False
    one = Fraction(Decimal(memory))
    return any(
        all(abs(stated - right) > right * Fraction(7, 100) for right in (one, one * known.exact_count))
        for stated in stated_memories(known.spelling)
    )


def test_a_memory_in_a_spelling_is_the_accelerators_or_the_note_says_why_not() -> None:
    silent = [
        (one.source, one.spelling, one.accelerator_id)
        for one in aliases().values()
        if one.accelerator_id and contradicts(one) and not EXPLAINED.search(one.note)
    ]
    assert silent == [
        ("adriannutiu", "nebius/h100-nvl|94", "nvidia-h100-sxm-80gb"),  # the note: NVLink is not the NVL card
        ("provider-quotes", "nebius/H200 (1gpu-16vcpu-200gb)", "nvidia-h200-sxm-141gb"),  # the host's memory
    ]


@pytest.mark.parametrize(
    ("spelling", "memories"),
    [
        ("A100_80GB|PCIe", [80]),
        ("A100 (80 GB)", [80]),
        ("NVIDIA A100 PCIe|40|PCIe", [40]),
        ("RTX 4090|49140", [Fraction(49140, 1024)]),
        ("gpu-h100x8-640gb", [640]),
        ("8x NVIDIA H200|1128", [1128]),
        ("RTX PRO 6000 MIG 1g.24gb", [24]),
        ("a2-ultragpu-1g", []),
        ("gpu_8x_v100", []),
        ("AMD MI300X (8x)", []),
    ],
)
def test_a_memory_is_read_off_a_spelling(spelling: str, memories: list[Fraction]) -> None:
    assert list(stated_memories(spelling)) == memories


@pytest.mark.parametrize(
    ("accelerator_id", "count", "spelling", "is_wrong"),
    [
        ("nvidia-a100-sxm-80gb", "1", "a100|80", False),
        ("nvidia-a100-sxm-40gb", "1", "a100|80", True),
        ("nvidia-a100-sxm-40gb", "8", "8x A100|320", False),
        ("nvidia-h100", "1", "h100|80", False),
        ("nvidia-rtx-4090-24gb", "1", "RTX 4090|49140", True),
        ("nvidia-rtx-pro-6000-server-96gb", "1/4", "MIG 1g.24gb", False),
    ],
)
def test_a_memory_that_is_another_cards_is_found(
    accelerator_id: str, count: str, spelling: str, is_wrong: bool
) -> None:
    known = Alias("anyone", spelling, accelerator_id, None, "", "", Fraction(count))
    assert contradicts(known) is is_wrong


def test_every_source_in_the_table_is_one_and_no_spelling_stands_twice() -> None:
    text = files("sources").joinpath("accelerator_aliases.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert {row["source"] for row in rows} <= all_sources().keys()
    twice = [key for key, times in Counter((row["source"], row["spelling"]) for row in rows).items() if times > 1]
    assert twice == []


def test_no_row_of_the_table_says_that_there_is_an_accelerator_and_that_there_is_none() -> None:
    for one in aliases().values():
        assert bool(one.accelerator_id) == bool(one.exact_count), one
        assert one.accelerator_id or one.note, one
        assert one.exact_count is None or 0 <= one.exact_count <= 16, one


@pytest.mark.parametrize(("one", "other"), [("karpenter-azure", "azure-retail"), ("karpenter-aws", "aws-price-list")])
def test_two_lists_of_one_cloud_mean_the_same_by_its_machine_types(one: str, other: str) -> None:
    def meant(source: str) -> dict[str, tuple[str, Fraction | None]]:
        return {a.spelling: (a.accelerator_id, a.exact_count) for a in aliases().values() if a.source == source}

    assert meant(one) == meant(other)
