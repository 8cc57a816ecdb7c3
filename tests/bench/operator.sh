#!/usr/bin/env bash
# The same as rfc-by-hand.sh, done by the operator. Expects it to run and KUBECONFIG to name its API.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tests/bench/common.sh
. "$here/common.sh"
cluster=bench
: "${KUBECONFIG:?must name the file of the operator to measure; ./cortex bench sets it}"

remove() { kubectl delete cortexcluster "$cluster" --ignore-not-found --wait --timeout 60s >/dev/null; }
trap remove EXIT
trap 'exit 130' INT TERM
remove

begin=$(microseconds)
kubectl apply -f "$here/cluster.yaml" >/dev/null
kubectl wait cortexcluster "$cluster" --for condition=Ready --timeout 120s >/dev/null
report create "$begin"
streaming=$(kubectl get cortexcluster "$cluster" -o jsonpath='{.status.conditions[?(@.type=="Replicating")].status}')
[ "$streaming" = True ] || die "Ready was true while Replicating was '$streaming': not the same moment as by hand"
