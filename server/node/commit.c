/* What every command that writes the log does: stamps before, telling everyone after. See commit.h. */
#include "server/node/commit.h"

#include "server/base/mem.h"
#include "server/base/sort.h"
#include "server/node/announce.h"
#include "server/node/bus.h"
#include "server/node/entry.h"
#include "server/node/log.h"

#include <string.h>

bool refusal_temporary(const struct refusal *refusal)
{
    return !refusal->for_good && hb_err_temporary(refusal->err);
}

void command_nack(struct node *node, struct session *session, struct text client_id,
                  const struct refusal *refusal)
{
    const bool temporary = refusal_temporary(refusal);
    struct text members[MEMBERS_INVITE_MAX];

    HB_ASSERT(refusal->err != HB_OK && refusal->err != HB_EUNKNOWN); /* I3 */
    memcpy(members, refusal->members, refusal->members_len * sizeof members[0]);
    session_say(node, session,
                &(struct frame){.type = FRAME_NACK,
                                .nack = {.client_id = client_id,
                                         .code = refusal->err,
                                         .code_word = text_of(hb_err_wire(refusal->err)),
                                         .temporary = temporary,
                                         .retry_after_ms = temporary ? node_retry_ms(node) : 0,
                                         .field = refusal->field != NULL ? text_of(refusal->field)
                                                                         : (struct text){NULL, 0},
                                         .members = members,
                                         .members_len = refusal->members_len}});
}

/* --- What a command asks for ---------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

uint32_t command_members(const struct frame_room *create, struct text creator,
                         struct text ret[MEMBERS_INVITE_MAX])
{
    struct text sorted[MEMBERS_INVITE_MAX];
    uint32_t len = 0;

    HB_ASSERT(create->members_len <= MEMBERS_INVITE_MAX);
    if (create->members_len == 0) {
        return 0;
    }
    memcpy(sorted, create->members, create->members_len * sizeof sorted[0]);
    hb_sort(sorted, create->members_len, sizeof sorted[0], compare_names);
    for (uint32_t i = 0; i < create->members_len; i++) {
        const bool again = len > 0 && text_equal(sorted[i], ret[len - 1]);
        if (!again && !text_equal(sorted[i], creator)) {
            ret[len++] = sorted[i];
        }
    }
    return len;
}

/* What stands beside it, as `seen` or whose connection it is, is not asked for. */
int64_t command_digest(struct node *node, const struct frame *frame, struct text who,
                       struct text room)
{
    struct text parts[3 + MEMBERS_INVITE_MAX] = {text_of(frame_type_word(frame->type)), room};
    uint32_t len = 2;

    if (frame->type == FRAME_SEND) {
        parts[len++] = frame->send.content;
    } else if (frame->type == FRAME_ROOM_CREATE) {
        parts[len++] = frame->room.open ? TEXT("open") : TEXT("closed");
        len += command_members(&frame->room, who, parts + len);
    }
    return digest_of(node->siphash, &node->digest_key, parts, len, &node->scratch);
}

static enum entry_kind kind_of(const struct frame *frame)
{
    if (frame->type == FRAME_SEND) {
        return ENTRY_MESSAGE;
    }
    return frame->type == FRAME_ROOM_LEAVE ? ENTRY_LEAVE : ENTRY_JOIN;
}

bool command_is(const struct frame *frame, struct text room, int64_t digest,
                const struct entry_found *found)
{
    const enum digest_order order =
        found->digest_there ? digest_compare(found->digest, digest) : DIGEST_OF_ANOTHER_KEY;

    if (order != DIGEST_OF_ANOTHER_KEY) {
        return order == DIGEST_SAME;
    }
    const bool newer = found->kind < ENTRY_MESSAGE || found->kind > ENTRY_LEAVE;
    return text_equal(found->room_name, room) && (newer || found->kind == (int64_t)kind_of(frame));
}

/* --- Before and after ----------------------------------------------------------------------- */

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

#define STAMP_TRIES_MAX  16
#define SKIP_DOUBLES_MAX 9 /* 64 << 9: half of what one millisecond has */

bool command_stamps_skip(struct node *node, struct job *job)
{
    const uint32_t tries = ++job->stamp_tries;
    const uint32_t doubles = tries < SKIP_DOUBLES_MAX ? tries : SKIP_DOUBLES_MAX;
    const uint64_t step = 1 + entropy_u64(node->config.entropy) % (UINT64_C(64) << doubles);
    const uint64_t last = node->hlc.last.packed;
    const struct hlc_stamp later = {last < HLC_PACKED_MAX - step ? last + step : HLC_PACKED_MAX};

    note(node, NOTE_STAMP_TAKEN, tries, 0);
    if (hlc_take(&node->hlc, node->wall, later) != HB_OK) {
        note(node, NOTE_HLC_SKEW, hlc_ms(later) - node->wall.ms, 0); /* then one by one */
    }
    return tries <= STAMP_TRIES_MAX;
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
    bus_share(node, room->channel, wire);
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
