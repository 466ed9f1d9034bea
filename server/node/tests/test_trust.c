/* Whose tokens are good: one answer for every way to be wrong, and a note of which it was. */
#include "server/base/tests/test.h"
#include "server/node/tests/fake_world.h"

#include <stdio.h>
#include <string.h>

static struct fake *fake;
static char answer[1024];

static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){0});
    fake_start(fake);
    fake_show(fake, (struct fake_show){.notes = true});
    (void)fake_trace(fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

#define DAYS_30_S 2592000

/* The wall shows 1000 s, the leeway is 60 s. */
static const struct {
    struct token_draft draft;
    enum token_refusal why;
    int by_s;
} bad[] = {
    {{.issued_s = 1, .expires_s = 940}, TOKEN_EXPIRED, 60},
    {{.issued_s = 1, .expires_s = -5}, TOKEN_EXPIRED, 1005},
    {{.issued_s = 1, .expires_s = 2000, .not_before_s = 1061}, TOKEN_EARLY, 61},
    {{.issued_s = 1, .expires_s = DAYS_30_S + 2}, TOKEN_LIFETIME, 1},
    {{.issued_s = 2000, .expires_s = DAYS_30_S + 1061}, TOKEN_LIFETIME, 61},
};

static void the_wire_does_not_say_why_a_token_is_refused_and_the_note_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct token_draft draft = bad[i].draft;
        char want[256];
        print_message("case: %zu\n", i);
        draft.subject = TEXT("eve");
        fake_open(fake, 1);
        fake_say(fake, 1, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"%s\"}",
                 fake_token_of(fake, &draft));
        (void)snprintf(want, sizeof want,
                       "note token refused %d %d\nc1 < error unauthenticated\n"
                       "note hello refused 4500 0\nc1 x 4500\n",
                       (int)bad[i].why, bad[i].by_s);
        assert_string_equal(fake_trace(fake), want);
        fake_http(fake, 7,
                  (struct fake_request){
                      .method = "GET", .path = "/api/rooms", .token = fake_token_of(fake, &draft)});
        (void)snprintf(want, sizeof want, "note token refused %d %d\n", (int)bad[i].why,
                       bad[i].by_s);
        const char *trace = fake_trace(fake);
        assert_non_null(strstr(trace, want));
        assert_non_null(strstr(trace, "http 7 401"));
        if (i == 0) {
            (void)strcpy(answer, fake_last_json(fake));
        }
        assert_string_equal(fake_last_json(fake), answer); /* no oracle */
    }
}

static void who_has_a_subject_of_an_identity_provider_is_its_encoded_form(void **state)
{
    (void)state;
    fake_open(fake, 1);
    fake_say(fake, 1, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"%s\"}",
             fake_token(fake, "auth0|12", 2000));
    assert_non_null(strstr(fake_last_json(fake), "\"userId\":\"_YXV0aDB8MTI\""));
    assert_int_equal(
        sql_db_int(fake_db(fake), "SELECT count(*) FROM users WHERE name = '_YXV0aDB8MTI'"), 1);
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT count(*) FROM users"), 4);
    /* Who calls themselves so is somebody else. */
    fake_open(fake, 2);
    fake_say(fake, 2, "{\"type\":\"hello\",\"version\":1,\"device\":\"d\",\"token\":\"%s\"}",
             fake_token(fake, "_YXV0aDB8MTI", 2000));
    assert_non_null(strstr(fake_last_json(fake), "\"userId\":\"_X1lYVjBhREI4TVRJ\""));
    assert_int_equal(sql_db_int(fake_db(fake), "SELECT count(*) FROM users"), 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        TEST(the_wire_does_not_say_why_a_token_is_refused_and_the_note_does),
        TEST(who_has_a_subject_of_an_identity_provider_is_its_encoded_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
