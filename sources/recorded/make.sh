#!/bin/sh
# Makes the fact files beside this script again: our own parsers over payloads that others recorded, then an export.
# Usage: sh sources/recorded/make.sh FOLDER   (the folder has rental/, api/ and specs/, with a MANIFEST.tsv per source,
# and ../seeds with the first article). Takes some ten minutes; the result is the same bytes for the same payloads.
set -eu
from=$1
here=$(cd "$(dirname "$0")" && pwd)
FLOPLEDGER_HOME=$(mktemp -d)
export FLOPLEDGER_HOME
trap 'rm -rf "$FLOPLEDGER_HOME"' EXIT
for source in karpenter-aws karpenter-azure cyclenerd-gcp adriannutiu tardellirs; do
  flopledger ingest --no-publish "$source" "$from/rental/$source"
done
flopledger ingest --no-publish litellm "$from/api/litellm"
flopledger ingest --no-publish epoch "$from/specs/epoch"
flopledger ingest --no-publish gmicloud-article "$from"/../seeds/000_*.txt
flopledger archive export --to "$here"
