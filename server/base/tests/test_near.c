/* What somebody may have meant. */
#include "server/base/near.h"
#include "server/base/tests/test.h"

static const char *const words[] = {"nodes",  "rooms",   "clients", "duration",
                                    "--seed", "--seeds", "t"};
#define WORDS (sizeof words / sizeof words[0])

static void what_is_near_is_meant_and_nothing_else(void **state)
{
    static const struct {
        const char *said, *meant; /* NULL: none */
    } cases[] = {
        {"nodez", "nodes"},    /* changed */
        {"node", "nodes"},     /* dropped */
        {"nnodes", "nodes"},   /* added */
        {"ndoes", "nodes"},    /* two letters in the other's place */
        {"NODES", "nodes"},    /* in another case */
        {"noodzes", "nodes"},  /* at two letters */
        {"noodzess", NULL},    /* at three */
        {"dur", "duration"},   /* begun */
        {"du", NULL},          /* which it is cannot be known */
        {"--sed", "--seed"},   /* the first of two that are near */
        {"--seedz", "--seed"}, /* likewise */
        {"rosom", "rooms"},
        {"rms", NULL},      /* of three letters two */
        {"x", NULL},        /* of one letter a change leaves nothing */
        {"moons", "rooms"}, /* two letters away */
        {"nodes", NULL},    /* it is one of them */
        {"", NULL},
        {"a word that is longer than all the words that anybody knows", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *meant = near_word(text_of(cases[i].said), words, WORDS);
        if (cases[i].meant == NULL) {
            assert_null(meant);
        } else {
            assert_non_null(meant);
            assert_string_equal(meant, cases[i].meant);
        }
    }
}

static void it_is_asked_as_a_question(void **state)
{
    struct buf text = {0};
    (void)state;
    near_tell(&text, TEXT("nothing like it"), words, WORDS);
    assert_int_equal(text.len, 0);
    near_tell(&text, TEXT("nodez"), words, WORDS);
    assert_string_equal(text.bytes, ": did you mean \"nodes\"?");
    buf_deinit(&text);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_near_is_meant_and_nothing_else),
        cmocka_unit_test(it_is_asked_as_a_question),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
