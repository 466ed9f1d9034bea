#!/bin/sh
# hubbub check on fixtures/histories: the good ones hold, each bad one breaks the invariant that its name
# says, each malformed one is refused with its place.
# Usage: test_check.sh PROGRAM, from the repository's root. One line a check; exits 1 if one failed.
set -u
hubbub=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

check() { # what, status: 0 is good
    if [ "$2" -eq 0 ]; then
        echo "ok      $1"
    else
        echo "FAILED  $1"
        sed 's/^/        | /' "$dir/stdout" "$dir/stderr" | head -n 30
        failed=1
    fi
}

# Runs hubbub check: status in $code, output in $dir/stdout and $dir/stderr.
call() {
    code=0
    "$hubbub" check "$@" >"$dir/stdout" 2>"$dir/stderr" </dev/null || code=$?
}

profile_of() { # history: its --profile, if it has one
    [ ! -f "${1%.jsonl}.profile.json" ] || echo "--profile ${1%.jsonl}.profile.json"
}

for history in fixtures/histories/good/*.jsonl; do
    case $history in *merge-*) continue ;; esac
    call "$history" $(profile_of "$history")
    [ "$code" -eq 0 ]
    check "good: $(basename "$history")" $?
done
call --merge fixtures/histories/good/merge-1.jsonl fixtures/histories/good/merge-2.jsonl
[ "$code" -eq 0 ]
check "good: two recorders, whose clocks disagree by less than they say" $?

for history in fixtures/histories/bad/*.jsonl; do
    name=$(basename "$history")
    invariant=$(echo "$name" | cut -c 1-6)
    call "$history" $(profile_of "$history") --out "$dir/out"
    [ "$code" -eq 1 ] && grep -q "^$invariant: " "$dir/stdout" &&
        grep -q "\"$invariant\": {\"state\": \"violated\"" "$dir/out/summary.json" &&
        grep -q "^$invariant: " "$dir/out/violation.txt"
    check "bad: $name" $?
done

junit() { # failures, errors, skipped, what
    xmllint --noout --schema reports/tests/junit.xsd "$dir/out/junit.xml" 2>"$dir/stderr" &&
        [ "$(xmllint --xpath 'concat(/*/@tests, " ", /*/@failures, " ", /*/@errors, " ", count(//skipped))' \
            "$dir/out/junit.xml")" = "1 $1 $2 $3" ] && [ -s "$dir/out/summary.md" ]
    check "$4" $?
}
again=fixtures/histories/bad/ORD-08-shown-again.jsonl
call fixtures/histories/good/chat.jsonl --out "$dir/out"
junit 0 0 0 "junit.xml of a good one"
call --merge fixtures/histories/good/merge-1.jsonl fixtures/histories/good/merge-2.jsonl --out "$dir/out"
junit 0 0 0 "of two recorders"
call $again --out "$dir/out"
junit 1 0 0 "of a bad one"
xmllint --xpath 'string(//failure)' "$dir/out/junit.xml" | grep -q "^Repeat:  hubbub check $again" &&
    xmllint --xpath 'string(//failure)' "$dir/out/junit.xml" | grep -q " was not judged: "
check "which says what was not judged, and repeats it" $?
echo '{"t": 1, "who": "a", "up": true}' >"$dir/nothing.jsonl"
call "$dir/nothing.jsonl" --out "$dir/out"
[ "$code" -eq 4 ]
junit 0 1 0 "of one in which nothing could be judged"
GITHUB_ACTIONS=true call $again --json
[ "$code" -eq 1 ] && grep -q "^::error file=$again,title=ORD-08" "$dir/stderr" && ! grep -q "::error" "$dir/stdout"
check "an annotation stands beside JSON" $?

listing() { # invariant, day
    echo "{\"known\": [{\"history\": \"bad/$(basename $again)\", \"invariant\": \"$1\"," \
        "\"until\": \"$2\", \"reason\": \"ticket 9\"}]}" >"$dir/known.json"
}
known() { # code, line, what
    call $again --known-failures "$dir/known.json" --out "$dir/out"
    [ "$code" -eq "$1" ] && grep -qF "$2" "$dir/stdout" && grep -q "\"exit_code\": $1" "$dir/out/summary.json"
    check "$3" $?
}
listing ORD-08 9999-12-31
known 0 "Verdict: known (ORD-08, known until 9999-12-31: ticket 9)" "what is violated and listed is known"
junit 0 0 1 "and skipped"
listing ORD-08 2026-01-01
known 1 "which is over: ORD-08" "until its day is over"
listing ORD-05 9999-12-31
known 1 "Verdict: violated" "another invariant is not"

refused() { # name, expected
    call "fixtures/histories/malformed/$1"
    [ "$code" -eq 2 ] && [ ! -s "$dir/stdout" ] && [ "$(wc -l <"$dir/stderr")" -eq 1 ] &&
        grep -qF "$1: $2" "$dir/stderr"
    check "malformed: $1" $?
}
call fixtures/histories/good
[ "$code" -eq 2 ] && [ ! -s "$dir/stdout" ] && grep -q "this is a folder: expected a file" "$dir/stderr"
check "a folder is refused before anything is judged" $?
refused unknown-key.jsonl 'line 2, column 26: unknown key "received": did you mean "saw"?'
refused time-goes-back.jsonl 'line 2, column 7: t goes back: expected at least 13.000'
refused trailing-comma.jsonl 'line 1, column 37: a comma before the end'
refused array.jsonl 'line 1, column 1: expected one JSON object a line, got an array'
refused not-utf-8.jsonl 'line 1, column 20: these bytes are not UTF-8'
refused id-above-2-53.jsonl 'line 1, column 44: id: expected a text, or an integer below 2^53'

call --lint fixtures/histories/malformed/*.jsonl fixtures/histories/good/chat.jsonl
[ "$code" -eq 2 ] && [ "$(wc -l <"$dir/stderr")" -eq 6 ] && [ "$(wc -l <"$dir/stdout")" -eq 1 ]
check "a lint tells of all files" $?

printf '' >"$dir/empty.jsonl"
call "$dir/empty.jsonl"
[ "$code" -eq 4 ]
check "nothing to judge is inconclusive" $?

sed 's/$/\r/; 1s/^/\xef\xbb\xbf/' fixtures/histories/good/chat.jsonl >"$dir/windows.jsonl"
call "$dir/windows.jsonl"
[ "$code" -eq 0 ]
check "a byte order mark and CRLF change nothing" $?

call - --json
[ "$code" -eq 4 ] && grep -q '"verdict": "inconclusive"' "$dir/stdout"
check "the standard input, as JSON" $?

call fixtures/histories/good/chat.jsonl fixtures/histories/good/away.jsonl
[ "$code" -eq 2 ] && grep -q -- "--merge" "$dir/stderr"
check "two histories without --merge are refused" $?

call fixtures/histories/good/chat.jsonl --profile fixtures/histories/good/chat.jsonl
[ "$code" -eq 2 ] && grep -q "chat.jsonl: line" "$dir/stderr"
check "a profile that is none is refused with its place" $?

# What hubbub run wrote is judged as the run was: a red one and one that held, invariant by invariant.
states() { # summary.json
    awk -F'"' '$4 == "state" { print $2, $6 }' "$1"
}
for run in "replay fixtures/finds/plans/far-away.json" "run scenarios/city.json --small --seed 3 --history"; do
    "$hubbub" $run --quiet --out "$dir/run" >"$dir/stdout" 2>"$dir/stderr"
    states "$dir/run/summary.json" >"$dir/first"
    call "$dir/run/history.txt" --out "$dir/again"
    [ "$(wc -l <"$dir/first")" -gt 30 ] && states "$dir/again/summary.json" | cmp -s - "$dir/first"
    check "the history of $run is judged as it was" $?
done
for plan in fixtures/finds/plans/*.json; do
    "$hubbub" replay "$plan" --quiet --out "$dir/run" >"$dir/stdout" 2>"$dir/stderr"
    [ -f "$dir/run/history.txt" ] || continue
    invariant=$(sed -n 's/.*"invariant": "\([A-Z]*-[0-9]*\)".*/\1/p' "$dir/run/summary.json" | head -n 1)
    call "$dir/run/history.txt"
    [ "$code" -eq 1 ] && grep -q "^$invariant: " "$dir/stdout"
    check "the history of $(basename "$plan") breaks $invariant, too" $?
    { printf '\357\273\277' && sed 's/$/\r/' "$dir/run/history.txt"; } >"$dir/checkout.txt"
    sed "s|$dir/[a-z/]*\.txt|it|g" "$dir/stdout" >"$dir/first"
    call "$dir/checkout.txt"
    sed "s|$dir/[a-z/]*\.txt|it|g" "$dir/stdout" | cmp -s - "$dir/first"
    check "a byte order mark and CRLF change nothing of that" $?
    break
done
exit $failed
