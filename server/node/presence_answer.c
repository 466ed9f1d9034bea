/* See presence_answer.h. */
#include "server/node/presence_answer.h"

#include "server/base/mem.h"
#include "server/node/heard.h"
#include "server/node/presence_say.h"
#include "server/node/presence_tell.h"
#include "server/node/presence_words.h"

#include <string.h>

#define FOLDS_MAX 16 /* in a row; the heartbeat goes on */

/* Said in this life, of a connection that it does not have: somebody wrote again what stood there once. */
static bool said_again(const struct node *node, const struct person *person,
                       const struct record_conn *conn)
{
    char store[PRESENCE_LIFE_BYTES + 1];

    if (!text_equal(conn->life, people_life(node, store))) {
        return false;
    }
    for (uint32_t i = 0; i < person->conns_len; i++) {
        if (person->conns[i].number == conn->number) {
            return false;
        }
    }
    return true;
}

/* Connections that count no more are moved to those to be removed. */
static void bury(const struct node *node, const struct person *person, struct record *record)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < record->conns_len; i++) {
        const struct record_conn conn = record->conns[i];
        const bool orphan = people_life_ended(node, conn.life);
        if (orphan || said_again(node, person, &conn) || conn.expires_ms <= node->wall.ms) {
            record->orphaned = record->orphaned || orphan;
            record->dead[record->dead_len++] = conn.field;
            if (!record_hidden(record) &&
                record_conn_seen_ms(&conn) > record->stored.last_seen_ms) {
                record->stored.last_seen_ms = record_conn_seen_ms(&conn);
            }
        } else {
            record->conns[kept++] = conn;
        }
    }
    record->conns_len = kept;
}

void presence_choice_take(struct person *person, const struct record_choice *choice)
{
    if (choice->version > person->choice.version) {
        person->choice = *choice;
        if (choice->custom.bytes != NULL) {
            memcpy(person->choice_custom, choice->custom.bytes, choice->custom.len);
            person->choice.custom.bytes = person->choice_custom;
        }
    }
}

static void done(struct node *node, struct person *person)
{
    node->people->asking--;
    person->asked = PERSON_IDLE;
    if (person->again) {
        person_queue(node, person);
    }
}

static void drop_removed(struct person *person)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < person->conns_len; i++) {
        if (!person->conns[i].removed) {
            person->conns[kept++] = person->conns[i];
        }
    }
    person->conns_len = kept;
}

static void publish(struct node *node, const struct person *person)
{
    const struct frame frame = {.type = FRAME_PRESENCE_UPDATE, .person = person->shown};
    struct buf *out = &node->scratch;

    buf_clear(out);
    bus_number(node, out);
    frame_encode(&frame, out);
    out->len--; /* the brace: the document's own two names stand beside what a client is told */
    buf_add_text(out, ",\"event\":\"");
    buf_add_text(out, presence_status_word(person->shown.status));
    buf_add_text(out, "\",\"server\":");
    buf_add_json(out, node->name.bytes, node->name.len);
    buf_add_char(out, '}');
    node->counts.presence_published++;
    if (bus_publish(node, person->channel, out->bytes, out->len) != HB_OK) {
        note(node, NOTE_PUBLISH_FAILED, 0,
             0); /* read again by whoever shows them, when they next do */
    }
}

/* How long it may take until each node has said who is connected to it, since Redis is back. */
static int64_t said_us(const struct node *node)
{
    const struct node_params *params = &node->config.params;

    return params->presence_heartbeat_us + params->announce_us + params->redis_backoff_us_max;
}

/* A record that is gone, or was begun anew without them, while its person is shown as there: whoever they are
 * connected to says it again, as soon as it has found back to Redis, or at its next heartbeat. True: that may
 * still come. */
static bool may_return(const struct node *node, struct person *person)
{
    if (!person->loaded || person->shown.status == PRESENCE_OFFLINE) {
        return false;
    }
    if (person->missed.us == MONO_NEVER.us || person->missed.us < node->people->settled.us) {
        person->missed =
            node->mono; /* anew since Redis was away: it may have lost what came between */
    }
    return node->mono.us - person->missed.us < said_us(node);
}

/* Whether Redis is back since so short a time that the other nodes may not have said theirs again. */
static bool back_lately(const struct node *node)
{
    return node->mono.us - node->people->settled.us < said_us(node);
}

/* A record without a connection that was begun anew: whoever began it, by what they had to say, may not have
 * known who is connected elsewhere. To fold it now would tell all nodes that nobody is. */
static bool begun_without(const struct node *node, struct person *person,
                          const struct record *record)
{
    if (record->conns_len > 0) {
        return false;
    }
    if (record->v == 0) {
        const bool there = person->loaded && person->shown.status != PRESENCE_OFFLINE;
        return there ? may_return(node, person) : back_lately(node);
    }
    return person->begun.us >= node->people->settled.us && back_lately(node) &&
           may_return(node, person);
}

static void missing(struct node *node, struct person *person)
{
    struct presence none = person->shown;

    if ((person->loaded && person->shown.status == PRESENCE_OFFLINE) || may_return(node, person)) {
        return;
    }
    none.status = PRESENCE_OFFLINE;
    none.current_room = (struct text){NULL, 0};
    presence_take(node, person, &none, person->loaded ? person->shown.version + 1 : 0);
}

/* Whether the record says what it comes to, under a version that is not below what is known. */
static bool told(const struct person *person, const struct record *record,
                 const struct presence *fold)
{
    const bool news = !person->loaded || record->v > person->shown.version;
    const bool regressed = person->loaded && (record->v < person->shown.version ||
                                              (!news && !presence_same(fold, &person->shown)));

    return record->stored_said && presence_same(fold, &record->stored) && !regressed &&
           record->connected == (record->conns_len > 0) && record->dead_len + record->old_len == 0;
}

/* Those of this node that came last go, where all nodes together have more than a user may have. What was seen to
 * be within it stays: of two nodes that come at once the later one sees both. */
static void cap(struct node *node, struct person *person, const struct record *record)
{
    const int64_t most = node->config.params.connections_per_user;
    int64_t beyond = (int64_t)record->conns_len - most;

    for (uint32_t i = person->conns_len; i-- > 0;) {
        struct person_conn *conn = &person->conns[i];
        if (conn->session == INDEX_NONE || conn->gone || conn->counted) {
            continue;
        }
        if (beyond-- > 0) {
            HB_GROW(node->excess, node->excess_len, node->excess_cap);
            node->excess[node->excess_len++] = session_ref(node->sessions[conn->session]);
        } else {
            conn->counted = true;
        }
    }
}

static void read_choice(struct node *node, struct person *person)
{
    if (person->choices == 0) {
        person->checks++;
        person->choices++;
        u32_list_push(&node->people->unsure, person->index);
    }
}

static void answered(struct node *node, struct person *person, struct record *record)
{
    bury(node, person, record);
    if (record->orphaned) {
        read_choice(node, person); /* the node that had it may not have said it */
    }
    if (record->dead_len == 0) {
        person->clean = node->mono;
    }
    presence_choice_take(person, &record->choice);
    person->choice_fresh = person->choice_fresh && record->v == 0;
    struct presence fold = record_fold(record, node->wall.ms);
    if (person->loaded && person->shown.last_seen_ms > fold.last_seen_ms) {
        fold.last_seen_ms = person->shown.last_seen_ms; /* Redis lost it, or clocks differ */
    }
    if (person->asked == PERSON_SAYING) {
        drop_removed(person);
        cap(node, person, record);
    }
    if (person->asked == PERSON_FOLDING && presence_same(&fold, &person->saying)) {
        presence_take(node, person, &fold, record->v);
        if (person->shown.version == record->v) {
            publish(node, person);
        }
        done(node, person);
        return;
    }
    if (told(person, record, &fold)) {
        person->missed = MONO_NEVER;
        presence_take(node, person, &fold, record->v);
        done(node, person);
        return;
    }
    if (begun_without(node, person, record)) {
        done(node, person);
        return;
    }
    if (record->v == 0 && person->conns_len > 0 && !person->choice_fresh) {
        /* What they chose elsewhere Redis has lost. Once it is read, they are said again. */
        read_choice(node, person);
        done(node, person);
        return;
    }
    person->missed = MONO_NEVER;
    if (++person->folds > FOLDS_MAX || !redis_takes(node->redis, PERSON_COMMANDS)) {
        done(node, person);
        return;
    }
    person_fold(node, person, record, &fold);
}

static void note_false(struct node *node, const struct record *record)
{
    for (uint32_t i = 0; i < record->foreign; i++) {
        note(node, NOTE_FOREIGN, BUS_PLACE_KEY, 0);
    }
    for (uint32_t i = 0; i < record->forged; i++) {
        note(node, NOTE_FORGED, BUS_PLACE_KEY, 0);
    }
}

void presence_answered(struct node *node, struct person *person, const struct redis_item *item,
                       const char *text)
{
    const char *at = text;
    const char *end = text + item->text_len;
    struct record record;
    struct text skipped;

    HB_ASSERT(person->asked != PERSON_IDLE);
    if (item->err != HB_OK || item->reply != REDIS_REPLY_LIST) {
        for (uint32_t i = 0; i < person->conns_len; i++) {
            person->conns[i].removed = false;
        }
        person->again = person->again || item->err == HB_EUNKNOWN;
        done(node, person); /* an error: the heartbeat tries again */
        return;
    }
    for (uint32_t i = 0; i < person->replies_before; i++) {
        (void)redis_list_next(&at, end, &skipped);
    }
    char store[KEY_BYTES_MAX + 1];
    record_read(node->seals, words_key(node, "presence:detail:", person->name, store), at, end,
                &record);
    note_false(node, &record);
    if (!record.exists && person->asked == PERSON_READING) {
        person->clean = node->mono;
        missing(node, person);
        done(node, person);
        return;
    }
    person->checked = node->mono;
    answered(node, person, &record);
}

void presence_heard(struct node *node, struct person *person, struct text payload)
{
    struct frame *frame = NULL;
    struct heard_front front;

    if (!heard_take(node, &payload, &front)) {
        return;
    }
    if (payload.len > FRAME_BYTES_MAX ||
        frame_decode(payload.bytes, payload.len, &frame, NULL) != HB_OK) {
        note(node, NOTE_PUBLICATION_BAD, 0, 0);
        return;
    }
    if (frame->type != FRAME_PRESENCE_UPDATE || !text_equal(frame->person.user_id, person->name)) {
        note(node, NOTE_PUBLICATION_BAD, 0, 0);
    } else if (!person->loaded || frame->person.version > person->shown.version) {
        person->missed = MONO_NEVER;
        presence_take(node, person, &frame->person, frame->person.version);
    } else if (!presence_same(&frame->person, &person->shown)) {
        person_queue(node,
                     person); /* not newer, and not the same: what stands there is looked at */
    }
    frame_free(&frame);
}
