# --- what is told of each row, and the time of passes ---

log_row() {
    printf '%s %s %s %s from %s, %s bytes, %s ms\n' "$outcome${reason:+ ($reason)}" "$option" "$type" "$path" "$origin" "$bytes" "$ms" >&4
    printf 'row %s %s %s %s %s %s %s/\n' "$outcome" "$option" "$type" "$origin" "$bytes" "$ms" "$path" >&6
    [ -z "$reason" ] || printf 'warning FAILED (%s) %s %s %s from %s\n' "$reason" "$option" "$type" "$path" "$origin" >&6
    case $path$reason in
    *[\"\\[:cntrl:]]*)
        {
            printf '{"path":"'
            json_text "$path"
            printf '","outcome":"%s"' "$outcome"
            [ -z "$reason" ] || { printf ',"reason":"' && json_text "$reason" && printf '"'; }
        } >&5
        ;;
    *) printf '{"path":"%s","outcome":"%s"%s' "$path" "$outcome" "${reason:+,\"reason\":\"$reason\"}" >&5 ;;
    esac
    printf ',"option":"%s","type":"%s","source":"%s","bytes":%s,"ms":%s}\n' "$option" "$type" "$origin" "$bytes" "$ms" >&5
} 2>/dev/null

json_text() { # TEXT: what JSON wants escaped, character by character
    rest=$1
    while [ -n "$rest" ]; do
        next=${rest#?}
        char=${rest%"$next"} rest=$next
        case $char in
        [\"\\]) printf '\\%s' "$char" ;;
        [[:cntrl:]]) printf '\\u%04x' "'$char" ;;
        *) printf '%s' "$char" ;;
        esac
    done
}

row_ms() { # sets ms: the passes this row took part in
    key="$storage,$mode,$mechanism,$origin"
    case $known_times in
    *"$nl$key "*) ms=${known_times#*"$nl$key "} && ms=${ms%%"$nl"*} && return ;;
    esac
    ms=0
    case $option,$origin in
    *,parent | *,nowhere) ;;
    *,rw,overlay,*) add_time links && add_time mounts ;;
    persistent,*,link,store | localdisk,*,link,store) add_time links ;;
    persistent,*,bind,store | localdisk,*,bind,store) add_time mounts ;;
    persistent,*,link,* | localdisk,*,link,*) add_time store && add_time links ;;
    persistent,* | localdisk,*) add_time store && add_time mounts ;;
    *,con,*) add_time links ;;
    *,ro,link,*) add_time links ;;
    *,ro,*) add_time mounts ;;
    *)
        from=$origin
        while [ -n "$from" ]; do
            add_time "${from%%+*}"
            case $from in *+*) from=${from#*+} ;; *) from= ;; esac
        done
        ;;
    esac
    case $option in tmpfs,rw,bind | tmpfs,con,bind) add_time mounts ;; esac
    known_times="$known_times$key $ms$nl"
}

add_time() { # PASS
    spent=0
    case $times in *"$nl$1="*) spent=${times#*"$nl$1="} && spent=${spent%%"$nl"*} ;; esac
    ms=$((ms + spent))
}

timed() { # PASS COMMAND...
    pass_name=$1
    shift
    uptime_ms && began=$now
    "$@"
    status=$?
    uptime_ms && times="$times$pass_name=$((now - began))$nl"
    return $status
}

uptime_ms() {
    IFS=' .' read -r seconds hundredths rest </proc/uptime || return 0
    now=$((seconds * 1000 + 1${hundredths} * 10 - 1000))
}
