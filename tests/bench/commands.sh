# shellcheck shell=bash
# How long a command takes, beside `kubectl get` of the same resource. Sourced; needs die, median, table_row and KUBECONFIG.

: "${here:?the folder of this file}" "${root:?the folder of the checkout}" "${results:?a folder for what is measured}" "${rounds:?}"
commands_yaml=$here/cluster.yaml

# The first side is the one with which the others are compared.
commands_sides=('kubectl get' status dsn plan apply kubeconfig)

commands_run() { # commands_run SIDE
  case $1 in
    'kubectl get') kubectl get cortexcluster bench ;;
    dsn | status) "$root/cortex" "$1" bench ;;
    plan | apply) "$root/cortex" "$1" -f "$commands_yaml" ;;
    *) "$root/cortex" "$1" ;;
  esac
}

# Every round runs each side once; every second round in the opposite order, so that none is always behind the same other.
bench_commands() {
  local round side order=()
  for side in "${commands_sides[@]}"; do order=("$side" "${order[@]}"); done
  for ((round = 1; round <= rounds; round++)); do
    if ((round % 2)); then set -- "${commands_sides[@]}"; else set -- "${order[@]}"; fi
    for side; do commands_time "$side"; done
    echo "round $round of $rounds is done" >&2
  done
  commands_table
}

commands_time() { # commands_time SIDE
  local begin=${EPOCHREALTIME/./} status=0
  commands_run "$1" >"$results/output" 2>&1 </dev/null || status=$?
  echo $(((${EPOCHREALTIME/./} - begin) / 1000)) >>"$results/$1"
  [ "$status" = 0 ] || { cat "$results/output" >&2; die "$1 ended with $status; its output is above"; }
}

commands_table() {
  local side row
  echo '| command, ms | rounds | min | median | max | x kubectl get |'
  echo '| --- | --- | --- | --- | --- | --- |'
  for side in "${commands_sides[@]}"; do
    row=$(table_row "$side" <"$results/$side")
    awk -v row="$row" -v ours="$(median "$side")" -v theirs="$(median "${commands_sides[0]}")" \
      'BEGIN { printf "%s %.2f |\n", row, ours / theirs }'
  done
}
