#!/usr/bin/env bash
# Builds the part of a new kube-apiserver that serves custom resources (apiserver.go), from the Go packages of Debian's archive.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)

fail() { printf 'apiserver.sh: %s\n' "$@" >&2; exit 1; }
usage() {
  cat <<'TEXT'
Usage: apiserver.sh --make [--mirror URL]  builds kube-apiserver if it is missing (some minutes, 370 MB, once) and prints its path
       apiserver.sh --check                fails if this machine cannot build kube-apiserver, and says why

The program is kept in ${XDG_CACHE_HOME:-~/.cache}/cortex/apiserver; remove that folder to get a newer version. This machine's
packages and package lists do not change. No privileges are needed. To start it by hand:

  mkdir /tmp/real && ~/.cache/cortex/apiserver/apiserver /tmp/real     # prints the path of a kubeconfig; Ctrl-D ends it

  --mirror URL   the Debian archive to use (default: the archive of this machine's apt)
TEXT
}

# shellcheck source=scripts/debian.sh
. "$root/scripts/debian.sh"

suites=(unstable testing stable)   # the first that has the packages
packages=(golang-k8s-apiextensions-apiserver-dev golang-go)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/cortex/apiserver

is_made() { [ "$(cat "$folder/recipe" 2>/dev/null)" = "$recipe" ] && [ -x "$folder/apiserver" ]; }

why_not() { is_made || why_no_archive "it gets Go and its packages from Debian's archive"; }

# One run at a time; remains of an interrupted run are removed.
make() {
  local why
  if ! is_made; then
    why=$(why_not); [ -z "$why" ] || fail "$why"
    mirror=${mirror:-$(archive Debian '')}
    mkdir -p "$folder"
    exec 9>"$folder/lock"
    flock 9
    rm -rf --one-file-system "$folder"/making.*
    is_made || build
    exec 9>&-
  fi
  echo "$folder/apiserver"
}

# Atomic: the recipe file is written last.
build() {
  local work suite
  work=$(mktemp -d "$folder/making.XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf --one-file-system ${work@Q}" EXIT
  for suite in "${suites[@]}"; do
    echo "Building kube-apiserver's code in $folder, from Debian's $suite; this takes some minutes …" >&2
    if { extract "$work" "$suite" && compile "$work"; } >"$work/log" 2>&1; then
      rm -f "$folder/recipe"
      mv -T "$work/apiserver" "$folder/apiserver"
      echo "$recipe" >"$folder/recipe.new"
      mv -T "$folder/recipe.new" "$folder/recipe"
      rm -rf --one-file-system "$work"
      return
    fi
    grep -E '^(E|W|Err|dpkg-deb: error|apiserver.sh):|\.go:[0-9]+' "$work/log" >&2 || tail -n 20 "$work/log" >&2
  done
  fail "kube-apiserver's code cannot be built from the packages of $mirror; check the network, or name another archive with --mirror"
}

extract() { # extract WORK SUITE
  local deb
  own_apt "$1" "$2" || return
  APT_CONFIG=$1/apt/conf apt-get -q --error-on=any update || return
  APT_CONFIG=$1/apt/conf apt-get -qy --download-only install "${packages[@]}" || return
  # Only the Go packages are unpacked: their other dependencies matter to an installation only.
  for deb in "$1"/apt/var/cache/apt/archives/golang-*.deb; do
    dpkg-deb --extract "$deb" "$1/root" || return
  done
}

# Debian's Go packages are for a GOPATH. A package with its own go.mod may import packages whose path ends with a major version.
compile() { # compile WORK
  local work=$1 source=$1/go/src/cortex/apiserver version symbols=k8s.io/component-base/version go
  go=$(echo "$work"/root/usr/lib/go-*/bin/go)
  # 0.36.4 there is Kubernetes 1.36.4.
  version=$(dpkg-deb --field "$work"/apt/var/cache/apt/archives/golang-k8s-apiextensions-apiserver-dev_*.deb Version)
  version=${version%-*}
  version=1.${version#0.}
  mkdir -p "$source" && cp "$here/apiserver.go" "$source/" && echo 'module cortex/apiserver' >"$source/go.mod" && cd "$source" || return
  env -i PATH="$PATH" HOME="$work" GOPATH="$work/go:$work/root/usr/share/gocode" GO111MODULE=off GOCACHE="$work/go-cache" CGO_ENABLED=0 \
    nice -n 10 "$go" build -trimpath -o "$work/apiserver" \
    -ldflags "-s -w -X $symbols.gitVersion=v$version -X $symbols.gitMajor=1 -X $symbols.gitMinor=$(cut -d. -f2 <<<"$version")" .
}

recipe=$({ declare -p packages suites; declare -f extract own_apt compile; cat "$here/apiserver.go"; } | cksum)   # a changed recipe causes a new build
mirror=''
case $#:${1:-} in
  0: | 1:-h | 1:--help) usage ;;
  1:--check) why=$(why_not); [ -z "$why" ] || { echo "$why"; exit 1; } ;;
  1:--make) make ;;
  3:--make)
    [ "$2" = --mirror ] || { usage >&2; fail "unknown argument: $2"; }
    mirror=$3
    make ;;
  *) usage >&2; fail "unknown arguments: $*" ;;
esac
