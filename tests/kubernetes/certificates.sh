# shellcheck shell=bash
# The cluster's authority, the certificates of its components, and the kubeconfigs made of them. Sourced; needs layout.sh.

: "${state:?}" "${kubeconfig:?}" "${api_url:?}" "${node_name:?}" "${node_address:?}" "${first_service:?}" "${cluster_domain:?}"
pki=$state/pki

make_certificates() {
  [ -e "$pki/complete" ] && return
  mkdir -p "$pki" "$state/kubeconfigs"
  # The pods' files are in the same folder; only root may read the keys.
  (
    umask 077
    openssl_quietly req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=cortex-test-cluster \
      -keyout "$pki/ca.key" -out "$pki/ca.crt"
    openssl_quietly genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$pki/service-accounts.key"
    openssl_quietly pkey -in "$pki/service-accounts.key" -pubout -out "$pki/service-accounts.pub"
    issue api-server /CN=kube-apiserver "IP:$node_address,IP:127.0.0.1,IP:$first_service,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.$cluster_domain"
    issue kubelet-server "/CN=$node_name" "IP:$node_address,DNS:$node_name"
    issue api-server-to-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client
    make_kubeconfig kubelet "/O=system:nodes/CN=system:node:$node_name"
    make_kubeconfig controller-manager /CN=system:kube-controller-manager
    make_kubeconfig scheduler /CN=system:kube-scheduler
    make_kubeconfig proxy /CN=system:kube-proxy
    make_kubeconfig network /O=system:masters/CN=cluster-network
    make_kubeconfig admin /O=system:masters/CN=admin
    cp "$state/kubeconfigs/admin" "$kubeconfig"
    touch "$pki/complete"
  )
}

openssl_quietly() {
  local words
  words=$(openssl "$@" 2>&1) || fail "openssl $1 failed: $words"
}

issue() { # issue NAME SUBJECT [SUBJECT-ALTERNATIVE-NAMES]
  local extensions='keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth,clientAuth'
  [ -z "${3:-}" ] || extensions+=$'\n'"subjectAltName=$3"
  openssl_quietly req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$pki/$1.key" -out "$pki/$1.csr"
  openssl_quietly x509 -req -in "$pki/$1.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -set_serial "0x$(openssl rand -hex 8)" \
    -days 365 -extfile <(echo "$extensions") -out "$pki/$1.crt"
}

make_kubeconfig() { # make_kubeconfig NAME SUBJECT
  issue "$1" "$2"
  cat >"$state/kubeconfigs/$1" <<YAML
apiVersion: v1
kind: Config
current-context: cortex-test
contexts: [{name: cortex-test, context: {cluster: cortex-test, user: $1}}]
clusters: [{name: cortex-test, cluster: {server: "$api_url", certificate-authority-data: $(base64 -w 0 "$pki/ca.crt")}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w 0 "$pki/$1.crt"), client-key-data: $(base64 -w 0 "$pki/$1.key")}}]
YAML
}
