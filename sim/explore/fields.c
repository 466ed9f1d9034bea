/* See fields.h. */
#include "sim/explore/fields.h"

#include "server/protocol/limits.h"

#include <string.h>

#define DURATION_US_MOST (30 * 24 * HOUR)
#define EVERY_US_MOST    (7 * 24 * HOUR) /* a mean that rng_exponential takes */

static const struct field form_rows[] = {
    {.word = "clients",
     .what = "devices",
     .offset = offsetof(struct form, clients),
     .kind = FIELD_INT,
     .least = 1,
     .most = PLAN_CLIENTS_MAX,
     .required = true},
    {.word = "devicesPerUser",
     .what = "so many clients, a divisor of their number, are one user's",
     .offset = offsetof(struct form, devices_per_user),
     .kind = FIELD_INT,
     .least = 1,
     .most = PLAN_DEVICES_MAX,
     .fallback = {1, 1}},
    {.word = "rooms",
     .what = "rooms that are there from the start",
     .offset = offsetof(struct form, rooms),
     .kind = FIELD_INT,
     .least = 1,
     .most = PLAN_ROOMS_MAX,
     .required = true},
    {.word = "membersPerRoom",
     .what = "room r has the members (r * membersPerRoom + k) mod users; this or roomsPerPerson",
     .offset = offsetof(struct form, members_per_room),
     .kind = FIELD_INT,
     .least = 1,
     .most = PLAN_CLIENTS_MAX,
     .fallback = {0, 0}},
    {.word = "posters",
     .what = "so many of the clients, the last ones, write by HTTP alone and read nothing",
     .offset = offsetof(struct form, posters),
     .kind = FIELD_INT,
     .least = 0,
     .most = PLAN_CLIENTS_MAX,
     .fallback = {0, 0}},
    {.word = "nodes",
     .what = "nodes of the cluster",
     .offset = offsetof(struct form, nodes),
     .kind = FIELD_INT,
     .least = 1,
     .most = PLAN_NODES_MAX,
     .required = true},
    {.word = "duration",
     .what = "people write and faults happen until here, in virtual time",
     .offset = offsetof(struct form, duration_us),
     .kind = FIELD_DURATION,
     .least = 1 * SECOND,
     .most = DURATION_US_MOST,
     .required = true},
    {.word = "settle",
     .what = "then this long without faults, to come to rest",
     .offset = offsetof(struct form, settle_us),
     .kind = FIELD_DURATION,
     .least = 1 * SECOND,
     .most = 24 * HOUR,
     .fallback = {30 * SECOND, 30 * SECOND}},
    {.word = "connectSpread",
     .what = "clients first connect within this",
     .offset = offsetof(struct form, connect_spread_us),
     .kind = FIELD_DURATION,
     .least = 0,
     .most = DURATION_US_MOST,
     .fallback = {2 * SECOND, 2 * SECOND}},
};
const struct field_group fields_of_form = {form_rows, sizeof form_rows / sizeof form_rows[0]};

static const struct field latency_rows[] = {
    {.word = "client",
     .what = "between client and node, each way, per frame",
     .offset = offsetof(struct form, client_latency_us),
     .kind = FIELD_DURATIONS,
     .least = 0,
     .most = 10 * SECOND,
     .fallback = {5 * MS, 50 * MS}},
    {.word = "publish",
     .what = "node to Redis",
     .offset = offsetof(struct form, publish_latency_us),
     .kind = FIELD_DURATIONS,
     .least = 0,
     .most = 10 * SECOND,
     .fallback = {1 * MS, 1 * MS}},
    {.word = "redis",
     .what = "Redis to node",
     .offset = offsetof(struct form, redis_latency_us),
     .kind = FIELD_DURATIONS,
     .least = 0,
     .most = 10 * SECOND,
     .fallback = {1 * MS, 5 * MS}},
    {.word = "database",
     .what = "of a transaction",
     .offset = offsetof(struct form, database_latency_us),
     .kind = FIELD_DURATIONS,
     .least = 0,
     .most = 10 * SECOND,
     .fallback = {1 * MS, 5 * MS}},
};
const struct field_group fields_of_latency = {latency_rows,
                                              sizeof latency_rows / sizeof latency_rows[0]};

#define PERMILLE(name, text, field, usual)                                                         \
    {                                                                                              \
        .word = name, .what = text, .offset = offsetof(struct form, field), .kind = FIELD_INT,     \
        .least = 0, .most = 1000, .fallback = {                                                    \
            usual,                                                                                 \
            usual                                                                                  \
        }                                                                                          \
    }
static const struct field swarm_rows[] = {
    PERMILLE("seeds", "of 1000 seeds so many draw their configuration", swarm_seeds, 0),
    PERMILLE("sizes",
             "of 1000 such seeds so many have another number of people, of rooms, of nodes",
             swarm_sizes, 500),
    PERMILLE("parameters",
             "of 1000 such seeds so many have another value of a parameter that the scenario does "
             "not name",
             swarm_parameters, 500),
    PERMILLE("faults", "of 1000 such seeds so many have a kind of fault on", swarm_faults, 500),
    PERMILLE("together", "of 1000 such seeds so many have their faults within some seconds",
             swarm_together, 250),
};
const struct field_group fields_of_swarm = {swarm_rows, sizeof swarm_rows / sizeof swarm_rows[0]};

static const struct field send_rows[] = {
    {.word = "every",
     .what = "mean of the exponential gaps between one client's messages; without it nobody writes",
     .offset = offsetof(struct form, send_every_us),
     .kind = FIELD_DURATIONS,
     .least = 10 * MS,
     .most = EVERY_US_MOST,
     .fallback = {0, 0}},
};

#define ROWS_OF_WORK(field, text)                                                                  \
    {                                                                                              \
        {                                                                                          \
            .word = "every", .what = text, .offset = offsetof(struct form, field),                 \
            .kind = FIELD_DURATIONS, .least = 10 * MS, .most = EVERY_US_MOST, .fallback = {        \
                0,                                                                                 \
                0                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }
static const struct field touch_rows[] =
    ROWS_OF_WORK(touch_every_us, "mean of the gaps between what one client's person does on it");
static const struct field choose_rows[] =
    ROWS_OF_WORK(choose_every_us, "mean of the gaps between what one client's person says of "
                                  "themselves: a status, a line, quiet, a room");
static const struct field watch_rows[] =
    ROWS_OF_WORK(watch_every_us, "mean of the gaps between one client's asking for somebody");

static const struct field type_rows[] =
    ROWS_OF_WORK(type_every_us, "mean of the gaps between one client's person's beginning to type");
static const struct field direct_rows[] =
    ROWS_OF_WORK(direct_every_us, "mean of the gaps between one client's messages to one person");
static const struct field read_rows[] =
    ROWS_OF_WORK(read_every_us, "mean of the gaps between one client's reading of a room");

static const struct field create_rows[] =
    ROWS_OF_WORK(create_every_us, "mean of the gaps between one client's person's making a room");
static const struct field join_rows[] =
    ROWS_OF_WORK(join_every_us, "mean of the gaps between one client's person's joining a room");
static const struct field leave_rows[] =
    ROWS_OF_WORK(leave_every_us, "mean of the gaps between one client's person's leaving a room");

#define GROUP(rows)                                                                                \
    {                                                                                              \
        rows, sizeof(rows) / sizeof(rows)[0]                                                       \
    }
const struct workload workloads[WORKLOADS] = {
    {WORKLOAD_SEND, GROUP(send_rows)},     {WORKLOAD_TOUCH, GROUP(touch_rows)},
    {WORKLOAD_CHOOSE, GROUP(choose_rows)}, {WORKLOAD_WATCH, GROUP(watch_rows)},
    {WORKLOAD_TYPE, GROUP(type_rows)},     {WORKLOAD_DIRECT, GROUP(direct_rows)},
    {WORKLOAD_READ, GROUP(read_rows)},     {WORKLOAD_CREATE, GROUP(create_rows)},
    {WORKLOAD_JOIN, GROUP(join_rows)},     {WORKLOAD_LEAVE, GROUP(leave_rows)},
};

/* --- Of a fault ----------------------------------------------------------------------------- */

const struct field fault_count = {.word = "count",
                                  .what = "how many of them are drawn",
                                  .kind = FIELD_INT,
                                  .least = 1,
                                  .most = 1000,
                                  .fallback = {1, 1}};
const struct field fault_at = {.word = "at",
                               .what = "when it begins: before `duration` is over",
                               .kind = FIELD_DURATIONS,
                               .least = 0,
                               .most = DURATION_US_MOST - 1,
                               .fallback = {0, 0}};
const struct field fault_for = {.word = "for",
                                .what = "how long",
                                .kind = FIELD_DURATIONS,
                                .least = 1,
                                .most = DURATION_US_MOST,
                                .fallback = {0, 0}};
const struct field fault_chance = {.word = "chance",
                                   .what = "permille of the seeds in which it is on",
                                   .kind = FIELD_INT,
                                   .least = 0,
                                   .most = 1000,
                                   .fallback = {1000, 1000}};
const struct field fault_every = {.word = "every",
                                  .what = "mean of the exponential gaps between one client's",
                                  .kind = FIELD_DURATIONS,
                                  .least = 10 * MS,
                                  .most = EVERY_US_MOST,
                                  .required = true};
const struct field fault_from = {.word = "from",
                                 .what = "none before this",
                                 .kind = FIELD_DURATION,
                                 .least = 0,
                                 .most = DURATION_US_MOST - 1,
                                 .fallback = {0, 0}};
const struct field fault_to = {.word = "to",
                               .what = "none after this; without it, until `duration` is over",
                               .kind = FIELD_DURATION,
                               .least = 1,
                               .most = DURATION_US_MOST};
const struct field fault_away = {.word = "away",
                                 .what = "how long",
                                 .kind = FIELD_DURATIONS,
                                 .least = 1,
                                 .most = DURATION_US_MOST,
                                 .required = true};

/* --- Sizes ---------------------------------------------------------------------------------- */

const char *sizes_wrong(const struct sizes *sizes, const char **ret_expected)
{
    const int64_t users = sizes->clients / sizes->devices_per_user;

    if (sizes->clients % sizes->devices_per_user != 0) {
        *ret_expected = "a divisor of clients: each is a device of a user";
        return "devicesPerUser";
    }
    if ((sizes->members_per_room > 0) == sizes->rooms_per_person) {
        *ret_expected = "who is in which room by this or by roomsPerPerson, one of them";
        return "membersPerRoom";
    }
    if (sizes->members_per_room > users) {
        *ret_expected = "no more members of a room than users";
        return "membersPerRoom";
    }
    if (sizes->posters >= sizes->clients) {
        *ret_expected = "fewer posters than clients: the others read";
        return "posters";
    }
    if (sizes->rooms * sizes->members_per_room > users * ROOMS_PER_USER_MAX) {
        *ret_expected = "no more than 256 rooms a user";
        return "rooms";
    }
    return NULL;
}

/* --- Reading -------------------------------------------------------------------------------- */

static void field_read(const struct config *object, const struct field *row, struct form *form)
{
    /* What no value can be is how config.h is told that there is no fallback. */
    const int64_t one = row->required ? row->least - 1 : row->fallback.low;
    const struct range two = row->required ? (struct range){1, 0} : row->fallback;
    char *at = (char *)form + row->offset;

    if (row->kind == FIELD_INT && !row->required && !config_has(object, row->word)) {
        *(int64_t *)(void *)at = one; /* also where it is none that may be written */
        return;
    }

    switch (row->kind) {
    case FIELD_INT:
        *(int64_t *)(void *)at = config_int(object, row->word, row->least, row->most, one);
        return;
    case FIELD_DURATION:
        *(int64_t *)(void *)at = config_duration(object, row->word, row->least, row->most, one);
        return;
    case FIELD_DURATIONS:
        *(struct range *)(void *)at =
            config_durations(object, row->word, row->least, row->most, two);
        return;
    }
    HB_UNREACHABLE("a field of no kind");
}

const struct field *field_of(const struct field_group *group, const char *word)
{
    size_t i = 0;
    while (i < group->rows_len && strcmp(group->rows[i].word, word) != 0) {
        i++;
    }
    HB_ASSERT(i < group->rows_len);
    return &group->rows[i];
}

void fields_read(const struct config *object, const struct field_group *group, struct form *form)
{
    for (size_t i = 0; i < group->rows_len; i++) {
        field_read(object, &group->rows[i], form);
    }
}

size_t fields_words(const struct field_group *group, const char **words, size_t words_len,
                    size_t cap)
{
    HB_ASSERT(words_len + group->rows_len <= cap);
    for (size_t i = 0; i < group->rows_len; i++) {
        words[words_len++] = group->rows[i].word;
    }
    return words_len;
}
