# shellcheck shell=bash
# The operator's pair as a side of the comparison of write gaps. Sourced; needs die, wait_until, root and KUBECONFIG.

: "${here:?the folder of this file}" "${root:?the folder of the checkout}" "${results:?a folder for what is measured}"
cortex_name=bench

cortex_up() {
  kubectl delete cortexcluster "$cortex_name" --ignore-not-found --wait --timeout 60s >/dev/null
  kubectl apply -f "$here/cluster.yaml" >/dev/null
  cortex_settle
}

# Its messages about files are printed only if it fails.
cortex_conninfo() { "$root/cortex" dsn "$cortex_name" 2>"$results/dsn" || { cat "$results/dsn" >&2; return 1; }; }

cortex_field() { kubectl get cortexcluster "$cortex_name" -o jsonpath="{$1}"; }

cortex_standby() { if [ "$(cortex_field .status.primary)" = "$cortex_name-pr" ]; then echo "$cortex_name-s1"; else echo "$cortex_name-pr"; fi; }

# Ready alone may be outdated: the promotion must be finished and no instance fenced.
cortex_has_recovered() {
  [ "$(cortex_field '.status.conditions[?(@.type=="Ready")].status},{.status.conditions[?(@.type=="Replicating")].status},{.status.promotion.to},{.status.fenced[*]')" = 'True,True,,' ]
}

cortex_settle() { wait_until "the former primary of $cortex_name has rejoined" 120 cortex_has_recovered; }

cortex_ask_for() { # cortex_ask_for INSTANCE
  kubectl patch cortexcluster "$cortex_name" --type merge -p "{\"spec\":{\"promote\":\"$1\"}}" >/dev/null
  has_asked
}

cortex_switchover() { cortex_ask_for "$(cortex_standby)"; }

cortex_promote() {
  local standby server
  standby=$(cortex_standby)
  server=$(server_of "$(cortex_field .status.primary)-postgres")
  begins
  kill -9 "$server"
  cortex_ask_for "$standby"
}

cortex_down() { kubectl delete cortexcluster "$cortex_name" --ignore-not-found --wait --timeout 60s >/dev/null; }
