# shellcheck shell=bash
# Installs the Debian and Ubuntu packages that a command needs and that are missing. Sourced; needs fail.

# program:package, by what asks for it. Podman's helpers lie outside PATH.
podman_tools=(podman:podman netavark:netavark aardvark-dns:aardvark-dns runc:runc crun:crun catatonit:catatonit
  iptables:iptables nft:nftables)
rootless_tools=(newuidmap:uidmap slirp4netns:slirp4netns fuse-overlayfs:fuse-overlayfs)
image_tools=(mmdebstrap:mmdebstrap)
client_tools=(openssl:openssl psql:postgresql-client kubectl:kubernetes-client)

has_program() {
  local folder
  command -v "$1" >/dev/null && return 0
  for folder in /usr/sbin /sbin /usr/lib/podman /usr/libexec/podman /usr/local/libexec/podman /usr/libexec/catatonit; do
    [ -x "$folder/$1" ] && return 0
  done
  return 1
}

# ensure_packages podman|image|client …: the groups of tools that a command needs.
# A program on PATH counts, whatever package it came from: kubectl of another package would stand in Debian's way.
ensure_packages() {
  local group tool missing=() tools=()
  for group; do
    case $group in
      podman)
        tools+=("${podman_tools[@]}")
        [ "$(id -u)" = 0 ] || tools+=("${rootless_tools[@]}") ;;
      image) tools+=("${image_tools[@]}") ;;
      client) tools+=("${client_tools[@]}") ;;
    esac
  done
  for tool in "${tools[@]}"; do
    has_program "${tool%%:*}" || missing+=("${tool#*:}")
  done
  [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -d /etc/pki ] || missing+=(ca-certificates)
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

install_packages() {
  command -v apt-get >/dev/null || fail "these programs are missing: $*" \
    "(names of Debian packages). Install them with this machine's package manager, then run the command again."
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "missing packages; run this as root, then this command again:" \
      "  apt-get update && apt-get install --no-install-recommends $*"
    as_root=(sudo)
  fi
  echo "Installing with apt-get: $*" >&2
  echo "  (Podman runs the instances, mmdebstrap builds their image, the clients are for you and for the tests)" >&2
  local log
  log=$(mktemp "${TMPDIR:-/tmp}/cortex-apt.XXXXXX")
  if "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -euc \
    'apt-get -q update && apt-get -qy install --no-install-recommends "$@"' sh "$@" </dev/null >"$log" 2>&1; then
    rm -f "$log"
    return 0
  fi
  grep -E '^(E|Err|W):?' "$log" >&2 || tail -n 20 "$log" >&2
  fail "apt-get could not install: $*" "The whole log: $log" \
    "Where a package has another name, or kubectl comes from elsewhere, install it so that it is on PATH; then again."
}
