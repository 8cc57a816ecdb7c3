# shellcheck shell=bash
# A pristine Debian in namespaces: its files, processes, network, accounts. Sourced by fresh.sh; needs root (the checkout) and fail.
#
#   base      made once and kept in the cache: Debian's minimal system, Git, and what the SDK is linked to
#   archives  the packages that were downloaded, a layer above it, so that they are downloaded once
#   store     what a machine writes, on the disk of the checkout; it goes with the machine

: "${root:?the folder of the checkout}"

# Variables that fresh.sh sets.
suite=${suite:-} nuget=${nuget:-} store=${store:-} place=${place:-} runtime=${runtime:-}

cache=${XDG_CACHE_HOME:-$HOME/.cache}/cortex
# shellcheck disable=SC2034 # for the stories
account=alice

choose_suite() { # choose_suite bookworm|trixie
  suite=$1
  # https://learn.microsoft.com/dotnet/core/install/linux-debian#dependencies
  case $suite in
    bookworm) packages=git,ca-certificates,libc6,libgcc-s1,libstdc++6,zlib1g,tzdata,libicu72,libssl3 ;;
    trixie) packages=git,ca-certificates,libc6,libgcc-s1,libstdc++6,zlib1g,tzdata,libicu76,libssl3t64 ;;
    *) fail "--suite must be bookworm or trixie, not '$suite'" ;;
  esac
  base=$cache/fresh-$suite archives=$cache/fresh-$suite-archives
}

# Certificate authorities that were added here are part of how this machine reaches the archives.
own_authorities=/usr/local/share/ca-certificates

recipe() { echo "$packages $(find "$own_authorities" -name '*.crt' -exec cat {} + 2>/dev/null | sha256sum)"; }

is_made() { [ "$(cat "$base/recipe" 2>/dev/null)" = "$(recipe)" ]; }

# Atomic: the folder gets its name at the end.
make_base() {
  mkdir -p "$archives/var/cache/apt/archives"
  ! is_made || return 0
  local work options sources
  work=$(mktemp -d "$cache/fresh-$suite.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf --one-file-system ${work@Q}" EXIT
  chmod 755 "$work"
  debian_sources "$suite" '' ''
  echo "Making a pristine Debian ($suite) in $base …" >&2
  # shellcheck disable=SC2016 # the hook's shell expands it
  options+=(--customize-hook="! [ -d $own_authorities ] || cp -r $own_authorities/. \"\$1$own_authorities/\""
    --customize-hook='chroot "$1" update-ca-certificates' --customize-hook='rm -f "$1/etc/resolv.conf" "$1/etc/hostname"')
  # In a mount namespace, so that no mount remains if the script is killed.
  unshare --mount mmdebstrap --variant=minbase --include="$packages" "${options[@]}" "$suite" "$work/root" ${sources[@]+"${sources[@]}"} \
    >"$work/log" 2>&1 || explain_debian "$work/log" "$suite"
  recipe >"$work/recipe"
  rm -rf --one-file-system "$base"
  mv -T "$work" "$base"
  trap - EXIT
}

# Files of the base, written to above; homes and Podman's store on the disk itself, because overlays cannot lie on overlays. What is written
# need not survive a crash (volatile): dpkg waits for the disk at every file otherwise.
furnish_files() { # furnish_files NEW-ROOT
  local new=$1 layers
  layers=lowerdir=$archives:$base/root,upperdir=$store/above,workdir=$store/work
  mkdir -p "$store"/{above,work,home,root,containers}
  chmod 700 "$store/root"
  mount -t overlay -o "$layers,volatile" overlay "$new" 2>/dev/null || mount -t overlay -o "$layers" overlay "$new"
  mkdir -p "$new"/{home,root,var/lib/containers,usr/share/dotnet,mnt/source,mnt/nuget,before}
  mount --bind "$store/home" "$new/home"
  mount --bind "$store/root" "$new/root"
  mount --bind "$store/containers" "$new/var/lib/containers"
  mount_read_only "$(readlink -f "$DOTNET_ROOT")" "$new/usr/share/dotnet"
  mount_read_only "$store/source" "$new/mnt/source"
  if [ -n "$nuget" ]; then furnish_nuget "$new/mnt/nuget"; fi
  ln -sfn /usr/share/dotnet/dotnet "$new/usr/bin/dotnet"
  echo 'nameserver 10.0.2.3' >"$new/etc/resolv.conf"   # slirp4netns
  echo fresh >"$new/etc/hostname"
  printf '%s\n' '127.0.0.1 localhost' '127.0.1.1 fresh' >"$new/etc/hosts"
}

# The packages that this account has. Their programs are its own to start, so other accounts get copies.
furnish_nuget() { # furnish_nuget FOLDER
  mkdir "$store"/nuget{,-work}
  mount -t overlay -o "lowerdir=$nuget,upperdir=$store/nuget,workdir=$store/nuget-work" overlay "$1"
  find "$1" -type f -perm -u=x ! -perm -o=x ! -name '*.*' -exec chmod a+x {} +
  mount -o remount,ro "$1"
}

mount_read_only() { mount --bind "$1" "$2" && mount -o remount,bind,ro "$2"; }

# The machine's own devices; /dev/net/tun has the mode that it has on a machine without udev rules.
furnish_devices() { # furnish_devices NEW-ROOT
  local dev=$1/dev device
  mount -t tmpfs -o mode=755 cortex "$dev"
  mkdir -p "$dev"/{pts,shm,net,mqueue}
  for device in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0' 'fuse 10 229'; do
    # shellcheck disable=SC2086 # three words
    mknod -m 666 "$dev"/${device%% *} c ${device#* }
  done
  mknod -m 600 "$dev/net/tun" c 10 200
  mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$dev/pts"
  mount -t tmpfs -o mode=1777 cortex "$dev/shm"
  mount -t mqueue mqueue "$dev/mqueue"
  ln -s pts/ptmx "$dev/ptmx"
  ln -s /proc/self/fd "$dev/fd"
  ln -s /proc/self/fd/0 "$dev/stdin"
  ln -s /proc/self/fd/1 "$dev/stdout"
  ln -s /proc/self/fd/2 "$dev/stderr"
}

furnish() {
  local new=$place/root
  mount -t tmpfs -o mode=755 cortex "$place"
  mkdir "$new"
  furnish_files "$new"
  furnish_devices "$new"
  mount -t proc proc "$new/proc"
  mount -t sysfs sysfs "$new/sys"
  mount --rbind /sys/fs/cgroup "$new/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 cortex "$new/run"
  mkdir -m 1777 "$new/run/lock"
  cd "$new" || exit
  pivot_root . before   # a chroot does not do: "remount /: invalid argument"
  cd /
  umount --lazy /before
  rmdir /before
  mount --make-rshared /
  hostname fresh
  await_network
}

# slirp4netns makes it, outside.
await_network() {
  local waited=0
  until grep -q tap0: /proc/net/dev; do
    [ "$waited" -lt 200 ] || fail "slirp4netns created no network; its log: $store/network.log"
    waited=$((waited + 1))
    sleep 0.05
  done
}

# Of the environment, only the settings for reaching the archives are kept.
network_environment() { env | grep -E '^(SSL_CERT_(FILE|DIR)|NUGET_CERT_REVOCATION_MODE|(https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY)=' || true; }

as() { # as root|ACCOUNT COMMAND [ARGUMENT …]
  local who=$1 home=/root id=(env) set=()
  shift
  mapfile -t set < <(network_environment)
  set+=(NUGET_FALLBACK_PACKAGES=/mnt/nuget)
  if [ "$who" != root ]; then
    home=/home/$who
    id=(setpriv --reuid "$who" --regid "$who" --init-groups env)
    [ -z "$runtime" ] || set+=("XDG_RUNTIME_DIR=$runtime")
  else
    set+=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  fi
  (cd "$home" && exec "${id[@]}" -i HOME="$home" USER="$who" LOGNAME="$who" SHELL=/bin/bash PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 \
    TERM=dumb "${set[@]}" "$@" </dev/null)
}
