#!/usr/bin/env bash
# Builds the components of Kubernetes from Debian's source package, once; their binaries are kept outside the checkout.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
# shellcheck source=tests/kubernetes/layout.sh
. "$here/layout.sh"
# shellcheck source=scripts/packages.sh
. "$root/scripts/packages.sh"

: "${binaries:?}" "${kubernetes_version:?}"

components=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy)
work='' log='' compiling=''

clean_up() {
  [ -z "$compiling" ] || kill -- "-$compiling" 2>/dev/null || true
  [ -z "$work" ] || rm -rf "$work"
}

# A build that fails or is interrupted is not used: the folder gets its name at the end.
build() {
  ensure_packages_without_services '' kubernetes-build
  rm -rf "${binaries%/*}"/kubernetes-build.*        # remains of killed builds; this script holds the lock
  work=$(mktemp -d "${binaries%/*}/kubernetes-build.XXXXXX")
  log=$(mktemp "${TMPDIR:-/tmp}/cortex-kubernetes-build.XXXXXX")
  say 'fetching the source of Kubernetes from Debian, once'
  fetch_source >"$log" 2>&1 || build_failed 'the source package of Kubernetes could not be fetched'
  say "building ${#components[@]} components, once; it takes about six minutes on two processors"
  set -m                                            # a separate process group, so that an interruption ends all processes of the build
  compile >>"$log" 2>&1 </dev/null &
  compiling=$!
  set +m
  show_progress || build_failed 'the build failed'
  compiling=''
  mkdir -m 755 "$work/result"
  mv "${components[@]/#/$work/source/_output/bin/}" "$work/pause" "$work/result/"
  mv -T "$work/result" "$binaries"
  rm -f "$log"
  say "built: $binaries"
}

build_failed() { tail -n 20 "$log" >&2; fail "$1" "The whole log: $log"; }

# apt-get with its own lists, so that the machine's sources do not change. Packages and sources are on the same servers.
fetch_source() {
  local apt=$work/apt private
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  archives >"$apt/sources.list"
  # A machine that was cleaned up has packages and no lists.
  [ -s "$apt/sources.list" ] || { apt-get -q update && archives >"$apt/sources.list"; } || return 1
  [ -s "$apt/sources.list" ] || { echo 'apt-get has no Debian archive on this machine; Debian 12 is needed'; return 1; }
  private=(-q -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$apt/lists"
    -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
  cd "$work" && apt-get "${private[@]}" update && apt-get "${private[@]}" --download-only source kubernetes &&
    dpkg-source -x kubernetes_*.dsc source &&
    download golang-github-modern-go-reflect2-dev &&
    dpkg-deb -x golang-github-modern-go-reflect2-dev_*.deb library || return 1
  # Debian writes 1.20.5+really1.20.2-…; another release of Debian has another version and another Go compiler.
  case $(dpkg-parsechangelog -l source/debian/changelog -S Version) in
    *"$kubernetes_version"-*) ;;
    *) echo "this needs Kubernetes $kubernetes_version of Debian 12; elsewhere use tests/kubernetes/kind.sh"; return 1 ;;
  esac
}

# A machine may have sources configured, but no package lists, or old ones.
download() { # download PACKAGE
  local command=(apt-get -q -o APT::Sandbox::User=root download "$1")
  "${command[@]}" || { apt-get -q update && "${command[@]}"; }
}

# The machine's Debian archives, as deb-src lines for apt.
archives() {
  # shellcheck disable=SC2016
  apt-get indextargets --format 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(REPO_URI) $(RELEASE) $(COMPONENT) #$(ORIGIN)' \
    'Created-By: Packages' | sed -n 's/ #Debian$//p' | sort -u
}

compile() {
  change_source
  # The vendored reflect2 supports only older Go versions; built with this one, the API server can crash.
  rm -r "$work/source/vendor/github.com/modern-go/reflect2"
  mv "$work/library/usr/share/gocode/src/github.com/modern-go/reflect2" "$work/source/vendor/github.com/modern-go/"
  # make needs the source below GOPATH.
  mkdir -p "$work/go/src/k8s.io"
  ln -s "$work/source" "$work/go/src/k8s.io/kubernetes"
  export HOME=$work GOPATH=$work/go GOCACHE=$work/go-cache CGO_ENABLED=0
  GO111MODULE=off nice -n 10 go build -ldflags '-s -w' -o "$work/pause" "$here/pause.go"
  export KUBE_GIT_VERSION=v$kubernetes_version KUBE_GIT_MAJOR=1 KUBE_GIT_MINOR=20 KUBE_GIT_TREE_STATE=clean KUBE_GIT_COMMIT=debian
  # Otherwise the kubelet is built with other flags, and the packages that it shares with the other components are compiled twice.
  export KUBE_STATIC_OVERRIDES=kubelet
  # Without the clients of five clouds and of Docker, which are not used here.
  export GOFLAGS=-tags=providerless,dockerless
  cd "$work/go/src/k8s.io/kubernetes"
  nice -n 10 make WHAT="${components[*]/#/cmd/}"
}

# Changes the source where this cluster needs other behaviour.
change_source() {
  local kubelet=pkg/kubelet/kubelet.go volumes=pkg/kubelet/volumemanager/volume_manager.go queue=pkg/scheduler/internal/queue/scheduling_queue.go
  # Kubernetes creates a claim's folder for root only, and fsGroup does not apply to host folders: pods that are not root could not write.
  change pkg/volume/hostpath/host_path.go 'os.MkdirAll(pv.Spec.HostPath.Path, 0750)' 'os.MkdirAll(pv.Spec.HostPath.Path, 0777)'
  # The others are polling intervals. Tests wait for each of them, some thousand times in a run, and a longer interval tests nothing more.
  # How often the kubelet checks which containers started or ended. A short pod must be seen both running and ended.
  change "$kubelet" 'plegRelistPeriod = time.Second * 1' 'plegRelistPeriod = 200 * time.Millisecond'
  # How often the kubelet checks whether an ended pod can be deleted: a current kubelet notices it at once, this one every ten seconds.
  change pkg/kubelet/status/status_manager.go 'const syncPeriod = 10 * time.Second' 'const syncPeriod = 200 * time.Millisecond'
  # A pod is deleted only after its containers are; containers whose end the kubelet missed are removed once a minute.
  change "$kubelet" 'ContainerGCPeriod = time.Minute' 'ContainerGCPeriod = 500 * time.Millisecond'
  # A pod is deleted only after its volumes are unmounted.
  change "$volumes" 'GetPodStatusRetryDuration = 2 * time.Second' 'GetPodStatusRetryDuration = 200 * time.Millisecond'
  # How often the kubelet checks whether the volumes of a starting pod are mounted.
  change "$volumes" 'podAttachAndMountRetryInterval = 300 * time.Millisecond' 'podAttachAndMountRetryInterval = 50 * time.Millisecond'
  # The scheduler retries a pod whose claim is not bound yet; its settings accept whole seconds only.
  change pkg/scheduler/factory.go 'time.Duration(c.podInitialBackoffSeconds)*time.Second' 'time.Duration(c.podInitialBackoffSeconds)*100*time.Millisecond'
  change "$queue" 'p.flushBackoffQCompleted, 1.0*time.Second' 'p.flushBackoffQCompleted, 100*time.Millisecond'
}

change() { # change FILE TEXT OTHER: in every place of a source file; it is an error if there is no such place
  local file=$work/source/$1 content
  content=$(<"$file")
  [[ $content = *"$2"* ]] || { echo "$1 has no '$2'"; return 1; }
  printf '%s\n' "${content//"$2"/"$3"}" >"$file"
}

show_progress() { # until the build ends; its exit code
  local next=$((SECONDS + 30))
  while kill -0 "$compiling" 2>/dev/null; do
    sleep 1
    [ "$SECONDS" -ge "$next" ] || continue
    say "  still building: $(find "$work/source/_output/local/go/cache" -name '*-d' 2>/dev/null | wc -l) files are compiled"
    next=$((SECONDS + 30))
  done
  wait "$compiling"
}

mkdir -p "${binaries%/*}"
exec 8<"${binaries%/*}"
flock -n 8 || { say 'waiting for another build of Kubernetes'; flock 8; }
[ ! -d "$binaries" ] || exit 0                      # another run has built it meanwhile
trap clean_up EXIT
trap 'exit 130' INT TERM
build
