#!/usr/bin/env bash
# The cluster's DNS: dnsmasq, with a hosts file that follows the Services. Runs inside the node.
set -euo pipefail
address=$1 folder=/run/cluster-dns
export domain=$2
# shellcheck source=tests/kubernetes/follow.sh
. "$(dirname "${BASH_SOURCE[0]}")/follow.sh"

# shellcheck disable=SC2317
write_hosts() {
  echo "$1" >"$folder/hosts.new" && mv "$folder/hosts.new" "$folder/hosts" && kill -HUP "$server"
}

mkdir -p "$folder"
touch "$folder/hosts"
# Only the cluster's names: an unknown name does not exist (NXDOMAIN), and no other server is asked.
dnsmasq --conf-file=/dev/null --keep-in-foreground --user=root --pid-file= --listen-address="$address" --bind-interfaces \
  --no-resolv --no-hosts --addn-hosts="$folder/hosts" --local="/$domain/" --address=/#/ --log-facility=- &
server=$!
follow cluster-dns write_hosts /api/v1/services &
# Both processes are needed: if either ends, so does this script.
wait -n
exit 1
