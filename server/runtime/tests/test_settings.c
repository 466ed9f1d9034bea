/* The command line: what it means, what is refused and how it is told; names of nodes; loopback. */
/* labels: runtime */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
#include "server/runtime/settings.h"

#include <string.h>

#define WORDS_MAX 6

static enum hb_err parse(const char *const *words, struct settings *ret, struct buf *message)
{
    char *argv[WORDS_MAX + 2];
    char store[WORDS_MAX][128];
    int argc = 1;

    argv[0] = (char[]){"hubbubd"};
    for (; argc <= WORDS_MAX && words[argc - 1] != NULL; argc++) {
        (void)strcpy(store[argc - 1], words[argc - 1]);
        argv[argc] = store[argc - 1];
    }
    argv[argc] = NULL;
    return settings_parse(argc, argv, ret, message);
}

static void without_flags_it_is_a_server_for_this_machine(void **state)
{
    (void)state;
    struct settings settings;
    struct buf message = {0};

    assert_int_equal(parse((const char *const[]){NULL}, &settings, &message), HB_OK);
    assert_string_equal(settings.host, "127.0.0.1");
    assert_int_equal(settings.port, 8080);
    assert_string_equal(settings.db, "hubbub.db");
    assert_null(settings.redis);
    assert_int_equal(settings.login, LOGIN_LOOPBACK);
    assert_int_equal(settings.drain_ms, 10000);
    buf_deinit(&message);
}

static void flags_are_taken(void **state)
{
    (void)state;
    struct settings settings;
    struct buf message = {0};

    assert_int_equal(
        parse((const char *const[]){"--listen", "[::1]:0", "--redis", "localhost:6379", NULL},
              &settings, &message),
        HB_OK);
    assert_string_equal(settings.host, "::1");
    assert_int_equal(settings.port, 0);
    assert_string_equal(settings.redis_host, "localhost");
    assert_int_equal(settings.redis_port, 6379);
    assert_int_equal(parse((const char *const[]){"--drain", "250ms", "--origin", "https://a.b",
                                                 "--no-login", NULL},
                           &settings, &message),
                     HB_OK);
    assert_int_equal(settings.drain_ms, 250);
    assert_int_equal(settings.origins_len, 1);
    assert_int_equal(settings.login, LOGIN_OFF);
    assert_null(settings.public_url);
    assert_int_equal(parse((const char *const[]){"--public-url", "http://[::1]:8081", NULL},
                           &settings, &message),
                     HB_OK);
    assert_string_equal(settings.public_url, "http://[::1]:8081");
    buf_deinit(&message);
}

#define PUBLIC                                                                                     \
    "--public-url: expected http:// or https:// and a host, without a path, at most 128 bytes, "   \
    "such as https://n1.chat.example, got \""

static void what_is_wrong_is_told_in_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *words[3];
        const char *want;
    } cases[] = {
        {{"--port", "1"}, "unknown flag --port; see hubbubd --help"},
        {{"--db"}, "--db: expected a value, got nothing; see hubbubd --help"},
        {{"--db", ""}, "--db: expected a path or postgresql://…, got \"\""},
        {{"--listen", "8080"},
         "--listen: expected HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080, got \"8080\""},
        {{"--listen", "::1:8080"},
         "--listen: expected HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080, got \"::1:8080\""},
        {{"--listen", "h:65536"},
         "--listen: expected HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080, got \"h:65536\""},
        {{"--listen", "h:-1"},
         "--listen: expected HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080, got \"h:-1\""},
        {{"--redis", "h:0"}, "--redis: expected HOST:PORT, such as 127.0.0.1:6379, got \"h:0\""},
        {{"--node", "a.b"}, "--node: expected a name of 1 to 32 of A-Z a-z 0-9 _ -, got \"a.b\""},
        {{"--drain", "10"}, "--drain: expected a time such as 10s or 500ms, up to 1h, got \"10\""},
        {{"--drain", "9999s"},
         "--drain: expected a time such as 10s or 500ms, up to 1h, got \"9999s\""},
        {{"--origin", "chat.example"},
         "--origin: expected a scheme and a host without a path, such "
         "as https://chat.example, got \"chat.example\""},
        {{"--origin", "https://a/b"},
         "--origin: expected a scheme and a host without a path, such "
         "as https://chat.example, got \"https://a/b\""},
        {{"--public-url", "https://a/b"}, PUBLIC "https://a/b\""},
        {{"--public-url", "ws://a"}, PUBLIC "ws://a\""},
        {{"--public-url", "https://"}, PUBLIC "https://\""},
        {{"--public-url", "https://a\" b"}, PUBLIC "https://a\" b\""},
        {{"--public-url", ""}, PUBLIC "\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct settings settings;
        struct buf message = {0};
        assert_int_equal(parse(cases[i].words, &settings, &message), HB_EFIELD);
        assert_string_equal(message.bytes, cases[i].want);
        buf_deinit(&message);
    }
}

static void only_this_machine_is_loopback(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        bool want;
    } cases[] = {{"127.0.0.1", true},  {"127.9.9.9", true},    {"::1", true},
                 {"localhost", false}, {"0.0.0.0", false},     {"::", false},
                 {"10.0.0.1", false},  {"128.0.0.1", false},   {"127.0.0.1.evil.test", false},
                 {"", false},          {"localhost.x", false}, {"fe80::1", false}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case: %s\n", cases[i].host);
        assert_int_equal(settings_loopback(cases[i].host), cases[i].want);
    }
}

static void a_node_that_was_given_no_name_gets_a_valid_one(void **state)
{
    (void)state;
    static const struct {
        const char *host, *want;
        uint16_t port;
    } cases[] = {
        {"db7", "db7-8080", 8080},
        {"db7.example.org", "db7-80", 80},
        {"", "n9", 9},
        {"größe", "gr----e-1", 1},
        {"a-host-with-a-name-of-many-letters", "a-host-with-a-name-of-many-65535", 65535},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[NODE_ID_BYTES_MAX + 1];
        settings_node_name(cases[i].host, cases[i].port, name);
        assert_string_equal(name, cases[i].want);
        assert_true(id_valid_node(text_of(name)));
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_flags_it_is_a_server_for_this_machine),
        cmocka_unit_test(flags_are_taken),
        cmocka_unit_test(what_is_wrong_is_told_in_one_line),
        cmocka_unit_test(only_this_machine_is_loopback),
        cmocka_unit_test(a_node_that_was_given_no_name_gets_a_valid_one),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
