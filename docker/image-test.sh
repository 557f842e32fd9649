#!/usr/bin/env bash
# Build the images and try them with a real Docker engine (`make image-test`).
#
# The engine is the one that `docker info` finds. Where there is none, and this is root's, a script can start a private
# one: DOCKER_ENGINE_SCRIPT, called with `up` (prints exports), `base` (makes PYTHON_IMAGE) and `down`. Such an engine
# reaches no registry of images, so stand-ins made from Debian's packages take the places of haproxy and prometheus.
#
# WHEELS               a folder with the CPU build of torch, instead of its index
# IMAGE_TEST_LIMIT_S   the longest that all of it may take; then it ends with status 1
# --if-possible        exit status 0, and a word, where no engine can be had
#
# However it ends, no container, network or volume of the tests is left, nor a private engine; images stay in yours.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
LIMIT_S=${IMAGE_TEST_LIMIT_S:-1800}
MARKS=(label=dragoman.image-test label=com.docker.compose.project=dragoman-image-test)

say() { echo "image-test: $*" >&2; }

within_limit() {  # within_limit COMMAND...: it and its children end when the time is up
    local status=0
    timeout --kill-after=20 "$((SECONDS < LIMIT_S ? LIMIT_S - SECONDS : 1))" "$@" 9>&- || status=$?
    if [ "$SECONDS" -ge "$LIMIT_S" ]; then
        say "FAILED: not done within $LIMIT_S s; IMAGE_TEST_LIMIT_S gives a slow machine more. It was at: $*"
    fi
    return "$status"
}

impossible() {
    say "the images were NOT tested: $*"
    if [ "$mode" = --if-possible ]; then exit 0; else exit 1; fi
}

remove() {  # remove KIND LIST-OPTION...: what the tests have left of it, when they could not do so themselves
    local kind=$1 mark names
    shift
    for mark in "${MARKS[@]}"; do
        names=$(timeout 30 docker "$kind" ls --quiet --filter "$mark" "$@") || continue
        # shellcheck disable=SC2086  # one name a line
        [ -z "$names" ] || timeout 120 docker "$kind" rm --force $names >/dev/null || say "could not remove: $kind" $names
    done
}

tidy() {
    if [ "$engine" = private ]; then
        timeout 300 bash "$DOCKER_ENGINE_SCRIPT" down || say "the private engine could not be stopped"
    elif [ "$engine" = own ]; then
        remove container --all
        remove network
        remove volume
    fi
}

# Names are the same in each run, and so is a private engine: two runs on a machine take turns.
exec 9>"${TMPDIR:-/tmp}/dragoman-image-test.lock"
flock --timeout "$LIMIT_S" 9 || { say "FAILED: another run has not ended within $LIMIT_S s"; exit 1; }

mode=${1:-}
engine=
trap tidy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

beside=../shared/tools/docker/engine.sh
if [ -z "${DOCKER_ENGINE_SCRIPT:-}" ] && [ -f "$beside" ]; then DOCKER_ENGINE_SCRIPT=$beside; fi

if timeout 30 docker info >/dev/null 2>&1; then
    say "with the engine that is here"
    engine=own
elif [ -n "${DOCKER_ENGINE_SCRIPT:-}" ] && [ "$(id -u)" = 0 ]; then
    say "with a private engine"
    engine=private
    exports=$(within_limit bash "$DOCKER_ENGINE_SCRIPT" up) || impossible "the private engine does not start"
    eval "$exports"
    within_limit bash "$DOCKER_ENGINE_SCRIPT" base >/dev/null || impossible "the private engine's base image cannot be made"
    export IMAGE_TEST_STAND_INS=1
else
    impossible "there is no Docker engine here, nor a script that can start one"
fi

WHEELS=${WHEELS:-${PIP_FIND_LINKS:-$(.venv/bin/python -m pip config get global.find-links 2>/dev/null || true)}}
if compgen -G "$WHEELS/torch-*" >/dev/null; then export WHEELS; else unset WHEELS; fi
within_limit .venv/bin/python -m pytest -x -m image --capture=no --durations=0 tests/image
say "all done after $SECONDS s"
