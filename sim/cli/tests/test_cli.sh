#!/bin/sh
# The contract of the command line: bad input is one line on stderr that names the place, exit 2,
# and nothing written; good input is repeatable.
#
# usage: sim/cli/tests/test_cli.sh HUBBUB      (from the repository's root)
set -u
hubbub=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
checks=0

check() { # what, condition's exit status
    checks=$((checks + 1))
    if [ "$2" -ne 0 ]; then
        echo "FAILED: $1"
        failed=$((failed + 1))
    fi
}

bad() { # what, text that the line must have, arguments...
    what=$1
    want=$2
    shift 2
    "$hubbub" "$@" --out "$dir/none" >"$dir/out" 2>"$dir/err" </dev/null
    status=$?
    [ $status -eq 2 ] && [ "$(wc -l <"$dir/err")" -eq 1 ] && grep -qF -- "$want" "$dir/err" &&
        [ ! -s "$dir/out" ] && [ ! -e "$dir/none" ]
    good=$?
    check "$what" $good
    [ $good -eq 0 ] || { echo "  exit $status: $(cat "$dir/err")"; }
}

# --- Help and usage
for command in "" run replay swarm list; do
    "$hubbub" $command --help >"$dir/out" 2>"$dir/err"
    check "help of '$command'" $?
    grep -q usage "$dir/out"
    check "help of '$command' says its usage" $?
done
"$hubbub" nonsense >"$dir/out" 2>"$dir/err"
[ $? -eq 2 ] && grep -q "unknown command nonsense" "$dir/err"
check "an unknown command" $?
"$hubbub" list ORD-05 | grep -q "black box"
check "list of one invariant" $?
"$hubbub" list NOT-01 >"$dir/out" 2>"$dir/err"
[ $? -eq 2 ]
check "list of an unknown id" $?

bad "an unknown flag" "unknown flag --sede" run scenarios/quiet.json --sede 1
bad "no scenario" "expected one scenario, got 0" run
bad "a seed that is no number" '--seed: expected' run scenarios/quiet.json --seed x
bad "a negative seed" '--seed: expected' run scenarios/quiet.json --seed -1
bad "no clients" '--clients: expected' run scenarios/quiet.json --clients 0
bad "absurdly many clients" '--clients: expected' run scenarios/quiet.json --clients 99999999999
bad "a duration without a unit" '--duration: expected a duration' run scenarios/quiet.json --duration 60
bad "seeds backwards" '--seeds: expected a range' swarm scenarios/quiet.json --seeds 5..1
bad "a missing file" "scenarios/nowhere.json: cannot read it" run scenarios/nowhere.json
bad "a folder" "cannot read it" run scenarios
bad "a scenario to replay" "hubbub_plan: expected a plan" replay scenarios/quiet.json

# --- Scenarios
scenario() { # body between the braces, after the fields that are needed
    printf '{"name":"t","clients":10,"rooms":2,"membersPerRoom":5,"nodes":2,"duration":"10s",%s}' "$1" >"$dir/s.json"
}
corpus='"workload":{"send":{"every":"1s"},"corpus":"c.txt"}'
echo "hello" >"$dir/c.txt"
two='{"kind":"redis_cut","at":"1s","for":"1s"},{"kind":"redis_cut","at":"2s","for":"1s"}'

printf '{"name": "t",}' >"$dir/s.json"
bad "malformed JSON" "s.json: expected a JSON object" run "$dir/s.json"
scenario "$corpus,\"faults\":[$two,{\"kind\":\"redis_cut\",\"at\":\"soon\",\"for\":\"1s\"}]"
bad "a bad duration in the third fault" 'faults[2].at: expected a duration such as "5s", got "soon"' run "$dir/s.json"
scenario "$corpus,\"faults\":[$two,{\"kind\":\"redis_cut\",\"at\":\"1s\",\"for\":\"1s\",\"colour\":1}]"
bad "an unknown field of a fault" "faults[2].colour: unknown field" run "$dir/s.json"
scenario "$corpus,\"faults\":[{\"kind\":\"flood\"}]"
bad "an unknown fault" "faults[0].kind: expected the name of a fault" run "$dir/s.json"
scenario "$corpus,\"colour\":1"
bad "an unknown field" "colour: unknown field" run "$dir/s.json"
scenario "$corpus,\"settle\":-5"
bad "a number for a duration" "settle: expected a duration" run "$dir/s.json"
scenario "$corpus,\"server\":{\"pageRows\":0}"
bad "a count out of range" "server.pageRows: expected an integer from 1 to 100, got 0" run "$dir/s.json"
scenario "$corpus,\"latency\":{\"client\":[\"5ms\"]}"
bad "a range of one" "latency.client: expected one value, or an array of two" run "$dir/s.json"
scenario "$corpus,\"latency\":{\"client\":[\"5ms\",\"1ms\"]}"
bad "a range backwards" "latency.client: expected [low, high]" run "$dir/s.json"
scenario "$corpus,\"mustReach\":[\"the moon\"]"
bad "something that cannot be reached" "mustReach: expected names of coverage points" run "$dir/s.json"
scenario '"workload":{"send":{"every":"1s"},"corpus":"nowhere.txt"}'
bad "a missing corpus" "nowhere.txt: cannot read it" run "$dir/s.json"
printf '\377\n' >"$dir/bad.txt"
scenario '"workload":{"send":{"every":"1s"},"corpus":"bad.txt"}'
bad "a corpus that is no UTF-8" "line 1 of the corpus: expected UTF-8" run "$dir/s.json"

# --- Good input
"$hubbub" run scenarios/quiet.json --small --out "$dir/one" >"$dir/page" 2>/dev/null
check "quiet holds" $?
grep -q "Verdict: held" "$dir/page"
check "the page has the verdict" $?
for field in hubbub scenario seed verdict hash virtual_us clients nodes rooms messages deliveries \
    events wall_us deliveries_per_second peak_rss_bytes invariants violations faults coverage repro; do
    grep -q "\"$field\":" "$dir/one/summary.json"
    check "summary.json has $field" $?
done
hash_of() { sed -n 's/.*"hash": "\([0-9a-f]*\)".*/\1/p' "$1/summary.json"; }
[ "$(hash_of "$dir/one" | wc -c)" -eq 33 ]
check "the hash has 32 digits" $?
"$hubbub" run scenarios/quiet.json --small --out "$dir/two" >/dev/null 2>&1
[ "$(hash_of "$dir/one")" = "$(hash_of "$dir/two")" ]
check "the same seed gives the same hash" $?
"$hubbub" run scenarios/quiet.json --small --seed 2 --out "$dir/three" >/dev/null 2>&1
[ "$(hash_of "$dir/one")" != "$(hash_of "$dir/three")" ]
check "another seed gives another hash" $?
"$hubbub" replay "$dir/one/plan.json" --quiet --out "$dir/again" >/dev/null 2>&1
check "a replay holds" $?
[ "$(hash_of "$dir/one")" = "$(hash_of "$dir/again")" ]
check "a replay gives the same hash" $?
cmp -s "$dir/one/plan.json" "$dir/again/plan.json"
check "a plan that was read is written alike" $?
"$hubbub" run scenarios/city.json --small --verify --seed 3 2>/dev/null | grep -q "in lockstep agree"
check "two worlds agree" $?
[ -z "$(find "$dir" -name '*.partial')" ]
check "nothing is half-written" $?

# --- Plans
sed 's/"hubbub_plan": 1/"hubbub_plan": 2/' "$dir/one/plan.json" >"$dir/plan.json"
bad "a plan of another format" "hubbub_plan: expected format 1" replay "$dir/plan.json"
head -c 700 "$dir/one/plan.json" >"$dir/plan.json"
bad "a plan cut short" "expected a JSON object" replay "$dir/plan.json"
sed 's/"drop": \[\]/"drop": ["c1.sing#3"]/' "$dir/one/plan.json" >"$dir/plan.json"
bad "a plan that drops what has no name" 'drop: expected names such as "fault4"' replay "$dir/plan.json"
sed 's/"drop": \[\]/"drop": ["c1.send#0"]/' "$dir/one/plan.json" >"$dir/plan.json"
"$hubbub" replay "$dir/plan.json" --quiet --out "$dir/dropped" >/dev/null 2>&1
check "a plan with a dropped action runs" $?

# --- Swarms
"$hubbub" swarm scenarios/quiet.json --seeds 1..6 -j 1 --out "$dir/j1" >/dev/null 2>&1
check "a swarm holds" $?
"$hubbub" swarm scenarios/quiet.json --seeds 1..6 -j 2 --out "$dir/j2" >/dev/null 2>&1
[ "$(hash_of "$dir/j1")" = "$(hash_of "$dir/j2")" ]
check "a swarm's hash does not depend on -j" $?
grep -q '"seeds_run": 6' "$dir/j2/summary.json"
check "a swarm says how many seeds it ran" $?

# --- Verdicts: nobody writes, so nothing is proved
printf '{"name":"t","clients":4,"rooms":1,"membersPerRoom":4,"nodes":1,"duration":"5s","settle":"5s","workload":{"corpus":"c.txt"}}' >"$dir/s.json"
"$hubbub" run "$dir/s.json" >"$dir/page" 2>/dev/null
[ $? -eq 4 ] && grep -q "inconclusive (no message was committed)" "$dir/page"
check "a run without messages is inconclusive" $?

touch "$dir/file"
"$hubbub" run scenarios/quiet.json --small --out "$dir/file/out" >/dev/null 2>"$dir/err"
[ $? -eq 2 ] && grep -q "cannot make this folder" "$dir/err"
check "an --out that cannot be" $?

echo "$((checks - failed)) of $checks checks passed"
[ $failed -eq 0 ]
