/* The ring of nodes. */
#include "server/base/tests/test.h"
#include "server/protocol/id.h"
#include "server/protocol/ring.h"

#include <stdio.h>

#define NODES_MAX 8
#define USERS     20000

static char store[NODES_MAX][8];
static struct text names[NODES_MAX];

static int setup(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < NODES_MAX; i++) {
        (void)snprintf(store[i], sizeof store[i], "n%u", (unsigned)i);
        names[i] = text_of(store[i]);
    }
    return 0;
}

static uint64_t key_of(uint32_t user)
{
    char name[16];
    (void)snprintf(name, sizeof name, "user%u", (unsigned)user);
    return ring_key(text_of(name));
}

static uint16_t node_of(const struct ring *ring, uint64_t key)
{
    struct ring_walk walk = ring_walk(ring, key);
    uint16_t node = UINT16_MAX;
    assert_true(ring_next(ring, &walk, &node));
    return node;
}

/* Pinned, as another program computed them: a server that computes otherwise sends people to the wrong node. */
static void everyone_computes_the_same(void **state)
{
    (void)state;
    static const uint16_t of_users[] = {3, 2, 2, 2, 2, 2, 3, 3, 3, 2, 3, 2, 3, 1, 3, 2, 1, 2, 3, 1};
    const struct text ws[] = {TEXT("ws-1"), TEXT("ws-2"), TEXT("ws-3")};
    struct ring ring;

    assert_true(ring_key(TEXT("")) == UINT64_C(0xef46db3751d8e999));
    assert_true(ring_key(TEXT("user0")) == UINT64_C(0x6a0b3ef8c149b022));
    assert_true(ring_key(TEXT("ws-1:0")) == UINT64_C(0xdfbed17bf1a7e7e3));
    ring_init(&ring, ws, 3);
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(node_of(&ring, key_of(i)), of_users[i] - 1);
    }
    assert_true(ring.places[0].key == UINT64_C(0x011b4d4dc70706a8));
    assert_true(ring.places[ring.len - 1].key == UINT64_C(0xfff2503e1ed3be5a));
    assert_int_equal(node_of(&ring, key_of(1305)), 0); /* beyond the last place: the first */
    assert_int_equal(node_of(&ring, ring.places[7].key), ring.places[7].node);
    assert_int_equal(node_of(&ring, ring.places[7].key + 1), ring.places[8].node);
    ring_deinit(&ring);
}

static void a_name_that_is_given_twice_is_one_node(void **state)
{
    (void)state;
    const struct text twice[] = {names[1], names[0], names[1]};
    struct ring ring;
    struct ring other;

    ring_init(&ring, names, 2);
    ring_init(&other, twice, 3);
    for (uint32_t i = 0; i < USERS; i++) {
        assert_int_equal(node_of(&ring, key_of(i)), 1 - node_of(&other, key_of(i)));
    }
    ring_deinit(&ring);
    ring_deinit(&other);
}

static void the_order_of_the_names_does_not_matter(void **state)
{
    (void)state;
    const struct text turned[4] = {names[3], names[2], names[1], names[0]};
    struct ring ring;
    struct ring other;

    ring_init(&ring, names, 4);
    ring_init(&other, turned, 4);
    for (uint32_t i = 0; i < USERS; i++) {
        const uint64_t key = key_of(i);
        assert_int_equal(node_of(&ring, key), 3 - node_of(&other, key));
    }
    ring_deinit(&ring);
    ring_deinit(&other);
}

static void each_node_has_about_its_share(void **state)
{
    (void)state;
    uint32_t count[4] = {0};
    struct ring ring;

    ring_init(&ring, names, 4);
    for (uint32_t i = 0; i < USERS; i++) {
        count[node_of(&ring, key_of(i))]++;
    }
    for (uint32_t node = 0; node < 4; node++) {
        assert_in_range(count[node], USERS / 4 * 7 / 10, USERS / 4 * 13 / 10);
    }
    ring_deinit(&ring);
}

static void a_new_node_takes_its_share_and_nobody_else_moves(void **state)
{
    (void)state;

    for (uint32_t len = 1; len < NODES_MAX; len++) {
        struct ring before;
        struct ring after;
        uint32_t moved = 0;
        ring_init(&before, names, len);
        ring_init(&after, names, len + 1);
        for (uint32_t i = 0; i < USERS; i++) {
            const uint64_t key = key_of(i);
            const uint16_t to = node_of(&after, key);
            if (to != node_of(&before, key)) {
                assert_int_equal(to, len);
                moved++;
            }
        }
        assert_in_range(moved, USERS / (len + 1) * 7 / 10, USERS / (len + 1) * 13 / 10);
        ring_deinit(&before);
        ring_deinit(&after);
    }
}

static void who_passes_over_a_node_is_where_a_ring_without_it_sends_him(void **state)
{
    (void)state;
    const struct text others[3] = {names[0], names[2], names[3]};
    struct ring ring;
    struct ring without;

    ring_init(&ring, names, 4);
    ring_init(&without, others, 3);
    for (uint32_t i = 0; i < USERS; i++) {
        const uint64_t key = key_of(i);
        struct ring_walk walk = ring_walk(&ring, key);
        uint16_t node = 1;
        while (node == 1) {
            assert_true(ring_next(&ring, &walk, &node));
        }
        const uint16_t expected = node_of(&without, key);
        assert_int_equal(node, expected == 0 ? 0 : expected + 1);
    }
    ring_deinit(&ring);
    ring_deinit(&without);
}

static void a_walk_goes_once_around(void **state)
{
    (void)state;
    const uint64_t keys[] = {0, UINT64_MAX, 12345};
    struct ring ring;

    ring_init(&ring, names, 3);
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        struct ring_walk walk = ring_walk(&ring, keys[k]);
        uint32_t count[3] = {0};
        uint16_t node;
        while (ring_next(&ring, &walk, &node)) {
            count[node]++;
        }
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(count[i], RING_PLACES);
        }
    }
    ring_deinit(&ring);
}

static void a_ring_without_nodes_gives_none(void **state)
{
    (void)state;
    struct ring ring;
    uint16_t node;

    ring_init(&ring, NULL, 0);
    struct ring_walk walk = ring_walk(&ring, 7);
    assert_false(ring_next(&ring, &walk, &node));
    ring_deinit(&ring);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_computes_the_same),
        cmocka_unit_test(a_name_that_is_given_twice_is_one_node),
        cmocka_unit_test(the_order_of_the_names_does_not_matter),
        cmocka_unit_test(each_node_has_about_its_share),
        cmocka_unit_test(a_new_node_takes_its_share_and_nobody_else_moves),
        cmocka_unit_test(who_passes_over_a_node_is_where_a_ring_without_it_sends_him),
        cmocka_unit_test(a_walk_goes_once_around),
        cmocka_unit_test(a_ring_without_nodes_gives_none),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
