/* See pre_seen.h. */
#include "sim/check/pre_seen.h"

#include "sim/check/finding.h"

int64_t pre_seen_fastest_ms(const struct judge *judge, int64_t at_us)
{
    const struct pre_truth *pre = judge->pre;

    return pre->wall_seen ? at_us / 1000 + pre->ahead_least_ms + judge->bounds.offset_ms + 1
                          : INT64_MAX;
}

bool pre_seen_span(const struct judge *judge, const struct pre_person *person,
                   int64_t *ret_least_ms, int64_t *ret_most_ms)
{
    const struct pre_truth *pre = judge->pre;
    const int64_t beat_us = bound_plain(BOUND_BEAT, &judge->bounds);

    *ret_least_ms = INT64_MIN;
    *ret_most_ms = pre_seen_fastest_ms(judge, person->last_us > 0 ? person->last_us : 0);
    if (pre->wall_seen && person->there_us != INT64_MIN) {
        *ret_least_ms =
            (person->there_us - beat_us) / 1000 + pre->ahead_most_ms - judge->bounds.offset_ms - 1;
    }
    return person->last_us != INT64_MIN;
}

static void judge_span(struct judge *judge, const struct obs *obs)
{
    const struct pre_person *person = pre_person(judge, obs->user);
    const struct finding finding = finding_of(PRE_06, NONE, obs->device, 0, 0);
    int64_t least_ms;
    int64_t most_ms;

    if (!pre_seen_span(judge, person, &least_ms, &most_ms)) {
        return;
    }
    judge->judged[PRE_06]++;
    if (obs->timestamp > most_ms) {
        judge_violated(judge, finding,
                       "user %u is said to be seen last at %lld ms; no connection of theirs was "
                       "there after %lld ms",
                       obs->user, (long long)obs->timestamp, (long long)most_ms);
    } else if (obs->seq == PRESENCE_OFFLINE && obs->timestamp < least_ms) {
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
