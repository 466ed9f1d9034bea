/* See presence_lease.h. */
#include "server/node/presence_lease.h"

#include "server/base/mem.h"
#include "server/node/entry.h"
#include "server/node/presence_words.h"
#include "server/node/ready.h"
#include "server/protocol/id.h"

#include <stdlib.h>
#include <string.h>

#define LIVES_MAX     1024 /* more are looked at when some of these are gone */
#define USERS_KEPT_MS (INT64_C(86400) * 1000)

/* --- This life --- */

static void say_lease(struct node *node, struct words *words)
{
    char key_store[KEY_BYTES_MAX + 1];
    char store[PRESENCE_LIFE_BYTES + 1];
    const struct text key = words_key(node, "presence:lease:", node->name, key_store);
    const struct text life = people_life(node, store);
    struct buf *value = &node->scratch;

    buf_clear(value);
    buf_add(value, life.bytes + node->name.len + 1, life.len - node->name.len - 1);
    if (node->config.public_url[0] != '\0') {
        buf_add_char(value, ' ');
        buf_add_text(value, node->config.public_url);
    }
    words_add_text(words, "SET");
    words_add(words, key.bytes, key.len);
    words_add_sealed(node, words, (struct seal_place){.name = key},
                     (struct text){value->bytes, (uint32_t)value->len});
    words_add_text(words, "PX");
    words_add_i64(words, node->config.params.lease_us / 1000);
    words_send(node, words, PRESENCE_TAG(PRESENCE_TAG_OWN_LEASE, node->mono.us));
    node->people->lease_said = node->mono;
}

static void say_life(struct node *node, struct words *words)
{
    char key_store[KEY_BYTES_MAX + 1];
    char store[PRESENCE_LIFE_BYTES + 1];
    const struct text key = words_key(node, "presence:lives", (struct text){NULL, 0}, key_store);
    const struct text life = people_life(node, store);
    struct buf *value = &node->scratch;

    buf_clear(value);
    buf_add_i64(value, node->wall.ms);
    words_add_text(words, "HSET");
    words_add(words, key.bytes, key.len);
    words_add(words, life.bytes, life.len);
    words_add_sealed(node, words, (struct seal_place){key, life},
                     (struct text){value->bytes, (uint32_t)value->len});
    words_send(node, words, 0);
}

/* Who is connected here is said again: what Redis had of it may be lost, or another has removed it. */
static void say_all(struct node *node)
{
    for (uint32_t i = 0; i < node->people->items_len; i++) {
        struct person *person = node->people->items[i];
        if (person != NULL && person->conns_len > 0) {
            person_queue(node, person);
        }
    }
}

/* Who was not there for as long as a record is kept. Of a node whose clock is ahead, the heartbeats of the
 * others bring back whom it removes. */
static void trim_users(struct node *node, struct words *words)
{
    words_add_text(words, "ZREMRANGEBYSCORE");
    words_add_key(node, words, "presence:users", (struct text){NULL, 0});
    words_add_text(words, "-inf");
    words_add_i64(words, node->wall.ms - USERS_KEPT_MS);
    words_send(node, words, 0);
}

void lease_look(struct node *node)
{
    const int64_t lease_us = node->config.params.lease_us;
    struct people *people = node->people;
    struct words words = {0};

    if (redis_away(node)) {
        people->settled = MONO_NEVER;
        return;
    }
    const bool back = people->settled.us == MONO_NEVER.us;
    if (node->key == 0 || people->lease_over || !redis_takes(node->redis, 3) ||
        (!back && node->mono.us - people->lease_said.us < LEASE_SAID_US(&node->config.params))) {
        return;
    }
    /* It ran out, for all that is known: the others may have removed what was said in it. */
    const bool over = node->mono.us - people->leased.us >= lease_us &&
                      (back || node->mono.us - people->lease_said.us >= lease_us);
    people->settled = back ? node->mono : people->settled;
    people->generation += over;
    if (back || over) {
        say_all(node);
    }
    say_life(node, &words); /* first: a lease is looked for where a life is named */
    say_lease(node, &words);
    trim_users(node, &words);
    words_deinit(&words);
}

void lease_own_answered(struct node *node, const struct redis_item *item)
{
    const int64_t said_us = (int64_t)(item->tag & ((UINT64_C(1) << 56) - 1));

    if (item->err == HB_OK && item->reply != REDIS_REPLY_LIST &&
        said_us > node->people->leased.us) {
        node->people->leased = (struct mono){said_us};
    }
}

void lease_end(struct node *node)
{
    struct words words = {0};

    node->people->lease_over = true;
    if (node->key != 0 && redis_takes(node->redis, 1)) {
        words_add_text(&words, "DEL");
        words_add_key(node, &words, "presence:lease:", node->name);
        words_send(node, &words, 0);
        words_deinit(&words);
    }
}

/* --- The others' --- */

static struct presence_life *life_find(struct node *node, uint32_t id)
{
    struct people *people = node->people;

    for (uint32_t i = 0; i < people->lives_len; i++) {
        if (people->lives[i].id == id) {
            return &people->lives[i];
        }
    }
    return NULL;
}

static void ask_lease(struct node *node, struct words *words, const struct presence_life *life)
{
    words_add_text(words, "GET");
    words_add_key(node, words, "presence:lease:", (struct text){life->life, life->node_len});
    words_send(node, words, PRESENCE_TAG(PRESENCE_TAG_LEASE, life->id));
}

/* Who was connected in it. */
static void ask_life(struct node *node, struct words *words, const struct presence_life *life)
{
    words_add_text(words, "HGETALL");
    words_add_key(node, words, "presence:life:", text_of(life->life));
    words_send(node, words, PRESENCE_TAG(PRESENCE_TAG_LIFE, life->id));
}

static bool settled(const struct node *node)
{
    const struct node_params *params = &node->config.params;
    const int64_t since_us = node->people->settled.us;

    return !redis_away(node) && since_us != MONO_NEVER.us &&
           node->mono.us - since_us >= params->lease_us + params->redis_backoff_us_max;
}

/* Who tells clients where they belong asks as soon as Redis answers; nothing is judged by it until it is settled. */
static bool asks(const struct node *node)
{
    return settled(node) || (node->config.public_url[0] != '\0' && !redis_away(node));
}

void lease_sweep(struct node *node)
{
    struct people *people = node->people;
    struct words words = {0};

    if (!asks(node) || node->key == 0 || !redis_takes(node->redis, 1 + 2 * LIVES_MAX)) {
        return;
    }
    words_add_text(&words, "HGETALL");
    words_add_key(node, &words, "presence:lives", (struct text){NULL, 0});
    words_send(node, &words, PRESENCE_TAG(PRESENCE_TAG_LIVES, 0));
    for (uint32_t i = 0; i < people->lives_len; i++) {
        const struct presence_life *life = &people->lives[i];
        if (life->ended.us != MONO_NEVER.us) {
            ask_life(node, &words, life);
        } else {
            ask_lease(node, &words, life);
        }
    }
    words_deinit(&words);
}

/* False: not of the form of people_life. */
static bool life_read(struct text text, uint32_t *ret_node_len)
{
    const char *point = text.len > 0 ? memchr(text.bytes, '.', text.len) : NULL;
    uint64_t number;

    if (point == NULL || text.len > PRESENCE_LIFE_BYTES) {
        return false;
    }
    *ret_node_len = (uint32_t)(point - text.bytes);
    const char *at = point + 1;
    const char *end = text.bytes + text.len;
    return id_valid_node((struct text){text.bytes, *ret_node_len}) &&
           parse_u64(&at, end, &number) && at < end && *at++ == '-' &&
           parse_u64(&at, end, &number) && at == end;
}

static void life_seen(struct node *node, struct text text)
{
    struct people *people = node->people;
    char store[PRESENCE_LIFE_BYTES + 1];
    struct presence_life life = {.missed = MONO_NEVER, .ended = MONO_NEVER, .seen = true};

    if (!life_read(text, &life.node_len) || text_equal(text, people_life(node, store))) {
        return;
    }
    for (uint32_t i = 0; i < people->lives_len; i++) {
        if (text_equal(text_of(people->lives[i].life), text)) {
            people->lives[i].seen = true;
            return;
        }
    }
    if (people->lives_len < LIVES_MAX) {
        memcpy(life.life, text.bytes, text.len);
        life.id = ++people->lives_named;
        HB_GROW(people->lives, people->lives_len, people->lives_cap);
        people->lives[people->lives_len++] = life;
    }
}

static void url_set(struct node *node, struct presence_life *life, struct text url)
{
    const struct text had = life->url != NULL ? text_of(life->url) : (struct text){NULL, 0};

    if (!text_equal(had, url)) {
        free(life->url);
        life->url = url.bytes != NULL ? hb_strndup(url.bytes, url.len) : NULL;
        node->people->ring_old = true;
    }
}

/* What nobody of ours wrote, or what is done with. */
static void field_remove(struct node *node, struct text key, struct text field)
{
    struct words words = {0};

    if (field.bytes != NULL && redis_takes(node->redis, 1)) {
        words_add_text(&words, "HDEL");
        words_add(&words, key.bytes, key.len);
        words_add(&words, field.bytes, field.len);
        words_send(node, &words, 0);
        words_deinit(&words);
    }
}

void lease_lives_answered(struct node *node, const struct redis_item *item, const char *text)
{
    struct people *people = node->people;
    const char *at = text;
    const char *end = text + item->text_len;
    char store[KEY_BYTES_MAX + 1];
    struct text name;
    struct text value;
    uint32_t kept = 0;

    if (item->err != HB_OK || item->reply != REDIS_REPLY_LIST) {
        return;
    }
    for (uint32_t i = 0; i < people->lives_len; i++) {
        people->lives[i].seen = false;
    }
    const struct text key = words_key(node, "presence:lives", (struct text){NULL, 0}, store);
    while (redis_list_next(&at, end, &name) && redis_list_next(&at, end, &value)) {
        const enum seal_verdict verdict =
            words_open(node, (struct seal_place){key, name}, value, &value);
        if (verdict == SEAL_GOOD) {
            life_seen(node, name);
        } else if (verdict == SEAL_FORGED) {
            field_remove(node, key, name);
        }
    }
    for (uint32_t i = 0; i < people->lives_len; i++) {
        if (people->lives[i].seen) {
            people->lives[kept++] = people->lives[i];
        } else {
            url_set(node, &people->lives[i], (struct text){NULL, 0});
        }
    }
    people->lives_len = kept;
    people->lives_read = true;
}

/* What a lease says behind its first word. */
static struct text url_of(struct text said)
{
    const char *space = said.len > 0 ? memchr(said.bytes, ' ', said.len) : NULL;

    if (space == NULL) {
        return (struct text){NULL, 0};
    }
    const uint32_t from = (uint32_t)(space - said.bytes) + 1;
    const struct text url = {said.bytes + from, said.len - from};
    return id_valid_url(url) ? url : (struct text){NULL, 0};
}

static struct text first_word(struct text said)
{
    const char *space = said.len > 0 ? memchr(said.bytes, ' ', said.len) : NULL;

    return (struct text){said.bytes, space != NULL ? (uint32_t)(space - said.bytes) : said.len};
}

void lease_answered(struct node *node, uint32_t id, const struct redis_item *item, const char *text)
{
    struct presence_life *life = life_find(node, id);
    char store[KEY_BYTES_MAX + 1];
    struct words words = {0};

    if (life == NULL || item->err != HB_OK || item->reply == REDIS_REPLY_LIST) {
        return;
    }
    const struct text node_name = {life->life, life->node_len};
    const struct text key = words_key(node, "presence:lease:", node_name, store);
    const struct text own = text_of(life->life + life->node_len + 1);
    struct text said = {text, (uint32_t)item->text_len};
    const bool lives =
        item->reply == REDIS_REPLY_TEXT &&
        words_open(node, (struct seal_place){.name = key}, said, &said) == SEAL_GOOD &&
        text_equal(first_word(said), own);
    life->looked = true;
    url_set(node, life, lives ? url_of(said) : (struct text){NULL, 0});
    if (lives) {
        life->missed = MONO_NEVER;
        return;
    }
    if (!settled(node)) {
        return;
    }
    if (life->missed.us == MONO_NEVER.us) {
        life->missed = node->mono;
    }
    if (node->mono.us - life->missed.us >= node->config.params.presence_grace_us) {
        life->ended = node->mono;
        note(node, NOTE_PRESENCE_LIFE_ENDED, 0, 0);
        if (redis_takes(node->redis, 1)) { /* else the next sweep does */
            ask_life(node, &words, life);
            words_deinit(&words);
        }
    }
}

void lease_life_answered(struct node *node, uint32_t id, const struct redis_item *item,
                         const char *text)
{
    const struct presence_life *life = life_find(node, id);
    const char *at = text;
    const char *end = text + item->text_len;
    char store[KEY_BYTES_MAX + 1];
    struct text name;
    struct text value;
    bool any = false;

    if (life == NULL || item->err != HB_OK || item->reply != REDIS_REPLY_LIST) {
        return;
    }
    const struct text key = words_key(node, "presence:life:", text_of(life->life), store);
    while (redis_list_next(&at, end, &name) && redis_list_next(&at, end, &value)) {
        const enum seal_verdict verdict =
            words_open(node, (struct seal_place){key, name}, value, &value);
        any = true;
        if (verdict != SEAL_GOOD || !id_valid(name)) {
            if (verdict != SEAL_FOREIGN) {
                field_remove(node, key, name);
            }
            continue;
        }
        struct person *person = person_add(node, name);
        if (person->clean.us > life->ended.us && redis_takes(node->redis, 1)) {
            field_remove(node, key, name);
        } else {
            person_queue(node, person);
        }
    }
    if (!any) {
        field_remove(node, words_key(node, "presence:lives", (struct text){NULL, 0}, store),
                     text_of(life->life));
    }
}
