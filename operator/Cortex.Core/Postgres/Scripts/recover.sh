# After archived-file.sh. Starts PostgreSQL on a data directory that it recovers with files of the archive, and stops it.
# Clients cannot reach the server, and it archives nothing: what it marks is archived by the server of a primary, into its own folder.
# Without hot_standby the limits of the source's primary need not be known.
recover() { # recover FOLDER NAME=VALUE...
    folder=$1
    shift
    for setting; do
        shift
        set -- "$@" -c "$setting"
    done
    postgres -D "$PWD/$folder" -c config_file="$PWD/conf/postgresql.conf" -c data_directory="$PWD/$folder" -c archive_command= \
        -c synchronous_standby_names= -c log_min_messages=warning -c lc_messages=C -c hot_standby=off -c listen_addresses= -c ssl=off \
        -c unix_socket_directories=/tmp -c restore_command='sh /tmp/archived-file.sh %f "%p"' "$@"
}

# When the server has ended, its exit code is in /tmp/ended.
begin_recovery() { # begin_recovery FOLDER NAME=VALUE...
    rm -f /tmp/ended
    (
        recover "$@" && status=0 || status=$?
        echo "$status" >/tmp/ended.new
        mv /tmp/ended.new /tmp/ended
    ) &
}

end_recovery() { # end_recovery FOLDER
    kill -s INT "$(head -n 1 "$1/postmaster.pid")"
    wait
    [ "$(cat /tmp/ended)" = 0 ] || { echo "the recovered server ended with exit code $(cat /tmp/ended)" >&2; return 1; }
}
