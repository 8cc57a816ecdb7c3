# shellcheck shell=bash
# Where this machine has its Debian packages from, for those who make a file system of them with mmdebstrap. Sourced.

# The address of an archive as this machine's own sources have it. LABEL is known only after an apt-get update, the
# name of the release always.
archive() { # archive LABEL RELEASE-SUFFIX
  # shellcheck disable=SC2016 # apt expands these
  apt-get indextargets --format '$(SITE) $(LABEL) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
    awk -v label="$1" -v release="$(sed -n "s/^ID=//p" /etc/os-release):$(sed -n "s/^VERSION_CODENAME=//p" /etc/os-release)$2" '
      $2 == label || "debian:" $NF == release { print $1; exit }'
}

# What mmdebstrap is told whatever it makes, one argument a line: this machine's proxies and certificates, nothing that
# is only recommended, none of the texts that nobody reads there.
mmdebstrap_settings() {
  local pattern
  echo '--aptopt=APT::Install-Recommends "false"'
  apt-config dump Acquire | { grep -E '^Acquire::(https?::(Proxy|CAInfo)|Check-Valid-Until) ".+"' || true; } | sed 's/^/--aptopt=/'
  for pattern in '/usr/share/man/*' '/usr/share/info/*' '/usr/share/doc/*' '/usr/share/locale/*' '/usr/share/i18n/*' '/usr/share/lintian/*'; do
    echo "--dpkgopt=path-exclude=$pattern"
  done
  echo '--dpkgopt=path-include=/usr/share/doc/*/copyright'
}
