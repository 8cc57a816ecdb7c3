# shellcheck shell=bash
# Installs the Debian and Ubuntu packages that a command needs and that are missing. Sourced; needs fail.

# program:package, by what asks for it. Podman's helpers lie outside PATH.
podman_tools=(podman:podman netavark:netavark aardvark-dns:aardvark-dns runc:runc crun:crun catatonit:catatonit
  iptables:iptables nft:nftables)
rootless_tools=(newuidmap:uidmap slirp4netns:slirp4netns fuse-overlayfs:fuse-overlayfs)
image_tools=(mmdebstrap:mmdebstrap)
# What a chart's templates are rendered with where Helm is not: Go, and the library of their functions, found by its folder.
chart_tools=(go:golang-go sprig:golang-github-masterminds-sprig-dev)
client_tools=(openssl:openssl psql:postgresql-client kubectl:kubernetes-client)
patroni_tools=(patroni:patroni etcd:etcd-server postgres:postgresql jq:jq)

has_program() {
  local folder
  command -v "$1" >/dev/null && return 0
  for folder in /usr/sbin /sbin /usr/lib/podman /usr/libexec/podman /usr/local/libexec/podman /usr/libexec/catatonit \
    /usr/share/gocode/src/github.com/Masterminds /usr/lib/postgresql/*/bin; do
    [ -x "$folder/$1" ] && return 0
  done
  return 1
}

# ensure_packages podman|image|chart|client|patroni …: the groups of tools that a command needs.
# A program on PATH counts, whatever package it came from: kubectl of another package would stand in Debian's way.
ensure_packages() {
  local group tool missing=() tools=()
  for group; do
    case $group in
      podman)
        tools+=("${podman_tools[@]}")
        [ "$(id -u)" = 0 ] || tools+=("${rootless_tools[@]}") ;;
      image) tools+=("${image_tools[@]}") ;;
      chart) has_program helm || tools+=("${chart_tools[@]}") ;;
      client) tools+=("${client_tools[@]}") ;;
      patroni) tools+=("${patroni_tools[@]}") ;;
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
  local as_root=(env DEBIAN_FRONTEND=noninteractive) package known=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "packages are missing; run this as root, then this command again:" \
      "  apt-get update && apt-get install --no-install-recommends $*"
    as_root=(sudo env DEBIAN_FRONTEND=noninteractive)
  fi
  echo "Installing with apt-get: $*" >&2
  echo "  (Podman runs the instances, mmdebstrap builds their image, the clients are for you and for the tests, Patroni is for the comparison)" >&2
  logged_apt -q update
  # Not every release has every package (kubectl, say); the rest is worth having.
  for package; do
    if apt-cache show "$package" >/dev/null 2>&1; then known+=("$package"); else
      echo "  $package is not in this machine's archives: install it from elsewhere if you need it" >&2
    fi
  done
  [ ${#known[@]} = 0 ] || logged_apt -qy install --no-install-recommends "${known[@]}"
}

logged_apt() { # logged_apt ARGUMENT …, run through as_root
  local log
  log=$(mktemp "${TMPDIR:-/tmp}/cortex-apt.XXXXXX")
  if "${as_root[@]}" apt-get "$@" </dev/null >"$log" 2>&1; then
    rm -f "$log"
    return 0
  fi
  grep -E '^(E|Err|W):' "$log" >&2 || tail -n 20 "$log" >&2
  fail "apt-get $* failed" "The whole log: $log" "Install the packages by hand, or mend what apt-get says above; then again."
}
