/* Who is in which room: both rules, and what the draw by persons promises. */
#include "server/base/tests/test.h"
#include "sim/plan/seats.h"

static struct plan plan_of(uint32_t users, uint32_t rooms)
{
    return (struct plan){.seed = 7,
                         .clients = users,
                         .devices_per_user = 1,
                         .rooms = rooms,
                         .rooms_per_person = {{{1, 1}, 200}, {{2, 4}, 700}, {{6, 10}, 100}},
                         .rooms_per_person_len = 3};
}

/* In how many rooms a person is; each at most once. */
static uint32_t rooms_of(const struct seats *seats, const struct plan *plan, uint32_t user)
{
    uint32_t count = 0;

    for (uint32_t room = 0; room < plan->rooms; room++) {
        uint32_t here = 0;
        for (uint32_t i = seats->first[room]; i < seats->first[room + 1]; i++) {
            here += seats->users[i] == user;
        }
        assert_true(here <= 1);
        count += here;
    }
    return count;
}

static void the_old_rule_deals_seats_in_turn(void **state)
{
    static const uint32_t expected[] = {0, 1, 2, 3, 4, 0, 1, 2, 3};
    struct plan plan = {.clients = 10, .devices_per_user = 2, .rooms = 3, .members_per_room = 3};
    struct seats seats;
    (void)state;

    seats_init(&seats, &plan);
    for (uint32_t i = 0; i < 9; i++) {
        assert_int_equal(seats.users[i], expected[i]);
    }
    assert_int_equal(seats.first[3], 9);
    seats_deinit(&seats);
}

static void people_are_in_as_many_rooms_as_their_share_says(void **state)
{
    const struct plan plan = plan_of(1000, 40);
    uint32_t by_count[11] = {0};
    struct seats seats;
    (void)state;

    seats_init(&seats, &plan);
    for (uint32_t user = 0; user < 1000; user++) {
        const uint32_t count = rooms_of(&seats, &plan, user);
        assert_in_range(count, 1, 10);
        by_count[count]++;
    }
    assert_in_range(by_count[1], 160, 240);
    assert_in_range(by_count[2] + by_count[3] + by_count[4], 650, 750);
    assert_int_equal(by_count[5], 0);
    for (uint32_t count = 6; count <= 10; count++) {
        assert_true(by_count[count] > 5);
    }
    seats_deinit(&seats);
}

static void no_room_is_empty_while_there_are_as_many_people(void **state)
{
    const struct plan plan = plan_of(40, 40);
    struct seats seats;
    (void)state;

    seats_init(&seats, &plan);
    for (uint32_t room = 0; room < 40; room++) {
        assert_true(seats.first[room] < seats.first[room + 1]);
    }
    seats_deinit(&seats);
}

static void another_person_moves_nobody(void **state)
{
    const struct plan few = plan_of(30, 12);
    const struct plan many = plan_of(31, 12);
    struct seats one;
    struct seats other;
    (void)state;

    seats_init(&one, &few);
    seats_init(&other, &many);
    for (uint32_t room = 0; room < 12; room++) {
        const uint32_t len = one.first[room + 1] - one.first[room];
        assert_in_range(other.first[room + 1] - other.first[room], len, len + 1);
        for (uint32_t i = 0; i < len; i++) {
            assert_int_equal(one.users[one.first[room] + i], other.users[other.first[room] + i]);
        }
    }
    seats_deinit(&one);
    seats_deinit(&other);
}

static void a_person_may_be_in_every_room(void **state)
{
    struct plan plan = plan_of(5, 10);
    struct seats seats;
    (void)state;

    plan.rooms_per_person[0] = (struct rooms_share){{10, 10}, 1000};
    plan.rooms_per_person_len = 1;
    seats_init(&seats, &plan);
    for (uint32_t user = 0; user < 5; user++) {
        assert_int_equal(rooms_of(&seats, &plan, user), 10);
    }
    seats_deinit(&seats);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_old_rule_deals_seats_in_turn),
        cmocka_unit_test(people_are_in_as_many_rooms_as_their_share_says),
        cmocka_unit_test(no_room_is_empty_while_there_are_as_many_people),
        cmocka_unit_test(another_person_moves_nobody),
        cmocka_unit_test(a_person_may_be_in_every_room),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
