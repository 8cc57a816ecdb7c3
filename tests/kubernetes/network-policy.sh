#!/usr/bin/env bash
# Enforces NetworkPolicies, which the bridge plugin does not: rules of nftables that follow policies, pods and namespaces.
# Runs inside the node.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
folder=/run/network-policy
# shellcheck source=tests/kubernetes/follow.sh
. "$here/follow.sh"

# Replaces the whole table in one transaction: there is no moment without rules.
enforce() {
  api /apis/networking.k8s.io/v1/networkpolicies -o "$folder/policies" /api/v1/pods -o "$folder/pods" \
    /api/v1/namespaces -o "$folder/namespaces" || return 1
  jq -nr --slurpfile policies "$folder/policies" --slurpfile pods "$folder/pods" --slurpfile namespaces "$folder/namespaces" \
    -f "$here/network-policy.jq" >"$folder/rules.new" || return 1
  cmp -s "$folder/rules.new" "$folder/rules" && return
  nft -f "$folder/rules.new" && mv "$folder/rules.new" "$folder/rules"
}

mkdir -p "$folder"
follow enforce /apis/networking.k8s.io/v1/networkpolicies /api/v1/pods /api/v1/namespaces
