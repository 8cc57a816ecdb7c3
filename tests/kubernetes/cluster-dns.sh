#!/usr/bin/env bash
# The cluster's DNS: dnsmasq, with a hosts file that follows the Services. Runs inside the node.
set -euo pipefail
address=$1 domain=$2 folder=/run/cluster-dns
# shellcheck source=tests/kubernetes/follow.sh
. "$(dirname "${BASH_SOURCE[0]}")/follow.sh"

# shellcheck disable=SC2317
# A pod asks for NAME, NAME.NAMESPACE or NAME.NAMESPACE.svc; its search domains complete them.
write_hosts() {
  api /api/v1/services | jq -r --arg domain "$domain" '.items[]
    | select(.spec.clusterIP // "None" | . != "None" and . != "")
    | "\(.spec.clusterIP) \(.metadata.name).\(.metadata.namespace).svc.\($domain)"' >"$folder/hosts.new" || return 1
  cmp -s "$folder/hosts.new" "$folder/hosts" && return
  mv "$folder/hosts.new" "$folder/hosts"
  kill -HUP "$server"
}

mkdir -p "$folder"
touch "$folder/hosts"
# Only the cluster's names: an unknown name does not exist (NXDOMAIN), and no other server is asked.
dnsmasq --conf-file=/dev/null --keep-in-foreground --user=root --pid-file= --listen-address="$address" --bind-interfaces \
  --no-resolv --no-hosts --addn-hosts="$folder/hosts" --local="/$domain/" --address=/#/ --log-facility=- &
server=$!
follow write_hosts /api/v1/services &
# Both processes are needed: if either ends, so does this script.
wait -n
exit 1
