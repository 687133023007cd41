"""One hash for many files of ours: where any of them was changed, what was made with them is made again."""

import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path


def fingerprint(parts: Mapping[str, Sequence[str]]) -> str:
    """sha256 of names and contents: package -> endings of the files that count, at any depth."""
    digest = hashlib.sha256()
    for package, endings in parts.items():
        folder = Path(str(files(package)))
        for path in sorted(path for ending in endings for path in folder.rglob(f"*{ending}")):
            content = path.read_bytes()
            digest.update(f"{package}/{path.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()
