/* Recordings of a small server that keeps its promises, under every profile, by two recorders whose
 * clocks are off: nothing may be called broken. Then one thing is done to one device, and it has to be
 * found. */
#include "server/base/rng.h"
#include "server/base/sort.h"
#include "server/base/tests/test.h"
#include "sim/outside/outside.h"

#include <stdio.h>
#include <stdlib.h>

#define DEVICES      5
#define ROOMS        2
#define LOG_MAX      64
#define EVENTS_MAX   4096
#define UNCERTAIN_US 30000

enum harm { HARM_NONE, HARM_DROP, HARM_TWICE, HARM_SWAP, HARM_WORDS, HARM_WRITER, HARM_COUNT };
enum names { NAMES_SHARED, NAMES_ACKED, NAMES_SHOWN, NAMES_COUNT };

struct event {
    int64_t at_us; /* by its recorder's clock */
    uint32_t order;
    uint32_t source;
    struct recorded recorded;
};

struct row {
    uint32_t device; /* its writer */
    uint32_t number; /* of its writer */
};

struct server {
    struct rng rng;
    enum names names;
    bool seq;
    int64_t now_us;
    int64_t offset_us[2];
    struct row log[ROOMS][LOG_MAX];
    uint32_t log_len[ROOMS];
    uint32_t given[DEVICES][ROOMS]; /* how much of the log a device has been given */
    bool up[DEVICES];
    uint32_t written[DEVICES];
    bool resumes;
    /* The harm: to this device, at this place of room 0. */
    enum harm harm;
    uint32_t victim, at;
    bool harmed;
    struct event events[EVENTS_MAX];
    uint32_t events_len;
    struct arena texts;
};

/* "u2/d3" from "u", 2, "/d", 3; without the second number if `middle` is NULL. */
static struct text print(struct server *server, const char *front, uint32_t a, const char *middle,
                         uint32_t b)
{
    char text[64];
    const int len = middle == NULL ? snprintf(text, sizeof text, "%s%u", front, a)
                                   : snprintf(text, sizeof text, "%s%u%s%u", front, a, middle, b);
    return (struct text){arena_strndup(&server->texts, text, (size_t)len), (uint32_t)len};
}

static struct event *note(struct server *server, uint32_t device, enum record_verb verb)
{
    const uint32_t source = device % 2;
    assert_true(server->events_len < EVENTS_MAX);
    struct event *event = &server->events[server->events_len];
    *event = (struct event){.at_us = server->now_us + server->offset_us[source],
                            .order = server->events_len++,
                            .source = source,
                            .recorded = {.verb = verb, .seq = RECORD_SEQ_NONE}};
    event->recorded.at_us = event->at_us;
    event->recorded.who = print(server, "u", device / 2, "/d", device);
    return event;
}

/* Its names, as the writer's lines and other people's lines say them. */
static void name(struct server *server, struct recorded *recorded, uint32_t room, struct row entry,
                 uint32_t place)
{
    const struct text own = print(server, "c", entry.device, "-", entry.number);
    const struct text theirs = print(server, "s", room, "-", place);

    recorded->room = print(server, "room", room, NULL, 0);
    if (server->names == NAMES_SHARED) {
        recorded->id = own;
    } else if (recorded->verb == RECORD_SENT) {
        recorded->client = own;
    } else if (recorded->verb == RECORD_ACKED) {
        recorded->id = theirs;
        recorded->client = own;
    } else {
        recorded->id = theirs;
        recorded->client = server->names == NAMES_SHOWN ? own : recorded->client;
    }
    if (recorded->verb == RECORD_SAW) {
        recorded->from = print(server, "u", entry.device / 2, NULL, 0);
    }
    if (server->seq && recorded->verb != RECORD_SENT) {
        recorded->seq = place;
    }
}

static void tick(struct server *server)
{
    server->now_us += rng_between(&server->rng, 1, 9000);
}

static void show(struct server *server, uint32_t device, uint32_t room, uint32_t place)
{
    const struct row entry = server->log[room][place];
    struct event *event = note(server, device, RECORD_SAW);
    const bool here = room == 0 && device == server->victim && place == server->at;

    event->recorded.value = print(server, "words ", entry.number, " of ", entry.device);
    name(server, &event->recorded, room, entry, place);
    if (here && server->harm == HARM_WORDS) {
        event->recorded.value = TEXT("other words");
        server->harmed = true;
    } else if (here && server->harm == HARM_WRITER) {
        event->recorded.from = TEXT("mallory");
        event->recorded.client = (struct text){NULL, 0};
        server->harmed = true;
    }
    tick(server);
}

/* The next of a room to a device that is there. */
static void give(struct server *server, uint32_t device, uint32_t room)
{
    uint32_t *given = &server->given[device][room];
    if (!server->up[device] || *given == server->log_len[room]) {
        return;
    }
    const bool here = room == 0 && device == server->victim && *given == server->at;
    const bool own = server->log[room][*given].device == device;
    if (here && server->harm == HARM_DROP && !own) {
        server->harmed = true;
    } else if (here && server->harm == HARM_TWICE) {
        show(server, device, room, *given);
        show(server, device, room, *given);
        server->harmed = true;
    } else if (here && server->harm == HARM_SWAP && *given + 1 < server->log_len[room]) {
        show(server, device, room, *given + 1);
        show(server, device, room, *given);
        ++*given;
        server->harmed = true;
    } else {
        show(server, device, room, *given);
    }
    ++*given;
}

static void write_one(struct server *server, uint32_t device, uint32_t room)
{
    if (!server->up[device] || server->log_len[room] == LOG_MAX) {
        return;
    }
    const struct row entry = {device, ++server->written[device]};
    struct event *event = note(server, device, RECORD_SENT);
    event->recorded.value = print(server, "words ", entry.number, " of ", entry.device);
    name(server, &event->recorded, room, entry, 0);
    tick(server);
    const uint32_t place = server->log_len[room]++;
    server->log[room][place] = entry;
    if (rng_chance(&server->rng, 500)) { /* others may be shown it before the ack is there */
        give(server, (uint32_t)rng_between(&server->rng, 0, DEVICES - 1), room);
    }
    event = note(server, device, RECORD_ACKED);
    name(server, &event->recorded, room, entry, place);
    tick(server);
}

static void connection(struct server *server, uint32_t device)
{
    (void)note(server, device, server->up[device] ? RECORD_DOWN : RECORD_UP);
    server->up[device] = !server->up[device];
    if (server->up[device] && !server->resumes) {
        for (uint32_t room = 0; room < ROOMS; room++) {
            server->given[device][room] = server->log_len[room];
        }
    }
    tick(server);
}

static void live(struct server *server, int steps)
{
    server->now_us = 1000000;
    for (uint32_t device = 0; device < DEVICES; device++) {
        server->up[device] = true;
        (void)note(server, device, RECORD_UP);
        for (uint32_t room = 0; room < ROOMS; room++) {
            note(server, device, RECORD_JOINED)->recorded.room =
                print(server, "room", room, NULL, 0);
        }
    }
    for (int i = 0; i < steps; i++) {
        const uint32_t device = (uint32_t)rng_between(&server->rng, 0, DEVICES - 1);
        const uint32_t room = (uint32_t)rng_between(&server->rng, 0, ROOMS - 1);
        const int64_t dice = rng_between(&server->rng, 0, 99);
        if (dice < 25) {
            write_one(server, device, room);
        } else if (dice < 28) {
            connection(server, device);
        } else {
            give(server, device, room);
        }
        if (rng_chance(&server->rng, 20)) { /* longer than any clock is off */
            server->now_us += 4 * UNCERTAIN_US;
        }
    }
    for (uint32_t device = 0; device < DEVICES; device++) {
        if (!server->up[device]) {
            connection(server, device);
        }
        for (int i = 0; i < ROOMS * LOG_MAX; i++) {
            give(server, device, (uint32_t)i % ROOMS);
        }
    }
}

static int by_time(const void *a, const void *b)
{
    const struct event *x = a;
    const struct event *y = b;
    if (x->at_us != y->at_us) {
        return x->at_us < y->at_us ? -1 : 1;
    }
    return (x->order > y->order) - (x->order < y->order);
}

static struct outside *judged(struct server *server, const struct profile *profile)
{
    struct outside *outside = outside_new(profile);
    const struct record_header header = {.uncertain_us = UNCERTAIN_US};

    hb_sort(server->events, server->events_len, sizeof *server->events, by_time);
    (void)outside_source(outside, &header);
    (void)outside_source(outside, &header);
    for (uint32_t i = 0; i < server->events_len; i++) {
        outside_observe(outside, server->events[i].source, i + 1, &server->events[i].recorded);
    }
    outside_end(outside);
    return outside;
}

static uint64_t violations(const struct outside *outside)
{
    uint64_t count = 0;
    for (int i = 0; i < INVARIANT_COUNT; i++) {
        count += outside_result(outside, (enum invariant)i).violations;
    }
    return count;
}

static struct server *lived(uint64_t seed, enum harm harm, bool resumes)
{
    struct server *server = hb_calloc(1, sizeof *server);
    server->rng = rng_stream(seed, "test.outside", (uint64_t)harm, resumes);
    server->names = (enum names)rng_between(&server->rng, 0, NAMES_COUNT - 1);
    server->seq = rng_chance(&server->rng, 500);
    server->resumes = resumes;
    for (int i = 0; i < 2; i++) {
        server->offset_us[i] = rng_between(&server->rng, -UNCERTAIN_US, UNCERTAIN_US);
    }
    server->harm = harm;
    server->victim = (uint32_t)rng_between(&server->rng, 0, DEVICES - 1);
    server->at = (uint32_t)rng_between(&server->rng, 0, 20);
    live(server, 250);
    return server;
}

static void server_free(struct server *server)
{
    arena_deinit(&server->texts);
    free(server);
}

static void test_promises_kept(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        const bool resumes = seed % 2 == 0;
        struct server *server = lived(seed, HARM_NONE, resumes);
        for (int order = ORDER_NONE; order <= ORDER_ROOM; order++) {
            const struct profile profile = {
                .order = (enum promised_order)order,
                .delivery = (enum promised_delivery)(seed % 3),
                .resumes = resumes,
                .within_us = seed % 5 == 0 ? INT64_C(3600000000) : 0,
            };
            struct outside *outside = judged(server, &profile);
            const struct finding *findings;
            if (outside_findings(outside, &findings) > 0) {
                fail_msg("seed %d, order %s: %s", (int)seed,
                         promised_order_word((enum promised_order)order), findings[0].summary);
            }
            assert_int_equal(violations(outside), 0);
            outside_free(&outside);
        }
        server_free(server);
    }
}

/* One harm in each; what is found, and how often: some cannot be seen from outside (what was dropped
 * while its device went away, what was swapped where nobody else saw both). */
static void test_harm_is_found(void **state)
{
    static const struct {
        enum harm harm;
        enum invariant found;
        uint32_t least_permille;
    } rows[] = {
        {HARM_DROP, SYN_02, 300},   {HARM_TWICE, ORD_08, 1000},  {HARM_SWAP, ORD_01, 300},
        {HARM_WORDS, SYN_03, 1000}, {HARM_WRITER, SEC_02, 1000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t harmed = 0;
        uint32_t found = 0;
        uint32_t right = 0;
        for (uint64_t seed = 1; seed <= 200; seed++) {
            const bool resumes = seed % 2 == 0;
            const struct profile profile = {
                .order = ORDER_ROOM, .delivery = DELIVERY_EFFECTIVELY_ONCE, .resumes = resumes};
            struct server *server = lived(seed, rows[i].harm, resumes);
            struct outside *outside = judged(server, &profile);
            harmed += server->harmed;
            found += server->harmed && violations(outside) > 0;
            right += server->harmed && outside_result(outside, rows[i].found).violations > 0;
            if (!server->harmed) {
                assert_int_equal(violations(outside), 0);
            }
            outside_free(&outside);
            server_free(server);
        }
        print_message("%s: harmed %u, found %u, as such %u\n", invariant_info(rows[i].found)->id,
                      harmed, found, right);
        assert_true(harmed > 50);
        assert_true(found * 1000 >= harmed * rows[i].least_permille);
        assert_true(right > 0);
    }
}

/* Lines without any sense, of very few names, so that everything meets everything: no assertion fails. */
static void test_anything(void **state)
{
    const struct text names[] = {TEXT("a"),   TEXT("b"),   TEXT("a/1"),
                                 TEXT("a/2"), TEXT("b/1"), TEXT("c")};
    const struct text none = {NULL, 0};
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct rng rng = rng_stream(seed, "test.anything", 0, 0);
        const struct profile profile = {
            .order = (enum promised_order)rng_between(&rng, 0, 3),
            .delivery = (enum promised_delivery)rng_between(&rng, 0, 2),
            .resumes = rng_chance(&rng, 500),
            .own_at_once = rng_chance(&rng, 500),
            .within_us = rng_between(&rng, 0, 1) * 5000,
        };
        struct outside *outside = outside_new(&profile);
        int64_t now_us = 0;
        for (int i = 0; i < 2; i++) {
            (void)outside_source(outside, &(struct record_header){.uncertain_us = 500});
        }
        for (uint64_t i = 1; i <= 600; i++) {
            struct recorded recorded = {
                .verb = (enum record_verb)rng_between(&rng, 0, RECORD_VERB_COUNT - 1),
                .at_us = now_us += rng_between(&rng, 0, 300),
                .who = names[rng_between(&rng, 0, 5)],
                .room = rng_chance(&rng, 200) ? TEXT("other") : none,
                .seq = rng_chance(&rng, 300) ? rng_between(&rng, 0, 9) : RECORD_SEQ_NONE,
                .hlc = (uint64_t)rng_between(&rng, 0, 9),
                .fresh = rng_chance(&rng, 500)};
            recorded.id = rng_chance(&rng, 600) ? names[rng_between(&rng, 0, 5)] : none;
            recorded.client = rng_chance(&rng, 400) ? names[rng_between(&rng, 0, 5)] : none;
            recorded.from = rng_chance(&rng, 500) || recorded.client.bytes != NULL
                                ? names[rng_between(&rng, 0, 5)]
                                : none;
            recorded.value = rng_chance(&rng, 500) || recorded.id.bytes == NULL
                                 ? names[rng_between(&rng, 0, 5)]
                                 : none;
            outside_observe(outside, (uint32_t)rng_between(&rng, 0, 1), i, &recorded);
        }
        outside_end(outside);
        for (int i = 0; i < INVARIANT_COUNT; i++) {
            (void)outside_why(outside, (enum invariant)i);
        }
        outside_free(&outside);
    }
}

/* More messages than are kept whole: one of those that are only remembered comes again. */
static void test_forgetting(void **state)
{
    const struct profile profile = PROFILE_DEFAULT;
    struct outside *outside = outside_new(&profile);
    const uint32_t count = 3 * KEPT_MAX;
    char id[16];
    (void)state;
    (void)outside_source(outside, &(struct record_header){0});
    for (uint32_t i = 0; i < count + 2; i++) {
        const uint32_t number = i == count ? 5 : i == count + 1 ? count + 7 : i;
        (void)snprintf(id, sizeof id, "m%u", number);
        struct recorded recorded = {.verb = RECORD_SAW,
                                    .at_us = i,
                                    .who = TEXT("bob"),
                                    .id = text_of(id),
                                    .seq = RECORD_SEQ_NONE};
        outside_observe(outside, 0, i + 1, &recorded);
        recorded.who = TEXT("al");
        if (i < count) {
            outside_observe(outside, 0, i + 1, &recorded);
        }
    }
    outside_end(outside);
    assert_int_equal(outside_result(outside, ORD_08).violations, 1);
    assert_int_equal(violations(outside), 1);
    assert_int_equal(outside_counts(outside).messages, count + 1);
    outside_free(&outside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_promises_kept), cmocka_unit_test(test_harm_is_found),
        cmocka_unit_test(test_anything), cmocka_unit_test(test_forgetting)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
