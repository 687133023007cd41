from decimal import Decimal
from fractions import Fraction

import pytest

from sources.names import accelerators, alias, aliases

CONTRACT_IDS = [
    "nvidia-h100-sxm-80gb",
    "nvidia-h100-pcie-80gb",
    "nvidia-h100-nvl-94gb",
    "nvidia-h200-sxm-141gb",
    "nvidia-b200-sxm-180gb",
    "nvidia-a100-sxm-80gb",
    "nvidia-a100-sxm-40gb",
    "nvidia-a100-pcie-80gb",
    "nvidia-a100-pcie-40gb",
    "nvidia-a10-24gb",
    "nvidia-a10g-24gb",
    "nvidia-l40s-48gb",
    "nvidia-l4-24gb",
    "nvidia-t4-16gb",
    "amd-mi300x-192gb",
    "google-tpu-v5e",
    "aws-trainium2",
    "nvidia-h100",
    "nvidia-a100",
    "nvidia-a100-80gb",
]


def test_the_ids_of_the_contract_are_in_the_registry() -> None:
    assert set(CONTRACT_IDS) <= accelerators().keys()


def test_every_accelerator_names_its_family_and_its_evidence() -> None:
    for one in accelerators().values():
        assert one.accelerator_id.startswith(one.family), one
        assert one.evidence.startswith("https://"), one
        assert one.vendor, one


def test_an_id_without_form_or_memory_says_so_and_a_name_with_one_form_does_not_need_to() -> None:
    unstated = {name for name, one in accelerators().items() if not one.form_stated}
    assert {"nvidia-h100", "nvidia-a100", "nvidia-a100-80gb", "nvidia-v100-16gb"} <= unstated
    assert not unstated & {"nvidia-l4-24gb", "nvidia-t4-16gb", "nvidia-a10g-24gb", "nvidia-h100-sxm-80gb"}
    assert accelerators()["nvidia-h100"].memory_gb == ""


def test_every_alias_leads_to_an_accelerator_or_says_why_not() -> None:
    for one in aliases().values():
        assert one.evidence.startswith("https://"), one
        if one.accelerator_id:
            assert one.accelerator_id in accelerators(), one
            assert one.exact_count, one
        else:
            assert one.note, one


@pytest.mark.parametrize(
    ("source", "spelling", "accelerator_id", "count"),
    [
        ("karpenter-aws", "g5.xlarge", "nvidia-a10g-24gb", "1"),
        ("karpenter-aws", "p4d.24xlarge", "nvidia-a100-sxm-40gb", "8"),
        ("karpenter-aws", "p4de.24xlarge", "nvidia-a100-sxm-80gb", "8"),
        ("karpenter-aws", "p2.16xlarge", "nvidia-k80-12gb", "16"),
        ("karpenter-aws", "g6f.large", "nvidia-l4-24gb", "0.125"),
        ("karpenter-azure", "Standard_NC40ads_H100_v5", "nvidia-h100-nvl-94gb", "1"),
        ("karpenter-azure", "Standard_ND96asr_v4", "nvidia-a100-sxm-40gb", "8"),
        ("karpenter-azure", "Standard_NC24ads_A100_v4", "nvidia-a100-pcie-80gb", "1"),
        ("karpenter-azure", "Standard_NV6ads_A10_v5", "nvidia-a10-24gb", "0.1667"),
        ("cyclenerd-gcp", "a2-ultragpu-8g", "nvidia-a100-sxm-80gb", "8"),
        ("cyclenerd-gcp", "g4-standard-6", "nvidia-rtx-pro-6000-server-96gb", "0.125"),
        ("cyclenerd-gcp", "ct5lp-hightpu-8t", "google-tpu-v5e", "8"),
        ("adriannutiu", "l4|24", "nvidia-l4-24gb", "1"),
        ("adriannutiu", "l40s|48", "nvidia-l40s-48gb", "1"),
    ],
)
def test_a_spelling_means_what_the_provider_documents(
    source: str, spelling: str, accelerator_id: str, count: str
) -> None:
    known = alias(source, spelling)
    assert known is not None
    assert (known.accelerator_id, known.accelerator_count) == (accelerator_id, Decimal(count))


def test_a_sixth_of_a_card_is_kept_exactly_beside_its_four_decimals() -> None:
    known = alias("karpenter-azure", "Standard_NV6ads_A10_v5")
    assert known is not None
    assert known.exact_count == Fraction(1, 6)


def test_a_machine_without_an_accelerator_is_told_from_one_that_nobody_could_settle() -> None:
    fpga, preview = alias("karpenter-aws", "f1.2xlarge"), alias("karpenter-azure", "Standard_ND40s_v2")
    assert fpga is not None
    assert preview is not None
    assert not fpga.is_accelerated
    assert preview.is_accelerated
    assert not preview.is_settled


@pytest.mark.parametrize(
    ("source", "spelling"),
    [
        ("karpenter-aws", "p5"),
        ("karpenter-aws", "P5.48xlarge"),
        ("cyclenerd-gcp", "p5.48xlarge"),
        ("adriannutiu", "h100"),
    ],
)
def test_a_spelling_is_looked_up_whole_and_for_its_own_source_alone(source: str, spelling: str) -> None:
    assert alias(source, spelling) is None
