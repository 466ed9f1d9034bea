/* Names and their numbers. */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
#include "sim/witness/names.h"

static struct names names;

static int teardown(void **state)
{
    (void)state;
    names_deinit(&names);
    return 0;
}

static void numbers_go_by_first_sight_whatever_the_name_looks_like(void **state)
{
    (void)state;
    bool fresh = false;

    assert_int_equal(names_number(&names, NAME_ROOM, TEXT("r7"), &fresh), 0);
    assert_true(fresh);
    assert_int_equal(names_number(&names, NAME_ROOM, TEXT("the club"), &fresh), 1);
    assert_true(fresh);
    assert_int_equal(names_number(&names, NAME_ROOM, TEXT("r7"), &fresh), 0);
    assert_false(fresh);
    assert_int_equal(names_number(&names, NAME_ROOM, TEXT("r"), NULL), 2);
    assert_true(text_equal(names_text(&names, NAME_ROOM, 1), TEXT("the club")));
}

static void each_kind_counts_for_itself(void **state)
{
    (void)state;

    assert_int_equal(names_number(&names, NAME_USER, TEXT("ann"), NULL), 0);
    assert_int_equal(names_number(&names, NAME_DEVICE, TEXT("phone"), NULL), 0);
    assert_int_equal(names_number(&names, NAME_DEVICE, TEXT("ann"), NULL), 1);
    assert_int_equal(names_find(&names, NAME_NODE, TEXT("ann")), OBS_NONE);
    assert_int_equal(names_find(&names, NAME_USER, TEXT("phone")), OBS_NONE);
    assert_int_equal(names_find(&names, NAME_DEVICE, TEXT("ann")), 1);
}

static void to_find_is_not_to_number(void **state)
{
    (void)state;

    assert_int_equal(names_find(&names, NAME_ROOM, TEXT("quiet")), OBS_NONE);
    assert_int_equal(names_number(&names, NAME_ROOM, TEXT("loud"), NULL), 0);
}

static void a_declaration_carries_the_key_of_the_name(void **state)
{
    (void)state;
    const uint32_t user = names_number(&names, NAME_USER, TEXT("ann"), NULL);
    const uint32_t room = names_number(&names, NAME_ROOM, TEXT("the club"), NULL);
    const struct obs of_user = names_declare_user(&names, user, 5);
    const struct obs of_room = names_declare_room(&names, room, 6);

    assert_int_equal(of_user.kind, OBS_USER);
    assert_int_equal(of_user.at_us, 5);
    assert_int_equal(of_user.user, user);
    assert_true(of_user.sender == id_key(TEXT("ann")));
    assert_int_equal(of_room.kind, OBS_ROOM);
    assert_int_equal(of_room.at_us, 6);
    assert_int_equal(of_room.room, room);
    assert_true(of_room.id == id_key(TEXT("the club")));
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
    const struct CMUnitTest tests[] = {
        TEST(numbers_go_by_first_sight_whatever_the_name_looks_like),
        TEST(each_kind_counts_for_itself),
        TEST(to_find_is_not_to_number),
        TEST(a_declaration_carries_the_key_of_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
