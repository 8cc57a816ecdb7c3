# shellcheck shell=bash
# The node: a set of namespaces on this machine, in which every process of the cluster runs. What they mount, connect
# and filter is theirs alone and ends with the first process of the node. Sourced; needs layout.sh.

: "${root:?}" "${here:?}" "${state:?}" "${binaries:?}" "${logs:?}" "${uplink:?}" "${node_name:?}"
: "${cluster_network:?}" "${service_network:?}" "${machine_address:?}" "${node_address:?}"

# PID, start time and boot of the first process: another process may have the same PID by now.
identity() { # identity PID
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  stat=${stat##*) }
  # The 22nd field of the line; the first two are cut off.
  echo "$1 $(cut -d ' ' -f 20 <<<"$stat") $(</proc/sys/kernel/random/boot_id)"
}

node_pid() { # prints it, while the node lives
  local known
  known=$(cat "$state/node" 2>/dev/null) || return 1
  [ "$known" = "$(identity "${known%% *}")" ] && echo "${known%% *}"
}

in_node() { # in_node COMMAND …
  nsenter --target "$(node_pid)" --mount --net --pid --ipc --uts -- "$@"
}

start_node() {
  node_pid >/dev/null && [ -e "$state/node-is-whole" ] && return
  remove_node                                       # remains of a crash or an interruption
  another_is_up && fail "the cluster of another checkout is up: $another" "$another/tests/kubernetes/cluster.sh down"
  ! ip -4 route show | grep -q "^${cluster_network%.*.*}\." || fail "this machine already has a route into $cluster_network, the network of the cluster"
  say 'starting the node'
  mkdir -p "$logs" && chmod 755 "$state"
  # The node inherits no open file: otherwise it would hold a lock, or keep a pipe open.
  (close_inherited; exec setsid unshare --mount --net --pid --ipc --uts --fork --propagation private \
    bash "$here/first-process.sh" "$state" "$binaries" "$here" "$node_name" </dev/null >"$logs/node.log" 2>&1) &
  local outer=$! first
  wait_until 'the node has a process' 5 pgrep -P "$outer"
  first=$(pgrep -P "$outer")
  identity "$first" >"$state/node"
  wait_until 'the node has its own root' 10 test -e "$state/node-has-its-root"
  connect_node "$first"
  touch "$state/node-is-whole"
}

close_inherited() {
  local file number
  for file in "/proc/$BASHPID/fd"/*; do
    number=${file##*/}
    if [ "$number" -gt 2 ]; then exec {number}>&-; fi
  done
}

# The node has no default route: nothing in it reaches farther than this machine.
connect_node() { # connect_node PID
  ip link add "$uplink" type veth peer name eth0 netns "$1"
  ip link set "$uplink" alias "$root" up
  ip address add "$machine_address/30" dev "$uplink"
  # kube-proxy redirects packets to a service's address, but only those that have a route.
  in_node sh -c "ip link set lo up && ip address add $node_address/30 dev eth0 && ip link set eth0 up && ip route add $service_network dev eth0 &&
    echo 1 >/proc/sys/net/ipv4/ip_forward && echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables" || fail 'the network of the node could not be created'
  ip route add "$cluster_network" via "$node_address"
}

another_is_up() {
  another=$(cat "/sys/class/net/$uplink/ifalias" 2>/dev/null) && [ "$another" != "$root" ]
}

# Removes everything of the node that is left. The kernel ends all processes with the first one, and with them the mounts, interfaces and
# rules.
remove_node() {
  local pid
  for pid in $(first_processes); do
    kill -KILL "$pid"
    wait_until 'the node has ended' 30 node_is_gone "$pid"
  done
  if ! another_is_up; then
    ip link delete "$uplink" 2>/dev/null || true
    remove_cgroups
  fi
  rm -rf --one-file-system "$state"
}

node_is_gone() { ! [ -e "/proc/$1" ]; }

# Finds them by their command line, which contains the folder of this cluster: an interrupted start has not written a PID.
first_processes() { pgrep -fx "bash $here/first-process.sh $state .*" || true; }

# containerd creates them below this name. A cgroup with processes cannot be removed, so the cgroups of other clusters remain.
remove_cgroups() {
  local hierarchy
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
    [ ! -d "$hierarchy/k8s.io" ] || find "$hierarchy/k8s.io" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}
