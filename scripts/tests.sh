# shellcheck shell=bash
# ./cortex test: reads what is asked for, builds it, runs the lanes, prints the sum. Sourced; needs fail, bad_usage and the functions of
# packages.sh, program.sh, podman.sh and kubernetes.sh.

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

  unit        everything that needs no Podman
  smoke       unit, and one pair that is made, promoted, switched over and removed: for work in between
  podman      real PostgreSQL on this machine's Podman, as the user who you are
  here        unit and podman (default with --filter)
  kubernetes  the target's contract and the stories of every target on a real Kubernetes: one that is made for it from Debian packages (root; some
              minutes the first time) and goes again, or the one that KUBECONFIG names
  machine     here, podman --rootless and podman --podman 5
  fresh       ./cortex up, the tour of the README and ./cortex down on a pristine Debian 12, as root and as an account without rights; of the
              last commit (root)
  all         machine, and beside it kubernetes, on a cluster that is made for it whatever KUBECONFIG says, and fresh (default)
  deep        what the others leave out because it only repeats: many rounds, full volumes, ten minutes of chaos, an hour of generated input;
              on Podman and on Kubernetes; and a fresh machine of Debian 13. With --filter: only on this machine's Podman
  --rootless  the target's contract, create, promote, switchover, rejoin and delete, by an account without rights. Run as root, which
              makes that account; it is gone afterwards
  --podman 5  the same on Podman 5.4, of a Debian 13 that is made for it (root; half a minute and 500 MB the first time). With
              --rootless: one after the other
  --filter    only tests with TEXT in their full name (Namespace.Class.Method)
  --profile   writes what every test, every cluster and every build took to .build/reports/profile.tsv
  chaos       writers, probes and a nemesis on real Podman, and a verdict; see ./cortex test chaos --help

The last line is the sum: N passed, N failed. Where a machine cannot do something, the reason is printed and it counts as skipped.
TEXT
}

run_tests() {
  if [ "${1:-}" = chaos ]; then shift; run_chaos "$@"; return; fi
  local tier='' filter='' profile='' places=() only=() passed failed skipped failures
  read_test_arguments "$@"
  [ -z "$filter" ] || only=(-method "*$filter*")

  rm -rf "$reports" && mkdir -p "$reports"
  : >"$reports/phases.tsv"
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
      --rootless) places+=(rootless); shift ;;
      --podman)
        [ "${2:-}" = 5 ] || bad_usage "--podman ${2:-} is unknown: there is --podman 5, and without it this machine's own is used" test
        places+=(podman-5); shift 2 ;;
      --filter) [ -n "${2:-}" ] || bad_usage "--filter needs a text" test; filter=$2; shift 2 ;;
      --profile) profile=wanted; shift ;;
      -h | --help) test_usage; exit ;;
      *) bad_usage "unknown argument: $1" test ;;
    esac
  done
  case ${#places[@]}:$tier in
    0:) if [ -z "$filter" ]; then tier=all; else tier=here; fi ;;
    0:* | *: | *:podman) ;;
    *) bad_usage "--rootless and --podman are of the tier podman: ./cortex test podman --rootless" test ;;
  esac
  [ ${#places[@]} = 0 ] || tier=places
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
  # Once more at the end: a story that fails prints pages.
  [ -z "$failures" ] || printf 'What failed:\n%s' "$failures"
  echo "$sum"
  [ "$failed" = 0 ]
}

# A run of its own, not one of the sum: it takes as long as it is told to.
run_chaos() {
  find_sdk
  with_build_lock logged_dotnet "Building the chaos run" "$root/.build/chaos-build.log" build "$root/tests/Cortex.Chaos" -c Release || exit 1
  if ! wants_help "$@"; then
    [ "$(id -u)" = 0 ] || fail "chaos mounts small disks and cuts networks, which takes root"
    prepare_podman
  fi
  exec "$root/$(program_of Cortex.Chaos)" run "$@"
}
