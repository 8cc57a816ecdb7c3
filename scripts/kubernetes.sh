# shellcheck shell=bash
# shellcheck disable=SC2154 # tier, filter and only are set by run_tests, no_deep and waiting by test-lanes.sh
# ./cortex test kubernetes: the target's contract, and the tests for every target, on a real Kubernetes cluster. Sourced; needs tests.sh.

: "${root:?the folder of the checkout}" "${reports:?tests.sh sets it}"

kubernetes_images=(localhost/anvil-alloydb-core:latest localhost/anvil-alloydb-core:15)
operator_image=localhost/cortex-operator:latest
installed_rounds=(Everywhere Apart Charted Alone)   # tests that need the Kubernetes cluster alone, see tests/Cortex.EndToEnd/Installed/OnKubernetes.cs
test_cluster=$root/tests/kubernetes/cluster.sh

kubernetes_lane() { on_kubernetes kubernetes_suites; }
deep_kubernetes_lane() { on_kubernetes deep_kubernetes_suites; }

kubernetes_suites() {
  run_suite kubernetes Cortex.Engine.Tests.kubernetes "$(program_of Cortex.Engine.Tests)" "${only[@]}" "${no_deep[@]}" -trait Tier=kubernetes \
    "${waiting[@]}"
  run_suite kubernetes Cortex.EndToEnd.kubernetes "$(program_of Cortex.EndToEnd)" "${only[@]}" "${no_deep[@]}" -trait Story=EveryTarget -maxThreads 3
  local round
  for round in "${installed_rounds[@]}"; do
    run_suite kubernetes "Cortex.EndToEnd.${round,,}" "$(program_of Cortex.EndToEnd)" "${only[@]}" "${no_deep[@]}" -trait "Round=$round" -maxThreads 3
  done
}

# Also tests whose behaviour does not depend on Kubernetes, and which Podman's lane runs each time. Two traits at once need xunit's query
# language.
deep_kubernetes_suites() {
  run_suite kubernetes Cortex.EndToEnd.kubernetes-deep "$(program_of Cortex.EndToEnd)" \
    -filter '/[(Story=EveryTarget)&(Level=deep)]' -filter '/[(Tier=kubernetes)&(Level=deep)]' -filter '/[(Story=EveryTargetInDeep)]'
}

# Runs on the Kubernetes cluster that KUBECONFIG names (the tier kubernetes alone), or on a temporary one.
on_kubernetes() { # on_kubernetes FUNCTION
  local CORTEX_TEST_KUBECONFIG='' CORTEX_TEST_AUDIT='' CORTEX_TEST_NODE=''
  [ "$tier" != kubernetes ] || CORTEX_TEST_KUBECONFIG=${KUBECONFIG:-}
  if [ -z "$CORTEX_TEST_KUBECONFIG" ]; then
    if [ "$(id -u)" != 0 ]; then
      skip_suite kubernetes 'the Kubernetes cluster consists of namespaces, mounts and interfaces, which need root; or name one with KUBECONFIG'
      return
    fi
    if ! start_cluster; then fail_suite kubernetes 'the Kubernetes cluster for the tests did not start'; return; fi
    CORTEX_TEST_KUBECONFIG=$(<"$reports/kubeconfig") CORTEX_TEST_NODE=$test_cluster
    # A part of the tests uses a part of the rights: unused rights can be found only when all tests run.
    [ "$1$filter" != kubernetes_suites ] || CORTEX_TEST_AUDIT=$root/.build/kubernetes/audit.log
  fi
  export CORTEX_TEST_KUBECONFIG CORTEX_TEST_AUDIT CORTEX_TEST_NODE
  "$1"
  phase kubernetes 'cluster down' remove_test_cluster
}

# Runs beside the unit tests. A failure is repeated, and counts, when the tests need the Kubernetes cluster.
cluster_lane() { [ "$(id -u)" != 0 ] || start_cluster || echo 'the Kubernetes cluster for the tests did not start; it is tried again later' >&2; }

# Writes the path of the kubeconfig to $reports/kubeconfig when everything is ready.
start_cluster() {
  [ ! -e "$reports/kubeconfig" ] || return 0
  phase kubernetes 'cluster up' "$test_cluster" up >"$reports/kubeconfig.lines" &&
    phase kubernetes "operator's image" "$root/images/cortex-operator/build.sh" --program "$root/.build/cortex/current" >&2 &&
    phase kubernetes 'images loaded' "$test_cluster" load "${kubernetes_images[@]}" "$operator_image" >&2 &&
    tail -n 1 "$reports/kubeconfig.lines" >"$reports/kubeconfig"
}

# Removes only the Kubernetes cluster that this run has created.
remove_test_cluster() {
  [ -e "$reports/kubeconfig.lines" ] || return 0
  "$test_cluster" down >&2 || return
  rm -f "$reports"/kubeconfig "$reports"/kubeconfig.lines
}
