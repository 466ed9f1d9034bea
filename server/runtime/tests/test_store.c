/* The store on SQLite and on PostgreSQL: the same catalogue, the same answers. */
/* labels: runtime */
/* timeout: 120 */
#include "server/base/tests/test.h"
#include "server/runtime/store_internal.h"
#include "server/runtime/tests/store_run.h"
#include "server/runtime/tests/store_server.h"

#include <stdio.h>
#include <string.h>

static struct store_server server;
static struct store_run run;
static struct buf where, said;

static int group_setup(void **state)
{
    (void)state;
    return store_server_begin(&server) ? 0 : -1;
}

static int group_teardown(void **state)
{
    (void)state;
    store_server_end(&server);
    buf_deinit(&where);
    buf_deinit(&said);
    return 0;
}

/* --- Answers -------------------------------------------------------------------------------- */

static struct buf script;

static void say(const char *what, struct db_tx *tx)
{
    const char *got = store_run_do(&run, tx);

    buf_add_text(&script, what);
    buf_add_text(&script, ": ");
    buf_add_text(&script, got);
    buf_add_char(&script, '\n');
}

static struct db_tx *one(bool read_only, enum db_stmt stmt, const char *types, const char *text)
{
    struct db_tx *tx = store_run_tx(&run, read_only);
    store_run_call(&run, tx, stmt, types, text);
    return tx;
}

static struct db_tx *join(int64_t user, const char *client_id, const char *room, int64_t stamp,
                          int64_t rooms_max)
{
    struct db_tx *tx = store_run_tx(&run, false);
    store_run_call(&run, tx, DB_ROOM_LOCK_NAME, "t", room);
    store_run_call(&run, tx, DB_MEMBER_ACTIVE, "ti", room, user);
    store_run_call(&run, tx, DB_JOIN_APPEND, "tiiiiiti", client_id, I(1), stamp, I(99), I(5), user,
                   room, rooms_max);
    store_run_call(&run, tx, DB_MEMBERS_JOINED, "t", room);
    store_run_call(&run, tx, DB_ROOM_SETTLE, "t", room);
    store_run_call(&run, tx, DB_ENTRY_FIND, "it", user, client_id);
    return tx;
}

static struct db_tx *leave(int64_t user, const char *client_id, int64_t stamp)
{
    struct db_tx *tx = store_run_tx(&run, false);
    store_run_call(&run, tx, DB_ROOM_LOCK, "i", I(1));
    store_run_call(&run, tx, DB_ENTRY_APPEND, "iititiiii", I(1), user, client_id, I(2), NULL, I(1),
                   stamp, I(99), I(5));
    store_run_call(&run, tx, DB_MEMBERS_LEFT, "i", I(1));
    store_run_call(&run, tx, DB_ROOM_ADVANCE, "i", I(1));
    store_run_call(&run, tx, DB_ENTRY_FIND, "it", user, client_id);
    return tx;
}

static struct db_tx *page(int64_t room, int64_t after, int64_t to, int64_t rows_max)
{
    struct db_tx *tx = store_run_tx(&run, true);
    store_run_call(&run, tx, DB_ROOM_HEAD, "i", room);
    store_run_call(&run, tx, DB_ENTRIES_AFTER, "iiii", room, after, to, rows_max);
    store_run_call(&run, tx, DB_MEMBER_FIND, "ii", room, I(2));
    return tx;
}

/* Registers life `incarnation` of n1, and reads its floor. */
static struct db_tx *life_of(struct store_run *of, int64_t incarnation)
{
    struct db_tx *tx = store_run_tx(of, false);
    store_run_call(of, tx, DB_NODE_REGISTER, "ti", "n1", incarnation);
    store_run_call(of, tx, DB_NODE_FLOOR, "t", "n1");
    return tx;
}

static struct db_tx *life(int64_t incarnation)
{
    return life_of(&run, incarnation);
}

static struct db_tx *claim(int64_t incarnation, const char *place)
{
    struct db_tx *tx = store_run_tx(&run, false);
    store_run_call(&run, tx, DB_NODE_CLAIM, "titi", place, I(50), "n1", incarnation);
    store_run_call(&run, tx, DB_NODE_HOLDER, "t", "n1");
    return tx;
}

static struct db_tx *yield(int64_t incarnation)
{
    struct db_tx *tx = store_run_tx(&run, false);
    store_run_call(&run, tx, DB_NODE_YIELD, "iit", incarnation, I(60), "n1");
    store_run_call(&run, tx, DB_NODE_HOLDER, "t", "n1");
    return tx;
}

static struct db_tx *beat(void)
{
    struct db_tx *tx = store_run_tx(&run, false);
    store_run_call(&run, tx, DB_NODE_BEAT, "iii", I(70), I(1), I(1));
    store_run_call(&run, tx, DB_NODES_ALIVE, "ti", "n1", I(9));
    store_run_call(&run, tx, DB_NODES_ALIVE, "ti", "n2", I(9));
    return tx;
}

static struct db_tx *fenced(int64_t node, uint64_t incarnation)
{
    struct db_tx *tx = one(false, DB_USER_ADD, "t", "ana");
    tx->fence = (struct db_life){node, incarnation};
    return tx;
}

static struct db_tx *one_fence(int64_t incarnation)
{
    struct db_tx *tx = store_run_tx(&run, true);
    store_run_call(&run, tx, DB_NODE_FENCE, "ii", I(1), incarnation);
    return tx;
}

static struct db_tx *too_many(void)
{
    struct db_tx *tx = store_run_tx(&run, false);
    store_run_call(&run, tx, DB_DIRECT_CREATE, "ttitiit", "none", "eve", I(5), "ana", I(5), I(3),
                   "k");
    return tx;
}

/* By the people of its list, 64 bytes of a name each. */
static struct db_tx *create(int64_t user, const char *room, const char *people, int64_t people_len,
                            int64_t rooms_max)
{
    char names[3 * 64 + 1];
    struct db_tx *tx = store_run_tx(&run, false);

    (void)snprintf(names, sizeof names, "%-64s%-64s%-64s", people_len > 0 ? people : "",
                   people_len > 1 ? "bob" : "", people_len > 2 ? "nobody" : "");
    names[64 * people_len] = '\0';
    store_run_call(&run, tx, DB_USER_LOCK, "t", people);
    store_run_call(&run, tx, DB_ROOMS_COUNT, "i", user);
    store_run_call(&run, tx, DB_ROOM_CREATE, "tiiiitit", names, people_len, user, rooms_max,
                   rooms_max, room, I(0), "another");
    store_run_call(&run, tx, DB_CREATE_REFUSED, "tiiii", names, people_len, user, rooms_max,
                   rooms_max);
    store_run_call(&run, tx, DB_ROOM_LOCK_NAME, "t", room);
    return tx;
}

/* Every statement, each of its outcomes that a client can bring about. What makes rows with new
 * keys comes first: PostgreSQL spends keys on what it then does not insert. */
#define SAY(name, read_only, ...)                                                                  \
    do {                                                                                           \
        struct db_tx *tx = store_run_tx(&run, read_only);                                          \
        store_run_call(&run, tx, __VA_ARGS__);                                                     \
        say(name, tx);                                                                             \
    } while (0)

static void play_since(void)
{
    for (int64_t stamp = 98; stamp < 119; stamp++) {
        SAY("since", true, DB_USER_SINCE, "ii", I(2), stamp);
    }
    SAY("since ever", true, DB_USER_SINCE, "ii", I(1), I(0));
    SAY("since the end", true, DB_USER_SINCE, "ii", I(1), I(INT64_MAX));
    SAY("since, of nobody", true, DB_USER_SINCE, "ii", I(77), I(0));
}

static void play_before(void)
{
    for (int64_t user = 1; user <= 4; user++) {
        SAY("before", true, DB_ENTRIES_BEFORE, "iiii", I(1), I(INT64_MAX), user, I(3));
        for (int64_t seq = 1; seq < 17; seq++) {
            SAY("before a place", true, DB_ENTRIES_BEFORE, "iiii", I(1), seq, user, I(100));
        }
    }
}

static void play_presence(void)
{
    const char *null = NULL;

    SAY("nothing chosen", true, DB_PRESENCE_CHOICE, "t", "ana");
    SAY("chosen", false, DB_PRESENCE_CHOOSE, "ittiiii", I(1), "busy", "at work", I(9), I(1), I(1),
        I(1));
    SAY("as chosen", true, DB_PRESENCE_CHOICE, "t", "ana");
    SAY("the line alone", false, DB_PRESENCE_CHOOSE, "itttiii", I(1), null, null, null, I(0), I(1),
        I(0));
    SAY("the rest stays", true, DB_PRESENCE_CHOICE, "t", "ana");
    SAY("members", true, DB_ROOM_MEMBERS, "ii", I(1), I(2));
    SAY("a page of members", true, DB_MEMBERS_PAGE, "itii", I(1), "", I(1), I(10));
    SAY("members, to another", true, DB_MEMBERS_PAGE, "itii", I(1), "", I(99), I(10));
    SAY("share a room", true, DB_SHARES_ROOM, "ti", "ana", I(2));
    SAY("share none", true, DB_SHARES_ROOM, "ti", "nobody", I(2));
    SAY("people", true, DB_PEOPLE_SHARED, "iitii", I(1), I(0), "", I(99), I(10));
    SAY("people behind one", true, DB_PEOPLE_SHARED, "iitii", I(1), I(1), "ana", I(99), I(1));
}

/* Of messages as DB_READ takes them: a stamp, a node's name. */
#define RECORD(stamp, node) "0000000000000000" stamp node "                              "
#define NOBODYS             RECORD("777", "n1") RECORD("777", "n1")
#define RECORDS                                                                                    \
    NOBODYS NOBODYS NOBODYS NOBODYS NOBODYS NOBODYS NOBODYS RECORD("104", "n1")                    \
        RECORD("100", "n1") RECORD("103", "n9") RECORD("777", "n1") RECORD("104", "n1")

static struct db_tx *receipt(int64_t user, int64_t up_to)
{
    struct db_tx *tx = store_run_tx(&run, false);
    store_run_call(&run, tx, DB_ROOM_LOCK, "i", I(1));
    store_run_call(&run, tx, DB_RECEIVED, "iii", up_to, I(1), user);
    store_run_call(&run, tx, DB_READ, "tiiii", RECORDS, I(19), I(50), I(1), user);
    store_run_call(&run, tx, DB_RECEIPTS_ADVANCE, "i", I(1));
    store_run_call(&run, tx, DB_RECEIPTS_HEAD, "ii", I(3), I(1));
    store_run_call(&run, tx, DB_RECEIPTS_AFTER, "iiii", I(1), I(0), I(0), I(10));
    return tx;
}

static void play_receipts(void)
{
    say("ana has four, reads none", receipt(1, 4));
    say("ana has all, reads bob's", receipt(1, 99));
    say("once more", receipt(1, 99));
    say("no member reads", receipt(7, 99));
}

static struct db_tx *revoked(int64_t kind, const char *name, int64_t issued_until, int64_t kept)
{
    struct db_tx *tx = store_run_tx(&run, false);
    store_run_call(&run, tx, DB_REVOKED_ADVANCE, "");
    store_run_call(&run, tx, DB_REVOKED_ADD, "itii", kind, name, issued_until, kept);
    store_run_call(&run, tx, DB_REVOKED_FORGET, "i", I(50));
    store_run_call(&run, tx, DB_REVOKED_AFTER, "ii", I(0), I(10));
    return tx;
}

static void play_revoked(void)
{
    say("ana until 10", revoked(0, "ana", 10, 100));
    say("a token", revoked(1, "ana", 11, 110));
    say("ana until 20", revoked(0, "ana", 20, 90));
    say("ana, put back", revoked(0, "ana", 15, 120));
    say("kept no longer", revoked(0, "bob", 5, 40));
    say("forgotten", revoked(0, "eve", 5, 60));
    SAY("what is new", true, DB_REVOKED_AFTER, "ii", I(4), I(10));
    SAY("the first of it", true, DB_REVOKED_AFTER, "ii", I(0), I(1));
}

static void play(void)
{
    static const char odd[] =
        "it's \"q\" \\ \xF0\x9F\x92\xAC \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D $1 %s "
        "\x01\n\t--;";
    char long_text[8193];

    memset(long_text, 'x', sizeof long_text);
    long_text[8192] = '\0';
    store_run_found(&run);
    say("bytes differ", store_run_create(&run, "a", 1, "ca", NULL, 20));
    say("by bytes", store_run_create(&run, "B", 1, "cb", "Bob", 22));
    say("no text", store_run_create(&run, "\xC3\xA9", 1, "", NULL, 24));
    say("a room of nobody", create(1, "yes", "bob", 1, 256));
    say("of two", store_run_direct(&run, "two", 1, "ana", "bob", 26));
    say("by the other", store_run_direct(&run, "two", 2, "bob", "ana", 28));
    say("in too many", too_many());
    say("not joined", join(3, "j0", "two", 99, 10));
    say("nobody shares", create(3, "no1", "ana", 3, 256));
    say("one shares", create(1, "no2", "eve", 2, 256));
    say("full", create(1, "no3", "bob", 1, 2));
    say("it is the next one's", create(1, "yes", "bob", 0, 256));
    say("send", store_run_send(&run, 1, 1, "s1", "hi", 100));
    say("the same again", store_run_send(&run, 1, 1, "s1", "hi", 101));
    say("its second try", store_run_send(&run, 1, 1, "s1", "hi", 100));
    say("the same elsewhere", store_run_send(&run, 2, 1, "s1", "hi", 102));
    say("case of an id", store_run_send(&run, 1, 1, "S1", "hi", 103));
    say("another's id", store_run_send(&run, 1, 2, "s1", "hi", 104));
    say("no member", store_run_send(&run, 1, 3, "s2", "hi", 105));
    say("no such room", store_run_send(&run, 77, 1, "s3", "hi", 106));
    say("stamp twice", store_run_send(&run, 1, 1, "s4", "hi", 100));
    say("after a refusal", store_run_send(&run, 1, 1, "s4", "hi", 107));
    say("stamp behind", store_run_send(&run, 1, 1, "s5", "hi", 9));
    say("odd text", store_run_send(&run, 1, 1, odd, odd, 108));
    say("long text", store_run_send(&run, 1, 1, "s6", long_text, 109));
    say("empty text", store_run_send(&run, 1, 1, "s7", "", 110));
    say("join", join(3, "j1", "r1", 111, 10));
    say("join twice", join(3, "j2", "r1", 112, 10));
    say("join nothing", join(3, "j3", "nowhere", 113, 10));
    say("join too many", join(2, "j4", "r2", 114, 1));
    say("leave", leave(2, "l1", 115));
    say("leave twice", leave(2, "l2", 116));
    say("join again", join(2, "j5", "r1", 117, 10));
    say("last stamp", store_run_send(&run, 2, 1, "s8", "hi", INT64_MAX));
    say("no stamp is left", store_run_send(&run, 2, 1, "s9", "hi", 118));
    say("page", page(1, 0, 100, 100));
    say("page of two", page(1, 3, 100, 2));
    say("page up to", page(1, 3, 4, 100));
    say("no page", page(1, 90, 100, 100));
    say("nothing", store_run_tx(&run, true));
    say("rooms of ana", one(true, DB_USER_ROOMS, "t", "ana"));
    say("rooms of bob", one(true, DB_USER_ROOMS, "t", "bob"));
    say("rooms of none", one(true, DB_USER_ROOMS, "t", "Ana"));
    play_since();
    play_before();
    say("find", one(true, DB_USER_FIND, "t", "bob"));
    say("find none", one(true, DB_USER_FIND, "t", "b'ob"));
    say("room", one(true, DB_ROOM_FIND, "t", "r1"));
    say("room none", one(true, DB_ROOM_FIND, "t", "R1"));
    say("user again", one(false, DB_USER_ADD, "t", "ana"));
    play_presence();
    play_receipts();
    say("whose it is", one(true, DB_INSTALLATION, "", ""));
    play_revoked();
    say("the node", one(true, DB_NODE_FIND, "t", "n1"));
    say("no node", one(true, DB_NODE_FIND, "t", "N1"));
    say("another life", life(2));
    say("the same once more", life(2));
    say("it says who it is", claim(2, "pid 1 on a"));
    say("an older one says so late", claim(1, "pid 2 on b"));
    say("another says so of the same", claim(2, "pid 3 on c"));
    say("it gave up to none", yield(2));
    say("the older one gave up", yield(1));
    say("it lives", beat());
    say("and on", beat());
    say("the fence", fenced(1, 2));
    say("its row", one_fence(2));
    say("an older life", fenced(1, 1));
    say("its row is none", one_fence(1));
    say("a node that never was", fenced(7, 2));
    say("room again", store_run_create(&run, "r1", 2, "cr", "eve", 30));
}

static bool said_line(const char *line)
{
    return strstr(script.bytes, line) != NULL;
}

static void both_databases_answer_the_whole_catalogue_alike(void **state)
{
    struct buf first = {0};

    (void)state;
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
        buf_clear(&script);
        assert_int_equal(
            store_run_open(&run, store_server_new(&server, (enum store_kind)kind, &where), NULL),
            HB_OK);
        play();
        for (int i = 0; i < DB_STMT_COUNT; i++) {
            assert_true(run.used[i]);
        }
        store_run_close(&run);
        if (kind == 0) {
            buf_add(&first, script.bytes, script.len);
        }
        assert_string_equal(script.bytes, first.bytes);
    }
    assert_true(said_line("\nsend: ok {} {} {} {[3 100 0]} {['r1' 3 0 'n1' 100 100 99 -7]}\n"));
    assert_true(
        said_line("\nthe same again: ok {} {} {} {[3 100 0]} {['r1' 3 0 'n1' 100 100 99 -7]}\n"));
    assert_true(
        said_line("\nits second try: ok {} {} {} {[3 100 0]} {['r1' 3 0 'n1' 100 100 99 -7]}\n"));
    assert_true(said_line("\nof two: ok {[7]} {[7 0]} {[1 26]} {} {[2 27]} {} {}\n"));
    assert_true(said_line("\nby the other: ok {} {[7 2]} {} {} {} {} {}\n"));
    assert_true(said_line("\na room of nobody: ok {} {[5]} {[6]} {} {[6 0]}\n"));
    assert_true(said_line("\nit is the next one's: ok {} {[6]} {[6]} {} {[6 0]}\n"));
    assert_true(said_line("\nnobody shares: ok {} {[0]} {} {['ana' 0]['bob' 0]['nobody' 0]} {}\n"));
    assert_true(said_line("\none shares: ok {} {[6]} {} {['eve' 0]} {}\n"));
    assert_true(said_line("\nfull: ok {} {[6]} {} {['ana' 1]['bob' 1]} {}\n"));
    assert_true(said_line("\nin too many: ok {}\n"));
    assert_true(said_line("\nnot joined: ok {[7 2]} {} {} {} {} {}\n"));
    assert_true(
        said_line("\nana has four, reads none: ok {} {} {} {} {[1 3]} {[1 'ana' 4 0 null 0]}\n"));
    assert_true(said_line("\nana has all, reads bob's: "));
    assert_true(said_line("\nno member: ok {} {} {} {[5 104 0]} {}\n"));
    assert_true(said_line("\nno such room: ok {} {} {} {} {}\n"));
    assert_true(said_line("\nstamp twice: stamp_taken\n"));
    assert_true(said_line("\nafter a refusal: ok {} {} {} {[6 107 0]} "));
    assert_true(said_line("\nno stamp is left: ok {} {} {} {[2 9223372036854775807 0]} {}\n"));
    assert_true(said_line("\nnothing: ok\n"));
    assert_true(said_line("\nrooms of none: ok {}\n"));
    assert_true(said_line("\nthe node: ok {[1 1]}\nno node: ok {}\n"));
    assert_true(said_line("\nit says who it is: ok {} {[2 'pid 1 on a' 50 0 0]}\n"));
    assert_true(said_line("\nan older one says so late: ok {} {[2 'pid 1 on a' 50 0 0]}\n"));
    assert_true(said_line("\nanother says so of the same: ok {} {[2 'pid 1 on a' 50 0 0]}\n"));
    assert_true(said_line("\nit gave up to none: ok {} {[2 'pid 1 on a' 50 0 0]}\n"));
    assert_true(said_line("\nthe older one gave up: ok {} {[2 'pid 1 on a' 50 1 60]}\n"));
    assert_true(said_line("\nit lives: ok {} {} {['n1' 2 1 1]}\n"));
    assert_true(said_line("\nand on: ok {} {} {['n1' 2 2 1]}\n"));
    assert_true(said_line("\nanother life: ok {[1 2]} {[9223372036854775807]}\n"));
    assert_true(said_line("\nthe same once more: ok {} {[9223372036854775807]}\n"));
    assert_true(said_line("\nthe fence: ok {}\nits row: ok {[1]}\n"));
    assert_true(said_line("\nan older life: fenced\nits row is none: ok {}\n"));
    assert_true(said_line("\na node that never was: fenced\n"));
    buf_deinit(&first);
    buf_deinit(&script);
}

/* --- Batches -------------------------------------------------------------------------------- */

#define MANY 1000

static void many_at_once_are_few_batches_and_one_answer_each(void **state)
{
    char id[16];
    int64_t head = 0;

    (void)state;
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
        assert_int_equal(
            store_run_open(&run, store_server_new(&server, (enum store_kind)kind, &where), NULL),
            HB_OK);
        store_run_found(&run);
        const uint64_t before = store_batches_count(run.store);
        for (int i = 0; i < MANY; i++) {
            (void)snprintf(id, sizeof id, "c%d", i);
            store_run_submit(&run, store_run_send(&run, 1 + i % 2, 1, id, "hi", 100 + i));
        }
        store_run_wait(&run);
        assert_false(run.answered_within);
        assert_int_equal(store_batches_count(run.store) - before,
                         (MANY + STORE_BATCH_TXS_MAX - 1) / STORE_BATCH_TXS_MAX);
        for (size_t i = 0; i < run.outcomes_len; i++) {
            assert_int_equal(run.outcomes[i].answers_count, 1);
            assert_int_equal(run.outcomes[i].err, HB_OK);
        }
        assert_true(store_run_log(&run, 1, &said, &head));
        assert_int_equal(head, 2 + MANY / 2);
        store_run_close(&run);
    }
}

static void one_refused_transaction_does_not_hurt_its_batch(void **state)
{
    char id[16];
    int64_t head = 0;

    (void)state;
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
        assert_int_equal(
            store_run_open(&run, store_server_new(&server, (enum store_kind)kind, &where), NULL),
            HB_OK);
        store_run_found(&run);
        const size_t first = run.outcomes_len;
        for (int i = 0; i < 10; i++) { /* the sixth has the fifth's stamp */
            (void)snprintf(id, sizeof id, "c%d", i);
            store_run_submit(&run, store_run_send(&run, 1, 1, id, "hi", 100 + (i == 5 ? 4 : i)));
        }
        store_run_submit(&run, one(true, DB_USER_FIND, "t", "bob"));
        store_run_wait(&run);
        for (size_t i = first; i < run.outcomes_len; i++) {
            assert_int_equal(run.outcomes[i].err, i - first == 5 ? HB_ESTAMP : HB_OK);
        }
        assert_true(store_run_log(&run, 1, &said, &head));
        assert_string_equal(said.bytes, " create-r1 c0 c1 c2 c3 c4 c6 c7 c8 c9 ");
        store_run_close(&run);
    }
}

static struct db_tx *send_of_life(uint64_t incarnation, const char *id, int64_t stamp)
{
    struct db_tx *tx = store_run_send(&run, 1, 1, id, "hi", stamp);
    tx->fence = (struct db_life){1, incarnation};
    return tx;
}

/* All within one batch, in this order. */
static void in_a_batch_each_transaction_is_judged_by_its_own_fence(void **state)
{
    static const struct {
        const char *id;
        uint64_t incarnation; /* 0: the second life registers */
        enum hb_err err;
    } cases[] = {
        {"before", 1, HB_OK},     {NULL, 0, HB_OK},    {"late", 1, HB_EFENCED},  {"new", 2, HB_OK},
        {"later", 1, HB_EFENCED}, {"newer", 2, HB_OK}, {"ahead", 3, HB_EFENCED},
    };
    const size_t count = sizeof cases / sizeof cases[0];
    int64_t head;

    (void)state;
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
        assert_int_equal(
            store_run_open(&run, store_server_new(&server, (enum store_kind)kind, &where), NULL),
            HB_OK);
        store_run_found(&run);
        const size_t first = run.outcomes_len;
        /* PostgreSQL's batches are sorted by rooms: what registers locks none, and would come last. */
        const bool sorted = kind == STORE_POSTGRESQL;
        for (size_t i = 0; i < count; i++) {
            store_run_submit(
                &run, cases[i].incarnation == 0
                          ? life(2)
                          : send_of_life(cases[i].incarnation, cases[i].id, 100 + (int64_t)i));
            if (sorted) {
                store_run_wait(&run);
            }
        }
        store_run_wait(&run);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(run.outcomes[first + i].err, cases[i].err);
        }
        assert_true(store_run_log(&run, 1, &said, &head));
        assert_string_equal(said.bytes, " create-r1 before new newer ");
        store_run_close(&run);
    }
}

#define ROUNDS 12
#define SENDS  8

/* Two processes under one name: the older one's transactions are on their way while the newer one
 * registers. Whoever comes first: what the older one commits is below the floor that the newer one
 * reads, and what comes later commits nothing. */
static void what_an_older_process_has_on_its_way_is_below_the_floor_or_nowhere(void **state)
{
    struct store_run newer;
    char id[24];
    long long registered = 0;
    long long floor = 0;
    int64_t head;

    (void)state;
    const char *database = store_server_new(&server, STORE_POSTGRESQL, &where);
    assert_int_equal(store_run_open(&run, database, NULL), HB_OK);
    store_run_found(&run);
    assert_int_equal(store_run_open(&newer, database, NULL), HB_OK);
    for (int64_t round = 1; round <= ROUNDS; round++) {
        const size_t first = run.outcomes_len;
        for (int i = 0; i < SENDS; i++) {
            (void)snprintf(id, sizeof id, "k%d-%d", (int)round, i);
            store_run_submit(&run, send_of_life((uint64_t)round, id, round * 100 + i));
        }
        for (int64_t turn = 0; turn < round; turn++) { /* the further, the later the round */
            (void)uv_run(&run.loop, UV_RUN_NOWAIT);
        }
        const char *got = store_run_do(&newer, life_of(&newer, round + 1));
        assert_int_equal(sscanf(got, "ok {[1 %lld]} {[%lld]}", &registered, &floor), 2);
        assert_int_equal(registered, round + 1);
        store_run_wait(&run);
        assert_true(store_run_log(&run, 1, &said, &head));
        for (int i = 0; i < SENDS; i++) {
            const enum hb_err err = run.outcomes[first + (size_t)i].err;
            (void)snprintf(id, sizeof id, " k%d-%d ", (int)round, i);
            assert_true(err == HB_OK || err == HB_EFENCED);
            assert_int_equal(strstr(said.bytes, id) != NULL, err == HB_OK);
            assert_true(err == HB_EFENCED || round * 100 + i <= floor);
        }
    }
    store_run_close(&newer);
    store_run_close(&run);
}

#define PAIRS 60

/* Both of each pair at once, by two processes where the database takes two. */
static void two_who_write_to_each_other_at_once_come_to_one_room(void **state)
{
    char room[16];
    struct store_run second;

    (void)state;
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
        const char *database = store_server_new(&server, (enum store_kind)kind, &where);
        const bool two = kind == STORE_POSTGRESQL;
        assert_int_equal(store_run_open(&run, database, NULL), HB_OK);
        store_run_found(&run);
        if (two) {
            assert_int_equal(store_run_open(&second, database, NULL), HB_OK);
        }
        struct store_run *other = two ? &second : &run;
        for (int i = 0; i < PAIRS; i++) {
            (void)snprintf(room, sizeof room, "dm-%d", i);
            store_run_submit(&run, store_run_direct(&run, room, 1, "ana", "bob", 1000 + 4 * i));
            store_run_submit(other, store_run_direct(other, room, 2, "bob", "ana", 1002 + 4 * i));
            (void)uv_run(&run.loop, UV_RUN_NOWAIT);
            (void)uv_run(&other->loop, UV_RUN_NOWAIT);
        }
        store_run_wait(&run);
        store_run_wait(other);
        for (size_t i = 0; i < other->outcomes_len; i++) {
            assert_int_equal(other->outcomes[i].err, HB_OK);
        }
        for (int i = 0; i < PAIRS; i++) {
            (void)snprintf(room, sizeof room, "dm-%d", i);
            /* Its key, its two joins, and that nobody else joins. */
            assert_non_null(
                strstr(store_run_do(&run, one(true, DB_ROOM_FIND, "t", room)), " 2 2]}"));
        }
        for (int user = 0; user < 2; user++) {
            const char *rooms =
                store_run_do(&run, one(true, DB_USER_ROOMS, "t", user == 0 ? "ana" : "bob"));
            int found = 0;
            for (const char *at = rooms; (at = strstr(at, "'dm-")) != NULL; at++) {
                found++;
            }
            assert_int_equal(found, PAIRS);
        }
        if (two) {
            store_run_close(&second);
        }
        store_run_close(&run);
    }
}

/* What a transaction reads, it reads at one instant: the head it sees has its entry. */
static void what_only_reads_is_one_snapshot(void **state)
{
    char id[16];
    char head[32];

    (void)state;
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
        assert_int_equal(
            store_run_open(&run, store_server_new(&server, (enum store_kind)kind, &where), NULL),
            HB_OK);
        store_run_found(&run);
        for (int i = 0; i < 200; i++) {
            (void)snprintf(id, sizeof id, "c%d", i);
            store_run_submit(&run, store_run_send(&run, 1, 1, id, "hi", 100 + i));
            struct db_tx *tx = store_run_tx(&run, true);
            store_run_call(&run, tx, DB_ROOM_HEAD, "i", I(1));
            store_run_call(&run, tx, DB_USER_ROOMS, "t", "bob");
            const char *got = store_run_do(&run, tx);
            assert_int_equal(sscanf(got, "ok {[%31[0-9]", head), 1);
            buf_clear(&said);
            buf_printf(&said, " {[1 'r1' %s 2]}", head);
            assert_non_null(strstr(got, said.bytes));
        }
        store_run_close(&run);
    }
}

static void more_than_the_queue_holds_is_refused(void **state)
{
    unsigned refused = 0;

    (void)state;
    assert_int_equal(store_run_open(&run, store_server_new(&server, STORE_SQLITE, &where), NULL),
                     HB_OK);
    store_run_found(&run);
    const size_t first = run.outcomes_len;
    for (int i = 0; i < STORE_QUEUE_TXS_MAX + 3; i++) {
        store_run_submit(&run, one(true, DB_USER_FIND, "t", "bob"));
    }
    store_run_wait(&run);
    for (size_t i = first; i < run.outcomes_len; i++) {
        refused += run.outcomes[i].err == HB_EAGAIN;
    }
    assert_int_equal(refused, 3);
    assert_int_equal(run.outcomes[run.outcomes_len - 1].err, HB_EAGAIN);
    store_run_close(&run);
}

/* --- Life ----------------------------------------------------------------------------------- */

static void reopening_keeps_data_and_epoch(void **state)
{
    (void)state;
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
        uint64_t epochs[2];
        const char *path = store_server_new(&server, (enum store_kind)kind, &where);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(store_run_open(&run, path, NULL), HB_OK);
            if (i == 0) {
                store_run_found(&run);
            }
            assert_string_equal(store_run_do(&run, one(true, DB_ROOM_FIND, "t", "r1")),
                                "ok {[1 2 1]}");
            epochs[i] = run.epoch;
            store_run_close(&run);
        }
        assert_true(epochs[0] != 0 && epochs[0] == epochs[1]);
    }
    assert_int_equal(store_run_open(&run, store_server_new(&server, STORE_SQLITE, &where), NULL),
                     HB_OK);
    store_run_found(&run);
    const uint64_t epoch = run.epoch;
    store_run_close(&run);
    assert_int_equal(store_run_open(&run, store_server_new(&server, STORE_SQLITE, &where), NULL),
                     HB_OK);
    store_run_found(&run);
    assert_true(run.epoch != epoch); /* another database, another epoch */
    store_run_close(&run);
}

static void closing_answers_nothing_and_leaves_nothing(void **state)
{
    (void)state;
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
        assert_int_equal(
            store_run_open(&run, store_server_new(&server, (enum store_kind)kind, &where), NULL),
            HB_OK);
        store_run_found(&run);
        const size_t before = run.answered_count;
        for (int i = 0; i < 600; i++) { /* a batch runs, the rest waits */
            store_run_submit(&run, one(i % 2 == 0, DB_USER_FIND, "t", "bob"));
            if (i == 10) {
                (void)uv_run(&run.loop, UV_RUN_NOWAIT);
            }
        }
        const size_t answered = run.answered_count;
        assert_true(answered - before <= 11);
        store_close(&run.store);
        (void)uv_run(&run.loop, UV_RUN_DEFAULT);
        assert_int_equal(run.answered_count, answered);
        store_run_close(&run);
    }
}

static void close_on_answer(struct store_run *of, const struct db_answer *answer)
{
    (void)answer;
    store_close(&of->store);
}

static void an_answer_may_close_the_store(void **state)
{
    (void)state;
    for (int kind = 0; kind < STORE_KIND_COUNT; kind++) {
        assert_int_equal(
            store_run_open(&run, store_server_new(&server, (enum store_kind)kind, &where), NULL),
            HB_OK);
        store_run_found(&run);
        const size_t before = run.answered_count;
        run.on_answer = close_on_answer;
        for (int i = 0; i < 600; i++) { /* while it answers, the next batch runs */
            store_run_submit(&run, one(false, DB_USER_FIND, "t", "bob"));
        }
        (void)uv_run(&run.loop, UV_RUN_DEFAULT);
        assert_int_equal(run.answered_count - before, 1);
        store_run_close(&run);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_databases_answer_the_whole_catalogue_alike),
        cmocka_unit_test(many_at_once_are_few_batches_and_one_answer_each),
        cmocka_unit_test(one_refused_transaction_does_not_hurt_its_batch),
        cmocka_unit_test(in_a_batch_each_transaction_is_judged_by_its_own_fence),
        cmocka_unit_test(what_an_older_process_has_on_its_way_is_below_the_floor_or_nowhere),
        cmocka_unit_test(two_who_write_to_each_other_at_once_come_to_one_room),
        cmocka_unit_test(what_only_reads_is_one_snapshot),
        cmocka_unit_test(more_than_the_queue_holds_is_refused),
        cmocka_unit_test(reopening_keeps_data_and_epoch),
        cmocka_unit_test(closing_answers_nothing_and_leaves_nothing),
        cmocka_unit_test(an_answer_may_close_the_store),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
