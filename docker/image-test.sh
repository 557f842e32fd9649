#!/usr/bin/env bash
# Build the images and try them with a real Docker engine (`make image-test`).
#
# The engine is the one that `docker info` finds. Where there is none, and this is root's, a script can start a private
# one: DOCKER_ENGINE_SCRIPT, called with `up` (prints exports), `base` (makes PYTHON_IMAGE) and `down`. Such an engine
# reaches no registry of images, so stand-ins made from Debian's packages take the places of haproxy and prometheus.
#
# WHEELS           a folder with the CPU build of torch, instead of its index
# --if-possible    exit status 0, and a word, where no engine can be had
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

beside=../shared/tools/docker/engine.sh
if [ -z "${DOCKER_ENGINE_SCRIPT:-}" ] && [ -f "$beside" ]; then DOCKER_ENGINE_SCRIPT=$beside; fi

if docker info >/dev/null 2>&1; then
    echo "image-test: with the engine that is here"
elif [ -n "${DOCKER_ENGINE_SCRIPT:-}" ] && [ "$(id -u)" = 0 ]; then
    echo "image-test: with a private engine"
    trap 'bash "$DOCKER_ENGINE_SCRIPT" down' EXIT
    exports=$(bash "$DOCKER_ENGINE_SCRIPT" up)
    eval "$exports"
    bash "$DOCKER_ENGINE_SCRIPT" base >/dev/null
    export IMAGE_TEST_STAND_INS=1
else
    echo "image-test: the images were NOT tested: there is no Docker engine here, nor a script that can start one" >&2
    [ "${1:-}" = --if-possible ] && exit 0
    exit 1
fi

WHEELS=${WHEELS:-${PIP_FIND_LINKS:-$(.venv/bin/python -m pip config get global.find-links 2>/dev/null || true)}}
if compgen -G "$WHEELS/torch-*" >/dev/null; then export WHEELS; else unset WHEELS; fi
.venv/bin/python -m pytest -m image --capture=no tests/image
