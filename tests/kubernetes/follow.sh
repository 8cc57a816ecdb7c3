# shellcheck shell=bash
# Follows objects of the API, with curl, and with jq processes that live as long as the script, because each start of jq costs 40 ms of a
# processor. Sourced by the scripts that run inside the node.

here=$(dirname "${BASH_SOURCE[0]}")
trap 'kill 0' EXIT                                  # no process of the script outlives it

# Calls the function with every new text that the module makes of all objects, at once. If the function fails, it is called again soon
# after, with the newest text.
follow() { # follow MODULE FUNCTION PATH …
  local module=$1 function=$2 path text begin
  shift 2
  { for path; do changes "$path" & done; wait; } | query -j "texts($#; text)" |
    while IFS= read -r -d '' text; do
      begin=$EPOCHREALTIME
      newest
      until "$function" "$text"; do sleep 0.5; newest; done
      echo "$function: done after $(((${EPOCHREALTIME/./} - ${begin/./}) / 1000)) ms"
    done
}

changes() { # changes PATH: what changes below it, for ever; a watch that ended begins again with a list
  while :; do
    list_and_watch "$1" | query -r 'assignments(needed)' || true
    sleep 0.5
  done
}

list_and_watch() { # list_and_watch PATH: every change after the list
  local list
  list=$(api "$1?pretty=false") || return
  [[ $list =~ '"resourceVersion":"'([0-9]+) ]] || { echo "$1: the list has no version" >&2; return 1; }
  echo "$list"
  api "$1?watch=1&timeoutSeconds=86400&resourceVersion=${BASH_REMATCH[1]}"
}

api() { # api PATH
  curl -sSfN --cacert /srv/state/pki/ca.crt --cert /srv/state/pki/network.crt --key /srv/state/pki/network.key "https://127.0.0.1:6443$1"
}

query() { # query OPTION PROGRAM
  jq -n --unbuffered -L "$here" "$1" "include \"follow\"; include \"$module\"; $2"
}

newest() { # reads further texts, if they are there already
  while read -r -t 0; do IFS= read -r -d '' text || exit; done
}
