#!/bin/bash
# Completes statelite and its commands. The lines marked @ are filled in by: statelite completion bash
# Names of nodes, groups, images and tables are asked for when they are wanted.

_statelite() {
    local cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[0]##*/} before=${COMP_WORDS[COMP_CWORD - 1]} at=1 place=0 kind=''
    local options='' valued='' places=()
    if [ "$command" = statelite ]; then
        if [ "$COMP_CWORD" -eq 1 ]; then
            _statelite_words "$_statelite_commands"
            return
        fi
        command=${COMP_WORDS[1]} at=2
    fi
    _statelite_command "$command"
    if [ "$cur" = = ] || [ "$before" = = ]; then
        # bash takes name=value for three words
        at=$((COMP_CWORD - 2))
        [ "$cur" != = ] || at=$((COMP_CWORD - 1)) cur=
        case ${COMP_WORDS[at]} in osimage | statelite | provmethod | image) kind=images ;; esac
    elif [[ " $valued " == *" $before "* ]]; then
        compopt -o default
    elif [[ $cur == -* ]]; then
        kind="=$options"
    else
        for ((; at < COMP_CWORD; at++)); do
            before=${COMP_WORDS[at - 1]}
            [[ ${COMP_WORDS[at]} == [=-]* || $before == = || " $valued " == *" $before "* ]] || place=$((place + 1))
        done
        # the last place takes any number of words
        [ "$place" -lt ${#places[@]} ] || place=$((${#places[@]} - 1))
        [ "$place" -lt 0 ] || kind=${places[place]}
    fi
    case $kind in
    '') ;;
    =*) _statelite_words "${kind#=}" ;;
    files) compopt -o default ;;
    nodes) _statelite_noderange ;;
    *) mapfile -t COMPREPLY < <(command statelite completion names "$kind" "$cur" 2>/dev/null) ;;
    esac
    if [[ ${COMPREPLY[0]-} == *= ]]; then compopt -o nospace; fi
}

_statelite_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# Completes the last name of a noderange.
_statelite_noderange() {
    local last=${cur##*[,@]}
    last=${last#-}
    mapfile -t COMPREPLY < <(command statelite completion names nodes "$last" 2>/dev/null)
    COMPREPLY=("${COMPREPLY[@]/#/"${cur%"$last"}"}")
}

_statelite_commands='@COMMANDS@'

_statelite_command() {
    case $1 in
    # @CASES@
    *) ;;
    esac
}

complete -F _statelite statelite # @PROGRAMS@
