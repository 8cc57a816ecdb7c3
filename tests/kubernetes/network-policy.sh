#!/usr/bin/env bash
# Enforces NetworkPolicies, which the bridge plugin does not: rules of nftables that follow policies, pods and namespaces.
# Runs inside the node.
set -euo pipefail
# shellcheck source=tests/kubernetes/follow.sh
. "$(dirname "${BASH_SOURCE[0]}")/follow.sh"

# Replaces the whole table in one transaction: there is no moment without rules.
enforce() { nft -f - <<<"$1"; }

follow network-policy enforce /apis/networking.k8s.io/v1/networkpolicies /api/v1/pods /api/v1/namespaces
