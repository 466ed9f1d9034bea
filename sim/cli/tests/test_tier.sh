#!/bin/sh
# ci/templates/tier: the shards of a tier share its seeds; results and exit codes are hubbub's.
# Usage: test_tier.sh PROGRAM, from the repository's root. One line a check; exits 1 if one failed.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY CI_NODE_INDEX CI_NODE_TOTAL JOB_COMPLETION_INDEX
export HUBBUB="$1" HUBBUB_JOBS=2

check() { # what, status: 0 is good
    if [ "$2" -eq 0 ]; then
        echo "ok      $1"
    else
        echo "FAILED  $1"
        failed=1
    fi
}

HUBBUB_SEEDS=4 GITHUB_STEP_SUMMARY="$dir/page.md" ci/templates/tier pull-request "$dir/out" >"$dir/stdout" 2>&1
check "a small pull-request tier holds" $?
for step in regressions swarm; do
    xmllint --noout --schema reports/tests/junit.xsd "$dir/out/$step/junit.xml" 2>/dev/null
    check "$step/junit.xml is valid" $?
done
grep -q '^4 cases: \*\*4 good' "$dir/page.md"
check "GitHub's page gets summary.md" $?

# In place of hubbub: writes down what it is called with, and ends as it is told.
cat >"$dir/fake" <<'END'
#!/bin/sh
echo "$@" >>"$FAKE/calls"
case $1 in replay) exit ${REPLAY:-0} ;; swarm) exit ${SWARM:-0} ;; esac
END
chmod +x "$dir/fake"
export HUBBUB="$dir/fake" FAKE="$dir"
for shard in 0 1 2; do
    HUBBUB_SHARDS=3 HUBBUB_SHARD=$shard HUBBUB_FIRST_SEED=101 HUBBUB_SEEDS=10 ci/templates/tier nightly "$dir/out"
done
shards=$(sed -n 's/.*--seeds \([0-9.]*\) --shard \([0-9/]*\) .*/\1,\2/p' "$dir/calls" | paste -s -d ' ')
[ "$shards" = "101..110,0/3 101..110,1/3 101..110,2/3" ]
check "three shards share ten seeds: $shards" $?
JOB_COMPLETION_INDEX=1 HUBBUB_SHARDS=2 HUBBUB_SEEDS=10 ci/templates/tier weekly "$dir/out"
tail -n 1 "$dir/calls" | grep -q -- "--seeds $(date -u +%G%V)0000000..$(date -u +%G%V)0000009 --shard 1/2 "
check "a pod of an Indexed Job is a shard" $?
for codes in "0 0 0" "1 0 1" "0 1 1" "4 1 1" "1 4 1" "0 4 4" "4 3 3" "3 4 3" "2 4 2" "4 0 4"; do
    set -- $codes
    code=0
    REPLAY=$1 SWARM=$2 ci/templates/tier pull-request "$dir/out" || code=$?
    [ $code -eq "$3" ]
    check "exit codes $1 and $2 end as $3" $?
done
for bad in "" daily; do
    code=0
    ci/templates/tier $bad >/dev/null 2>&1 || code=$?
    [ $code -eq 2 ]
    check "no such tier: \"$bad\"" $?
done
exit $failed
