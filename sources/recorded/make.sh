#!/bin/sh
# Makes the fact files beside this script again: our own parsers over payloads that others recorded, then an export.
# Usage: sh sources/recorded/make.sh FOLDER   (it has rental/, api/, specs/ and documents/, with a MANIFEST.tsv a source,
# and ../seeds with the first article). Takes some fifteen minutes; the result is the same bytes for the same
# payloads.
#
# A fact is taken in at every first refresh, so not every recorded version is worth its seconds. Of lists that repeat
# thousands of prices the newest of every three, six or twelve months are taken; of looks every half hour those that
# change something and the last of each day. The others, ingested at home, add sightings and steps in between.
set -eu
from=$1
here=$(cd "$(dirname "$0")" && pwd)
FLOPLEDGER_HOME=$(mktemp -d)
export FLOPLEDGER_HOME
trap 'rm -rf "$FLOPLEDGER_HOME"' EXIT

newest_of_each() {  # MONTHS FOLDER: of the files of a folder, named by their day, the last of every so many months
  find "$2" -type f ! -name MANIFEST.tsv | sort | awk -F / -v months="$1" '
    { folder = $0; sub("/[^/]*$", "", folder)
      newest[folder " " substr($NF, 1, 4) " " int((substr($NF, 6, 2) - 1) / months)] = $0 }
    END { for (one in newest) print newest[one] }' | sort
}

for source in karpenter-aws karpenter-azure cyclenerd-gcp adriannutiu tardellirs the-full-stack tugot17; do
  flopledger ingest --no-publish "$source" "$from/rental/$source"
done
# AWS and Google Cloud say the same of their regions above; here they add zones and spot prices, 3,000 rows a version,
# and the months in which nobody else looked.
zones="$from/rental/skypilot-catalog/catalogs__v5__"
others=$(find "$from"/rental/skypilot-catalog/catalogs__* -type f | grep -v -e v5__aws -e v5__gcp | sort)
# shellcheck disable=SC2046,SC2086 # lists of files without blanks
flopledger ingest --no-publish skypilot-catalog \
  $(newest_of_each 6 "${zones}aws__vms") $(newest_of_each 6 "${zones}gcp__vms") $others \
  "${zones}aws__vms"/2023-11-30* "${zones}aws__vms"/2024-03-31* \
  "${zones}gcp__vms"/2024-01-26* "${zones}gcp__vms"/2024-03-31* "${zones}gcp__vms"/2024-07-16*
for kind in jobs spaces; do  # of huggingface/hub-docs; the documentation of endpoints states no licence
  flopledger ingest --no-publish "huggingface-$kind" "$from/documents/huggingface-docs"
done
flopledger ingest --no-publish litellm "$from/api/litellm"
# shellcheck disable=SC2046
{
  flopledger ingest --no-publish tokencost $(newest_of_each 3 "$from/api/tokencost")
  flopledger ingest --no-publish genai-prices $(newest_of_each 3 "$from/api/genai-prices")
  flopledger ingest --no-publish romanshumy $(newest_of_each 1 "$from/api/romanshumy/models") \
    $(newest_of_each 1 "$from/api/romanshumy/price-history")
  flopledger ingest --no-publish models-dev "$from"/api/models.dev/providers/2025-06-27* \
    $(newest_of_each 12 "$from/api/models.dev")
}
flopledger ingest --no-publish epoch "$from/specs/epoch"
flopledger ingest --no-publish gmicloud-article "$from"/../seeds/000_*.txt
flopledger archive export --to "$here"
flopledger archive export --source tugot17 --without-repeats --to "$here"
