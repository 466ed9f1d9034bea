/* See pre_story.h. */
#include "sim/check/tests/pre_story.h"

static int64_t connections[3];
static uint64_t versions;
static int64_t left_ms[2]; /* when a connection of this user ended last */

void pre_story_begin(struct story *story)
{
    for (int i = 0; i < 3; i++) {
        connections[i] = 0;
    }
    versions = 100;
    left_ms[0] = left_ms[1] = 0;
    story_begin_presence(story);
    for (uint16_t node = 0; node < 2; node++) {
        struct obs obs = OBS(OBS_WALL, 0);
        obs.node = node;
        obs.value = WALL_MS;
        tell(story, obs);
    }
}

static struct obs of_device(enum obs_kind kind, uint32_t device)
{
    struct obs obs = OBS((uint8_t)kind, 0);

    obs.device = device;
    obs.user = device % 2;
    obs.node = device == 0 ? 0 : 1;
    obs.value = connections[device];
    return obs;
}

void comes(struct story *story, uint32_t device)
{
    static const enum obs_kind kinds[] = {OBS_CONN_OPEN, OBS_ARRIVED, OBS_WELCOME};

    connections[device]++;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        tell(story, of_device(kinds[i], device));
    }
    for (uint32_t room = 0; room < 2; room++) {
        simple(story, OBS_HEAD, device, room, 2, 0, 0);
    }
}

void goes(struct story *story, uint32_t device)
{
    tell(story, of_device(OBS_CONN_CLOSE, device));
    tell(story, of_device(OBS_GONE, device));
    left_ms[device % 2] = WALL_MS + story->now_us / 1000;
}

void is(struct story *story, uint32_t device, enum presence_status status, uint32_t room)
{
    struct obs obs = of_device(OBS_PRESENT, device);

    obs.seq = status;
    obs.room = room;
    tell(story, obs);
}

void chooses(struct story *story, uint32_t device, int status)
{
    struct obs obs = of_device(OBS_CHOOSE, device);

    obs.value = 0;
    obs.seq = status < 0 ? 0 : (uint64_t)status;
    obs.flags = (uint8_t)(status < 0 ? OBS_LEFT : 0);
    tell(story, obs);
}

void writes_line(struct story *story, uint32_t device, uint64_t line)
{
    struct obs obs = of_device(OBS_CHOOSE, device);

    obs.value = 0;
    obs.content = line;
    obs.flags = OBS_QUIET | OBS_MORE;
    tell(story, obs);
}

void is_quiet(struct story *story, uint32_t device, int64_t until_ms)
{
    struct obs obs = of_device(OBS_CHOOSE, device);

    obs.value = until_ms;
    obs.flags = OBS_QUIET | OBS_HELD;
    tell(story, obs);
}

void is_told(struct story *story, struct told_of told)
{
    struct obs obs = of_device(OBS_VIEW, told.device);

    versions++;
    obs.user = told.user;
    obs.node = OBS_NODE_NONE;
    obs.seq = told.status;
    obs.room = told.room;
    obs.content = told.line;
    obs.value = told.quiet;
    obs.id = told.version != 0 ? told.version : versions;
    obs.timestamp = told.seen_ms != 0 ? told.seen_ms : WALL_MS + story->now_us / 1000;
    if (told.seen_ms == 0 && told.status == PRESENCE_OFFLINE && left_ms[told.user] != 0) {
        obs.timestamp = left_ms[told.user];
    }
    obs.flags = told.snapshot ? OBS_MORE : 0;
    tell(story, obs);
}

void sees(struct story *story, uint32_t device, uint32_t user, enum presence_status status)
{
    is_told(story,
            (struct told_of){.device = device, .user = user, .status = status, .room = NOWHERE});
}

void watches(struct story *story, uint32_t device, uint32_t user, bool wanted)
{
    struct obs obs = of_device(OBS_WATCH, device);

    obs.user = user;
    obs.node = OBS_NODE_NONE;
    obs.value = 0;
    obs.flags = wanted ? 0 : OBS_LEFT;
    tell(story, obs);
}

void rooms_are_too_large(struct story *story)
{
    for (uint32_t room = 0; room < 2; room++) {
        struct obs user = OBS(OBS_USER, 0);
        struct obs member = OBS(OBS_MEMBER, 0);
        user.user = 2;
        user.sender = 0xc;
        tell(story, user);
        member.user = 2;
        member.room = room;
        member.seq = 3;
        tell(story, member);
    }
}

void both_are_there(struct story *story)
{
    comes(story, 0);
    comes(story, 1);
    at(story, 50);
    for (uint32_t device = 0; device < 2; device++) {
        for (uint32_t user = 0; user < 2; user++) {
            is_told(story, (struct told_of){.device = device,
                                            .user = user,
                                            .status = PRESENCE_ONLINE,
                                            .room = NOWHERE,
                                            .snapshot = true});
        }
    }
    at(story, 150);
}

void record_is(struct story *story, uint32_t user, int connections_len, enum presence_status status)
{
    struct obs obs = OBS(OBS_RECORD, 0);

    obs.user = user;
    obs.seq = status;
    obs.id = ++versions;
    obs.value = connections_len;
    obs.timestamp = WALL_MS + story->now_us / 1000;
    obs.flags = (uint8_t)(connections_len < 0 ? OBS_LEFT : 0);
    tell(story, obs);
}

void is_listed(struct story *story, uint32_t user, int64_t score)
{
    struct obs obs = OBS(OBS_LISTED, 0);

    obs.user = user;
    obs.timestamp = score;
    tell(story, obs);
}
