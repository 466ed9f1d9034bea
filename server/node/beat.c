/* See beat.h. */
#include "server/node/beat.h"

#include "server/base/mem.h"
#include "server/node/announce.h"
#include "server/node/entry.h"
#include "server/node/ready.h"
#include "server/protocol/id.h"

#include <stdlib.h>
#include <string.h>

#define WATCHED_MAX   64 /* nodes that are looked at: those that lived last */
#define STILL_LOOKS   2 /* a count that stands for so many is a node that is over, or was cut off */
#define UNHEARD_LOOKS 3 /* in a row, before it is told of */
#define TELL_US       MINUTE

struct watched { /* another node, as the database tells of it */
    char name[NODE_ID_BYTES_MAX + 1];
    uint64_t incarnation, count;
    uint32_t still;   /* looks in a row at which its count stood */
    uint32_t unheard; /* looks at which it lived and was not heard */
    bool there;       /* at this look */
};

struct beat {
    struct watched watched[WATCHED_MAX];
    uint32_t watched_len;
    uint32_t unheard;
    bool under_way;
    bool looks;          /* the one under way, at the others; else it only writes */
    bool deaf;           /* Redis was away at the last look */
    struct mono well;    /* since when it is not */
    struct mono tell_at; /* when the unheard are told of next */
};

struct beat *beat_new(void)
{
    return hb_calloc(1, sizeof(struct beat));
}

void beat_free(struct beat **beat)
{
    free(*beat);
    *beat = NULL;
}

uint32_t beat_unheard(const struct node *node)
{
    return node->beat->unheard;
}

/* --- Asking --- */

/* For so long after Redis is well again, and after the last word, silence says nothing. */
static int64_t patience_us(const struct node *node)
{
    const struct node_params *params = &node->config.params;
    const int64_t two =
        2 * (params->probe_us > params->announce_us ? params->probe_us : params->announce_us);

    return two > params->lease_us ? two : params->lease_us;
}

static bool well_for_a_while(struct node *node)
{
    struct beat *beat = node->beat;

    if (redis_away(node) || beat->deaf) {
        beat->well = node->mono;
    }
    beat->deaf = redis_away(node);
    return !beat->deaf && node->mono.us - beat->well.us >= patience_us(node);
}

void beat_start(struct node *node, struct job *job)
{
    if (node->key == 0 || node->fenced) {
        node->beat->under_way = false;
        job_free(node, job);
        return;
    }
    struct db_tx *tx = job_tx(node, job, false);
    struct db_call *call = db_tx_call(tx, DB_NODE_BEAT);
    db_tx_int(tx, call, node->wall.ms < 0 ? 0 : node->wall.ms);
    db_tx_int(tx, call, well_for_a_while(node) && !node->draining);
    db_tx_int(tx, call, node->key);
    if (node->beat->looks) {
        call = db_tx_call(tx, DB_NODES_ALIVE);
        db_tx_text(tx, call, node->name);
        db_tx_int(tx, call, WATCHED_MAX);
    }
    job_submit(node, tx);
}

static void beat_now(struct node *node, bool looks)
{
    if (!node->beat->under_way && node->key != 0 && !node->fenced) {
        node->beat->under_way = true;
        node->beat->looks = looks;
        beat_start(node, job_new(node, JOB_PROBE));
    }
}

void beat_tick(struct node *node)
{
    beat_now(node, true);
}

void beat_flush(struct node *node)
{
    if (node->probe_wanted) {
        node->probe_wanted = false;
        beat_tick(node);
    }
    if (node->write_wanted) {
        node->write_wanted = false;
        beat_now(node, false);
    }
}

/* --- Who lives --- */

static struct watched *find(struct beat *beat, struct text name)
{
    for (uint32_t i = 0; i < beat->watched_len; i++) {
        if (text_equal(text_of(beat->watched[i].name), name)) {
            return &beat->watched[i];
        }
    }
    return NULL;
}

static bool heard(const struct node *node, const struct watched *watched)
{
    const struct mono at = announce_heard_at(node, text_of(watched->name));

    return at.us != MONO_NEVER.us && node->mono.us - at.us < patience_us(node);
}

/* `deaf`: that it is not heard says nothing now. */
static void look_at(struct node *node, struct text name, const struct db_value *row, bool deaf)
{
    struct beat *beat = node->beat;
    struct watched *watched = find(beat, name);
    uint64_t incarnation;
    uint64_t count;

    if (!value_seq(&row[1], &incarnation) || !value_seq(&row[2], &count)) {
        return;
    }
    if (watched == NULL) {
        if (beat->watched_len == WATCHED_MAX) {
            return; /* until the next look: who is gone makes place */
        }
        watched = &beat->watched[beat->watched_len++];
        *watched = (struct watched){.incarnation = incarnation, .count = count};
        memcpy(watched->name, name.bytes, name.len);
    } else if (watched->incarnation != incarnation) {
        watched->incarnation = incarnation;
        watched->still = 0;
        watched->unheard = 0;
    } else {
        const bool lives = watched->count != count;
        const bool quiet =
            !deaf && row[3].kind == DB_INT && row[3].integer == 1 && !heard(node, watched);
        watched->still = lives ? 0 : watched->still + 1;
        watched->unheard = quiet && watched->still < STILL_LOOKS ? watched->unheard + lives : 0;
    }
    watched->count = count;
    watched->there = true;
}

static void tell(struct node *node)
{
    struct beat *beat = node->beat;
    const struct watched *one = NULL;
    uint32_t kept = 0;

    beat->unheard = 0;
    for (uint32_t i = 0; i < beat->watched_len; i++) {
        if (!beat->watched[i].there) {
            continue;
        }
        beat->watched[kept] = beat->watched[i];
        beat->watched[kept].there = false;
        if (beat->watched[kept].unheard >= UNHEARD_LOOKS) {
            beat->unheard++;
            one = one == NULL ? &beat->watched[kept] : one;
        }
        kept++;
    }
    beat->watched_len = kept;
    if (one != NULL && node->mono.us >= beat->tell_at.us) {
        beat->tell_at.us = node->mono.us + TELL_US;
        note_about(node, NOTE_PEER_UNHEARD, beat->unheard, text_of(one->name));
    }
}

void beat_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    const bool deaf = !well_for_a_while(node) || announce_deaf_to_more(node);

    node->beat->under_way = false;
    job_free(node, job);
    if (answer->err != HB_OK || !node->beat->looks) {
        return; /* the next one says it, or is fenced */
    }
    const struct db_rows *rows = &answer->calls[1];
    for (uint32_t i = 0; i < rows->rows_len; i++) {
        const struct db_value *row = rows->values + (size_t)i * rows->columns;
        const struct text name = value_text(&row[0]);
        if (id_valid_node(name)) {
            look_at(node, name, row, deaf);
        }
    }
    tell(node);
}
