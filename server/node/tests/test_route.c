/* To which node a user belongs: GET /api/route, and what clients of a node that drains are told. */
#include "server/base/tests/test.h"
#include "server/node/presence_ring.h"
#include "server/node/tests/fake_world.h"
#include "server/protocol/ring.h"

#include <stdio.h>
#include <string.h>

#define LEASE_US 6000000
#define SWEEP_US 2000000
#define N1       "http://n1.test"
#define N2       "http://n2.test:8081"

static struct fake *fake;
static uint64_t requests;

static int setup(void **state)
{
    (void)state;
    fake = fake_new((struct fake_options){.presence = true, .url = N1});
    requests = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_free(&fake);
    return 0;
}

/* The last answer, without the request's number. */
static const char *asked(const char *token_of, const char *query)
{
    static char line[512];
    const char *token = token_of != NULL ? fake_token(fake, token_of, 2000) : NULL;

    (void)fake_trace(fake);
    fake_http(fake, ++requests,
              (struct fake_request){
                  .method = "GET", .path = "/api/route", .query = query, .token = token});
    const char *trace = strchr(fake_trace(fake) + 5, ' ');
    (void)snprintf(line, sizeof line, "%s", trace + 1);
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static bool goes_to(const char *user, const char *url)
{
    char query[64];
    char want[160];

    (void)snprintf(query, sizeof query, "user=%s", user);
    (void)snprintf(want, sizeof want, "200 {\"userId\":\"%s\",\"url\":\"%s\",\"ring\":\"", user,
                   url);
    return strncmp(asked("ana", query), want, strlen(want)) == 0;
}

static void lease_of_n2(const char *url)
{
    (void)fake_redis(fake, "HSET presence:lives n2.1-1 1");
    (void)fake_redis(fake, "SET presence:lease:n2 1-1~%s PX 1000000000", url);
}

static void sweeps(int count)
{
    fake_pass_us(fake, (int64_t)count * SWEEP_US);
}

/* As the ring of both computes it. */
static bool belongs_to_n2(const char *user)
{
    static const struct ring_node nodes[] = {{{"n1", 2}, {N1, sizeof N1 - 1}},
                                             {{"n2", 2}, {N2, sizeof N2 - 1}}};
    struct presence_ring *ring = presence_ring_new();
    presence_ring_set(ring, nodes, 2);
    const bool second = text_equal(presence_ring_url(ring, ring_key(text_of(user))), text_of(N2));
    presence_ring_free(&ring);
    return second;
}

static void everybody_belongs_where_the_ring_of_all_nodes_says(void **state)
{
    (void)state;
    int at_second = 0;

    lease_of_n2(N2);
    fake_start(fake);
    sweeps(2);
    for (int i = 0; i < 40; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "u%d", i);
        const bool second = belongs_to_n2(user);
        assert_true(goes_to(user, second ? N2 : N1));
        at_second += second;
    }
    assert_in_range(at_second, 8, 32);
}

/* One that has just begun would name itself for everybody. */
static void a_node_that_knows_no_leases_yet_names_nobody(void **state)
{
    (void)state;
    lease_of_n2(N2);
    fake_start(fake);
    assert_int_equal(strncmp(asked("ana", "user=bob"), "503 error try_again", 19), 0);
    assert_non_null(strstr(fake_last_json(fake), "no node to go to is known"));
    sweeps(2);
    assert_true(goes_to("bob", belongs_to_n2("bob") ? N2 : N1));
}

static const char *of_second(void)
{
    static char user[16];

    for (int i = 0;; i++) {
        (void)snprintf(user, sizeof user, "u%d", i);
        if (belongs_to_n2(user)) {
            return user;
        }
    }
}

static void it_follows_the_leases(void **state)
{
    (void)state;
    const char *user = of_second();

    fake_start(fake);
    sweeps(2);
    assert_true(goes_to(user, N1));
    lease_of_n2(N2);
    sweeps(2);
    assert_true(goes_to(user, N2));
    (void)fake_redis(fake, "DEL presence:lease:n2");
    sweeps(1);
    assert_true(goes_to(user, N1));
    lease_of_n2("http://other.test");
    sweeps(1);
    assert_true(goes_to(user, "http://other.test"));
    /* Another life of it has the lease now. */
    (void)fake_redis(fake, "SET presence:lease:n2 2-1~http://third.test PX 1000000000");
    sweeps(1);
    assert_true(goes_to(user, N1));
    (void)fake_redis(fake, "HSET presence:lives n2.2-1 1");
    sweeps(2);
    assert_true(goes_to(user, "http://third.test"));
}

static void what_is_no_address_is_none(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "n2.test",
                                      "ftp://n2.test",
                                      "http://",
                                      "http://n2.test/x",
                                      "http://n2.test~x",
                                      "http://<b>",
                                      "javascript:alert(1)"};
    const char *user = of_second();

    fake_start(fake);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        lease_of_n2(bad[i]);
        sweeps(2);
        assert_true(goes_to(user, N1));
    }
    assert_string_equal(fake_redis(fake, "EXISTS presence:lease:n2"), "1\n");
    lease_of_n2(N2);
    sweeps(1);
    assert_true(goes_to(user, N2));
}

static void without_redis_the_last_known_ring_serves(void **state)
{
    (void)state;
    const char *user = of_second();

    lease_of_n2(N2);
    fake_start(fake);
    sweeps(2);
    fake_redis_down(fake);
    fake_pass_us(fake, (int64_t)10 * LEASE_US);
    assert_true(goes_to(user, N2));
}

static void its_own_lease_says_where_it_is(void **state)
{
    (void)state;
    fake_start(fake);
    assert_string_equal(fake_redis(fake, "GET presence:lease:n1"), "1-1 " N1 "\n");
}

/* A lease with an address is one: nobody's connections end by it. */
static void a_life_whose_lease_has_an_address_lives(void **state)
{
    (void)state;
    lease_of_n2(N2);
    (void)fake_redis(fake, "HSET presence:life:n2.1-1 bob 1");
    (void)fake_redis(fake, "HSET presence:detail:bob c:n2.1-1.4 online~mobile~999~99000000 v 5 "
                           "status online lastSeen 999 device mobile connected true");
    fake_start(fake);
    fake_pass_us(fake, (int64_t)10 * LEASE_US);
    assert_string_equal(fake_redis(fake, "HGET presence:life:n2.1-1 bob"), "1\n");
}

static void it_is_told_to_whom_has_a_good_token_alone(void **state)
{
    (void)state;
    fake_start(fake);
    sweeps(2);
    assert_int_equal(strncmp(asked(NULL, "user=ana"), "401 ", 4), 0);
    assert_int_equal(strncmp(asked("ana", NULL), "400 error bad_field field=user", 30), 0);
    assert_int_equal(strncmp(asked("ana", "user="), "400 error bad_field field=user", 30), 0);
    assert_int_equal(strncmp(asked("ana", "user=a%20b"), "400 error bad_field field=user", 30), 0);
    assert_true(goes_to("bob", N1));
}

static void clients_of_a_node_that_drains_are_told_where_they_belong_then(void **state)
{
    (void)state;
    lease_of_n2(N2);
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    sweeps(2);
    (void)fake_trace(fake);
    fake_drain(fake);
    assert_non_null(strstr(fake_trace(fake), "c1 < draining to " N2 "\n"));
    assert_true(goes_to("ana", N2));
}

static void the_last_node_that_drains_names_nobody(void **state)
{
    (void)state;
    fake_start(fake);
    fake_hello(fake, 1, "ana", "");
    sweeps(2);
    (void)fake_trace(fake);
    fake_drain(fake);
    assert_non_null(strstr(fake_trace(fake), "c1 < draining\n"));
    assert_int_equal(strncmp(asked("ana", "user=ana"), "503 error try_again", 19), 0);
}

static void a_node_without_an_address_tells_none(void **state)
{
    (void)state;
    fake_free(&fake);
    fake = fake_new((struct fake_options){.presence = true});
    lease_of_n2(N2);
    fake_start(fake);
    sweeps(2);
    assert_int_equal(strncmp(asked("ana", "user=bob"), "404 error denied", 16), 0);
    assert_non_null(strstr(fake_last_json(fake), "--public-url"));
    assert_int_equal(strncmp(asked(NULL, "user=bob"), "401 ", 4), 0);
    assert_string_equal(fake_redis(fake, "GET presence:lease:n1"), "1-1\n");
}

/* --- The ring --- */

static void a_ring_of_the_same_nodes_is_the_same(void **state)
{
    (void)state;
    const struct ring_node nodes[] = {{TEXT("b"), TEXT("http://b")},
                                      {TEXT("a"), TEXT("http://a")},
                                      {TEXT("ab"), TEXT("http://c")}};
    const struct ring_node turned[] = {nodes[2], nodes[0], nodes[1]};
    struct presence_ring *one = presence_ring_new();
    struct presence_ring *other = presence_ring_new();

    assert_null(presence_ring_url(one, 7).bytes);
    presence_ring_set(one, nodes, 3);
    presence_ring_set(other, turned, 3);
    assert_int_equal(presence_ring_key(one), presence_ring_key(other));
    for (uint64_t key = 1; key != 0 && key < UINT64_MAX / 3; key *= 3) {
        assert_true(text_equal(presence_ring_url(one, key), presence_ring_url(other, key)));
    }
    presence_ring_set(other, turned, 2);
    assert_int_not_equal(presence_ring_key(one), presence_ring_key(other));
    presence_ring_set(one, nodes, 0);
    assert_null(presence_ring_url(one, 7).bytes);
    presence_ring_free(&one);
    presence_ring_free(&other);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    static const struct CMUnitTest tests[] = {
        TEST(everybody_belongs_where_the_ring_of_all_nodes_says),
        TEST(a_node_that_knows_no_leases_yet_names_nobody),
        TEST(it_follows_the_leases),
        TEST(what_is_no_address_is_none),
        TEST(without_redis_the_last_known_ring_serves),
        TEST(its_own_lease_says_where_it_is),
        TEST(a_life_whose_lease_has_an_address_lives),
        TEST(it_is_told_to_whom_has_a_good_token_alone),
        TEST(clients_of_a_node_that_drains_are_told_where_they_belong_then),
        TEST(the_last_node_that_drains_names_nobody),
        TEST(a_node_without_an_address_tells_none),
        cmocka_unit_test(a_ring_of_the_same_nodes_is_the_same),
    };
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
