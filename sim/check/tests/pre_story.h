/* Who is there, for stories: story.h. The n-th connection of a device is n; devices 0 and 2 of ana go to node 0
 * and 1, device 1 of bob to node 1. A change that a device says takes 80 ms, 480 with a heartbeat's repair; a
 * grace is 200. */
#ifndef HUBBUB_SIM_CHECK_TESTS_PRE_STORY_H
#define HUBBUB_SIM_CHECK_TESTS_PRE_STORY_H

#include "server/protocol/frame_presence.h"
#include "sim/check/tests/story.h"

#define NOWHERE OBS_NONE

void pre_story_begin(struct story *story);
/* Connects, and is welcomed. */
void comes(struct story *story, uint32_t device);
void goes(struct story *story, uint32_t device); /* at both ends at once */
/* What its client says of this connection. */
void is(struct story *story, uint32_t device, enum presence_status status, uint32_t room);
/* What its person chooses; -1: no status any more. */
void chooses(struct story *story, uint32_t device, int status);
void writes_line(struct story *story, uint32_t device, uint64_t line);
void is_quiet(struct story *story, uint32_t device, int64_t until_ms);

/* A device is told of a person, under the next version, and seen now, or when they left, unless
 * given. */
struct told_of {
    uint32_t device, user;
    enum presence_status status;
    uint32_t room; /* NOWHERE */
    uint64_t line;
    int64_t quiet;
    uint64_t version;
    int64_t seen_ms;
    bool snapshot;
};
void is_told(struct story *story, struct told_of told);
/* The usual one, without texts. */
void sees(struct story *story, uint32_t device, uint32_t user, enum presence_status status);
/* It asks to be told of a person, or no more. */
void watches(struct story *story, uint32_t device, uint32_t user, bool wanted);
/* Both rooms get a third member, with whom nobody in them is told of the others any more. */
void rooms_are_too_large(struct story *story);
/* ana (device 0) and bob (device 1) come at 0 and see each other, and themselves, as online by 50. */
void both_are_there(struct story *story);
void record_is(struct story *story, uint32_t user, int connections, enum presence_status status);
void is_listed(struct story *story, uint32_t user, int64_t score);

#endif
