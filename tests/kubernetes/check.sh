#!/usr/bin/env bash
# Checks what the tests need of a Kubernetes cluster: storage for pods that are not root, names, logs, exec, port-forward, webhooks, roles,
# NetworkPolicies.
# Usage: KUBECONFIG=FILE tests/kubernetes/check.sh; the cluster has the image localhost/anvil-alloydb-core:latest.
set -euo pipefail
: "${KUBECONFIG:?names the cluster}"
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd -P)
space=cluster-check-$$ work=$(mktemp -d) forward=''

finish() {
  [ -z "$forward" ] || kill "$forward" 2>/dev/null || true
  kubectl delete validatingwebhookconfiguration "$space" --ignore-not-found >/dev/null
  kubectl delete namespace "$space" --ignore-not-found >/dev/null
  rm -rf "$work"
}
trap finish EXIT

k() { kubectl --namespace "$space" "$@"; }
in_client() { k exec client -- "$@"; }
ok() { echo "ok: $*"; }
fail() { echo "check: $*" >&2; exit 1; }
eventually() { # eventually WHAT COMMAND …
  local what=$1 deadline=$((SECONDS + 30))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || fail "not so after 30 s: $what"
    sleep 0.2
  done
  ok "$what"
}
never() { ! "$@"; }
reaches() { in_client pg_isready -q -t 1 -U postgres -h "$1"; }
ask() { in_client psql -X -Atq -U postgres -h "$1" -d postgres -c "$2"; }

kubectl create namespace "$space" >/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=webhook \
  -addext "subjectAltName=DNS:webhook.$space.svc" -keyout "$work/key" -out "$work/certificate" 2>/dev/null
k create secret tls webhook --cert "$work/certificate" --key "$work/key" >/dev/null
k apply -f "$here/check.yaml" >/dev/null
k wait --for=condition=Ready pod --all --timeout=120s >/dev/null
ok 'a server on a claim, a client and a webhook are Ready, and none is root'

[ "$(k exec server -- stat -c %U /data/pg)" = postgres ] || fail 'the data do not belong to postgres'
k logs server | grep -q 'ready to accept connections' || fail 'the log of the server is empty'
ok 'logs, exec'
eventually 'a name resolves' in_client getent hosts server
for name in server "server.$space" "server.$space.svc" "server.$space.svc.cluster.local"; do
  [ "$(ask "$name" 'select 42')" = 42 ] || fail "no answer by the name $name"
done
ok 'a Service by its short name and by its long ones'
never in_client getent hosts absent >/dev/null || fail 'a name that is no Service resolves'
ok 'a name that is no Service does not resolve'

k port-forward pod/server :5432 >"$work/forward" 2>&1 &
forward=$!
eventually 'port-forward listens' grep -q Forwarding "$work/forward"
port=$(sed -n 's/.*127.0.0.1:\([0-9]*\) .*/\1/p;T;q' "$work/forward")
[ "$(psql -X -Atq -h 127.0.0.1 -p "$port" -U postgres -d postgres -c 'select 43')" = 43 ] || fail 'no answer through port-forward'
ok 'port-forward'

k apply -f - >/dev/null <<YAML
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: $space}
webhooks:
  - name: refuses.cluster-check.test
    clientConfig: {service: {namespace: $space, name: webhook}, caBundle: $(base64 -w 0 "$work/certificate")}
    namespaceSelector: {matchLabels: {cluster-check: refuses}}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
    sideEffects: None
    admissionReviewVersions: [v1]
YAML
kubectl label namespace "$space" cluster-check=refuses >/dev/null
refuses() { { k create configmap "unwanted-$RANDOM" 2>&1 || true; } | grep -q 'refused by the webhook'; }
eventually 'the API server asks a webhook in the cluster, and applies its answer' refuses

k create serviceaccount powerless >/dev/null
[ "$(k auth can-i list secrets --as "system:serviceaccount:$space:powerless" 2>/dev/null || true)" = no ] || fail 'roles are not enforced'
ok 'an account without a role may do nothing'

if [ -n "${WITHOUT_NETWORK_POLICY:-}" ]; then exit; fi
reaches server || fail 'the client does not reach the server before there is a policy'
k apply -f - >/dev/null <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: server}
spec:
  podSelector: {matchLabels: {app: server}}
  ingress: [{from: [{podSelector: {matchLabels: {may: enter}}}], ports: [{port: postgres}]}]
YAML
eventually 'a NetworkPolicy shuts out a pod that it does not name' never reaches server
k label pod client may=enter >/dev/null
eventually 'and lets in one that it names' reaches server
echo 'The cluster has everything that the tests need.'
