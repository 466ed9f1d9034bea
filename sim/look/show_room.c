/* See show_room.h. */
#include "sim/look/show_room.h"

#include "server/node/room.h"
#include "server/protocol/id.h"
#include "sim/client/client_state.h"
#include "sim/look/words.h"

#include <inttypes.h>
#include <stdlib.h>

#define ROWS_MAX    20 /* of the log: its last ones */
#define MEMBERS_MAX 64 /* how many more there are is told */

/* --- The log -------------------------------------------------------------------------------- */

struct row {
    enum entry_kind kind;
    uint64_t seq;
    int64_t sender, node, at_ms;
    char content[LOOK_TEXT_MAX * 4]; /* its beginning */
    uint32_t content_len;
};

struct log { /* of one room */
    int64_t key;
    uint64_t rows;             /* that there are */
    struct row last[ROWS_MAX]; /* ring */
    int64_t *members;
    uint32_t members_len, members_cap;
};

static void member(struct log *log, int64_t user, bool joins)
{
    uint32_t at = 0;

    while (at < log->members_len && log->members[at] != user) {
        at++;
    }
    if (joins && at == log->members_len) {
        HB_GROW(log->members, log->members_len, log->members_cap);
        log->members[log->members_len++] = user;
    } else if (!joins && at < log->members_len) {
        memmove(&log->members[at], &log->members[at + 1],
                (log->members_len - at - 1) * sizeof *log->members);
        log->members_len--;
    }
}

static void on_row(void *user, const struct vdb_commit *entry)
{
    struct log *log = user;

    if (entry->room != log->key) {
        return;
    }
    struct row *row = &log->last[log->rows++ % ROWS_MAX];
    *row = (struct row){.kind = entry->kind,
                        .seq = entry->seq,
                        .sender = entry->sender,
                        .node = entry->node,
                        .at_ms = entry->at_ms};
    if (entry->content.bytes != NULL) {
        row->content_len = entry->content.len < sizeof row->content ? entry->content.len
                                                                    : (uint32_t)sizeof row->content;
        memcpy(row->content, entry->content.bytes, row->content_len);
    }
    if (entry->kind == ENTRY_JOIN || entry->kind == ENTRY_LEAVE) {
        member(log, entry->sender, entry->kind == ENTRY_JOIN);
    }
}

static int64_t key_of(const struct world *world, struct text name)
{
    struct text other;

    for (int64_t key = 1; vdb_room_name(world->vdb, key, &other); key++) {
        if (text_equal(other, name)) {
            return key;
        }
    }
    return 0;
}

static void add_row(const struct world *world, const struct row *row, struct buf *out)
{
    struct text name;
    const int64_t at_ms = row->at_ms - WORLD_EPOCH_MS;

    buf_printf(out, "  %6" PRIu64 "  %s%" PRId64 ".%03" PRId64 "s of ", row->seq,
               at_ms < 0 ? "-" : "", (at_ms < 0 ? -at_ms : at_ms) / 1000,
               (at_ms < 0 ? -at_ms : at_ms) % 1000);
    if (vdb_node_name(world->vdb, row->node, &name)) {
        buf_add(out, name.bytes, name.len);
    }
    buf_add_text(out, "  ");
    if (vdb_user_name(world->vdb, row->sender, &name)) {
        words_user(out, world, name);
    }
    if (row->kind == ENTRY_MESSAGE) {
        buf_add_text(out, "  ");
        words_quoted(out, (struct text){row->content, row->content_len}, LOOK_TEXT_MAX);
    } else {
        buf_add_text(out, row->kind == ENTRY_JOIN ? "  joins" : "  leaves");
    }
    buf_add_char(out, '\n');
}

static void add_log(const struct world *world, const struct log *log, struct buf *out)
{
    const uint64_t first = log->rows > ROWS_MAX ? log->rows - ROWS_MAX : 0;

    buf_printf(out, "  the log has %" PRIu64 " rows", log->rows);
    buf_printf(out,
               first > 0 ? ", the last %d (seq, the committing node's wall clock, who, what)\n"
                         : " (seq, the committing node's wall clock, who, what)\n",
               ROWS_MAX);
    for (uint64_t i = first; i < log->rows; i++) {
        add_row(world, &log->last[i % ROWS_MAX], out);
    }
}

static void add_members(const struct world *world, const struct log *log, struct buf *out)
{
    struct text name;

    buf_printf(out, "  %u members:", (unsigned)log->members_len);
    for (uint32_t i = 0; i < log->members_len && i < MEMBERS_MAX; i++) {
        buf_add_char(out, ' ');
        if (vdb_user_name(world->vdb, log->members[i], &name)) {
            words_user(out, world, name);
        }
    }
    if (log->members_len > MEMBERS_MAX) {
        buf_printf(out, " and %u more", (unsigned)(log->members_len - MEMBERS_MAX));
    }
    buf_add_char(out, '\n');
}

/* --- Nodes ---------------------------------------------------------------------------------- */

void words_room_at_node(struct buf *out, const struct room *room)
{
    static const char *const states[] = {"idle", "subscribing", "loading", "live"};

    buf_printf(out, "%s, applied %" PRIu64 " of %" PRIu64, states[room->state], room->applied,
               room->head_known);
    if (room->held_len > 0) {
        buf_printf(out, ", holds %u from seq %" PRIu64, (unsigned)room->held_len,
                   room->held[0].seq);
    }
    buf_add_text(out, room->repairing ? ", being repaired from the log" : "");
    buf_add_text(out, room->gap_armed ? ", waits whether what is missing comes" : "");
    buf_printf(out, ", %u connections", (unsigned)room->attached_len);
    if (room->waiters_len > 0) {
        buf_printf(out, ", %u wait for it", (unsigned)room->waiters_len);
    }
    for (uint32_t i = 0; i < room->typing.len; i++) {
        const struct typist *typist = &room->typing.items[i];
        if (typist->typing) {
            buf_printf(out, ", %.*s types", (int)typist->name_len, typist->name);
        }
    }
}

static void add_nodes(const struct world *world, struct text name, struct buf *out)
{
    for (uint32_t i = 0; i < world->plan->nodes; i++) {
        const struct node *node = world->nodes[i].node;
        const struct room *found = NULL;
        for (uint32_t k = 0; node != NULL && k < node->rooms_len && found == NULL; k++) {
            if (node->rooms[k] != NULL && text_equal(node->rooms[k]->name, name)) {
                found = node->rooms[k];
            }
        }
        buf_printf(out, "  at n%u: ", (unsigned)i);
        if (found != NULL) {
            words_room_at_node(out, found);
        } else {
            buf_add_text(out, node == NULL ? "down" : "not known there");
        }
        buf_add_char(out, '\n');
    }
}

/* --- Devices -------------------------------------------------------------------------------- */

void words_place(struct buf *out, const struct client_room *room)
{
    if (!room->shown_any) {
        buf_add_text(out, room->next > 0 ? "nothing shown yet, from seq " : "nothing shown yet");
        if (room->next > 0) {
            buf_add_u64(out, room->next);
        }
    } else {
        buf_printf(out, "shown up to %" PRIu64, room->next - 1);
    }
    if (room->held_len > 0) {
        buf_printf(out, ", holds %u from seq %" PRIu64, (unsigned)room->held_len,
                   room->held[0].entry->seq);
    }
    for (uint32_t i = 0; i < room->gaps_len; i++) {
        buf_printf(out, ", a marker for %" PRIu64 " to %" PRIu64, room->gaps[i].low,
                   room->gaps[i].high);
    }
    buf_add_text(out, room->in_sync ? ", syncs" : room->wants_sync ? ", wants a sync" : "");
    if (room->outbox_len > 0) {
        buf_printf(out, ", %u not acked", (unsigned)room->outbox_len);
    }
}

static const struct client_room *room_of(const struct client *client, uint64_t key)
{
    for (uint32_t i = 0; i < client->rooms_len; i++) {
        if (client_room_at(client, i)->key == key) {
            return client_room_at(client, i);
        }
    }
    return NULL;
}

static void add_devices(const struct world *world, struct text name, struct buf *out)
{
    const uint32_t devices = world->plan->clients - world->plan->posters;
    uint32_t told = 0;

    for (uint32_t i = 0; i < devices; i++) {
        const struct client *client = world->clients[i].client;
        const struct client_room *room = room_of(client, id_key(name));
        if (room == NULL || told++ >= MEMBERS_MAX) {
            continue;
        }
        buf_printf(out, "  d%u (%s): ", (unsigned)i, client_online(client) ? "online" : "offline");
        words_place(out, room);
        buf_add_char(out, '\n');
    }
    if (told > MEMBERS_MAX) {
        buf_printf(out, "  and %u more devices\n", (unsigned)(told - MEMBERS_MAX));
    }
}

void show_room(const struct world *world, uint32_t number, struct buf *out)
{
    if (number >= world->names.of[NAME_ROOM].count) {
        buf_printf(out, "room r%u: there is none of that number yet\n", (unsigned)number);
        return;
    }
    const struct text name = names_text(&world->names, NAME_ROOM, number);
    struct log log = {.key = key_of(world, name)};

    buf_printf(out, "room r%u at ", (unsigned)number);
    words_instant(out, world_now(world));
    buf_add_char(out, '\n');
    vdb_log(world->vdb, on_row, &log);
    add_members(world, &log, out);
    add_nodes(world, name, out);
    add_devices(world, name, out);
    add_log(world, &log, out);
    free(log.members);
}
