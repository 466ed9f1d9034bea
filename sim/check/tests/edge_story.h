/* What passes a node's edge, for stories: story.h. The connection of a device is 1 and node 0 has it; the
 * node's clock shows the story's time. */
#ifndef HUBBUB_SIM_CHECK_TESTS_EDGE_STORY_H
#define HUBBUB_SIM_CHECK_TESTS_EDGE_STORY_H

#include "sim/check/tests/story.h"

void edge_tell(struct story *story, enum obs_kind kind, uint32_t device, uint32_t room,
               uint64_t seq, uint8_t flags);
void arrives(struct story *story, uint32_t device);
/* `type`: of a frame, or the code of an error; `ref` 0: none. */
void heard(struct story *story, uint32_t device, const char *type, uint64_t ref, uint8_t flags);
void said(struct story *story, uint32_t device, const char *type, uint64_t ref, uint8_t flags);
void position(struct story *story, uint32_t device, uint32_t room, uint64_t seq);
void said_head(struct story *story, uint32_t device, uint32_t room, uint64_t seq);
void said_cursor(struct story *story, uint32_t device, uint32_t room, uint64_t seq);
void sent(struct story *story, uint32_t device, uint32_t room, uint64_t seq);
void hangs_up(struct story *story, uint32_t device, uint64_t code);
/* Arrives, says hello and is welcomed at these heads, from which the streams go on. */
void greeted(struct story *story, uint32_t device, uint64_t head0, uint64_t head1);
/* A message of ana's stands in room 0 at `seq`. */
void stands(struct story *story, uint64_t seq);
/* OBS_NODE_UP, REGISTERED, READY, DRAIN, ... of node 0. */
void node_tells(struct story *story, enum obs_kind kind, int64_t value);

#endif
