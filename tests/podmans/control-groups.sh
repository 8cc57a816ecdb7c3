# shellcheck shell=bash
# Control groups are the machine's, not a namespace's: those that containers of a place had stay, empty, and are removed here. Sourced.

control_groups() { find /sys/fs/cgroup -depth -type d -path '*/libpod_parent/*' 2>/dev/null || true; }

# Only what came since is looked at, and what the machine's own Podman knows is left alone; the kernel removes none that is in use.
remove_control_groups() { # remove_control_groups THOSE-OF-BEFORE
  local theirs group
  theirs=$(podman ps --all --quiet --no-trunc; podman pod ps --quiet --no-trunc)
  control_groups | grep -vxFf <(echo "${1:-none}") | grep -vFf <(echo "${theirs:-none}") |
    while IFS= read -r group; do rmdir "$group" 2>/dev/null || true; done || true
}
