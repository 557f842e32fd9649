#!/usr/bin/env bash
# Lint what is deployed: Dockerfile, compose file, alert rules, Kubernetes manifests (`make check-deploy`).
# hadolint and kubernetes-validate come with the environment of the tests; for the rest it says what it could not check.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
BIN=.venv/bin
KUBERNETES=docker/kubernetes

unchecked() { echo "not checked: $1 ($2 is not installed)" >&2; }

"$BIN/hadolint" docker/Dockerfile tests/image/stand-ins/Dockerfile

if docker compose version >/dev/null 2>&1; then
    docker compose --file docker/compose.yaml --profile '*' config --quiet
else
    unchecked docker/compose.yaml "docker compose"
fi

if command -v promtool >/dev/null; then
    promtool check rules docker/prometheus/alerts.yml
    promtool test rules docker/prometheus/alerts_test.yml
    promtool check config docker/prometheus/prometheus.yml --syntax-only
else
    unchecked docker/prometheus promtool
fi

"$BIN/kubernetes-validate" --strict --quiet "$KUBERNETES"/base/[!k]*.yaml
if command -v kubectl >/dev/null; then
    for overlay in cpu gpu; do
        kubectl kustomize "$KUBERNETES/overlays/$overlay" | "$BIN/kubernetes-validate" --strict --quiet /dev/stdin
    done
else
    unchecked "$KUBERNETES/overlays" kubectl
fi
echo "the deployment files are clean"
