/* See story.h. */
#include "sim/check/tests/story.h"

#include "server/base/tests/test.h"

#include <string.h>

void tell(struct story *story, struct obs obs)
{
    obs.at_us = story->now_us;
    judge_observe(story->judge, &obs);
    story->next++;
}

void at(struct story *story, int64_t ms)
{
    assert_true(ms * 1000 >= story->now_us);
    story->now_us = ms * 1000;
}

enum story_of { OF_LOGS, OF_PRESENCE, OF_TYPING, OF_ROOMS };

static void declare(struct story *story, enum story_of of)
{
    static const uint64_t names[] = {ANA, BOB};
    struct obs obs;

    *story = (struct story){.bounds = {.client_latency_us = 10000,
                                       .redis_us = 10000,
                                       .database_us = 10000,
                                       .announce_us = 100000,
                                       .gap_us = 50000,
                                       .client_gap_us = 50000,
                                       .backoff_us = 1000000,
                                       .answer_us = 500000,
                                       .ping_interval_us = 1000000,
                                       .ping_timeout_us = 500000,
                                       .lease_us = 2000000,
                                       .sweep_us = 500000,
                                       .redis_backoff_us = 200000,
                                       .database_retry_us = 20000,
                                       .page_rows = 3,
                                       .skew_ms = 1000,
                                       .stable_us = 1000000,
                                       .backoff_least_us = 50000,
                                       .hello_us = 10000000,
                                       .repair_rows = 2,
                                       .receipt_us = 500000,
                                       .full_pass_us = 300000,
                                       .revoked_us = 400000,
                                       .receipt_room_max = 10}};
    if (of == OF_TYPING) {
        story->bounds.typing_us = 5000000;
        story->bounds.typing_throttle_us = 1000000;
        story->bounds.typing_refresh_us = 2000000;
        story->bounds.typing_pause_us = 3000000;
    }
    if (of == OF_ROOMS) {
        story->bounds.rooms_max = 3;
        story->bounds.rooms_by_others = 2;
        story->bounds.probe_us = 1000000;
    }
    if (of == OF_PRESENCE) {
        story->bounds.heartbeat_us = 300000;
        story->bounds.grace_us = 200000;
        story->bounds.room_max = 2;
        story->bounds.offset_ms = 50;
    }
    story->judge = judge_new(&story->bounds);
    for (uint16_t node = 0; node < 2; node++) {
        obs = OBS(OBS_NODE, 0);
        obs.node = node;
        tell(story, obs);
    }
    for (uint32_t user = 0; user < 2; user++) {
        obs = OBS(OBS_USER, 0);
        obs.user = user;
        obs.sender = names[user];
        tell(story, obs);
    }
    for (uint32_t device = 0; device < 3; device++) {
        obs = OBS(OBS_DEVICE, 0);
        obs.device = device;
        obs.user = device % 2;
        tell(story, obs);
    }
    for (uint32_t room = 0; room < 2; room++) {
        obs = OBS(OBS_ROOM, 0);
        obs.room = room;
        obs.id = 7 + room;
        tell(story, obs);
    }
}

void story_begin_black_box(struct story *story)
{
    declare(story, OF_LOGS);
}

static void begin(struct story *story, enum story_of of)
{
    declare(story, of);
    for (uint32_t room = 0; room < 2; room++) {
        for (uint32_t user = 0; user < 2; user++) {
            struct obs obs = row_of(OBS_COMMIT, OBS_NONE, room, user + 1, user == 0 ? ANA : BOB, 0);
            obs.user = user;
            obs.flags = OBS_EVENT;
            obs.content = 0;
            obs.value = (int64_t)obs.hlc;
            tell(story, obs);
            obs = OBS(OBS_MEMBER, 0);
            obs.user = user;
            obs.room = room;
            obs.seq = user + 1;
            tell(story, obs);
        }
    }
    for (uint16_t node = 0; node < 2; node++) {
        struct obs obs = OBS(OBS_NODE_UP, 0);
        obs.node = node;
        obs.value = 1;
        tell(story, obs);
    }
}

void story_begin(struct story *story)
{
    begin(story, OF_LOGS);
}

void story_begin_presence(struct story *story)
{
    begin(story, OF_PRESENCE);
}

void story_begin_typing(struct story *story)
{
    begin(story, OF_TYPING);
}

void story_begin_rooms(struct story *story)
{
    begin(story, OF_ROOMS);
}

void story_end(struct story *story)
{
    judge_free(&story->judge);
    assert_null(story->judge);
}

void simple(struct story *story, enum obs_kind kind, uint32_t device, uint32_t room, uint64_t seq,
            int64_t value, uint8_t flags)
{
    struct obs obs = OBS((uint8_t)kind, 0);
    obs.device = device;
    obs.user = device == OBS_NONE ? OBS_NONE : device % 2;
    obs.room = room;
    obs.seq = seq;
    obs.value = value;
    obs.flags = flags;
    tell(story, obs);
}

/* --- Connections ----------------------------------------------------------------------------- */

void opens(struct story *story, uint32_t device, uint16_t node)
{
    struct obs obs = OBS(OBS_CONN_OPEN, 0);
    obs.device = device;
    obs.user = device % 2;
    obs.node = node;
    obs.value = 1;
    tell(story, obs);
}

void welcomed(struct story *story, uint32_t device, uint64_t head0, uint64_t head1)
{
    struct obs obs = OBS(OBS_WELCOME, 0);
    obs.device = device;
    obs.user = device % 2;
    obs.node = (uint16_t)(device % 2);
    obs.value = 1;
    tell(story, obs);
    simple(story, OBS_HEAD, device, 0, head0, 0, 0);
    simple(story, OBS_HEAD, device, 1, head1, 0, 0);
}

void online(struct story *story, uint32_t device, uint16_t node)
{
    opens(story, device, node);
    welcomed(story, device, 2, 2);
}

void closes(struct story *story, uint32_t device)
{
    simple(story, OBS_CONN_CLOSE, device, OBS_NONE, 0, 1, 0);
}

/* --- Messages -------------------------------------------------------------------------------- */

void writes_seen(struct story *story, uint32_t device, uint32_t room, uint64_t client_id,
                 uint64_t seen)
{
    struct obs obs = OBS(OBS_SEND, 0);
    obs.device = device;
    obs.user = device % 2;
    obs.room = room;
    obs.client_id = client_id;
    obs.content = TEXT_OF(client_id);
    obs.hlc = seen;
    obs.value = ++story->written; /* grows, whoever writes: only a device's own order matters */
    tell(story, obs);
}

void writes(struct story *story, uint32_t device, uint32_t room, uint64_t client_id)
{
    writes_seen(story, device, room, client_id, 0);
}

void stamps(struct story *story, uint16_t node, uint32_t user, uint64_t client_id, uint64_t hlc,
            int64_t wall_ms)
{
    struct obs obs = OBS(OBS_STAMP, 0);
    obs.node = node;
    obs.user = user;
    obs.client_id = client_id;
    obs.hlc = hlc;
    obs.value = wall_ms;
    tell(story, obs);
}

/* Grows with every observation told. */
static uint64_t usual_stamp(const struct story *story)
{
    return HLC(WALL_MS + story->now_us / 1000, story->next);
}

struct obs row_of(enum obs_kind kind, uint32_t device, uint32_t room, uint64_t seq, uint64_t sender,
                  uint64_t client_id)
{
    struct obs obs = OBS((uint8_t)kind, 0);
    obs.device = device;
    obs.user = device == OBS_NONE ? OBS_NONE : device % 2;
    obs.room = room;
    obs.seq = seq;
    obs.id = ID_OF(room, seq);
    obs.sender = sender;
    obs.client_id = client_id;
    obs.content = client_id != 0 ? TEXT_OF(client_id) : 0;
    obs.hlc = HLC(WALL_MS - 1000 + (int64_t)seq, room);
    return obs;
}

void commits(struct story *story, struct commit commit)
{
    const uint64_t row_hlc = HLC(WALL_MS - 1000 + (int64_t)commit.seq, commit.room);
    const uint64_t stamp = commit.stamp != 0 ? commit.stamp : usual_stamp(story);

    if (!commit.unstamped) {
        stamps(story, commit.node, commit.user, commit.client_id, stamp,
               commit.wall_ms != 0 ? commit.wall_ms : WALL_MS + story->now_us / 1000);
    }
    struct obs obs = row_of(OBS_COMMIT, OBS_NONE, commit.room, commit.seq,
                            commit.user == 0 ? ANA : BOB, commit.client_id);
    obs.user = commit.user;
    obs.node = commit.node;
    obs.hlc = commit.hlc != 0 ? commit.hlc : row_hlc;
    obs.value = (int64_t)stamp;
    tell(story, obs);
}

void shown(struct story *story, uint32_t device, uint32_t room, uint64_t seq, uint64_t sender,
           uint64_t client_id)
{
    tell(story, row_of(OBS_SHOWN, device, room, seq, sender, client_id));
}

void shown_join(struct story *story, uint32_t device, uint32_t room, uint64_t seq)
{
    struct obs obs = row_of(OBS_SHOWN, device, room, seq, seq == 1 ? ANA : BOB, 0);
    obs.flags = OBS_EVENT;
    tell(story, obs);
}

void acked(struct story *story, uint32_t device, uint32_t room, uint64_t seq, uint64_t client_id)
{
    struct obs obs = row_of(OBS_ACK, device, room, seq, 0, client_id);
    obs.content = 0;
    tell(story, obs);
}

void says(struct story *story, uint32_t device, uint32_t room, uint64_t seq, uint64_t client_id)
{
    writes(story, device, room, client_id);
    commits(story,
            (struct commit){.user = device % 2, .room = room, .seq = seq, .client_id = client_id});
}

/* --- What is found --------------------------------------------------------------------------- */

uint64_t found(const struct story *story, enum invariant invariant)
{
    return judge_result(story->judge, invariant).violations;
}

void assert_nothing(const struct story *story)
{
    const struct violation *violations;
    const size_t count = judge_violations(story->judge, &violations);
    if (count > 0) {
        fail_msg("%s at %llu: %s", invariant_info(violations[0].invariant)->id,
                 (unsigned long long)violations[0].observation, violations[0].summary);
    }
}

void assert_held(const struct story *story, enum invariant invariant)
{
    const struct invariant_result result = judge_result(story->judge, invariant);
    assert_nothing(story);
    if (result.state != JUDGED_HELD) {
        fail_msg("%s was not put to the test", invariant_info(invariant)->id);
    }
    assert_true(result.judged > 0);
}

void assert_now(const struct story *story, enum invariant invariant)
{
    const struct violation *violations;
    const size_t count = judge_violations(story->judge, &violations);

    for (size_t i = 0; i < count; i++) {
        if (violations[i].invariant == invariant) {
            if (violations[i].observation != story->next - 1) {
                fail_msg("%s fired at %llu, not at %llu: %s", invariant_info(invariant)->id,
                         (unsigned long long)violations[i].observation,
                         (unsigned long long)(story->next - 1), violations[i].summary);
            }
            assert_true(strlen(violations[i].summary) > 20);
            assert_int_equal(judge_result(story->judge, invariant).state, JUDGED_VIOLATED);
            return;
        }
    }
    fail_msg("%s did not fire", invariant_info(invariant)->id);
}

void assert_only(const struct story *story, enum invariant invariant)
{
    assert_now(story, invariant);
    for (enum invariant other = 0; other < INVARIANT_COUNT; other++) {
        const uint64_t want = other == invariant ? 1 : 0;
        if (found(story, other) != want) {
            fail_msg("%s fired %llu times", invariant_info(other)->id,
                     (unsigned long long)found(story, other));
        }
    }
}

void tick(struct story *story, int64_t ms)
{
    at(story, ms);
    simple(story, OBS_NACK, 0, 0, 0, 0, OBS_TEMPORARY);
}

void fault(struct story *story, bool begins, uint32_t device, uint16_t node, uint8_t flags)
{
    struct obs obs = OBS(begins ? OBS_FAULT_BEGIN : OBS_FAULT_END, 0);
    obs.device = device;
    obs.node = node;
    obs.flags = flags;
    obs.value = 1;
    tell(story, obs);
}

void node_is(struct story *story, enum obs_kind kind, uint16_t node, int64_t life)
{
    struct obs obs = OBS((uint8_t)kind, 0);
    obs.node = node;
    obs.value = life;
    tell(story, obs);
}
