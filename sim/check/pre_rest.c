/* See pre_rest.h. */
#include "sim/check/pre_rest.h"

#include "sim/check/finding.h"
#include "sim/check/pre_path.h"
#include "sim/check/pre_seen.h"
#include "sim/check/pre_shown.h"

/* How many connections count, and how many may. */
static void count(struct judge *judge, const struct pre_person *person, int64_t at_us,
                  int64_t *ret_least, int64_t *ret_most)
{
    *ret_least = 0;
    *ret_most = 0;
    for (uint32_t i = 0; i < person->conns_len; i++) {
        *ret_least += pre_conn_counts(judge, &person->conns[i], at_us);
        *ret_most += pre_conn_may_count(judge, &person->conns[i], at_us);
    }
}

static struct finding of_nobody(enum invariant invariant)
{
    return finding_of(invariant, NONE, NONE, 0, 0);
}

static void on_missing(struct judge *judge, const struct obs *obs, int64_t least)
{
    judge->judged[PRE_13] += least > 0;
    if (least > 0) {
        judge_violated(judge, of_nobody(PRE_13),
                       "at rest, Redis has no record of user %u, who has %lld connections",
                       obs->user, (long long)least);
    }
}

static void on_record(struct judge *judge, const struct pre_person *person, const struct obs *obs)
{
    int64_t least;
    int64_t most;

    count(judge, person, obs->at_us, &least, &most);
    if ((obs->flags & OBS_LEFT) != 0) {
        on_missing(judge, obs, least);
        return;
    }
    judge->judged[PRE_13] += least > 0;
    judge->judged[PRE_12]++;
    if (obs->value < least || obs->value > most) {
        judge_violated(judge, of_nobody(PRE_12),
                       "at rest, the record of user %u has %lld connections; there are %lld",
                       obs->user, (long long)obs->value, (long long)least);
    }
    judge->judged[PRE_07]++;
    if (person->until_us[obs->seq] != NEVER_US) {
        judge_violated(judge, of_nobody(PRE_07), "at rest, the record of user %u says %s",
                       obs->user, presence_status_word((enum presence_status)obs->seq));
    }
    pre_seen_record(judge, obs);
}

static void on_listed(struct judge *judge, struct pre_person *person, const struct obs *obs)
{
    const int64_t most_ms = pre_seen_most_ms(judge, person);
    const int64_t least_ms = pre_seen_least_ms(judge, obs->at_us);
    int64_t least;
    int64_t most;

    count(judge, person, obs->at_us, &least, &most);
    const bool there = least > 0 && pre_path_rested(judge, obs->user, obs->at_us);
    person->listed = true;
    judge->judged[PRE_09]++;
    if (most_ms == INT64_MIN) {
        judge_violated(judge, of_nobody(PRE_09),
                       "at rest, presence:users has user %u, who never was there", obs->user);
    } else if (obs->timestamp > most_ms || (there && obs->timestamp < least_ms)) {
        judge_violated(judge, of_nobody(PRE_09),
                       "at rest, presence:users has user %u at %lld ms; they were there until "
                       "%lld ms, and a heartbeat before is %lld ms",
                       obs->user, (long long)obs->timestamp, (long long)most_ms,
                       (long long)least_ms);
    }
}

void pre_rest_observe(struct judge *judge, const struct obs *obs)
{
    struct pre_person *person = pre_person(judge, obs->user);

    if (person == NULL || obs->seq >= PRESENCE_STATUS_COUNT) {
        judge->ignored++;
        return;
    }
    pre_person_look(judge, obs->user, obs->at_us, obs->at_us);
    if (obs->kind == OBS_LISTED) {
        on_listed(judge, person, obs);
    } else if (pre_path_rested(judge, obs->user, obs->at_us)) {
        on_record(judge, person, obs);
    }
}

void pre_rest_end(struct judge *judge)
{
    for (uint32_t u = 0; judge_saw(judge, OBS_RECORD) && u < judge->pre->people.len; u++) {
        const struct pre_person *person = pre_person(judge, u);
        int64_t least;
        int64_t most;
        count(judge, person, judge->now->at_us, &least, &most);
        if (least == 0 || !pre_path_rested(judge, u, judge->now->at_us)) {
            continue;
        }
        judge->judged[PRE_09]++;
        if (!person->listed) {
            struct finding finding = of_nobody(PRE_09);
            finding.user = u;
            judge_violated(judge, finding,
                           "at rest, presence:users lacks user %u, who has %lld connections", u,
                           (long long)least);
        }
    }
}
