/* Numbered announcements: what this node committed since its last one, and what the others did.
 *
 *   text   "name incarnation number [all] [key:head ...]"
 *
 * A publication may be lost; an announcement names the heads again one tick later. A missed number,
 * a peer that fell silent or another life of a peer makes all rooms with local members be compared
 * with the log. A tick costs what changed, not what exists. */
#include <string.h>

#include "server/node/node_internal.h"
#include "server/protocol/id.h"

void announce_touch(struct node *node, struct room *room, uint64_t head)
{
    if (room->touched) {
        room->touched_head = head > room->touched_head ? head : room->touched_head;
        return;
    }
    if (node->touched.len == ANNOUNCE_ROOMS_MAX) {
        node->touched_all = true;
        return;
    }
    room->touched = true;
    room->touched_head = head;
    u32_list_push(&node->touched, room->index);
}

void announce_tick(struct node *node)
{
    struct buf *out = &node->scratch;

    node_ready_check(node);
    if (node->key == 0) {
        return;
    }
    buf_clear(out);
    buf_add(out, node->name.bytes, node->name.len);
    buf_add_char(out, ' ');
    buf_add_u64(out, node->incarnation);
    buf_add_char(out, ' ');
    buf_add_u64(out, node->announced + 1);
    if (node->touched_all) {
        buf_add_text(out, " all");
    }
    for (uint32_t i = 0; i < node->touched.len; i++) {
        const struct room *room = node->rooms[node->touched.items[i]];
        buf_add_char(out, ' ');
        buf_add_i64(out, room->key);
        buf_add_char(out, ':');
        buf_add_u64(out, room->touched_head);
    }
    if (bus_publish(node, CHANNEL_CONTROL, out->bytes, out->len) != HB_OK) {
        return; /* not said: all of it is said with the same number when the link is back */
    }
    node->announced++;
    node->touched_all = false;
    for (uint32_t i = 0; i < node->touched.len; i++) {
        node->rooms[node->touched.items[i]]->touched = false;
    }
    node->touched.len = 0;
}

/* --- The others --- */

static struct peer *peer_find(struct node *node, struct text name)
{
    for (uint32_t i = 0; i < node->peers_len; i++) {
        if (text_equal(text_of(node->peers[i].name), name)) {
            return &node->peers[i];
        }
    }
    return NULL;
}

/* Takes note of the number; false: an old or repeated one. */
static bool peer_heard(struct node *node, struct text name, uint64_t incarnation, uint64_t number)
{
    struct peer *peer = peer_find(node, name);

    if (peer == NULL) {
        if (node->peers_len == PEERS_MAX) {
            heads_want_all(node); /* untracked: every announcement may have had one before it */
            return true;
        }
        HB_GROW(node->peers, node->peers_len, node->peers_cap);
        peer = &node->peers[node->peers_len++];
        memcpy(peer->name, name.bytes, name.len);
        peer->name[name.len] = '\0';
        peer->incarnation = incarnation;
        peer->number = 0;
    } else if (incarnation < peer->incarnation ||
               (incarnation == peer->incarnation && number <= peer->number)) {
        return false;
    } else if (incarnation > peer->incarnation) {
        /* What its last life committed just before the end may be lost. */
        heads_want_all(node);
        peer->incarnation = incarnation;
        peer->number = 0;
    }
    if (number != peer->number + 1) {
        note(node, NOTE_ANNOUNCE_GAP, (int64_t)peer->number + 1, (int64_t)number);
        heads_want_all(node);
    }
    peer->number = number;
    peer->heard = node->mono;
    return true;
}

static bool skip_space(const char **at, const char *end)
{
    if (*at < end && **at == ' ') {
        (*at)++;
        return true;
    }
    return false;
}

static bool word_parse(const char **at, const char *end, struct text *ret)
{
    const char *from = *at;

    while (*at < end && **at != ' ') {
        (*at)++;
    }
    *ret = (struct text){from, (uint32_t)(*at - from)};
    return *at > from;
}

/* "key:head key:head ..."; false: not of this form. */
static bool heads_heard(struct node *node, const char *at, const char *end)
{
    uint64_t key;
    uint64_t head;

    while (skip_space(&at, end)) {
        if (end - at >= 3 && memcmp(at, "all", 3) == 0) {
            at += 3;
            heads_want_all(node);
            continue;
        }
        if (!parse_u64(&at, end, &key) || at == end || *at != ':') {
            return false;
        }
        at++;
        if (!parse_u64(&at, end, &head)) {
            return false;
        }
        struct room *room = room_find_key(node, (int64_t)key);
        if (room != NULL && head > room->head_known) {
            room_head_told(node, room, head);
        }
    }
    return at == end;
}

void announce_heard(struct node *node, const char *bytes, size_t bytes_len)
{
    const char *at = bytes;
    const char *end = bytes + bytes_len;
    struct text name;
    uint64_t incarnation;
    uint64_t number;

    if (!word_parse(&at, end, &name) || !id_valid_node(name) || !skip_space(&at, end) ||
        !parse_u64(&at, end, &incarnation) || !skip_space(&at, end) ||
        !parse_u64(&at, end, &number)) {
        note(node, NOTE_PUBLICATION_BAD, 0, 0);
        return;
    }
    if (text_equal(name, node->name) || !peer_heard(node, name, incarnation, number)) {
        return;
    }
    if (!heads_heard(node, at, end)) {
        note(node, NOTE_PUBLICATION_BAD, 0, 0);
        heads_want_all(node);
    }
}

static void peers_sweep(struct node *node)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < node->peers_len; i++) {
        const int64_t silent_us = node->mono.us - node->peers[i].heard.us;
        if (silent_us <= node->config.params.lease_us) {
            node->peers[kept++] = node->peers[i];
            continue;
        }
        note(node, NOTE_PEER_SILENT, silent_us / 1000, 0);
        heads_want_all(node);
    }
    node->peers_len = kept;
}

void announce_sweep(struct node *node)
{
    node_ready_check(node);
    peers_sweep(node);
    for (uint32_t i = node->active.len; i-- > 0;) {
        struct room *room = node->rooms[node->active.items[i]];
        if (!room_local(room) &&
            node->mono.us - room->empty_since.us > node->config.params.lease_us) {
            room_release(node, room);
        }
    }
}
