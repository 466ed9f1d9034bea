/* Who is there, as a client says it and is told, as observations. */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
#include "sim/witness/witness.h"

/* Device 0 is ann's; one room with number 0, of which her client knows by this number. */
static struct names names;
static struct witness *witness;
static struct obs_list seen;

static int setup(void **state)
{
    (void)state;
    witness = witness_new(&(struct witness_config){.names = &names, .devices = 1});
    (void)witness_user(witness, TEXT("ann"), 0, &seen);
    witness_device(witness, 0, 0, 0, &seen);
    (void)witness_room(witness, TEXT("club"), 0, &seen);
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

static const struct obs *told(struct client_effect effect)
{
    seen.len = 0;
    witness_effect(witness, 0, 77, &effect, &seen);
    assert_true(seen.len > 0);
    const struct obs *obs = &seen.items[seen.len - 1];
    assert_int_equal(obs->device, 0);
    assert_int_equal(obs->at_us, 77);
    return obs;
}

static void a_view_says_who_and_all_that_is_shown_of_them(void **state)
{
    const struct presence bob = {.user_id = TEXT("bob"),
                                 .status = PRESENCE_BUSY,
                                 .version = 9,
                                 .last_seen_ms = 1000,
                                 .current_room = TEXT("new"),
                                 .custom_status = TEXT("lunch"),
                                 .dnd_until_ms = 5000};
    const struct presence ann = {.user_id = TEXT("ann"), .status = PRESENCE_ONLINE, .version = 1};
    (void)state;

    const struct obs *view =
        told((struct client_effect){.kind = CLIENT_OUT_VIEW, .person = &bob, .value = 1});
    assert_int_equal(seen.len, 3); /* a user and a room that nobody had met */
    assert_int_equal(seen.items[0].kind, OBS_USER);
    assert_int_equal(seen.items[1].kind, OBS_ROOM);
    assert_int_equal(view->kind, OBS_VIEW);
    assert_int_equal(view->user, 1);
    assert_int_equal(view->room, 1);
    assert_int_equal(view->seq, PRESENCE_BUSY);
    assert_int_equal(view->id, 9);
    assert_true(view->content == id_key(TEXT("lunch")));
    assert_int_equal(view->value, 5000);
    assert_int_equal(view->timestamp, 1000);
    assert_int_equal(view->flags, OBS_MORE);

    view = told((struct client_effect){.kind = CLIENT_OUT_VIEW, .person = &ann});
    assert_int_equal(seen.len, 1);
    assert_int_equal(view->user, 0);
    assert_int_equal(view->room, OBS_NONE);
    assert_true(view->content == 0 && view->value == 0 && view->flags == 0);
}

static void a_choice_says_which_parts_it_has(void **state)
{
    const struct {
        struct frame_presence said;
        uint8_t flags;
        uint64_t seq;
        struct text line;
        int64_t value;
    } rows[] = {
        {{.status_said = true, .status = PRESENCE_AWAY}, 0, PRESENCE_AWAY, {NULL, 0}, 0},
        {{.status_said = true, .status_cleared = true}, OBS_LEFT, 0, {NULL, 0}, 0},
        {{.custom_said = true, .custom_status = TEXT("x")}, OBS_QUIET | OBS_MORE, 0, TEXT("x"), 0},
        {{.custom_said = true}, OBS_QUIET | OBS_MORE, 0, {NULL, 0}, 0},
        {{.dnd_said = true, .dnd_until_ms = 8}, OBS_QUIET | OBS_HELD, 0, {NULL, 0}, 8},
        {{.dnd_said = true}, OBS_QUIET | OBS_HELD, 0, {NULL, 0}, 0},
        {{.status_said = true, .status = PRESENCE_BUSY, .custom_said = true, .dnd_said = true},
         OBS_MORE | OBS_HELD,
         PRESENCE_BUSY,
         {NULL, 0},
         0},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct obs *choose =
            told((struct client_effect){.kind = CLIENT_OUT_CHOOSE, .choice = &rows[i].said});
        assert_int_equal(choose->kind, OBS_CHOOSE);
        assert_int_equal(choose->user, 0);
        assert_int_equal(choose->flags, rows[i].flags);
        assert_int_equal(choose->seq, rows[i].seq);
        assert_true(choose->content == (rows[i].line.bytes != NULL ? id_key(rows[i].line) : 0));
        assert_int_equal(choose->value, rows[i].value);
    }
}

static void what_is_said_of_a_connection_has_its_status_and_its_room(void **state)
{
    (void)state;

    const struct obs *present = told((struct client_effect){.kind = CLIENT_OUT_PRESENT,
                                                            .value = PRESENCE_AWAY,
                                                            .room_ref = 0,
                                                            .room_id = TEXT("club")});
    assert_int_equal(present->kind, OBS_PRESENT);
    assert_int_equal(present->seq, PRESENCE_AWAY);
    assert_int_equal(present->room, 0);
    present = told((struct client_effect){.kind = CLIENT_OUT_PRESENT,
                                          .value = PRESENCE_ONLINE,
                                          .room_ref = CLIENT_ROOM_NONE,
                                          .room_id = TEXT("learnt")});
    assert_int_equal(present->room, 1);
    present =
        told((struct client_effect){.kind = CLIENT_OUT_PRESENT, .room_ref = CLIENT_ROOM_NONE});
    assert_int_equal(present->room, OBS_NONE);
}

static void that_it_may_be_old_is_told_and_a_warning_is_not(void **state)
{
    struct client_effect warning = {.kind = CLIENT_OUT_WARNING, .value = 1};
    (void)state;

    assert_int_equal(told((struct client_effect){.kind = CLIENT_OUT_STALE, .value = 1})->value, 1);
    assert_int_equal(told((struct client_effect){.kind = CLIENT_OUT_STALE})->value, 0);
    assert_int_equal(seen.items[0].kind, OBS_STALE);
    seen.len = 0;
    witness_effect(witness, 0, 77, &warning, &seen);
    assert_int_equal(seen.len, 0);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_view_says_who_and_all_that_is_shown_of_them),
        TEST(a_choice_says_which_parts_it_has),
        TEST(what_is_said_of_a_connection_has_its_status_and_its_room),
        TEST(that_it_may_be_old_is_told_and_a_warning_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
