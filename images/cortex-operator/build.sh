#!/usr/bin/env bash
# Builds the operator's image from the Dockerfile where neither images nor packages can be pulled into a build: the base
# images come from images/dotnet/build.sh, the packages from this machine's cache. The build itself has no network.
# On a machine that can pull, `podman build .` in the folder of the checkout does as well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD

usage() {
  cat <<'TEXT'
Usage: build.sh [--tag NAME] [--base]

  --tag    the image's name (localhost/cortex-operator:latest)
  --base   make the base images anew even where they exist

SDK_IMAGE and RUNTIME_IMAGE in the environment name other base images.
TEXT
}

fail() { printf 'build.sh: %s\n' "$@" >&2; exit 1; }
step() { printf '%4d s  %s\n' "$SECONDS" "$*"; }
# shellcheck source=scripts/program.sh
. "$root/scripts/program.sh"
# shellcheck source=scripts/podman.sh
. "$root/scripts/podman.sh"

tag=localhost/cortex-operator:latest base=''
while [ $# -gt 0 ]; do
  case $1 in
    --tag) [ -n "${2:-}" ] || fail "--tag needs a name"; tag=$2; shift 2 ;;
    --base) base=anew; shift ;;
    -h | --help) usage; exit ;;
    *) usage >&2; fail "unknown argument: $1" ;;
  esac
done
command -v podman >/dev/null || fail "podman is missing. On Debian and Ubuntu: apt-get update && apt-get install podman"
case $(uname -m) in
  x86_64) platform=linux-x64 ;;
  aarch64) platform=linux-arm64 ;;
  *) fail "the program is built for x86_64 and aarch64, not for $(uname -m)" ;;
esac

podman_settings "$root/.build/podman"
find_sdk
: "${dotnet:?find_sdk sets it}"
sdk=${SDK_IMAGE:-localhost/dotnet-sdk:10.0} runtime=${RUNTIME_IMAGE:-localhost/dotnet-aspnet:10.0}
if [ "$base" = anew ] || ! podman image exists "$sdk" || ! podman image exists "$runtime"; then
  [ "$sdk$runtime" = localhost/dotnet-sdk:10.0localhost/dotnet-aspnet:10.0 ] || fail "there is no image $sdk, or no image $runtime"
  step "base images"
  "$root/images/dotnet/build.sh"
fi

# Restored here with this machine's own package sources, whatever they are; the build gets the folder, read-only.
step "packages"
with_build_lock logged_dotnet "Restoring" "$root/.build/image-restore.log" restore "$root/operator/Cortex.Operator" --locked-mode \
  -p:RuntimeIdentifier="$platform" -p:PublishReadyToRun=true -p:ArtifactsPath="$root/.build/image"
packages=$("$dotnet" nuget locals global-packages --list | sed -n 's/^global-packages: *//p')
[ -d "$packages" ] || fail "dotnet says that its packages lie in '$packages', which is no folder"

step "the image"
previous=$(podman image inspect --format '{{.Id}}' "$tag" 2>/dev/null || true)
log=$root/.build/image-build.log
# The docker format knows health checks, OCI's does not.
podman build --format docker --network none --pull=never --layers=false --force-rm --tag "$tag" --iidfile "$root/.build/image-id" \
  --build-arg SDK_IMAGE="$sdk" --build-arg RUNTIME_IMAGE="$runtime" \
  --build-arg NUGET_PACKAGES=/packages --volume "${packages%/}:/packages:ro" \
  "$root" >"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "podman build failed; the whole log: $log"; }
id=$(sed 's/^sha256://' "$root/.build/image-id")
[ -z "$previous" ] || [ "$previous" = "$id" ] || podman rmi "$previous" >/dev/null 2>&1 || true
step "done: $tag, $(($(podman image inspect --format '{{.Size}}' "$tag") / 1000000)) MB, ${id:0:12}"
