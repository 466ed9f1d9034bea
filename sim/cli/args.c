/* Flags. See cli.h. */
#include "server/base/near.h"
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

/* "0/4" */
static bool shard(const char *text, struct args *args)
{
    char first[32];
    const char *slash = strchr(text, '/');
    const size_t len = slash != NULL ? (size_t)(slash - text) : 0;
    uint64_t index;
    uint64_t all;

    if (len == 0 || len >= sizeof first) {
        return false;
    }
    memcpy(first, text, len);
    first[len] = 0;
    if (!number(first, &index) || !number(slash + 1, &all) || index >= all || all > SHARDS_MAX) {
        return false;
    }
    args->shard = (uint32_t)index;
    args->shards = (uint32_t)all;
    return true;
}

const char *form_word(enum form form)
{
    static const char *const words[] = {"both", "small", "full"};
    HB_ASSERT(form <= FORM_FULL);
    return words[form];
}

static bool form(const char *text, enum form *ret)
{
    for (enum form each = FORM_BOTH; each <= FORM_FULL; each++) {
        if (strcmp(text, form_word(each)) == 0) {
            *ret = each;
            return true;
        }
    }
    return false;
}

/* "12.4s", any duration, or the number of an event. */
static bool instant_parse(const char *text, struct run_instant *ret)
{
    int64_t us = 0;
    int64_t unit = SECOND;
    const char *at = text;
    uint32_t digits = 0;

    *ret = (struct run_instant){.given = true};
    uint64_t event;
    if (number(text, &event)) {
        ret->event = event;
        return event > 0;
    }
    if (duration_parse(text, &ret->us)) {
        return ret->us >= 0;
    }
    for (; *at >= '0' && *at <= '9' && digits < 9; at++, digits++) {
        us = us * 10 + (*at - '0') * SECOND;
    }
    if (digits == 0 || *at++ != '.') {
        return false;
    }
    for (digits = 0; *at >= '0' && *at <= '9' && digits < 6; at++, digits++) {
        unit /= 10;
        us += (*at - '0') * unit;
    }
    ret->us = us;
    return digits > 0 && strcmp(at, "s") == 0;
}

enum flag_kind {
    SWITCH, /* it takes no value; bool */
    COUNT,  /* an integer; uint32_t */
    NODE,   /* the same, and that it was given: it may be 0 */
    SEED,
    SEEDS,
    DURATION, /* int64_t, in us */
    INSTANT,  /* struct run_instant: "12.4s", or an event's number */
    SHARD,    /* "0/4" */
    FORM,
    TEXT_OF, /* a file or a folder; const char * */
    WORDS    /* struct words: may be given several times */
};

struct flag {
    const char *word;
    const char *expected; /* of a text or a duration: what it is */
    size_t offset;        /* in struct args */
    uint64_t least, most;
    enum flag_kind kind;
};

/* Every flag of every command; which of them a command has is its own list. */
static const struct flag flags[] = {
    {"--seed", NULL, offsetof(struct args, seed), 0, UINT64_MAX, SEED},
    {"--seeds", NULL, 0, 0, 0, SEEDS},
    {"--clients", NULL, offsetof(struct args, overrides.clients), 1, PLAN_CLIENTS_MAX, COUNT},
    {"--rooms", NULL, offsetof(struct args, overrides.rooms), 1, PLAN_ROOMS_MAX, COUNT},
    {"--nodes", NULL, offsetof(struct args, overrides.nodes), 1, PLAN_NODES_MAX, COUNT},
    {"--duration", "a duration such as \"60s\", from 1s to 720h",
     offsetof(struct args, overrides.duration_us), 1 * SECOND, 720 * HOUR, DURATION},
    {"--record-node", NULL, offsetof(struct args, record_node), 0, PLAN_NODES_MAX - 1, NODE},
    {"-j", NULL, offsetof(struct args, jobs), 1, JOBS_MAX, COUNT},
    {"--verify-permille", NULL, offsetof(struct args, verify_permille), 0, 1000, COUNT},
    {"--canary", NULL, offsetof(struct args, canary), 0, CANARY_BY_DEFAULT - 1, COUNT},
    {"--blind-canary", NULL, offsetof(struct args, blind_canary), 0, 0, SWITCH},
    {"--full-permille", NULL, offsetof(struct args, full_permille), 0, 1000, COUNT},
    {"--time", "a duration such as \"10m\", from 1s to 1000h", offsetof(struct args, time_us),
     1 * SECOND, 1000 * HOUR, DURATION},
    {"--timeout", "a duration such as \"90s\", from 1ms to 1000h",
     offsetof(struct args, timeout_us), 1 * MS, 1000 * HOUR, DURATION},
    {"--fail-fast", NULL, offsetof(struct args, fail_fast), 1, UINT32_MAX, COUNT},
    {"--shard", NULL, 0, 0, 0, SHARD},
    {"--form", NULL, offsetof(struct args, form), 0, 0, FORM},
    {"--shrink", NULL, offsetof(struct args, shrink), 0, 0, SWITCH},
    {"--resume", NULL, offsetof(struct args, resume), 0, 0, SWITCH},
    {"--profile", "a file", offsetof(struct args, profile), 0, 0, TEXT_OF},
    {"--known-failures", "a file", offsetof(struct args, known_failures), 0, 0, TEXT_OF},
    {"--for", "the id of an invariant", offsetof(struct args, invariant), 0, 0, TEXT_OF},
    {"--out", "a folder", offsetof(struct args, out), 0, 0, TEXT_OF},
    {"--verify", NULL, offsetof(struct args, verify), 0, 0, SWITCH},
    {"--quiet", NULL, offsetof(struct args, quiet), 0, 0, SWITCH},
    {"--accept-fixed", NULL, offsetof(struct args, accept_fixed), 0, 0, SWITCH},
    {"--small", NULL, offsetof(struct args, overrides.small), 0, 0, SWITCH},
    {"--merge", NULL, offsetof(struct args, merge), 0, 0, SWITCH},
    {"--lint", NULL, offsetof(struct args, lint), 0, 0, SWITCH},
    {"--json", NULL, offsetof(struct args, json), 0, 0, SWITCH},
    {"--history", NULL, offsetof(struct args, history), 0, 0, SWITCH},
    {"--why", NULL, offsetof(struct args, why), 0, 0, SWITCH},
    {"--until", NULL, offsetof(struct args, until), 0, 0, INSTANT},
    {"--from", NULL, offsetof(struct args, from), 0, 0, INSTANT},
    {"--step", NULL, offsetof(struct args, steps), 1, 1000000, COUNT},
    {"--show", "what to show, such as 'room 3'", offsetof(struct args, shows), 0, 0, WORDS},
    {"--trace", "of whom, such as n2,c17", offsetof(struct args, traces), 0, 0, WORDS},
    {"--drop", "what to leave out, such as fault3", offsetof(struct args, drops), 0, 0, WORDS},
};
#define FLAGS_LEN (sizeof flags / sizeof flags[0])

static bool word_add(struct words *words, const char *value)
{
    if (words->len == WORDS_MAX || value[0] == 0) {
        return false;
    }
    words->items[words->len++] = value;
    return true;
}

/* Takes a flag's value; false: it is none, and `expected` has what was expected. */
static bool take(const struct flag *flag, const char *value, struct args *args, char expected[96])
{
    void *at = (char *)args + flag->offset;
    int64_t us;
    uint64_t integer;

    switch (flag->kind) {
    case SWITCH:
        HB_UNREACHABLE("a switch has no value");
    case SEED:
        (void)snprintf(expected, 96, "an integer from 0 to 2^64 - 1");
        args->seed_given = true;
        return number(value, &args->seed);
    case SEEDS:
        (void)snprintf(expected, 96, "a range such as 1..200");
        return seeds(value, args);
    case COUNT:
    case NODE:
        (void)snprintf(expected, 96, "an integer from %" PRIu64 " to %" PRIu64, flag->least,
                       flag->most);
        if (!number(value, &integer) || integer < flag->least || integer > flag->most) {
            return false;
        }
        *(uint32_t *)at = (uint32_t)integer;
        args->record_given = args->record_given || flag->kind == NODE;
        return true;
    case DURATION:
        (void)snprintf(expected, 96, "%s", flag->expected);
        if (!duration_parse(value, &us) || us < (int64_t)flag->least || us > (int64_t)flag->most) {
            return false;
        }
        *(int64_t *)at = us;
        return true;
    case INSTANT:
        (void)snprintf(expected, 96, "an instant such as 12.4s, or an event's number such as 4096");
        return instant_parse(value, at);
    case SHARD:
        (void)snprintf(expected, 96, "I/N such as 0/4, with I from 0 to N - 1");
        return shard(value, args);
    case FORM:
        (void)snprintf(expected, 96, "small, full or both");
        return form(value, at);
    case TEXT_OF:
        (void)snprintf(expected, 96, "%s", flag->expected);
        *(const char **)at = value;
        return value[0] != 0;
    case WORDS:
        (void)snprintf(expected, 96, "%s, at most %d times", flag->expected, WORDS_MAX);
        return word_add(at, value);
    }
    HB_UNREACHABLE("a flag of no kind");
}

static bool listed(const char *list, const char *flag, size_t len)
{
    for (const char *at = strstr(list, flag); at != NULL; at = strstr(at + 1, flag)) {
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == 0)) {
            return true;
        }
    }
    return false;
}

/* The flag that an argument names: "--seed", "--seed=5", "-j", "-j2". *ret_value: what is attached to
 * it, or NULL. */
static const struct flag *flag_of(const char *arg, const char *allowed, const char **ret_value)
{
    for (size_t i = 0; i < FLAGS_LEN; i++) {
        const size_t len = strlen(flags[i].word);
        const bool same = strncmp(arg, flags[i].word, len) == 0;
        const int next = same ? arg[len] : 'x';
        const bool attached = next == '=' || (len == 2 && next >= '0' && next <= '9');
        if ((next == 0 || attached) && listed(allowed, flags[i].word, len)) {
            *ret_value = attached ? arg + len + (next == '=') : NULL;
            return &flags[i];
        }
    }
    return NULL;
}

static void tell_unknown(const char *command, const char *allowed, const char *arg)
{
    const char *words[FLAGS_LEN];
    size_t words_len = 0;
    struct buf meant = {0};

    for (size_t i = 0; i < FLAGS_LEN; i++) {
        if (listed(allowed, flags[i].word, strlen(flags[i].word))) {
            words[words_len++] = flags[i].word;
        }
    }
    const struct text word = {arg, (uint32_t)strcspn(arg, "=")};
    near_tell(&meant, word, words, words_len);
    if (meant.len == 0) {
        buf_printf(&meant, "; see hubbub %s --help", command);
    }
    say_error("hubbub %s: unknown flag %s%s\n", command, arg, meant.bytes);
    buf_deinit(&meant);
}

/* One flag at argv[*i], with its value, which may be the next argument. */
static bool flag_take(const char *command, const char *allowed, int argc, char **argv, int *i,
                      struct args *ret)
{
    const char *value;
    char expected[96];
    const struct flag *flag = flag_of(argv[*i], allowed, &value);

    if (flag == NULL) {
        tell_unknown(command, allowed, argv[*i]);
        return false;
    }
    const uint64_t bit = UINT64_C(1) << (flag - flags);
    if ((ret->given & bit) != 0 && flag->kind != SWITCH && flag->kind != WORDS) {
        say_error("hubbub %s: %s: expected it once, got it twice\n", command, flag->word);
        return false;
    }
    ret->given |= bit;
    if (flag->kind == SWITCH) {
        if (value != NULL) {
            say_error("hubbub %s: %s: expected no value, got \"%s\"\n", command, flag->word, value);
            return false;
        }
        *(bool *)(void *)((char *)ret + flag->offset) = true;
        return true;
    }
    const char *other = NULL;
    if (value == NULL && (*i + 1 == argc || flag_of(argv[*i + 1], allowed, &other) != NULL)) {
        say_error("hubbub %s: %s: expected a value, got %s\n", command, flag->word,
                  *i + 1 == argc ? "nothing" : argv[*i + 1]);
        return false;
    }
    value = value != NULL ? value : argv[++*i];
    if (!take(flag, value, ret, expected)) {
        say_error("hubbub %s: %s: expected %s, got \"%s\"\n", command, flag->word, expected, value);
        return false;
    }
    return true;
}

bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return argc == 1 && strcmp(argv[0], "help") == 0;
}

bool args_parse(const char *command, const char *allowed, int argc, char **argv, struct args *ret)
{
    uint32_t files = 0;
    bool ended = false;

    _Static_assert(FLAGS_LEN <= 64, "a bit each");
    *ret = (struct args){.seed = 1,
                         .verify_permille = 50,
                         .full_permille = PERMILLE_NONE,
                         .canary = CANARY_BY_DEFAULT};
    for (int i = 0; i < argc; i++) {
        if (ended || argv[i][0] != '-' || argv[i][1] == 0) {
            argv[files++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            ended = true;
        } else if (!flag_take(command, allowed, argc, argv, &i, ret)) {
            return false;
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
