#!/usr/bin/env bash
# Makes base images like Microsoft's from Debian packages and this machine's own .NET, for machines that cannot pull those.
# Needs mmdebstrap and podman, root or user namespaces, a Debian mirror, the .NET 10 SDK. Runs no container.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../.. && pwd -P)
# shellcheck source=scripts/debian.sh
. "$root/scripts/debian.sh"
# shellcheck source=scripts/program.sh
. "$root/scripts/program.sh"

usage() {
  cat <<'TEXT'
Usage: build.sh [sdk|aspnet] [--suite NAME] [--mirror URL] [--security-mirror URL]

  localhost/dotnet-sdk:10.0      Debian's essential packages, and the SDK
  localhost/dotnet-aspnet:10.0   the runtime, the libraries that it is linked to, and the account app (1654); no shell

Builds both images, or the named one.
  --suite   the Debian release to take packages from (trixie)
  --mirror, --security-mirror
            the Debian archives to install from; by default those of this machine's own apt sources
TEXT
}

fail() { printf 'build.sh: %s\n' "$@" >&2; exit 1; }
step() { printf '%4d s  %s\n' "$SECONDS" "$*"; }

suite=trixie mirror='' security='' only=''
while [ $# -gt 0 ]; do
  case $1 in
    sdk | aspnet) only=$1; shift ;;
    --suite | --mirror | --security-mirror)
      [ -n "${2:-}" ] || fail "$1 needs a value; see --help"
      case $1 in --suite) suite=$2 ;; --mirror) mirror=$2 ;; *) security=$2 ;; esac
      shift 2 ;;
    -h | --help) usage; exit ;;
    *) usage >&2; fail "unknown argument: $1" ;;
  esac
done

need_mmdebstrap "Elsewhere, on a machine that can pull, no base image has to be made: podman build ${root@Q}"
find_sdk
options=() sources=()   # debian_sources fills them
debian_sources "$suite" "$mirror" "$security"

work=$(mktemp -d "${TMPDIR:-/tmp}/dotnet-image.XXXXXXXX")
chmod 711 "$work"   # apt downloads as an account of its own
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# In its user namespace mmdebstrap is another account, which cannot look into a home that is its owner's alone.
install -m 755 slim.sh "$work"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1750000000}
options+=(--format=tar)

# https://learn.microsoft.com/dotnet/core/install/linux-debian#dependencies, without ICU: the operator is culture-invariant.
libraries=libc6,libgcc-s1,libstdc++6,zlib1g,ca-certificates
case $suite in bookworm) libraries+=,libssl3 ;; *) libraries+=,libssl3t64 ;; esac

debian_root() { # debian_root TAR ARGUMENT …
  local tar=$1
  shift
  TMPDIR=$work mmdebstrap "${options[@]}" "$@" "$suite" "$tar" ${sources[@]+"${sources[@]}"} >"$work/log" 2>&1 ||
    explain_debian "$work/log" "$suite"
}

# The image's own files come from where the driver lies; owners and times as a package would have them.
with_dotnet() { # with_dotnet TAR PATH …
  local tar=$1
  shift
  tar --append --file "$tar" --directory "$DOTNET_ROOT" --owner=0 --group=0 --numeric-owner --sort=name \
    --mtime="@$SOURCE_DATE_EPOCH" --transform='s,^,./usr/share/dotnet/,' "$@"
}

import() { # import TAR NAME CHANGE …
  local tar=$1 name=$2 change changes=() previous new
  shift 2
  for change; do changes+=(--change "$change"); done
  previous=$(podman image inspect --format '{{.Id}}' "$name" 2>/dev/null || true)
  podman import --quiet "${changes[@]}" "$tar" "$name" >"$work/id"
  new=$(<"$work/id")
  [ -z "$previous" ] || [ "${new#sha256:}" = "${previous#sha256:}" ] || podman rmi "$previous" >/dev/null 2>&1 || true
  rm -f "$tar"
  step "done: $name, $(($(podman image inspect --format '{{.Size}}' "$name") / 1000000)) MB"
}

path=/usr/share/dotnet:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
common=("ENV PATH=$path" 'ENV DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=true')

runtime_image() {
  step "the runtime's libraries from Debian $suite"
  # Files only: no maintainer script has run, there is no package manager and no shell. (Without configuring, mmdebstrap knows
  # only its first hook.)
  debian_root "$work/runtime.tar" --variant=extract --include="base-files,tzdata,$libraries" --extract-hook="${work@Q}/slim.sh \"\$1\""
  with_dotnet "$work/runtime.tar" LICENSE.txt ThirdPartyNotices.txt dotnet host shared
  import "$work/runtime.tar" localhost/dotnet-aspnet:10.0 "${common[@]}" 'LABEL org.opencontainers.image.title=dotnet-aspnet'
}

sdk_image() {
  step "the SDK's surroundings from Debian $suite"
  debian_root "$work/sdk.tar" --variant=essential --include="$libraries" --dpkgopt='path-exclude=/usr/share/zoneinfo/*'
  with_dotnet "$work/sdk.tar" LICENSE.txt ThirdPartyNotices.txt dotnet host shared packs sdk sdk-manifests templates
  import "$work/sdk.tar" localhost/dotnet-sdk:10.0 "${common[@]}" 'ENV DOTNET_CLI_TELEMETRY_OPTOUT=1' 'ENV DOTNET_NOLOGO=1' \
    'LABEL org.opencontainers.image.title=dotnet-sdk'
}

[ "$only" = sdk ] || runtime_image
[ "$only" = aspnet ] || sdk_image
