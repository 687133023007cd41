"""`flopledger refresh` against upstreams that answer: a mirror on loopback serves what was recorded of thirteen.

One is down, one only drips, one serves another page, one sends us to another host; a second refresh finds one that has
nothing new. The others are taken in all the same, and status says what became of each.
"""

import gzip
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sources.source import all_sources
from tests.upstreams import Asked, Served, served

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.shared

RECORDED = {
    "adriannutiu": ["rental/adriannutiu/data__latest"],
    "epoch": ["specs/epoch"],
    "genai-prices": ["api/genai-prices/prices__data"],
    "huggingface-endpoints": ["documents/huggingface-docs/docs__source__support__pricing"],
    "huggingface-jobs": ["documents/huggingface-docs/docs__hub__jobs-pricing"],
    "huggingface-spaces": ["documents/huggingface-docs/docs__hub__spaces-gpus"],
    "oci-price-list": ["payloads/raw-payloads/pkg__cloud__oracle__test__prices_usd"],
    "openrouter": ["payloads/raw-payloads/data__raw__2026-08-08__models"],
    "romanshumy": ["api/romanshumy/models", "api/romanshumy/price-history"],
    "runpod": ["payloads/raw-payloads/data__raw__runpod__2026-08-08"],
    "runpod-endpoints": ["documents/runpod-docs/public-endpoints__reference"],
    "simonw-llm-prices": [],  # a folder for each of its addresses
    "litellm": ["api/litellm/litellm__model_prices_and_context_window_backup"],
}
"""Source -> folders with what was recorded of its addresses, in their order; the newest file is served."""
DOWN, DRIPS, OTHER_PAGE, ELSEWHERE = "gmicloud-pricing", "azure-retail", "digitalocean-docs", "models-dev"
WAITS_FOR_KEY = "lambda"


def newest(folder: Path) -> bytes:
    file = sorted(folder.iterdir())[-1]
    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()


def addresses(source: str) -> list[str]:
    """As a mirror names them: /<host>/<path>, with the query."""
    live = all_sources()[source].live
    assert live is not None
    return [f"/{urlsplit(a.url).netloc}{a.url.split(urlsplit(a.url).netloc, 1)[1]}" for a in live.addresses]


def answers(recorded: Path) -> dict[str, Served]:
    told = {}
    for source, folders in RECORDED.items():
        asked = addresses(source)
        if source == "simonw-llm-prices":
            folders = [f"api/simonw-llm-prices/data__{Path(path).stem}" for path in asked]
        told |= {
            path: Served(newest(recorded / folder), headers={"ETag": f'"{source}"'})
            for path, folder in zip(asked, folders, strict=True)
        }
    told |= dict.fromkeys(addresses(DOWN), Served(status=503))
    told |= dict.fromkeys(addresses(DRIPS), Served(b'{"Items": [' + b" " * 10_000, drip=10))
    told |= dict.fromkeys(addresses(OTHER_PAGE), Served(b"<html><body>We have moved</body></html>"))
    away = Served(status=302, headers={"Location": "https://parked.example/models"})
    return told | dict.fromkeys(addresses(ELSEWHERE), away)


@dataclass
class Refreshed:
    home: Path
    first: subprocess.CompletedProcess[str]
    second: subprocess.CompletedProcess[str]
    asked_second: list[Asked]

    def row(self, source: str) -> dict[str, object]:
        [row] = [row for row in json.loads(self.first.stdout) if row["source"] == source]
        return dict(row)


def flopledger(home: Path, mirror: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("FLOPLEDGER_OFFLINE", "LAMBDA_API_KEY")}
    environment |= {"FLOPLEDGER_HOME": str(home), "FLOPLEDGER_MIRROR": mirror, "FLOPLEDGER_FETCH_SECONDS": "20"}
    command = [sys.executable, "-m", "pipelines.cli.main", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Refreshed:
    recorded = ROOT.parent / "shared" / "data"
    home, told = tmp_path_factory.mktemp("home"), answers(recorded)

    def answer(asked: Asked) -> Served:
        known = told.get(asked.path, Served(status=404))
        mark = known.headers.get("ETag")
        return Served(status=304) if mark and asked.headers.get("if-none-match") == mark else known

    names = [*RECORDED, DOWN, DRIPS, OTHER_PAGE, ELSEWHERE, WAITS_FOR_KEY]
    chosen = [part for name in names for part in ("--source", name)]
    with served(answer) as upstreams:
        first = flopledger(home, upstreams.address, "refresh", *chosen, "--format", "json")
        until_now = len(upstreams.asked)
        again = ["--source", "huggingface-jobs", "--source", "runpod"]
        second = flopledger(home, upstreams.address, "refresh", *again, "--format", "json")
        return Refreshed(home, first, second, upstreams.asked[until_now:])


def test_what_cannot_be_used_shows_in_the_exit_code_and_stops_nobody(refreshed: Refreshed) -> None:
    assert refreshed.first.returncode == 3, refreshed.first.stderr
    taken = {source: refreshed.row(source) for source in RECORDED}
    assert {source: row["state"] for source, row in taken.items() if row["state"] == "failed"} == {}
    assert all(row["rows"] for row in taken.values()), taken


def test_each_that_was_not_heard_says_why_in_one_line(refreshed: Refreshed) -> None:
    notes = refreshed.first.stderr.splitlines()
    assert f"{ELSEWHERE}: models.dev redirects to parked.example; expected an answer of its own" in notes
    assert any(line.startswith(f"{OTHER_PAGE}: digitalocean-docs.html: ") for line in notes)
    [unheard] = [line for line in notes if "were not heard" in line]
    assert unheard.startswith("2 sources were not heard and keep what they have: ")
    assert {DOWN, DRIPS} <= set(unheard.replace(",", "").replace(";", "").split())
    assert WAITS_FOR_KEY not in unheard  # nobody was asked, so nobody was silent: status says what it waits for


def test_status_explains_every_one_of_them(refreshed: Refreshed) -> None:
    status = flopledger(refreshed.home, "", "status", "--format", "json")
    notes = {row["source"]: row["note"] for row in json.loads(status.stdout)}
    assert notes[DOWN] == "www.gmicloud.ai answers 503"
    assert "prices.azure.com: " in notes[DRIPS]
    assert notes[WAITS_FOR_KEY] == "needs a key: set LAMBDA_API_KEY"
    assert notes["openrouter"] == ""
    assert notes["karpenter-aws"] == "waits for a network"


def test_what_has_not_changed_is_asked_for_in_a_word_and_still_holds(refreshed: Refreshed) -> None:
    [asked] = [asked for asked in refreshed.asked_second if "hub-docs" in asked.path]
    assert asked.headers["if-none-match"] == '"huggingface-jobs"'
    assert refreshed.second.returncode == 0, refreshed.second.stderr
    by_source = {row["source"]: row for row in json.loads(refreshed.second.stdout)}
    assert by_source["huggingface-jobs"]["new_versions"] == 0
    assert by_source["huggingface-jobs"]["state"] == "fresh"


def test_a_price_leads_to_the_address_it_was_read_from(refreshed: Refreshed) -> None:
    listed = flopledger(refreshed.home, "", "api-prices", "-p", "openrouter", "--format", "json")
    version = next(row["version_id"] for row in json.loads(listed.stdout) if row["source"] == "openrouter")
    told = flopledger(refreshed.home, "", "explain", version, "--format", "json")
    assert "https://openrouter.ai/api/v1/models" in told.stdout
