# Prints standard input with the content of mounted secrets in place of their names: a line NAME=@SECRET becomes NAME=CONTENT. A secret
# that is not mounted, or is not one line, leaves its line out, and pgBackRest says which option it lacks.
fill_secrets() {
    while IFS= read -r line; do
        case $line in *=@*) ;; *) printf '%s\n' "$line"; continue ;; esac
        [ -f "/run/secrets/user-${line#*=@}" ] || continue
        # The shell removes newlines at the end.
        secret=$(cat "/run/secrets/user-${line#*=@}")
        case $secret in '' | *[[:cntrl:]]* | ' '* | *' ') continue ;; esac
        printf '%s=%s\n' "${line%%=*}" "$secret"
    done
}
