/* What every command that writes the log does: stamps before, telling everyone after. See commit.h. */
#include "server/node/commit.h"

#include "server/base/mem.h"
#include "server/node/announce.h"
#include "server/node/bus.h"
#include "server/node/entry.h"
#include "server/node/log.h"

struct text command_client_id(const struct frame *frame)
{
    return frame->type == FRAME_SEND ? frame->send.client_id : frame->room.client_id;
}

struct hlc_stamp *command_stamp(struct node *node, struct job *job)
{
    HB_GROW(job->stamps, job->stamps_len, job->stamps_cap);
    struct hlc_stamp *stamp = &job->stamps[job->stamps_len];
    if (hlc_tick(&node->hlc, node->wall, stamp) != HB_OK) {
        return NULL;
    }
    job->stamps_len++;
    return stamp;
}

void command_committed(struct node *node, struct room *room, const struct entry *entry)
{
    struct buf *out = &node->scratch;

    node->counts.entries_committed++;
    buf_clear(out);
    buf_add_u64(out, entry->seq);
    buf_add_char(out, ' ');
    const size_t head_len = out->len;
    entry_encode(entry, out);
    struct wire *wire = wire_new(out->bytes + head_len, out->len - head_len);
    if (bus_publish(node, room->channel, out->bytes, out->len) != HB_OK) {
        note(node, NOTE_PUBLISH_FAILED, room->key, (int64_t)entry->seq);
    }
    announce_touch(node, room, entry->seq);
    log_apply(node, room,
              (struct room_entry){.seq = entry->seq,
                                  .wire = wire,
                                  .hlc = entry->hlc,
                                  .member_key = entry_member_key(entry),
                                  .kind = entry->kind,
                                  .own = true});
}

void command_seen(struct node *node, struct hlc_stamp seen)
{
    const struct hlc_stamp before = node->hlc.last;

    if (hlc_take(&node->hlc, node->wall, seen) != HB_OK) {
        note(node, NOTE_HLC_SKEW, hlc_ms(seen) - node->wall.ms, 0);
    } else if (node->hlc.last.packed != before.packed && hlc_ms(seen) > node->wall.ms) {
        note(node, NOTE_SEEN_TAKEN, hlc_ms(seen) - node->wall.ms, 0);
    }
}
