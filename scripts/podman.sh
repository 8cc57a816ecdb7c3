# shellcheck shell=bash
# Lets `podman run` work in small virtual machines and in CI. Sourced; gives podman_settings.

# Writes a containers.conf of this checkout's own and points CONTAINERS_CONF at it, where Podman's defaults would fail.
# An ordinary machine, and a user who set CONTAINERS_CONF, are left alone; nothing in /etc or $HOME is touched.
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

# Rootful Podman asks for 1048576 open files; raising a hard limit takes CAP_SYS_RESOURCE (bit 24).
limits_are_out_of_reach() {
  [ "$(id -u)" = 0 ] || return 1
  local effective hard
  effective=$(awk '/^CapEff:/ { print $2 }' /proc/self/status)
  hard=$(ulimit -Hn)
  ((!(16#$effective >> 24 & 1))) && [ "$hard" != unlimited ] && [ "$hard" -lt 1048576 ]
}
