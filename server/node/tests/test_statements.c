/* The statement catalogue, on the database that it was written for. */
#include "server/base/tests/test.h"
#include "server/node/tests/sql_db.h"

#include <stdio.h>
#include <string.h>

#define ANA  1
#define BOB  2
#define EVE  3
#define NODE 1
#define ROOM 1

#define DIGEST (-77)

static struct sql_db *db;
static struct db_answer answer;
static int64_t next_stamp, rooms_most;

/* Room 1 "r1", open, with ana; bob and eve are known; node n1. */
static int setup(void **state)
{
    (void)state;
    db = sql_db_new(7);
    next_stamp = 1000;
    rooms_most = 256;
    sql_db_exec(db, "INSERT INTO users(name) VALUES('ana'), ('bob'), ('eve');"
                    "INSERT INTO nodes(name, incarnation) VALUES('n1', 1);"
                    "INSERT INTO rooms(name, open, head, hlc) VALUES('r1', 1, 1, 10);"
                    "INSERT INTO members(room, usr, joined_seq) VALUES(1, 1, 1);"
                    "INSERT INTO entries VALUES(1, 1, 1, 1, NULL, NULL, 1, 10, 10, 5, NULL);");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sql_db_free(&db);
    return 0;
}

static const struct db_rows *rows(uint32_t call)
{
    assert_true(call < answer.calls_len);
    return &answer.calls[call];
}

static int64_t cell(uint32_t call, uint32_t column)
{
    assert_true(rows(call)->rows_len > 0 && column < rows(call)->columns);
    assert_int_equal(rows(call)->values[column].kind, DB_INT);
    return rows(call)->values[column].integer;
}

static void run(struct db_tx *tx)
{
    sql_db_run(db, tx, true, &answer);
    db_tx_free(&tx);
}

/* Calls: 0 lock, 1 append, 2 advance, 3 head, 4 find. */
static void send(int64_t room, int64_t user, const char *client_id, int64_t stamp)
{
    struct db_tx *tx = db_tx_new(1, false);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_LOCK), room);
    struct db_call *call = db_tx_call(tx, DB_ENTRY_APPEND);
    db_tx_int(tx, call, room);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, text_of(client_id));
    db_tx_int(tx, call, 0);
    db_tx_text(tx, call, TEXT("hi"));
    db_tx_int(tx, call, NODE);
    db_tx_int(tx, call, stamp);
    db_tx_int(tx, call, 99);
    db_tx_int(tx, call, DIGEST);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_ADVANCE), room);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_HEAD), room);
    call = db_tx_call(tx, DB_ENTRY_FIND);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, text_of(client_id));
    run(tx);
}

/* Calls: 0 lock, 1 active, 2 append, 3 members, 4 settle, 5 find; a node locks the user before. */
static void join(int64_t user, const char *client_id, const char *room, int64_t rooms_max)
{
    struct db_tx *tx = db_tx_new(1, false);
    db_tx_text(tx, db_tx_call(tx, DB_ROOM_LOCK_NAME), text_of(room));
    struct db_call *call = db_tx_call(tx, DB_MEMBER_ACTIVE);
    db_tx_text(tx, call, text_of(room));
    db_tx_int(tx, call, user);
    call = db_tx_call(tx, DB_JOIN_APPEND);
    db_tx_text(tx, call, text_of(client_id));
    db_tx_int(tx, call, NODE);
    db_tx_int(tx, call, ++next_stamp);
    db_tx_int(tx, call, 99);
    db_tx_int(tx, call, DIGEST);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, text_of(room));
    db_tx_int(tx, call, rooms_max);
    db_tx_text(tx, db_tx_call(tx, DB_MEMBERS_JOINED), text_of(room));
    db_tx_text(tx, db_tx_call(tx, DB_ROOM_SETTLE), text_of(room));
    call = db_tx_call(tx, DB_ENTRY_FIND);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, text_of(client_id));
    run(tx);
}

/* Calls: 0 lock, 1 append, 2 members, 3 advance, 4 head, 5 find. */
static void leave(int64_t user, const char *client_id)
{
    struct db_tx *tx = db_tx_new(1, false);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_LOCK), ROOM);
    struct db_call *call = db_tx_call(tx, DB_ENTRY_APPEND);
    db_tx_int(tx, call, ROOM);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, text_of(client_id));
    db_tx_int(tx, call, 2);
    db_tx_null(tx, call);
    db_tx_int(tx, call, NODE);
    db_tx_int(tx, call, ++next_stamp);
    db_tx_int(tx, call, 99);
    db_tx_int(tx, call, DIGEST);
    db_tx_int(tx, db_tx_call(tx, DB_MEMBERS_LEFT), ROOM);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_ADVANCE), ROOM);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_HEAD), ROOM);
    call = db_tx_call(tx, DB_ENTRY_FIND);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, text_of(client_id));
    run(tx);
}

static void an_entry_goes_behind_the_head_and_is_found(void **state)
{
    (void)state;
    send(ROOM, ANA, "k1", 50);

    assert_int_equal(cell(3, 0), 2);
    assert_int_equal(cell(3, 1), 50);
    assert_int_equal(rows(4)->rows_len, 1);
    assert_int_equal(cell(4, 1), 2);
    assert_int_equal(cell(4, 4), 50);
    assert_int_equal(cell(4, 5), 50);
    assert_int_equal(sql_db_int(db, "SELECT head FROM rooms"), 2);
    assert_int_equal(sql_db_int(db, "SELECT hlc FROM rooms"), 50);
}

static void a_second_try_appends_nothing_and_finds_the_first(void **state)
{
    (void)state;
    send(ROOM, ANA, "k1", 50);
    send(ROOM, ANA, "k1", 60);

    assert_int_equal(cell(3, 0), 2);
    assert_int_equal(rows(4)->rows_len, 1);
    assert_int_equal(cell(4, 1), 2);
    assert_int_equal(cell(4, 4), 50); /* the first's stamp */
    assert_int_equal(sql_db_int(db, "SELECT head FROM rooms"), 2);
}

static void a_client_id_is_one_sender_s_only(void **state)
{
    (void)state;
    join(BOB, "j", "r1", 10);
    send(ROOM, ANA, "k1", 5000);
    send(ROOM, BOB, "k1", 5001);

    assert_int_equal(cell(4, 1), 4);
    assert_int_equal(cell(4, 4), 5001);
}

static void one_who_is_no_member_writes_and_finds_nothing(void **state)
{
    (void)state;
    send(ROOM, EVE, "k1", 50);
    assert_int_equal(cell(3, 0), 1);
    assert_int_equal(rows(4)->rows_len, 0);
    assert_int_equal(sql_db_int(db, "SELECT head FROM rooms"), 1);

    send(99, ANA, "k1", 51);
    assert_int_equal(rows(3)->rows_len, 0);
    assert_int_equal(rows(4)->rows_len, 0);
}

static void an_entry_s_stamp_is_above_the_room_s_last(void **state)
{
    (void)state;
    static const struct {
        int64_t last, stamp, hlc; /* hlc 0: refused */
    } cases[] = {
        {100, 101, 101},
        {100, 100, 101},
        {100, 7, 101},
        {(100 << 16) + 65535, 100 << 16, (101 << 16)},
        {INT64_MAX - 1, 8, INT64_MAX},
        {INT64_MAX, 9, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sql[80];
        char client_id[8];
        (void)snprintf(sql, sizeof sql, "UPDATE rooms SET hlc = %lld", (long long)cases[i].last);
        (void)snprintf(client_id, sizeof client_id, "k%zu", i);
        sql_db_exec(db, sql);
        send(ROOM, ANA, client_id, cases[i].stamp);
        assert_int_equal(cell(3, 1), cases[i].hlc != 0 ? cases[i].hlc : cases[i].last);
        assert_int_equal(rows(4)->rows_len, cases[i].hlc != 0);
        if (cases[i].hlc != 0) {
            assert_int_equal(cell(4, 5), cases[i].hlc);
        }
    }
}

static void two_entries_of_one_node_never_have_one_stamp(void **state)
{
    (void)state;
    send(ROOM, ANA, "k1", 50);
    send(ROOM, ANA, "k2", 50);
    assert_int_equal(answer.err, HB_ESTAMP);
    assert_int_equal(sql_db_int(db, "SELECT head FROM rooms"), 2);
}

static void a_join_is_an_entry_and_begins_a_membership(void **state)
{
    (void)state;
    join(BOB, "j1", "r1", 10);
    assert_int_equal(cell(2, 0), 2);
    assert_int_equal(sql_db_int(db, "SELECT joined_seq FROM members WHERE usr = 2"), 2);
    assert_int_equal(sql_db_int(db, "SELECT head FROM rooms"), 2);

    join(BOB, "j1", "r1", 10); /* again: found */
    assert_int_equal(rows(2)->rows_len, 0);
    assert_int_equal(rows(5)->rows_len, 1);

    join(BOB, "j2", "r1", 10); /* another command: he is in already */
    assert_int_equal(rows(1)->rows_len, 1);
    assert_int_equal(rows(2)->rows_len, 0);
    assert_int_equal(rows(5)->rows_len, 0);
    assert_int_equal(sql_db_int(db, "SELECT COUNT(*) FROM members WHERE usr = 2"), 1);
}

static void a_closed_an_absent_and_one_room_too_many_are_not_joined(void **state)
{
    (void)state;
    join(BOB, "j1", "r9", 10);
    assert_int_equal(rows(5)->rows_len, 0);
    join(BOB, "j1", "r1", 0);
    assert_int_equal(rows(5)->rows_len, 0);
    sql_db_exec(db, "UPDATE rooms SET open = 0");
    join(BOB, "j1", "r1", 10);
    assert_int_equal(rows(5)->rows_len, 0);
    assert_int_equal(sql_db_int(db, "SELECT COUNT(*) FROM members"), 1);
}

static void after_a_leave_nothing_is_written_until_the_next_join(void **state)
{
    (void)state;
    join(BOB, "j1", "r1", 10);
    leave(BOB, "l1");
    assert_int_equal(cell(5, 1), 3);
    assert_int_equal(sql_db_int(db, "SELECT left_seq FROM members WHERE usr = 2"), 3);
    assert_int_equal(sql_db_int(db, "SELECT COUNT(*) FROM members WHERE left_seq IS NOT NULL"), 1);
    send(ROOM, BOB, "k1", 9000);
    assert_int_equal(rows(4)->rows_len, 0);
    leave(BOB, "l1");
    assert_int_equal(cell(4, 0), 3);
    assert_int_equal(rows(5)->rows_len, 1);

    join(BOB, "j2", "r1", 10);
    assert_int_equal(cell(2, 0), 4);
    send(ROOM, BOB, "k1", 9001);
    assert_int_equal(cell(4, 1), 5);
    assert_int_equal(sql_db_int(db, "SELECT COUNT(*) FROM members WHERE usr = 2"), 2);
}

/* Calls: 0 create, 1 refused, 2 lock, 3 append, 4+i invite, then members, settle, find; a node locks
 * the users before. The names in `members` are listed as they are. */
static void create(int64_t user, const char *client_id, int64_t open, const char *const *members,
                   uint32_t members_len)
{
    char names[4 * 64 + 1] = "";
    struct db_tx *tx = db_tx_new(1, false);
    struct db_call *call = NULL;
    const int64_t created = ++next_stamp;

    for (uint32_t i = 0; i < members_len; i++) {
        (void)snprintf(names + (size_t)i * 64, 65, "%-64s", members[i]);
    }
    for (uint32_t i = 0; i < 2; i++) {
        call = db_tx_call(tx, i == 0 ? DB_ROOM_CREATE : DB_CREATE_REFUSED);
        db_tx_text(tx, call, text_of(names));
        db_tx_int(tx, call, members_len);
        db_tx_int(tx, call, user);
        db_tx_int(tx, call, rooms_most);
        db_tx_int(tx, call, rooms_most);
        if (i == 0) {
            db_tx_text(tx, call, TEXT("r2"));
            db_tx_int(tx, call, open);
            db_tx_text(tx, call, text_of(client_id));
        }
    }
    db_tx_text(tx, db_tx_call(tx, DB_ROOM_LOCK_NAME), TEXT("r2"));
    call = db_tx_call(tx, DB_CREATE_APPEND);
    db_tx_text(tx, call, text_of(client_id));
    db_tx_int(tx, call, NODE);
    db_tx_int(tx, call, created);
    db_tx_int(tx, call, 99);
    db_tx_int(tx, call, DIGEST);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, TEXT("r2"));
    for (uint32_t i = 0; i < members_len; i++) {
        call = db_tx_call(tx, DB_INVITE_APPEND);
        db_tx_int(tx, call, NODE);
        db_tx_int(tx, call, ++next_stamp);
        db_tx_int(tx, call, 99);
        db_tx_text(tx, call, TEXT("r2"));
        db_tx_int(tx, call, created);
        db_tx_text(tx, call, text_of(members[i]));
    }
    db_tx_text(tx, db_tx_call(tx, DB_MEMBERS_JOINED), TEXT("r2"));
    db_tx_text(tx, db_tx_call(tx, DB_ROOM_SETTLE), TEXT("r2"));
    call = db_tx_call(tx, DB_ENTRY_FIND);
    db_tx_int(tx, call, user);
    db_tx_text(tx, call, text_of(client_id));
    run(tx);
}

static void a_room_is_created_with_its_members_once(void **state)
{
    static const char *const members[] = {"bob", "eve", "bob"};

    (void)state;
    join(BOB, "j", "r1", 10);
    join(EVE, "j", "r1", 10);
    create(ANA, "c1", 0, members, 3);
    assert_int_equal(answer.err, HB_OK);
    assert_int_equal(rows(1)->rows_len, 0);
    assert_int_equal(cell(3, 0), 1);
    assert_int_equal(cell(4, 0), 2);
    assert_int_equal(cell(5, 0), 3);
    assert_int_equal(rows(6)->rows_len, 0); /* once is enough */
    assert_int_equal(sql_db_int(db, "SELECT head FROM rooms WHERE name = 'r2'"), 3);
    assert_int_equal(sql_db_int(db, "SELECT COUNT(*) FROM members WHERE room = 2"), 3);
    assert_int_equal(cell(answer.calls_len - 1, 7), DIGEST);

    create(ANA, "c1", 0, members, 2); /* a second try invites nobody */
    assert_int_equal(rows(answer.calls_len - 1)->rows_len, 1);
    assert_int_equal(sql_db_int(db, "SELECT COUNT(*) FROM members WHERE room = 2"), 3);

    create(EVE, "c1", 0, NULL, 0); /* the name is taken */
    assert_int_equal(rows(answer.calls_len - 1)->rows_len, 0);
    assert_int_equal(sql_db_int(db, "SELECT head FROM rooms WHERE name = 'r2'"), 3);
}

/* What CREATE_REFUSED says: "name why" a row. */
static const char *refused(void)
{
    static char text[400];
    size_t len = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < rows(1)->rows_len; i++) {
        const struct text name = rows(1)->values[2 * (size_t)i].text;
        len += (size_t)snprintf(text + len, sizeof text - len, "%.*s %lld;", (int)name.len,
                                name.bytes, (long long)rows(1)->values[2 * (size_t)i + 1].integer);
    }
    return text;
}

/* Ana creates r2 with these. What stands in the way; or how many came. */
static void expect_create(const char *client_id, const char *one, const char *two, const char *want)
{
    const char *const members[] = {one, two};

    create(ANA, client_id, 0, members, two == NULL ? one != NULL : 2);
    assert_string_equal(refused(), want);
    assert_int_equal(sql_db_int(db, "SELECT COUNT(*) FROM rooms WHERE name = 'r2'"),
                     want[0] == '\0');
    assert_int_equal(rows(answer.calls_len - 1)->rows_len, want[0] == '\0');
}

static void only_people_who_share_a_room_are_made_members(void **state)
{
    (void)state;
    expect_create("c1", "bob", NULL, "bob 0;");
    expect_create("c1", "nobody", "bob", "nobody 0;bob 0;");
    join(BOB, "j1", "r1", 10);
    expect_create("c1", "bob", "eve", "eve 0;");
    join(EVE, "j1", "r1", 10);
    leave(EVE, "l1");
    expect_create("c1", "bob", "eve", "eve 0;"); /* not any more */
    expect_create("c1", "bob", NULL, "");
}

/* A direct chat of ana and bob, room 2, made by ana, and what they wrote there. */
static void a_direct_chat_is_shared_when_the_other_wrote_too(void **state)
{
    (void)state;
    sql_db_exec(db, "INSERT INTO rooms(name, open, head, hlc) VALUES('two', 2, 2, 12);"
                    "INSERT INTO members VALUES(2, 1, 1, NULL), (2, 2, 2, NULL);"
                    "INSERT INTO entries VALUES(2, 1, 1, 1, NULL, NULL, 1, 11, 11, 5, NULL),"
                    " (2, 2, 1, 2, NULL, NULL, 1, 12, 12, 5, NULL);");
    send(2, ANA, "m1", 5000);
    expect_create("c1", "bob", NULL, "bob 0;");
    send(2, BOB, "m1", 5001);
    expect_create("c1", "bob", NULL, "");
}

static void nobody_comes_into_one_room_too_many(void **state)
{
    (void)state;
    join(BOB, "j1", "r1", 10);
    rooms_most = 1;
    expect_create("c1", NULL, NULL, "ana 1;");
    expect_create("c1", "bob", "eve", "ana 1;bob 1;eve 0;");
    rooms_most = 2;
    sql_db_exec(db, "INSERT INTO rooms(name, open, head, hlc) VALUES('r3', 0, 1, 12);"
                    "INSERT INTO members VALUES(2, 2, 1, NULL);");
    expect_create("c1", "bob", NULL, "bob 1;");
    sql_db_exec(db, "UPDATE members SET left_seq = 2 WHERE room = 2");
    expect_create("c1", "bob", NULL, "");
}

static void a_client_id_that_is_used_makes_no_room(void **state)
{
    (void)state;
    send(ROOM, ANA, "k1", 50);
    create(ANA, "k1", 0, NULL, 0);
    assert_int_equal(rows(0)->rows_len + rows(2)->rows_len + rows(3)->rows_len, 0);
    assert_int_equal(cell(answer.calls_len - 1, 2), 0); /* the message's */
    assert_int_equal(sql_db_int(db, "SELECT COUNT(*) FROM rooms"), 1);
}

/* An older node left such rooms: a create with a client id that was used. */
static void a_room_without_an_entry_is_as_its_creator_wants_it(void **state)
{
    (void)state;
    sql_db_exec(db, "INSERT INTO rooms(name, open, head, hlc) VALUES('r2', 1, 0, 0)");
    create(ANA, "c1", 0, NULL, 0);
    assert_int_equal(rows(3)->rows_len, 1);
    assert_int_equal(sql_db_int(db, "SELECT open FROM rooms WHERE name = 'r2'"), 0);
    create(EVE, "c2", 1, NULL, 0);
    assert_int_equal(rows(3)->rows_len, 0);
    assert_int_equal(sql_db_int(db, "SELECT open FROM rooms WHERE name = 'r2'"), 0);
}

static void who_left_a_closed_room_last_may_come_back(void **state)
{
    (void)state;
    join(BOB, "j1", "r1", 10);
    join(EVE, "j1", "r1", 10);
    sql_db_exec(db, "UPDATE rooms SET open = 0");
    leave(BOB, "l1");
    leave(ANA, "l1");
    join(ANA, "j2", "r1", 10);
    assert_int_equal(rows(5)->rows_len, 0); /* eve is in it */
    leave(EVE, "l1");
    join(ANA, "j3", "r1", 10);
    assert_int_equal(rows(5)->rows_len, 0); /* eve was the last one */
    join(BOB, "j3", "r1", 10);
    assert_int_equal(rows(5)->rows_len, 0);
    join(EVE, "j2", "r1", 10);
    assert_int_equal(cell(2, 0), 7);
    join(ANA, "j4", "r1", 10);
    assert_int_equal(rows(5)->rows_len, 0); /* and is in it again */
    sql_db_exec(db, "UPDATE rooms SET open = 2");
    leave(EVE, "l2");
    join(EVE, "j3", "r1", 10);
    assert_int_equal(rows(5)->rows_len, 0); /* a direct chat */
}

/* Calls: the registration, the floor. */
static void registers(struct db_tx *tx, const char *name, int64_t life)
{
    struct db_call *call = db_tx_call(tx, DB_NODE_REGISTER);
    db_tx_text(tx, call, text_of(name));
    db_tx_int(tx, call, life);
    db_tx_text(tx, db_tx_call(tx, DB_NODE_FLOOR), text_of(name));
}

static void a_node_has_another_life_and_its_greatest_own_stamp(void **state)
{
    (void)state;
    send(ROOM, ANA, "k1", 500);
    for (int64_t life = 2; life < 4; life++) {
        struct db_tx *tx = db_tx_new(1, false);
        registers(tx, "n1", life);
        registers(tx, "n2", life - 1);
        run(tx);
        assert_int_equal(cell(0, 0), NODE);
        assert_int_equal(cell(0, 1), life);
        assert_int_equal(cell(1, 0), 500);
        assert_int_equal(cell(2, 1), life - 1);
        assert_int_equal(cell(3, 0), 0);
    }
}

static void a_registration_follows_the_latest_life_or_does_nothing(void **state)
{
    static const struct {
        int64_t life;
        uint32_t rows;
    } cases[] = {{1, 0}, {3, 0}, {2, 1}, {2, 0}, {1, 0}, {3, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct db_tx *tx = db_tx_new(1, false);
        registers(tx, "n1", cases[i].life);
        run(tx);
        assert_int_equal(rows(0)->rows_len, cases[i].rows);
    }
    assert_int_equal(sql_db_int(db, "SELECT incarnation FROM nodes WHERE id = 1"), 3);
}

static void only_the_latest_life_of_a_node_commits(void **state)
{
    static const struct {
        struct db_life fence;
        enum hb_err err;
    } cases[] = {{{NODE, 1}, HB_EFENCED}, {{NODE, 3}, HB_EFENCED}, {{77, 2}, HB_EFENCED},
                 {{0, 2}, HB_EFENCED},    {{NODE, 2}, HB_OK},      {{0, 0}, HB_OK}};

    (void)state;
    sql_db_exec(db, "UPDATE nodes SET incarnation = 2");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *name = cases[i].err == HB_OK ? "passes" : "fenced";
        struct db_tx *tx = db_tx_new(1, false);
        tx->fence = cases[i].fence;
        db_tx_text(tx, db_tx_call(tx, DB_USER_ADD), text_of(name));
        run(tx);
        assert_int_equal(answer.err, cases[i].err);
    }
    assert_int_equal(sql_db_int(db, "SELECT COUNT(*) FROM users WHERE name = 'passes'"), 1);
    assert_int_equal(sql_db_int(db, "SELECT COUNT(*) FROM users WHERE name = 'fenced'"), 0);
}

static void a_user_s_rooms_and_the_rows_after_a_position_are_read(void **state)
{
    (void)state;
    send(ROOM, ANA, "k1", 500);
    send(ROOM, ANA, "k2", 501);
    struct db_tx *tx = db_tx_new(1, true);
    db_tx_text(tx, db_tx_call(tx, DB_USER_ROOMS), TEXT("ana"));
    struct db_call *call = db_tx_call(tx, DB_ENTRIES_AFTER);
    db_tx_int(tx, call, ROOM);
    db_tx_int(tx, call, 1);
    db_tx_int(tx, call, INT64_MAX);
    db_tx_int(tx, call, 1);
    db_tx_int(tx, db_tx_call(tx, DB_ROOM_HEAD), ROOM);
    run(tx);

    assert_int_equal(rows(0)->rows_len, 1);
    assert_int_equal(cell(0, 0), ROOM);
    assert_int_equal(cell(0, 2), 3);
    assert_int_equal(cell(0, 3), 1);
    assert_int_equal(rows(1)->rows_len, 1); /* the limit */
    assert_int_equal(cell(1, 0), 2);
    assert_true(text_equal(rows(1)->values[2].text, TEXT("ana")));
    assert_true(text_equal(rows(1)->values[3].text, TEXT("k1")));
    assert_true(text_equal(rows(1)->values[5].text, TEXT("n1")));
    assert_int_equal(cell(2, 0), 3);
}

static void a_transaction_grows_and_keeps_its_texts(void **state)
{
    (void)state;
    char big[1500];
    struct db_tx *tx = db_tx_new(5, false);

    memset(big, 'x', sizeof big);
    for (int i = 0; i < DB_CALLS_MAX; i++) {
        struct db_call *call = db_tx_call(tx, DB_USER_ADD);
        big[0] = (char)('a' + i % 26);
        db_tx_text(tx, call, (struct text){big, sizeof big});
    }
    assert_int_equal(tx->calls_len, DB_CALLS_MAX);
    for (int i = 0; i < DB_CALLS_MAX; i++) {
        const struct db_value *value = &tx->calls[i].params[0];
        assert_int_equal(value->text.len, sizeof big);
        assert_int_equal(value->text.bytes[0], 'a' + i % 26);
    }
    db_tx_free(&tx);
    assert_null(tx);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_entry_goes_behind_the_head_and_is_found),
        TEST(a_second_try_appends_nothing_and_finds_the_first),
        TEST(a_client_id_is_one_sender_s_only),
        TEST(one_who_is_no_member_writes_and_finds_nothing),
        TEST(an_entry_s_stamp_is_above_the_room_s_last),
        TEST(two_entries_of_one_node_never_have_one_stamp),
        TEST(a_join_is_an_entry_and_begins_a_membership),
        TEST(a_closed_an_absent_and_one_room_too_many_are_not_joined),
        TEST(after_a_leave_nothing_is_written_until_the_next_join),
        TEST(a_room_is_created_with_its_members_once),
        TEST(only_people_who_share_a_room_are_made_members),
        TEST(a_direct_chat_is_shared_when_the_other_wrote_too),
        TEST(nobody_comes_into_one_room_too_many),
        TEST(a_client_id_that_is_used_makes_no_room),
        TEST(a_room_without_an_entry_is_as_its_creator_wants_it),
        TEST(who_left_a_closed_room_last_may_come_back),
        TEST(a_node_has_another_life_and_its_greatest_own_stamp),
        TEST(a_registration_follows_the_latest_life_or_does_nothing),
        TEST(only_the_latest_life_of_a_node_commits),
        TEST(a_user_s_rooms_and_the_rows_after_a_position_are_read),
        TEST(a_transaction_grows_and_keeps_its_texts),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
