/* The command line: what it means, what is refused and how it is told; loopback; addresses of Redis; passwords. */
/* labels: runtime */
#include "server/base/tests/test.h"
#include "server/runtime/redis_url.h"
#include "server/runtime/secret.h"
#include "server/runtime/settings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS_MAX 6

static enum hb_err parse(const char *const *words, struct settings *ret, struct buf *message)
{
    char *argv[WORDS_MAX + 2];
    static char store[WORDS_MAX][128]; /* settings borrow from it */
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
    assert_false(settings.redis);
    assert_int_equal(settings.login, LOGIN_LOOPBACK);
    assert_int_equal(settings.drain_ms, 10000);
    settings_deinit(&settings);
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
    assert_string_equal(settings.redis_place.host, "localhost");
    assert_int_equal(settings.redis_place.port, 6379);
    settings_deinit(&settings);
    assert_int_equal(parse((const char *const[]){"--drain", "250ms", "--origin", "https://a.b",
                                                 "--no-login", NULL},
                           &settings, &message),
                     HB_OK);
    assert_int_equal(settings.drain_ms, 250);
    assert_int_equal(settings.origins_len, 1);
    assert_int_equal(settings.login, LOGIN_OFF);
    assert_null(settings.public_url);
    settings_deinit(&settings);
    assert_int_equal(parse((const char *const[]){"--public-url", "http://[::1]:8081", NULL},
                           &settings, &message),
                     HB_OK);
    assert_string_equal(settings.public_url, "http://[::1]:8081");
    settings_deinit(&settings);
    buf_deinit(&message);
}

#define SUCH "; such as 127.0.0.1:6379 or rediss://ada:secret@redis:6379/0"
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
        {{"--redis", "h:0"}, "--redis: at byte 3: expected a port of 1 to 65535" SUCH},
        {{"--redis=redis://:hunter2@h", "1"}, "unknown flag ***; see hubbubd --help"},
        {{"--node", "ada:hunter2@h"},
         "--node: expected a name of 1 to 32 of A-Z a-z 0-9 _ -, got \"***\""},
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

/* --- Addresses of Redis --- */

static void an_address_of_redis_is_host_and_port_or_a_url(void **state)
{
    static const struct {
        const char *text, *host, *user, *password;
        uint16_t port;
        int64_t database;
        bool tls;
    } cases[] = {
        {"h:1", "h", "", "", 1, 0, false},
        {"[::1]:6379", "::1", "", "", 6379, 0, false},
        {"my_redis.a-b.c:65535", "my_redis.a-b.c", "", "", 65535, 0, false},
        {"redis://h", "h", "", "", 6379, 0, false},
        {"redis://h/", "h", "", "", 6379, 0, false},
        {"redis://h:7/15", "h", "", "", 7, 15, false},
        {"redis://[fe80::1%eth0]:7/0", "fe80::1%eth0", "", "", 7, 0, false},
        {"redis://:pw@h", "h", "", "pw", 6379, 0, false},
        {"redis://ada@h", "h", "ada", "", 6379, 0, false},
        {"redis://ada:@h", "h", "ada", "", 6379, 0, false},
        {"redis://ada:pw@h:1/2", "h", "ada", "pw", 1, 2, false},
        {"redis://a%3Ab:p%40w%2f%25%20:x@h", "h", "a:b", "p@w/% :x", 6379, 0, false},
        {"rediss://ada:pw@h:1/2", "h", "ada", "pw", 1, 2, true},
        {"rediss://h/?cacert=/a%20b/c.pem&insecure=yes", "h", "", "", 6379, 0, true},
        {"rediss://h?cert=c&key=k", "h", "", "", 6379, 0, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct redis_place place;
        struct buf message = {0};
        print_message("case: %s\n", cases[i].text);
        assert_int_equal(redis_url_parse(cases[i].text, &place, &message), HB_OK);
        assert_string_equal(place.host, cases[i].host);
        assert_string_equal(place.user, cases[i].user);
        assert_string_equal(place.password, cases[i].password);
        assert_int_equal(place.port, cases[i].port);
        assert_int_equal(place.database, cases[i].database);
        assert_int_equal(place.tls, cases[i].tls);
        if (i == 13) {
            assert_string_equal(place.cacert, "/a b/c.pem");
            assert_true(place.insecure);
        }
        buf_deinit(&message);
    }
}

#define A_HOST  "expected a host: a name, an address, or [an IPv6 address]"
#define A_PORT  "expected a port of 1 to 65535"
#define A_FILE  "expected cacert=FILE, cert=FILE, key=FILE or insecure=yes"
#define TWO_HEX "expected two hex digits behind a % (a % itself is %25), not 00"

static void a_bad_one_is_refused_by_its_place_and_without_its_password(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "at byte 1: " A_HOST},
        {"h", "at byte 2: expected a colon and a port, such as :6379"},
        {":6379", "at byte 1: " A_HOST},
        {"h:0", "at byte 3: " A_PORT},
        {"h:65536", "at byte 3: " A_PORT},
        {"h:6379x", "at byte 3: " A_PORT},
        {"h:", "at byte 3: " A_PORT},
        {"::1:6379", "at byte 1: " A_HOST},
        {"[::1:6379", "at byte 1: " A_HOST},
        {"ada:hunter2@h:6379", "at byte 5: " A_PORT},
        {"http://h", "at byte 1: expected HOST:PORT, redis:// or rediss://"},
        {"REDIS://h", "at byte 1: expected HOST:PORT, redis:// or rediss://"},
        {"redis://", "at byte 9: " A_HOST},
        {"redis:///1", "at byte 9: " A_HOST},
        {"redis://@h", "at byte 9: expected USER, USER:PASSWORD or :PASSWORD before the @"},
        {"redis://:@h", "at byte 9: expected USER, USER:PASSWORD or :PASSWORD before the @"},
        {"redis://:hun@ter2@h",
         "at byte 13: expected one @ before the host: %40 stands for one within a password"},
        {"redis://:hun/ter2@h",
         "at byte 13: expected no / ? # within a user or a password: %2F %3F "
         "%23 stand for them"},
        {"redis://:hun%2gter2@h", "at byte 13: " TWO_HEX},
        {"redis://:hunter%2@h", "at byte 16: " TWO_HEX},
        {"redis://:hunter%002@h", "at byte 16: " TWO_HEX},
        {"redis://:hun ter2@h", "at byte 13: expected no blanks; %20 stands for one"},
        {"redis://h:x/1", "at byte 11: " A_PORT},
        {"redis://h/x", "at byte 11: expected the number of a database, such as /3"},
        {"redis://h/-1", "at byte 11: expected the number of a database, such as /3"},
        {"redis://h/1/2", "at byte 12: expected the end, or ? and what TLS needs"},
        {"redis://h/1#x", "at byte 12: expected the end, or ? and what TLS needs"},
        {"redis://h?cacert=x", "at byte 10: expected nothing more: files are for rediss:// alone"},
        {"rediss://h?", "at byte 12: " A_FILE},
        {"rediss://h?ca=x", "at byte 12: " A_FILE},
        {"rediss://h?cacert=", "at byte 12: " A_FILE},
        {"rediss://h?cacert=x&insecure=no", "at byte 21: " A_FILE},
        {"rediss://h?cert=x", "at byte 18: expected cert and key together, or neither"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct redis_place place;
        struct buf message = {0};
        print_message("case: %s\n", cases[i].text);
        assert_int_equal(redis_url_parse(cases[i].text, &place, &message), HB_EFIELD);
        assert_string_equal(message.bytes, cases[i].want);
        assert_null(strstr(message.bytes, "ter2"));
        assert_string_equal(place.password, "");
        buf_deinit(&message);
    }
}

static void long_parts_are_refused(void **state)
{
    static const struct {
        const char *front, *end;
        size_t most;
    } cases[] = {{"redis://", "@h", 128},
                 {"redis://:", "@h", 512},
                 {"redis://", "", 255},
                 {"rediss://h?cacert=", "", 255}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t more = 0; more < 2; more++) {
            struct redis_place place;
            struct buf message = {0};
            struct buf text = {0};
            buf_add_text(&text, cases[i].front);
            for (size_t n = 0; n < cases[i].most + more; n++) {
                buf_add_char(&text, 'x');
            }
            buf_add_text(&text, cases[i].end);
            buf_add_char(&text, '\0');
            assert_int_equal(redis_url_parse(text.bytes, &place, &message),
                             more == 0 ? HB_OK : HB_EFIELD);
            buf_deinit(&text);
            buf_deinit(&message);
        }
    }
}

/* --- Passwords --- */

static void passwords_are_blanked_where_they_were_given(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"postgresql://ada:hunter2@h/db", "postgresql://ada:***@h/db"},
        {"postgresql://ada:hunter2@h/db?password=hunter3&sslpassword=h4&x=1",
         "postgresql://ada:***@h/db?password=***&sslpassword=**&x=1"},
        {"postgresql://h/db?application_name=x&password=hunter2",
         "postgresql://h/db?application_name=x&password=***"},
        {"--db=postgresql://ada:hunter2@h/db", "--db=postgresql://ada:***@h/db"},
        {"redis://:hunter2@h:1/2", "redis://:***@h:1/2"},
        {"redis://ada:hun@ter2@h", "redis://ada:***@h"}, /* not escaped: refused, and not shown */
        {"redis://ada:hun/ter2@h", "redis://ada:***@h"},
        {"redis://ada:hun?ter2@h", "redis://ada:***@h"},
        {"redis://ada@h:1", "redis://ada@h:1"},
        {"postgresql://h:5432/db?application_name=a@b",
         "postgresql://h:5432/db?application_name=a@b"},
        {"hubbub.db", "hubbub.db"},
        {"127.0.0.1:6379", "127.0.0.1:6379"},
    };
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(text, 'z', sizeof text);
        (void)strcpy(text, cases[i].text);
        const size_t len = strlen(text);
        print_message("case: %s\n", cases[i].text);
        secret_blank(text);
        assert_string_equal(text, cases[i].want);
        for (size_t at = strlen(text); at <= len; at++) {
            assert_int_equal(text[at], '\0'); /* nor behind its end */
        }
        assert_int_equal(text[len + 1], 'z');
    }
}

static void a_command_line_is_blanked_and_what_was_meant_is_kept(void **state)
{
    char db[] = "postgresql://ada:hunter2@h/db";
    char redis[] = "rediss://ada:hunter3@h/1";
    char program[] = "hubbubd";
    char db_flag[] = "--db";
    char redis_flag[] = "--redis";
    char *argv[] = {program, db_flag, db, redis_flag, redis, NULL};
    struct settings settings;
    struct buf message = {0};

    (void)state;
    assert_int_equal(settings_parse(5, argv, &settings, &message), HB_OK);
    assert_string_equal(db, "postgresql://ada:***@h/db");
    assert_string_equal(redis, "rediss://ada:***@h/1");
    assert_string_equal(settings.db, "postgresql://ada:hunter2@h/db");
    assert_string_equal(settings.redis_place.password, "hunter3");
    settings_deinit(&settings);
    (void)strcpy(db, "postgresql://ada:hunter2@h/d"); /* also where it is refused */
    (void)strcpy(redis, "rediss://a:hunter3@h?x=1");
    assert_int_equal(settings_parse(5, argv, &settings, &message), HB_EFIELD);
    assert_string_equal(db, "postgresql://ada:***@h/d");
    assert_string_equal(redis, "rediss://a:***@h?x=1");
    assert_null(strstr(message.bytes, "hunter"));
    buf_deinit(&message);
}

static void passwords_come_from_the_address_or_a_file_or_the_environment(void **state)
{
    char path[] = "/tmp/hubbub-settings-XXXXXX";
    struct buf message = {0};
    struct settings settings;
    const int file = mkstemp(path);

    (void)state;
    assert_int_equal(write(file, "p w/\xC3\xA9\nmore", 10), 10);
    const char *const by_file[] = {"--db", "postgresql://h/d", "--db-password-file", path, NULL};
    assert_int_equal(parse(by_file, &settings, &message), HB_OK);
    assert_int_equal(settings_passwords(&settings, "of the environment", NULL, &message), HB_OK);
    assert_string_equal(settings.db, "postgresql://h/d?password=%70%20%77%2F%C3%A9");
    settings_deinit(&settings);

    const char *const by_both[] = {"--db", "postgresql://u:p@h/d", "--db-password-file", path,
                                   NULL};
    assert_int_equal(parse(by_both, &settings, &message), HB_OK);
    assert_int_equal(settings_passwords(&settings, NULL, NULL, &message), HB_EFIELD);
    assert_non_null(strstr(message.bytes, "has a password already"));
    settings_deinit(&settings);

    const char *const to_none[] = {"--redis-password-file", path, NULL};
    assert_int_equal(parse(to_none, &settings, &message), HB_OK);
    assert_int_equal(settings_passwords(&settings, "db", "redis", &message), HB_EFIELD);
    settings_deinit(&settings);

    const char *const redis[] = {"--redis", "redis://ada@h", "--redis-password-file", path, NULL};
    assert_int_equal(parse(redis, &settings, &message), HB_OK);
    assert_int_equal(settings_passwords(&settings, NULL, NULL, &message), HB_OK);
    assert_string_equal(settings.redis_place.password, "p w/\xC3\xA9");
    settings_deinit(&settings);

    const char *const by_environment[] = {"--redis", "h:1", "--db", "postgresql://h/d?x=1", NULL};
    assert_int_equal(parse(by_environment, &settings, &message), HB_OK);
    assert_int_equal(settings_passwords(&settings, "d", "r", &message), HB_OK);
    assert_string_equal(settings.redis_place.password, "r");
    assert_string_equal(settings.db, "postgresql://h/d?x=1&password=%64");
    settings_deinit(&settings);

    assert_int_equal(fchmod(file, 0640), 0);
    assert_int_equal(parse(by_file, &settings, &message), HB_OK);
    assert_int_equal(settings_passwords(&settings, NULL, NULL, &message), HB_EDENIED);
    assert_non_null(strstr(message.bytes, "others can read it; chmod 600 it"));
    assert_null(strstr(message.bytes, "p w"));
    settings_deinit(&settings);
    (void)close(file);
    (void)unlink(path);
    buf_deinit(&message);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_flags_it_is_a_server_for_this_machine),
        cmocka_unit_test(flags_are_taken),
        cmocka_unit_test(what_is_wrong_is_told_in_one_line),
        cmocka_unit_test(only_this_machine_is_loopback),
        cmocka_unit_test(an_address_of_redis_is_host_and_port_or_a_url),
        cmocka_unit_test(a_bad_one_is_refused_by_its_place_and_without_its_password),
        cmocka_unit_test(long_parts_are_refused),
        cmocka_unit_test(passwords_are_blanked_where_they_were_given),
        cmocka_unit_test(a_command_line_is_blanked_and_what_was_meant_is_kept),
        cmocka_unit_test(passwords_come_from_the_address_or_a_file_or_the_environment),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
