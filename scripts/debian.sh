# shellcheck shell=bash
# What scripts share that create something from Debian packages outside of the machine's own installation: the archive, how apt reaches it,
# and what mmdebstrap omits. Sourced; needs fail.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

need_mmdebstrap() { # need_mmdebstrap WHAT-TO-DO-ELSEWHERE
  local tool
  for tool in mmdebstrap podman; do
    command -v "$tool" >/dev/null || fail "$tool is missing. On Debian and Ubuntu: apt-get update && apt-get install $tool" "$1"
  done
  [ -r "$keyring" ] || fail "$keyring is missing; apt-get install debian-archive-keyring"
}

# The address of an archive in this machine's own sources. LABEL is known only after an apt-get update, the name of the release is always
# known.
archive() { # archive LABEL RELEASE-SUFFIX
  # shellcheck disable=SC2016 # apt expands these
  apt-get indextargets --format '$(SITE) $(LABEL) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
    awk -v label="$1" -v release="$(sed -n "s/^ID=//p" /etc/os-release):$(sed -n "s/^VERSION_CODENAME=//p" /etc/os-release)$2" '
      $2 == label || "debian:" $NF == release { print $1; exit }'
}

# The settings with which apt reaches its archives on this machine.
apt_settings() { apt-config dump Acquire | grep -E '^Acquire::(https?::(Proxy|CAInfo)|Check-Valid-Until) ".+"' || true; }

# Prints why Debian's archive cannot be used on this machine; nothing if it can. Sets mirror if it is not set.
why_no_archive() { # why_no_archive WHAT-IT-IS-FOR
  local tool
  for tool in apt-get dpkg-deb flock; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: $1"; return; }
  done
  if [ ! -r "$keyring" ]; then echo "$keyring is missing; apt-get install debian-archive-keyring"
  elif [ -z "${mirror:=$(archive Debian '')}" ]; then echo "this machine's apt has no Debian archive; name one with --make --mirror URL"
  fi
}

# An apt that uses nothing of this machine except the way to an archive, and assumes that no package is installed. Its settings
# are in WORK/apt/conf, its packages in WORK/apt/var/cache/apt/archives. Needs mirror.
own_apt() { # own_apt WORK SUITE
  local apt=$1/apt
  rm -rf --one-file-system "$apt" "$1/root" &&
    mkdir -p "$1/root" "$apt"/{etc/apt/{apt.conf.d,preferences.d},var/lib/{apt/lists/partial,dpkg},var/cache/apt/archives/partial} &&
    touch "$apt/var/lib/dpkg/status" &&
    echo "deb [signed-by=$keyring] $mirror $2 main" >"$apt/etc/apt/sources.list" &&
    {
      printf '%s\n' "Dir \"$apt\";" "Dir::State::status \"$apt/var/lib/dpkg/status\";" 'APT::Sandbox::User "root";' \
        'Acquire::Languages "none";' 'APT::Install-Recommends "false";'
      apt_settings
    } >"$apt/conf"
}

# Sets options, the arguments for mmdebstrap, and sources, the archives: the given mirrors, otherwise this machine's.
debian_sources() { # debian_sources SUITE MIRROR SECURITY-MIRROR [ANOTHER-SUITE]
  local setting mirror=$2 security=$3
  [ -n "$mirror" ] || { mirror=$(archive Debian ''); security=${security:-$(archive Debian-Security -security)}; }
  sources=()   # an empty list: mmdebstrap knows Debian's own archive
  [ -z "$mirror" ] || sources+=("deb [signed-by=$keyring] $mirror $1 main")
  [ "$1" != sid ] || security=''   # sid has no security updates
  [ -z "$security" ] || sources+=("deb [signed-by=$keyring] $security $1-security main")
  if [ -n "${4:-}" ]; then
    [ -n "$mirror" ] || fail "the archive of Debian $4 is not known on this machine; name it with --mirror"
    sources+=("deb [signed-by=$keyring] $mirror $4 main")
  fi
  options=(--aptopt='APT::Install-Recommends "false"')
  while IFS= read -r setting; do
    options+=(--aptopt="$setting")
  done < <(apt_settings)
  # Texts that are not needed there.
  for setting in '/usr/share/man/*' '/usr/share/info/*' '/usr/share/doc/*' '/usr/share/locale/*' '/usr/share/i18n/*' '/usr/share/lintian/*'; do
    options+=(--dpkgopt="path-exclude=$setting")
  done
  options+=(--dpkgopt='path-include=/usr/share/doc/*/copyright')
}

# Explains why mmdebstrap failed, according to its log.
explain_debian() { # explain_debian LOG SUITE
  grep -E '^(E|W|Err|dpkg: error|slim:)' "$1" >&2 || tail -n 20 "$1" >&2
  if grep -qE 'NO_PUBKEY|not signed|EXPKEYSIG|KEYEXPIRED' "$1"; then
    fail "the archive's key is not known on this machine. Run: apt-get update && apt-get install debian-archive-keyring; then run the command again"
  elif grep -qE 'Could not resolve|Failed to fetch|Unable to connect|404 ' "$1"; then
    fail "no $2 packages at ${sources[0]:-Debian\'s own archive}; check the network, or name another archive with --mirror"
  elif grep -qE 'nodev|unshare|subuid|newuidmap' "$1"; then
    fail "mmdebstrap needs root, or user namespaces with the package uidmap, and a TMPDIR without nodev and noexec"
  fi
  fail "mmdebstrap failed; its last messages are above"
}
