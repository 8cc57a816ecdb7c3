# shellcheck shell=bash
# Control groups belong to the machine, not to a namespace: those of an environment's containers remain, empty, and are removed here.
# Sourced.

control_groups() { find /sys/fs/cgroup -depth -type d -path '*/libpod_parent/*' 2>/dev/null || true; }

# Only new control groups are considered, and not those of the machine's own Podman; the kernel removes none that is in use.
remove_control_groups() { # remove_control_groups THOSE-OF-BEFORE
  local theirs group
  theirs=$(podman ps --all --quiet --no-trunc; podman pod ps --quiet --no-trunc)
  control_groups | grep -vxFf <(echo "${1:-none}") | grep -vFf <(echo "${theirs:-none}") |
    while IFS= read -r group; do rmdir "$group" 2>/dev/null || true; done || true
}
