#!/usr/bin/env bash
# A real Kubernetes on this machine for the tests, from Debian packages alone. README.md says what it is made of.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
SECONDS=0

usage() {
  cat <<'TEXT'
Usage: tests/kubernetes/cluster.sh COMMAND

  up             creates a cluster with one Ready node. Can be run again, and restarts processes that do not run.
                 The last line of its output is the path of the kubeconfig
  load IMAGE …   copies images from Podman's store into the cluster
  status         lists the processes and their memory; exit code 0 if all run
  stop PROCESS   stops one of the cluster's processes (kubelet, kube-apiserver, …) until the next `up`
  down           stops and removes the cluster and all of its data
  shell …        runs a command, or a shell, inside the node
TEXT
}

# shellcheck source=tests/kubernetes/layout.sh
. "$here/layout.sh"
# shellcheck source=scripts/packages.sh
. "$root/scripts/packages.sh"
# shellcheck source=scripts/podman.sh
. "$root/scripts/podman.sh"
# shellcheck source=tests/kubernetes/node.sh
. "$here/node.sh"
# shellcheck source=tests/kubernetes/certificates.sh
. "$here/certificates.sh"
# shellcheck source=tests/kubernetes/configuration.sh
. "$here/configuration.sh"
# shellcheck source=tests/kubernetes/processes.sh
. "$here/processes.sh"
# shellcheck source=tests/kubernetes/images.sh
. "$here/images.sh"

: "${binaries:?}" "${state:?}" "${logs:?}" "${kubeconfig:?}" "${processes:?}" "${node_name:?}" "${cluster_domain:?}"

# One command at a time. The lock is on the folder itself, so that no file remains; started processes do not inherit the lock.
lock() {
  exec 9<"$here"
  flock -n 9 || { say 'waiting for another command of this cluster'; flock 9; }
}

up() {
  if is_whole; then
    say 'the cluster is up'
  else
    ensure_packages_without_services 'etcd containerd' kubernetes
    [ -d "$binaries" ] || "$here/build.sh" 9>&-
    start_node
    make_certificates
    write_configuration
    start_processes
    wait_until 'the node is Ready' 120 node_is_ready
    wait_until 'the default service account is there' 60 accounts_are_made
    kubectl --kubeconfig "$kubeconfig" apply -f "$here/storage.yaml" >/dev/null
    wait_until 'the cluster'\''s DNS answers' 30 dns_answers
    say 'the node is Ready'
  fi
  echo "$kubeconfig"
}

is_whole() {
  node_pid >/dev/null || return 1
  local process
  for process in "${processes[@]}"; do is_up "$process" || return 1; done
  node_is_ready
}

dns_answers() { in_node grep -q "kubernetes\.default\.svc\.$cluster_domain" /run/cluster-dns/hosts; }

status() {
  node_pid >/dev/null || { echo "down: this checkout has no cluster (cluster of another checkout: ${another:-none})"; return 1; }
  local process whole=0 number
  for process in "${processes[@]}"; do
    if is_up "$process"; then
      number=$(cut -d ' ' -f 1 "$state/processes/$process")
      printf '%-24s runs  %4d MiB\n' "$process" "$(memory_of "$number")"
    else
      printf '%-24s is down; its log: %s\n' "$process" "$logs/$process.log"
      whole=1
    fi
  done
  if node_is_ready; then echo "$node_name is Ready"; else echo "$node_name is not Ready"; whole=1; fi
  echo "kubeconfig: $kubeconfig"
  return "$whole"
}

# The memory of a process and of the others in its session, in MiB: a shared page is divided by the number of its users (PSS).
memory_of() { # memory_of NUMBER
  # shellcheck disable=SC2016
  in_node bash -c 'for p in $(pgrep -s "$1"); do cat "/proc/$p/smaps_rollup" 2>/dev/null; done | awk "/^Pss:/ { sum += \$2 } END { print int(sum / 1024) }"' memory "$1"
}

down() {
  another_is_up && say "left alone: the cluster of another checkout, $another"
  [ -e "$state" ] || [ -n "$(first_processes)" ] || { say 'there is no cluster of this checkout'; return; }
  remove_node
  say 'the cluster is gone'
}

command=${1:-help}
[ $# = 0 ] || shift
case $command in
  help | -h | --help) usage; exit ;;
  up | down | load | stop | status | shell) [ "$(id -u)" = 0 ] || fail "run it as root: a node's namespaces, mounts and interfaces need it" ;;
  *) usage >&2; fail "unknown command: $command" ;;
esac
case $command in
  up) lock; up ;;
  down) lock; down ;;
  status) another_is_up || another=''; status ;;
  load)
    [ $# -gt 0 ] || fail 'load needs the names of images'
    lock
    is_up containerd || fail 'the cluster is not up' 'tests/kubernetes/cluster.sh up'
    load_images "$@" ;;
  stop)
    [[ " ${processes[*]} " = *" ${1:-} "* ]] || fail "stop needs one of ${processes[*]}"
    lock
    stop "$1" ;;
  shell) node_pid >/dev/null || fail 'the cluster is not up'; in_node "${@:-bash}" ;;
esac
