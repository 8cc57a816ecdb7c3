#!/usr/bin/env bash
# Runs a command as an account without privileges, which has its own rootless Podman.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

fail() { printf 'rootless.sh: %s\n' "$@" >&2; exit 1; }
usage() {
  cat <<'TEXT'
Usage: rootless.sh COMMAND [ARGUMENT …]   runs COMMAND in the folder of the checkout, with this machine's image in Podman's store
       rootless.sh --check                fails if this machine cannot run it, and says why

The command runs as an account that exists only in the command's mount namespace. No account is added to this machine, and the mode
of /dev/net/tun does not change. All processes end with the command. DOTNET_ROOT names the folder of .NET.
TEXT
}

# shellcheck source=tests/podmans/place.sh
. "$root/tests/podmans/place.sh"

place=${place:-} store=${store:-}   # of the command inside, see place.sh

# Above all ids that distributions and systemd assign (https://systemd.io/UIDS-GIDS).
account=1879048192 name=cortex-test
subordinates=$((account + 65536)):65536

why_not() {
  local why
  why=$(why_no_place)
  if [ -n "$why" ]; then echo "$why"
  elif ! setpriv --reuid "$account" --regid "$account" --clear-groups unshare --user true 2>/dev/null; then
    echo "an account without privileges cannot create user namespaces on this machine"
  elif ! command -v ip >/dev/null; then echo "the package iproute2 is missing"
  elif ! unshare --net true 2>/dev/null; then echo "network namespaces cannot be created on this machine"
  elif [ ! -e /etc/subuid ] || ! command -v newuidmap >/dev/null; then echo "the package uidmap is missing"
  elif [ ! -c /dev/net/tun ]; then echo "/dev/net/tun is missing: a rootless network needs it"
  fi
}

# Mounts a copy of a file in /etc with one more line.
mount_with() { # mount_with FILE LINE
  local copy=$place/etc/${1##*/}
  cp "$1" "$copy"
  echo "$2" >>"$copy"
  mount --bind "$copy" "$1"
}

furnish() {
  mount -t proc proc /proc
  ip link set lo up
  mount -t tmpfs -o mode=755 cortex "$place"
  mkdir -p "$place"/{etc,home}
  install -d -o "$account" -g "$account" -m 700 "$place/run"
  install -d -o "$account" -g "$account" -m 711 "$place/tmp"   # mmdebstrap works there as further accounts
  bring_along "$place"
  mount_with /etc/passwd "$name:x:$account:$account::$place/home:/bin/bash"
  mount_with /etc/group "$name:x:$account:"
  mount_with /etc/subuid "$name:$subordinates"
  mount_with /etc/subgid "$name:$subordinates"
  mknod -m 666 "$place/tun" c 10 200
  mount --bind "$place/tun" /dev/net/tun
  # By default, Debian 12's Podman copies whole images for every container (vfs); the kernel supports overlays for accounts since 5.13.
  mkdir -p "$store/.config/containers"
  printf '[storage]\ndriver = "overlay"\n' >"$store/.config/containers/storage.conf"
  chown -R "$account:$account" "$store"
  mount --bind "$store" "$place/home"
  mount --make-rshared /   # rootless Podman warns otherwise
}

# The account has the variables of a login, and of this environment only settings_of_tests.
as_account() {
  local settings
  settings_of_tests
  (cd "$place/checkout" && exec setpriv --reuid "$account" --regid "$account" --clear-groups env -i \
    HOME="$place/home" USER="$name" LOGNAME="$name" PATH=/usr/local/bin:/usr/bin:/bin TERM="${TERM:-dumb}" LANG=C.UTF-8 \
    XDG_RUNTIME_DIR="$place/run" TMPDIR="$place/tmp" DOTNET_ROOT="$place/dotnet" "${settings[@]}" "$@")
}

inside() {
  local ended=0
  furnish
  as_account podman load --quiet --input "$place/home/image.tar" >"$place/load.log" 2>&1 || fail "$(<"$place/load.log")"
  rm -f "$place/home/image.tar"
  as_account "$@" || ended=$?
  exit "$ended"
}

case ${1:-} in
  '' | -h | --help) usage ;;
  --check) why=$(why_not); echo "$why"; [ -z "$why" ] ;;
  --inside) shift; inside "$@" ;;
  *) why=$(why_not); [ -z "$why" ] || fail "$why"; run_in_place rootless --net -- "$@" ;;
esac
