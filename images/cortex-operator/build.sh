#!/usr/bin/env bash
# Builds the operator's image from the Dockerfile where neither images nor packages can be pulled into a build: the base
# images come from images/dotnet/build.sh, the packages from this machine's cache. The build itself has no network.
# On a machine that can pull, `podman build .` in the folder of the checkout does as well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD

usage() {
  cat <<'TEXT'
Usage: build.sh [--tag NAME] [--base] [--program FOLDER]

  --tag      the image's name (localhost/cortex-operator:latest)
  --base     build the base images again even if they exist
  --program  use the program that was already published into FOLDER for this machine's platform, instead of compiling it: the same
             image in seconds

SDK_IMAGE and RUNTIME_IMAGE in the environment name other base images.
TEXT
}

fail() { printf 'build.sh: %s\n' "$@" >&2; exit 1; }
step() { printf '%4d s  %s\n' "$SECONDS" "$*"; }
# shellcheck source=scripts/program.sh
. "$root/scripts/program.sh"
# shellcheck source=scripts/podman.sh
. "$root/scripts/podman.sh"

tag=localhost/cortex-operator:latest base='' program=''
while [ $# -gt 0 ]; do
  case $1 in
    --tag) [ -n "${2:-}" ] || fail "--tag needs a name"; tag=$2; shift 2 ;;
    --base) base=again; shift ;;
    --program)
      [ -n "${2:-}" ] || fail "--program needs a folder"
      program=$(readlink -f "$2")
      [ -x "$program/cortex" ] || fail "--program: there is no program cortex in $2; ./cortex --help builds one into .build/cortex/current"
      shift 2 ;;
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

# What is not there and is to be ours is made here; an image of another name has to be there.
ensure_base_images() {
  local image
  for image; do
    if [ -z "$base" ] && podman image exists "$image"; then continue; fi
    case $image in
      localhost/dotnet-sdk:10.0 | localhost/dotnet-aspnet:10.0) ;;
      *) podman image exists "$image" || fail "there is no image $image"; continue ;;
    esac
    image=${image#localhost/dotnet-}
    step "base image ${image%:*}"
    "$root/images/dotnet/build.sh" "${image%:*}"
  done
}

# Restored here with this machine's own package sources, whatever they are; the build gets the folder, read-only.
build_from_source() {
  local packages
  ensure_base_images "$sdk" "$runtime"
  step "packages"
  with_build_lock logged_dotnet "Restoring" "$root/.build/image-restore.log" restore "$root/operator/Cortex.Cli" --locked-mode \
    -p:RuntimeIdentifier="$platform" -p:PublishReadyToRun=true -p:ArtifactsPath="$root/.build/image"
  packages=$("$dotnet" nuget locals global-packages --list | sed -n 's/^global-packages: *//p')
  [ -d "$packages" ] || fail "the package folder that dotnet names does not exist: '$packages'"
  step "the image"
  build_image --build-arg SDK_IMAGE="$sdk" --build-arg NUGET_PACKAGES=/packages --volume "${packages%/}:/packages:ro" "$root"
}

# The Dockerfile without its first stage: all that makes the image but the compiler.
build_from_program() {
  ensure_base_images "$runtime"
  step "the image"
  # shellcheck disable=SC2016 # the Dockerfile's own variables
  sed -e '/^FROM ${SDK_IMAGE}/,/^FROM ${RUNTIME_IMAGE}/{/^FROM ${RUNTIME_IMAGE}/!d}' -e 's/^COPY --from=build \/cortex /COPY . /' Dockerfile >"$work/Containerfile"
  grep -q '^COPY \. /opt/cortex$' "$work/Containerfile" || fail "the Dockerfile's last stage has no COPY --from=build /cortex, which --program replaces; adapt --program to the Dockerfile"
  printf '%s\n' .built '**/*.pdb' >"$work/ignored"
  build_image --file "$work/Containerfile" --ignorefile "$work/ignored" "$program"
}

# The docker format knows health checks, OCI's does not.
build_image() { # build_image ARGUMENT …
  local previous log=$root/.build/image-build.log
  previous=$(podman image inspect --format '{{.Id}}' "$tag" 2>/dev/null || true)
  podman build --format docker --network none --pull=never --layers=false --force-rm --tag "$tag" --iidfile "$work/id" \
    --build-arg RUNTIME_IMAGE="$runtime" "$@" >"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "podman build failed; the whole log: $log"; }
  id=$(sed 's/^sha256://' "$work/id")
  [ -z "$previous" ] || [ "$previous" = "$id" ] || podman rmi "$previous" >/dev/null 2>&1 || true
}

podman_settings "$root/.build/podman"
find_sdk
: "${dotnet:?find_sdk sets it}"
sdk=${SDK_IMAGE:-localhost/dotnet-sdk:10.0} runtime=${RUNTIME_IMAGE:-localhost/dotnet-aspnet:10.0} id=''
work=$(mktemp -d "${TMPDIR:-/tmp}/cortex-operator-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ -n "$program" ]; then build_from_program; else build_from_source; fi
step "done: $tag, $(($(podman image inspect --format '{{.Size}}' "$tag") / 1000000)) MB, ${id:0:12}"
