/* See pre_seen.h. */
#include "sim/check/pre_seen.h"

#include "sim/check/finding.h"
#include "sim/check/pre_choice.h"
#include "sim/check/pre_path.h"

int64_t pre_seen_fastest_ms(const struct judge *judge, int64_t at_us)
{
    const struct pre_truth *pre = judge->pre;

    return pre->wall_seen ? at_us / 1000 + pre->ahead_least_ms + judge->bounds.offset_ms + 1
                          : INT64_MAX;
}

int64_t pre_seen_slowest_ms(const struct judge *judge, int64_t at_us)
{
    const struct pre_truth *pre = judge->pre;

    return pre->wall_seen ? at_us / 1000 + pre->ahead_most_ms - judge->bounds.offset_ms - 1
                          : INT64_MIN;
}

int64_t pre_seen_least_ms(const struct judge *judge, int64_t there_us)
{
    return there_us != INT64_MIN
               ? pre_seen_slowest_ms(judge, there_us - judge_bound(judge, BOUND_BEAT))
               : INT64_MIN;
}

int64_t pre_seen_most_ms(const struct judge *judge, const struct pre_person *person)
{
    return person->last_us != INT64_MIN ? pre_seen_fastest_ms(judge, person->last_us) : INT64_MIN;
}

/* Who chose to be shown as offline was there last when they did. NEVER_US: they did not. */
static int64_t hidden_from(const struct judge *judge, const struct pre_person *person)
{
    const int64_t since_us = pre_hidden_since(person);

    return since_us == NEVER_US ? NEVER_US : pre_path_all_said(judge, since_us);
}

/* Whether what is said may still be of before they were there last: their node, or that of the receiver, has not had
 * the time to hear more. */
static bool may_be_old(struct judge *judge, const struct pre_person *person, const struct obs *obs)
{
    const struct device *device = obs->device != OBS_NONE ? truth_device(judge, obs->device) : NULL;
    int64_t bound_us;

    if (device == NULL || person->absent_us == INT64_MIN) {
        return false; /* a record at rest; or they never were away before */
    }
    const int64_t from_us =
        pre_path_said_from(judge, obs->user, device, person->there_us, &bound_us);
    return from_us == NEVER_US || obs->at_us <= from_us + bound_us;
}

/* Who is said to be offline, and was not shortly before they were this time. */
static bool is_absence(struct judge *judge, const struct pre_person *person, const struct obs *obs)
{
    const int64_t told_us = judge_bound(judge, BOUND_SEEN_REPAIR);

    if (judge->redis.until_us == NEVER_US || judge->redis.until_us + told_us >= person->there_us) {
        return false; /* Redis lost what it was told */
    }
    for (uint32_t i = 0; i < person->choices_len[PRE_STATUS]; i++) {
        if (person->choices[PRE_STATUS][i].value == PRESENCE_OFFLINE) {
            return false; /* it is no absence, or came after one that nobody was told of */
        }
    }
    if (may_be_old(judge, person, obs)) {
        return false;
    }
    return obs->seq == PRESENCE_OFFLINE && person->until_us[PRESENCE_OFFLINE] == NEVER_US &&
           (person->absent_us == INT64_MIN || person->absent_us + told_us < person->there_us);
}

static void judge_span(struct judge *judge, const struct obs *obs)
{
    const struct pre_person *person = pre_person(judge, obs->user);
    const struct finding finding = finding_of(PRE_06, NONE, obs->device, 0, 0);
    const int64_t hidden_us = hidden_from(judge, person);
    const int64_t most_ms = pre_seen_most_ms(judge, person);
    const int64_t least_ms = pre_seen_least_ms(judge, person->there_us);

    if (most_ms == INT64_MIN) {
        return; /* of before the history */
    }
    judge->judged[PRE_06]++;
    if (obs->timestamp > most_ms) {
        judge_violated(judge, finding,
                       "user %u is said to be seen last at %lld ms; no connection of theirs was "
                       "there after %lld ms",
                       obs->user, (long long)obs->timestamp, (long long)most_ms);
    } else if (hidden_us != NEVER_US && obs->timestamp > pre_seen_fastest_ms(judge, hidden_us)) {
        judge_violated(judge, finding,
                       "user %u is said to be seen last at %lld ms; they chose to be shown as "
                       "offline, which was known at %lld us",
                       obs->user, (long long)obs->timestamp, (long long)hidden_us);
    } else if (is_absence(judge, person, obs) && obs->timestamp < least_ms) {
        judge_violated(judge, finding,
                       "user %u is said to be seen last at %lld ms; they were there until %lld ms "
                       "at least",
                       obs->user, (long long)obs->timestamp, (long long)least_ms);
    }
}

void pre_seen_told(struct judge *judge, const struct obs *obs, int64_t before_ms)
{
    struct pre_person *person = pre_person(judge, obs->user);

    if (obs->timestamp == 0 || obs->id == 0) {
        return; /* nothing is known of them */
    }
    judge->judged[PRE_05]++;
    if (obs->timestamp < before_ms) {
        judge_violated(judge, finding_of(PRE_05, NONE, obs->device, 0, 0),
                       "device %u is told that user %u was seen last at %lld ms, after %lld ms",
                       obs->device, obs->user, (long long)obs->timestamp, (long long)before_ms);
        return;
    }
    person->seen_ms = later(person->seen_ms, obs->timestamp);
    judge_span(judge, obs);
}

void pre_seen_record(struct judge *judge, const struct obs *obs)
{
    const struct pre_person *person = pre_person(judge, obs->user);
    /* When Redis has lost what it had, clocks that differ say it again. */
    const int64_t spare_ms = judge->redis.until_us != INT64_MIN ? judge->bounds.offset_ms : 0;

    if (obs->seq != PRESENCE_OFFLINE || obs->value > 0) {
        return; /* of who is there, the connections say when they were said last */
    }
    judge->judged[PRE_05]++;
    if (obs->timestamp + spare_ms < person->seen_ms) {
        judge_violated(judge, finding_of(PRE_05, NONE, NONE, 0, 0),
                       "the record of user %u says that they were seen last at %lld ms; somebody "
                       "was told %lld ms",
                       obs->user, (long long)obs->timestamp, (long long)person->seen_ms);
        return;
    }
    judge_span(judge, obs);
}
