#!/usr/bin/env bash
# For machines that can pull images: a Kubernetes cluster made by kind, on Podman, with the named images.
#   tests/kubernetes/kind.sh [IMAGE …]; the last line of the output is to be run in the shell. tests/kubernetes/kind.sh down removes it.
# kind and the image of its node come from outside of Debian 12, so the project's own machines, which pull nothing,
# cannot run this; they use cluster.sh.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd -P)
name=cortex kubeconfig=$root/.build/kind/kubeconfig archive=''
export KIND_EXPERIMENTAL_PROVIDER=podman

command -v kind >/dev/null || { echo 'kind.sh: kind is not on PATH (Debian has it as a package from release 13 on)' >&2; exit 1; }
if [ "${1:-}" = down ]; then
  kind delete cluster --name "$name"
  rm -rf "${kubeconfig%/*}"
  exit
fi

mkdir -p "${kubeconfig%/*}"
if ! kind get clusters | grep -qx "$name"; then kind create cluster --name "$name" --wait 120s >&2; fi
(umask 077; kind get kubeconfig --name "$name" >"$kubeconfig")
trap '[ -z "$archive" ] || rm -f "$archive"' EXIT
archive=$(mktemp "${TMPDIR:-/tmp}/cortex-kind.XXXXXX.tar")
for image; do
  rm -f "$archive"                                  # podman refuses to write over an archive
  podman save --output "$archive" "$image" >&2
  kind load image-archive "$archive" --name "$name" >&2
done
echo "export KUBECONFIG=$kubeconfig"
