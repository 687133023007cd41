"""Regions of machines: the table that ships is what the recorded lists say."""

from pathlib import Path

import pytest

from sources.clouds.gcp_regions import Stay, read, stays


def write(folder: Path, name: str, *lines: str) -> None:
    (folder / name).write_text("\n".join(["NAME;ZONE", *lines]) + "\n")


def test_a_stay_lasts_from_the_first_to_the_last_list_that_has_it(tmp_path: Path) -> None:
    write(tmp_path, "2022-04-09_aaaaaaaa.csv", "nvidia-l4;here", "nvidia-tesla-t4;here")
    write(tmp_path, "2023-04-09_bbbbbbbb.csv", "nvidia-l4;here", "nvidia-l4;for-a-while")
    write(tmp_path, "2024-04-09_cccccccc.csv", "nvidia-l4;here", "nvidia-l4;new")
    assert read(tmp_path) == [
        Stay("g2-standard", "for-a-while", "2023-04-09", "2023-04-09", "bbbbbbbb"),
        Stay("g2-standard", "here", "", "", "aaaaaaaa"),  # in the first list and in the newest
        Stay("g2-standard", "new", "2024-04-09", "", "cccccccc"),
    ]


@pytest.mark.shared
def test_the_table_that_ships_is_what_the_recorded_lists_say(recorded: Path) -> None:
    assert stays() == read(recorded / "rental" / "cyclenerd-gcp" / "tools__acceleratortyperegion")
