#!/bin/sh
# The contract of the hubbub program: exit codes, one line for each error, files whole or not there.
# Usage: test_cli.sh PROGRAM, from the repository's root. One line a check; exits 1 if one failed.
set -u
hubbub=$1
here=$PWD
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
quiet=scenarios/quiet.json
unset GITHUB_ACTIONS

check() { # what, status: 0 is good
    if [ "$2" -eq 0 ]; then
        echo "ok      $1"
    else
        echo "FAILED  $1"
        failed=1
    fi
}

# Runs the program: status in $code, output in $dir/stdout and $dir/stderr.
call() {
    code=0
    "$hubbub" "$@" >"$dir/stdout" 2>"$dir/stderr" </dev/null || code=$?
}

show() {
    echo "        exit code $code; stdout and stderr:"
    sed 's/^/        | /' "$dir/stdout" "$dir/stderr" | head -n 12
}

# Exit code 2, one line on stderr that has `expected`, nothing on stdout, nothing in --out.
refused() { # what, expected, arguments...
    what=$1
    expected=$2
    shift 2
    call "$@"
    good=0
    [ "$code" -eq 2 ] || good=1
    [ "$(wc -l <"$dir/stderr")" -eq 1 ] || good=1
    [ ! -s "$dir/stdout" ] || good=1
    grep -qF -- "$expected" "$dir/stderr" || good=1
    [ -z "$(ls -A "$dir/none" 2>/dev/null)" ] || good=1
    check "refused: $what" $good
    [ $good -eq 0 ] || show
}

ends() { # what, exit code, text in stdout
    good=0
    [ "$code" -eq "$2" ] || good=1
    grep -qF -- "$3" "$dir/stdout" || good=1
    check "$1" $good
    [ $good -eq 0 ] || show
}

hash_of() { # summary.json
    awk -F'"' '$2 == "hash" { print $4 }' "$1"
}

junit() { # folder, cases, failures, errors, what
    xmllint --noout --schema "$here/reports/tests/junit.xsd" "$1/junit.xml" 2>"$dir/stderr" &&
        [ "$(xmllint --xpath 'concat(/*/@tests, " ", /*/@failures, " ", /*/@errors, " ", count(//testcase))' \
            "$1/junit.xml")" = "$2 $3 $4 $2" ]
    check "$5" $?
}

same() { # what, a, b
    [ -n "$2" ] && [ "$2" = "$3" ]
    check "$1" $?
}

# --- Help --------------------------------------------------------------------------------------

call --help
ends "hubbub --help" 0 "usage: hubbub"
for command in run replay swarm check list; do
    for ask in "$command --help" "$command -h" "$command help" "help $command" "--help $command" \
        "$command x --seed -h" "$command --bogus --help"; do
        call $ask
        ends "hubbub $ask" 0 "usage: hubbub $command"
    done
done
for ask in -h help "help help" "help --help"; do
    call $ask
    ends "hubbub $ask" 0 "usage: hubbub COMMAND"
done
call --version
ends "hubbub --version" 0 "hubbub "
call list
ends "hubbub list names the invariants" 0 "ORD-05"
call list ORD-07
ends "hubbub list ID names the mutants that it kills" 0 "seen-not-taken"
call list faults
ends "hubbub list faults" 0 "clock_jump"
call list parameters
ends "hubbub list parameters" 0 "server.gap"
call list coverage
ends "hubbub list coverage" 0 "resume served from memory"
call list ORD-05
ends "hubbub list ORD-05" 0 "bound:"
call list ord-05
ends "hubbub list ord-05" 0 "ORD-05  "
for topic in invariants faults parameters coverage scenarios; do
    call list $topic --quiet
    ends "hubbub list $topic --quiet" 0 ""
    [ "$topic" = coverage ] || ! grep -q " " "$dir/stdout"
    check "has names alone" $?
done

# --- Usage -------------------------------------------------------------------------------------

out="--out $dir/none"
refused "an unknown command" "unknown command dance" dance
for command in run replay swarm list; do
    refused "an unknown flag of $command" "--bogus" $command --bogus
done
refused "an unknown id" "ORD-99" list ORD-99
refused "an unknown command that is nearly one" 'unknown command rnu: did you mean "run"?' rnu
refused "a flag before the command" "expected a command, got the flag --quiet" --quiet run $quiet
refused "help on what is no command" "unknown command dance" help dance
refused "a flag that is nearly one" 'unknown flag --sed: did you mean "--seed"?' run $quiet --sed 5
refused "the same with its value" 'unknown flag --seedz=5: did you mean "--seed"?' run $quiet --seedz=5
refused "a flag that is begun" 'unknown flag --dur: did you mean "--duration"?' run $quiet --dur 5s
refused "a topic that is nearly one" 'list: fault: did you mean "faults"?' list fault
refused "an id that is nearly one" 'list: ord05: did you mean "ORD-05"?' list ord05
refused "list of two things" "expected" list faults coverage
refused "run without a scenario" "expected one scenario, got 0" run $out
refused "run of two scenarios" "expected one scenario, got 2" run $quiet $quiet $out
refused "--record-node 64" "--record-node: expected an integer from 0 to 63" run $quiet $out --record-node 64
refused "a node that is not there" "--record-node: expected one of the 3 nodes, from 0" run $quiet $out --small --record-node 3
refused "a history without a folder" "--history: expected --out too" run $quiet --small --history
refused "a record without a folder" "--record-node: expected one of the" run $quiet --small --record-node 1
refused "a flag without its value" "--seed: expected a value" run $quiet $out --seed
refused "a flag in the place of a value" "--seed: expected a value, got --quiet" run $quiet $out --seed --quiet
refused "a flag without its value behind =" '--out: expected a folder, got ""' run $quiet --out=
refused "a value for a flag that has none" '--quiet: expected no value, got "yes"' run $quiet $out --quiet=yes
for twice in "run --seed 1 --seed 2" "run --seed 1 --seed=1" "run --clients 5 --clients 6" \
    "run --duration 5s --duration 6s" "swarm --seeds 1..2 --seeds 3" "swarm --seeds 1 -j2 -j 3" \
    "check --profile a --profile b"; do
    refused "twice: $twice" "expected it once, got it twice" $twice $quiet
done
refused "a flag behind --" "--quiet: cannot read it" run -- --quiet
refused "--seed x" '--seed: expected an integer from 0 to 2^64 - 1, got "x"' run $quiet $out --seed x
refused "--seed -1" "--seed: expected" run $quiet $out --seed -1
refused "--seed beyond 2^64" "--seed: expected" run $quiet $out --seed 18446744073709551616
refused "--clients 0" "--clients: expected an integer from 1" run $quiet $out --clients 0
refused "--clients 99999999999" "--clients: expected" run $quiet $out --clients 99999999999
refused "--nodes 65" "--nodes: expected an integer from 1 to 64" run $quiet $out --nodes 65
refused "--duration soon" '--duration: expected a duration such as "60s"' run $quiet $out --duration soon
refused "--duration 721h" "from 1s to 720h" run $quiet $out --duration 721h
refused "rooms beyond what clients may be in" "too many rooms" run scenarios/reference-small.json $out --clients 1 --rooms 300
refused "--seeds 5..1" '--seeds: expected a range such as 1..200, got "5..1"' swarm $quiet $out --seeds 5..1
refused "swarm without --seeds" "expected 1 to 64 scenarios and --seeds" swarm $quiet $out
refused "too many seeds" "expected at most" swarm $quiet $out --seeds 0..18446744073709551615
refused "-j 0" "-j: expected an integer from 1 to 256" swarm $quiet $out --seeds 1..2 -j 0
refused "--full-permille 1001" "from 0 to 1000" swarm $quiet $out --seeds 1..2 --full-permille 1001

# --- Files -------------------------------------------------------------------------------------

refused "a name that is none" 'dance: cannot read it: no such file, and no scenario has this name' run dance $out
refused "a name that is nearly one" 'cty: cannot read it: no such file: did you mean "city"?' run cty $out
refused "a path of one that has a name" 'elsewhere/city.json: cannot read it: no such file: did you mean "city"?' \
    run elsewhere/city.json $out
refused "no name at all" "cannot read it" run "" $out
refused "a missing file" "$dir/missing.json: cannot read it" run "$dir/missing.json" $out
refused "a folder as a file" "cannot read it" run scenarios $out
refused "swarm of a missing file" "cannot read it" swarm "$dir/missing.json" $out --seeds 1..2
refused "replay of a missing file" "cannot read it" replay "$dir/missing.json" $out
: >"$dir/empty.json"
refused "an empty file" "expected a JSON object" run "$dir/empty.json" $out
head -c 300 $quiet >"$dir/cut.json"
refused "malformed JSON" "$dir/cut.json: line 10, column 5: it ends here" run "$dir/cut.json" $out
head -c 3000 /dev/zero >"$dir/zero.json"
refused "zeros as a file" "line 1, column 1: expected a value, got the byte 0x00" run "$dir/zero.json" $out

# quiet.json with one edit by sed
edited() { # what, expected, sed script
    sed -e "s|\.\./fixtures|$here/fixtures|g" -e "$3" $quiet >"$dir/edited.json"
    case $2 in :*) place= ;; *) place="$dir/edited.json: " ;; esac
    refused "$1" "$place$2" run "$dir/edited.json" --small $out
}
edited "an unknown field" "nodez: unknown field; expected one of" 's/"nodes"/"nodez"/'
edited "and what was meant" ': did you mean "nodes"?' 's/"nodes"/"nodez"/'
edited "a wrong type" 'nodes: expected an integer from 1 to 64, got "three"' 's/"nodes": 3/"nodes": "three"/'
edited "a negative number" "clients: expected an integer from 1 to 1000000, got -5" 's/"clients": 1000/"clients": -5/'
edited "an absurd number" "clients: expected an integer from 1 to 1000000, got 1000000000" \
    's/"clients": 1000/"clients": 1e9/'
edited "a fraction" "nodes: expected an integer from 1 to 64, got another number" 's/"nodes": 3/"nodes": 2.5/'
edited "a duration without a unit" 'settle: expected a duration such as "5s", got 10' 's/"settle": "10s"/"settle": 10/'
edited "an unknown reach" "mustReach[0]: expected" 's/"nodes": 3,/"nodes": 3, "mustReach": ["the moon"],/'
edited "an error of the small form" 'duration: expected a duration such as "5s", got "x"' 's/"20s"/"x"/'
faults='{"kind": "redis_cut", "at": "1s", "for": "1s"}'
edited "a bad duration" 'faults[2].at: expected a duration such as "5s", got "soon"' \
    "s/\"nodes\": 3,/\"nodes\": 3, \"faults\": [$faults, $faults, {\"kind\": \"redis_cut\", \"at\": \"soon\", \"for\": \"1s\"}],/"
grep -qxF "hubbub: $dir/edited.json: faults[2].at: expected a duration such as \"5s\", got \"soon\"" "$dir/stderr"
check "the whole line of a bad duration" $?
sed "s|\.\./fixtures/corpus/messages|nowhere|g" $quiet >"$dir/corpusless.json"
refused "a missing corpus" "$dir/nowhere.txt: cannot read it" run "$dir/corpusless.json" $out
refused "a scenario given to replay" "hubbub_plan: expected a plan" replay $quiet $out

# --- The schema ----------------------------------------------------------------------------------

# What the program says that it takes, and nothing else, is in scenarios/schema.json.
unnamed=
for place in . latency server client; do
    inner='"moon": 1'
    [ $place = . ] || inner="\"$place\": {\"moon\": 1}"
    sed "s|\"nodes\": 3,|\"nodes\": 3, $inner,|" $quiet >"$dir/edited.json"
    call run "$dir/edited.json"
    names=$(sed -n 's/.*expected one of //p' "$dir/stderr" | tr -d ',')
    [ -n "$names" ] || unnamed="$unnamed $place"
    for name in $names; do
        grep -qF "\"$name\": {" scenarios/schema.json || unnamed="$unnamed $place:$name"
    done
done
for name in $("$hubbub" list faults | awk '{ print $1 }'); do
    grep -qF "\"$name\"" scenarios/schema.json || unnamed="$unnamed $name"
    grep -qF "\`$name\`" scenarios/README.md || unnamed="$unnamed README:$name"
done
[ -z "$unnamed" ]
check "schema.json and README.md name every field and fault${unnamed:+; not:$unnamed}" $?

# --- Runs --------------------------------------------------------------------------------------

call run $quiet --small --seed 7 --out "$dir/a/deep"
ends "a quiet run is held" 0 "held"
[ -s "$dir/a/deep/summary.json" ] && [ -s "$dir/a/deep/plan.json" ]
check "summary.json and plan.json are there, and their folder was made" $?
[ "$(ls "$dir/a/deep" | paste -s -d ' ')" = "junit.xml plan.json summary.json summary.md" ]
check "beside them junit.xml and summary.md, and nothing else" $?
missing=
for field in hubbub scenario seed verdict hash virtual_us clients nodes rooms messages deliveries \
    events wall_us deliveries_per_second peak_rss_bytes seedText form exit_code command invariants violations faults coverage repro; do
    [ "$(grep -c "^  \"$field\": " "$dir/a/deep/summary.json")" -eq 1 ] || missing="$missing $field"
done
[ -z "$missing" ]
check "summary.json has every field once${missing:+; not:$missing}" $?
# Braces, brackets and quotes outside texts are balanced, and no comma stands before a closing one.
awk '{ all = all $0 " " }
    END {
        gsub(/\\./, "", all); gsub(/"[^"]*"/, "0", all)
        if (all ~ /"/ || all ~ /,[ ]*[]}]/ || all !~ /^[ ]*\{.*\}[ ]*$/) exit 1
        opened = gsub(/\{/, "{", all); closed = gsub(/\}/, "}", all)
        left = gsub(/\[/, "[", all); right = gsub(/\]/, "]", all)
        exit !(opened == closed && left == right)
    }' "$dir/a/deep/summary.json"
check "summary.json is well formed" $?
first=$(hash_of "$dir/a/deep/summary.json")
[ "$(printf %s "$first" | tr -d 0-9a-f | wc -c)" -eq 0 ] && [ ${#first} -eq 32 ]
check "the hash is 32 hex digits" $?

call replay "$dir/a/deep/plan.json" --out "$dir/b"
ends "a replay is held" 0 "held"
same "its summary says what became of the plan" '"same"' "$(sed -n 's/^  "replay": \(.*\),/\1/p' "$dir/b/summary.json")"
same "a replay has the same hash" "$first" "$(hash_of "$dir/b/summary.json")"
cmp -s "$dir/a/deep/plan.json" "$dir/b/plan.json"
check "a replay writes the same plan, byte for byte" $?
call run $quiet --small --seed 7 --out "$dir/b" --quiet
[ "$code" -eq 0 ] && [ "$(wc -l <"$dir/stdout")" -eq 1 ] && grep -q "seed 7 of quiet: held $first" "$dir/stdout"
check "--quiet prints one line with verdict and hash" $?
same "the same seed has the same hash" "$first" "$(hash_of "$dir/b/summary.json")"
sed -e "s|\.\./fixtures/corpus/messages|messages|" -e 's/$/\r/' $quiet >"$dir/crlf.json"
sed 's/$/\r/' fixtures/corpus/messages.txt >"$dir/messages.txt"
sed 's/$/\r/' "$dir/a/deep/plan.json" >"$dir/crlf-plan.json"
call run "$dir/crlf.json" --small --seed 7 --quiet
ends "a checkout with CRLF has the same hash" 0 "$first"
call replay "$dir/crlf-plan.json" --quiet
ends "so has its plan, and it is the same plan" 0 "$first; same: held, as expected, bit for bit"
{ printf '\357\273\277' && cat $quiet; } >"$dir/bom.json"
refused "a byte order mark" "line 1, column 1: a byte order mark (BOM): expected UTF-8 without one" run "$dir/bom.json"
for way in "--seed=7 $quiet --small" "--small --seed 7 -- $quiet" "quiet --small --seed 7 --quiet --quiet"; do
    call run --out="$dir/b" $way
    same "the same said otherwise: $way" "$first" "$(hash_of "$dir/b/summary.json")"
done
for folder in / "$dir"; do
    (cd $folder && exec "$hubbub" run quiet --small --seed 7 --out "$dir/b" --quiet >"$dir/stdout")
    same "by its name, in $folder" "$first" "$(hash_of "$dir/b/summary.json")"
done
mkdir -p "$dir/own/scenarios"
sed -e "s|\.\./fixtures|$here/fixtures|g" -e 's/"nodes": 3/"nodes": 2/' $quiet >"$dir/own/scenarios/quiet.json"
(cd "$dir/own" && exec "$hubbub" run quiet --small --out "$dir/b" --quiet >"$dir/stdout")
grep -q '"nodes": 2,' "$dir/b/summary.json"
check "the working folder's own scenario of that name comes first" $?
mkdir -p "$dir/usr/bin" "$dir/usr/share/hubbub/scenarios"
cp "$hubbub" "$dir/usr/bin/hubbub"
cp "$dir/own/scenarios/quiet.json" "$dir/usr/share/hubbub/scenarios/mine.json"
(cd / && exec "$dir/usr/bin/hubbub" list scenarios >"$dir/stdout")
[ "$(sed -n 1p "$dir/stdout")" = "In $dir/usr/share/hubbub/scenarios:" ] && grep -q "^  mine  " "$dir/stdout"
check "those beside the installed program have a name, and the list says where they are" $?
rm -rf "$dir/usr"
call run $quiet --small --seed 8 --out "$dir/b"
[ "$code" -eq 0 ] && [ "$first" != "$(hash_of "$dir/b/summary.json")" ]
check "another seed has another hash" $?
call run $quiet --small --seed 7 --clients 20 --out "$dir/b"
[ "$code" -eq 0 ] && grep -q '"clients": 20,' "$dir/b/summary.json"
check "--clients counts" $?
call run $quiet --small --verify
ends "--verify tells that the worlds agree" 0 "two worlds in lockstep agree"
sed 's/"hubbub_plan": 2,/"hubbub_plan": 99,/' "$dir/a/deep/plan.json" >"$dir/later.json"
refused "a plan of another format" "hubbub_plan: expected format 2" replay "$dir/later.json" $out
head -c 2000 "$dir/a/deep/plan.json" >"$dir/cut.json"
refused "half a plan" "$dir/cut.json: line " replay "$dir/cut.json" $out
sed 's/"drop": \[\]/"drop": ["c0.sing"]/' "$dir/a/deep/plan.json" >"$dir/drop.json"
refused "a drop that is no name" 'drop[0]: expected a name such as "fault4"' replay "$dir/drop.json" $out
sed 's/"drop": \[\]/"drop": ["c0.send#0"]/' "$dir/a/deep/plan.json" >"$dir/drop.json"
call replay "$dir/drop.json" --out "$dir/b"
[ "$code" -eq 0 ] && [ "$first" != "$(hash_of "$dir/b/summary.json")" ]
check "a plan without one message is another run" $?
sed -e "s|\.\./fixtures|$here/fixtures|g" -e 's/"workload": {"send": {"every": "10s"}, /"workload": {/' \
    $quiet >"$dir/silent.json"
call run "$dir/silent.json" --small --duration 2s
ends "a run that proves nothing is inconclusive" 4 "inconclusive"

# --- What plans expect ---------------------------------------------------------------------------

plan="$dir/a/deep/plan.json"
edit() { # file, sed script: the plan with one edit
    sed "$2" "$plan" >"$dir/$1"
}
junit "$dir/a/deep" 1 0 0 "a run's junit.xml is valid and has one case"
grep -qF '| quiet | seed 7 | held |' "$dir/a/deep/summary.md"
check "summary.md has a row of it" $?
call replay "$plan" --out "$dir/b"
ends "a replay says that it is the same" 0 "Replayed: same: held, as expected, bit for bit"
call replay "$plan" --quiet
ends "also on one line" 0 "seed 7 of quiet: held $first; same: held, as expected, bit for bit"
[ "$(wc -l <"$dir/stdout")" -eq 1 ] && [ ! -s "$dir/stderr" ]
check "and on that alone" $?
edit drop.json 's/"drop": \[\]/"drop": ["c0.send#0"]/'
call replay "$dir/drop.json"
ends "an edited plan's hash is not compared" 0 "Replayed: same: held, as expected; the plan was edited"
edit library.json 's/"nodeLibrary": "[0-9a-f]*"/"nodeLibrary": "'"$(printf '%064d' 0)"'"/'
call replay "$dir/library.json"
ends "nor with another node library" 0 "Replayed: same: held, as expected; another node library"
edit hash.json 's/"hash": "[0-9a-f]*"/"hash": "'"$(printf '%032d' 0)"'"/'
call replay "$dir/hash.json"
ends "another hash of the same plan and library: diverged" 4 "Replayed: diverged: held, as expected, but"
one=$(sed -n 's/^      "\([0-9a-f]\{16\}\)".*/\1/p' "$plan" | sed -n 4p)
sed "s/$one/$(printf '%016d' 0)/" "$dir/hash.json" >"$dir/part.json"
call replay "$dir/part.json"
every=$(sed -n 's/.*"hashEvery": \([0-9]*\),.*/\1/p' "$plan")
ends "and it tells where they part" 4 "between event $((every * 12)) and $((every * 13)) the same plan"
edit people.json 's/"people": /"people": 9/'
call replay "$dir/people.json"
ends "people who no longer act: diverged" 4 "Replayed: diverged: held, as expected, but only "
edit send.json 's/"send": \([0-9]\)/"send": 9\1/;s/"verdict": "held"/"verdict": "violated", "invariant": "ORD-05"/'
call replay "$dir/send.json"
ends "what holds since less is done is not fixed" 4 "Replayed: diverged: all holds, but send is done only "
sed '/"lengthUs"/d;/"hashEvery"/,/]},/c\},' "$plan" | sed 's/"form": "small",/"form": "small"/' >"$dir/older.json"
call replay "$dir/older.json"
ends "a plan that does not tell its course is read" 0 "Replayed: same: held, as expected, bit for bit"
edit version.json 's/"hubbub": "[^"]*"/"hubbub": "0.0.9"/'
call replay "$dir/version.json" --quiet
[ "$code" -eq 0 ] && grep -qF "written by hubbub 0.0.9, and this is" "$dir/stderr"
check "a plan of another version warns" $?
edit fixed.json 's/"verdict": "held"/"verdict": "violated", "invariant": "ORD-05"/'
call replay "$dir/fixed.json"
ends "a violation that is gone: fixed" 0 "Replayed: fixed: expected ORD-05 violated, and all holds"
find=fixtures/finds/plans/far-away.json
call replay $find --quiet --out "$dir/red"
ends "a plan without an expectation has its run's exit code" 1 ": violated "
grep -q '"expect": {"verdict": "violated", "invariant": "LIV-02", .*"form": "full",$' "$dir/red/plan.json"
check "and what it writes expects that violation" $?
junit "$dir/red" 1 1 0 "which is a failure in junit.xml"
call replay "$dir/red/plan.json" --quiet
ends "a violation as expected: exit code 0" 0 "; same: LIV-02 violated, as expected, bit for bit"
sed 's/"invariant": "LIV-02"/"invariant": "ORD-05"/' "$dir/red/plan.json" >"$dir/other.json"
call replay "$dir/other.json" --quiet
ends "another invariant: fails differently" 1 "; fails differently: expected ORD-05 violated, and it is LIV-02"
sed 's/"verdict": "violated", "invariant": "LIV-02"/"verdict": "held"/' "$dir/red/plan.json" >"$dir/broken.json"
call replay "$dir/broken.json" --quiet
ends "expected to hold and violated: fails differently" 1 "; fails differently: expected to hold, and LIV-02"
edit bad.json 's/"verdict": "held"/"verdict": "green"/'
refused "a verdict that is none" 'expect.verdict: expected "held" or "violated"' replay "$dir/bad.json" $out
edit bad.json 's/"verdict": "held"/"verdict": "violated"/'
refused "violated, without an invariant" 'expect.invariant: expected the id' replay "$dir/bad.json" $out
edit bad.json 's/"verdict": "held"/"verdict": "violated", "invariant": "ORD05"/'
refused "violated, by what is nearly one" 'got "ORD05": did you mean "ORD-05"?' replay "$dir/bad.json" $out
edit small.json 's/"verdict": "held"/"verdict": "violated", "invariant": "ord-05"/'
call replay "$dir/small.json"
ends "in small letters it is the same" 0 "Replayed: fixed: expected ORD-05 violated, and all holds"
edit bad.json 's/"form": "small"/"form": "medium"/'
refused "a form that is none" 'expect.form: expected "small" or "full"' replay "$dir/bad.json" $out
edit bad.json 's/"hashEvery": [0-9]*/"hashEvery": 3/'
refused "steps that are none" 'expect.hashEvery: expected a power of two' replay "$dir/bad.json" $out
edit bad.json 's/^      "[0-9a-f]/      "x/'
refused "a hash that is none" 'expect.hashes: expected texts of 16 hex digits' replay "$dir/bad.json" $out
edit bad.json 's/"acted": {/"acted": {"dance": 1, /'
refused "an action that is none" 'expect.acted.dance: unknown field' replay "$dir/bad.json" $out
refused "a replay of nothing" "expected plans or folders of them" replay $out
refused "--verify of several" "--verify: expected a single plan" replay "$plan" "$plan" --verify $out

mkdir "$dir/folder" "$dir/empty"
cp "$plan" "$dir/folder/one.json"
cp "$dir/red/plan.json" "$dir/folder/two.json"
echo "no plan" >"$dir/folder/README.md"
call replay "$dir/folder" --out "$dir/several"
ends "a folder as expected" 0 "2 plans: 2 as they should be, 0 violated, 0 unclear"
[ "$(wc -l <"$dir/stdout")" -eq 3 ] && grep -q "^same  *$dir/folder/two.json: LIV-02" "$dir/stdout"
check "with a line each" $?
junit "$dir/several" 2 0 0 "and a case each"
cp "$dir/fixed.json" "$dir/folder/three.json"
call replay "$dir/folder"
ends "one of them is fixed: exit code 4" 4 "1 unclear"
call replay "$dir/folder" --quiet
[ "$code" -eq 4 ] && [ "$(wc -l <"$dir/stdout")" -eq 2 ] && grep -q "^fixed .*three.json" "$dir/stdout"
check "--quiet tells of several the one that is not as it should be, and the sum" $?
call replay "$dir/folder" --accept-fixed
ends "unless that is accepted" 0 "3 as they should be"
call replay "$dir/folder" "$dir/broken.json" "$dir/cut.json" --out "$dir/several"
ends "several, and one is violated: exit code 1" 1 "5 plans: 2 as they should be, 1 violated, 2 unclear"
junit "$dir/several" 5 1 2 "and their cases tell which"
call replay "$dir/cut.json" "$plan"
ends "one of several is no plan: exit code 2" 2 "not a plan"
call replay "$dir/empty" --out "$dir/several"
ends "a folder without plans says so" 0 "$dir/empty: no plan in this folder"
junit "$dir/several" 0 0 0 "and has no case"

# A plan whose process ends early: here one that waits for its text, which never comes.
mkfifo "$dir/never.json"
call replay "$dir/never.json" "$plan" --timeout 1s --out "$dir/several"
ends "one of several that is stuck is a line" 1 "2 plans: 1 as they should be, 1 violated, 0 unclear"
grep -q "^stuck  *$dir/never.json: stuck: it had not ended after 1" "$dir/stdout" && grep -q "^same  *$plan: held" "$dir/stdout"
check "and the others are told" $?
junit "$dir/several" 2 1 0 "and a case"
"$hubbub" replay "$dir/never.json" "$plan" --out "$dir/several" >"$dir/stdout" 2>"$dir/stderr" </dev/null &
replays=$!
tries=0
until [ -n "$(cat /proc/$replays/task/$replays/children 2>/dev/null)" ] || [ $tries -gt 1000 ]; do
    tries=$((tries + 1))
    sleep 0.02
done
kill -SEGV $(cat /proc/$replays/task/$replays/children)
code=0
wait $replays || code=$?
ends "one that crashes too" 1 "2 plans: 1 as they should be, 1 violated, 0 unclear"
grep -q "^crashed  *$dir/never.json: crashed by SIGSEGV" "$dir/stdout"
check "with the signal's name" $?
junit "$dir/several" 2 1 0 "and a case of its own"

# --- Known failures -------------------------------------------------------------------------------

listing() { # subject, invariant, day, more
    echo "{\"known\": [{$1, \"invariant\": \"$2\", \"until\": \"$3\", \"reason\": \"ticket 9\"$4}]}" \
        >"$dir/known.json"
}
known="--known-failures $dir/known.json"
listing '"plan": "plans/far-away.json"' LIV-02 9999-12-31 ''
call replay $find $known --out "$dir/known"
ends "what is violated and listed is known" 0 "Verdict: known (LIV-02, known until 9999-12-31: ticket 9)"
grep -q '"verdict": "known"' "$dir/known/summary.json" && grep -q '"exit_code": 0' "$dir/known/summary.json"
check "the summary says the same" $?
junit "$dir/known" 1 0 0 "and it is no failure in junit.xml"
[ "$(xmllint --xpath 'string(//skipped/@message)' "$dir/known/junit.xml")" = "LIV-02, known until 9999-12-31: ticket 9" ]
check "but skipped, with the reason" $?
call replay $find $known --quiet
ends "also on one line" 0 ": known "
[ "$(wc -l <"$dir/stdout")" -eq 1 ] && [ ! -s "$dir/stderr" ]
check "and on that alone" $?
call replay $find "$dir/broken.json" $known
ends "of several only the listed one is known" 1 "2 plans: 0 as they should be, 1 violated, 0 unclear, 1 known"
listing '"plan": "plans/far-away.json"' LIV-02 2026-01-01 ''
call replay $find $known
ends "a day that is over: it counts again" 1 "Known until 2026-01-01, which is over: LIV-02 of plans/far-away"
listing '"plan": "plans/far-away.json"' ORD-05 9999-12-31 ''
call replay $find $known
ends "another invariant is listed: it counts" 1 "Verdict: violated"
listing '"scenario": "quiet"' ORD-05 9999-12-31 ''
call run $quiet --small --duration 5s $known
ends "an unexpected pass is told" 0 "Unexpected pass: ORD-05 of quiet "
listing '"scenario": "quiet"' ORD-05 9999-12-31 ', "strict": true'
call run $quiet --small --duration 5s $known --out "$dir/strict"
ends "a strict one has exit code 4" 4 "It is strict: exit code 4"
grep -q '"exit_code": 4' "$dir/strict/summary.json"
check "in the summary too" $?
call run $quiet --small --duration 5s $known --quiet
[ "$code" -eq 4 ] && [ "$(wc -l <"$dir/stdout")" -eq 1 ] && grep -q "^Unexpected pass" "$dir/stderr"
check "and with --quiet it is told beside the line" $?
listing '"scenario": "quiet"' ORD-99 9999-12-31 ''
refused "a list with an invariant that is none" "$dir/known.json: known[0].invariant: expected the id" \
    run $quiet $known $out
refused "a list that is not there" "cannot read it" replay $find --known-failures "$dir/missing.json" $out
call run $quiet --small --duration 5s --known-failures ci/templates/known-failures.json --quiet
ends "the sample is a list" 0 ": held "

# --- Swarms ------------------------------------------------------------------------------------

for jobs in 1 2; do
    call swarm $quiet --seeds 1..6 -j $jobs --full-permille 0 --out "$dir/swarm$jobs"
    ends "a swarm with -j $jobs is held" 0 "6 seeds: 6 held, 0 violated, 0 inconclusive, 0 harness"
    grep -E '"(verdict|hash|seeds_run|messages|deliveries|events|frames|failures)"' \
        "$dir/swarm$jobs/summary.json" >"$dir/totals$jobs"
done
[ "$(wc -l <"$dir/totals1")" -eq 8 ] && cmp -s "$dir/totals1" "$dir/totals2"
check "-j changes no total and no hash" $?
[ "$(ls "$dir/swarm1" | paste -s -d ' ')" = "junit.xml seeds.txt states.txt summary.json summary.md" ]
check "a swarm that held writes its summaries only" $?
call swarm $quiet --seeds=1..2 -j2 --full-permille=0 --quiet
[ "$code" -eq 0 ] && [ "$(wc -l <"$dir/stdout")" -eq 1 ] && [ ! -s "$dir/stderr" ]
check "--quiet is one line of a swarm" $?
junit "$dir/swarm1" 6 0 0 "a swarm's junit.xml has a case a seed"
call swarm "$dir/silent.json" --seeds 3..4 --full-permille 0 --duration 2s --out "$dir/swarm3"
ends "a swarm that proves nothing is inconclusive" 4 "2 inconclusive"
[ -s "$dir/swarm3/quiet-seed-3/plan.json" ] && [ -s "$dir/swarm3/quiet-seed-4/plan.json" ]
check "and writes the plan of each such seed" $?
junit "$dir/swarm3" 2 0 2 "and a case of each, as an error"
grep -qF "hubbub replay $dir/swarm3/quiet-seed-4/plan.json" "$dir/swarm3/summary.md"
check "and summary.md says how to repeat each" $?
call replay "$dir/swarm3/quiet-seed-3/plan.json"
ends "a plan that expects nothing has its run's exit code" 4 "inconclusive"
export GITHUB_ACTIONS=true
call swarm "$dir/silent.json" --seeds 3..4 --full-permille 0 --duration 2s
ends "GitHub is told of each seed" 4 "::warning file=$dir/silent.json,title=seed 4 of quiet::inconclusive: "
grep -qF "Repeat: hubbub run $dir/silent.json --seed 4 --duration 2000000us --small" "$dir/stdout"
check "with what repeats it" $?
call run $quiet --small --quiet
[ "$code" -eq 0 ] && [ "$(wc -l <"$dir/stdout")" -eq 1 ]
check "GitHub is told nothing of a run that held" $?
unset GITHUB_ACTIONS

# --- Results folders and hostile names -------------------------------------------------------------

call run $quiet --small --seed 7 --out "$dir/mine" --quiet
echo "my own" >"$dir/mine/notes.txt"
: >"$dir/mine/plan.json.orig"
call replay $find --quiet --out "$dir/mine"
[ -s "$dir/mine/history.txt" ] && call run $quiet --small --seed 8 --out "$dir/mine" --quiet
[ "$code" -eq 0 ] && [ ! -e "$dir/mine/history.txt" ] && [ -s "$dir/mine/notes.txt" ] && [ -e "$dir/mine/plan.json.orig" ]
check "a run removes what the last one wrote into its folder, and nothing else" $?
echo >>"$dir/mine/plan.json"
refused "a plan that was edited in its folder" "plan.json was changed since" run $quiet --small --out "$dir/mine"
[ -s "$dir/mine/summary.json" ]
check "and nothing was removed" $?
refused "an input that would be removed" "plan.json is an input" replay "$dir/b/plan.json" --out "$dir/b"
refused "a folder of inputs that would be removed" "is an input" replay "$dir/b" --out "$dir/b"
call run $quiet --small --out "$dir/held" --quiet
# The lock is held by a program that is not hubbub; the manifest names who had it last.
holder=$(sed -n 's/^by \([0-9]*\):.*/\1/p' "$dir/held/.hubbub")
flock "$dir/held/.hubbub" "$hubbub" run $quiet --small --out "$dir/held" >"$dir/stdout" 2>"$dir/stderr"
code=$?
[ "$code" -eq 2 ] && grep -qF "held: in use by process $holder: hubbub run: wait until it ends" "$dir/stderr"
check "a folder in use is refused, and its process named" $?

odd="$dir/it's \$HOME \"odd\""
mkdir -p "$odd/one" "$odd/two"
for folder in one two; do
    sed -e "s|\.\./fixtures|$here/fixtures|g" -e 's/"workload": {"send": {"every": "10s"}, /"workload": {/' \
        -e 's|"name": "quiet"|"name": "../../x\\u001b[31m"|' $quiet >"$odd/$folder/s.json"
done
call swarm "$odd/one/s.json" "$odd/two/s.json" --seeds 3 --full-permille 0 --duration 2s --out "$odd/out"
ends "a swarm of two scenarios of one hostile name" 4 "2 inconclusive"
[ "$(cd "$odd/out" && echo *)" = "_._.._x__31m-2-seed-3 _._.._x__31m-seed-3 junit.xml seeds.txt states.txt summary.json summary.md" ]
check "writes safe names, each its own, into its folder" $?
[ "$(cd "$odd" && echo *)" = "one out two" ] && [ ! -e "$dir/x"* ]
check "and nothing beside it" $?
! grep -q "$(printf '\033')" "$dir/stdout" "$dir/stderr"
check "and no escape sequence to the terminal" $?
call run "$odd/one/s.json" --small --seed 3 --duration 2s
! grep -q "$(printf '\033')" "$dir/stdout" && grep -qF '../../x\x1b[31m, seed 3' "$dir/stdout"
check "nor does a run: names are shown escaped" $?
command=$(sed -n 's/^Again:   hubbub //p' "$dir/stdout")
cp "$dir/stdout" "$dir/page"
eval "\"$hubbub\" $command" >"$dir/again"
[ "$(grep -c . "$dir/page")" -eq "$(grep -c . "$dir/again")" ] && grep -q "Again:   hubbub $(printf %s "$command" | cut -c1-5)" "$dir/again"
check "its line to copy is quoted for a shell" $?
call run "$dir/no
such$(printf '\033')[31m.json"
[ "$code" -eq 2 ] && [ "$(wc -l <"$dir/stderr")" -eq 1 ] && grep -qF 'no\nsuch\x1b[31m.json' "$dir/stderr"
check "an error's names are shown escaped, on one line" $?

# Verdict, exit code and what is printed say the same.
agrees() { # what, exit code, word, summary.json
    [ "$code" -eq "$2" ] && grep -q "^  \"verdict\": \"$3\",\$" "$4" && grep -q "^  \"exit_code\": $2,\$" "$4" &&
        grep -q "^Verdict: $3" "$dir/stdout"
    check "verdict, exit code and line agree: $1" $?
}
call run $quiet --small --out "$dir/agree"
agrees "held" 0 held "$dir/agree/summary.json"
call replay $find --out "$dir/agree"
agrees "violated" 1 violated "$dir/agree/summary.json"
call run "$dir/silent.json" --small --duration 2s --out "$dir/agree"
agrees "inconclusive" 4 inconclusive "$dir/agree/summary.json"
code=0
(ulimit -f 1 && exec "$hubbub" run $quiet --small --quiet --out "$dir/agree" >"$dir/stdout" 2>"$dir/stderr") || code=$?
ends "a run whose results cannot be written says so where it says its verdict" 3 "seed 1 of quiet: harness failed "
[ ! -e "$dir/agree/summary.json" ] && grep -q "plan.json: cannot write it: File too large" "$dir/stderr"
check "and leaves no summary that says otherwise" $?

# --- Terminals -----------------------------------------------------------------------------------

# The longest line, in columns; colours have none, and a path to copy stays whole.
widest() {
    sed 's/\x1b\[[0-9;]*[mK]//g; s/\r//g; /^ *[^ ]*\.json$/d' "$1" | awk 'length > most { most = length } END { print most + 0 }'
}
red=fixtures/finds/plans/far-away.json
export LC_ALL=C
for columns in 40 72 100; do
    for command in --help "run --help" "swarm --help" "replay --help" "shrink --help" "shrink $red" "check --help" "list" "list faults" \
        "list parameters" "list scenarios" "run $quiet --small" "replay $red" \
        "replay fixtures/finds/plans" "swarm $quiet --seeds 1..2 --form small" \
        "check fixtures/histories/bad/ORD-01-two-orders.jsonl"; do
        COLUMNS=$columns "$hubbub" $command >"$dir/stdout" 2>"$dir/stderr"
        [ -s "$dir/stdout" ] && [ "$(widest "$dir/stdout")" -le $columns ]
        check "$columns columns: $command" $?
    done
done
LC_ALL=C "$hubbub" replay $red >"$dir/stdout" 2>"$dir/stderr"
[ -s "$dir/stdout" ] && ! LC_ALL=C grep -q '[^ -~]' "$dir/stdout" && [ ! -s "$dir/stderr" ]
check "piped, in the C locale: ASCII, no colour, no progress" $?
LC_ALL=C.UTF-8 "$hubbub" replay $red >"$dir/stdout" 2>"$dir/stderr"
LC_ALL=C grep -q '[^ -~]' "$dir/stdout"
check "and in UTF-8 what people wrote" $?
if command -v script >/dev/null 2>&1; then
    terminal() { # variables and command: on a terminal of 60 columns
        script -qec "stty cols 60; env -u COLUMNS LC_ALL=C $*" /dev/null >"$dir/stdout" 2>&1 </dev/null
    }
    terminal TERM=xterm "$hubbub" run $quiet --small
    grep -q "$(printf '\033')\[32m" "$dir/stdout" && [ "$(widest "$dir/stdout")" -le 60 ]
    check "a terminal has colours, and its own width" $?
    for plain in TERM=dumb "TERM=xterm NO_COLOR=1"; do
        terminal $plain "$hubbub" run $quiet --small
        grep -q held "$dir/stdout" && ! grep -q "$(printf '\033')\[[0-9]*m" "$dir/stdout"
        check "a terminal with $plain has none" $?
    done
fi
unset LC_ALL

# --- Limits of the system ------------------------------------------------------------------------

limited() { # what, exit codes, text on stderr, limit, arguments...
    what=$1 want=$2 text=$3 limit=$4
    shift 4
    code=0
    (ulimit $limit && exec "$hubbub" "$@") >"$dir/stdout" 2>"$dir/stderr" </dev/null || code=$?
    good=0
    case $want in *$code*) ;; *) good=1 ;; esac
    grep -q "$text" "$dir/stderr" || good=1
    ! grep -qi "assertion" "$dir/stderr" || good=1
    check "$what" $good
    [ $good -eq 0 ] || show
}
limited "a file that may not grow so large" 3 "cannot write it: File too large" "-f 1" \
    run $quiet --small --out "$dir/large"
limited "no descriptor for a file" "2 or 3" "Too many open files" "-n 5" \
    run $quiet --small --out "$dir/few"
for kilobytes in 20000 30000 40000; do
    limited "a heap of $kilobytes KiB" 3 "^out of memory: " "-v $kilobytes" run city --quiet --duration 2s
done
mkfifo "$dir/pipe"
(
    exec 3>"$dir/pipe"
    until [ -e "$dir/go" ]; do sleep 0.01; done
    code=0
    "$hubbub" list parameters >&3 2>"$dir/stderr" || code=$?
    echo $code >"$dir/code"
) &
: <"$dir/pipe" # opened and closed: whoever writes now has no reader
: >"$dir/go"
wait $!
[ "$(cat "$dir/code")" -eq 3 ] && grep -q "cannot write to the standard output" "$dir/stderr"
check "a pipe that nobody reads: exit code 3, and it says so" $?

# --- Where nothing can be written ----------------------------------------------------------------

: >"$dir/file"
refused "a file as --out" "$dir/file: " run $quiet --small --out "$dir/file"
refused "a folder below a file as --out" "cannot make this folder" run $quiet --small --out "$dir/file/x"
refused "swarm: a file as --out" "$dir/file: " swarm $quiet --seeds 1..2 --out "$dir/file"
mkdir -p "$dir/taken/summary.json"
refused "a summary whose place is taken" "taken/summary.json was not written by hubbub" run $quiet --small --out "$dir/taken"
if [ -w /dev/full ]; then
    code=0
    "$hubbub" run $quiet --small --out "$dir/full" >/dev/full 2>"$dir/stderr" || code=$?
    [ "$code" -eq 3 ] && [ -s "$dir/stderr" ]
    check "a full stdout: exit code 3, and it says so" $?
    code=0
    "$hubbub" list coverage >/dev/full 2>"$dir/stderr" || code=$?
    [ "$code" -eq 3 ]
    check "a list into a full stdout: exit code 3" $?
fi
code=0
"$hubbub" run $quiet --small --out "$dir/closed" >&- 2>"$dir/stderr" || code=$?
{ [ "$code" -eq 2 ] || [ "$code" -eq 3 ]; } && [ "$(wc -l <"$dir/stderr")" -eq 1 ]
check "a closed stdout: exit code 2 or 3 and one line" $?
if [ -e "$dir/closed/summary.json" ]; then
    tail -n 1 "$dir/closed/summary.json" | grep -qx '}'
    check "and what was written is whole" $?
fi
[ -z "$(find "$dir" -name '*.partial')" ]
check "no partial file is left anywhere" $?

exit $failed
