/* See presence_say.h. */
#include "server/node/presence_say.h"

#include "server/base/mem.h"
#include "server/node/presence_words.h"

#include <string.h>

#define TTL_ONLINE_S            (RECORD_CONN_MS / 1000)
#define TTL_OFFLINE_S           60
#define ASKING_MAX              256 /* people under way: Redis answers others between them */
#define BEATS_MAX               128 /* so many of them by a heartbeat: a change finds room */
#define SUBSCRIPTIONS_BYTES_MAX 1024

static void add_key(struct words *words, const struct person *person)
{
    words_add_key(words, "presence:detail:", person->name);
}

static void send_word(struct node *node, struct words *words, const char *word, uint64_t tag)
{
    words_add_text(words, word);
    words_send(node, words, tag);
}

/* The end of each transaction: how long it is kept, all that stands there, EXEC. */
static void finish(struct node *node, struct words *words, const struct person *person,
                   int64_t ttl_s)
{
    words_add_text(words, "EXPIRE");
    add_key(words, person);
    words_add_i64(words, ttl_s);
    words_send(node, words, 0);
    words_add_text(words, "HGETALL");
    add_key(words, person);
    words_send(node, words, 0);
    send_word(node, words, "EXEC", PRESENCE_TAG(PRESENCE_TAG_PERSON, person->index));
}

/* --- What this node knows --- */

static void add_conn(struct words *words, const struct node *node, struct text life,
                     const struct person_conn *conn)
{
    const int64_t there_ms = conn->session == INDEX_NONE ? conn->left_ms : node->wall.ms;
    const struct record_conn said = {
        .status = conn->status,
        .kind = conn->kind,
        .active_ms = conn->gone ? conn->left_ms : conn->active_ms, /* then all that says when */
        .expires_ms = conn->gone ? RECORD_CONN_ENDED : there_ms + RECORD_CONN_MS,
        .room = conn->room[0] != '\0' ? text_of(conn->room) : (struct text){NULL, 0}};

    record_conn_field(&words->bytes, life, conn->number);
    words_end(words);
    record_conn_value(&words->bytes, &said);
    words_end(words);
}

/* So many connections are said at once; those beyond it are not shown. */
#define CONNS_SAID 32

static uint32_t say_conns(struct node *node, struct words *words, struct person *person,
                          struct text life)
{
    uint32_t said = 0;

    words_add_text(words, "HSET");
    add_key(words, person);
    for (uint32_t i = 0; i < person->conns_len && said < CONNS_SAID; i++) {
        add_conn(words, node, life, &person->conns[i]);
        person->conns[i].removed = person->conns[i].gone;
        said++;
    }
    if (person->choice.version > 0) {
        record_choice_field(&words->bytes, person->choice.version);
        words_end(words);
        record_choice_value(&words->bytes, &person->choice);
        words_end(words);
        said++;
    }
    if (said == 0) {
        words_clear(words);
        return 0;
    }
    words_send(node, words, 0);
    return 1;
}

/* Before anybody is connected here as them: who finds this life ended looks there. */
static void say_index(struct node *node, struct words *words, const struct person *person,
                      struct text life)
{
    words_add_text(words, person_conns(person) > 0 ? "HSET" : "HDEL");
    words_add_key(words, "presence:life:", life);
    words_add(words, person->name.bytes, person->name.len);
    if (person_conns(person) > 0) {
        words_add_text(words, "1");
    }
    words_send(node, words, 0);
}

static void person_say(struct node *node, struct person *person)
{
    struct words words = {0};
    char store[PRESENCE_LIFE_BYTES + 1];
    const struct text life = people_life(node, store);

    if (person_conns(person) > 0) {
        say_index(node, &words, person, life);
    }
    send_word(node, &words, "MULTI", 0);
    person->replies_before = say_conns(node, &words, person, life) + 1; /* EXPIRE */
    finish(node, &words, person, TTL_ONLINE_S);
    if (person_conns(person) == 0) {
        say_index(node, &words, person, life);
    } else {
        words_add_text(&words, "ZADD");
        words_add_text(&words, "presence:users");
        words_add_text(&words, "GT");
        words_add_i64(&words, node->wall.ms);
        words_add(&words, person->name.bytes, person->name.len);
        words_send(node, &words, 0);
    }
    words_deinit(&words);
    node->counts.presence_writes++;
    person->choice_unsaid = false;
    person->asked = PERSON_SAYING;
}

static void person_read(struct node *node, struct person *person)
{
    struct words words = {0};

    words_add_text(&words, "HGETALL");
    add_key(&words, person);
    words_send(node, &words, PRESENCE_TAG(PRESENCE_TAG_PERSON, person->index));
    words_deinit(&words);
    person->replies_before = 0;
    person->asked = PERSON_READING;
}

static void drop_first(struct u32_list *list, uint32_t count)
{
    list->len -= count;
    memmove(list->items, list->items + count, list->len * sizeof *list->items);
}

static bool may_ask(const struct node *node, uint32_t most)
{
    return node->people->asking < most && people_leased(node) &&
           redis_takes(node->redis, PERSON_COMMANDS);
}

static void ask(struct node *node, struct person *person)
{
    person->again = false;
    person->folds = 0;
    node->people->asking++;
    if (person->conns_len > 0 || person->choice_unsaid) {
        person_say(node, person);
    } else {
        person_read(node, person);
    }
}

void presence_ask(struct node *node)
{
    struct people *people = node->people;
    uint32_t taken = 0;
    uint32_t beaten = 0;

    while (taken < people->queue.len && may_ask(node, ASKING_MAX)) {
        struct person *person = people->items[people->queue.items[taken++]];
        HB_ASSERT(person->queued && person->asked == PERSON_IDLE);
        person->queued = false;
        ask(node, person);
    }
    if (taken > 0) {
        drop_first(&people->queue, taken);
    }
    while (people->queue.len == 0 && beaten < people->beats.len && may_ask(node, BEATS_MAX)) {
        struct person *person = people->items[people->beats.items[beaten++]];
        person->beating = false;
        if (person->asked == PERSON_IDLE) { /* else what is under way says as much */
            ask(node, person);
        }
    }
    if (beaten > 0) {
        drop_first(&people->beats, beaten);
    }
}

/* --- What is shown --- */

static void add_subscriptions(struct words *words, const struct node *node,
                              const struct person *person)
{
    const size_t from = words->bytes.len;
    const struct session *session = NULL;

    for (uint32_t i = 0; i < person->conns_len && session == NULL; i++) {
        session = person->conns[i].session != INDEX_NONE ? node->sessions[person->conns[i].session]
                                                         : NULL;
    }
    for (uint32_t i = 0; session != NULL && i < session->rooms_len; i++) {
        const struct text name = node->rooms[session->rooms[i].room]->name;
        if (words->bytes.len - from + name.len > SUBSCRIPTIONS_BYTES_MAX) {
            break;
        }
        if (i > 0) {
            buf_add_char(&words->bytes, ',');
        }
        buf_add(&words->bytes, name.bytes, name.len);
    }
    words_end(words);
}

static void add_field(struct words *words, const char *field, struct text value)
{
    words_add_text(words, field);
    words_add(words, value.bytes != NULL ? value.bytes : "", value.len);
}

static void add_instant(struct words *words, const char *field, int64_t value)
{
    words_add_text(words, field);
    words_add_i64(words, value);
}

/* What counts no more: connections of lives that ended, and what was chosen before. The first field is one
 * that nobody has, so that the command has one. */
static void remove_dead(struct node *node, struct words *words, const struct person *person,
                        const struct record *record)
{
    words_add_text(words, "HDEL");
    add_key(words, person);
    words_add_text(words, "c:");
    for (uint32_t i = 0; i < record->old_len; i++) {
        record_choice_field(&words->bytes, record->old[i]);
        words_end(words);
    }
    for (uint32_t i = 0; i < record->dead_len; i++) {
        words_add(words, record->dead[i].bytes, record->dead[i].len);
    }
    words_send(node, words, 0);
}

/* Writes what the record comes to, and raises its version above all that is known. */
void person_fold(struct node *node, struct person *person, const struct record *record,
                 const struct presence *fold)
{
    struct words words = {0};
    const uint64_t floor =
        record->v == 0 ? (uint64_t)(node->wall.ms > 0 ? node->wall.ms : 0) : record->v + 1;
    const uint64_t version =
        person->loaded && person->shown.version >= floor ? person->shown.version + 1 : floor;
    const bool offline = fold->status == PRESENCE_OFFLINE;

    if (record->v == 0 && person->loaded && person->shown.status != PRESENCE_OFFLINE) {
        person->begun = node->mono;
    }
    send_word(node, &words, "MULTI", 0);
    words_add_text(&words, "HSET");
    add_key(&words, person);
    add_field(&words, "status", text_of(presence_status_word(fold->status)));
    add_instant(&words, "lastSeen", fold->last_seen_ms);
    add_field(&words, "device", text_of(presence_kind_word(fold->device)));
    add_field(&words, "currentRoom", fold->current_room);
    add_field(&words, "customStatus", fold->custom_status);
    add_instant(&words, "doNotDisturbUntil", fold->dnd_until_ms);
    add_field(&words, "connected", text_of(record->conns_len > 0 ? "true" : "false"));
    if (person_conns(person) > 0) {
        add_field(&words, "server", node->name);
        words_add_text(&words, "subscriptions");
        add_subscriptions(&words, node, person);
    }
    words_send(node, &words, 0);
    remove_dead(node, &words, person, record);
    words_add_text(&words, "HINCRBY");
    add_key(&words, person);
    words_add_text(&words, "v");
    words_add_i64(&words, (int64_t)(version - record->v));
    words_send(node, &words, 0);
    person->replies_before = 4; /* HSET, HDEL, HINCRBY, EXPIRE */
    finish(node, &words, person, offline && record->conns_len == 0 ? TTL_OFFLINE_S : TTL_ONLINE_S);
    words_deinit(&words);
    node->counts.presence_writes++;
    presence_copy(&person->saying, fold, person->saying_room, person->saying_custom);
    person->asked = PERSON_FOLDING;
}
