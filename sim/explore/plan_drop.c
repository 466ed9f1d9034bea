/* See plan_drop.h. */
#include "sim/explore/plan_drop.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_number(const char **at, uint32_t *ret)
{
    uint64_t value = 0;
    const char *from = *at;
    for (; **at >= '0' && **at <= '9' && *at - from < 10; (*at)++) {
        value = value * 10 + (uint64_t)(**at - '0');
    }
    *ret = (uint32_t)value;
    return *at > from && value <= UINT32_MAX;
}

/* "fault4", "n2": a word and a number, up to what follows. */
static bool read_numbered(const char **at, const char *word, uint32_t *ret)
{
    const size_t len = strlen(word);
    if (strncmp(*at, word, len) != 0) {
        return false;
    }
    *at += len;
    return read_number(at, ret);
}

/* "c4" or "c4..c9" */
static bool read_span(const char *name, const char *word, uint32_t *ret_first, uint32_t *ret_last)
{
    const char *at = name;
    if (!read_numbered(&at, word, ret_first)) {
        return false;
    }
    *ret_last = *ret_first;
    if (strncmp(at, "..", 2) == 0) {
        at += 2;
        if (!read_numbered(&at, word, ret_last) || *ret_last < *ret_first) {
            return false;
        }
    }
    return *at == 0;
}

static bool action_word(const char *word, size_t word_len, enum fault_kind *ret)
{
    return fault_find(word, word_len, ret) && fault_row(*ret)->target == HITS_CLIENT;
}

void action_name_text(const struct plan_action_name *name, char ret[ACTION_NAME_BYTES])
{
    const unsigned client = name->client;
    const char *word = fault_word(name->kind);

    if (name->n == PLAN_EACH) {
        (void)snprintf(ret, ACTION_NAME_BYTES, "c%u.%s", client, word);
    } else {
        (void)snprintf(ret, ACTION_NAME_BYTES, "c%u.%s#%u", client, word, (unsigned)name->n);
    }
}

/* "c17.send#3" or "c17.send" */
static bool read_action_name(const char *name, struct plan_action_name *ret)
{
    const char *at = name;
    if (!read_numbered(&at, "c", &ret->client) || *at != '.') {
        return false;
    }
    const char *word = at + 1;
    const size_t word_len = strcspn(word, "#");
    if (!action_word(word, word_len, &ret->kind)) {
        return false;
    }
    at = word + word_len;
    ret->n = PLAN_EACH;
    if (*at == 0) {
        return true;
    }
    at++;
    return read_number(&at, &ret->n) && *at == 0 && ret->n != PLAN_EACH;
}

static bool has_fault(const struct plan *plan, uint32_t id)
{
    uint32_t from = 0;
    uint32_t to = plan->faults_len; /* ids ascend */
    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;
        if (plan->faults[middle].id < id) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < plan->faults_len && plan->faults[from].id == id;
}

/* --- One of each kind ----------------------------------------------------------------------- */

void plan_drop_fault(struct plan *plan, uint32_t id)
{
    plan->drop_faults =
        hb_realloc(plan->drop_faults, (plan->drop_faults_len + 1) * sizeof *plan->drop_faults);
    plan->drop_faults[plan->drop_faults_len++] = id;
}

void plan_drop_action(struct plan *plan, const struct plan_action_name *name)
{
    plan->drop_actions =
        hb_realloc(plan->drop_actions, (plan->drop_actions_len + 1) * sizeof *plan->drop_actions);
    plan->drop_actions[plan->drop_actions_len++] = *name;
}

static void set_flag(bool **flags, uint32_t count, uint32_t at)
{
    if (*flags == NULL) {
        *flags = hb_calloc(count, sizeof **flags);
    }
    (*flags)[at] = true;
}

void plan_drop_client(struct plan *plan, uint32_t client)
{
    set_flag(&plan->drop_clients, plan->clients, client);
}

void plan_drop_room(struct plan *plan, uint32_t room)
{
    set_flag(&plan->drop_rooms, plan->rooms, room);
}

static bool drop_fault(struct plan *plan, uint32_t id, char expected[PLAN_DROP_WHY])
{
    if (!has_fault(plan, id)) {
        (void)snprintf(expected, PLAN_DROP_WHY, "the name of one of the plan's faults");
        return false;
    }
    plan_drop_fault(plan, id);
    return true;
}

static bool drop_span(bool **flags, uint32_t count, uint32_t first, uint32_t last, const char *word,
                      char expected[PLAN_DROP_WHY])
{
    if (last >= count) {
        (void)snprintf(expected, PLAN_DROP_WHY, "one of %s0 to %s%u", word, word,
                       (unsigned)count - 1);
        return false;
    }
    for (uint32_t i = first; i <= last; i++) {
        set_flag(flags, count, i);
    }
    return true;
}

/* Why an action is not there, as what was expected of its name; false: it is there. */
static bool action_missing(const struct plan *plan, const struct plan_action_name *name,
                           struct plan_action_place *place, char ret[PLAN_DROP_WHY])
{
    if (name->client >= plan->clients) {
        (void)snprintf(ret, PLAN_DROP_WHY, "one of the clients c0 to c%u",
                       (unsigned)plan->clients - 1);
        return true;
    }
    if (name->n == PLAN_EACH && plan_generator(plan, name->kind) != NULL) {
        return false;
    }
    if (name->n != PLAN_EACH && plan_has_action(plan, name, place)) {
        return false;
    }
    if (name->n == PLAN_EACH || (place->count == 0 && !plan->written_out)) {
        (void)snprintf(ret, PLAN_DROP_WHY, "what the client does: it has no \"%s\"",
                       fault_word(name->kind));
    } else if (plan->written_out) {
        (void)snprintf(ret, PLAN_DROP_WHY, "the name of one of the plan's actions");
    } else {
        const struct plan_action_name last = {name->client, name->kind, place->count - 1};
        char text[ACTION_NAME_BYTES];
        action_name_text(&last, text);
        (void)snprintf(ret, PLAN_DROP_WHY, "what the client does: its last one is %s", text);
    }
    return true;
}

static bool drop_action(struct plan *plan, const struct plan_action_name *name,
                        struct plan_action_place *place, char expected[PLAN_DROP_WHY])
{
    if (action_missing(plan, name, place, expected)) {
        return false;
    }
    plan_drop_action(plan, name);
    return true;
}

static bool drop_kind(struct plan *plan, enum fault_kind kind, char expected[PLAN_DROP_WHY])
{
    if (plan_generator(plan, kind) == NULL) {
        (void)snprintf(expected, PLAN_DROP_WHY, "what some client does: none has \"%s\"",
                       fault_word(kind));
        return false;
    }
    plan->drop_kinds[kind] = true;
    return true;
}

bool plan_drop(struct plan *plan, const char *name, struct plan_action_place *place,
               char ret_expected[PLAN_DROP_WHY])
{
    struct plan_action_name action;
    enum fault_kind kind;
    uint32_t first;
    uint32_t last;

    if (read_span(name, "fault", &first, &last) && first == last) {
        return drop_fault(plan, first, ret_expected);
    }
    if (read_span(name, "c", &first, &last)) {
        return drop_span(&plan->drop_clients, plan->clients, first, last, "c", ret_expected);
    }
    if (read_span(name, "room", &first, &last)) {
        return drop_span(&plan->drop_rooms, plan->rooms, first, last, "room", ret_expected);
    }
    if (read_span(name, "n", &first, &last) && first == last) {
        bool *nodes = plan->drop_nodes;
        return drop_span(&nodes, plan->nodes, first, last, "n", ret_expected);
    }
    if (read_action_name(name, &action)) {
        return drop_action(plan, &action, place, ret_expected);
    }
    if (action_word(name, strlen(name), &kind)) {
        return drop_kind(plan, kind, ret_expected);
    }
    (void)snprintf(ret_expected, PLAN_DROP_WHY,
                   "a name such as \"fault4\", \"c17\", \"room3\", \"n2\", \"send\" or "
                   "\"c17.send#3\"");
    return false;
}

/* --- The file ------------------------------------------------------------------------------- */

void plan_read_drop(const struct config *root, struct plan *plan)
{
    const uint32_t len = config_array_len(root, "drop");
    struct plan_action_place place = {.count = 0};
    char expected[PLAN_DROP_WHY];

    for (uint32_t i = 0; i < len && !config_failed(root); i++) {
        const char *name = config_array_text(root, "drop", i);
        if (!config_failed(root) && !plan_drop(plan, name, &place, expected)) {
            config_fail_entry(root, "drop", i, expected);
        }
    }
    const char *wrong = config_failed(root) ? NULL : plan_drop_wrong(plan);
    if (wrong != NULL) {
        config_fail(root, "drop", wrong);
    }
}

static void put_name(struct buf *out, const char *format, ...) HB_PRINTF(2, 3);

static void put_name(struct buf *out, const char *format, ...)
{
    char name[64];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(name, sizeof name, format, args);
    va_end(args);
    const bool first = out->bytes[out->len - 1] == '[';
    buf_printf(out, "%s\"%s\"", first ? "" : ", ", name);
}

/* Each run of neighbours as one name. */
static void put_spans(struct buf *out, const char *word, const bool *dropped, uint32_t len)
{
    for (uint32_t i = 0; dropped != NULL && i < len; i++) {
        const uint32_t first = i;
        if (!dropped[i]) {
            continue;
        }
        while (i + 1 < len && dropped[i + 1]) {
            i++;
        }
        if (i == first) {
            put_name(out, "%s%u", word, (unsigned)first);
        } else {
            put_name(out, "%s%u..%s%u", word, (unsigned)first, word, (unsigned)i);
        }
    }
}

void plan_write_drop(const struct plan *plan, struct buf *out)
{
    buf_add_text(out, "  \"drop\": [");
    for (uint32_t i = 0; i < plan->drop_faults_len; i++) {
        put_name(out, "fault%u", (unsigned)plan->drop_faults[i]);
    }
    put_spans(out, "c", plan->drop_clients, plan->clients);
    put_spans(out, "room", plan->drop_rooms, plan->rooms);
    for (uint32_t i = 0; i < plan->nodes; i++) {
        if (plan->drop_nodes[i]) {
            put_name(out, "n%u", (unsigned)i);
        }
    }
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        if (plan->drop_kinds[i]) {
            put_name(out, "%s", fault_word((enum fault_kind)i));
        }
    }
    for (uint32_t i = 0; i < plan->drop_actions_len; i++) {
        char name[ACTION_NAME_BYTES];
        action_name_text(&plan->drop_actions[i], name);
        put_name(out, "%s", name);
    }
    buf_add_text(out, "],\n");
}
