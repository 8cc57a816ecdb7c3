# Prints standard input with the content of mounted secrets in place of their names: a line NAME=@SECRET becomes NAME=CONTENT,
# NAME=@SECRET FIELD gets the value of the line "FIELD: VALUE" of the secret, and NAME=@SECRET /PATH copies it to that path and becomes
# NAME=/PATH. What is not mounted, or is not one line, leaves its line out, and pgBackRest says which option it lacks. The line of a path
# stays without its file: pgBackRest then refuses, and does not trust the authorities of the image in its place.
# On Kubernetes a secret is a folder with a file for each entry: passphrase, FIELD, and for a path privateKey (backup-key) or ca.crt.
fill_secrets() {
    while IFS= read -r line; do
        case $line in *=@*) ;; *) printf '%s\n' "$line"; continue ;; esac
        name=${line%%=*} file=/run/secrets/user-${line#*=@}
        field=${file#* }
        [ "$field" != "$file" ] || field=''
        file=${file%% *} secret=''
        if [ -d "$file" ]; then
            case $field in
                '') file=$file/passphrase ;;
                */backup-key) file=$file/privateKey ;;
                /*) file=$file/ca.crt ;;
                *) file=$file/$field field='' ;;
            esac
        fi
        [ -f "$file" ] || case $field in /*) ;; *) continue ;; esac
        # The shell removes newlines at the end.
        case $field in
            '') secret=$(cat "$file") ;;
            /*)
                secret=$field
                if [ ! -f "$file" ]; then rm -f "$field"; elif cat "$file" >"$field.new"; then mv "$field.new" "$field"; fi
                ;;
            *) secret=$(sed -n "s/^$field: *\"\{0,1\}\(.*[^\" ]\)\"\{0,1\} *$/\1/p" "$file" | head -n 1) ;;
        esac
        case $secret in '' | *[[:cntrl:]]* | ' '* | *' ') continue ;; esac
        printf '%s=%s\n' "$name" "$secret"
    done
}
