#!/usr/bin/env bash
# Runs a command on Debian 13, which has Podman 5.4.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

fail() { printf 'podman-5.sh: %s\n' "$@" >&2; exit 1; }
usage() {
  cat <<'TEXT'
Usage: podman-5.sh COMMAND [ARGUMENT …]   runs COMMAND in the folder of the checkout, with this machine's image in Podman's store
       podman-5.sh --check                fails if this machine cannot run it, and says why
       podman-5.sh --make                 creates Debian 13's file system if it is missing (half a minute)

The command sees Debian 13's files, its own processes and networks, and the checkout. All processes end with the command.
The file system is kept in ${XDG_CACHE_HOME:-~/.cache}/cortex/podman-5 and is never changed. DOTNET_ROOT names the folder of .NET.
TEXT
}

# shellcheck source=tests/podmans/place.sh
. "$root/tests/podmans/place.sh"
# shellcheck source=tests/podmans/control-groups.sh
. "$root/tests/podmans/control-groups.sh"
# shellcheck source=scripts/debian.sh
. "$root/scripts/debian.sh"

place=${place:-} store=${store:-}   # of the command inside, see place.sh

packages=podman,netavark,aardvark-dns,runc,crun,catatonit,iptables,nftables,iproute2,mount,procps,ca-certificates,openssl,postgresql-client,libstdc++6
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cortex
debian=$cache/podman-5

why_not() {
  local why
  why=$(why_no_place)
  if [ -n "$why" ]; then echo "$why"
  elif ! is_made && ! command -v mmdebstrap >/dev/null; then echo "mmdebstrap is missing: it makes Debian 13's file system"
  elif ! unshare --net true 2>/dev/null; then echo "network namespaces cannot be created on this machine"
  fi
}

is_made() { [ "$(cat "$debian/packages" 2>/dev/null)" = "$packages" ]; }

# Atomic: the folder gets its name at the end.
make_debian() {
  ! is_made || return 0
  local work options sources
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/podman-5.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf --one-file-system ${work@Q}" EXIT
  chmod 755 "$work"
  debian_sources trixie '' ''
  echo "Making a Debian 13 with Podman 5 in $debian …" >&2
  # In a mount namespace, so that no mount remains if the script is killed.
  unshare --mount mmdebstrap --variant=essential --include="$packages" "${options[@]}" trixie "$work/root" ${sources[@]+"${sources[@]}"} \
    >"$work/log" 2>&1 || explain_debian "$work/log" trixie
  mkdir -p "$work/root"/{checkout,dotnet,usr/local/bin}
  echo "$packages" >"$work/packages"
  rm -rf --one-file-system "$debian"
  mv -T "$work" "$debian"
  trap - EXIT
}

# The lower layer is Debian 13; written files are in memory; containers and images are on the disk.
furnish() {
  local new=$place/root kubectl
  kubectl=$(readlink -f "$(command -v kubectl)") || fail "kubectl is missing"
  mount -t tmpfs -o mode=755 cortex "$place"
  mkdir -p "$place"/{above,work,root}
  mount -t overlay -o "lowerdir=$debian/root,upperdir=$place/above,workdir=$place/work" overlay "$new"
  mkdir -p "$new/var/lib/containers" "$new/before"
  mount --bind "$store" "$new/var/lib/containers"
  bring_along "$new"
  touch "$new/usr/local/bin/kubectl"
  mount --bind "$kubectl" "$new/usr/local/bin/kubectl"   # this machine's: a static program
  mount --rbind /sys "$new/sys"
  mount --rbind /dev "$new/dev"
  mount -t proc proc "$new/proc"
  mount -t tmpfs -o mode=755 cortex "$new/run"
  cd "$new"
  pivot_root . before   # a chroot does not do: "remount /: invalid argument"
  cd /
  umount --lazy /before
  mount --make-rshared /
  ip link set lo up
}

in_debian() {
  local settings
  settings_of_tests
  (cd /checkout && exec env -i HOME=/root USER=root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    TERM="${TERM:-dumb}" LANG=C.UTF-8 DOTNET_ROOT=/dotnet "${settings[@]}" "$@")
}

inside() {
  local ended=0
  furnish
  in_debian podman load --quiet --input /var/lib/containers/image.tar >/run/load.log 2>&1 || fail "$(</run/load.log)"
  rm /var/lib/containers/image.tar
  in_debian "$@" || ended=$?
  exit "$ended"
}

tidy_up() { remove_control_groups "$groups_before"; }

case ${1:-} in
  '' | -h | --help) usage ;;
  --check) why=$(why_not); echo "$why"; [ -z "$why" ] ;;
  --make) make_debian ;;
  --inside) shift; inside "$@" ;;
  *)
    why=$(why_not); [ -z "$why" ] || fail "$why"
    make_debian
    groups_before=$(control_groups)
    run_in_place podman-5 --net -- "$@" ;;
esac
