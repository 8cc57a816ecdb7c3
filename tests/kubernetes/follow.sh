# shellcheck shell=bash
# Lists and watches objects of the API, with curl. Sourced by the scripts that run inside the node.

api() { # api [ARGUMENT …] PATH [-o FILE PATH -o FILE …]: several by one connection; the first failure ends it
  local word words=()
  for word; do
    case $word in /api*) words+=("https://127.0.0.1:6443$word") ;; *) words+=("$word") ;; esac
  done
  curl -sSf --fail-early --cacert /srv/state/pki/ca.crt --cert /srv/state/pki/network.crt --key /srv/state/pki/network.key "${words[@]}"
}

# A watch first reports every existing object, so that no change is missed between two watches.
# A pod changes about ten times in its life, mostly in fields that no script here uses: those changes are read and ignored.
watch_one() { # watch_one PATH: a line for every change that matters, for ever
  while :; do
    api -N "$1?watch=1&timeoutSeconds=600" | jq -cn --unbuffered "$what_matters" || true
    sleep 0.5
  done
}

# shellcheck disable=SC2016 # the variables are of jq
what_matters='
  def matter: if .kind == "Pod" then [.metadata.labels, .status.podIP, .spec.hostNetwork, (.status.phase | . == "Succeeded" or . == "Failed")] else [.metadata.labels, .spec] end;
  foreach inputs as {$type, $object} ({};
    $object.metadata.uid as $uid | (if $type == "DELETED" then null else $object | matter end) as $now
    | .changed = (.seen[$uid] != $now) | if $type == "DELETED" then del(.seen[$uid]) else .seen[$uid] = $now end;
    if .changed then $type else empty end)'

# Calls a function once for every burst of changes below the paths. If the function fails, it is called again soon after.
follow() { # follow FUNCTION PATH …
  local function=$1 path begin changes
  shift
  exec {changes}< <(for path; do watch_one "$path" & done; wait)
  while read -r -u "$changes" _; do
    begin=$EPOCHREALTIME
    while read -r -t 0.05 -u "$changes" _; do :; done
    until "$function"; do sleep 0.5; done
    echo "$function: in effect $(((${EPOCHREALTIME/./} - ${begin/./}) / 1000)) ms after the change"
  done
}
