#!/usr/bin/env bash
# Write the lock files of the images from pyproject.toml: exact versions, each with its hashes (`make lock`).
#
#   torch-cpu.txt, torch-cuda.txt   torch and what it needs, for either kind of machine
#   service.txt, training.txt       everything else that the two images need
#   build.txt                       what makes the project's wheel
#
# WHEELS       a folder with the CPU build of torch; without one it comes from TORCH_INDEX_URL
# UPGRADE=1    take the newest versions that pyproject.toml allows; else what is locked stays
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

UV=${UV:-.venv/bin/uv}
LOCKS=docker/requirements
TORCH_INDEX_URL=${TORCH_INDEX_URL:-https://download.pytorch.org/whl/cpu}
build=$(sed -nE 's/^requires = \["(.*)"\]$/\1/p' pyproject.toml)
torch=$(sed -nE 's/^ *"(torch==[^"]*)",$/\1/p' pyproject.toml)

if [ -n "${WHEELS:-}" ]; then cpu=(--find-links "$WHEELS"); else cpu=(--index "$TORCH_INDEX_URL"); fi

compile() {  # compile OUTPUT ARGUMENT...: what is read comes from the arguments or from standard input
    local output=$LOCKS/$1; shift
    env -u UV_FIND_LINKS "$UV" pip compile --quiet --no-config --generate-hashes --no-annotate \
        --python-version 3.11 --python-platform x86_64-manylinux_2_28 --custom-compile-command "make lock" \
        ${UPGRADE:+--upgrade} --output-file "$output" "$@" >/dev/null
}

compile service.txt "${cpu[@]}" --no-emit-package torch pyproject.toml
compile training.txt "${cpu[@]}" --no-emit-package torch --constraints "$LOCKS/service.txt" --extra training pyproject.toml
compile torch-cpu.txt "${cpu[@]}" --constraints "$LOCKS/service.txt" - <<<"$torch"
compile torch-cuda.txt --constraints "$LOCKS/service.txt" - <<<"$torch"
compile build.txt - <<<"$build"
