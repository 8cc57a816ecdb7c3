#!/usr/bin/env bash
# Creates the oldest and the newest kubectl of Debian's archive, each in its own small root file system.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

fail() { printf 'kubectl.sh: %s\n' "$@" >&2; exit 1; }
usage() {
  cat <<'TEXT'
Usage: kubectl.sh --make [--mirror URL]  downloads each missing kubectl (20 seconds, 130 MB) and prints the path of each kubectl
       kubectl.sh --list                 prints the path of each kubectl that was downloaded
       kubectl.sh --check                fails if this machine cannot download one, and says why

The oldest kubectl is Debian 12's; the newest is that of Debian's unstable, else of testing, else of stable. Both are kept in
${XDG_CACHE_HOME:-~/.cache}/cortex/kubectls, in oldest/kubectl and newest/kubectl; remove that folder to get a newer version.
This machine's packages and package lists do not change. No privileges are needed.

  --mirror URL   the Debian archive to use (default: the archive of this machine's apt)
TEXT
}

# shellcheck source=scripts/debian.sh
. "$root/scripts/debian.sh"

names=(oldest newest)
declare -A suites=([oldest]=bookworm [newest]='unstable testing stable')
package=kubernetes-client   # from Debian 13 on it depends on the package kubectl
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cortex
kubectls=$cache/kubectls

is_made() { [ "$(cat "$kubectls/$1/recipe" 2>/dev/null)" = "$recipe" ] && [ -x "$kubectls/$1/kubectl" ]; }

all_made() { is_made oldest && is_made newest; }

list() {
  local name
  for name in "${names[@]}"; do
    ! is_made "$name" || echo "$kubectls/$name/kubectl"
  done
}

why_not() { all_made || why_no_archive "it gets kubectl's packages from Debian's archive"; }

# One run at a time; remains of an interrupted run are removed.
make_all() {
  local name why failed=0
  if ! all_made; then
    why=$(why_not); [ -z "$why" ] || fail "$why"
    mirror=${mirror:-$(archive Debian '')}
    mkdir -p "$kubectls"
    exec 9>"$kubectls/lock"
    flock 9
    rm -rf --one-file-system "$kubectls"/making.*
    for name in "${names[@]}"; do
      is_made "$name" || make "$name" || failed=1
    done
    exec 9>&-
  fi
  list
  return "$failed"
}

# Atomic: the folder gets its name at the end.
make() { # make NAME: the first of its suites whose kubectl runs
  local work suite
  work=$(mktemp -d "$kubectls/making.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf --one-file-system ${work@Q}" EXIT
  chmod 755 "$work"
  for suite in ${suites[$1]}; do
    echo "Creating the $1 kubectl in $kubectls/$1, from Debian's $suite …" >&2
    if { extract "$work" "$suite" && prepare "$work"; } >"$work/log" 2>&1; then
      echo "$recipe" >"$work/recipe"
      rm -rf --one-file-system "$work/apt" "${kubectls:?}/$1"
      mv -T "$work" "$kubectls/$1"
      return
    fi
    grep -E '^(E|W|Err|dpkg-deb: error|kubectl.sh):' "$work/log" >&2 || tail -n 20 "$work/log" >&2
  done
  rm -rf --one-file-system "$work"
  echo "kubectl.sh: there is no $1 kubectl at $mirror; check the network, or name another archive with --mirror" >&2
  return 1
}

# The files of the package and of all that it depends on.
extract() { # extract WORK SUITE
  local deb
  own_apt "$1" "$2" || return
  APT_CONFIG=$1/apt/conf apt-get -q --error-on=any update || return
  APT_CONFIG=$1/apt/conf apt-get -qy --download-only install "$package" || return
  for deb in "$1"/apt/var/cache/apt/archives/*.deb; do
    dpkg-deb --extract "$deb" "$1/root" || return
  done
}

# A static program runs as it is; another one with the libraries of its own root, because this machine's may be too old.
prepare() { # prepare WORK
  local loader libraries
  loader=$(cd "$1/root" && find usr lib* -name 'ld-linux*.so.*' -print -quit 2>/dev/null)
  if [ -z "$loader" ]; then
    ln -sfn root/usr/bin/kubectl "$1/kubectl"
  else
    libraries=$(cd "$1/root" && find usr lib* -name libc.so.6 -printf '%h' -quit 2>/dev/null)
    cat >"$1/kubectl" <<TEXT
#!/bin/sh
root=\$(dirname "\$(readlink -f "\$0")")/root
exec "\$root/$loader" --library-path "\$root/$libraries" --argv0 kubectl "\$root/usr/bin/kubectl" "\$@"
TEXT
    chmod 755 "$1/kubectl"
  fi
  "$1/kubectl" version --client --output json | sed -n 's/^ *"gitVersion": "v\(.*\)".*/\1/p' | grep . >"$1/version"
}

recipe=$({ declare -p package suites; declare -f extract own_apt prepare; } | cksum)   # a changed recipe causes a new build
mirror=''
case $#:${1:-} in
  0: | 1:-h | 1:--help) usage ;;
  1:--list) list ;;
  1:--check) why=$(why_not); [ -z "$why" ] || { echo "$why"; exit 1; } ;;
  1:--make) make_all ;;
  3:--make)
    [ "$2" = --mirror ] || { usage >&2; fail "unknown argument: $2"; }
    mirror=$3
    make_all ;;
  *) usage >&2; fail "unknown arguments: $*" ;;
esac
