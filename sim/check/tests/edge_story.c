/* See edge_story.h. */
#include "sim/check/tests/edge_story.h"

#include "server/protocol/id.h"

void edge_tell(struct story *story, enum obs_kind kind, uint32_t device, uint32_t room,
               uint64_t seq, uint8_t flags)
{
    struct obs obs = OBS(kind, 0);

    obs.node = 0;
    obs.device = device;
    obs.user = device % 2;
    obs.room = room;
    obs.seq = seq;
    obs.flags = flags;
    obs.value = 1;
    obs.timestamp = story->now_us;
    tell(story, obs);
}

void arrives(struct story *story, uint32_t device)
{
    edge_tell(story, OBS_ARRIVED, device, OBS_NONE, 0, 0);
}

static void frame(struct story *story, enum obs_kind kind, uint32_t device, const char *type,
                  uint64_t ref, uint8_t flags)
{
    struct obs obs = OBS(kind, 0);

    obs.node = 0;
    obs.device = device;
    obs.user = device % 2;
    obs.content = id_key(text_of(type));
    obs.id = ref;
    obs.flags = flags;
    obs.value = 1;
    obs.timestamp = story->now_us;
    tell(story, obs);
}

void heard(struct story *story, uint32_t device, const char *type, uint64_t ref, uint8_t flags)
{
    frame(story, OBS_HEARD, device, type, ref, flags);
}

void said(struct story *story, uint32_t device, const char *type, uint64_t ref, uint8_t flags)
{
    frame(story, OBS_SAID, device, type, ref, flags);
}

void position(struct story *story, uint32_t device, uint32_t room, uint64_t seq)
{
    edge_tell(story, OBS_POSITION, device, room, seq, 0);
}

void said_head(struct story *story, uint32_t device, uint32_t room, uint64_t seq)
{
    edge_tell(story, OBS_SAID_HEAD, device, room, seq, OBS_MORE);
}

void said_cursor(struct story *story, uint32_t device, uint32_t room, uint64_t seq)
{
    edge_tell(story, OBS_SAID_CURSOR, device, room, seq, 0);
}

void sent(struct story *story, uint32_t device, uint32_t room, uint64_t seq)
{
    edge_tell(story, OBS_SENT, device, room, seq, 0);
}

void hangs_up(struct story *story, uint32_t device, uint64_t code)
{
    edge_tell(story, OBS_HANGUP, device, OBS_NONE, code, 0);
}

void greeted(struct story *story, uint32_t device, uint64_t head0, uint64_t head1)
{
    arrives(story, device);
    heard(story, device, "hello", 0, 0);
    said_head(story, device, 0, head0);
    said_head(story, device, 1, head1);
    said(story, device, "welcome", 0, 0);
}

void stands(struct story *story, uint64_t seq)
{
    says(story, 0, 0, seq, 100 + seq);
}

void node_tells(struct story *story, enum obs_kind kind, int64_t value)
{
    struct obs obs = OBS(kind, 0);

    obs.node = 0;
    obs.value = value;
    tell(story, obs);
}
