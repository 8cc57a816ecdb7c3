# Process 1 of an instance's container; its arguments are those of postgres.
# Podman starts a container whose process died at once, and holds on to it for a third of a second while it does: too long for whoever waits for a promotion. So a
# server that was killed is started again in here, a moment later, and its clients are refused at once meanwhile. One that ended by itself, or was told to,
# ends the container, and with this process every other one in it.
told='' server=''
# The number of this very process. Not by the two dollars that mean it: in a container's arguments Kubernetes, and Podman 5, make one of them.
read -r self _ </proc/self/stat
end() {
    told=$1
    [ -z "$server" ] || kill -s "$1" "$server"
}
trap 'end INT' INT
trap 'end TERM' TERM
trap 'end QUIT' QUIT
trap '[ -z "$server" ] || kill -s HUP "$server"' HUP

while :; do
    postgres "$@" &
    server=$!
    [ -z "$told" ] || kill -s "$told" "$server"
    # A signal ends the wait, not the server.
    while
        wait "$server"
        status=$?
        kill -0 "$server" 2>/dev/null
    do :; done
    server=''
    if [ -n "$told" ] || [ "$status" -le 128 ]; then exit "$status"; fi

    # Its backends would go on for a while, and acknowledge what no standby gets any more. (Outside a container this would be everybody's end.)
    [ "$self" != 1 ] || kill -s KILL -- -1
    # As PostgreSQL would say it; the operator reads it, see ServerProcess.
    echo "$(date -u '+%F %T.%3N UTC') [$self] LOG:  the server was killed by signal $((status - 128))" >&2
    if [ -z "$told" ]; then
        sleep 1 &
        wait $!
    fi
    # There was no server to stop: see ServerProcess.
    [ -z "$told" ] || exit 69
done
