/* SEC-10: whoever asks about a room that is not theirs learns nothing of it: an absent room and somebody else's are
 * told alike, to the byte but for the name, in each frame and request that names a room. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

#define EPOCH     "\"epoch\":\"0000000000000007\""
#define ABSENT    "r9"
#define FORBIDDEN "r2" /* eve's, and active on this node */

static struct fake *fake;

/* Ana is connection 1, eve 2. */
static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){.presence = true});
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    fake_hello(fake, 2, "eve", "");
    fake_pass_us(fake, 1000000);
    (void)fake_trace(fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

/* Every name of a room in `text` becomes a star. */
static void unnamed(const char *text, char *ret, size_t ret_size)
{
    size_t len = 0;

    while (*text != '\0' && len + 1 < ret_size) {
        const bool name = strncmp(text, ABSENT, 2) == 0 || strncmp(text, FORBIDDEN, 2) == 0;
        ret[len++] = name ? '*' : *text;
        text += name ? 2 : 1;
    }
    ret[len] = '\0';
}

/* The opposite: each star of a text becomes the name. */
static void named(const char *text, const char *room, char *ret, size_t ret_size)
{
    size_t len = 0;

    for (; text != NULL && *text != '\0' && len + 2 < ret_size; text++) {
        const size_t name_len = *text == '*' ? strlen(room) : 1;
        memcpy(ret + len, *text == '*' ? room : text, name_len);
        len += name_len;
    }
    ret[len] = '\0';
}

struct told {
    char trace[1024], json[1024];
};

static void answer(struct told *told)
{
    fake_pass_us(fake, 5000000);
    unnamed(fake_trace(fake), told->trace, sizeof told->trace);
    unnamed(fake_last_json(fake), told->json, sizeof told->json);
}

/* Each is understood: what is refused is the room, not its form. */
static void compare(const char *what, const struct told *absent, const struct told *forbidden)
{
    assert_null(strstr(absent->trace, "bad_"));
    assert_null(strstr(absent->trace, "reset"));
    if (strcmp(absent->trace, forbidden->trace) != 0 ||
        strcmp(absent->json, forbidden->json) != 0) {
        fail_msg("%s\nan absent room: %s%s\na forbidden one: %s%s", what, absent->trace,
                 absent->json, forbidden->trace, forbidden->json);
    }
}

static void each_frame_is_answered_alike(void **state)
{
    static const char *const frames[] = {
        "{\"type\":\"send\",\"roomId\":\"*\",\"clientId\":\"k1\",\"content\":\"hi\"}",
        "{\"type\":\"room_join\",\"roomId\":\"*\",\"clientId\":\"k2\"}",
        "{\"type\":\"room_leave\",\"roomId\":\"*\",\"clientId\":\"k3\"}",
        "{\"type\":\"typing_start\",\"roomId\":\"*\"}",
        "{\"type\":\"typing_stop\",\"roomId\":\"*\"}",
        "{\"type\":\"received\",\"roomId\":\"*\",\"upTo\":1}",
        "{\"type\":\"read_receipt\",\"messageIds\":[\"0000000f4240-0000-n2\"],\"chatId\":\"*\"}",
        "{\"type\":\"receipts_request\",\"roomId\":\"*\",\"ref\":\"q\"}",
        "{\"type\":\"sync_request\",\"ref\":\"q\"," EPOCH ",\"positions\":{\"*\":0}}",
        "{\"type\":\"sync_request\",\"ref\":\"q\",\"roomId\":\"*\",\"before\":9}",
        "{\"type\":\"sync_request\",\"ref\":\"q\",\"lastSyncTimestamp\":1,\"focus\":[\"*\"]}",
        "{\"type\":\"presence\",\"status\":\"online\",\"currentRoom\":\"*\"}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        struct told told[2];
        for (int forbidden = 0; forbidden < 2; forbidden++) {
            (void)teardown(NULL); /* neither is told of what the other did */
            (void)setup(NULL);
            char frame[256];
            named(frames[i], forbidden ? FORBIDDEN : ABSENT, frame, sizeof frame);
            fake_say(fake, 1, "%s", frame);
            answer(&told[forbidden]);
        }
        compare(frames[i], &told[0], &told[1]);
    }
}

static void each_request_is_answered_alike(void **state)
{
    static const struct {
        const char *method, *path, *query, *body;
    } requests[] = {
        {"POST", "/api/rooms/*/messages", NULL, "{\"clientId\":\"h1\",\"content\":\"hi\"}"},
        {"GET", "/api/rooms/*/messages", NULL, NULL},
        {"GET", "/api/rooms/*/messages", "before=9", NULL},
        {"GET", "/api/rooms/*/members", NULL, NULL},
        {"GET", "/api/rooms/*/members", "after=a", NULL},
        {"POST", "/api/rooms/*/join", NULL, "{\"clientId\":\"h2\"}"},
        {"POST", "/api/rooms/*/leave", NULL, "{\"clientId\":\"h3\"}"},
        {"GET", "/api/presence", "room=*", NULL},
        {"GET", "/api/typing", "room=*", NULL},
        {"POST", "/api/messages", NULL,
         "{\"roomId\":\"*\",\"clientId\":\"h4\",\"content\":\"hi\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct told told[2];
        for (int forbidden = 0; forbidden < 2; forbidden++) {
            (void)teardown(NULL);
            (void)setup(NULL);
            const char *room = forbidden ? FORBIDDEN : ABSENT;
            char path[128];
            char query[128];
            char body[128];
            named(requests[i].path, room, path, sizeof path);
            named(requests[i].query, room, query, sizeof query);
            named(requests[i].body, room, body, sizeof body);
            fake_http(
                fake, 1,
                (struct fake_request){.method = requests[i].method,
                                      .path = path,
                                      .query = query,
                                      .token = fake_token(fake, "ana", 2000),
                                      .type = requests[i].body != NULL ? "application/json" : NULL,
                                      .body = requests[i].body != NULL ? body : NULL});
            answer(&told[forbidden]);
        }
        compare(requests[i].path, &told[0], &told[1]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_frame_is_answered_alike, setup, teardown),
        cmocka_unit_test_setup_teardown(each_request_is_answered_alike, setup, teardown),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
