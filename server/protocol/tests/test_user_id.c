/* Which id a subject is: the same table is in PROTOCOL.md's words and in clients'. */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
#include "server/protocol/user_id.h"

#include <string.h>

/* Of 50 bytes four times. */
#define FIFTY "||||||||||||||||||||||||||||||||||||||||||||||||||"
#define MANY  FIFTY FIFTY FIFTY FIFTY

static void a_subject_is_itself_or_its_encoded_form(void **state)
{
    (void)state;
    static const struct {
        const char *subject, *user;
    } cases[] = {
        {"ada", "ada"},
        {"-", "-"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "_Y1NhxIu56rFBmOduqKt_GkFoXWrWKqkUbTAdTxfrCuA"},
        {"_", "_Xw"},
        {"_x", "_X3g"},
        {"_YXV0aDB8MTI", "_X1lYVjBhREI4TVRJ"},
        {"auth0|12", "_YXV0aDB8MTI"},
        {"ada@example.org", "_YWRhQGV4YW1wbGUub3Jn"},
        {"https://accounts.example/u/17", "_aHR0cHM6Ly9hY2NvdW50cy5leGFtcGxlL3UvMTc"},
        {" ", "_IA"},
        {"a b", "_YSBi"},
        {"é", "_w6k"},
        {"𝒳", "_8J2Ssw"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|",
         "_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYXw"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|",
         "_Be4UEgS8g-Yf7iq-C6O2dk7EAgCgyNoRDHvEHcgVU-c"},
        {MANY, "__m6UJNr8BpHNeHsrB776W6HpDZsWlZTuLbLoH-WFRAA"},
        {"google-oauth2|108204268033311374519", "_Z29vZ2xlLW9hdXRoMnwxMDgyMDQyNjgwMzMzMTEzNzQ1MTk"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char user[ID_BYTES_MAX + 1];
        print_message("case: %s\n", cases[i].subject);
        assert_int_equal(user_id_of_subject(text_of(cases[i].subject), user),
                         strlen(cases[i].user));
        assert_string_equal(user, cases[i].user);
    }
}

/* SEC-12: nobody can be called so that they are another. */
static void no_two_subjects_are_one_id_and_every_id_is_valid(void **state)
{
    (void)state;
    static const char letters[] = "aZ0_-|@ .\xc3\xa9";
    static char seen[4096][ID_BYTES_MAX + 1];
    char subject[4];
    uint32_t seen_len = 0;

    for (uint32_t n = 1; n < 11 * 11 * 11; n++) { /* all of 1 to 3 bytes of these */
        uint32_t len = 0;
        for (uint32_t rest = n; rest > 0; rest /= 11) {
            subject[len++] = letters[rest % 11];
        }
        char *user = seen[seen_len];
        const uint32_t user_len = user_id_of_subject((struct text){subject, len}, user);
        assert_true(id_valid((struct text){user, user_len}));
        for (uint32_t i = 0; i < seen_len; i++) {
            assert_string_not_equal(user, seen[i]);
        }
        seen_len++;
        /* Nor is anybody's id, said as a subject, that person. */
        char again[ID_BYTES_MAX + 1];
        (void)user_id_of_subject((struct text){user, user_len}, again);
        assert_true(user[0] != '_' || strcmp(user, again) != 0);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_subject_is_itself_or_its_encoded_form),
        cmocka_unit_test(no_two_subjects_are_one_id_and_every_id_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
