/* What the room of two people is called. The names come from another program:
 *   printf 'ana:bob' | openssl dgst -sha256 -binary | head -c 30 | basenc --base64url */
#include "server/base/tests/test.h"
#include "server/protocol/direct_name.h"
#include "server/protocol/id.h"

#include <string.h>

static const struct {
    const char *a, *b, *name;
} pairs[] = {
    {"ana", "bob", "dm-vCikivS9QXB57XAmwkT5l_ElFEPM-dwb6MJvmkKE"},
    {"ana", "ana2", "dm-NoT_vBARG9501GLPWejkvOfNQVOz-wMgT5-wEIsD"},
    {"Z", "a", "dm-l6yzdAgfFUS2TJSPQLjv9Cu8BjlZdy6bIZLOA8uB"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
     "dm-pKPIm_ofgwxM7i_m-tcOejlXG2tJ0pgQx_46WjAa"},
};

static void both_of_a_pair_come_to_one_name(void **state)
{
    char name[DIRECT_NAME_LEN + 1];

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        direct_name(text_of(pairs[i].a), text_of(pairs[i].b), name);
        assert_string_equal(name, pairs[i].name);
        direct_name(text_of(pairs[i].b), text_of(pairs[i].a), name);
        assert_string_equal(name, pairs[i].name);
        assert_true(id_valid(text_of(name)));
        assert_true(direct_name_is(text_of(name)));
    }
}

static void two_pairs_whose_ids_join_alike_have_two_names(void **state)
{
    char one[DIRECT_NAME_LEN + 1];
    char other[DIRECT_NAME_LEN + 1];

    (void)state;
    direct_name(text_of("a-b"), text_of("c"), one);
    direct_name(text_of("a"), text_of("b-c"), other);
    assert_string_not_equal(one, other);
}

static void a_name_is_told_by_its_front_and_its_length(void **state)
{
    char name[DIRECT_NAME_LEN + 1];

    (void)state;
    direct_name(text_of("ana"), text_of("bob"), name);
    assert_false(direct_name_is((struct text){name, DIRECT_NAME_LEN - 1}));
    assert_false(direct_name_is(text_of("dm-x")));
    name[0] = 'D';
    assert_false(direct_name_is(text_of(name)));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_of_a_pair_come_to_one_name),
        cmocka_unit_test(two_pairs_whose_ids_join_alike_have_two_names),
        cmocka_unit_test(a_name_is_told_by_its_front_and_its_length),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
