# shellcheck shell=bash
# Checks what this machine lacks for a cluster on Podman, before anything is built, and reports all problems at once. `cortex doctor`, which
# needs the program, checks more. Sourced; needs fail and the functions of packages.sh, program.sh and podman.sh.

: "${root:?the folder of the checkout}"

# If something is missing, fails with one block of commands for root. `up` and `run` install packages themselves if they may.
preflight() { # preflight up|run|doctor [ARGUMENT …]
  local command=$1 problems=() as_root=()
  shift
  check_sdk
  check_packages "$command"
  if [ "$(id -u)" != 0 ]; then
    check_namespaces
    check_subordinates
    check_tun
  fi
  # The program's own check of ports is better; `run` creates no cluster.
  if [ "$command" != run ] && ! program_is_current; then check_ports "$@"; fi
  if [ "${#problems[@]}" != 0 ]; then refuse "$command" "$@"; fi
  storage_hint
}

refuse() { # refuse COMMAND [ARGUMENT …]
  local word again='./cortex'
  for word; do again+=" $(printf %q "$word")"; done
  printf 'cortex: this machine is not ready for a cluster:\n' >&2
  printf '  - %s\n' "${problems[@]}" >&2
  if [ "${#as_root[@]}" != 0 ]; then
    printf '\nPaste this as root:\n\n' >&2
    printf '    %s\n' "${as_root[@]}" >&2
  fi
  storage_hint
  printf '\nThen again: %s\n' "$again" >&2
  exit 1
}

check_sdk() {
  local sdk_problem
  if program_is_current || sdk_problem=$( (find_sdk) 2>&1); then return; fi
  sdk_problem=${sdk_problem#cortex: }
  problems+=("$(sed '2,$s/^ */    /' <<<"$sdk_problem")")
}

check_packages() { # check_packages COMMAND
  local missing
  mapfile -t missing < <(missing_packages podman image client)
  [ "${#missing[@]}" != 0 ] || return 0
  if [ "$1" != doctor ] && may_install; then return; fi
  problems+=("packages are missing: ${missing[*]}")
  command -v apt-get >/dev/null || return 0
  as_root+=('apt-get update' "DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${missing[*]}")
}

# (ensure_packages reports itself if there is no apt-get.)
may_install() { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || ! command -v apt-get >/dev/null; }

check_namespaces() {
  local knob name
  if unshare --user true 2>/dev/null; then return; fi
  problems+=('this account cannot create user namespaces, which rootless Podman needs')
  for knob in kernel/unprivileged_userns_clone=1 user/max_user_namespaces=15000; do
    name=${knob%=*}
    if [ "$(cat "/proc/sys/$name" 2>/dev/null)" = 0 ]; then as_root+=("sysctl -w ${name/\//.}=${knob#*=}"); fi
  done
}

# Accounts that adduser created have these lines.
check_subordinates() {
  local file user start
  user=$(id -un)
  # A directory service provides them instead of the files.
  if grep -q '^subid:' /etc/nsswitch.conf 2>/dev/null; then return; fi
  for file in /etc/subuid /etc/subgid; do
    if grep -qE "^($user|$(id -u)):" "$file" 2>/dev/null; then continue; fi
    problems+=("$file has no line for $user: containers would have only one account")
    start=$(awk -F: '$2 + $3 > next_free { next_free = $2 + $3 } END { print next_free < 100000 ? 100000 : next_free }' \
      "$file" /dev/null 2>/dev/null || echo 100000)
    as_root+=("echo $user:$start:65536 >>$file")
  done
}

check_tun() {
  if [ ! -e /dev/net/tun ]; then
    problems+=('/dev/net/tun is missing: a rootless network needs it')
    as_root+=('modprobe tun || { mkdir -p /dev/net && mknod /dev/net/tun c 10 200; }' 'chmod 0666 /dev/net/tun')
  elif [ ! -r /dev/net/tun ] || [ ! -w /dev/net/tun ]; then
    problems+=("/dev/net/tun cannot be opened by $(id -un): a rootless network needs it")
    as_root+=('chmod 0666 /dev/net/tun')
  fi
}

# Checks the ports of a file with one cluster, or of the sample. Other files, and a machine with clusters, are left to the program.
check_ports() { # check_ports [ARGUMENT …]
  local file address base count port taken=()
  [ ! -e "${CORTEX_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/cortex}/clusters" ] || return 0
  file=$(file_argument "$@")
  [ -f "$file" ] && [ "$(grep -cE '^kind: *CortexCluster *$' "$file")" = 1 ] || return 0
  address=$(number_of bindAddress "$file" 127.0.0.1) base=$(number_of basePort "$file" 5432) count=$(number_of instances "$file" 2)
  for ((port = base; port < base + count; port++)); do
    if port_is_taken "$address" "$port"; then taken+=("$port"); fi
  done
  [ "${#taken[@]}" != 0 ] || return 0
  problems+=("another program listens on $address, port ${taken[*]} (on 5432 it is often the PostgreSQL of a package). Stop it, or write below spec:
    in a copy of $file
      podman: {basePort: 7432}
    and pass that file with -f: the instances use $count ports, starting at this one")
}

file_argument() { # file_argument [ARGUMENT …]
  local file=$root/manifests/samples/cortex.yaml
  while [ $# -gt 0 ]; do
    case $1 in
      -f | --file) file=${2:-} ;;
      -f=* | --file=*) file=${1#*=} ;;
    esac
    shift
  done
  echo "$file"
}

number_of() { # number_of FIELD FILE DEFAULT
  local value
  value=$(sed -nE "s/^([^#]*[ {,])?$1: *\"?([0-9.]+).*/\2/p" "$2" | head -n 1)
  echo "${value:-$3}"
}

# Reads the kernel's tables, because a new machine has no ss.
port_is_taken() { # port_is_taken IPV4-ADDRESS PORT
  local bytes hex
  IFS=. read -ra bytes <<<"$1"
  [ "${#bytes[@]}" = 4 ] || return 1
  hex=$(printf '%02X%02X%02X%02X' "${bytes[3]}" "${bytes[2]}" "${bytes[1]}" "${bytes[0]}")
  awk -v port="$(printf ':%04X' "$2")" -v hex="$hex" '
    $4 == "0A" && substr($2, length($2) - 4) == port {
      local = substr($2, 1, length($2) - 5)
      if (local ~ /^0+$/ || local ~ hex "$" || hex == "00000000") { taken = 1 }
    }
    END { exit !taken }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# At its first start, Podman 4.3 of Debian 12 chooses the storage driver that copies the image for every container.
storage_hint() {
  local share=${XDG_DATA_HOME:-$HOME/.local/share}/containers/storage settings=${XDG_CONFIG_HOME:-$HOME/.config}/containers
  [ "$(id -u)" != 0 ] && [ -z "${STORAGE_DRIVER:-}${CONTAINERS_STORAGE_CONF:-}" ] || return 0
  [ ! -e "$share" ] && [ ! -e "$settings/storage.conf" ] && [ ! -e /etc/containers/storage.conf ] || return 0
  case $(podman_version) in 4.3.*) ;; *) return 0 ;; esac
  {
    printf '\nWorth doing before the first use of Podman: by default it copies the whole image for every container (storage driver vfs), and\n'
    printf 'creating a cluster takes half a minute instead of seconds. A later change of the driver loses all images and containers. As %s:\n\n' "$(id -un)"
    printf '    mkdir -p %q\n' "$settings"
    if has_overlay_for_users; then
      printf "    printf '%%s\\\\n' '[storage]' 'driver = \"overlay\"' >%q\n" "$settings/storage.conf"
    else
      printf "    printf '%%s\\\\n' '[storage]' 'driver = \"overlay\"' '[storage.options.overlay]' 'mount_program = \"/usr/bin/fuse-overlayfs\"' >%q\n" \
        "$settings/storage.conf"
    fi
  } >&2
}

# Since 5.13 the kernel lets accounts mount overlays; with older kernels fuse-overlayfs does it.
has_overlay_for_users() {
  local major minor
  IFS=.- read -r major minor _ < <(uname -r)
  ((major > 5 || (major == 5 && minor >= 13)))
}
