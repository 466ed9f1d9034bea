/* Numbered announcements: what this node committed since its last one, and what the others did.
 *
 *   text   "name incarnation said number [all] [revoked:version] [key:head ...]"     the first three: heard.h
 *
 * A publication may be lost; an announcement names the heads again one tick later. A missed number
 * or another life of a peer makes all rooms with local members be compared with the log, another life also
 * which rooms they are. A tick costs what changed, not what exists.
 *
 * A peer that fell silent died, or has no Redis and goes on committing: until it is heard again the
 * rooms are compared at each sweep; so they are while there are peers beyond those that are kept track of,
 * whose silence nobody would notice. */
#include "server/node/announce.h"

#include "server/base/mem.h"
#include "server/node/bus.h"
#include "server/node/entry.h"
#include "server/node/heard.h"
#include "server/node/ready.h"
#include "server/node/revoked.h"
#include "server/protocol/id.h"

#include <stdlib.h>
#include <string.h>

#define REVOKED_WORD     "revoked:"
#define UNHEARD_LEAST    2 /* a pause makes one */
#define TELL_US          MINUTE
#define PEER_GONE_LEASES 100 /* silent for so long, a peer is gone: ten minutes, as configured */

struct peer {
    char name[NODE_ID_BYTES_MAX + 1];
    uint64_t incarnation, number;
    struct mono heard;
    bool silent; /* longer than its lease: dead, or without Redis */
};

struct announce {
    uint64_t number;         /* of the last announcement */
    struct u32_list touched; /* rooms committed to since then */
    bool touched_all;
    struct peer *peers;
    uint32_t peers_len, peers_cap;
    uint32_t unheard;         /* of its own, published since one of them came back */
    bool crowded;             /* there was no place for a peer */
    struct mono tell_at;      /* when it may be told again that none comes back */
    struct mono heard_beyond; /* when one without a place was heard last */
};

struct announce *announce_new(void)
{
    return hb_calloc(1, sizeof(struct announce));
}

void announce_free(struct announce **announce)
{
    if (*announce != NULL) {
        free((*announce)->touched.items);
        free((*announce)->peers);
        free(*announce);
        *announce = NULL;
    }
}

void announce_restart(struct node *node)
{
    node->announce->number = 0;
    node->announce->unheard = 0;
}

void announce_forget(struct node *node)
{
    struct announce *announce = node->announce;

    for (uint32_t i = 0; i < announce->touched.len; i++) {
        node->rooms[announce->touched.items[i]]->announce.touched = false;
    }
    announce->touched.len = 0;
}

void announce_touch(struct node *node, struct room *room, uint64_t head)
{
    if (room->announce.touched) {
        room->announce.head = head > room->announce.head ? head : room->announce.head;
        return;
    }
    if (node->announce->touched.len >= node->config.params.announce_rooms) {
        note(node, NOTE_ANNOUNCE_ALL, node->announce->touched.len, 0);
        node->announce->touched_all = true;
        return;
    }
    room->announce.touched = true;
    room->announce.head = head;
    u32_list_push(&node->announce->touched, room->index);
}

void announce_tick(struct node *node)
{
    struct buf *out = &node->scratch;

    ready_check(node);
    if (node->key == 0) {
        return;
    }
    buf_clear(out);
    bus_number(node, out);
    buf_add_u64(out, node->announce->number + 1);
    if (node->announce->touched_all) {
        buf_add_text(out, " all");
    }
    if (node->revoked->version > node->revoked->said) {
        buf_add_text(out, " " REVOKED_WORD);
        buf_add_u64(out, node->revoked->version);
    }
    for (uint32_t i = 0; i < node->announce->touched.len; i++) {
        const struct room *room = node->rooms[node->announce->touched.items[i]];
        buf_add_char(out, ' ');
        buf_add_i64(out, room->key);
        buf_add_char(out, ':');
        buf_add_u64(out, room->announce.head);
    }
    if (bus_publish(node, node->control, out->bytes, out->len) != HB_OK) {
        return; /* not said: all of it is said with the same number when the link is back */
    }
    if (announce_mute(node) && node->mono.us >= node->announce->tell_at.us) {
        node->announce->tell_at.us = node->mono.us + TELL_US;
        note(node, NOTE_REDIS_MUTE, node->announce->unheard, 0);
    }
    node->announce->unheard++;
    node->revoked->said = node->revoked->version;
    node->announce->number++;
    node->announce->touched_all = false;
    announce_forget(node);
}

void announce_last(struct node *node)
{
    if (node->announce->touched.len > 0 || node->announce->touched_all) {
        announce_tick(node);
    }
}

/* --- The others --- */

static struct peer *peer_find(struct node *node, struct text name)
{
    for (uint32_t i = 0; i < node->announce->peers_len; i++) {
        if (text_equal(text_of(node->announce->peers[i].name), name)) {
            return &node->announce->peers[i];
        }
    }
    return NULL;
}

/* Takes note of the number; false: an old or repeated one. */
static bool peer_heard(struct node *node, struct text name, uint64_t incarnation, uint64_t number,
                       bool *ret_anew)
{
    struct peer *peer = peer_find(node, name);

    if (peer == NULL) {
        if (node->announce->peers_len >= node->config.params.peers) {
            note(node, NOTE_PEERS_FULL, node->announce->peers_len, 0);
            node->announce->crowded = true;
            node->announce->heard_beyond = node->mono;
            rooms_want_heads(node); /* untracked: every announcement may have had one before it */
            return true;
        }
        HB_GROW(node->announce->peers, node->announce->peers_len, node->announce->peers_cap);
        peer = &node->announce->peers[node->announce->peers_len++];
        peer->silent = false;
        memcpy(peer->name, name.bytes, name.len);
        peer->name[name.len] = '\0';
        peer->incarnation = incarnation;
        peer->number = 0;
    } else if (incarnation < peer->incarnation ||
               (incarnation == peer->incarnation && number <= peer->number)) {
        return false;
    } else if (incarnation > peer->incarnation) {
        /* What its last life committed just before the end may be lost. */
        rooms_want_heads(node);
        *ret_anew = true;
        peer->incarnation = incarnation;
        peer->number = 0;
    }
    if (number != peer->number + 1) {
        note(node, NOTE_ANNOUNCE_GAP, (int64_t)peer->number + 1, (int64_t)number);
        rooms_want_heads(node);
        node->revoked->wanted = true;
    }
    peer->number = number;
    peer->heard = node->mono;
    peer->silent = false;
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

static bool revoked_heard(struct node *node, const char **at, const char *end)
{
    uint64_t version;

    if (!parse_u64(at, end, &version)) {
        return false;
    }
    if (version > node->revoked->heard) {
        node->revoked->heard = version;
    }
    return true;
}

/* "key:head key:head ..."; false: not of this form. */
static bool heads_heard(struct node *node, const char *at, const char *end)
{
    uint64_t key;
    uint64_t head;

    while (skip_space(&at, end)) {
        if (end - at >= 3 && memcmp(at, "all", 3) == 0) {
            at += 3;
            rooms_want_heads(node);
            continue;
        }
        if (end - at >= (ptrdiff_t)(sizeof REVOKED_WORD - 1) &&
            memcmp(at, REVOKED_WORD, sizeof REVOKED_WORD - 1) == 0) {
            at += sizeof REVOKED_WORD - 1;
            if (!revoked_heard(node, &at, end)) {
                return false;
            }
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

bool announce_heard(struct node *node, struct text payload)
{
    struct heard_front front;
    uint64_t number;
    bool anew = false;

    if (!heard_take(node, &payload, &front)) {
        return false;
    }
    const char *at = payload.bytes;
    const char *end = payload.bytes + payload.len;
    if (!parse_u64(&at, end, &number)) {
        note(node, NOTE_PUBLICATION_BAD, 0, 0);
        return false;
    }
    if (text_equal(front.node, node->name)) { /* its own, or of another process that has its name */
        if (front.incarnation == node->incarnation) {
            node->announce->unheard = 0;
        }
        node->probe_wanted = node->probe_wanted || front.incarnation > node->incarnation;
        return false;
    }
    if (!peer_heard(node, front.node, front.incarnation, number, &anew)) {
        return false;
    }
    if (!heads_heard(node, at, end)) {
        note(node, NOTE_PUBLICATION_BAD, 0, 0);
        rooms_want_heads(node);
    }
    return anew;
}

static void peers_sweep(struct node *node)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < node->announce->peers_len; i++) {
        struct peer peer = node->announce->peers[i];
        const int64_t silent_us = node->mono.us - peer.heard.us;
        if (silent_us > node->config.params.lease_us && !peer.silent) {
            peer.silent = true;
            note(node, NOTE_PEER_SILENT, silent_us / 1000, 0);
        }
        if (silent_us <= PEER_GONE_LEASES * node->config.params.lease_us) {
            node->announce->peers[kept++] = peer;
        }
    }
    node->announce->peers_len = kept;
    if (node->mono.us - node->announce->heard_beyond.us >
        PEER_GONE_LEASES * node->config.params.lease_us) {
        node->announce->crowded = false;
    }
}

struct mono announce_heard_at(const struct node *node, struct text name)
{
    for (uint32_t i = 0; i < node->announce->peers_len; i++) {
        if (text_equal(text_of(node->announce->peers[i].name), name)) {
            return node->announce->peers[i].heard;
        }
    }
    return MONO_NEVER;
}

uint32_t announce_silent(const struct node *node)
{
    uint32_t silent = 0;

    for (uint32_t i = 0; i < node->announce->peers_len; i++) {
        silent += node->announce->peers[i].silent;
    }
    return silent;
}

bool announce_deaf_to_more(const struct node *node)
{
    return node->announce->crowded;
}

bool announce_mute(const struct node *node)
{
    return !redis_away(node) && node->announce->unheard >= UNHEARD_LEAST;
}

bool announce_deaf(const struct node *node)
{
    return announce_silent(node) > 0 || node->announce->crowded;
}

void announce_sweep(struct node *node)
{
    ready_check(node);
    peers_sweep(node);
    for (uint32_t i = node->active.len; i-- > 0;) {
        struct room *room = node->rooms[node->active.items[i]];
        if (!room_local(room) &&
            node->mono.us - room->empty_since.us > node->config.params.lease_us) {
            room_release(node, room);
        }
    }
}
