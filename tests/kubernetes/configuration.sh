# shellcheck shell=bash
# The files from which containerd, its network plugins and the kubelet take their settings. Sourced; needs layout.sh.

: "${state:?}" "${inside_state:?}" "${pause_image:?}" "${pod_network:?}" "${node_address:?}" "${cluster_domain:?}"

write_configuration() {
  mkdir -p "$state/cni"
  containerd_settings >"$state/containerd.toml"
  network_settings >"$state/cni/cluster.conflist"
  kubelet_settings >"$state/kubelet.yaml"
}

containerd_settings() {
  cat <<TOML
version = 2
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt"]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause_image"
  # A score below the machine's own requires CAP_SYS_RESOURCE, which small virtual machines do not have.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$inside_state/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
TOML
}

network_settings() {
  cat <<JSON
{"cniVersion": "0.4.0", "name": "cluster", "plugins": [
  {"type": "bridge", "bridge": "pods", "isGateway": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "/run/pod-addresses", "ranges": [[{"subnet": "$pod_network"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
JSON
}

# No cgroups for the pods' QoS classes and no eviction: one node runs everything that the tests need. It renews its lease
# often, so that its loss is noticed soon, and writes its status when it changes or a minute is over. It does not measure volumes. It syncs
# its pods, and with them changed secrets, every ten seconds instead of every minute. Its limit of requests to the API is high.
kubelet_settings() {
  cat <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $inside_state/pki/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: $inside_state/pki/kubelet-server.crt
tlsPrivateKeyFile: $inside_state/pki/kubelet-server.key
clusterDNS: [$node_address]
clusterDomain: $cluster_domain
resolvConf: ""
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
evictionHard: {}
imageGCHighThresholdPercent: 100
failSwapOn: false
oomScoreAdj: 0
serializeImagePulls: false
volumePluginDir: $inside_state/volume-plugins
nodeStatusUpdateFrequency: 3s
nodeStatusReportFrequency: 1m
volumeStatsAggPeriod: -1s
nodeLeaseDurationSeconds: 12
syncFrequency: 10s
kubeAPIQPS: 200
kubeAPIBurst: 400
YAML
}
