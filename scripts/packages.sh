# shellcheck shell=bash
# Installs the Debian and Ubuntu packages that a command needs and that are missing. Sourced; needs fail.

# program:package, in groups. Podman's helpers are not on PATH.
podman_tools=(podman:podman netavark:netavark aardvark-dns:aardvark-dns runc:runc crun:crun catatonit:catatonit
  iptables:iptables nft:nftables)
rootless_tools=(newuidmap:uidmap fuse-overlayfs:fuse-overlayfs)
# The program that connects the network of an account's pods: Podman uses a different one since version 5.
rootless_network_tools=(pasta:passt)
rootless_network_tools_before_5=(slirp4netns:slirp4netns)
isolated_podman_tools=(ip:iproute2)   # for tests/podmans
image_tools=(mmdebstrap:mmdebstrap)
# Renders a chart's templates if Helm is missing: Go, and the library of their functions, which is found by its folder.
chart_tools=(go:golang-go sprig:golang-github-masterminds-sprig-dev)
client_tools=(openssl:openssl psql:postgresql-client kubectl:kubernetes-client)
patroni_tools=(patroni:patroni etcd:etcd-server postgres:postgresql jq:jq)
# host-local stands for all of the network plugins: the name of `bridge` is taken by iproute2.
kubernetes_tools=(etcd:etcd-server containerd:containerd ctr:containerd runc:runc host-local:containernetworking-plugins
  dnsmasq:dnsmasq-base iptables:iptables nft:nftables conntrack:conntrack ip:iproute2 nsenter:util-linux pgrep:procps curl:curl jq:jq
  openssl:openssl kubectl:kubernetes-client)
kubernetes_build_tools=(go:golang-go dpkg-source:dpkg-dev make:make rsync:rsync)

has_program() {
  local folder
  command -v "$1" >/dev/null && return 0
  for folder in /usr/sbin /sbin /usr/lib/podman /usr/libexec/podman /usr/local/libexec/podman /usr/libexec/catatonit \
    /usr/lib/cni /usr/share/gocode/src/github.com/Masterminds /usr/lib/postgresql/*/bin; do
    [ -x "$folder/$1" ] && return 0
  done
  return 1
}

# ensure_packages podman|rootless|isolated-podman|image|chart|client|patroni|kubernetes|kubernetes-build …: the groups of tools that a command needs.
ensure_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# A program on PATH is enough, whatever package it is from: installing Debian's kubectl would conflict with another package's.
missing_packages() { # missing_packages GROUP …: their names, one a line
  local group tool tools=()
  for group; do
    case $group in
      podman)
        tools+=("${podman_tools[@]}")
        [ "$(id -u)" = 0 ] || add_rootless_tools ;;
      rootless) add_rootless_tools ;;
      isolated-podman) tools+=("${isolated_podman_tools[@]}") ;;
      image) tools+=("${image_tools[@]}") ;;
      chart) has_program helm || tools+=("${chart_tools[@]}") ;;
      client) tools+=("${client_tools[@]}") ;;
      patroni) tools+=("${patroni_tools[@]}") ;;
      kubernetes) tools+=("${kubernetes_tools[@]}") ;;
      kubernetes-build) tools+=("${kubernetes_build_tools[@]}") ;;
    esac
  done
  for tool in "${tools[@]}"; do
    has_program "${tool%%:*}" || echo "${tool#*:}"
  done | sort -u
  [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -d /etc/pki ] || echo ca-certificates
}

add_rootless_tools() { # adds to the tools of missing_packages
  tools+=("${rootless_tools[@]}")
  case $(podman_version) in
    '' | [0-4].*) tools+=("${rootless_network_tools_before_5[@]}") ;;
    *) tools+=("${rootless_network_tools[@]}") ;;
  esac
}

# The installed version, or the version that would be installed; nothing if neither is known.
podman_version() {
  if has_program podman; then podman --version | sed 's/.* //'; return; fi
  LC_ALL=C apt-cache policy podman 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]\)/\1/p' | grep . || podman_of_release
}

# On a new machine without lists of packages.
podman_of_release() {
  grep -q '^ID=debian' /etc/os-release 2>/dev/null || return 0
  case $(sed -n 's/^VERSION_ID="\(.*\)"/\1/p' /etc/os-release) in
    12) echo 4.3.1 ;;
    13) echo 5.4.2 ;;
  esac
}

# Debian starts the services that it installs, now and at the next boot. Only their programs are needed. The temporary policy is removed in
# any case.
ensure_packages_without_services() ( # ensure_packages_without_services "SERVICE …" GROUP …
  services=$1 policy=/usr/sbin/policy-rc.d mine='' new=()
  shift
  [ -n "$(missing_packages "$@")" ] || exit 0
  trap '[ -z "$mine" ] || rm -f "$mine"' EXIT
  if [ ! -e "$policy" ]; then
    mine=$policy
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  for service in $services; do [ -e "/lib/systemd/system/$service.service" ] || new+=("$service"); done
  ensure_packages "$@"
  [ ! -d /run/systemd/system ] || [ "${#new[@]}" = 0 ] || systemctl disable "${new[@]}" >&2
)

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
  echo "  (Podman runs the instances, mmdebstrap builds their image, the clients are for you and for the tests, Patroni is for the benchmark," >&2
  echo "  etcd, containerd and the Go compiler are for the tests on Kubernetes)" >&2
  logged_apt -q update
  # Not every release has every package (kubectl, for example); the others are installed anyway.
  for package; do
    if apt-cache show "$package" >/dev/null 2>&1; then known+=("$package"); else
      echo "  $package is not in this machine's archives: install it from another source if you need it" >&2
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
  fail "apt-get $* failed" "The whole log: $log" "Install the packages by hand, or fix the problem that apt-get reports above; then run the command again."
}
