/* What the frame encoders write, cJSON reads again, with the same texts. */
#include "server/base/mem.h"
#include "server/base/tests/test.h"
#include "server/protocol/frame.h"

#include <cJSON.h>
#include <string.h>

/* Quotes, controls, DEL, both separators that end a line of JavaScript, what ends a script, bidi, emoji. */
#define HOSTILE                                                                                    \
    "\"q' \\ / \\u0041 \b\f\n\r\t\x01\x1f\x7f \xe2\x80\xa8\xe2\x80\xa9 </script> "                 \
    "\xe2\x80\xae\xd7\xa9 e\xcc\x81 \xf0\x9f\x91\x8b\xef\xbf\xbf"
#define NASTY TEXT(HOSTILE)

/* How often the text stands in the tree, as a value or as a name. */
static uint32_t count(const cJSON *item)
{
    uint32_t found = 0;
    for (; item != NULL; item = item->next) {
        found += item->string != NULL && strcmp(item->string, HOSTILE) == 0;
        found += cJSON_IsString(item) && strcmp(item->valuestring, HOSTILE) == 0;
        found += count(item->child);
    }
    return found;
}

static void assert_written(const struct frame *frame, uint32_t times)
{
    struct buf text = {0};
    frame_encode(frame, &text);
    cJSON *tree = cJSON_ParseWithLengthOpts(text.bytes, text.len + 1, NULL, true);
    if (tree == NULL) {
        fail_msg("not JSON: %s", text.bytes);
    }
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "type")),
                        frame_type_word(frame->type));
    assert_int_equal(count(tree), times);
    cJSON_Delete(tree);
    buf_deinit(&text);
}

static struct position positions[] = {{.room_id = {HOSTILE, sizeof HOSTILE - 1}, .seq = 7}};

static struct entry entry_of(enum entry_kind kind)
{
    return (struct entry){.kind = kind,
                          .id = NASTY,
                          .room_id = NASTY,
                          .seq = 1,
                          .sender_id = NASTY,
                          .client_id = NASTY,
                          .content = kind == ENTRY_MESSAGE ? NASTY : (struct text){NULL, 0},
                          .hlc_text = NASTY};
}

static void frames_about_a_connection_survive_any_text(void **state)
{
    (void)state;
    struct welcome_room rooms[] = {{.room_id = NASTY, .head = 3}};
    const struct frame frames[] = {
        {.type = FRAME_HELLO,
         .hello = {.version = 1,
                   .token = NASTY,
                   .device = NASTY,
                   .epoch = NASTY,
                   .seen = NASTY,
                   .positions = positions,
                   .positions_len = 1}},
        {.type = FRAME_WELCOME,
         .welcome = {.version = 1,
                     .user_id = NASTY,
                     .connection_id = NASTY,
                     .epoch = NASTY,
                     .rooms = rooms,
                     .rooms_len = 1}},
        {.type = FRAME_ERROR, .error = {.code = HB_EFIELD, .ref = NASTY, .field = NASTY}},
        {.type = FRAME_DRAINING, .draining = {500, NASTY}},
        {.type = FRAME_REFRESH, .refresh = {.token = NASTY, .ref = NASTY}},
        {.type = FRAME_REFRESHED, .refreshed = {.ref = NASTY, .expires_in_ms = 7}},
        {.type = FRAME_PING},
        {.type = FRAME_PONG},
    };
    static const uint32_t times[] = {5, 4, 2, 1, 2, 1, 0, 0};
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        assert_written(&frames[i], times[i]);
    }
}

static void frames_about_messages_and_rooms_survive_any_text(void **state)
{
    (void)state;
    struct text members[] = {NASTY, NASTY};
    struct entry entries[] = {entry_of(ENTRY_MESSAGE), entry_of(ENTRY_LEAVE)};
    const struct frame_room room = {
        .room_id = NASTY, .client_id = NASTY, .members = members, .members_len = 2};
    const struct frame frames[] = {
        {.type = FRAME_SEND,
         .send = {.room_id = NASTY, .client_id = NASTY, .content = NASTY, .seen = NASTY}},
        {.type = FRAME_ACK,
         .ack = {.client_id = NASTY, .room_id = NASTY, .id = NASTY, .seq = 1, .hlc_text = NASTY}},
        {.type = FRAME_NACK, .nack = {.client_id = NASTY, .code = HB_EDENIED}},
        {.type = FRAME_MESSAGE, .entry = entry_of(ENTRY_MESSAGE)},
        {.type = FRAME_ROOM_EVENT, .entry = entry_of(ENTRY_JOIN)},
        {.type = FRAME_ROOM_CREATE, .room = room},
        {.type = FRAME_ROOM_JOIN, .room = room},
        {.type = FRAME_ROOM_LEAVE, .room = room},
        {.type = FRAME_SYNC_REQUEST,
         .sync_request = {.ref = NASTY, .cursor = NASTY, .limit = 1, .last_sync_timestamp_ms = -1}},
        {.type = FRAME_SYNC_REQUEST,
         .sync_request = {.epoch = NASTY,
                          .positions = positions,
                          .positions_len = 1,
                          .limit = 1,
                          .last_sync_timestamp_ms = -1}},
        {.type = FRAME_SYNC_REQUEST,
         .sync_request = {.room_id = NASTY, .before = 1, .limit = 1, .last_sync_timestamp_ms = -1}},
        {.type = FRAME_SYNC_RESPONSE,
         .sync_response = {.ref = NASTY,
                           .epoch = NASTY,
                           .cursor = NASTY,
                           .entries = entries,
                           .entries_len = 2,
                           .heads = positions,
                           .heads_len = 1}},
    };
    static const uint32_t times[] = {4, 4, 1, 6, 5, 4, 2, 2, 2, 2, 1, 15};
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        print_message("frame: %s\n", frame_type_word(frames[i].type));
        assert_written(&frames[i], times[i]);
    }
}

static void frames_about_who_is_there_survive_any_text(void **state)
{
    (void)state;
    struct text users[] = {NASTY, NASTY};
    struct presence people[] = {
        {.user_id = NASTY, .current_room = NASTY, .custom_status = NASTY, .dnd_until_ms = 5},
        {.user_id = NASTY, .status = PRESENCE_OFFLINE, .custom_status = NASTY}};
    const struct frame_presence_users asked = {.ref = NASTY, .users = users, .users_len = 2};
    const struct frame frames[] = {
        {.type = FRAME_PRESENCE,
         .presence = {.status_said = true,
                      .status = PRESENCE_BUSY,
                      .chosen = true,
                      .room_said = true,
                      .current_room = NASTY,
                      .custom_said = true,
                      .custom_status = NASTY,
                      .dnd_said = true}},
        {.type = FRAME_PRESENCE_SUBSCRIBE, .presence_users = asked},
        {.type = FRAME_PRESENCE_UNSUBSCRIBE, .presence_users = asked},
        {.type = FRAME_PRESENCE_UPDATE, .person = people[0]},
        {.type = FRAME_PRESENCE_STATE,
         .presence_state = {.ref = NASTY, .stale = true, .people = people, .people_len = 2}},
        {.type = FRAME_PRESENCE_ROOM, .presence_room = {.room_id = NASTY, .online = 7}},
        {.type = FRAME_TYPING_START, .typing = {.room_id = NASTY, .user_id = NASTY}},
        {.type = FRAME_TYPING_STOP, .typing = {.recipient_id = NASTY}},
        {.type = FRAME_TYPING_ROOM, .typing_room = {.room_id = NASTY, .others = 7}},
    };
    static const uint32_t times[] = {2, 3, 3, 3, 6, 1, 2, 1, 1};
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        print_message("frame: %s\n", frame_type_word(frames[i].type));
        assert_written(&frames[i], times[i]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_about_who_is_there_survive_any_text),
        cmocka_unit_test(frames_about_a_connection_survive_any_text),
        cmocka_unit_test(frames_about_messages_and_rooms_survive_any_text),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
