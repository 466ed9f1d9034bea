/* Flags. See cli.h. */
#include "sim/cli/cli.h"
#include "sim/explore/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool number(const char *text, uint64_t *ret)
{
    char *end = NULL;
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    const unsigned long long value = strtoull(text, &end, 10);
    char back[32];
    (void)snprintf(back, sizeof back, "%llu", value);
    *ret = value;
    return *end == 0 && strcmp(back, text) == 0;
}

static bool small_number(const char *text, uint64_t most, uint32_t *ret)
{
    uint64_t value;
    if (!number(text, &value) || value == 0 || value > most) {
        return false;
    }
    *ret = (uint32_t)value;
    return true;
}

static bool node_number(const char *text, uint32_t *ret)
{
    uint64_t value;
    if (!number(text, &value) || value >= PLAN_NODES_MAX) {
        return false;
    }
    *ret = (uint32_t)value;
    return true;
}

/* "1..200" or "7" */
static bool seeds(const char *text, struct args *args)
{
    char first[32];
    const char *dots = strstr(text, "..");
    const size_t len = dots != NULL ? (size_t)(dots - text) : strlen(text);
    if (len >= sizeof first) {
        return false;
    }
    memcpy(first, text, len);
    first[len] = 0;
    if (!number(first, &args->seed_from)) {
        return false;
    }
    args->seed_to = args->seed_from;
    args->seeds_given = true;
    return (dots == NULL || number(dots + 2, &args->seed_to)) && args->seed_from <= args->seed_to;
}

static bool permille(const char *text, uint32_t *ret)
{
    uint64_t value;
    if (!number(text, &value) || value > 1000) {
        return false;
    }
    *ret = (uint32_t)value;
    return true;
}

const char *form_word(enum form form)
{
    static const char *const words[] = {"both", "small", "full"};
    HB_ASSERT(form <= FORM_FULL);
    return words[form];
}

/* "0/4" */
static bool shard(const char *text, struct args *args)
{
    char first[32];
    const char *slash = strchr(text, '/');
    const size_t len = slash != NULL ? (size_t)(slash - text) : 0;
    uint64_t index;

    if (len == 0 || len >= sizeof first) {
        return false;
    }
    memcpy(first, text, len);
    first[len] = 0;
    if (!number(first, &index) || !small_number(slash + 1, SHARDS_MAX, &args->shards)) {
        return false;
    }
    args->shard = (uint32_t)index;
    return index < args->shards;
}

static bool wall_time(const char *text, int64_t *ret_us)
{
    return text[0] >= '0' && text[0] <= '9' && duration_parse(text, ret_us) && *ret_us >= 1 * MS &&
           *ret_us <= 1000 * HOUR;
}

/* The flags of a swarm; NULL: well taken; "": it is none of them. */
static const char *take_of_swarm(const char *flag, const char *value, struct args *args)
{
    if (strcmp(flag, "--time") == 0) {
        return wall_time(value, &args->time_us) ? NULL : "a duration such as \"10m\"";
    }
    if (strcmp(flag, "--timeout") == 0) {
        return wall_time(value, &args->timeout_us) ? NULL : "a duration such as \"90s\"";
    }
    if (strcmp(flag, "--fail-fast") == 0) {
        return small_number(value, UINT32_MAX, &args->fail_fast) ? NULL : "an integer from 1";
    }
    if (strcmp(flag, "--shard") == 0) {
        return shard(value, args) ? NULL : "I/N such as 0/4, with I from 0 to N - 1";
    }
    if (strcmp(flag, "--form") == 0) {
        args->form = strcmp(value, "small") == 0  ? FORM_SMALL
                     : strcmp(value, "full") == 0 ? FORM_FULL
                                                  : FORM_BOTH;
        return args->form != FORM_BOTH || strcmp(value, "both") == 0 ? NULL : "small, full or both";
    }
    return "";
}

/* Takes a flag that has a value; NULL: well taken; else what was expected. */
static const char *take(const char *flag, const char *value, struct args *args)
{
    const char *of_swarm = take_of_swarm(flag, value, args);

    if (of_swarm == NULL || of_swarm[0] != 0) {
        return of_swarm;
    }
    if (strcmp(flag, "--seed") == 0) {
        args->seed_given = true;
        return number(value, &args->seed) ? NULL : "an integer from 0 to 2^64 - 1";
    }
    if (strcmp(flag, "--seeds") == 0) {
        return seeds(value, args) ? NULL : "a range such as 1..200";
    }
    if (strcmp(flag, "--clients") == 0) {
        return small_number(value, PLAN_CLIENTS_MAX, &args->overrides.clients)
                   ? NULL
                   : "an integer from 1 to 1000000";
    }
    if (strcmp(flag, "--rooms") == 0) {
        return small_number(value, PLAN_ROOMS_MAX, &args->overrides.rooms)
                   ? NULL
                   : "an integer from 1 to 100000";
    }
    if (strcmp(flag, "--nodes") == 0) {
        return small_number(value, PLAN_NODES_MAX, &args->overrides.nodes)
                   ? NULL
                   : "an integer from 1 to 64";
    }
    if (strcmp(flag, "--duration") == 0) {
        return duration_parse(value, &args->overrides.duration_us) &&
                       args->overrides.duration_us >= 1000000 &&
                       args->overrides.duration_us <= INT64_C(3600000000)
                   ? NULL
                   : "a duration such as \"60s\", from 1s to 1h";
    }
    if (strcmp(flag, "--record-node") == 0) {
        args->record_given = true;
        return node_number(value, &args->record_node) ? NULL : "an integer from 0 to 63";
    }
    if (strcmp(flag, "-j") == 0) {
        return small_number(value, JOBS_MAX, &args->jobs) ? NULL : "an integer from 1 to 256";
    }
    if (strcmp(flag, "--verify-permille") == 0) {
        return permille(value, &args->verify_permille) ? NULL : "an integer from 0 to 1000";
    }
    if (strcmp(flag, "--full-permille") == 0) {
        args->full_given = true;
        return permille(value, &args->full_permille) ? NULL : "an integer from 0 to 1000";
    }
    if (strcmp(flag, "--profile") == 0) {
        args->profile = value;
        return value[0] != 0 ? NULL : "a file";
    }
    HB_ASSERT(strcmp(flag, "--out") == 0);
    args->out = value;
    return value[0] != 0 ? NULL : "a folder";
}

static bool listed(const char *list, const char *flag)
{
    const size_t len = strlen(flag);
    for (const char *at = strstr(list, flag); at != NULL; at = strstr(at + 1, flag)) {
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == 0)) {
            return true;
        }
    }
    return false;
}

bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

bool args_parse(const char *command, const char *allowed, int argc, char **argv, struct args *ret)
{
    uint32_t files = 0;

    *ret = (struct args){.seed = 1, .verify_permille = 50};
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        if (arg[0] != '-' || arg[1] == 0) {
            argv[files++] = argv[i];
            continue;
        }
        if (!listed(allowed, arg)) {
            (void)fprintf(stderr, "hubbub %s: unknown flag %s; see hubbub %s --help\n", command,
                          arg, command);
            return false;
        }
        if (strcmp(arg, "--verify") == 0) {
            ret->verify = true;
        } else if (strcmp(arg, "--quiet") == 0) {
            ret->quiet = true;
        } else if (strcmp(arg, "--accept-fixed") == 0) {
            ret->accept_fixed = true;
        } else if (strcmp(arg, "--resume") == 0) {
            ret->resume = true;
        } else if (strcmp(arg, "--small") == 0) {
            ret->overrides.small = true;
        } else if (strcmp(arg, "--merge") == 0) {
            ret->merge = true;
        } else if (strcmp(arg, "--lint") == 0) {
            ret->lint = true;
        } else if (strcmp(arg, "--json") == 0) {
            ret->json = true;
        } else if (i + 1 == argc) {
            (void)fprintf(stderr, "hubbub %s: %s: expected a value, got nothing\n", command, arg);
            return false;
        } else {
            const char *expected = take(arg, argv[++i], ret);
            if (expected != NULL) {
                (void)fprintf(stderr, "hubbub %s: %s: expected %s, got \"%s\"\n", command, arg,
                              expected, argv[i]);
                return false;
            }
        }
    }
    ret->files = (const char *const *)argv;
    ret->files_len = files;
    return true;
}

void args_command(const struct args *args, struct buf *out)
{
    const struct scenario_overrides *o = &args->overrides;
    const struct {
        const char *flag;
        uint32_t value;
    } numbers[] = {{"--clients", o->clients}, {"--rooms", o->rooms}, {"--nodes", o->nodes}};

    command_add(out, "hubbub run", args->files[0]);
    buf_printf(out, " --seed %" PRIu64, args->seed);
    for (size_t i = 0; i < 3; i++) {
        if (numbers[i].value > 0) {
            buf_printf(out, " %s %u", numbers[i].flag, (unsigned)numbers[i].value);
        }
    }
    if (o->duration_us > 0) {
        buf_printf(out, " --duration %" PRId64 "us", o->duration_us);
    }
    if (o->small) {
        buf_add_text(out, " --small");
    }
}
