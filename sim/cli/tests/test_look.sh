#!/bin/sh
# Looking around in runs with the hubbub program. Usage: test_look.sh PROGRAM, from the repository's root.
# One line a check; exits 1 if one failed.
set -u
hubbub=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
unset GITHUB_ACTIONS COLUMNS

call() {
    code=0
    "$hubbub" "$@" >"$dir/stdout" 2>"$dir/stderr" </dev/null || code=$?
}

ends() { # what, exit code, then texts in stdout
    what=$1
    good=0
    [ "$code" -eq "$2" ] || good=1
    shift 2
    for text in "$@"; do
        grep -qF -- "$text" "$dir/stdout" || good=1
    done
    if [ $good -eq 0 ]; then
        echo "ok      $what"
    else
        echo "FAILED  $what"
        echo "        exit code $code; stdout and stderr:"
        sed 's/^/        | /' "$dir/stdout" "$dir/stderr" | head -n 20
        failed=1
    fi
}

refused() { # what, text in the one line of stderr, arguments...
    what=$1
    text=$2
    shift 2
    call "$@"
    good=0
    [ "$code" -eq 2 ] && [ "$(wc -l <"$dir/stderr")" -eq 1 ] && [ ! -s "$dir/stdout" ] || good=1
    grep -qF -- "$text" "$dir/stderr" || good=1
    if [ $good -eq 0 ]; then
        echo "ok      refused: $what"
    else
        echo "FAILED  refused: $what"
        sed 's/^/        | /' "$dir/stdout" "$dir/stderr" | head -n 12
        failed=1
    fi
}

call run reference-small --seed 3 --quiet --out "$dir/run"
ends "a run to look around in" 0 "held"
plan=$dir/run/plan.json

# --- The state at an instant, and what happens ---
call replay "$plan" --until 5.25s --show 'room 1' --show 'node 1' --show 'person 3' --show 'key nodes'
ends "--until and --show" 0 "at 5.2" "room r1 at 5.2" "node n1 at 5.2" "person u3 at 5.2" \
    'key "nodes" of Redis at 5.2' "a channel; who listens: n"
call replay "$plan" --until 2000 --step 5
ends "--until an event and --step" 0 "-- after event 2000, at " "     2001 " "     2005 "
call replay "$plan" --from 5s --until 5500ms --trace n2,c17
ends "--trace" 0 "n2 <- d" "-- after event "
call replay "$plan" --until 99h --show 'room 0'
ends "past the end" 0 ": the run is over" "room r0 at "
refused "an instant that is none" 'an instant such as 12.4s' replay "$plan" --until soon
refused "an instant with a rest" 'an instant such as 12.4s' replay "$plan" --until 5.2
refused "a room that is no word" "--show: expected 'room 3', 'node 2', 'person 17' or 'key K', got \"hall 3\"" \
    replay "$plan" --show 'hall 3'
refused "a node that is not there" "--trace: expected a list of nodes n0 to n2" replay "$plan" --trace n3
refused "--from an event" "--from: expected an instant" replay "$plan" --trace n2 --from 7
refused "two plans to look at" "expected one plan" replay "$plan" "$plan" --show 'room 0'
refused "too many of a flag" "at most 32 times" replay "$plan" $(for i in $(seq 33); do echo --show r0; done)

# --- What changes without something, and where two runs part ---
call replay "$plan" --drop fault8
ends "--drop of a fault" 0 "as it is" "without fault8" "* node_crash fired" "They part at event " \
    "-" "fault8          node_crash begins, at n1"
call replay "$plan" --drop fault8,fault9 --drop c20.send#1
ends "--drop of several" 0 "without fault8, fault9, c20.send#1" "They part at event "
refused "--drop of a fault that is not there" "the plan's faults" replay "$plan" --drop fault999
refused "--drop of no name" "--drop: drop[0]: expected " replay "$plan" --drop '{"x'
refused "--drop beside --show" "expected one of --drop, --why" replay "$plan" --drop fault8 --show 'room 0'

call run reference-small --seed 4 --quiet --out "$dir/other"
call diff "$dir/run" "$plan"
ends "diff of one plan and itself runs nothing" 0 "The same run, by the hash that both plans have"
sed 's/"drop": \[\]/"drop": ["fault10"]/' "$plan" >"$dir/edited.json"
call diff "$plan" "$dir/edited.json"
ends "diff of a plan and its variant" 1 "They part at event " "redis_cut begins, at n1"
call diff "$dir/run" "$dir/other"
ends "diff of two seeds" 1 "* messages committed" "They part at event "
COLUMNS=180 "$hubbub" diff "$plan" "$dir/edited.json" >"$dir/stdout" 2>/dev/null
code=$?
ends "diff one beside the other" 1 " <" "redis_cut begins"
refused "diff of one plan" "expected two plans, got 1" diff "$plan"
refused "diff of what is no plan" "README.md" diff "$plan" README.md

call run reference-small --seed 4 --quiet --history --out "$dir/told"
call run reference-small --seed 4 --quiet --history --out "$dir/again"
call diff --history "$dir/told" "$dir/again/history.txt"
ends "diff of a history and its twin" 0 "The same history, "
sed '/ shown /{n;s/ shown /  shown /;}' "$dir/again/history.txt" | sed '5000,$d' >"$dir/cut.txt"
call diff --history "$dir/told" "$dir/cut.txt"
ends "diff of histories" 1 "They part at line " "shown"
refused "diff of histories that are not there" "history.txt" diff --history "$dir/run" "$dir/told"

# --- Why ---
far=fixtures/finds/plans/far-away.json
call replay "$far" --why -j 2 --time 100s
ends "--why" 1 "LIV-02 violated at 67." "Necessary: " "When: of 20 runs" " 20 of 20  ####################" \
    "Bound to happen from "
call replay "$plan" --why
ends "--why of a plan that holds" 0 "Nothing is violated"
refused "--why beside --drop" "expected one of --drop, --why" replay "$far" --why --drop fault1

# --- What a rule means ---
call explain syn-02 ORD-01
ends "explain" 0 "SYN-02  what was committed is shown" "Typical causes:" "  - a lost publication" "It is held to:" \
    "    A            between two announcements" "ORD-01  " "it has no bound"
good=0
for id in $("$hubbub" list invariants --quiet); do
    "$hubbub" explain "$id" >"$dir/stdout" || good=1
    grep -q "^Typical causes:" "$dir/stdout" || good=1
done
code=$good
ends "every invariant is explained" 0 "Typical causes:"
refused "an invariant that is none" "did you mean" explain ORD-99
refused "explain of nothing" "expected the id of an invariant" explain

# --- A first scenario ---
here=$PWD
case $hubbub in /*) ;; *) hubbub=$here/$hubbub ;; esac
mkdir "$dir/new"
cd "$dir/new" || exit 1
call init
ends "init" 0 "written  scenarios/chat.json" "written  .github/workflows/hubbub.yml" "A first run:  hubbub run chat"
call run chat --quiet
ends "what init wrote runs, by its name" 0 "seed 1 of chat: held"
call swarm chat --seeds 1..10 --form small --quiet
ends "and its small form" 0 "10 held"
echo mine >scenarios/chat.json
rm .github/workflows/hubbub.yml
call init
ends "init writes over nothing" 0 "there    scenarios/chat.json: left as it is" "written  .github/workflows/hubbub.yml"
[ "$(cat scenarios/chat.json)" = mine ]
code=$?
ends "and what was there is as it was" 0
rm -r .github
echo in the way >.github
refused_code() { # what it wrote before stands on stdout
    good=0
    [ "$code" -eq 2 ] && grep -qF "$2" "$dir/stderr" || good=1
    code=$good
    ends "$1" 0
}
call init
refused_code "init says which folder is in the way" ".github/workflows: cannot make it"
cd "$here" || exit 1
refused "init of something" "expected nothing behind it" init here
python3 -c 'import json, sys; json.load(open("ci/templates/init/chat.json"))'
code=$?
ends "the first scenario is plain JSON for others too" 0

exit $failed
