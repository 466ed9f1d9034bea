/* What people are called elsewhere, and as which user id: the world's way to it and the server's are two. */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
#include "server/protocol/user_id.h"
#include "sim/world/subjects.h"

#include <stdio.h>

#define PEOPLE 500

static struct plan plan;

static void who_is_no_ones_customer_is_called_by_their_number(void **state)
{
    (void)state;
    char store[SUBJECT_BYTES_MAX];

    plan.client.provider_percent = 0;
    for (uint32_t i = 0; i < 100; i++) {
        char want[16];
        (void)snprintf(want, sizeof want, "u%u", (unsigned)i);
        assert_true(text_equal(subject_of(&plan, i, store), text_of(want)));
    }
}

static void so_many_of_a_hundred_have_another_name_in_each_of_its_forms(void **state)
{
    (void)state;
    static const int64_t percents[] = {0, 1, 50, 99, 100};

    for (size_t p = 0; p < sizeof percents / sizeof percents[0]; p++) {
        uint32_t others = 0;
        plan.client.provider_percent = percents[p];
        for (uint32_t i = 0; i < 100; i++) {
            char store[SUBJECT_BYTES_MAX];
            char plain[16];
            (void)snprintf(plain, sizeof plain, "u%u", (unsigned)i);
            others += !text_equal(subject_of(&plan, i, store), text_of(plain));
        }
        assert_int_equal(others, percents[p]);
    }
}

static void the_server_comes_to_the_same_id_and_all_differ(void **state)
{
    (void)state;
    static char users[PEOPLE][ID_BYTES_MAX + 1];
    uint32_t hashed = 0;

    plan.client.provider_percent = 100;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        char store[SUBJECT_BYTES_MAX];
        char server[ID_BYTES_MAX + 1];
        const struct text subject = subject_of(&plan, i, store);
        const struct text user = subject_user(subject, users[i]);
        assert_true(id_valid(user));
        assert_int_equal(user_id_of_subject(subject, server), user.len);
        assert_string_equal(server, users[i]);
        hashed += subject.len > 47;
        for (uint32_t other = 0; other < i; other++) {
            assert_string_not_equal(users[i], users[other]);
        }
    }
    assert_int_equal(hashed, PEOPLE / 5);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_no_ones_customer_is_called_by_their_number),
        cmocka_unit_test(so_many_of_a_hundred_have_another_name_in_each_of_its_forms),
        cmocka_unit_test(the_server_comes_to_the_same_id_and_all_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
