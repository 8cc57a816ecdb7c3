# shellcheck shell=bash
# shellcheck disable=SC2154 # tier, filter, places and only are what run_tests was asked for
# ./cortex test: what is built for a tier, which suites it has, and which of them run beside each other. Sourced by tests.sh.

: "${root:?the folder of the checkout}" "${reports:?test-report.sh sets it}"

unit_suites=(Cortex.Core.Tests Cortex.Operator.Tests Cortex.Engine.Tests Cortex.ApiServer.Tests Cortex.Runtime.Tests Cortex.Chaos)
fuzz_suites=(Cortex.ApiServer.Tests Cortex.Operator.Tests Cortex.Core.Tests)   # those with tests of the kind fuzz
podman_suites=(Cortex.Engine.Tests Cortex.Operator.Tests Cortex.Chaos)   # those with tests of the tier podman
stories=Cortex.EndToEnd
every_podman=(-trait Story=EveryPodman)   # create, promote, switchover, rejoin, delete: what is told on every Podman
no_deep=(-trait- Level=deep)
waiting=(-parallelMode all -maxThreads 4)   # the target's contract: its tests wait for containers and pods most of their time
chaos_minutes=10
fuzz_seconds=900   # for each mouth; an hour altogether, since two of a suite run side by side
lanes=()   # the processes of those that run

run_tier() {
  case $tier in
    unit) in_lanes unit_lane ;;
    smoke) in_lanes unit_lane; in_lanes smoke_lane ;;
    podman) in_lanes podman_lane ;;
    here) in_lanes unit_lane; in_lanes podman_lane ;;
    places) in_lanes places_lane ;;
    machine) in_lanes unit_lane; in_lanes machine_lane ;;
    kubernetes) in_lanes kubernetes_lane ;;
    fresh) in_lanes fresh_lane ;;
    # A cold cluster is compiled beside the unit tests, not under the stories.
    all) in_lanes unit_lane raise_lane; in_lanes machine_lane lane_beside ;;
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
  # What cannot be made, its tests skip with the reason, or fail on CI.
  phase prepare 'oldest and newest kubectl' "$root/tests/kubectls/kubectl.sh" --make >/dev/null || true
  phase prepare Helm "$root/tests/helm/helm.sh" --make >/dev/null || true
  [ "$tier" != deep ] || phase prepare "kube-apiserver's code" "$root/tests/kubernetes/apiserver.sh" --make >/dev/null || true
  phase prepare solution with_build_lock build_solution || { fail_suite build 'the solution does not build'; return 1; }
  [ "$tier" != unit ] || return 0
  phase prepare 'program and images' prepare_podman
  [ "$(id -u)" = 0 ] || return 0
  case $tier in fresh | all | deep) ensure_packages rootless ;; esac
  case $tier in places | machine | all) phase prepare 'Debian 13' prepare_places ;; esac
  # Two lanes that install packages would be in each other's way.
  case $tier in kubernetes | all | deep) ensure_packages_without_services 'etcd containerd' kubernetes kubernetes-build ;; esac
}

build_solution() {
  logged_dotnet "Building the solution" "$root/.build/solution-build.log" build "$root/Cortex.Operator.sln" -c Release
}

# What the stories find in place: a Podman that runs, both images, the program.
prepare_podman() {
  ensure_packages podman image client
  podman_settings "$root/.build/podman"
  ensure_program
  local suite tag
  for suite in trixie:17 bookworm:15; do
    tag=localhost/anvil-alloydb-core:${suite#*:}
    podman image exists "$tag" || "$root/images/anvil-alloydb-core/build.sh" --suite "${suite%%:*}"
  done
}

prepare_places() {
  ensure_packages rootless
  ! "$root/tests/podmans/podman-5.sh" --check >/dev/null || "$root/tests/podmans/podman-5.sh" --make
}

# Every lane in a process group of its own, so that an interruption ends it whole. The first one prints as it goes; what the
# others say is printed after it.
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
    rm "$reports/$1.sum"   # only its suites count
  ) </dev/null &
  lanes+=($!)
  set +m
}

# Whatever ends the run: no process of a lane and no cluster stays.
end_lanes() {
  local lane
  for lane in "${lanes[@]}"; do kill -- "-$lane" 2>/dev/null || true; done
  [ ${#lanes[@]} = 0 ] || wait "${lanes[@]}" 2>/dev/null || true
  lanes=()
  remove_test_cluster
}

unit_lane() { side_by_side unit_suite "${unit_suites[@]}"; }
# The planner's worlds are made and forgotten by the million: with room for 64 MB of them there is a third less to clean up.
unit_suite() {
  run_suite unit "$1" env DOTNET_GCgen0size=0x4000000 DOTNET_gcConcurrent=0 "$(program_of "$1")" "${only[@]}" "${no_deep[@]}" -trait- Tier=podman -trait- Tier=kubernetes
}

# As many at once as there are processors. What each says is printed whole when it ends.
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

smoke_lane() { run_suite smoke "$stories.smoke" "$(program_of "$stories")" "${only[@]}" -trait Level=smoke; }

podman_lane() {
  local suite
  for suite in "${podman_suites[@]}"; do
    run_suite podman "$suite.podman" "$(program_of "$suite")" "${only[@]}" "${no_deep[@]}" -trait Tier=podman "${waiting[@]}"
  done
  run_suite podman "$stories" "$(program_of "$stories")" "${only[@]}" "${no_deep[@]}" -trait- Tier=kubernetes
}

machine_lane() {
  podman_lane
  # An account without rights has told them already.
  [ "$(id -u)" != 0 ] || run_in_a_place rootless
  run_in_a_place podman-5
}

# Two processors have work enough with two lanes: a third made each suite as much slower as there was more of it at once.
lane_beside() {
  kubernetes_lane
  fresh_lane
}

fresh_lane() { run_on_a_fresh_machine bookworm; }
fresh_deep_lane() { run_on_a_fresh_machine trixie --cold; }

# A new user's first hour on a pristine Debian (tests/machines/).
run_on_a_fresh_machine() { # run_on_a_fresh_machine SUITE [OPTION …]
  local enter=$root/tests/machines/fresh.sh label=fresh.$1 why
  if ! why=$("$enter" --check); then skip_suite "$label" "$why"; return; fi
  run_suite fresh "$label" "$enter" --suite "$@"
}

places_lane() { local place; for place in "${places[@]}"; do run_in_a_place "$place"; done; }

# The target's contract and the stories of every Podman in a place of its own (tests/podmans/).
run_in_a_place() { # run_in_a_place rootless|podman-5
  local enter=("$root/tests/podmans/$1.sh") why contract=Cortex.Engine.Tests
  if [ "$1" = rootless ] && [ "$(id -u)" != 0 ]; then
    enter=()   # such an account is in the place already
  elif ! why=$("${enter[@]}" --check); then
    skip_suite "$1" "$why"
    return
  fi
  run_suite "$1" "$contract.$1" "${enter[@]}" "$(program_of "$contract")" "${only[@]}" "${no_deep[@]}" -trait Tier=podman "${waiting[@]}"
  run_suite "$1" "$stories.$1" "${enter[@]}" "$(program_of "$stories")" "${only[@]}" "${no_deep[@]}" "${every_podman[@]}"
}

# Of the unit tests and of this machine's Podman.
deep_lane() {
  local suite
  for suite in "${unit_suites[@]}" "$stories"; do
    run_suite deep "$suite.deep" "$(program_of "$suite")" "${only[@]}" -trait Level=deep -trait- Tier=kubernetes
  done
}

# The same tests as in the unit suites, for longer (docs/adr/0022).
fuzz_lane() {
  local suite
  for suite in "${fuzz_suites[@]}"; do
    run_suite deep "$suite.fuzz" env CORTEX_FUZZ_SECONDS="${CORTEX_FUZZ_SECONDS:-$fuzz_seconds}" "$(program_of "$suite")" -trait Kind=fuzz
  done
}

chaos_lane() {
  if [ "$(id -u)" != 0 ]; then skip_suite chaos 'it mounts small disks and cuts networks, which needs root'; return; fi
  run_verdict deep chaos "$(program_of Cortex.Chaos)" run --minutes "$chaos_minutes"
}

program_of() { echo ".build/bin/$1/release/$1"; }
