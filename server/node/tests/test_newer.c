/* Entries of kinds that only a newer node knows, and rows that no node should have written: they are
 * carried or refused, and the node goes on. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

static struct fake *fake;

/* Ana is connection 1, bob 2; the node has a tail of 8. */
static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){0});
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "bob", "");
    (void)fake_trace(fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

#define EXPECT(lines) assert_string_equal(fake_trace(fake), lines)

#define MESSAGE(conn, seq, id) "c" #conn " < message r1#" #seq " bob/" id " 'from n2'\n"
#define UNKNOWN(conn, seq)     "c" #conn " < room_event r1#" #seq " unknown\n"
#define M(seq, id)             MESSAGE(1, seq, id) MESSAGE(2, seq, id)
#define U(seq)                 UNKNOWN(1, seq) UNKNOWN(2, seq)

static void ask(uint64_t conn, const char *positions)
{
    fake_say(fake, conn,
             "{\"type\":\"sync_request\",\"epoch\":\"0000000000000007\",\"positions\":%s,"
             "\"limit\":10}",
             positions);
}

static void alive(void)
{
    (void)fake_trace(fake);
    fake_show(fake, (struct fake_show){0});
    fake_http(fake, 99, (struct fake_request){.method = "GET", .path = "/healthz"});
    EXPECT("http 99 200 ok...\n");
}

static void a_publication_of_a_newer_node_is_delivered_in_its_place(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.notes = true, .dbs = true});
    (void)fake_other_newer(fake, "r1", "bob", "k3", true);
    EXPECT("note entry of a kind not known here 1 3\n" U(3));
    (void)fake_other_sends(fake, "r1", "bob", "k4", true);
    EXPECT(M(4, "k4"));
    fake_pass_us(fake, 400000);
    EXPECT(""); /* no gap, no read */
}

static void it_says_its_place_and_stamps_and_nothing_else(void **state)
{
    (void)state;
    (void)fake_other_newer(fake, "r1", "bob", "k3", true);
    assert_string_equal(
        fake_last_json(fake),
        "{\"type\":\"room_event\",\"id\":\"0000000f4241-0001-n2\",\"roomId\":\"r1\",\"seq\":3,"
        "\"event\":\"unknown\",\"timestamp\":1000001,\"hlc\":\"0000000f4241-0001-n2\"}");
}

static void a_publication_ahead_of_its_turn_is_held_like_any_other(void **state)
{
    (void)state;
    (void)fake_other_sends(fake, "r1", "bob", "k3", false);
    (void)fake_other_newer(fake, "r1", "bob", "k4", true);
    EXPECT("");
    fake_publish_entry(fake, "r1", 3);
    EXPECT(M(3, "k3") U(4));
}

static void a_known_type_with_fields_of_a_newer_node_keeps_its_place_too(void **state)
{
    (void)state;
#define FRAME(seq, more)                                                                           \
#seq " {\"id\":\"0000000f4241-000" #seq "-n9\",\"roomId\":\"r1\",\"seq\":" #seq                \
         ",\"timestamp\":1,\"hlc\":\"0000000f4241-000" #seq "-n9\"," more "}"
    fake_publish(fake, "room:r1",
                 FRAME(3, "\"type\":\"message\",\"senderId\":\"bob\",\"content\":{\"rich\":1}"));
    fake_publish(fake, "room:r1", FRAME(4, "\"type\":\"room_event\",\"event\":\"kicked\""));
    fake_publish(fake, "room:r1", FRAME(5, "\"type\":7"));
    fake_pass_us(fake, 1);
    EXPECT(U(3) U(4) U(5));
}

static void a_publication_that_says_no_place_is_looked_up_in_the_log(void **state)
{
    (void)state;
    (void)fake_other_sends(fake, "r1", "bob", "k3", false);
    (void)fake_other_newer(fake, "r1", "bob", "k4", false);
    fake_publish(fake, "room:r1", "4 {\"type\":\"sealed\",\"box\":\"...\"}");
    fake_pass_us(fake, 260000);
    EXPECT(M(3, "k3") U(4));
}

static void a_repair_brings_what_a_newer_node_wrote(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.notes = true});
    (void)fake_other_newer(fake, "r1", "bob", "k3", false);
    (void)fake_other_sends(fake, "r1", "bob", "k4", false);
    (void)fake_other_newer(fake, "r1", "ana", NULL, false);
    (void)fake_other_sends(fake, "r1", "bob", "k6", true);
    (void)fake_trace(fake);
    fake_pass_us(fake, 260000);
    EXPECT("note gap in a room 1 3\n"
           "note entry of a kind not known here 1 3\n" U(3)
               M(4, "k4") "note entry of a kind not known here 1 5\n" U(5)
                   M(6, "k6") "note gap repaired from the log 1 3\n");
}

static void a_node_that_starts_behind_such_entries_begins_at_the_head(void **state)
{
    (void)state;
    (void)fake_other_newer(fake, "r3", "ana", "k2", false);
    (void)fake_other_newer(fake, "r3", "ana", "k3", false);
    fake_drop(fake, 1);
    fake_drop(fake, 2);
    fake_pass_us(fake, 20000000); /* the rooms are given up */
    (void)fake_trace(fake);
    fake_hello(fake, 3, "ana", "");
    EXPECT("c3 < welcome ana r1@2+ r3@3+\n");
}

static void a_resume_brings_them_from_the_tail(void **state)
{
    (void)state;
    (void)fake_other_newer(fake, "r1", "bob", "k3", true);
    (void)fake_other_sends(fake, "r1", "bob", "k4", true);
    (void)fake_other_newer(fake, "r1", "bob", "k5", true);
    fake_drop(fake, 1);
    (void)fake_trace(fake);
    fake_hello(fake, 3, "ana", ",\"epoch\":\"0000000000000007\",\"positions\":{\"r1\":2,\"r3\":1}");
    EXPECT("c3 < welcome ana r1@5+ r3@1+\n" UNKNOWN(3, 3) MESSAGE(3, 4, "k4") UNKNOWN(3, 5));
}

static void a_page_has_them_and_its_cursor_goes_on_behind_them(void **state)
{
    (void)state;
    (void)fake_other_newer(fake, "r1", "bob", "k3", false);
    (void)fake_other_sends(fake, "r1", "bob", "k4", false);
    fake_show(fake, (struct fake_show){.notes = true});
    ask(1, "{\"r1\":2}");
    EXPECT("note entry of a kind not known here 1 3\n"
           "note sync page 2 0\n"
           "c1 < sync_response r1#3 r1#4 heads r1@4\n");
    assert_non_null(strstr(fake_last_json(fake), "\"seq\":3,\"event\":\"unknown\",\"timestamp\""));
    assert_null(strstr(fake_last_json(fake), "k3"));
    fake_say(fake, 1, "{\"type\":\"sync_request\",\"cursor\":\"%s\"}", fake_cursor(fake));
    EXPECT("note sync page 0 0\nc1 < sync_response heads r1@4\n");
}

static void a_command_goes_on_behind_them(void **state)
{
    (void)state;
    (void)fake_other_newer(fake, "r1", "bob", "k3", true);
    (void)fake_trace(fake);
    fake_say(fake, 1, "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"x\"}");
    EXPECT("c1 < ack k r1#4\nc1 < message r1#4 ana/k 'x'\nc2 < message r1#4 ana/k 'x'\n");
    /* The name of one's own is taken by an entry that cannot be shown: acked all the same. */
    fake_say(fake, 2,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k3\",\"content\":\"x\"}");
    EXPECT("c2 < ack k3 r1#3\n");
}

/* --- Rows that nobody should have written --- */

/* Each is of entry 3 of r1, a message of bob; names are those of rows of its own. */
static const char *const wrong_entries[] = {
    "UPDATE entries SET kind = -1 WHERE room = 1 AND seq = 3",
    "UPDATE entries SET kind = 255 WHERE room = 1 AND seq = 3",
    "UPDATE entries SET kind = 4294967296 WHERE room = 1 AND seq = 3",
    "UPDATE entries SET kind = 'message' WHERE room = 1 AND seq = 3",
    "UPDATE entries SET content = NULL WHERE room = 1 AND seq = 3",
    "UPDATE entries SET content = '' WHERE room = 1 AND seq = 3",
    "UPDATE entries SET content = CAST(x'ff' AS TEXT) WHERE room = 1 AND seq = 3",
    "UPDATE entries SET content = CAST(x'6100' AS TEXT) WHERE room = 1 AND seq = 3",
    "UPDATE entries SET content = printf('%.9000c', 'x') WHERE room = 1 AND seq = 3",
    "UPDATE entries SET client_id = 'two words' WHERE room = 1 AND seq = 3",
    "UPDATE entries SET client_id = printf('%.300c', 'x') WHERE room = 1 AND seq = 3",
    "UPDATE entries SET stamp = -1 WHERE room = 1 AND seq = 3",
    "UPDATE entries SET stamp = 1.5 WHERE room = 1 AND seq = 3",
    "UPDATE entries SET hlc = 'late' WHERE room = 1 AND seq = 3",
    "UPDATE entries SET at_ms = 'noon' WHERE room = 1 AND seq = 3",
    "UPDATE entries SET at_ms = 9223372036854775807 WHERE room = 1 AND seq = 3",
    "UPDATE nodes SET name = printf('%.300c', 'x') WHERE name = 'n2'",
    "UPDATE nodes SET name = '' WHERE name = 'n2'",
    "UPDATE entries SET kind = 1 WHERE room = 1 AND seq = 3;"
    "INSERT INTO users(id, name) VALUES(900, 'not an id');"
    "UPDATE entries SET sender = 900 WHERE room = 1 AND seq = 3",
    "UPDATE entries SET kind = 2 WHERE room = 1 AND seq = 3;"
    "INSERT INTO users(id, name) VALUES(900, printf('%.300c', 'x'));"
    "UPDATE entries SET sender = 900 WHERE room = 1 AND seq = 3",
};

static void a_row_that_no_frame_can_say_keeps_its_place(void **state)
{
    for (size_t i = 0; i < sizeof wrong_entries / sizeof wrong_entries[0]; i++) {
        print_message("row: %s\n", wrong_entries[i]);
        (void)fake_other_sends(fake, "r1", "bob", "k3", false);
        sql_db_exec(fake_db(fake), wrong_entries[i]);
        ask(1, "{\"r1\":2}");
        EXPECT("c1 < sync_response r1#3 heads r1@3\n");
        (void)fake_other_sends(fake, "r1", "bob", "k4", false);
        fake_publish(fake, "nodes", "n2 1 1 1:4");
        fake_pass_us(fake, 260000);
        const char *trace = fake_trace(fake);
        assert_non_null(strstr(trace, UNKNOWN(1, 3)));
        assert_non_null(strstr(trace, "r1#4"));
        alive();
        (void)teardown(state);
        (void)setup(state);
    }
}

/* What the database says when it is asked for other things than entries. */
static const char *const wrong_rows[] = {
    "UPDATE rooms SET head = -1",
    "UPDATE rooms SET head = 'high'",
    "UPDATE rooms SET head = 9223372036854775807",
    "UPDATE rooms SET name = 'no such id' WHERE name = 'r1'",
    "UPDATE rooms SET name = printf('%.300c', 'x') WHERE name = 'r1'",
    "UPDATE rooms SET name = '' WHERE name = 'r1'",
    "UPDATE members SET joined_seq = 'once'",
    "UPDATE members SET joined_seq = -1",
    "UPDATE members SET left_seq = 'never'",
    "UPDATE rooms SET id = 0 WHERE name = 'r1'; UPDATE members SET room = 0 WHERE room = 1",
    "UPDATE users SET id = 0 WHERE name = 'bob'; UPDATE members SET usr = 0 WHERE usr = 2",
    "UPDATE entries SET seq = 'third' WHERE room = 1 AND seq = 2",
    "UPDATE entries SET seq = 9223372036854775806 WHERE room = 1 AND seq = 2",
};

static void no_row_ends_the_node(void **state)
{
    for (size_t i = 0; i < sizeof wrong_rows / sizeof wrong_rows[0]; i++) {
        print_message("row: %s\n", wrong_rows[i]);
        fake_show(fake, (struct fake_show){.notes = true});
        sql_db_exec(fake_db(fake), wrong_rows[i]);
        ask(1, "{\"r1\":1}");
        fake_say(fake, 1,
                 "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"x\"}");
        fake_say(fake, 2, "{\"type\":\"room_leave\",\"roomId\":\"r1\",\"clientId\":\"l\"}");
        fake_publish(fake, "nodes", "n2 1 1 1:9");
        fake_publish(fake, "nodes", "n2 1 7 all");
        fake_publish(fake, "user:ana", "rooms");
        fake_pass_us(fake, 2000000);
        fake_hello(fake, 3, "bob", ",\"epoch\":\"0000000000000007\",\"positions\":{\"r1\":1}");
        fake_hello(fake, 4, "eve", "");
        fake_say(fake, 4, "{\"type\":\"room_join\",\"roomId\":\"r1\",\"clientId\":\"j\"}");
        fake_pass_us(fake, 8000000);
        alive();
        (void)teardown(state);
        (void)setup(state);
    }
}

static void a_room_whose_row_is_none_is_left_out(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.notes = true});
    sql_db_exec(fake_db(fake), "UPDATE rooms SET head = 'high' WHERE name = 'r1'");
    fake_hello(fake, 3, "ana", "");
    EXPECT("note row that the database should not hold 5 0\nc3 < welcome ana r3@1+\n");
}

static void an_answer_that_cannot_be_read_is_no_answer(void **state)
{
    (void)state;
    sql_db_exec(fake_db(fake), "CREATE TRIGGER wrong AFTER INSERT ON entries BEGIN UPDATE entries"
                               " SET at_ms = 'noon' WHERE room = NEW.room AND seq = NEW.seq; END");
    fake_say(fake, 1, "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k\",\"content\":\"x\"}");
    fake_pass_us(fake, 5000000);
    const char *trace = fake_trace(fake);
    assert_null(strstr(trace, "ack"));
    assert_null(strstr(trace, "nack")); /* it was committed */
    assert_non_null(strstr(trace, "c1 x "));
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_publication_of_a_newer_node_is_delivered_in_its_place),
        TEST(it_says_its_place_and_stamps_and_nothing_else),
        TEST(a_publication_ahead_of_its_turn_is_held_like_any_other),
        TEST(a_known_type_with_fields_of_a_newer_node_keeps_its_place_too),
        TEST(a_publication_that_says_no_place_is_looked_up_in_the_log),
        TEST(a_repair_brings_what_a_newer_node_wrote),
        TEST(a_node_that_starts_behind_such_entries_begins_at_the_head),
        TEST(a_resume_brings_them_from_the_tail),
        TEST(a_page_has_them_and_its_cursor_goes_on_behind_them),
        TEST(a_command_goes_on_behind_them),
        TEST(a_row_that_no_frame_can_say_keeps_its_place),
        TEST(no_row_ends_the_node),
        TEST(a_room_whose_row_is_none_is_left_out),
        TEST(an_answer_that_cannot_be_read_is_no_answer),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
