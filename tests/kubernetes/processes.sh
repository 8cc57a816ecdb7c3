# shellcheck shell=bash
# Starts, watches and stops the processes of the node. Sourced; needs layout.sh and node.sh.

: "${state:?}" "${kubeconfig:?}" "${inside_state:?}" "${inside_binaries:?}" "${inside_scripts:?}"
: "${node_name:?}" "${node_address:?}" "${service_network:?}" "${cluster_domain:?}"

# The processes, in the order in which they start.
# shellcheck disable=SC2034
processes=(etcd kube-apiserver kube-controller-manager kube-scheduler containerd kubelet kube-proxy cluster-dns network-policy)

# Each is recorded by its PID and start time inside the node.
is_up() { # is_up PROCESS
  local known
  known=$(cat "$state/processes/$1" 2>/dev/null) || return 1
  [ "$known" = "$(in_node cat "/proc/${known% *}/stat" 2>/dev/null | sed 's/ .*) / /' | cut -d ' ' -f 1,21)" ]
}

start() { # start PROCESS COMMAND …; starts nothing that runs
  is_up "$1" && return
  say "  $1"
  mkdir -p "$state/processes"
  # The environment is not passed on: a proxy for the machine's own traffic would intercept the cluster's.
  # shellcheck disable=SC2016
  (close_inherited; exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root nsenter --target "$(node_pid)" --mount --net --pid --ipc --uts -- \
    bash -c 'name=$1; shift
      setsid "$@" >>"/var/log/$name.log" 2>&1 </dev/null &
      sed "s/ .*) / /" "/proc/$!/stat" | cut -d " " -f 1,21 >"/srv/state/processes/$name"' start "$@")
}

stop() { # stop PROCESS: with what it started; `up` starts it again
  is_up "$1" || return 0
  local number
  number=$(cut -d ' ' -f 1 "$state/processes/$1")
  # shellcheck disable=SC2016
  in_node bash -c 'kill -- "-$1"; for ((i = 0; i < 50; i++)); do kill -0 -- "-$1" 2>/dev/null || exit 0; sleep 0.1; done; kill -KILL -- "-$1"' stop "$number"
}

start_processes() {
  say 'starting the processes that do not run yet'
  start etcd etcd --data-dir "$inside_state/etcd" --unsafe-no-fsync --listen-client-urls http://127.0.0.1:2379 \
    --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380 --log-level warn
  start_api_server
  start containerd containerd --config "$inside_state/containerd.toml"
  wait_until 'the API server is ready' 180 ask get --raw /readyz
  # Without a umask: it creates the folders of claims, into which pods that are not root write.
  # shellcheck disable=SC2016
  start kube-controller-manager sh -c 'umask 0; exec "$0" "$@"' "$inside_binaries/kube-controller-manager" --kubeconfig "$inside_state/kubeconfigs/controller-manager" \
    --leader-elect=false --bind-address 127.0.0.1 --use-service-account-credentials --root-ca-file "$inside_state/pki/ca.crt" \
    --service-account-private-key-file "$inside_state/pki/service-accounts.key" --enable-hostpath-provisioner \
    --flex-volume-plugin-dir "$inside_state/volume-plugins" --node-monitor-grace-period 12s --node-monitor-period 1s \
    --kube-api-qps 200 --kube-api-burst 400
  start kube-scheduler "$inside_binaries/kube-scheduler" --kubeconfig "$inside_state/kubeconfigs/scheduler" --leader-elect=false --bind-address 127.0.0.1 \
    --kube-api-qps 200 --kube-api-burst 400
  wait_until 'containerd answers' 30 in_node ctr version
  import_pause
  start kubelet "$inside_binaries/kubelet" --config "$inside_state/kubelet.yaml" --kubeconfig "$inside_state/kubeconfigs/kubelet" \
    --hostname-override "$node_name" --node-ip "$node_address" \
    --container-runtime remote --container-runtime-endpoint unix:///run/containerd/containerd.sock
  start kube-proxy "$inside_binaries/kube-proxy" --kubeconfig "$inside_state/kubeconfigs/proxy" --hostname-override "$node_name" \
    --proxy-mode iptables --iptables-min-sync-period 100ms --conntrack-max-per-core 0 --bind-address 127.0.0.1
  start cluster-dns bash "$inside_scripts/cluster-dns.sh" "$node_address" "$cluster_domain"
  start network-policy bash "$inside_scripts/network-policy.sh"
}

start_api_server() {
  start kube-apiserver "$inside_binaries/kube-apiserver" --etcd-servers http://127.0.0.1:2379 \
    --advertise-address "$node_address" --service-cluster-ip-range "$service_network" --authorization-mode Node,RBAC \
    --client-ca-file "$inside_state/pki/ca.crt" \
    --tls-cert-file "$inside_state/pki/api-server.crt" --tls-private-key-file "$inside_state/pki/api-server.key" \
    --service-account-issuer "https://kubernetes.default.svc.$cluster_domain" \
    --service-account-key-file "$inside_state/pki/service-accounts.pub" \
    --service-account-signing-key-file "$inside_state/pki/service-accounts.key" \
    --kubelet-preferred-address-types InternalIP --kubelet-certificate-authority "$inside_state/pki/ca.crt" \
    --kubelet-client-certificate "$inside_state/pki/api-server-to-kubelet.crt" \
    --kubelet-client-key "$inside_state/pki/api-server-to-kubelet.key" \
    --audit-policy-file "$inside_scripts/audit.yaml" --audit-log-path "$inside_state/audit.log" --audit-log-maxsize 2000
}

ask() { kubectl --kubeconfig "$kubeconfig" --request-timeout 5s "$@"; }

node_is_ready() { ask get node "$node_name" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}' | grep -qx True; }

accounts_are_made() { ask get serviceaccount default; }
