/* See presence_crowd.h. */
#include "server/node/presence_crowd.h"

#include "server/base/mem.h"
#include "server/node/entry.h"
#include "server/node/presence_lease.h"
#include "server/node/presence_words.h"
#include "server/node/ready.h"
#include "server/node/user.h"

#define CROWD_TTL_S    86400
#define CROWD_COMMANDS 6

/* People, not connections: each is counted with the first of theirs in the list of the user's. */
static uint32_t here(struct node *node, const struct room *room)
{
    const uint64_t count = ++node->people->telling;
    uint32_t people = 0;

    for (uint32_t i = 0; i < room->attached_len; i++) {
        const struct session *session = node->sessions[room->attached[i].session];
        struct user *user = node->users[session->user];
        people += user->counted != count;
        user->counted = count;
    }
    return people;
}

static void say(struct node *node, const struct room *room)
{
    struct words words = {0};
    char key_store[KEY_BYTES_MAX + 1];
    char store[PRESENCE_LIFE_BYTES + 1];
    const struct text key = words_key(node, "presence:crowd:", room->name, key_store);
    const struct text life = people_life(node, store);

    words_add_text(&words, "MULTI");
    words_send(node, &words, 0);
    buf_clear(&node->scratch);
    buf_add_u64(&node->scratch, here(node, room));
    words_add_text(&words, "HSET");
    words_add(&words, key.bytes, key.len);
    words_add(&words, life.bytes, life.len);
    words_add_sealed(node, &words, (struct seal_place){key, life},
                     (struct text){node->scratch.bytes, (uint32_t)node->scratch.len});
    words_send(node, &words, 0);
    words_add_text(&words, "EXPIRE");
    words_add_key(node, &words, "presence:crowd:", room->name);
    words_add_i64(&words, CROWD_TTL_S);
    words_send(node, &words, 0);
    words_add_text(&words, "HGETALL");
    words_add_key(node, &words, "presence:crowd:", room->name);
    words_send(node, &words, 0);
    words_add_text(&words, "EXEC");
    words_send(node, &words, PRESENCE_TAG(PRESENCE_TAG_CROWD, room->index));
    words_deinit(&words);
}

void crowd_tick(struct node *node)
{
    const struct u32_list *list = &node->people->room_list;

    if (!people_leased(node) || redis_away(node)) {
        return;
    }
    for (uint32_t i = 0; i < list->len && redis_takes(node->redis, CROWD_COMMANDS); i++) {
        struct room *room = node->rooms[list->items[i]];
        if (room->presence.crowd && room_local(room) && !room->presence.asked) {
            room->presence.asked = true;
            say(node, room);
        }
    }
}

static struct frame told_of(const struct room *room)
{
    return (struct frame){
        .type = FRAME_PRESENCE_ROOM,
        .presence_room = {.room_id = room->name, .online = room->presence.online}};
}

void crowd_tell(struct node *node, const struct room *room, struct session *session)
{
    const struct frame frame = told_of(room);

    if (room->presence.online > 0) {
        session_say(node, session, &frame);
    }
}

static void tell_all(struct node *node, const struct room *room)
{
    const struct frame frame = told_of(room);

    buf_clear(&node->scratch);
    frame_encode(&frame, &node->scratch);
    struct wire *wire = wire_new(node->scratch.bytes, node->scratch.len);
    for (uint32_t i = 0; i < room->attached_len; i++) {
        send_wire(node, room->attached[i].conn, wire);
    }
    wire_unref(&wire);
}

static void remove_life(struct node *node, const struct room *room, struct text life)
{
    struct words words = {0};

    if (redis_takes(node->redis, 1)) {
        words_add_text(&words, "HDEL");
        words_add_key(node, &words, "presence:crowd:", room->name);
        words_add(&words, life.bytes, life.len);
        words_send(node, &words, 0);
        words_deinit(&words);
    }
}

void crowd_answered(struct node *node, uint32_t room_index, const struct redis_item *item,
                    const char *text)
{
    struct room *room = node->rooms[room_index];
    const char *at = text;
    const char *end = text + item->text_len;
    char store[KEY_BYTES_MAX + 1];
    struct text life;
    struct text value;
    uint64_t sum = 0;

    room->presence.asked = false;
    if (item->err != HB_OK || item->reply != REDIS_REPLY_LIST) {
        return;
    }
    const struct text key = words_key(node, "presence:crowd:", room->name, store);
    for (int i = 0; i < 2; i++) { /* of HSET and EXPIRE */
        (void)redis_list_next(&at, end, &value);
    }
    while (redis_list_next(&at, end, &life) && redis_list_next(&at, end, &value)) {
        uint64_t count = 0;
        if (life.bytes == NULL || value.bytes == NULL) {
            continue;
        }
        const enum seal_verdict verdict =
            words_open(node, (struct seal_place){key, life}, value, &value);
        const char *digits = value.bytes;
        if (verdict == SEAL_FORGED || people_life_ended(node, life)) {
            remove_life(node, room, life);
        } else if (verdict == SEAL_GOOD && parse_u64(&digits, value.bytes + value.len, &count) &&
                   count <= UINT32_MAX) {
            sum += count;
        }
    }
    if (room->presence.crowd && sum <= JSON_INT_MAX && sum != room->presence.online) {
        room->presence.online = sum;
        tell_all(node, room);
    }
}

void crowd_leave(struct node *node, struct room *room)
{
    char store[PRESENCE_LIFE_BYTES + 1];

    room->presence.crowd = false;
    room->presence.online = 0;
    remove_life(node, room, people_life(node, store));
}
