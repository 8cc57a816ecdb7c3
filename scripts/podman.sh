# shellcheck shell=bash
# Lets `podman run` work in small virtual machines and in CI. Sourced; defines podman_settings.

# If Podman's defaults would fail, writes a containers.conf for this checkout and sets CONTAINERS_CONF to it.
# Nothing is changed on an ordinary machine, for a user who set CONTAINERS_CONF, in /etc, or in $HOME.
podman_settings() { # podman_settings FOLDER
  [ -z "${CONTAINERS_CONF:-}" ] || return 0
  local engine=() containers=() file=$1/containers.conf
  # Podman's default cgroup manager and event log are systemd's.
  [ -d /run/systemd/system ] || engine+=('cgroup_manager = "cgroupfs"' 'events_logger = "file"')
  # crun: "cgroups in hybrid mode not supported".
  if [ -d /sys/fs/cgroup/unified ] && command -v runc >/dev/null; then engine+=('runtime = "runc"'); fi
  if limits_are_out_of_reach; then containers+=('default_ulimits = ["nofile=16384:16384", "nproc=32768:32768"]'); fi
  [ "${#engine[@]}${#containers[@]}" != 00 ] || return 0
  mkdir -p "$1"
  printf '%s\n' '[engine]' "${engine[@]}" '[containers]' "${containers[@]}" >"$file.$$"
  mv "$file.$$" "$file"
  export CONTAINERS_CONF=$file
}

# Rootful Podman requests 1048576 open files; raising a hard limit needs CAP_SYS_RESOURCE (bit 24).
limits_are_out_of_reach() {
  [ "$(id -u)" = 0 ] || return 1
  local effective hard
  effective=$(awk '/^CapEff:/ { print $2 }' /proc/self/status)
  hard=$(ulimit -Hn)
  ((!(16#$effective >> 24 & 1))) && [ "$hard" != unlimited ] && [ "$hard" -lt 1048576 ]
}

# Without a login through systemd there is no XDG_RUNTIME_DIR. Podman then chooses a folder by rules that differ between its versions. The
# same folder must be used here, or a plain `podman` and the operator's service would not see each other's containers. A service that runs
# in such a folder is also found from a shell that has the variable.
runtime_directory() {
  local own state
  [ "$UID" != 0 ] || return 0
  if [ -n "${XDG_RUNTIME_DIR:-}" ]; then
    for own in "/tmp/podman-run-$UID" "/tmp/storage-run-$UID"; do
      if service_runs_in "$own"; then export XDG_RUNTIME_DIR=$own; fi
    done
    return 0
  fi
  own=$(runtime_directory_of_podman)
  [ -n "$own" ] || return 0   # without Podman there is no service
  [ -e "$own" ] || [ -L "$own" ] || mkdir -m 700 "$own" 2>/dev/null || true
  is_private "$own" || {
    state=$(stat -c 'a %F of %U with mode %a' "$own" 2>/dev/null || echo missing)
    fail "XDG_RUNTIME_DIR is not set, and $own is $state, not a folder that only this account can enter" \
      "Remove it (perhaps as root), or set XDG_RUNTIME_DIR to a folder of your own with mode 0700; then run the command again."
  }
  export XDG_RUNTIME_DIR=$own
}

# Podman's help names the socket that it would use. `podman info` would create a store.
runtime_directory_of_podman() {
  podman --help 2>/dev/null | sed -nE 's,.*\(default "unix:/*(/[^"]*)/podman/podman\.sock"\).*,\1,p'
}

# A link is not accepted, whatever it leads to, because its owner chooses the folder.
is_private() { [ "$(stat -c '%F %u %a' "$1" 2>/dev/null)" = "directory $UID 700" ]; }

service_runs_in() { # service_runs_in RUNTIME-FOLDER
  local pid
  is_private "$1" && [ ! -e "$XDG_RUNTIME_DIR/cortex/podman.sock" ] && read -r pid 2>/dev/null <"$1/cortex/podman.pid" &&
    grep -qsF "$1/cortex/podman.sock" "/proc/$pid/cmdline"
}
