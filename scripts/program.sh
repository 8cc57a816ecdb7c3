# shellcheck shell=bash
# Builds the program `cortex` when its sources have changed. Sourced; needs fail.

: "${root:?the folder of the checkout}"

# Sets dotnet to the SDK's driver, and DOTNET_ROOT so that the built program finds the same runtime.
find_sdk() {
  local candidate
  for candidate in "$(command -v dotnet || true)" "${DOTNET_ROOT:-}/dotnet" "${HOME:-}/.dotnet/dotnet" \
    /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet /usr/local/share/dotnet/dotnet; do
    DOTNET_ROOT=$(sdk_10_root "$candidate") || continue
    dotnet=$candidate
    export DOTNET_ROOT DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
    return 0
  done
  fail "the .NET 10 SDK is missing" \
    "Install it from https://dotnet.microsoft.com/download/dotnet/10.0, or as the package dotnet-sdk-10.0 if your" \
    "distribution has it; then run this command again. (A copy in ~/.dotnet or \$DOTNET_ROOT is found too.)"
}

# The root of the driver's .NET 10 SDK; the driver prints `10.0.100 [/usr/share/dotnet/sdk]`. (The driver itself may be a wrapper.)
sdk_10_root() { # sdk_10_root DRIVER
  [ -x "$1" ] && "$1" --list-sdks 2>/dev/null | sed -n 's/^10\..* \[\(.*\)\/sdk\]$/\1/p' | tail -n 1 | grep .
}

# Allows one build at a time in a checkout; processes that dotnet leaves running do not inherit the lock.
with_build_lock() { # with_build_lock FUNCTION [ARGUMENT …]
  mkdir -p "$root/.build"
  exec 9>"$root/.build/lock"
  flock -n 9 || { echo "Waiting for another build in this checkout …" >&2; flock 9; }
  local status=0
  "$@" 9>&- || status=$?
  exec 9>&-
  return "$status"
}

# Runs dotnet with its output in a log file; prints the end of the log if it fails.
logged_dotnet() { # logged_dotnet TITLE LOG ARGUMENT …
  local title=$1 log=$2 begin=$SECONDS status=0
  shift 2
  printf '%s … ' "$title" >&2
  with_compiler "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" = 0 ]; then
    echo "$((SECONDS - begin)) s" >&2
    return 0
  fi
  echo "failed" >&2
  grep -E ': error |^error' "$log" | sort -u | head -n 20 >&2 || tail -n 20 "$log" >&2
  echo "The whole log: $log" >&2
  return 1
}

# Uses one compiler process for all projects of a build; starting one for each project would take a quarter of the time. It has a unique
# name, so that it can be ended afterwards and no other build uses it: neither its process nor its file in /tmp remains.
# TieredPGO, with which the runtime measures code in order to compile it better, would take half of the compiler's processor time.
with_compiler() { # with_compiler ARGUMENT …
  local name=cortex-$BASHPID-$RANDOM status=0 command
  MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_EnableDiagnostics=0 DOTNET_TieredPGO=0 "$dotnet" "$@" \
    -p:UseRazorBuildServer=false -p:UseSharedCompilation=true -p:SharedCompilationId="$name" || status=$?
  for command in $(grep -lsa -e "[-]pipename:$name" /proc/[0-9]*/cmdline || true); do
    command=${command#/proc/}
    kill "${command%/cmdline}" 2>/dev/null || true
  done
  rm -f "/tmp/$name"   # Roslyn's socket, always in /tmp
  return "$status"
}

program_is_current() {
  local stamp=$root/.build/cortex/current/.built
  [ -e "$stamp" ] || return 1
  # Folders are compared, too: removing a file changes only its folder.
  [ -z "$(cd "$root" && find operator crds Directory.Build.props Directory.Packages.props global.json \
    -newer "$stamp" -print -quit 2>/dev/null)" ]
}

# Ensures that the program is in .build/cortex/current, and sets DOTNET_ROOT to the runtime it was built with.
ensure_program() {
  program_is_current || { find_sdk && with_build_lock build_program; } || exit 1
  DOTNET_ROOT=$(<"$root/.build/cortex/current/.built")
  export DOTNET_ROOT
}

# Every build gets its own folder, and `current` changes at the end: a running operator keeps the files that it was started from, and a
# build that fails or is interrupted changes nothing.
build_program() {
  program_is_current && return 0
  local folder=$root/.build/cortex built log=$root/.build/cortex-build.log
  mkdir -p "$folder"
  built=$(mktemp -d "$folder/build.XXXXXX")
  echo "$DOTNET_ROOT" >"$built/.built"    # before compiling: an edit made meanwhile is newer
  if ! publish_program "$built" "$log"; then rm -rf "$built"; return 1; fi
  # When dotnet is ended by a signal, it reports success.
  if [ ! -x "$built/cortex" ]; then rm -rf "$built"; echo "The build was interrupted; run the command again. Its log: $log" >&2; return 1; fi
  chmod 755 "$built" && ln -sfn "${built##*/}" "$folder/next" && mv -T "$folder/next" "$folder/current" &&
    remove_unused_builds
}

# Ahead-of-time compilation (ReadyToRun) makes the program start faster, and the first promotion does not wait for the compiler. Results of
# the solution's build are reused. If the ahead-of-time compiler cannot be restored, the program is built without it.
publish_program() { # publish_program FOLDER LOG
  # Analyzers are for developers of the program; they take as long as the compiler.
  local publish=(publish "$root/operator/Cortex.Cli" -c Release -o "$1" -p:RunAnalyzers=false)
  case $(uname -m) in
    x86_64 | aarch64)
      logged_dotnet "Building the program" "$2" "${publish[@]}" -p:PublishReadyToRun=true && return
      grep -q 'error NU' "$2" || return 1 ;;
  esac
  logged_dotnet "Building the program without ahead-of-time compilation" "$2" "${publish[@]}"
}

remove_unused_builds() {
  local build
  for build in "$root"/.build/cortex/build.*; do
    [ "$build" -ef "$root/.build/cortex/current" ] && continue
    [ -n "$(find /proc -maxdepth 2 -name exe -lname "$build/*" -print -quit 2>/dev/null)" ] || rm -rf "$build"
  done
}
