#!/bin/sh
# The red runs of fixtures/finds are as red as on the day when they were found: each plan and each seed
# of a scenario that red.txt names is run again and names the same invariants. So the plans guard that
# their format is still read, too.
# Usage: test_finds.sh PROGRAM, from the repository's root. One line a run; exits 1 if one differs.
set -u
hubbub=$1
finds=fixtures/finds
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

violated() { # summary.json: the invariants that were, by name, or "held"
    awk -F'"' '$2 == "verdict" && $4 == "held" { print "held" }
        $4 == "state" && $6 == "violated" { print $2 }' "$1" | sort | paste -s -d ' ' -
}

again() { # what to tell, what it must name, arguments of the program
    told=$1
    expected=$2
    shift 2
    rm -f "$dir/summary.json"
    code=0
    "$hubbub" "$@" --quiet --out "$dir" >"$dir/stdout" 2>"$dir/stderr" </dev/null || code=$?
    got=$([ -f "$dir/summary.json" ] && violated "$dir/summary.json")
    wanted=1
    [ "$expected" != held ] || wanted=0
    hash=$(awk -F'"' '$2 == "hash" { print $4 }' "$dir/summary.json" 2>/dev/null)
    if [ $code -eq $wanted ] && [ "$got" = "$expected" ]; then
        echo "ok      $told: $got ($hash)"
    else
        echo "FAILED  $told: red.txt says \"$expected\", the run \"$got\", exit code $code"
        sed 's/^/        | /' "$dir/stderr" | head -n 5
        failed=1
    fi
}

runs=0
while read -r file seed expected; do
    case $file in
    '' | '#'*) continue ;;
    plans/*) again "$file" "$expected" replay "$finds/$file" ;;
    *) again "$file seed $seed" "$expected" run "$finds/$file" --seed "$seed" ;;
    esac
    runs=$((runs + 1))
done <"$finds/red.txt"

for file in "$finds"/plans/*.json "$finds"/scenarios/*.json; do
    if ! grep -q "^${file#"$finds/"} " "$finds/red.txt"; then
        echo "FAILED  $file has no line in red.txt"
        failed=1
    fi
done
if grep -L '"hubbub_plan": 2,' "$finds"/plans/*.json | grep .; then
    echo "FAILED  these are no longer in the format that they were written in, which must go on being read"
    failed=1
fi
[ $runs -ge 20 ] || { echo "FAILED  only $runs runs in red.txt"; failed=1; }
exit $failed
