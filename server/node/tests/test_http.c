/* Requests: routes, tokens, refusals, the same outcomes as by frames; and a token that came with the
 * handshake. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <cJSON.h>
#include <stdio.h>
#include <string.h>

static struct fake *fake;

/* Ana is connection 1, bob 2. */
static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){.page_rows = 2});
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
#define HI            "{\"clientId\":\"h1\",\"content\":\"hi\"}"

static const char *token(const char *user)
{
    return fake_token(fake, user, 2000);
}

static void post(uint64_t id, const char *user, const char *path, const char *body)
{
    fake_http(fake, id,
              (struct fake_request){.method = "POST",
                                    .path = path,
                                    .token = user != NULL ? token(user) : NULL,
                                    .type = "application/json",
                                    .body = body});
}

static void get(uint64_t id, const char *user, const char *path, const char *query)
{
    fake_http(fake, id,
              (struct fake_request){.method = "GET",
                                    .path = path,
                                    .query = query,
                                    .token = user != NULL ? token(user) : NULL});
}

static void a_posted_message_is_acked_and_delivered_like_a_sent_one(void **state)
{
    (void)state;
    post(1, "ana", "/api/rooms/r1/messages", HI);
    EXPECT("http 1 200 ack h1 r1#3\n"
           "c1 < message r1#3 ana/h1 'hi'\n"
           "c2 < message r1#3 ana/h1 'hi'\n");
    post(2, "ana", "/api/rooms/r1/messages", " \n{ \"content\":\"hi\" , \"clientId\":\"h1\" } ");
    EXPECT("http 2 200 ack h1 r1#3\n"); /* a resend: the first answer, nothing else */
}

/* How many texts of this name equal `text`, however deep. */
static int count_texts(const cJSON *item, const char *name, const char *text)
{
    int found = 0;
    for (; item != NULL; item = item->next) {
        found += item->string != NULL && strcmp(item->string, name) == 0 && cJSON_IsString(item) &&
                 strcmp(item->valuestring, text) == 0;
        found += count_texts(item->child, name, text);
    }
    return found;
}

static void another_reader_finds_any_text_in_frames_and_answers_as_it_was_posted(void **state)
{
    (void)state;
    static const char said[] =
        "\"q' \\ \b\f\n\r\t\x01\x1f\x7f \xe2\x80\xa8\xe2\x80\xa9 </script> \xd7\xa9";
    cJSON *body = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(body, "clientId", "h1");
    (void)cJSON_AddStringToObject(body, "content", said);
    char *posted = cJSON_PrintUnformatted(body);
    char query[512];

    post(1, "ana", "/api/rooms/r1/messages", posted);
    cJSON *tree = cJSON_Parse(fake_last_json(fake)); /* what bob was sent */
    assert_int_equal(count_texts(tree, "content", said), 1);
    cJSON_Delete(tree);
    get(2, "bob", "/api/messages/sync", "lastSyncTimestamp=0"); /* two joins fill the page */
    tree = cJSON_Parse(fake_last_json(fake));
    (void)snprintf(query, sizeof query, "cursor=%s",
                   cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "cursor")));
    cJSON_Delete(tree);
    get(3, "bob", "/api/messages/sync", query);
    tree = cJSON_Parse(fake_last_json(fake));
    assert_int_equal(count_texts(tree, "content", said), 1);
    cJSON_Delete(tree);
    cJSON_Delete(body);
    cJSON_free(posted);
}

static void who_has_no_connection_here_may_post_too(void **state)
{
    (void)state;
    post(1, "eve", "/api/rooms/r2/messages", HI);
    EXPECT("http 1 200 ack h1 r2#2\n");
}

static void what_is_wrong_with_a_post_is_told_by_status_and_code(void **state)
{
    (void)state;
    static const struct {
        const char *name, *user, *path, *body, *want;
    } cases[] = {
        {"no token", NULL, "/api/rooms/r1/messages", HI,
         "http 7 401 error unauthenticated clientId=h1\n"},
        {"another's room", "ana", "/api/rooms/r2/messages", HI, "http 7 404 nack h1 denied\n"},
        {"no such room", "ana", "/api/rooms/nil/messages", HI, "http 7 404 nack h1 denied\n"},
        {"no room's name", "ana", "/api/rooms/../messages", HI,
         "http 7 404 error denied clientId=h1\n"},
        {"no such path", "ana", "/api/rooms/r1/message", HI, "http 7 404 error denied\n"},
        {"no body", "ana", "/api/rooms/r1/messages", NULL, "http 7 400 error bad_json\n"},
        {"blank", "ana", "/api/rooms/r1/messages", "  ", "http 7 400 error bad_json\n"},
        {"no object", "ana", "/api/rooms/r1/messages", "[1]", "http 7 400 error bad_frame\n"},
        {"cut", "ana", "/api/rooms/r1/messages", "{", "http 7 400 error bad_json\n"},
        {"bytes behind", "ana", "/api/rooms/r1/messages", HI "x", "http 7 400 error bad_json\n"},
        {"empty object", "ana", "/api/rooms/r1/messages", "{}",
         "http 7 400 error bad_field field=clientId\n"},
        {"a room in the body", "ana", "/api/rooms/r1/messages", "{\"roomId\":\"r2\"}",
         "http 7 400 error bad_json\n"},
        {"another type of frame", "ana", "/api/rooms/r1/messages", "{\"type\":\"ping\"}",
         "http 7 400 error bad_json\n"},
        {"empty content", "ana", "/api/rooms/r1/messages", "{\"clientId\":\"h1\",\"content\":\"\"}",
         "http 7 400 error bad_field clientId=h1 field=content\n"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case: %s\n", cases[i].name);
        post(7, cases[i].user, cases[i].path, cases[i].body);
        EXPECT(cases[i].want);
    }
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT SUM(head) FROM rooms"), 4);
}

static void methods_types_and_tokens_are_judged(void **state)
{
    (void)state;
    get(1, "ana", "/api/messages", NULL);
    EXPECT("http 1 405 error bad_frame field=method allow POST\n");
    post(2, "ana", "/api/messages/sync", HI);
    EXPECT("http 2 405 error bad_frame field=method allow GET, HEAD\n");
    fake_http(fake, 3,
              (struct fake_request){.method = "POST",
                                    .path = "/api/rooms/r1/messages",
                                    .token = token("ana"),
                                    .type = "text/plain",
                                    .body = HI});
    EXPECT("http 3 415 error bad_frame field=content-type\n");
    fake_http(fake, 4,
              (struct fake_request){.method = "POST",
                                    .path = "/api/rooms/r1/messages",
                                    .token = fake_token(fake, "ana", 100), /* now is 1000 s */
                                    .type = "Application/JSON; charset=utf-8",
                                    .body = HI});
    EXPECT("http 4 401 error unauthenticated clientId=h1\n");
}

static void rooms_are_listed_to_who_is_in_them_by_name_and_in_pages(void **state)
{
    (void)state;
    static const struct {
        const char *name, *user, *query, *want;
    } cases[] = {
        {"all", "ana", NULL,
         "{\"rooms\":[{\"roomId\":\"r\",\"head\":1,\"joined\":1},"
         "{\"roomId\":\"r1\",\"head\":2,\"joined\":1},"
         "{\"roomId\":\"r10\",\"head\":1,\"joined\":1},"
         "{\"roomId\":\"r3\",\"head\":1,\"joined\":1}]}"},
        {"a page", "ana", "limit=2",
         "{\"rooms\":[{\"roomId\":\"r\",\"head\":1,\"joined\":1},"
         "{\"roomId\":\"r1\",\"head\":2,\"joined\":1}],\"next\":\"r1\"}"},
        {"the next, and just all", "ana", "limit=2&after=r1",
         "{\"rooms\":[{\"roomId\":\"r10\",\"head\":1,\"joined\":1},"
         "{\"roomId\":\"r3\",\"head\":1,\"joined\":1}]}"},
        {"behind a name of no room", "ana", "after=r0&limit=1",
         "{\"rooms\":[{\"roomId\":\"r1\",\"head\":2,\"joined\":1}],\"next\":\"r1\"}"},
        {"behind the last", "ana", "after=r3", "{\"rooms\":[]}"},
        {"who came later", "bob", "limit=1000000",
         "{\"rooms\":[{\"roomId\":\"r1\",\"head\":2,\"joined\":2}]}"},
        {"who is in none", "dan", NULL, "{\"rooms\":[]}"},
        {"no number", "ana", "limit=x", "limit"},
        {"no page", "ana", "limit=0", "limit"},
        {"no name", "ana", "after=a:b", "after"},
        {"an empty name", "ana", "after=", "after"},
    };
    char want[96];

    post(1, "ana", "/api/rooms", "{\"roomId\":\"r10\",\"clientId\":\"h1\"}");
    post(2, "ana", "/api/rooms", "{\"roomId\":\"r\",\"clientId\":\"h2\"}");
    (void)fake_trace(fake);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const bool good = cases[i].want[0] == '{';
        print_message("case: %s\n", cases[i].name);
        get(7, cases[i].user, "/api/rooms", cases[i].query);
        if (good) {
            assert_non_null(strstr(fake_trace(fake), "http 7 200"));
            assert_string_equal(fake_last_json(fake), cases[i].want);
        } else {
            (void)snprintf(want, sizeof want, "http 7 400 error bad_field field=%s\n",
                           cases[i].want);
            EXPECT(want);
        }
    }
    get(8, NULL, "/api/rooms", NULL);
    EXPECT("http 8 401 error unauthenticated\n");
    fake_http(fake, 9, (struct fake_request){.method = "PUT", .path = "/api/rooms"});
    EXPECT("http 9 405 error bad_frame field=method allow GET, HEAD, POST\n");
}

static void members_are_told_to_members_alone(void **state)
{
    (void)state;
    static const struct {
        const char *name, *user, *path, *query, *want;
    } cases[] = {
        {"all", "bob", "/api/rooms/r1/members", NULL,
         "{\"members\":[{\"userId\":\"ana\",\"joined\":1},{\"userId\":\"bob\",\"joined\":2}]}"},
        {"a page", "bob", "/api/rooms/r1/members", "limit=1",
         "{\"members\":[{\"userId\":\"ana\",\"joined\":1}],\"next\":\"ana\"}"},
        {"the last", "bob", "/api/rooms/r1/members", "limit=1&after=ana",
         "{\"members\":[{\"userId\":\"bob\",\"joined\":2}]}"},
        {"behind the last", "bob", "/api/rooms/r1/members", "after=bob", "{\"members\":[]}"},
        {"the path's room counts", "bob", "/api/rooms/r1/members", "room=r2&after=bob",
         "{\"members\":[]}"},
        {"another's", "eve", "/api/rooms/r1/members", NULL, "404 error denied field=room"},
        {"another's, by the query", "eve", "/api/rooms/r1/members", "room=r2",
         "404 error denied field=room"},
        {"none", "eve", "/api/rooms/nil/members", NULL, "404 error denied field=room"},
        {"no room's name", "eve", "/api/rooms/../members", NULL, "404 error denied"},
        {"no page", "bob", "/api/rooms/r1/members", "limit=0", "400 error bad_field field=limit"},
        {"no name", "bob", "/api/rooms/r1/members", "after=a:b", "400 error bad_field field=after"},
        {"no name", "bob", "/api/rooms/r1/members", "after", "400 error bad_field field=after"},
        {"two names", "bob", "/api/rooms/r1/members", "after=ana&after=bob",
         "400 error bad_field field=after"},
        {"no token", NULL, "/api/rooms/r1/members", NULL, "401 error unauthenticated"},
    };
    char want[96];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case: %s\n", cases[i].name);
        get(7, cases[i].user, cases[i].path, cases[i].query);
        if (cases[i].want[0] == '{') {
            assert_non_null(strstr(fake_trace(fake), "http 7 200"));
            assert_string_equal(fake_last_json(fake), cases[i].want);
        } else {
            (void)snprintf(want, sizeof want, "http 7 %s\n", cases[i].want);
            EXPECT(want);
        }
    }
    /* She leaves by another node, after this one has read her rooms: the page's statement alone knows. */
    fake_db_late(fake, true);
    get(7, "ana", "/api/rooms/r1/members", NULL);
    (void)fake_other_moves(fake, "r1", "ana", ENTRY_LEAVE, false);
    fake_db_late(fake, false);
    fake_db_release(fake);
    EXPECT("http 7 404 error denied field=room\n");
    post(8, "bob", "/api/rooms/r1/leave", "{\"clientId\":\"h8\"}");
    (void)fake_trace(fake);
    get(9, "bob", "/api/rooms/r1/members", NULL);
    EXPECT("http 9 404 error denied field=room\n");
}

static void a_sync_without_a_cursor_begins_at_the_beginning_and_pages_to_the_end(void **state)
{
    (void)state;
    char query[600];

    (void)fake_other_sends(fake, "r1", "bob", "k1", true);
    (void)fake_trace(fake);
    get(1, "ana", "/api/messages/sync", NULL);
    EXPECT("http 1 200 sync_response r1#1 r1#2 heads r1@3 r3@1 more\n");
    (void)snprintf(query, sizeof query, "limit=1&cursor=%s", fake_cursor(fake));
    get(2, "ana", "/api/messages/sync", query);
    EXPECT("http 2 200 sync_response r3#1 heads r1@3 r3@1 more\n");
    (void)snprintf(query, sizeof query, "cursor=%s", fake_cursor(fake));
    get(3, "ana", "/api/messages/sync", query);
    EXPECT("http 3 200 sync_response r1#3 heads r1@3 r3@1\n");
    get(4, "bob", "/api/messages/sync", query);
    EXPECT("http 4 400 error bad_cursor field=cursor\n"); /* another's */
}

static void a_sync_has_the_rooms_in_focus_first(void **state)
{
    (void)state;
    char query[600];

    (void)fake_trace(fake);
    get(1, "ana", "/api/messages/sync", "focus=r9,r3");
    EXPECT("http 1 200 sync_response r3#1 heads r1@2 r3@1 more\n");
    (void)snprintf(query, sizeof query, "focus=r9%%2Cr3&cursor=%s", fake_cursor(fake));
    get(2, "ana", "/api/messages/sync", query);
    EXPECT("http 2 200 sync_response r1#1 r1#2 heads r1@2 r3@1\n");
    get(3, "ana", "/api/messages/sync", "since=0&focus=r9%2cr3&limit=100");
    EXPECT("http 3 200 sync_response r3#1 heads r1@2 r3@1 more\n");
}

static void a_sync_by_time_goes_on_by_cursor(void **state)
{
    (void)state;
    char query[600];

    fake_wall_set(fake, 1090000);
    (void)fake_other_sends(fake, "r3", "ana", "k1", true);
    (void)fake_other_sends(fake, "r1", "bob", "k2", true);
    (void)fake_trace(fake);
    get(1, "ana", "/api/messages/sync", "since=1090000&limit=1");
    EXPECT("http 1 200 sync_response r1#3 heads r1@3 r3@2 more\n");
    (void)snprintf(query, sizeof query, "limit=1&cursor=%s", fake_cursor(fake));
    get(2, "ana", "/api/messages/sync", query);
    EXPECT("http 2 200 sync_response r3#2 heads r1@3 r3@2\n");
    get(3, "ana", "/api/messages/sync", "since=9007199254740991");
    EXPECT("http 3 200 sync_response heads r1@3 r3@2\n");
}

static void a_room_s_log_is_read_backwards(void **state)
{
    static const struct {
        const char *name, *user, *path, *query, *want;
    } cases[] = {
        {"the newest", "ana", "/api/rooms/r1/messages", NULL,
         "http 7 200 sync_response r1#3 r1#4 heads r1@4 more\n"},
        {"what is before them", "ana", "/api/rooms/r1/messages", "before=3",
         "http 7 200 sync_response r1#1 r1#2 heads r1@4\n"},
        {"one of it", "ana", "/api/rooms/r1/messages", "limit=1&before=3",
         "http 7 200 sync_response r1#2 heads r1@4 more\n"},
        {"who came later", "bob", "/api/rooms/r1/messages", "before=3",
         "http 7 200 sync_response r1#2 heads r1@4\n"},
        {"many", "ana", "/api/rooms/r1/messages", "limit=1000000&before=9007199254740991",
         "http 7 200 sync_response r1#3 r1#4 heads r1@4 more\n"},
        {"before nothing", "ana", "/api/rooms/r1/messages", "before=0",
         "http 7 400 error bad_field field=before\n"},
        {"no number", "ana", "/api/rooms/r1/messages", "before=x",
         "http 7 400 error bad_field field=before\n"},
        {"a number and more", "ana", "/api/rooms/r1/messages", "before=1,\"epoch\":2",
         "http 7 400 error bad_field field=before\n"},
        {"too large a number", "ana", "/api/rooms/r1/messages", "before=9007199254740992",
         "http 7 400 error bad_field field=before\n"},
        {"no rows", "ana", "/api/rooms/r1/messages", "limit=0",
         "http 7 400 error bad_field field=limit\n"},
        {"another's room", "bob", "/api/rooms/r3/messages", NULL,
         "http 7 404 error denied field=roomId\n"},
        {"no such room", "bob", "/api/rooms/nil/messages", NULL,
         "http 7 404 error denied field=roomId\n"},
        {"no room's name", "bob", "/api/rooms/../messages", NULL, "http 7 404 error denied\n"},
        {"nobody", NULL, "/api/rooms/r1/messages", NULL, "http 7 401 error unauthenticated\n"},
    };

    (void)state;
    (void)fake_other_sends(fake, "r1", "bob", "k1", true);
    (void)fake_other_sends(fake, "r1", "bob", "k2", true);
    (void)fake_trace(fake);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case: %s\n", cases[i].name);
        get(7, cases[i].user, cases[i].path, cases[i].query);
        EXPECT(cases[i].want);
    }
}

static void a_bad_query_is_refused_by_the_field_s_name(void **state)
{
    (void)state;
    static const struct {
        const char *query, *want;
    } cases[] = {
        {"limit=0", "http 9 400 error bad_field field=limit\n"},
        {"limit=-1&cursor=x", "http 9 400 error bad_field field=limit\n"},
        {"limit=%31", "http 9 400 error bad_field field=limit\n"},
        {"cursor=", "http 9 400 error bad_field field=cursor\n"},
        {"cursor=a%22b", "http 9 400 error bad_cursor field=cursor\n"},
        {"cursor=abcd", "http 9 400 error bad_cursor field=cursor\n"},
        {"limit=x", "http 9 400 error bad_field field=limit\n"},
        {"limit=1.5", "http 9 400 error bad_field field=limit\n"},
        {"since=-1", "http 9 400 error bad_field field=since\n"},
        {"since=x", "http 9 400 error bad_field field=since\n"},
        {"since=", "http 9 400 error bad_field field=since\n"},
        {"since=1.5", "http 9 400 error bad_field field=since\n"},
        {"since=1e3", "http 9 400 error bad_field field=since\n"},
        {"since=9007199254740992", "http 9 400 error bad_field field=since\n"},
        {"since=%31", "http 9 400 error bad_field field=since\n"},
        {"since=5&cursor=abcd", "http 9 400 error bad_field field=cursor\n"},
        {"cursor", "http 9 400 error bad_field field=cursor\n"},
        {"a=1&cursor&b=2", "http 9 400 error bad_field field=cursor\n"},
        {"limit", "http 9 400 error bad_field field=limit\n"},
        {"since&limit=1", "http 9 400 error bad_field field=since\n"},
        {"limit=1&limit=x", "http 9 400 error bad_field field=limit\n"},
        {"limit=1&limit=1", "http 9 400 error bad_field field=limit\n"},
        {"since=1&since", "http 9 400 error bad_field field=since\n"},
        {"cursor=abcd&cursor=abcd", "http 9 400 error bad_field field=cursor\n"},
        {"limit=5&&since=x", "http 9 400 error bad_field field=since\n"},
        {"focus", "http 9 400 error bad_field field=focus\n"},
        {"focus=", "http 9 400 error bad_field field=focus\n"},
        {"focus=r1,", "http 9 400 error bad_field field=focus\n"},
        {"focus=r1,,r2", "http 9 400 error bad_field field=focus\n"},
        {"focus=r1%22", "http 9 400 error bad_field field=focus\n"},
        {"focus=r1%2", "http 9 400 error bad_field field=focus\n"},
        {"focus=r1&focus=r2", "http 9 400 error bad_field field=focus\n"},
        {"focus=1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,g,h", "http 9 413 error too_large field=focus\n"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case: %s\n", cases[i].query);
        get(9, "ana", "/api/messages/sync", cases[i].query);
        EXPECT(cases[i].want);
    }
}

static void a_refused_transaction_is_tried_again_and_then_told(void **state)
{
    (void)state;
    fake_db_fail(fake, 1, HB_EAGAIN, false);
    post(1, "ana", "/api/rooms/r1/messages", HI);
    EXPECT("");
    fake_pass_us(fake, 1000000);
    EXPECT("http 1 200 ack h1 r1#3\n"
           "c1 < message r1#3 ana/h1 'hi'\n"
           "c2 < message r1#3 ana/h1 'hi'\n");
    fake_db_fail(fake, 5, HB_EAGAIN, false);
    post(2, "ana", "/api/rooms/r1/messages", "{\"clientId\":\"h2\",\"content\":\"hi\"}");
    fake_pass_us(fake, 3000000);
    EXPECT("http 2 503 nack h2 try_again temporary retry 200\n");
}

static void an_outcome_that_stays_unknown_is_told_as_such(void **state)
{
    (void)state;
    fake_db_fail(fake, 5, HB_EUNKNOWN, false);
    post(1, "ana", "/api/rooms/r1/messages", HI);
    fake_pass_us(fake, 3000000);
    EXPECT("http 1 504 error unknown clientId=h1 retry=200 retry 200\n");
}

static void a_database_that_does_not_answer_ends_a_request_in_time(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    post(1, "ana", "/api/rooms/r1/messages", HI);
    fake_say(fake, 1, "{\"type\":\"ping\"}");
    (void)fake_trace(fake);
    fake_pass_us(fake, 19000000);
    fake_say(fake, 1, "{\"type\":\"ping\"}");
    fake_say(fake, 2, "{\"type\":\"ping\"}");
    (void)fake_trace(fake);
    fake_pass_us(fake, 1100000);
    EXPECT("http 1 503 error try_again clientId=h1 retry=200 retry 200\n");
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT(""); /* nobody is there for the late answer */
}

static void too_many_requests_at_once_reach_a_named_limit(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    for (uint64_t i = 1; i <= HTTP_REQUESTS_MAX; i++) {
        get(i, "ana", "/api/messages/sync", NULL);
    }
    EXPECT("");
    get(HTTP_REQUESTS_MAX + 1, "ana", "/api/messages/sync", NULL);
    EXPECT("http 4097 429 error limit retry=200 retry 200\n");
    fake_http_gone(fake, 1); /* makes room */
    get(HTTP_REQUESTS_MAX + 2, NULL, "/readyz", NULL);
    EXPECT("http 4098 200 ready...\n");
}

static void a_peer_that_went_away_gets_no_answer_and_its_message_is_delivered(void **state)
{
    (void)state;
    fake_db_late(fake, true);
    post(1, "ana", "/api/rooms/r1/messages", HI);
    fake_db_release(fake); /* the rooms */
    fake_http_gone(fake, 1);
    fake_db_late(fake, false);
    fake_db_release(fake);
    EXPECT("c1 < message r1#3 ana/h1 'hi'\n"
           "c2 < message r1#3 ana/h1 'hi'\n");
    fake_http_gone(fake, 1); /* once more does nothing */
    EXPECT("");
}

static void health_readiness_and_metrics_need_no_token(void **state)
{
    (void)state;
    get(1, NULL, "/healthz", NULL);
    get(2, NULL, "/readyz", NULL);
    get(3, NULL, "/metrics", NULL);
    EXPECT("http 1 200 ok...\n"
           "http 2 200 ready...\n"
           "http 3 200 # HELP hubbub_ready 1 while the node takes new connections....\n");
    const char *text = fake_last_json(fake);
    assert_non_null(strstr(text, "\nhubbub_ready 1\n"));
    assert_non_null(strstr(text, "\nhubbub_connections 2\n"));
    assert_non_null(strstr(text, "\nhubbub_http_requests_total 3\n"));
    assert_non_null(strstr(text, "\nhubbub_notes_total{note=\"node ready\"} 1\n"));
}

static void metrics_have_the_transport_s_figures_if_there_is_one(void **state)
{
    (void)state;
    const struct transport_figures transport = {.sockets = 11,
                                                .queued_bytes = 12,
                                                .received_bytes = 13,
                                                .sent_bytes = 14,
                                                .writes = 15,
                                                .slow_consumers = 16,
                                                .refused_handshakes = UINT64_MAX};
    get(1, NULL, "/metrics", NULL);
    assert_null(strstr(fake_last_json(fake), "hubbub_sockets"));
    fake_http(fake, 2,
              (struct fake_request){.method = "GET", .path = "/metrics", .transport = &transport});
    const char *text = fake_last_json(fake);
    static const char *const lines[] = {"\nhubbub_ready 1\n",
                                        "\nhubbub_sockets 11\n",
                                        "\nhubbub_queued_bytes 12\n",
                                        "\nhubbub_received_bytes_total 13\n",
                                        "\nhubbub_sent_bytes_total 14\n",
                                        "\nhubbub_writes_total 15\n",
                                        "\nhubbub_slow_consumers_total 16\n",
                                        "\nhubbub_refused_handshakes_total 18446744073709551615\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_non_null(strstr(text, lines[i]));
    }
}

static void a_node_that_is_not_ready_says_so(void **state)
{
    (void)state;
    fake_drain(fake);
    (void)fake_trace(fake);
    get(1, NULL, "/readyz", NULL);
    post(2, "ana", "/api/rooms/r1/messages", HI);
    EXPECT("http 1 503 not ready: draining...\n"
           "http 2 503 error try_again clientId=h1 retry=200 retry 200\n");
}

static void a_node_without_redis_is_ready_and_says_that_it_is_degraded(void **state)
{
    (void)state;
    fake_redis_down(fake);
    fake_pass_us(fake, 9000000);
    (void)fake_trace(fake);
    get(1, NULL, "/readyz", NULL);
    post(2, "ana", "/api/rooms/r1/messages", HI);
    EXPECT("http 1 200 ready, degraded: redis (it is away)...\n"
           "http 2 200 ack h1 r1#3\n"
           "c1 < message r1#3 ana/h1 'hi'\n"
           "c2 < message r1#3 ana/h1 'hi'\n");
    get(3, NULL, "/metrics", NULL);
    assert_non_null(strstr(fake_last_json(fake), "\nhubbub_ready 1\n"));
    assert_non_null(strstr(fake_last_json(fake), "\nhubbub_redis_away 1\n"));
    fake_redis_up(fake);
    fake_pass_us(fake, 9000000);
    (void)fake_trace(fake);
    get(4, NULL, "/readyz", NULL);
    EXPECT("http 4 200 ready...\n");
    get(5, NULL, "/metrics", NULL);
    assert_non_null(strstr(fake_last_json(fake), "\nhubbub_redis_away 0\n"));
}

static int setup_writes(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){.writes = true});
    fake_start(fake);
    (void)fake_trace(fake);
    return 0;
}

/* Refused, or not answered at all: what a database does when its disk is full, when it is stopped, or gone. */
static void a_node_whose_database_takes_no_writes_is_not_ready(void **state)
{
    (void)state;
    for (int silent = 0; silent < 2; silent++) {
        fake_pass_us(fake, 10000000);
        (void)fake_trace(fake); /* nobody pings */
        get(1, NULL, "/readyz", NULL);
        EXPECT("http 1 200 ready...\n");
        fake_db_fail(fake, silent ? 0 : 100000, HB_EAGAIN, false);
        fake_db_hold(fake, silent);
        fake_pass_us(fake, 2500000);
        get(2, NULL, "/readyz", NULL);
        EXPECT("http 2 200 ready...\n");
        fake_pass_us(fake, 4500000);
        get(3, NULL, "/readyz", NULL);
        EXPECT("ready 0\nhttp 3 503 not ready: the database takes no writes...\n");
        fake_pass_us(fake, 60000000);
        (void)fake_trace(fake);
        get(4, NULL, "/readyz", NULL);
        EXPECT("http 4 503 not ready: the database takes no writes...\n");
        fake_db_fail(fake, 0, HB_EAGAIN, false);
        fake_db_hold(fake, false);
        fake_db_release(fake);
        fake_pass_us(fake, 2500000);
        get(5, NULL, "/readyz", NULL);
        EXPECT("ready 1\nhttp 5 200 ready...\n");
    }
}

/* How often the node wrote by itself in a minute: who else writes spares it that. */
static int64_t beats(bool others_write)
{
    static const char count[] = "SELECT beat FROM nodes WHERE name = 'n1'";
    const int64_t before = sql_db_int(fake_db(fake), count);

    for (int i = 0; i < 60; i++) {
        fake_pass_us(fake, 1000000);
        if (others_write) {
            char body[48];
            (void)snprintf(body, sizeof body, "{\"clientId\":\"w%d\",\"content\":\"x\"}", i);
            post(1, "ana", "/api/rooms/r1/messages", body);
        }
    }
    (void)fake_trace(fake);
    return sql_db_int(fake_db(fake), count) - before;
}

static void a_node_writes_to_see_whether_it_can_when_nobody_else_does(void **state)
{
    (void)state;
    const int64_t alone = beats(false);
    const int64_t beside = beats(true);
    assert_in_range(alone, 20, 32);
    assert_in_range(beside, 10, 13); /* those that say that it lives, each 5 s */
}

static void a_redis_that_is_mute_is_told(void **state)
{
    (void)state;
    fake_pass_us(fake, 10000000);
    get(1, NULL, "/readyz", NULL);
    EXPECT("http 1 200 ready...\n");
    fake_redis_mute(fake, true);
    fake_pass_us(fake, 3100000);
    get(2, NULL, "/readyz", NULL);
    EXPECT("http 2 200 ready, degraded: redis (mute: what is published does not come back)...\n");
    get(3, NULL, "/metrics", NULL);
    assert_non_null(strstr(fake_last_json(fake), "\nhubbub_redis_mute 1\n"));
    (void)fake_trace(fake);
    /* What others commit is found in the database, and not only by the slow pass. */
    (void)fake_other_sends(fake, "r1", "bob", "unheard", true);
    fake_pass_us(fake, 2500000);
    EXPECT("c1 < message r1#3 bob/unheard 'from n2'\n"
           "c2 < message r1#3 bob/unheard 'from n2'\n");
    fake_redis_mute(fake, false);
    fake_pass_us(fake, 2100000);
    get(4, NULL, "/readyz", NULL);
    EXPECT("http 4 200 ready...\n");
}

static void a_token_of_the_handshake_serves_a_hello_without_one(void **state)
{
    (void)state;
    fake_open_with_token(fake, 8, token("ana"));
    fake_say(fake, 8, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\"}");
    EXPECT("c8 < welcome ana r1@2+ r3@1+\n");
    fake_open_with_token(fake, 9, "x");
    fake_say(fake, 9, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\"}");
    EXPECT("c9 < error unauthenticated\n"
           "c9 x 4500\n");
    fake_open(fake, 10);
    fake_say(fake, 10, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\"}");
    EXPECT("c10 < error unauthenticated\n"
           "c10 x 4500\n");
}

static void a_draining_node_sends_its_clients_away_and_takes_nothing_new(void **state)
{
    (void)state;
    fake_drain(fake);
    EXPECT("ready 0\n"
           "c1 < draining\n"
           "c2 < draining\n"
           "c1 x 1012\n"
           "c2 x 1012\n"
           "drained\n");
    fake_open(fake, 3);
    fake_drain(fake); /* once is enough */
    get(4, NULL, "/readyz", NULL);
    post(5, "ana", "/api/rooms/r1/messages", HI);
    EXPECT("http 4 503 not ready: draining...\n"
           "http 5 503 error try_again clientId=h1 retry=200 retry 200\n");
}

static void what_is_under_way_is_finished_before_a_drain_ends(void **state)
{
    (void)state;
    fake_db_hold(fake, true);
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k1\",\"content\":\"hi\"}");
    fake_drain(fake);
    EXPECT("ready 0\n"
           "c1 < draining\n"
           "c2 < draining\n"
           "c2 x 1012\n");
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k2\",\"content\":\"hi\"}");
    EXPECT("c1 < nack k2 try_again temporary\n");
    fake_db_hold(fake, false);
    fake_db_release(fake);
    EXPECT("c1 < ack k1 r1#3\n"
           "c1 < message r1#3 ana/k1 'hi'\n"
           "c1 x 1012\n"
           "drained\n");
}

static void what_was_committed_in_doubt_is_announced_before_a_drain_ends(void **state)
{
    (void)state;
    fake_show(fake, (struct fake_show){.announces = true});
    fake_db_fail(fake, 1, HB_EUNKNOWN, true);
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k1\",\"content\":\"hi\"}");
    fake_drain(fake);
    EXPECT("ready 0\n"
           "c1 < draining\n"
           "c2 < draining\n"
           "c2 x 1012\n");
    fake_pass_us(fake, 1000000);
    EXPECT("c1 < ack k1 r1#3\n"
           "c1 x 1012\n"
           "drained\n"
           "pub nodes n1 1 1 1:3\n"
           "pub nodes n1 1 2\n"); /* nobody stops the node here */
}

static void a_drain_waits_for_the_head_of_a_room_with_an_outcome_that_stayed_unknown(void **state)
{
    (void)state;
    fake_db_fail(fake, 5, HB_EUNKNOWN, true);
    fake_say(fake, 1,
             "{\"type\":\"send\",\"roomId\":\"r1\",\"clientId\":\"k1\",\"content\":\"hi\"}");
    fake_drain(fake);
    fake_pass_us(fake, 750000);
    fake_show(fake, (struct fake_show){.announces = true});
    fake_db_hold(fake, true);
    (void)fake_trace(fake);
    fake_pass_us(fake, 100000);
    fake_db_release(fake);
    EXPECT("c1 x 4007\n");
    fake_db_release(fake);
    EXPECT("drained\n"
           "pub nodes n1 1 1 1:3\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_posted_message_is_acked_and_delivered_like_a_sent_one),
        TEST(another_reader_finds_any_text_in_frames_and_answers_as_it_was_posted),
        TEST(who_has_no_connection_here_may_post_too),
        TEST(what_is_wrong_with_a_post_is_told_by_status_and_code),
        TEST(methods_types_and_tokens_are_judged),
        TEST(rooms_are_listed_to_who_is_in_them_by_name_and_in_pages),
        TEST(members_are_told_to_members_alone),
        TEST(a_sync_without_a_cursor_begins_at_the_beginning_and_pages_to_the_end),
        TEST(a_sync_has_the_rooms_in_focus_first),
        TEST(a_sync_by_time_goes_on_by_cursor),
        TEST(a_room_s_log_is_read_backwards),
        TEST(a_bad_query_is_refused_by_the_field_s_name),
        TEST(a_refused_transaction_is_tried_again_and_then_told),
        TEST(an_outcome_that_stays_unknown_is_told_as_such),
        TEST(a_database_that_does_not_answer_ends_a_request_in_time),
        TEST(too_many_requests_at_once_reach_a_named_limit),
        TEST(a_peer_that_went_away_gets_no_answer_and_its_message_is_delivered),
        TEST(health_readiness_and_metrics_need_no_token),
        TEST(metrics_have_the_transport_s_figures_if_there_is_one),
        TEST(a_node_that_is_not_ready_says_so),
        TEST(a_node_without_redis_is_ready_and_says_that_it_is_degraded),
        cmocka_unit_test_setup_teardown(a_node_whose_database_takes_no_writes_is_not_ready,
                                        setup_writes, teardown),
        cmocka_unit_test_setup_teardown(a_node_writes_to_see_whether_it_can_when_nobody_else_does,
                                        setup_writes, teardown),
        TEST(a_redis_that_is_mute_is_told),
        TEST(a_token_of_the_handshake_serves_a_hello_without_one),
        TEST(a_draining_node_sends_its_clients_away_and_takes_nothing_new),
        TEST(what_is_under_way_is_finished_before_a_drain_ends),
        TEST(what_was_committed_in_doubt_is_announced_before_a_drain_ends),
        TEST(a_drain_waits_for_the_head_of_a_room_with_an_outcome_that_stayed_unknown),
#undef TEST
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
