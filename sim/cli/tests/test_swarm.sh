#!/bin/sh
# How a swarm ends: every seed done, a signal, its time, enough failures, kill -9; and goes on.
# Usage: test_swarm.sh PROGRAM, from the repository's root. One line a check; exits 1 if one failed.
set -u
hubbub=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
quiet=scenarios/quiet.json
city=scenarios/city.json
unset GITHUB_ACTIONS

check() { # what, status: 0 is good
    if [ "$2" -eq 0 ]; then
        echo "ok      $1"
    else
        echo "FAILED  $1"
        failed=1
        sed 's/^/        | /' "$dir/stdout" "$dir/stderr" 2>/dev/null | head -n 12
    fi
}

call() { # arguments: of hubbub swarm
    code=0
    "$hubbub" swarm "$@" >"$dir/stdout" 2>"$dir/stderr" </dev/null || code=$?
}

ends() { # what, exit code, text in stdout
    [ "$code" -eq "$2" ] && grep -qF -- "$3" "$dir/stdout"
    check "$1" $?
}

has() { # folder, field, value: of its summary.json
    grep -q "^  \"$2\": $3,\$" "$1/summary.json"
}

wait_for() { # condition: until it holds, for a minute at most
    tries=0
    until eval "$1" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 1200 ] || return 1
        sleep 0.05
    done
}

lines() { # folder: so many seeds are done
    sed '1,/^$/d' "$1/seeds.txt" | wc -l
}

# Verdict, exit code and what is printed say the same.
agrees() { # what, exit code, word, folder
    [ "$code" -eq "$2" ] && has "$4" verdict "\"$3\"" && has "$4" exit_code "$2" && grep -q "^Verdict: $3" "$dir/stdout"
    check "verdict, exit code and line agree: $1" $?
}

# --- Whether the judge bites, and where faults began ----------------------------------------------

call $city --seeds 1..6 --form small --canary 2 --verify-permille 0 --out "$dir/canary"
ends "a planted bug that the judge saw" 0 "canary  seen: 3 bugs were planted, the judge saw 3"
has "$dir/canary" canary '{"planted": 3, "seen": 3}'
check "summary.json says how many were planted and seen" $?
grep -q '^calm ' "$dir/canary/states.txt" && grep -q '"node_crash": {"calm": [0-9]' "$dir/canary/summary.json" &&
    grep -q '^  "fault_state_holes": \[".*: .*"\],$' "$dir/canary/summary.json" && grep -q '^states  faults began in ' "$dir/stdout"
check "in which states of nodes faults began, and the holes" $?
call $city --seeds 1..6 --form small --canary 2 --blind-canary --verify-permille 0 --out "$dir/blind"
ends "a judge that does not see what is planted" 4 "canary  UNSEEN: 3 bugs were planted, the judge saw 0; not that in seed 2"
agrees "with a blind judge" 4 inconclusive "$dir/blind"
call $quiet --seeds 1..20 --form small --verify-permille 0
! grep -q canary "$dir/stdout"
check "a short swarm has none by itself" $?

# --- Signals --------------------------------------------------------------------------------------

for name in INT TERM HUP; do
    rm -rf "$dir/$name"
    "$hubbub" swarm $quiet --seeds 1..1000000 -j 2 --form small --out "$dir/$name" \
        >"$dir/stdout" 2>"$dir/stderr" </dev/null &
    pid=$!
    wait_for "[ \$(lines '$dir/$name') -ge 3 ]"
    kill -$name $pid
    code=0
    wait $pid || code=$?
    agrees "SIG$name" 4 inconclusive "$dir/$name"
    has "$dir/$name" interrupted true && has "$dir/$name" form '"small"' &&
        has "$dir/$name" seeds_run "$(lines "$dir/$name")" && has "$dir/$name" seeds_planned 1000000
    check "SIG$name leaves a summary of what is done" $?
    grep -q "interrupted by SIG$name" "$dir/$name/junit.xml" && xmllint --noout --schema reports/tests/junit.xsd "$dir/$name/junit.xml" 2>/dev/null
    check "and junit.xml says that the others were not run" $?
    flock -n "$dir/$name/.hubbub" true
    check "and no worker holds its folder" $?
done

# The node of a mutant, or a bug of ours: here a worker is ended as such a thing would end it.
worker() { # pid of the swarm: that of its one worker
    cat "/proc/$1/task/$1/children"
}
crash() { # folder, signal, more arguments
    folder=$1
    signal=$2
    shift 2
    "$hubbub" swarm $city --seeds 1..2 -j 1 --form full --out "$folder" "$@" >"$dir/stdout" 2>"$dir/stderr" </dev/null &
    pid=$!
    wait_for "[ -n \"\$(worker $pid)\" ]"
    kill -"$signal" $(worker $pid)
    wait_for "[ \$(lines '$folder') -ge 1 ]"
}
crash "$dir/crash" SEGV
[ -s "$dir/crash/city-seed-1/plan.json" ]
check "the plan of a seed that crashed is there at once" $?
kill -TERM $pid
code=0
wait $pid || code=$?
agrees "a finding before a signal" 1 violated "$dir/crash"
grep -q '"seed": 1, "seedText": "1", "scenario": "city", "file": "scenarios/city.json", "form": "full", "end": "crashed".*crashed by SIGSEGV' "$dir/crash/summary.json"
check "and the summary names the signal, the scenario and the form" $?
grep -q '"groups": \[{"group": "crashed", "seeds": 1, "firstSeed": "1"' "$dir/crash/summary.json"
check "and its group, with its smallest seed" $?
command=$(sed -n 's/.*"command": "hubbub \(replay [^"]*\)".*/\1/p' "$dir/crash/summary.json")
[ "$command" = "replay $dir/crash/city-seed-1/plan.json" ] && grep -q '"form": "full"' "$dir/crash/city-seed-1/plan.json"
check "and has what repeats it" $?
crash "$dir/second" SEGV --fail-fast 1
code=0
wait $pid || code=$?
agrees "--fail-fast" 1 violated "$dir/second"
has "$dir/second" ended '"--fail-fast 1"' && has "$dir/second" seeds_run 1
check "--fail-fast ends after so many failures" $?

# Known failures: seed 7 violates LIV-02, seed 6 holds.
listing() { # invariant, day, more
    echo "{\"known\": [{\"scenario\": \"fast_clocks\", \"invariant\": \"$1\", \"until\": \"$2\"," \
        "\"reason\": \"ticket 9\"$3}]}" >"$dir/known.json"
}
red() { # seeds, more arguments
    call fixtures/finds/open/fast_clocks.json --form full --known-failures "$dir/known.json" --out "$dir/red" --seeds "$@"
}
listing LIV-02 9999-12-31 ', "strict": true'
red 6..7 --fail-fast 1
agrees "a listed failure is known" 0 known "$dir/red"
has "$dir/red" known 1 && has "$dir/red" violated 0 && [ -s "$dir/red/fast_clocks-seed-7/plan.json" ] &&
    xmllint --noout --schema reports/tests/junit.xsd "$dir/red/junit.xml" 2>"$dir/stderr" &&
    [ "$(xmllint --xpath 'string(//skipped/@message)' "$dir/red/junit.xml")" = "LIV-02, known until 9999-12-31: ticket 9" ]
check "with its plan, and skipped in junit.xml" $?
red 6..7 --resume
agrees "also when it goes on" 0 known "$dir/red"
listing ORD-05 9999-12-31 ''
red 6..7 --resume
agrees "until it is listed no more" 1 violated "$dir/red"
red 7
agrees "another invariant is listed" 1 violated "$dir/red"
listing LIV-02 2026-01-01 ''
red 7
agrees "its day is over" 1 violated "$dir/red"
grep -q '^Known until 2026-01-01, which is over: LIV-02 of fast_clocks' "$dir/stdout"
check "and that is told" $?
listing LIV-02 9999-12-31 ', "strict": true'
red 6
agrees "a strict one that does not come about" 4 inconclusive "$dir/red"
grep -q '^Unexpected pass: LIV-02 of fast_clocks .* exit code 4$' "$dir/stdout"
check "is told" $?

# A second signal ends it at once: here nobody reads its page, so that it cannot end by itself.
mkfifo "$dir/page"
exec 3<>"$dir/page"
dd if=/dev/zero of="$dir/page" bs=65536 count=1 oflag=nonblock 2>/dev/null
"$hubbub" swarm $quiet --seeds 1..1000000 -j 1 --form small --out "$dir/twice" >"$dir/page" 2>/dev/null </dev/null &
pid=$!
wait_for "[ \$(lines '$dir/twice') -ge 1 ]"
kill -TERM $pid
wait_for "[ -s '$dir/twice/summary.json' ]"
kill -HUP $pid
code=0
wait $pid || code=$?
exec 3<&-
[ $code -eq 129 ]
check "a second signal ends it at once" $?

# --- A seed that does not end, or takes too much ---------------------------------------------------

call $city --seeds 1..2 -j 2 --form full --timeout 300ms --out "$dir/stuck"
agrees "stuck" 1 violated "$dir/stuck"
has "$dir/stuck" stuck 2 && [ -s "$dir/stuck/city-seed-2/plan.json" ] && grep -q "stuck: it had not ended after " "$dir/stdout"
check "a seed over its time is a finding with its plan, and the swarm goes on" $?
if ! ldd "$hubbub" | grep -q 'libasan\|libtsan'; then
    (ulimit -v 150000 && exec "$hubbub" swarm $quiet --clients 100000 --seeds 1..2 -j 1 --form full --out "$dir/memory") >"$dir/stdout" 2>"$dir/stderr"
    code=$?
    agrees "out of memory" 1 violated "$dir/memory"
    has "$dir/memory" out_of_memory 2 && [ -s "$dir/memory/quiet-seed-1/plan.json" ]
    check "so is one without memory" $?
fi

# --- Time, shards, forms --------------------------------------------------------------------------

# As often as it takes a busy machine to do one seed in that time.
wait_for 'call $quiet --time 1s --form small --out "$dir/time" --resume; [ "$(lines "$dir/time")" -ge 1 ]'
agrees "--time" 0 held "$dir/time"
has "$dir/time" ended '"the time is over"' && has "$dir/time" interrupted false && [ "$(lines "$dir/time")" -ge 1 ]
check "--time ends a swarm, and what is done counts" $?
call $city --clients 50000 --seeds 1..3 --form full --time 1s
ends "a time in which no seed is done proves nothing" 4 "0 seeds: 0 held"
: >"$dir/shards"
for shard in 0 1 2; do
    call $quiet --seeds 5..14 --shard $shard/3 --form small --out "$dir/shard"
    sed '1,/^$/d' "$dir/shard/seeds.txt" | cut -d ' ' -f 2 >>"$dir/shards"
done
[ "$(sort -n "$dir/shards" | paste -s -d ' ')" = "5 6 7 8 9 10 11 12 13 14" ]
check "three shards have each of ten seeds once" $?
for bad in "--shard 3/3" "--shard 1" "--shard -1/3" "--shard 0/0" "--form big" "--time 10" "--fail-fast 0" \
    "--timeout 0s" "--resume" "--form small --full-permille 5" "--shard 0/7"; do
    call $quiet --seeds 1..6 $bad
    [ $code -eq 2 ] && [ "$(wc -l <"$dir/stderr")" -eq 1 ] && grep -q -- "${bad%% *}" "$dir/stderr"
    check "refused: $bad" $?
done
call $quiet --seeds 1..2000 --duration 1s --clients 4 --rooms 1 --verify-permille 0 --out "$dir/rate"
# 4 people in both forms: a tenth of the seeds is a tenth of the work.
full=$(sed -n 's/^  "seeds_full": \([0-9]*\),/\1/p' "$dir/rate/summary.json")
[ "$full" -gt 120 ] && [ "$full" -lt 280 ]
check "about a tenth of the work is in full size: $full of 2000 seeds" $?

# --- kill -9, and on --------------------------------------------------------------------------------

sed -e "s|\.\./fixtures|$PWD/fixtures|g" -e 's/"workload": {"send": {"every": "10s"}, /"workload": {/' $quiet >"$dir/silent.json"
same_args="$quiet $dir/silent.json --seeds 1..40 --form small"
call $same_args -j 2 --out "$dir/whole"
whole=$code
"$hubbub" swarm $same_args -j 1 --out "$dir/part" >/dev/null 2>&1 </dev/null &
pid=$!
wait_for "[ \$(lines '$dir/part') -ge 8 ]"
kill -9 $pid
wait $pid 2>/dev/null
wait_for "flock -n '$dir/part/.hubbub' true"
[ "$(find "$dir/part" -name plan.json | wc -l)" -ge 3 ] && [ ! -e "$dir/part/summary.json" ]
check "kill -9 leaves the plan of each failure found before" $?
printf '0 40 held - 01234567' >>"$dir/part/seeds.txt" # half a line
before=$(lines "$dir/part")
call $same_args -j 2 --out "$dir/part" --resume
[ "$code" -eq "$whole" ] && [ "$before" -lt 80 ] && [ "$(lines "$dir/part")" -eq 80 ]
check "--resume runs the seeds that are not done" $?
for each in whole part; do
    grep -v '"wall_us"\|"deliveries_per_second"' "$dir/$each/summary.json" | sed "s|$dir/$each||g" >"$dir/$each.txt"
    (cd "$dir/$each" && find . -name plan.json | sort | xargs cat) >>"$dir/$each.txt"
done
cmp "$dir/whole.txt" "$dir/part.txt" >/dev/null
check "and comes to the same as a swarm in one piece, plans and all" $?
for other in "$quiet --seeds 1..40 --form small" "$quiet $dir/silent.json --seeds 1..41 --form small" \
    "$quiet $dir/silent.json --seeds 1..40 --form full" "$dir/silent.json $quiet --seeds 1..40 --form small"; do
    call $other --out "$dir/part" --resume
    [ $code -eq 2 ] && [ "$(wc -l <"$dir/stderr")" -eq 1 ] && grep -q 'has a swarm with ".*", and this one has ".*"' "$dir/stderr"
    check "refused, and it says what differs: $(sed 's/.*has a swarm with//; s/: give the.*//' "$dir/stderr" | cut -c 1-90)" $?
done
call $quiet --seeds 1..2 --form small --out "$dir/fresh" --resume
ends "--resume of nothing begins" 0 "2 seeds: 2 held"
"$hubbub" run $quiet --small --quiet --out "$dir/run" >/dev/null
call $quiet --seeds 1..2 --form small --out "$dir/run" --resume
[ $code -eq 2 ] && grep -q "has results, but not of a swarm" "$dir/stderr"
check "refused: --resume of a run's folder" $?

# --- Many failures ----------------------------------------------------------------------------------

call "$dir/silent.json" --seeds 1..47 --form small --duration 2s --out "$dir/many"
agrees "inconclusive" 4 inconclusive "$dir/many"
[ "$(grep -c '^seed ' "$dir/stdout")" -eq 20 ] && grep -qF "and 27 more failures: $dir/many/summary.json has them all" "$dir/stdout" &&
    [ "$(grep -c '"seedText"' "$dir/many/summary.json")" -eq 47 ]
check "what is not told is counted, and the summary has it" $?

(cd "$dir" && exec "$hubbub" swarm --seeds 1..2 --form small --duration 2s --out=-odd/ -- silent.json) >"$dir/stdout" 2>"$dir/stderr"
grep -qF '"command": "hubbub replay ./-odd/quiet-seed-2/plan.json"' "$dir/-odd/summary.json"
check "a folder that looks like a flag is none in what repeats a seed" $?
call $quiet "$dir/silent.json" --seeds 1..2 --form small --out "$dir/twins"
grep -q '<testsuite name="quiet" tests="2"' "$dir/twins/junit.xml" && grep -q '<testsuite name="quiet-2" tests="2"' "$dir/twins/junit.xml"
check "two scenarios of one name are two suites" $?

exit $failed
