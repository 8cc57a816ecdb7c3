# shellcheck shell=bash
# The pair of rfc-by-hand.sh as a side of the comparison of write gaps. Sourced; needs common.sh. Nothing of it comes back by itself after a
# promotion, so each round gets a new pair.

: "${here:?the folder of this file}" "${results:?a folder for what is measured}"
hand_name=bh hand_port=16432

hand_up() { mkdir -p "$results/hand"; }

hand_settle() { "$here/rfc-by-hand.sh" --prefix "$hand_name" --port "$hand_port" --keep "$results/hand" >/dev/null || die 'the pair by hand could not be made; the words are above'; }

# The application learns the new address (RFC 5.4) immediately, which is the best case of the baseline.
# shellcheck disable=SC2034 # gap.sh reads it by this name
hand_client=--told
hand_conninfo() {
  echo "host=127.0.0.1,127.0.0.1 port=$hand_port,$((hand_port + 1)) dbname=app user=app sslmode=verify-full \
sslrootcert=$results/hand/ca.crt passfile=$results/hand/pgpass"
}

hand_promote() {
  local server
  server=$(server_of "$hand_name-pr")
  begins
  kill -9 "$server"
  podman exec -i "$hand_name-s1" psql -X -h /tmp -Atq -v ON_ERROR_STOP=1 <<<'select pg_promote()' >/dev/null
  has_asked
}

hand_down() { "$here/rfc-by-hand.sh" --prefix "$hand_name" --remove; }
