/* What a device did and saw, told as observations. */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
#include "sim/witness/witness.h"

/* Two users: ann with devices 0 and 1, bob with device 2. One room with number 0. */
static struct names names;
static struct witness *witness;
static struct obs_list seen;

static void begin(const struct cursor_key *key, bool recording)
{
    witness = witness_new(&(struct witness_config){
        .names = &names, .devices = 3, .cursor_key = key, .recording = recording});
    (void)witness_user(witness, TEXT("ann"), 0, &seen);
    (void)witness_user(witness, TEXT("bob"), 0, &seen);
    for (uint32_t device = 0; device < 3; device++) {
        witness_device(witness, device, device / 2, 0, &seen);
    }
    (void)witness_room(witness, TEXT("club"), 0, &seen);
}

static int setup(void **state)
{
    (void)state;
    begin(NULL, false);
    seen.len = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    witness_free(&witness);
    obs_list_deinit(&seen);
    names_deinit(&names);
    return 0;
}

static void effect_of(uint32_t device, struct client_effect effect)
{
    witness_effect(witness, device, 77, &effect, &seen);
}

static const struct obs *nth(size_t n, enum obs_kind kind, uint32_t device)
{
    assert_true(n < seen.len);
    const struct obs *obs = &seen.items[n];
    assert_int_equal(obs->kind, kind);
    assert_int_equal(obs->device, device);
    assert_int_equal(obs->user, device == OBS_NONE ? OBS_NONE : device / 2);
    return obs;
}

static struct entry entry_in(struct text room, uint64_t seq)
{
    return (struct entry){.kind = ENTRY_MESSAGE,
                          .room_id = room,
                          .room_key = id_key(room),
                          .seq = seq,
                          .id_key = 100 + seq,
                          .sender_key = 5,
                          .client_key = 6,
                          .content_key = 7,
                          .hlc = {8}};
}

static void users_devices_and_rooms_are_declared_once(void **state)
{
    (void)state;

    (void)witness_user(witness, TEXT("ann"), 1, &seen);
    (void)witness_room(witness, TEXT("club"), 1, &seen);
    assert_int_equal(seen.len, 0);
    assert_int_equal(witness_room(witness, TEXT("new"), 9, &seen), 1);
    const struct obs *room = &seen.items[0];
    assert_int_equal(room->kind, OBS_ROOM);
    assert_int_equal(room->at_us, 9);
    assert_int_equal(room->room, 1);
    witness_device(witness, 2, 1, 9, &seen);
    (void)nth(1, OBS_DEVICE, 2);
}

static void what_is_shown_says_what_the_entry_says(void **state)
{
    (void)state;
    const struct entry entry = entry_in(TEXT("club"), 3);
    struct entry join = entry_in(TEXT("club"), 4);

    effect_of(1, (struct client_effect){.kind = CLIENT_OUT_SHOWN, .room_ref = 0, .entry = &entry});
    const struct obs *shown = nth(0, OBS_SHOWN, 1);
    assert_int_equal(shown->at_us, 77);
    assert_int_equal(shown->room, 0);
    assert_int_equal(shown->seq, 3);
    assert_int_equal(shown->id, 103);
    assert_int_equal(shown->sender, 5);
    assert_int_equal(shown->client_id, 6);
    assert_int_equal(shown->content, 7);
    assert_int_equal(shown->hlc, 8);
    assert_int_equal(shown->flags, 0);
    assert_null(shown->entry);
    join.kind = ENTRY_JOIN;
    effect_of(1, (struct client_effect){
                     .kind = CLIENT_OUT_RECV, .room_ref = 0, .entry = &join, .value = 1});
    assert_int_equal(nth(1, OBS_RECV, 1)->flags, OBS_EVENT | OBS_HELD);
}

static void a_recording_witness_gives_the_texts(void **state)
{
    (void)state;
    const struct entry entry = entry_in(TEXT("club"), 3);

    witness_free(&witness);
    begin(NULL, true);
    seen.len = 0;
    effect_of(0, (struct client_effect){.kind = CLIENT_OUT_SHOWN, .room_ref = 0, .entry = &entry});
    assert_ptr_equal(nth(0, OBS_SHOWN, 0)->entry, &entry);
}

static void a_room_that_a_client_learnt_is_declared_before_what_it_shows(void **state)
{
    (void)state;
    const struct entry entry = entry_in(TEXT("new"), 1);

    effect_of(2, (struct client_effect){
                     .kind = CLIENT_OUT_SHOWN, .room_ref = CLIENT_ROOM_NONE, .entry = &entry});
    assert_int_equal(seen.len, 2);
    assert_int_equal(nth(0, OBS_ROOM, OBS_NONE)->room, 1);
    assert_int_equal(nth(1, OBS_SHOWN, 2)->room, 1);
    effect_of(0, (struct client_effect){.kind = CLIENT_OUT_RESET,
                                        .room_ref = CLIENT_ROOM_NONE,
                                        .room_id = TEXT("new")});
    assert_int_equal(seen.len, 3);
    assert_int_equal(nth(2, OBS_RESET, 0)->room, 1);
}

static void a_message_goes_from_written_to_acked_or_failed(void **state)
{
    (void)state;
    const struct frame ack = {.type = FRAME_ACK,
                              .ack = {.seq = 9, .id_key = 10, .client_key = 11, .hlc = {12}}};
    const struct frame nack = {.type = FRAME_NACK, .nack = {.client_key = 11, .temporary = true}};
    static const struct {
        enum client_effect_kind effect;
        enum obs_kind obs;
    } pairs[] = {{CLIENT_OUT_ISSUED, OBS_SEND}, {CLIENT_OUT_RESENT, OBS_RESEND},
                 {CLIENT_OUT_SEND, OBS_PUT},    {CLIENT_OUT_ACKED, OBS_ACK},
                 {CLIENT_OUT_NACKED, OBS_NACK}, {CLIENT_OUT_FAILED, OBS_FAILED}};

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        effect_of(0, (struct client_effect){.kind = pairs[i].effect,
                                            .room_ref = 0,
                                            .client_key = 11,
                                            .content_key = 13,
                                            .hlc = 14,
                                            .value = pairs[i].obs == OBS_PUT ? 1 : 2,
                                            .frame = pairs[i].obs == OBS_ACK    ? &ack
                                                     : pairs[i].obs == OBS_NACK ? &nack
                                                                                : NULL});
        const struct obs *obs = nth(i, pairs[i].obs, 0);
        assert_int_equal(obs->room, 0);
        assert_int_equal(obs->client_id, 11);
        assert_int_equal(obs->value, pairs[i].obs == OBS_PUT ? 1 : 2);
        assert_int_equal(obs->hlc, pairs[i].obs == OBS_ACK ? 12 : 14);
        assert_int_equal(obs->seq, pairs[i].obs == OBS_ACK ? 9 : 0);
        assert_int_equal(obs->flags, pairs[i].obs == OBS_NACK ? OBS_TEMPORARY : 0);
    }
}

static void a_welcome_names_connection_and_node_then_the_heads(void **state)
{
    (void)state;
    struct welcome_room rooms[2] = {{.room_id = TEXT("club"), .head = 4},
                                    {.room_id = TEXT("new"), .head = 5}};
    struct frame frame = {.type = FRAME_WELCOME};

    frame.welcome.rooms = rooms;
    frame.welcome.rooms_len = 2;
    witness_connected(witness, 1, 8, 3, 70, &seen);
    const struct obs *open = nth(0, OBS_CONN_OPEN, 1);
    assert_int_equal(open->node, 3);
    assert_int_equal(open->value, 8);
    effect_of(1, (struct client_effect){.kind = CLIENT_OUT_WELCOME, .conn = 8, .frame = &frame});
    const struct obs *welcome = nth(1, OBS_WELCOME, 1);
    assert_int_equal(welcome->node, 3);
    assert_int_equal(welcome->value, 8);
    assert_int_equal(nth(2, OBS_HEAD, 1)->room, 0);
    assert_int_equal(nth(2, OBS_HEAD, 1)->seq, 4);
    assert_int_equal(nth(3, OBS_ROOM, OBS_NONE)->room, 1);
    assert_int_equal(nth(4, OBS_HEAD, 1)->room, 1);
}

static void a_session_is_all_rooms_that_one_request_asks_for(void **state)
{
    (void)state;
    const struct client_effect begin_effect = {
        .kind = CLIENT_OUT_SYNC_BEGIN, .room_ref = 0, .value = 6};
    const struct frame frame = {.type = FRAME_SYNC_RESPONSE};

    effect_of(0, begin_effect);
    effect_of(0, begin_effect);
    effect_of(2, begin_effect); /* another device counts for itself */
    effect_of(0, (struct client_effect){.kind = CLIENT_OUT_SEND});
    effect_of(0, (struct client_effect){.kind = CLIENT_OUT_SYNC_PAGE, .frame = &frame});
    effect_of(0, begin_effect);
    assert_int_equal(nth(0, OBS_SYNC_BEGIN, 0)->value, 1);
    assert_int_equal(nth(0, OBS_SYNC_BEGIN, 0)->seq, 6);
    assert_int_equal(nth(1, OBS_SYNC_BEGIN, 0)->value, 1);
    assert_int_equal(nth(2, OBS_SYNC_BEGIN, 2)->value, 1);
    assert_int_equal(nth(3, OBS_SYNC_PAGE, 0)->value, 1);
    assert_int_equal(nth(4, OBS_SYNC_BEGIN, 0)->value, 2);
}

static void a_page_is_rows_then_heads_then_the_cursor_then_its_end(void **state)
{
    (void)state;
    const struct cursor_key key = {.id = 1, .bytes = {1, 2, 3}};
    const struct position stands = {
        .room_id = TEXT("club"), .room_key = id_key(TEXT("club")), .seq = 2};
    struct entry entries[2] = {entry_in(TEXT("club"), 1), entry_in(TEXT("club"), 2)};
    struct position heads[1] = {{.room_id = TEXT("club"), .seq = 9}};
    struct frame frame = {.type = FRAME_SYNC_RESPONSE};
    struct buf text = {0};

    witness_free(&witness);
    begin(&key, false);
    seen.len = 0;
    cursor_encode(&key, 0xab, id_key(TEXT("bob")), &stands, 1, &text);
    frame.sync_response = (struct frame_sync_response){.entries = entries,
                                                       .entries_len = 2,
                                                       .heads = heads,
                                                       .heads_len = 1,
                                                       .epoch = TEXT("ab"),
                                                       .cursor = {text.bytes, (uint32_t)text.len},
                                                       .has_more = true};
    effect_of(2, (struct client_effect){.kind = CLIENT_OUT_SYNC_PAGE, .frame = &frame});
    assert_int_equal(nth(0, OBS_SYNC_ROW, 2)->seq, 1);
    assert_int_equal(nth(1, OBS_SYNC_ROW, 2)->seq, 2);
    assert_int_equal(nth(2, OBS_SYNC_HEAD, 2)->seq, 9);
    assert_int_equal(nth(3, OBS_SYNC_CURSOR, 2)->seq, 2);
    assert_int_equal(nth(3, OBS_SYNC_CURSOR, 2)->room, 0);
    assert_int_equal(nth(4, OBS_SYNC_PAGE, 2)->seq, 2);
    assert_int_equal(nth(4, OBS_SYNC_PAGE, 2)->flags, OBS_MORE);
    assert_int_equal(seen.len, 5);
    buf_deinit(&text);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(users_devices_and_rooms_are_declared_once),
        TEST(what_is_shown_says_what_the_entry_says),
        TEST(a_recording_witness_gives_the_texts),
        TEST(a_room_that_a_client_learnt_is_declared_before_what_it_shows),
        TEST(a_message_goes_from_written_to_acked_or_failed),
        TEST(a_welcome_names_connection_and_node_then_the_heads),
        TEST(a_session_is_all_rooms_that_one_request_asks_for),
        TEST(a_page_is_rows_then_heads_then_the_cursor_then_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
