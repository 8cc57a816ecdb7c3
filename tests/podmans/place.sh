# shellcheck shell=bash
# An isolated environment in which a Podman begins and ends with one command: it has its own mounts and processes, so that nothing remains,
# however it ends. Sourced by rootless.sh and podman-5.sh; needs root (the checkout) and fail.
#
#   outside   the script as it was called: creates the environment, waits for the inside, cleans up
#   inside    the script again, as process 1 of the environment: mounts what is needed and runs the command

: "${root:?the folder of the checkout}"

# The image of the tests, which is loaded into the store of each environment.
image=localhost/anvil-alloydb-core:latest

# Prints why this machine cannot create such an environment; nothing if it can.
why_no_place() {
  if [ "$(id -u)" != 0 ]; then echo "an isolated Podman needs root"
  elif ! unshare --mount --pid --fork true 2>/dev/null; then echo "mount and process namespaces cannot be created on this machine"
  fi
}

# Runs this script again inside the environment. Its storage is on the disk of the checkout: $store, empty at first.
# All processes of the environment are killed when its process 1 ends, and process 1 is killed when this script ends.
run_in_place() { # run_in_place NAME [UNSHARE-OPTION …] -- COMMAND [ARGUMENT …]
  local options=() ended=0
  claim_store "$1"
  shift
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  [ -d "${DOTNET_ROOT:-}/shared" ] || fail "DOTNET_ROOT must name the folder of .NET, which contains \`shared\`"
  place=$(mktemp -d /tmp/cortex-podman.XXXXXX)
  trap 'leave_place' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  rm -rf --one-file-system "$store"
  mkdir -p "$store"
  podman image exists "$image" || fail "$image is missing; images/anvil-alloydb-core/build.sh builds it"
  podman save --quiet --output "$store/image.tar" "$image"
  store=$store place=$place unshare --mount --pid --fork --kill-child=KILL --propagation private ${options[@]+"${options[@]}"} \
    "$0" --inside "$@" <&0 &
  inside=$!
  wait "$inside" || ended=$?
  inside=''
  exit "$ended"
}

# Sets store to a folder that no other command uses. The lock ends with the last process that has it open, so that what a killed command
# has left is removed by the next one.
claim_store() { # claim_store NAME
  local number
  mkdir -p "$root/.build/podmans"
  for number in 1 2 3 4; do
    store=$root/.build/podmans/$1.$number
    exec 7>"$store.lock"
    ! flock -n 7 || return 0
  done
  fail "four commands already use $1 Podman in this checkout: wait until one of them has ended"
}

leave_place() {
  trap '' INT TERM
  if [ -n "${inside:-}" ]; then
    kill -KILL "$inside" 2>/dev/null || true
    wait "$inside" 2>/dev/null || true
  fi
  tidy_up
  rm -rf --one-file-system "$store"
  rmdir "$place"
}

# Scripts replace this function if they leave something that does not end with the namespaces.
tidy_up() { :; }

# The variables that are kept; all others are cleared. Sets settings.
settings_of_tests() {
  settings=()
  [ -z "${CORTEX_TEST_SPENT:-}" ] || settings+=("CORTEX_TEST_SPENT=$CORTEX_TEST_SPENT")
}

# Makes the checkout and .NET available below FOLDER, at paths that every account can access (the checkout may be in /root).
bring_along() { # bring_along FOLDER
  mkdir -p "$1/checkout" "$1/dotnet"
  mount --rbind "$root" "$1/checkout"
  mount --rbind "$(readlink -f "$DOTNET_ROOT")" "$1/dotnet"
}
