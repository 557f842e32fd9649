#!/usr/bin/env bash
# Lint what is deployed: Dockerfile, compose file, alert rules, Kubernetes manifests, workflows (`make check-deploy`).
#
# hadolint, kubernetes-validate and check-jsonschema come with the environment of the tests. Of the rest it says what it
# could not check; with CHECK_ALL=1, as in continuous integration, that is a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
BIN=.venv/bin
KUBERNETES=docker/kubernetes
missing=

can_check() {  # can_check WHAT PROGRAM [ARGUMENT...]: whether the program runs
    local what=$1
    shift
    if "$@" >/dev/null 2>&1; then return 0; fi
    echo "not checked: $what (it needs: $*)" >&2
    missing="$missing $1"
    return 1
}

"$BIN/hadolint" docker/Dockerfile tests/image/stand-ins/Dockerfile

"$BIN/check-jsonschema" --builtin-schema vendor.compose-spec docker/compose.yaml tests/image/small.yaml
if can_check "how docker/compose.yaml is put together" docker compose version; then
    docker compose --file docker/compose.yaml --profile '*' config --quiet
fi

if can_check docker/prometheus promtool --version; then
    promtool check rules docker/prometheus/alerts.yml
    promtool test rules docker/prometheus/alerts_test.yml
    promtool check config docker/prometheus/prometheus.yml --syntax-only
fi

"$BIN/kubernetes-validate" --strict --quiet "$KUBERNETES"/base/[!k]*.yaml
if can_check "$KUBERNETES/overlays" kubectl version --client; then
    for overlay in cpu gpu; do
        kubectl kustomize "$KUBERNETES/overlays/$overlay" | "$BIN/kubernetes-validate" --strict --quiet /dev/stdin
    done
fi

"$BIN/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
if command -v actionlint >/dev/null; then actionlint; fi

if [ -n "$missing" ] && [ "${CHECK_ALL:-}" = 1 ]; then
    echo "not everything could be checked; install:$missing" >&2
    exit 1
fi
echo "the deployment files are clean"
