#!/bin/sh
# For the scripts of the initrd: the kernel command line as dracut reads it, and drivers for what the machine has.

# getargs NAME= prints the values of all words NAME=value, a line each; false when there are none.
getargs() {
    _status=1
    set -f
    _ifs=$IFS IFS=$_nl
    for _word in $_words; do
        case $_word in "$1"*) _status=0 && printf '%s\n' "${_word#"$1"}" ;; esac
    done
    IFS=$_ifs
    set +f
    return $_status
}

# getarg NAME= prints the value of the last word NAME=value; false when there is none.
getarg() {
    case $_words in *"$_nl$1"*) ;; *) return 1 ;; esac
    _value=${_words##*"$_nl$1"}
    printf '%s\n' "${_value%%"$_nl"*}"
}

# getargbool DEFAULT NAME is true when the last word NAME or NAME=value says so.
getargbool() {
    _value=$1
    set -f
    _ifs=$IFS IFS=$_nl
    for _word in $_words; do
        case $_word in "$2") _value=1 ;; "$2="*) _value=${_word#*=} ;; esac
    done
    IFS=$_ifs
    set +f
    case $_value in 0 | no | off | '') return 1 ;; esac
}

# Loads the drivers of what has come up since the last call; a driver brings up more (virtio_pci the network card), so until nothing new is there.
load_drivers() {
    while :; do
        set --
        for _file in /sys/bus/*/devices/*/modalias; do
            _alias=
            [ ! -r "$_file" ] || read -r _alias <"$_file"
            case $_loaded in *"$_nl$_alias$_nl"*) continue ;; esac
            _loaded=$_loaded$_alias$_nl
            set -- "$@" "$_alias"
        done
        [ $# -gt 0 ] || return 0
        modprobe -a -b -q -- "$@"
    done
}

# --- internal ---

_nl='
'
_loaded=$_nl$_nl

# Words of the command line, each between newlines; quotes hold blanks together and are taken off.
_read_words() {
    _words=$_nl _word='' _open=
    IFS= read -r _line </proc/cmdline
    set -f
    for _part in $_line; do
        _word=$_word${_open:+ }
        while :; do
            case $_part in
            *'"'*)
                _word=$_word${_part%%\"*} _part=${_part#*\"}
                if [ -n "$_open" ]; then _open=; else _open=yes; fi
                ;;
            *) break ;;
            esac
        done
        _word=$_word$_part
        [ -n "$_open" ] || { _words=$_words$_word$_nl && _word=; }
    done
    set +f
}
_read_words
