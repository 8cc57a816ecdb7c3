# shellcheck shell=bash
# ./cortex test: builds the solution, runs the test programs, adds up their reports. Sourced; needs fail and the
# functions of packages.sh, program.sh and podman.sh.

: "${root:?the folder of the checkout}"

unit_suites=(Cortex.Core.Tests Cortex.Engine.Tests Cortex.Runtime.Tests Cortex.ApiServer.Tests Cortex.Operator.Tests
  Cortex.Chaos)
stories=Cortex.EndToEnd
every_podman=(-trait Story=EveryPodman)   # create, promote, switchover, rejoin, delete: what is told on every Podman
# Seconds. A suite that hangs must not keep the sum from being printed, and has to say which test it was.
unit_limit=900 stories_limit=3600 test_limit=300

test_usage() {
  cat <<'TEXT'
Usage: ./cortex test [unit|podman|here|machine|kubernetes|all] [--filter TEXT]
       ./cortex test podman --rootless|--podman 5 [--filter TEXT]
       ./cortex test chaos [--minutes N] [--seed S] …

  unit        everything that needs no Podman
  podman      real PostgreSQL on this machine's Podman, as the user who you are
  here        both of these (default with --filter)
  kubernetes  the target's contract and the stories of every target on a real Kubernetes: one that is made for it from Debian packages (root; some
              minutes the first time) and goes again, or the one that KUBECONFIG names
  machine     here, podman --rootless and podman --podman 5
  all         machine, and kubernetes beside it, on a cluster that is made for it whatever KUBECONFIG says (default); about an hour
  --rootless  create, promote, switchover, rejoin and delete, by an account without rights. Run as root, which makes that account;
              it is gone afterwards
  --podman 5  the same stories on Podman 5.4, of a Debian 13 that is made for it (root; half a minute and 500 MB the first time). With
              --rootless: one after the other
  --filter    only tests with TEXT in their full name (Namespace.Class.Method)
  chaos       writers, probes and a nemesis on real Podman, and a verdict; see ./cortex test chaos --help

The last line is the sum: N passed, N failed. Where a machine cannot do something, the reason is printed and it counts as skipped.
TEXT
}

run_tests() {
  if [ "${1:-}" = chaos ]; then shift; run_chaos "$@"; return; fi
  local tier='' filter='' place places=()
  while [ $# -gt 0 ]; do
    case $1 in
      unit | podman | here | machine | kubernetes | all) tier=$1; shift ;;
      --rootless) places+=(rootless); shift ;;
      --podman)
        [ "${2:-}" = 5 ] || fail "--podman ${2:-} is unknown: there is --podman 5, and without it this machine's own is used"
        places+=(podman-5); shift 2 ;;
      --filter) [ -n "${2:-}" ] || fail "--filter needs a text"; filter=$2; shift 2 ;;
      -h | --help) test_usage; exit ;;
      *) test_usage >&2; fail "unknown argument: $1" ;;
    esac
  done
  case ${#places[@]}:$tier in
    0:) if [ -z "$filter" ]; then tier=all; else tier=here; fi ;;
    0:* | *: | *:podman) ;;
    *) fail "--rootless and --podman are of the tier podman: ./cortex test podman --rootless" ;;
  esac
  ensure_packages client chart
  find_sdk
  with_build_lock build_solution || { echo "0 passed, 1 failed"; exit 1; }
  if [ "$tier" != unit ]; then prepare_podman; fi
  if [ "$tier" = all ] && [ "$(id -u)" = 0 ]; then prepare_lanes; fi

  reports=$root/.build/reports passed=0 failed=0 skipped=0 failures=''
  rm -rf "$reports" && mkdir -p "$reports"
  local only=()
  [ -z "$filter" ] || only=(-method "*$filter*")
  for place in ${places[@]+"${places[@]}"}; do run_stories_in "$place"; done
  case ${#places[@]}:$tier in
    0:all) run_all ;;
    0:machine) run_machine ;;
    0:kubernetes) run_on_kubernetes ${only[@]+"${only[@]}"} ;;
    0:*) run_tier ;;
  esac

  if [ $((passed + failed + skipped)) = 0 ]; then
    echo "No test ran${filter:+; none has ${filter@Q} in its name}." >&2
    failed=1
  fi
  local sum="$passed passed, $failed failed"
  [ "$skipped" = 0 ] || sum+=", $skipped skipped"
  # Once more at the end: a story that fails prints pages.
  [ "$failed" = 0 ] || printf 'What failed:\n%s' "$failures"
  echo "$sum"
  [ "$failed" = 0 ]
}

# Of this machine, as it is.
run_tier() {
  local suite
  for suite in "${unit_suites[@]}"; do
    case $tier in
      unit) run_suite "$suite" "$(program_of "$suite")" "${only[@]}" -trait- Tier=podman -trait- Tier=kubernetes ;;
      podman) run_suite "$suite" "$(program_of "$suite")" "${only[@]}" -trait Tier=podman ;;
      here | machine | all) run_suite "$suite" "$(program_of "$suite")" "${only[@]}" -trait- Tier=kubernetes ;;
    esac
  done
  [ "$tier" = unit ] || run_suite "$stories" "$(program_of "$stories")" "${only[@]}" -trait- Tier=kubernetes
}

run_machine() {
  run_tier
  # Who is no root has told them already.
  [ "$(id -u)" != 0 ] || run_stories_in rootless
  run_stories_in podman-5
}

# A Kubernetes waits for its machine most of the time, so its tests run beside the others; what they say comes last.
# shellcheck disable=SC2030,SC2031 # they count for themselves
run_all() {
  local aside=$reports/kubernetes p f s
  set -m   # a process group of its own, so that an interruption ends it whole
  (
    passed=0 failed=0 skipped=0 failures=''
    KUBECONFIG='' run_on_kubernetes ${only[@]+"${only[@]}"}
    printf '%s\n' "$passed" "$failed" "$skipped" "$failures" >"$aside.sum"
  ) >"$aside.log" 2>&1 </dev/null &
  lane=$!
  set +m
  trap 'kill -- "-$lane" 2>/dev/null; wait "$lane" || true' EXIT
  run_machine
  wait "$lane" || true
  trap - EXIT
  cat "$aside.log"
  if [ ! -s "$aside.sum" ]; then
    echo "the tests on Kubernetes broke off: counted as a failure" >&2
    failed=$((failed + 1)) failures+=$'  the tests on Kubernetes broke off\n'
    return
  fi
  { read -r p && read -r f && read -r s && { [ "$f" = 0 ] || failures+=$(cat)$'\n'; }; } <"$aside.sum"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# Two lanes that install packages would be in each other's way.
prepare_lanes() {
  ensure_packages rootless
  ensure_packages_without_services 'etcd containerd' kubernetes kubernetes-build
}

# The stories of every Podman in a place of its own (tests/podmans/).
run_stories_in() { # run_stories_in rootless|podman-5
  local enter=$root/tests/podmans/$1.sh label=$stories.$1 why
  # Who is such an account is in the place already.
  if [ "$1" = rootless ] && [ "$(id -u)" != 0 ]; then
    run_suite "$label" "$(program_of "$stories")" "${every_podman[@]}" "${only[@]}"
    return
  fi
  ensure_packages rootless
  if why=$("$enter" --check); then
    run_suite "$label" "$enter" "$(program_of "$stories")" "${every_podman[@]}" "${only[@]}"
    return
  fi
  echo "== $label"
  echo "   skipped: $why"
  skipped=$((skipped + 1))
}

# A run of its own, not one of the sum: it takes as long as it is told to.
run_chaos() {
  find_sdk
  with_build_lock logged_dotnet "Building the chaos run" "$root/.build/chaos-build.log" build "$root/tests/Cortex.Chaos" -c Release || exit 1
  if ! wants_help "$@"; then
    [ "$(id -u)" = 0 ] || fail "chaos mounts small disks and cuts networks, which takes root"
    prepare_podman
  fi
  exec "$root/.build/bin/Cortex.Chaos/release/Cortex.Chaos" run "$@"
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

# The report file is the witness, not the exit code alone: a program that crashed has left none, or an incomplete one.
# Paths are relative: the stories may see the checkout elsewhere, and write their report as another account.
run_suite() { # run_suite LABEL COMMAND [ARGUMENT …]
  local name=$1 report=$reports/$1.xml status=0 summary begin=$SECONDS limit=$unit_limit
  case $name in "$stories"*) limit=$stories_limit ;; esac
  shift
  echo "== $name"
  : >"$report" && chmod 666 "$report"
  (cd "$root" && exec timeout --foreground -k 10 "$limit" "$@" \
    -noLogo -noColor -longRunning "$test_limit" -result-xml "${report#"$root/"}" </dev/null) || status=$?
  summary=$(grep -o '<assembly [^>]*>' "$report" 2>/dev/null || true)
  local p f s
  p=$(attribute passed) f=$(($(attribute failed) + $(attribute errors))) s=$(attribute skipped)
  if { [ -z "$summary" ] || [ "$status" != 0 ]; } && [ "$f" = 0 ]; then
    echo "$name ended with exit code $status$([ -n "$summary" ] || echo ' and left no report'): counted as a failure" >&2
    f=1
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if [ "$f" != 0 ]; then
    failures+="  $name"$'\n'$({ grep -o '<test [^>]*result="Fail"' "$report" || true; } | sed 's/.* name="\([^"]*\)".*/    \1/')$'\n'
  fi
  echo "   $p passed, $f failed, $s skipped in $((SECONDS - begin)) s"
}

program_of() { echo ".build/bin/$1/release/$1"; }

attribute() { # attribute NAME: its number in summary, 0 where there is none
  local value
  value=$(sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$summary")
  echo "${value:-0}"
}
