#!/bin/sh
# The manual pages and the completion, which are made of what --help says.
# Usage: test_man.sh HUBBUB HUBBUBD, from the repository's root. One line a check; exits 1 if one failed.
set -u
hubbub=$1
hubbubd=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

check() { # what, status: 0 is good
    if [ "$2" -eq 0 ]; then
        echo "ok      $1"
    else
        echo "FAILED  $1"
        failed=1
    fi
}

# Each warning of whoever typesets it is a failure.
typeset() { # page
    if command -v man >/dev/null 2>&1 && command -v groff >/dev/null 2>&1; then
        MANWIDTH=100 MANROFFSEQ='' LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 "$1" 2>"$dir/warnings" |
            sed 's/.\x08//g;s/\x1b\[[0-9;]*m//g' >"$dir/page"
    elif command -v groff >/dev/null 2>&1; then
        groff -k -man -ww -Tutf8 -P-c "$1" 2>"$dir/warnings" | sed 's/.\x08//g' >"$dir/page"
    else
        return 1
    fi
}

for name in hubbub hubbubd; do
    program=$hubbub
    [ $name = hubbub ] || program=$hubbubd
    ci/man "$program" $name 0.1.0 >"$dir/$name.1"
    check "$name.1 is made" $?
    [ "$(head -n 2 "$dir/$name.1" | tail -n 1 | cut -c 1-4)" = ".TH " ]
    check "$name.1 has a title" $?
    if typeset "$dir/$name.1"; then
        [ ! -s "$dir/warnings" ]
        check "$name.1 is set without a warning" $?
        [ -s "$dir/page" ] && grep -q "^NAME" "$dir/page"
        check "$name.1 reads as a page" $?
    else
        echo "skipped $name.1 is set without a warning: neither man nor groff is here (ci/install-deps)"
    fi
done
commands=$("$hubbub" --help | sed -n 's/^  \([a-z][a-z]*\) .*  .*/\1/p' | grep -v -e '^hubbub$' -e '^help$')
[ "$(echo "$commands" | wc -l)" -ge 8 ]
check "there are commands" $?
for command in $commands; do
    grep -q "^.SH \"HUBBUB $(echo "$command" | tr a-z A-Z)\"" "$dir/hubbub.1"
    check "hubbub.1 tells of $command" $?
done
# Every flag that help tells of is in the page, and is taken by its command.
for command in $commands; do
    for flag in $("$hubbub" help "$command" | sed -n 's/^  \(-[-a-zA-Z]*\).*/\1/p' | sort -u); do
        sed 's/\\-/-/g' "$dir/hubbub.1" | grep -q -e "^.B .*$flag" || check "hubbub.1 has $flag of $command" 1
        "$hubbub" "$command" "$flag" 2>&1 </dev/null | grep -q "unknown flag" && check "$command takes $flag" 1
    done
done
check "every flag of --help is in the page" 0

ci/completion "$hubbub" >"$dir/hubbub.bash"
check "the completion is made" $?
bash -n "$dir/hubbub.bash"
check "the completion is bash" $?
ln -s "$(realpath "$hubbub")" "$dir/hubbub"
completes() { # what is there already, a word that has to be offered, one that must not
    offered=$(PATH=$dir:$PATH bash -c '. "$1/hubbub.bash"; shift; COMP_WORDS=(hubbub "$@"); COMP_CWORD=$#; _hubbub
        printf "%s\n" "${COMPREPLY[@]}"' complete "$dir" $3)
    echo "$offered" | grep -qx -e "$1" && ! echo "$offered" | grep -qx -e "$2"
    check "hubbub $3<TAB> offers $1" $?
}
completes replay run re
completes --until --lint "replay --u"
completes --from --seed "replay --f"
completes -j --seed "replay -"
completes city replay "run c"
completes SYN-02 ORD-01 "explain SYN"
completes parameters city "list p"
completes ci run "check c"

exit $failed
