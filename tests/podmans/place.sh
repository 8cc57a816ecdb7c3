# shellcheck shell=bash
# A place where a Podman begins and ends with one command: mounts and processes of its own, so that nothing stays,
# however it ends. Sourced by rootless.sh and podman-5.sh; needs root (the checkout) and fail.
#
#   outside   the script as it was called: makes the place, waits for the inside, tidies up
#   inside    the script again, as process 1 of the place: mounts what is needed and runs the command

: "${root:?the folder of the checkout}"

# The image of the stories, which every place loads into its own store.
image=localhost/anvil-alloydb-core:latest

# Prints why this machine cannot make a place; empty when it can.
why_no_place() {
  if [ "$(id -u)" != 0 ]; then echo "an isolated Podman needs root"
  elif ! unshare --mount --pid --fork true 2>/dev/null; then echo "mount and process namespaces cannot be created on this machine"
  fi
}

# Runs this script again inside a place. Its storage is on the disk of the checkout: $store, empty at first.
# The whole place is killed when its process 1 ends, and that is killed when we are.
run_in_place() { # run_in_place NAME [UNSHARE-OPTION …] -- COMMAND [ARGUMENT …]
  local options=() ended=0
  store=$root/.build/podmans/$1
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

# Replaced by who leaves something that its namespaces do not take along.
tidy_up() { :; }

# What comes along of our environment, which is cleared otherwise. Sets settings.
settings_of_tests() {
  settings=()
  [ -z "${CORTEX_TEST_SPENT:-}" ] || settings+=("CORTEX_TEST_SPENT=$CORTEX_TEST_SPENT")
}

# The checkout and .NET under paths that every account can walk (the checkout may be in /root), below FOLDER.
bring_along() { # bring_along FOLDER
  mkdir -p "$1/checkout" "$1/dotnet"
  mount --rbind "$root" "$1/checkout"
  mount --rbind "$(readlink -f "$DOTNET_ROOT")" "$1/dotnet"
}
