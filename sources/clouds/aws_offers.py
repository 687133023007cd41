"""AWS's bulk price list sifted while it streams: of hundreds of megabytes, what prices rented accelerators.

The list of a region is one JSON object: ``products`` by sku, then ``terms`` by kind and sku. Of several products of an
instance type only one is the machine as it is rented: Linux without bundled software, on shared hardware, used (and
not merely reserved), sold on demand. Capacity Blocks stand there too, at 0.00. What is kept is kept as it came, with
the hash and length of the whole answer, and how much of it was left.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any

from sources.clouds.karpenter_aws import ACCELERATED
from sources.source import PayloadError

CHUNK_BYTES = 1 << 20
HEAD_BYTES = 1 << 16
ACCELERATED_FAMILIES = ("GPU instance", "Machine Learning ASIC Instances")
RENTED = {"operatingSystem": "Linux", "preInstalledSw": "NA", "tenancy": "Shared", "capacitystatus": "Used"}
KINDS = ("OnDemand", "Reserved")
HEAD = ("formatVersion", "offerCode", "version", "publicationDate")
IN_REGION = "AWS Region"
"""And not in a Local or Wavelength Zone."""


def is_rented_accelerator(product: Any) -> bool:
    """Whether a product is a machine with an accelerator, as it is rented on demand in a region."""
    attributes = product.get("attributes") if isinstance(product, Mapping) else None
    if not isinstance(attributes, Mapping):
        return False
    is_accelerated = (
        "gpu" in attributes
        or attributes.get("instanceFamily") in ACCELERATED_FAMILIES
        or ACCELERATED.match(str(attributes.get("instanceType", ""))) is not None
    )
    is_rented = all(attributes.get(name) == value for name, value in RENTED.items())
    is_on_demand = attributes.get("marketoption", "OnDemand") == "OnDemand"
    return is_accelerated and is_rented and is_on_demand and attributes.get("locationType", IN_REGION) == IN_REGION


def sift(stream: IO[bytes]) -> bytes:
    """The part of a region's price list that is kept as the payload. Needs ijson, which nothing else here does."""
    import ijson

    hashed, length, kept = hashlib.sha256(), 0, _Kept()
    head: dict[str, Any] = {}
    names = ("products", *(f"terms.{kind}" for kind in KINDS))
    read = {name: ijson.sendable_list() for name in names}
    parsers = [ijson.kvitems_coro(read[name], name) for name in names]
    try:
        while chunk := stream.read(CHUNK_BYTES):
            head = head or _head(ijson, chunk[:HEAD_BYTES])
            hashed.update(chunk)
            length += len(chunk)
            for parser in parsers:
                parser.send(chunk)
            kept.take(read)
        for parser in parsers:
            parser.close()
    except ijson.JSONError as error:
        raise PayloadError(f"AWS price list: not JSON within {length} bytes ({_one_line(error)}); truncated?") from None
    kept.check()
    whole = {"sha256": hashed.hexdigest(), "bytes": length}
    return json.dumps({**head, "whole": whole, **kept.content()}, indent=0, default=str).encode()


def _head(ijson: Any, beginning: bytes) -> dict[str, str]:
    """The scalars that stand before the products."""
    events = ijson.sendable_list()
    ijson.parse_coro(events).send(beginning)
    found = {name: str(value) for name, event, value in events if name in HEAD and event == "string"}
    if set(found) != set(HEAD):
        raise PayloadError(f"AWS price list: begins with {', '.join(found) or 'no text'}; expected {', '.join(HEAD)}")
    return found


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]


class _Kept:
    """What has been kept of the stream so far."""

    def __init__(self) -> None:
        self.products: dict[str, Any] = {}
        self.terms: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        self.left = Counter[str]()

    def take(self, read: Mapping[str, list[tuple[str, Any]]]) -> None:
        """Empties what the parsers found, products first: the terms of a list follow all of its products."""
        for sku, product in read["products"]:
            if is_rented_accelerator(product):
                self.products[sku] = product
            else:
                self.left[_region(product)] += 1
        for kind in KINDS:
            self.terms[kind].update((sku, terms) for sku, terms in read[f"terms.{kind}"] if sku in self.products)
        for found in read.values():
            found.clear()

    def check(self) -> None:
        if not self.products and not self.left:
            raise PayloadError("AWS price list: no products; expected 'products' by sku")
        if self.products and not self.terms["OnDemand"]:
            raise PayloadError("AWS price list: accelerators without a term on demand; did the terms come first?")

    def content(self) -> dict[str, Any]:
        return {"left_by_region": dict(self.left), "products": self.products, "terms": self.terms}


def _region(product: Any) -> str:
    """The region of a product, '' where it is in none (a Local Zone, data transfer)."""
    attributes = product.get("attributes") if isinstance(product, Mapping) else None
    if not isinstance(attributes, Mapping) or attributes.get("locationType") != IN_REGION:
        return ""
    return str(attributes.get("regionCode", ""))
