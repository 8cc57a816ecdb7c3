# shellcheck shell=bash
# shellcheck disable=SC2154 # tier, filter, podmans and only are set by run_tests
# ./cortex test: what is built for a tier, which suites the tier has, and which of them run at the same time. Sourced by tests.sh.

: "${root:?the folder of the checkout}" "${reports:?test-report.sh sets it}"

unit_suites=(Cortex.Core.Tests Cortex.Cli.Tests Cortex.Operator.Tests Cortex.Engine.Tests Cortex.ApiServer.Tests Cortex.Runtime.Tests Cortex.Chaos)
fuzz_suites=(Cortex.ApiServer.Tests Cortex.Operator.Tests Cortex.Core.Tests)   # suites with tests of the kind fuzz
podman_suites=(Cortex.Engine.Tests Cortex.Cli.Tests Cortex.Chaos)   # suites with tests of the tier podman
end_to_end=Cortex.EndToEnd
every_podman=(-trait Story=EveryPodman)   # create, promote, switchover, rejoin, delete
no_deep=(-trait- Level=deep)
waiting=(-parallelMode all -maxThreads 4)   # the target's contract, whose tests mostly wait for containers and pods
chaos_minutes=10
fuzz_seconds=900   # for each fuzz test; an hour altogether, because two tests of a suite run at the same time
lanes=()   # the process ids of the running lanes

run_tier() {
  case $tier in
    unit) in_lanes unit_lane ;;
    smoke) in_lanes unit_lane; in_lanes smoke_lane ;;
    podman) in_lanes podman_lane ;;
    here) in_lanes unit_lane; in_lanes podman_lane ;;
    podmans) in_lanes podmans_lane ;;
    machine) in_lanes unit_lane; in_lanes machine_lane other_podmans ;;
    kubernetes) in_lanes kubernetes_lane ;;
    fresh) in_lanes fresh_lane ;;
    # The programs of a Kubernetes cluster are compiled beside the unit tests, not beside the end-to-end tests.
    all) in_lanes unit_lane cluster_lane; in_lanes machine_lane lane_beside ;;
    deep)
      if [ -n "$filter" ]; then in_lanes deep_lane; return; fi
      in_lanes deep_lane deep_kubernetes_lane
      in_lanes fresh_deep_lane
      in_lanes fuzz_lane
      in_lanes chaos_lane ;;
  esac
}

build_for_tests() {
  ensure_packages client chart
  find_sdk
  # If one of these cannot be built, its tests are skipped with the reason, or fail on CI.
  phase prepare 'oldest and newest kubectl' "$root/tests/kubectls/kubectl.sh" --make >/dev/null || true
  phase prepare Helm "$root/tests/helm/helm.sh" --make >/dev/null || true
  [ "$tier" != deep ] || phase prepare "kube-apiserver's code" "$root/tests/kubernetes/apiserver.sh" --make >/dev/null || true
  phase prepare solution with_build_lock build_solution || { fail_suite build 'the solution does not build'; return 1; }
  [ "$tier" != unit ] || return 0
  phase prepare 'program and images' prepare_podman
  [ "$(id -u)" = 0 ] || return 0
  case $tier in fresh | all | deep) ensure_packages rootless ;; esac
  case $tier in podmans | machine | all) phase prepare 'Debian 13' prepare_podmans ;; esac
  # Installed here, because two lanes that install packages at the same time would conflict.
  case $tier in kubernetes | all | deep) ensure_packages_without_services 'etcd containerd' kubernetes kubernetes-build ;; esac
}

build_solution() {
  logged_dotnet "Building the solution" "$root/.build/solution-build.log" build "$root/Cortex.Operator.sln" -c Release
}

# What the end-to-end tests need: a running Podman, both images, the program.
prepare_podman() {
  ensure_packages podman image client
  podman_settings "$root/.build/podman"
  ensure_program
  local suite tag
  for suite in trixie:17 bookworm:15; do
    tag=localhost/anvil-alloydb-core:${suite#*:}
    podman image exists "$tag" || "$root/images/anvil-alloydb-core/build.sh" --suite "${suite%%:*}"
  done
  "$root/tests/sftp/image.sh"
}

prepare_podmans() {
  ensure_packages rootless isolated-podman
  ! "$root/tests/podmans/podman-5.sh" --check >/dev/null || "$root/tests/podmans/podman-5.sh" --make
}

# Runs every lane in its own process group, so that an interruption ends all of its processes. The first lane prints as it runs; the output
# of the others is printed afterwards.
in_lanes() { # in_lanes LANE …
  local lane
  start_lane "$1" ''
  for lane in "${@:2}"; do start_lane "$lane" "$reports/$lane.log"; done
  wait "${lanes[@]}" || true
  lanes=()
  for lane in "${@:2}"; do cat "$reports/$lane.log"; done
}

start_lane() { # start_lane LANE LOG
  begin_suite "$1"
  set -m
  (
    trap - EXIT INT TERM
    [ -z "$2" ] || exec >"$2" 2>&1
    "$1"
    rm "$reports/$1.sum"   # only the suites of the lane count
  ) </dev/null &
  lanes+=($!)
  set +m
}

# Ends all processes of the lanes and removes the Kubernetes cluster, however the run ends.
end_lanes() {
  local lane
  for lane in "${lanes[@]}"; do kill -- "-$lane" 2>/dev/null || true; done
  [ ${#lanes[@]} = 0 ] || wait "${lanes[@]}" 2>/dev/null || true
  lanes=()
  remove_test_cluster
}

unit_lane() { side_by_side unit_suite "${unit_suites[@]}"; }
# The planner's worlds are millions of short-lived objects: a nursery of 64 MB saves a third of the garbage collections.
unit_suite() {
  run_suite unit "$1" env DOTNET_GCgen0size=0x4000000 DOTNET_gcConcurrent=0 "$(program_of "$1")" "${only[@]}" "${no_deep[@]}" -trait- Tier=podman -trait- Tier=kubernetes
}

# Runs as many suites at once as there are processors. The output of a suite is printed when the suite has ended.
side_by_side() { # side_by_side FUNCTION SUITE …
  local function=$1 suite running=0
  shift
  for suite; do
    [ "$running" -lt "$(nproc)" ] || { wait -n || true; running=$((running - 1)); }
    { "$function" "$suite" >"$reports/$suite.log" 2>&1 || true; flock "$reports" cat "$reports/$suite.log"; } &
    running=$((running + 1))
  done
  wait
}

smoke_lane() { run_suite smoke "$end_to_end.smoke" "$(program_of "$end_to_end")" "${only[@]}" -trait Level=smoke; }

podman_lane() {
  local suite
  for suite in "${podman_suites[@]}"; do
    run_suite podman "$suite.podman" "$(program_of "$suite")" "${only[@]}" "${no_deep[@]}" -trait Tier=podman "${waiting[@]}"
  done
  run_suite podman "$end_to_end" "$(program_of "$end_to_end")" "${only[@]}" "${no_deep[@]}" -trait- Tier=kubernetes
}

machine_lane() {
  podman_lane
  other_podmans
}

# Two lanes at a time use two processors fully: a third lane made each suite slower to the same extent.
lane_beside() {
  kubernetes_lane
  fresh_lane
  other_podmans
}

# Each of these has its own networks and processes, and can run beside everything else. A lane that is done with its own suites takes the
# next one, the longest first, so that both lanes end at about the same time.
other_podmans() {
  local suite
  for suite in podman-5.stories podman-5.contract rootless.stories rootless.contract; do
    # An account without privileges has run the tests of rootless Podman in its podman_lane.
    [ "${suite%.*}" != rootless ] || [ "$(id -u)" = 0 ] || continue
    ! mkdir "$reports/$suite.taken" 2>/dev/null || run_on_other_podman "${suite%.*}" "${suite#*.}"
  done
}

fresh_lane() { run_on_a_fresh_machine bookworm; }
fresh_deep_lane() { run_on_a_fresh_machine trixie --cold; }

# The first hour of a new user on a pristine Debian (tests/machines/).
run_on_a_fresh_machine() { # run_on_a_fresh_machine SUITE [OPTION …]
  local enter=$root/tests/machines/fresh.sh label=fresh.$1 why
  if ! why=$("$enter" --check); then skip_suite "$label" "$why"; return; fi
  run_suite fresh "$label" "$enter" --suite "$@"
}

podmans_lane() {
  local podman suite
  for podman in "${podmans[@]}"; do
    for suite in contract stories; do run_on_other_podman "$podman" "$suite"; done
  done
}

# The target's contract, or the tests for every Podman, on another Podman (tests/podmans/).
run_on_other_podman() { # run_on_other_podman rootless|podman-5 contract|stories
  local enter=("$root/tests/podmans/$1.sh") why contract=Cortex.Engine.Tests
  if [ "$1" = rootless ] && [ "$(id -u)" != 0 ]; then
    enter=()   # this account already uses rootless Podman
  elif ! why=$("${enter[@]}" --check); then
    skip_suite "$1.$2" "$why"
    return
  fi
  case $2 in
    contract) run_suite "$1" "$contract.$1" "${enter[@]}" "$(program_of "$contract")" "${only[@]}" "${no_deep[@]}" -trait Tier=podman "${waiting[@]}" ;;
    stories) run_suite "$1" "$end_to_end.$1" "${enter[@]}" "$(program_of "$end_to_end")" "${only[@]}" "${no_deep[@]}" "${every_podman[@]}" ;;
  esac
}

# The deep tests of the unit suites and on this machine's Podman.
deep_lane() {
  local suite
  for suite in "${unit_suites[@]}" "$end_to_end"; do
    run_suite deep "$suite.deep" "$(program_of "$suite")" "${only[@]}" -trait Level=deep -trait- Tier=kubernetes
  done
}

# The same tests as in the unit suites, but longer (docs/adr/0022).
fuzz_lane() {
  local suite
  for suite in "${fuzz_suites[@]}"; do
    run_suite deep "$suite.fuzz" env CORTEX_FUZZ_SECONDS="${CORTEX_FUZZ_SECONDS:-$fuzz_seconds}" "$(program_of "$suite")" -trait Kind=fuzz
  done
}

chaos_lane() {
  if [ "$(id -u)" != 0 ]; then skip_suite chaos 'it mounts small disks and blocks networks, which needs root'; return; fi
  run_verdict deep chaos "$(program_of Cortex.Chaos)" run --minutes "$chaos_minutes"
}

program_of() { echo ".build/bin/$1/release/$1"; }
