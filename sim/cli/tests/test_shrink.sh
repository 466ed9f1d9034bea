#!/bin/sh
# hubbub shrink, and what a plan can leave out: exit codes, files, and that what comes out fails.
# Usage: test_shrink.sh PROGRAM, from the repository's root. One line a check; exits 1 if one failed.
set -u
hubbub=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
red=fixtures/finds/plans/far-away.json # 8 people, 108 messages, 40 s; LIV-02
unset GITHUB_ACTIONS

check() { # what, status: 0 is good
    if [ "$2" -eq 0 ]; then
        echo "ok      $1"
    else
        echo "FAILED  $1"
        sed 's/^/        | /' "$dir/stdout" "$dir/stderr" | head -n 12
        failed=1
    fi
}

call() {
    code=0
    "$hubbub" "$@" >"$dir/stdout" 2>"$dir/stderr" </dev/null || code=$?
}

ends() { # what, exit code, text in stdout or stderr, arguments...
    what=$1
    expected=$2
    text=$3
    shift 3
    call "$@"
    [ "$code" -eq "$expected" ] && grep -qF -- "$text" "$dir/stdout" "$dir/stderr"
    check "$what" $?
}

size() { # a number of "is" in a certificate
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["is"][sys.argv[2]])' "$1" "$2"
}

ends "help" 0 "usage: hubbub shrink" shrink --help
ends "no plan" 2 "expected one plan" shrink
ends "a folder" 2 "expected one plan" shrink fixtures/finds/plans
ends "two ways to tell" 2 "expected one of them" shrink $red --quiet --json
ends "no such invariant" 2 'expected the id of an invariant (hubbub list), got "LIV-99"' shrink $red --for LIV-99
ends "another invariant than it fails for" 4 "it fails for another reason" shrink $red --for ORD-01

ends "it is shrunk" 0 "far_away, seed 7, shrunk to 0 faults, 1 person" shrink $red -j 2 --out "$dir/two"
[ "$(size "$dir/two/certificate.json" people)" -eq 1 ] && [ "$(size "$dir/two/certificate.json" messages)" -eq 0 ] &&
    [ "$(size "$dir/two/certificate.json" nodes)" -eq 1 ] && [ "$(size "$dir/two/certificate.json" durationUs)" -eq 1000000 ]
check "to one person, one node and no message" $?
ends "the small plan fails as it says" 0 "same: LIV-02 violated, as expected, bit for bit" \
    replay "$dir/two/plan.json" --quiet
ends "and cannot become smaller" 0 "shrunk to 0 faults, 1 person" shrink "$dir/two/plan.json"
ends "one by one" 0 "0 faults, 1 person" shrink $red -j 1 --out "$dir/one" --quiet
cmp -s "$dir/one/plan.json" "$dir/two/plan.json"
check "gives the same plan" $?
ends "as JSON" 0 '"whole": true' shrink $red --json
python3 -c 'import json, sys; json.load(sys.stdin)' <"$dir/stdout"
check "that another reader takes" $?
ends "without a folder nothing is written" 0 "--out DIR keeps the plan" shrink $red

"$hubbub" run quiet --small --seed 3 --out "$dir/quiet" --quiet >/dev/null
ends "what holds is not shrunk" 4 "it holds, so there is nothing to shrink" shrink "$dir/quiet/plan.json"
ends "what never ends in its time is a failure, too" 0 "  stuck" \
    shrink "$dir/quiet/plan.json" --timeout 1ms --time 20s --out "$dir/stuck"
grep -q '"expect": {"nodeLibrary"' "$dir/stuck/plan.json"
check "of which a plan expects nothing" $?

ends "a swarm shrinks what it finds" 1 "quiet-seed-2/plan.json: crash: 0 faults, 1 person" \
    swarm quiet --seeds 1..2 --form small --timeout 1ms --shrink --out "$dir/swarm"
[ -s "$dir/swarm/quiet-seed-1/plan.json" ] && [ -s "$dir/swarm/quiet-seed-1/shrunk-plan.json" ] &&
    [ "$(size "$dir/swarm/quiet-seed-1/shrunk-certificate.json" people)" -eq 1 ]
check "beside its plan" $?

# Ten thousand people, who cannot be run in the time that each run has.
"$hubbub" swarm city --seeds 1..1 --form full --timeout 1ms --quiet --out "$dir/city" >/dev/null 2>&1
large=$dir/city/city-seed-1/plan.json
ends "its time ends it, with the best so far" 0 "ended: the time of 2s was over" \
    shrink "$large" -j 1 --timeout 400ms --time 2s --out "$dir/timed"
grep -q "it may become smaller still" "$dir/stdout" && [ -s "$dir/timed/plan.json" ]
check "which is written" $?
"$hubbub" shrink "$large" -j 1 --timeout 400ms --out "$dir/ended" >"$dir/stdout" 2>"$dir/stderr" </dev/null &
pid=$!
sleep 2
kill -TERM $pid
wait $pid && grep -q "ended: interrupted" "$dir/stdout" && [ -s "$dir/ended/certificate.json" ]
check "and so does a signal" $?

sed 's/"drop": \[\]/"drop": ["c1..c7", "room1", "n0", "read"]/' $red >"$dir/drop.json"
ends "a kind that nobody does cannot be left out" 2 'drop[3]: expected what some client does: none has "read"' \
    replay "$dir/drop.json"
sed 's/"drop": \[\]/"drop": ["c0..c1", "c3..c7", "room1", "n0"]/' $red >"$dir/drop.json"
ends "clients, a room and a node are left out" 1 "seed 7 of far_away: violated" replay "$dir/drop.json" --quiet
exit $failed
