# shellcheck shell=bash
# ./cortex test: reads the arguments, builds what the tier needs, runs the lanes, and prints the sum. Sourced; needs fail, bad_usage and the
# functions of packages.sh, program.sh, podman.sh and kubernetes.sh.

: "${root:?the folder of the checkout}"

# shellcheck source=scripts/test-report.sh
. "$root/scripts/test-report.sh"
# shellcheck source=scripts/test-lanes.sh
. "$root/scripts/test-lanes.sh"

test_usage() {
  cat <<'TEXT'
Usage: ./cortex test [unit|smoke|podman|here|machine|kubernetes|fresh|all|deep] [--filter TEXT] [--profile]
       ./cortex test podman --rootless|--podman 5 [--filter TEXT] [--profile]
       ./cortex test chaos [--minutes N] [--seed S] …

  unit        all tests that need no Podman
  smoke       unit, and one pair that is created, promoted, switched over and removed: a quick check while you work
  podman      real PostgreSQL on this machine's Podman, as the current user
  here        unit and podman (default with --filter)
  kubernetes  the target's contract and the tests for every target on a real Kubernetes: a temporary cluster from Debian packages (needs
              root; takes some minutes the first time), or the cluster that KUBECONFIG names
  machine     here, podman --rootless and podman --podman 5
  fresh       ./cortex up, the tour of the README and ./cortex down on a pristine Debian 12, as root and as an account without
              privileges; tests the last commit (needs root)
  all         machine, and at the same time fresh and kubernetes, which uses a temporary cluster whatever KUBECONFIG says (default)
  deep        tests that only repeat what others prove: many rounds, full volumes, ten minutes of chaos, an hour of generated input; on
              Podman and on Kubernetes; and a fresh machine with Debian 13. With --filter: only on this machine's Podman
  --rootless  the target's contract, create, promote, switchover, rejoin and delete, by an account without privileges. If you run it as
              root, that account is temporary
  --podman 5  the same on Podman 5.4, in a Debian 13 that is created for it (needs root; half a minute and 500 MB the first time).
              With --rootless: one after the other
  --filter    only tests with TEXT in their full name (Namespace.Class.Method)
  --profile   writes the times of every test, every cluster and every build to .build/reports/profile.tsv
  chaos       random faults on real Podman under writers and probes, and a verdict; see ./cortex test chaos --help

The last line is the sum: N passed, N failed. What a machine cannot run is skipped, and the reason is printed.
TEXT
}

run_tests() {
  if [ "${1:-}" = chaos ]; then shift; run_chaos "$@"; return; fi
  local tier='' filter='' profile='' podmans=() only=() passed failed skipped failures
  read_test_arguments "$@"
  [ -z "$filter" ] || only=(-method "*$filter*")

  rm -rf "$reports" && mkdir -p "$reports"
  : >"$reports/phases.tsv"
  # Podman, kubectl and Kubernetes are written in Go: with a heap that may grow ninefold, they spend a fifth less on collecting garbage.
  export GOGC=800
  trap 'end_lanes' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if build_for_tests; then run_tier; fi
  trap - INT TERM EXIT
  sum_up
}

read_test_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      unit | smoke | podman | here | machine | kubernetes | fresh | all | deep) tier=$1; shift ;;
      --rootless) podmans+=(rootless); shift ;;
      --podman)
        [ "${2:-}" = 5 ] || bad_usage "--podman ${2:-} is unknown: use --podman 5, or leave the option out for this machine's own Podman" test
        podmans+=(podman-5); shift 2 ;;
      --filter) [ -n "${2:-}" ] || bad_usage "--filter needs a text" test; filter=$2; shift 2 ;;
      --profile) profile=wanted; shift ;;
      -h | --help) test_usage; exit ;;
      *) bad_usage "unknown argument: $1" test ;;
    esac
  done
  case ${#podmans[@]}:$tier in
    0:) if [ -z "$filter" ]; then tier=all; else tier=here; fi ;;
    0:* | *: | *:podman) ;;
    *) bad_usage "--rootless and --podman belong to the tier podman: ./cortex test podman --rootless" test ;;
  esac
  [ ${#podmans[@]} = 0 ] || tier=podmans
}

sum_up() {
  local sum
  sum_reports
  show_lanes
  [ -z "$profile" ] || write_profile
  if [ $((passed + failed + skipped)) = 0 ]; then
    echo "No test ran${filter:+; none has ${filter@Q} in its name}." >&2
    failed=1
  fi
  sum="$passed passed, $failed failed"
  [ "$skipped" = 0 ] || sum+=", $skipped skipped"
  # Printed again at the end, because a failed test may print pages.
  [ -z "$failures" ] || printf 'What failed:\n%s' "$failures"
  echo "$sum"
  [ "$failed" = 0 ]
}

# A separate run that is not part of the sum: its length is an option.
run_chaos() {
  find_sdk
  with_build_lock logged_dotnet "Building the chaos run" "$root/.build/chaos-build.log" build "$root/tests/Cortex.Chaos" -c Release || exit 1
  if ! wants_help "$@"; then
    [ "$(id -u)" = 0 ] || fail "chaos mounts small disks and blocks networks, which needs root"
    prepare_podman
  fi
  exec "$root/$(program_of Cortex.Chaos)" run "$@"
}
