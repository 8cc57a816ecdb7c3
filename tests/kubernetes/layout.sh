# shellcheck shell=bash
# The paths and names of the Kubernetes cluster, outside and inside of its node. Sourced; needs root.

: "${root:?the folder of the checkout}"

# The names are used by the files that source this one.
# shellcheck disable=SC2034
{
  kubernetes_version=1.20.2
  # The second number counts the changes of the recipe in build.sh; binaries of an older recipe are not used.
  binaries=${XDG_CACHE_HOME:-$HOME/.cache}/cortex/kubernetes-$kubernetes_version-4

  # Outside the node. All of it is removed with the cluster.
  state=$root/.build/kubernetes
  kubeconfig=$state/kubeconfig
  logs=$state/log
  uplink=cortex-kube        # the machine's end of the cable to the node

  # Inside the node. The node has its own root, so these are the same in every checkout.
  inside_state=/srv/state
  inside_binaries=/srv/binaries
  inside_scripts=/srv/scripts

  # One route leads to the node, to its pods and to its services.
  cluster_network=10.245.0.0/16
  machine_address=10.245.0.1
  node_address=10.245.0.2
  service_network=10.245.16.0/20
  first_service=10.245.16.1     # the API server takes the first address for itself
  pod_network=10.245.128.0/20

  node_name=cortex-node
  cluster_domain=cluster.local
  api_url=https://$node_address:6443
  pause_image=localhost/cortex-pause:1
}

say() { printf '%5d s  %s\n' "$SECONDS" "$*" >&2; }

fail() { printf 'tests/kubernetes: %s\n' "$1" >&2; shift; [ $# = 0 ] || printf '  %s\n' "$@" >&2; exit 1; }

# Repeats a command until it succeeds.
wait_until() { # wait_until WHAT SECONDS COMMAND …
  local what=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || fail "gave up waiting until $what" "The logs: $logs"
    sleep 0.2
  done
}
