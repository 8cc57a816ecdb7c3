#!/usr/bin/env bash
# Builds the PostgreSQL image from Debian packages alone, for machines that cannot pull one (Containerfile is for
# those that can). Needs mmdebstrap and podman, root or user namespaces, and a Debian mirror. Runs no container.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/debian.sh
. ../../scripts/debian.sh

usage() {
  cat <<'TEXT'
Usage: build.sh [--suite trixie|bookworm|sid|experimental] [--tag NAME] [--mirror URL] [--security-mirror URL]

  --suite   trixie: PostgreSQL 17 (default)      -> localhost/anvil-alloydb-core:17 and :latest
            bookworm: PostgreSQL 15              -> localhost/anvil-alloydb-core:15
            sid: PostgreSQL 18                   -> localhost/anvil-alloydb-core:18
            experimental: PostgreSQL 19          -> localhost/anvil-alloydb-core:19
  --tag     give the image only this name instead
  --mirror, --security-mirror
            the Debian archives to install from; by default those of this machine's own apt sources
TEXT
}

fail() { printf 'build.sh: %s\n' "$@" >&2; exit 1; }
step() { printf '%4d s  %s\n' "$SECONDS" "$*"; }

suite=trixie tag='' mirror='' security=''
while [ $# -gt 0 ]; do
  case $1 in
    --suite | --tag | --mirror | --security-mirror)
      [ -n "${2:-}" ] || fail "$1 needs a value; see --help"
      case $1 in --suite) suite=$2 ;; --tag) tag=$2 ;; --mirror) mirror=$2 ;; *) security=$2 ;; esac
      shift 2 ;;
    -h | --help) usage; exit ;;
    *) usage >&2; fail "unknown argument: $1" ;;
  esac
done
release=$suite more=''
case $suite in
  trixie) major=17 ;;
  bookworm) major=15 ;;
  sid) major=18 ;;
  # No whole release: what it has is laid over sid.
  experimental) major=19 release=sid more=experimental ;;
  *) fail "--suite must be trixie, bookworm, sid or experimental, not '$suite'" ;;
esac
names=("localhost/anvil-alloydb-core:$major")
[ "$suite" != trixie ] || names+=(localhost/anvil-alloydb-core:latest)
[ -z "$tag" ] || names=("$tag")
packages=postgresql-$major
[ -z "$more" ] || packages=libpq5/$more,postgresql-client-$major/$more,$packages/$more
# It archives WAL, makes backups and restores them.
packages+=,pgbackrest

need_mmdebstrap "Elsewhere, on a machine that can pull: podman build -t ${names[0]} --build-arg PG_MAJOR=$major ${PWD@Q}"
options=() sources=()   # debian_sources fills them
debian_sources "$release" "$mirror" "$security" "$more"

work=$(mktemp -d "${TMPDIR:-/tmp}/anvil-image.XXXXXXXX")
chmod 711 "$work"   # apt downloads as an account of its own
image=''
# An image without a name is half an image; it is removed with the temporary files, whatever ended the build.
cleanup() {
  trap '' INT TERM
  [ -z "$image" ] || podman rmi "$image" >/dev/null 2>&1 || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Clamps every file time; the layer of two builds from the same packages is the same byte for byte.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1750000000}
# slim.sh cleans up after apt; mmdebstrap's own way would leave lock files and the folders that slim.sh removes.
options+=(--format=tar --variant=essential --include="$packages" --skip=cleanup/apt)
for pattern in '/usr/lib/postgresql/*/lib/bitcode/*' '/usr/lib/*/libLLVM*' '/usr/lib/llvm-*' '/usr/lib/*/libz3.so*'; do
  options+=(--dpkgopt="path-exclude=$pattern")
done
# In its user namespace mmdebstrap is another account, which cannot look into a home that is its owner's alone.
install -m 755 prepare.sh slim.sh "$work"
options+=(--essential-hook="${work@Q}/prepare.sh \"\$1\"" --customize-hook="${work@Q}/slim.sh \"\$1\"")

step "installing PostgreSQL $major from Debian $suite (download about 80 MB)"
TMPDIR=$work mmdebstrap "${options[@]}" "$release" "$work/root.tar" ${sources[@]+"${sources[@]}"} 2>&1 | tee "$work/log" |
  { grep --line-buffered -E '^I: (running apt-get|downloading|extracting|installing|running --|creating)' || true; } |
  while IFS= read -r line; do line=${line#I: }; step "  ${line%%:*}"; done || explain_debian "$work/log" "$suite"
[ -s "$work/root.tar" ] || explain_debian "$work/log" "$suite"

version=$(tar -xOf "$work/root.tar" ./var/lib/dpkg/status |
  awk -v package="postgresql-$major" '$1 == "Package:" { mine = $2 == package } mine && $1 == "Version:" { print $2 }')
step "importing PostgreSQL $version ($(($(stat -c %s "$work/root.tar") / 1000000)) MB)"
previous=$(podman image inspect --format '{{.Id}}' "${names[0]}" 2>/dev/null || true)
image=$(podman import --quiet \
  --change "ENV PATH=/usr/lib/postgresql/$major/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
  --change 'ENV LANG=C.UTF-8' --change "ENV PG_MAJOR=$major" --change 'USER postgres' --change 'WORKDIR /' \
  --change 'STOPSIGNAL SIGINT' --change 'CMD ["postgres"]' \
  --change 'LABEL org.opencontainers.image.title=anvil-alloydb-core' \
  --change "LABEL org.opencontainers.image.version=$version" \
  "$work/root.tar")
podman tag "$image" "${names[@]}"
digest=$(podman image inspect --format '{{index .RootFS.Layers 0}}' "$image")
new=$image image=''
[ -z "$previous" ] || [ "sha256:${new#sha256:}" = "sha256:${previous#sha256:}" ] || podman rmi "$previous" >/dev/null 2>&1 || true
step "done: ${names[*]}, layer $digest"
