# shellcheck shell=bash
# The commands of a new user on a new machine, run inside it. Sourced by fresh.sh; needs the functions of machine.sh. Every step writes a
# line "PASS|FAIL<TAB>seconds<TAB>name" to descriptor 7; nothing is run after a failure.

suite=${suite:-}   # the Debian release
tour_text=${tour_text:-}   # the file tour.sh, which the machine does not have
log=/dev/shm/scenario.log block=/dev/shm/block hint=/dev/shm/hint before=/dev/shm/before

run_scenario() { # run_scenario root|ACCOUNT
  if [ "$1" = root ]; then run_as_root; else run_as_account "$1"; fi
}

run_as_root() {
  step 'a clone of the repository' clone root
  step 'a snapshot of the machine' take_snapshot
  tour root
  step 'nothing is left of the clusters' nothing_is_left root
  step 'the machine is as before, except for packages' only_packages_came root
}

run_as_account() { # run_as_account ACCOUNT
  step 'an account created by useradd' make_account "$1"
  step 'a clone of the repository' clone "$1"
  step 'up reports everything that is missing, before it builds anything' is_refused "$1" up
  step 'doctor reports the same' is_refused "$1" doctor
  step 'the commands that it prints for root' run_as_it_stands root "$block"
  step 'the commands that it prints for a quick store' run_as_it_stands "$1" "$hint"
  step 'a snapshot of the machine' take_snapshot
  tour "$1"
  step 'nothing is left of the clusters' nothing_is_left "$1"
  step 'the machine is as before' as_before "$1"
}

step() { # step NAME FUNCTION [ARGUMENT …]
  local name=$1 begin=$SECONDS status=0
  shift
  set +e
  (set -e; "$@") >"$log" 2>&1
  status=$?
  set -e
  result "$status" "$((SECONDS - begin))" "$name"
  if [ "$status" != 0 ]; then sed 's/^/      /' "$log"; exit 1; fi
}

result() { # result STATUS SECONDS NAME
  local word=FAIL
  [ "$1" != 0 ] || word=PASS
  printf '%s\t%s\t%s\n' "$word" "$2" "$3" >&7
  printf '   %s %4d s  %s\n' "$word" "$2" "$3"
}

# The shell that types the tour reports its steps.
tour() { # tour ROOT-OR-ACCOUNT
  local status=0
  # shellcheck disable=SC2016 # the shell inside expands it
  as "$1" bash -c 'cd cortex && eval "$1"' tour "$tour_text" >"$log" 2>&1 || status=$?
  if [ "$status" != 0 ]; then sed 's/^/      /' "$log"; exit 1; fi
}

clone() { as "$1" git clone -q /mnt/source/cortex.bundle cortex; }

# As Debian 13 and careful administrators do it: only the owner has access to the home directory.
make_account() {
  useradd --key HOME_MODE=0700 --create-home --shell /bin/bash "$1"
  if [ -n "$runtime" ]; then install -d -o "$1" -g "$1" -m 700 "${runtime%/*}" "$runtime"; fi
}

# All problems are reported at once, and nothing was built before.
is_refused() { # is_refused ACCOUNT COMMAND
  local status=0 output=/dev/shm/output word listener network=slirp4netns
  [ "$suite" = bookworm ] || network=passt
  perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1:5433") or die; sleep 60' &
  listener=$!
  until port_is_taken 127.0.0.1 5433; do sleep 0.05; done
  as "$1" cortex/cortex "$2" >"$output" 2>&1 || status=$?
  kill "$listener"
  wait "$listener" || true
  cat "$output"
  [ "$status" = 1 ] || { echo "exit code $status instead of 1"; return 1; }
  [ ! -e "/home/$1/cortex/.build" ] || { echo 'something was built'; return 1; }
  for word in podman mmdebstrap uidmap "$network" postgresql-client '/dev/net/tun cannot be opened' 'port 5433'; do
    grep -q -- "$word" "$output" || { echo "nothing about $word"; return 1; }
  done
  commands_below 'Paste this as root' "$output" >"$block"
  commands_below 'Worth doing before' "$output" >"$hint"
  grep -q . "$block"
}

# The indented lines after the line that contains the word.
commands_below() { # commands_below WORD FILE
  awk -v word="$1" 'index($0, word) { on = 1; next } on && /^    / { print substr($0, 5); any = 1; next } on && any { exit }' "$2"
}

# If Podman's own choice is good, there is no hint, and nothing to do.
run_as_it_stands() { # run_as_it_stands ROOT-OR-ACCOUNT FILE
  cat "$2"
  as "$1" bash -ec "$(<"$2")"
}

# Paths with type, mode and owner; for files also size and time. The scenario's own files in memory (/dev/shm) are omitted.
snapshot() {
  find / /home /root /var/lib/containers /run /tmp -xdev \( -type f -printf '%p\t%y %m %u %g %s %T@\n' -o -printf '%p\t%y %m %u %g\n' \) | sort -u
}

take_snapshot() {
  snapshot >"$before"
  interfaces >"$before.interfaces"
  package_lists >"$before.lists"
}

interfaces() { awk -F: 'NR > 2 { print $1 }' /proc/net/dev | sort; }

package_lists() { (cd /var/lib/apt/lists && find . -type f -name '*_*' -printf '%p %s\n' | sort); }

# Looks as the account itself would look, and at the kernel's objects.
nothing_is_left() { # nothing_is_left ROOT-OR-ACCOUNT
  local left known waited=0
  left=$(for what in 'ps --all' 'pod ps' 'volume ls' 'secret ls'; do
    # shellcheck disable=SC2086 # words
    as "$1" podman $what --format "$what: {{.ID}}{{.Name}}" 2>/dev/null || as "$1" podman $what --quiet
  done; as "$1" podman network ls --format '{{.Name}}' | grep -vx podman || true)
  [ -z "$left" ] || { echo "Podman still has: $left"; return 1; }
  until [ -z "$(processes)" ]; do
    [ "$waited" -lt 50 ] || { echo 'processes still run:'; processes; return 1; }
    waited=$((waited + 1))
    sleep 0.1
  done
  diff "$before.interfaces" <(interfaces) || { echo 'the network interfaces are not those of before'; return 1; }
  known=$(apt-cache policy podman)
  if [[ $known != *'Candidate: '[0-9]* ]] || [ -z "$(package_lists)" ]; then echo "apt knows no packages any more: $known"; return 1; fi
}

# All processes except the scenario's own, and except the process that keeps a rootless Podman's namespaces for the next command.
processes() {
  local pid words
  for pid in /proc/[0-9]*; do
    pid=${pid#/proc/}
    words=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) || continue
    case $words in '' | *fresh.sh\ --inside* | tr\ * | 'catatonit -P '* | *'/catatonit -P '* | 'podman pause '*) continue ;; esac
    echo "$pid $words"
  done
}

# What remains on purpose, each with its reason:
kept=(
  '/(root|home/[a-z]+)/cortex(/.*)?'                             # the checkout, with what was built in it
  '/(root|home/[a-z]+)/(\.(nuget|kube|dotnet|templateengine)|\.local/share/NuGet)(/.*)?'   # caches of NuGet, kubectl and dotnet
  '/(root|home/[a-z]+)/(\.config|\.local|\.local/share)'         # parent folders of the others
  '/(home/[a-z]+/\.local/share|var/lib)/containers(/.*)?'        # Podman's store, with the image
  '/run/(containers|libpod|netavark|netns|crun|runc|user)(/.*)?' # Podman's own state, in memory
  '/run/lock(/netavark\.lock)?'
  '/tmp/(podman-run|storage-run|containers-user)-[0-9]+(/.*)?'
  '/(root|home/[a-z]+)/\.local/state'                              # an empty folder
  '/home/[a-z]+/\.config/cni(/.*)?'                              # Podman's lock
  '/tmp/(NuGetScratch|\.dotnet|MSBuildTemp)[^/]*(/.*)?'          # of dotnet
  '/tmp/[A-Za-z0-9]{6}'                                          # empty folders of dotnet
)

changes() { diff "$before" <(snapshot) | sed -n 's/^[<>] //p' | cut -f 1 | sort -u; }

as_before() {
  local changed
  changed=$(changes | grep -vxE "$(IFS='|'; echo "${kept[*]}")|/|/home|/root|/tmp|/run|/home/[a-z]+" || true)
  [ -z "$changed" ] || { echo 'changed since before, and by no package:'; echo "$changed"; return 1; }
  diff "$before.lists" <(package_lists) || { echo "apt's lists are not those of before"; return 1; }
}

# Lists still name /bin, /lib and /sbin, which are links into /usr; targets of alternatives belong to packages, too.
files_of_packages() {
  sed -E 's,^/(bin|sbin|lib[^/]*)/,/usr/\1/,' /var/lib/dpkg/info/*.list
  find /usr -type l -lname '/etc/alternatives/*'
}

# In addition to the packages' own files: files that their scripts write, and apt's files.
only_packages_came() {
  local changed
  changed=$(changes | grep -vxE "$(IFS='|'; echo "${kept[*]}")|/|/home|/root|/tmp|/run" |
    grep -vE '^/(var/(lib/(dpkg|apt|systemd|ucf|pam|python)|cache|log)|etc|usr/local/lib/python3[^/]*)(/|$)|/__pycache__(/|$)' |
    grep -vxFf <(files_of_packages) || true)
  [ -z "$changed" ] || { echo 'changed since before, and by no package:'; echo "$changed"; return 1; }
}
