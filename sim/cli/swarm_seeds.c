/* What is done of a swarm, a line a seed, in DIR/seeds.txt: for --resume. See swarm.h.
 *
 * Its head says which swarm it is, line by line; then comes an empty line, then
 *   SCENARIO SEED END INVARIANT HASH MESSAGES DELIVERIES EVENTS FRAMES WALL_US STATES MARGINS PAIRS SHAPE WHAT
 * with scenarios numbered from 0. Half a line at the end is of a swarm that was killed. */
#include "reports/shown.h"
#include "sim/cli/swarm.h"
#include "sim/explore/plan_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEEDS_FILE "seeds.txt"

_Static_assert(SHAPE_WORD_CAP >= 800, "as long as it is read");

static const char *const words[] = {
#define X(name, word, text, code) word,
    SEED_END_MAP(X)
#undef X
};

/* --- Its head ------------------------------------------------------------------------------- */

static bool add_head(const struct swarm *swarm, struct buf *out)
{
    const struct args *args = &swarm->args;
    const struct scenario_overrides *o = &args->overrides;

    buf_printf(out, "hubbub: %s\nnode library: %s\nscenarios: %u\n", HUBBUB_VERSION,
               node_library_hash, (unsigned)args->files_len);
    for (uint32_t i = 0; i < args->files_len; i++) {
        struct plan plan;
        char digest[EXPECT_PLAN_LEN + 1];
        if (!place_plan(swarm, i * swarm->seeds, &plan)) {
            return false;
        }
        plan_digest(&plan, swarm->loaded[i].scenario, digest);
        buf_printf(out, "scenario: %s, its first plan %s\n", swarm->loaded[i].name, digest);
        plan_deinit(&plan);
    }
    buf_printf(out, "seeds: %" PRIu64 "..%" PRIu64 "\nform: %s\nfull size: ", args->seed_from,
               args->seed_to, form_word(args->form));
    for (uint32_t i = 0; i < args->files_len; i++) {
        buf_printf(out, "%s%u", i > 0 ? ", " : "", (unsigned)swarm->loaded[i].full_ppm);
    }
    buf_printf(out,
               " of a million seeds\nlockstep: %u of 1000 seeds\nclients, rooms, nodes, duration: "
               "%u %u %u %" PRId64 " us\n",
               (unsigned)args->verify_permille, (unsigned)o->clients, (unsigned)o->rooms,
               (unsigned)o->nodes, o->duration_us);
    buf_add_char(out, '\n');
    return true;
}

/* The first line that differs, of both. */
static void tell_difference(const struct swarm *swarm, const char *there, const char *here)
{
    while (*there != 0 && *there == *here && *here != 0) {
        const size_t len = strcspn(there, "\n");
        if (strncmp(there, here, len + 1) != 0) {
            break;
        }
        there += len + 1;
        here += len + 1;
    }
    say_error("hubbub swarm: --resume: %s has a swarm with \"%.*s\", and this one has \"%.*s\": "
              "give the same scenarios, seeds and flags, or choose another folder\n",
              swarm->args.out, (int)strcspn(there, "\n"), there, (int)strcspn(here, "\n"), here);
}

/* --- Its lines ------------------------------------------------------------------------------ */

static void add_line(const struct swarm *swarm, uint64_t place, const struct told *told,
                     struct buf *out)
{
    const struct outcome *outcome = &swarm->outcomes[place];
    const char *id = outcome_id(outcome);
    char hash[HASH128_HEX_LEN + 1];

    hash128_hex(outcome->hash, hash);
    buf_printf(out, "%u %" PRIu64 " %s %s %s", (unsigned)place_scenario(swarm, place),
               place_seed(swarm, place), words[outcome->end], id[0] != 0 ? id : "-", hash);
    buf_printf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " ",
               outcome->messages, outcome->deliveries, outcome->events, outcome->frames,
               outcome->wall_us);
    sums_write(told, out);
    buf_add_char(out, ' ');
    shape_write(outcome->shape, out);
    buf_add_char(out, ' ');
    shown_text(out, outcome->what != NULL ? outcome->what : "");
    buf_add_char(out, '\n');
}

static bool read_hash(const char *hex, struct hash128 *ret)
{
    char half[17];

    if (strspn(hex, "0123456789abcdef") != HASH128_HEX_LEN) {
        return false;
    }
    memcpy(half, hex, 16);
    half[16] = 0;
    ret->hi = strtoull(half, NULL, 16);
    ret->lo = strtoull(hex + 16, NULL, 16);
    return true;
}

static bool read_line(struct swarm *swarm, const char *line)
{
    struct outcome outcome = {.done = true, .invariant = -1};
    uint32_t scenario;
    uint64_t seed;
    char word[32];
    char id[32];
    char hash[HASH128_HEX_LEN + 1];
    char states[SUMS_STATES_CAP];
    char margins[SUMS_MARGINS_CAP];
    char pairs[SUMS_STATES_CAP];
    char shape[SHAPE_WORD_CAP];
    struct told told;
    bool judged;
    int at = 0;
    enum invariant invariant = ORD_01;

    /* NOLINTNEXTLINE(cert-err34-c): a number out of range names no seed, or is a count of no weight */
    if (sscanf(line,
               "%" SCNu32 " %" SCNu64 " %31s %31s %32s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
               " %" SCNd64 " %127s %2047s %127s %799s %n",
               &scenario, &seed, word, id, hash, &outcome.messages, &outcome.deliveries,
               &outcome.events, &outcome.frames, &outcome.wall_us, states, margins, pairs, shape,
               &at) != 14 ||
        at == 0 || scenario >= swarm->args.files_len || seed < swarm->args.seed_from ||
        seed > swarm->args.seed_to || !read_hash(hash, &outcome.hash) ||
        !sums_read(states, margins, pairs, &told, &judged) || !shape_read(shape, &outcome.shape)) {
        return false;
    }
    while (outcome.end < SEED_ENDS && strcmp(words[outcome.end], word) != 0) {
        outcome.end++;
    }
    if (outcome.end == SEED_ENDS || (strcmp(id, "-") != 0 && !invariant_find(id, &invariant))) {
        return false;
    }
    if (strcmp(id, "-") != 0) {
        outcome.invariant = (int32_t)invariant;
    }
    const uint64_t place = scenario * swarm->seeds + (seed - swarm->args.seed_from);
    if (swarm->outcomes[place].done) {
        free(outcome.shape);
        return true; /* said twice: the first time counts */
    }
    if (outcome.end != SEED_HELD) {
        outcome.what = hb_strndup(line + at, strlen(line + at));
        swarm->failed += outcome.end != SEED_KNOWN;
    }
    if (judged) {
        sums_add(swarm, &told, outcome.violated);
    }
    swarm->outcomes[place] = outcome;
    swarm->finished++;
    if (outcome.end == SEED_HELD || outcome.end == SEED_VIOLATED) {
        pace_add(swarm, place, outcome.wall_us);
    }
    return true;
}

/* Takes over every whole line; where the whole lines end. 0: one is none. */
static size_t read_lines(struct swarm *swarm, const struct buf *text, size_t from)
{
    uint64_t number = 1;

    for (size_t i = 0; i < from; i++) {
        number += text->bytes[i] == '\n';
    }
    for (;;) {
        const char *newline = memchr(text->bytes + from, '\n', text->len - from);
        if (newline == NULL) {
            return from;
        }
        const size_t len = (size_t)(newline - text->bytes) - from;
        char *line = hb_strndup(text->bytes + from, len);
        const bool good = read_line(swarm, line);
        free(line);
        if (!good) {
            say_error("hubbub swarm: --resume: %s/" SEEDS_FILE ": line %" PRIu64
                      ": expected a seed of this swarm and how it ended: choose another folder\n",
                      swarm->args.out, number);
            return 0;
        }
        from += len + 1;
        number++;
    }
}

/* --- The file ------------------------------------------------------------------------------- */

static bool put(int fd, const struct buf *text)
{
    size_t at = 0;
    while (at < text->len) {
        const ssize_t len = write(fd, text->bytes + at, text->len - at);
        if (len < 0 && errno != EINTR) {
            return false;
        }
        at += len > 0 ? (size_t)len : 0;
    }
    return true;
}

static bool begin(struct swarm *swarm, const struct buf *head)
{
    const bool good = ftruncate(swarm->seeds_fd, 0) == 0 && put(swarm->seeds_fd, head);
    if (!good) {
        say_error("hubbub: %s/" SEEDS_FILE ": cannot write it: %s\n", swarm->args.out,
                  strerror(errno));
    }
    return good;
}

static bool go_on(struct swarm *swarm, const struct buf *head)
{
    struct buf path = {0};
    struct buf text = {0};
    bool good;

    buf_printf(&path, "%s/" SEEDS_FILE, swarm->args.out);
    good = file_read_at_most(path.bytes, SIZE_MAX, &text);
    buf_deinit(&path);
    const bool whole = good && strstr(text.bytes, "\n\n") != NULL;
    if (good && !whole) { /* a swarm that was killed before its first seed, or none at all */
        say_error("hubbub swarm: %s: nothing is done of this swarm yet\n", swarm->args.out);
        good = begin(swarm, head);
    } else if (good && strncmp(text.bytes, head->bytes, head->len) != 0) {
        tell_difference(swarm, text.bytes, head->bytes);
        good = false;
    } else if (good) {
        const size_t end = read_lines(swarm, &text, head->len);
        good = end > 0 && ftruncate(swarm->seeds_fd, (off_t)end) == 0;
    }
    buf_deinit(&text);
    return good;
}

bool seeds_open(struct swarm *swarm)
{
    struct buf head = {0};
    struct buf why = {0};

    sums_begin(swarm);
    swarm->seeds_fd = -1;
    if (swarm->args.results == NULL) {
        return true;
    }
    if (swarm->args.resume && !results_has(swarm->args.results, SEEDS_FILE) &&
        !results_is_new(swarm->args.results)) {
        say_error("hubbub swarm: --resume: %s has results, but not of a swarm: choose another "
                  "folder\n",
                  swarm->args.out);
        return false;
    }
    swarm->seeds_fd = results_grow(swarm->args.results, SEEDS_FILE, &why);
    bool good = swarm->seeds_fd >= 0;
    if (!good) {
        say_error("hubbub: %s\n", why.bytes);
    }
    good = good && add_head(swarm, &head);
    good = good && (swarm->args.resume ? go_on(swarm, &head) : begin(swarm, &head));
    buf_deinit(&head);
    buf_deinit(&why);
    return good;
}

bool seeds_add(const struct swarm *swarm, uint64_t place, const struct told *told)
{
    struct buf line = {0};
    bool good = true;

    if (swarm->seeds_fd >= 0) {
        add_line(swarm, place, told, &line);
        good = put(swarm->seeds_fd, &line);
        if (!good) {
            say_error("hubbub: %s/" SEEDS_FILE ": cannot write it: %s\n", swarm->args.out,
                      strerror(errno));
        }
        buf_deinit(&line);
    }
    return good;
}
