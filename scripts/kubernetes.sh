# shellcheck shell=bash
# ./cortex test kubernetes: the target's contract, and the stories of every target, on a real cluster. Sourced; needs tests.sh and what that needs.

: "${root:?the folder of the checkout}"

kubernetes_images=(localhost/anvil-alloydb-core:latest localhost/anvil-alloydb-core:15)
operator_image=localhost/cortex-operator:latest
test_cluster=$root/tests/kubernetes/cluster.sh

# The cluster that KUBECONFIG names, with both images in it, or one that is made here and goes again.
run_on_kubernetes() { # run_on_kubernetes [ARGUMENT …]: which tests, for the test programs
  local CORTEX_TEST_KUBECONFIG=${KUBECONFIG:-} CORTEX_TEST_AUDIT='' CORTEX_TEST_NODE=''
  if [ -z "$CORTEX_TEST_KUBECONFIG" ]; then
    if [ "$(id -u)" != 0 ]; then skip_kubernetes 'the cluster is made of namespaces, mounts and interfaces, which takes root; or name one with KUBECONFIG'; return; fi
    # At the end of the shell no local variable is left.
    trap '"$test_cluster" down >&2 || true' EXIT
    if ! { CORTEX_TEST_KUBECONFIG=$("$test_cluster" up | tee /dev/stderr | tail -n 1) && "$root/images/cortex-operator/build.sh" >&2 \
      && "$test_cluster" load "${kubernetes_images[@]}" "$operator_image" >&2; }; then
      echo "the cluster did not come up: counted as a failure" >&2
      failed=$((failed + 1)) failures+=$'  the cluster for the tests did not come up\n'
      return
    fi
    CORTEX_TEST_NODE=$test_cluster
    # A part of the stories needs a part of the rights: what is granted and never used shows only in all of them.
    [ $# -gt 0 ] || CORTEX_TEST_AUDIT=$root/.build/kubernetes/audit.log
  fi
  export CORTEX_TEST_KUBECONFIG CORTEX_TEST_AUDIT CORTEX_TEST_NODE
  run_suite Cortex.Engine.Tests.kubernetes "$(program_of Cortex.Engine.Tests)" -trait Tier=kubernetes "$@"
  run_suite Cortex.EndToEnd.kubernetes "$(program_of Cortex.EndToEnd)" -trait Story=EveryTarget "$@"
  run_suite Cortex.EndToEnd.installed "$(program_of Cortex.EndToEnd)" -trait Tier=kubernetes "$@"
  unset CORTEX_TEST_KUBECONFIG CORTEX_TEST_AUDIT CORTEX_TEST_NODE
  if [ -z "${KUBECONFIG:-}" ]; then
    trap - EXIT
    "$test_cluster" down >&2
  fi
}

skip_kubernetes() { # skip_kubernetes WHY
  echo "== kubernetes"
  echo "   skipped: $1"
  skipped=$((skipped + 1))
}
