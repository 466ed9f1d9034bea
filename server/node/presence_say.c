/* See presence_say.h. */
#include "server/node/presence_say.h"

#include "server/base/mem.h"
#include "server/node/presence_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DETAIL                  "presence:detail:"
#define TTL_ONLINE_S            (RECORD_CONN_MS / 1000)
#define TTL_OFFLINE_S           60
#define ASKING_MAX              256 /* people under way: Redis answers others between them */
#define BEATS_MAX               128 /* so many of them by a heartbeat: a change finds room */
#define SUBSCRIPTIONS_BYTES_MAX 1024

static void add_key(const struct node *node, struct words *words, const struct person *person)
{
    words_add_key(node, words, DETAIL, person->name);
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
    add_key(node, words, person);
    words_add_i64(words, ttl_s);
    words_send(node, words, 0);
    words_add_text(words, "HGETALL");
    add_key(node, words, person);
    words_send(node, words, 0);
    send_word(node, words, "EXEC", PRESENCE_TAG(PRESENCE_TAG_PERSON, person->index));
}

/* --- What this node knows --- */

/* Appends a field and its value, of which each is at the end of one of these. */
static void add_sealed(struct node *node, struct words *words, struct text key,
                       const struct buf *field, const struct buf *value)
{
    const struct text name = {field->bytes, (uint32_t)field->len};

    words_add(words, name.bytes, name.len);
    words_add_sealed(node, words, (struct seal_place){key, name},
                     (struct text){value->bytes, (uint32_t)value->len});
}

static void add_conn(struct words *words, struct node *node, struct text key, struct text life,
                     const struct person_conn *conn)
{
    const int64_t there_ms = conn->session == INDEX_NONE ? conn->left_ms : node->wall.ms;
    const struct record_conn said = {
        .status = conn->status,
        .kind = conn->kind,
        .active_ms = conn->gone ? conn->left_ms : conn->active_ms, /* then all that says when */
        .expires_ms = conn->gone ? RECORD_CONN_ENDED : there_ms + RECORD_CONN_MS,
        .room = conn->room[0] != '\0' ? text_of(conn->room) : (struct text){NULL, 0}};

    struct buf field = {0};
    struct buf value = {0};
    record_conn_field(&field, life, conn->number);
    record_conn_value(&value, &said);
    add_sealed(node, words, key, &field, &value);
    buf_deinit(&field);
    buf_deinit(&value);
}

static void add_choice(struct words *words, struct node *node, struct text key,
                       const struct record_choice *choice)
{
    struct buf field = {0};
    struct buf value = {0};

    record_choice_field(&field, choice->version);
    record_choice_value(&value, choice);
    add_sealed(node, words, key, &field, &value);
    buf_deinit(&field);
    buf_deinit(&value);
}

/* So many connections are said at once; those beyond it are not shown. */
#define CONNS_SAID 32

static uint32_t say_conns(struct node *node, struct words *words, struct person *person,
                          struct text life)
{
    char store[KEY_BYTES_MAX + 1];
    const struct text key = words_key(node, DETAIL, person->name, store);
    uint32_t said = 0;

    words_add_text(words, "HSET");
    words_add(words, key.bytes, key.len);
    for (uint32_t i = 0; i < person->conns_len && said < CONNS_SAID; i++) {
        add_conn(words, node, key, life, &person->conns[i]);
        person->conns[i].removed = person->conns[i].gone;
        said++;
    }
    if (person->choice.version > 0) {
        add_choice(words, node, key, &person->choice);
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
    char store[KEY_BYTES_MAX + 1];
    const struct text key = words_key(node, "presence:life:", life, store);

    words_add_text(words, person_conns(person) > 0 ? "HSET" : "HDEL");
    words_add(words, key.bytes, key.len);
    words_add(words, person->name.bytes, person->name.len);
    if (person_conns(person) > 0) {
        words_add_sealed(node, words, (struct seal_place){key, person->name}, TEXT("1"));
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
        words_add_key(node, &words, "presence:users", (struct text){NULL, 0});
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
    add_key(node, &words, person);
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

static struct text instant_text(int64_t value, char store[24])
{
    const int len = snprintf(store, 24, "%" PRId64, value);

    return (struct text){store, (uint32_t)len};
}

/* All that is shown, and the seal of it. */
static void add_shown(struct node *node, struct words *words, const struct person *person,
                      const struct presence *fold, bool connected)
{
    char key_store[KEY_BYTES_MAX + 1];
    char seen[24];
    char quiet[24];
    char seal[SEAL_BYTES];
    const struct text key = words_key(node, DETAIL, person->name, key_store);
    const struct text shown[RECORD_SHOWN_COUNT] = {
        [RECORD_STATUS] = text_of(presence_status_word(fold->status)),
        [RECORD_CONNECTED] = text_of(connected ? "true" : "false"),
        [RECORD_LAST_SEEN] = instant_text(fold->last_seen_ms, seen),
        [RECORD_DEVICE] = text_of(presence_kind_word(fold->device)),
        [RECORD_QUIET] = instant_text(fold->dnd_until_ms, quiet),
        [RECORD_ROOM] = fold->current_room,
        [RECORD_CUSTOM] = fold->custom_status};
    struct buf text = {0};

    for (int i = 0; i < RECORD_SHOWN_COUNT; i++) {
        add_field(words, record_shown_field((enum record_shown)i), shown[i]);
    }
    record_shown_text(&text, shown);
    seal_make(node->seals, (struct seal_place){key, TEXT(RECORD_SEAL)},
              (struct text){text.bytes, (uint32_t)text.len}, seal);
    buf_deinit(&text);
    words_add_text(words, RECORD_SEAL);
    words_add(words, seal, SEAL_BYTES - 1); /* without the space: nothing stands behind it */
}

/* What counts no more: connections of lives that ended, and what was chosen before. The first field is one
 * that nobody has, so that the command has one. */
static void remove_dead(struct node *node, struct words *words, const struct person *person,
                        const struct record *record)
{
    words_add_text(words, "HDEL");
    add_key(node, words, person);
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
    add_key(node, &words, person);
    add_shown(node, &words, person, fold, record->conns_len > 0);
    if (person_conns(person) > 0) {
        add_field(&words, "server", node->name);
        words_add_text(&words, "subscriptions");
        add_subscriptions(&words, node, person);
    }
    words_send(node, &words, 0);
    remove_dead(node, &words, person, record);
    words_add_text(&words, "HINCRBY");
    add_key(node, &words, person);
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
