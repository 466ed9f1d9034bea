/* See lens.h. */
#include "sim/look/lens.h"

#include "reports/shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "n2": the letter is given. False: it is no number, or not below `count`. */
static bool number(const char *digits, size_t len, uint32_t count, uint32_t *ret)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9' || value > UINT32_MAX) {
            return false;
        }
        value = value * 10 + (uint64_t)(digits[i] - '0');
    }
    *ret = (uint32_t)value;
    return len > 0 && value < count;
}

static void add_devices(struct lens *lens, const struct plan *plan, uint32_t from, uint32_t len)
{
    if (lens->devices == NULL) {
        lens->devices = hb_calloc(plan->clients, sizeof *lens->devices);
    }
    for (uint32_t i = from; i < from + len; i++) {
        lens->devices[i] = true;
    }
}

static bool add(struct lens *lens, const char *word, size_t len, const struct plan *plan)
{
    uint32_t n;

    switch (len > 0 ? word[0] : 0) {
    case 'n':
        if (!number(word + 1, len - 1, plan->nodes, &n)) {
            return false;
        }
        lens->nodes[n] = true;
        return true;
    case 'c':
    case 'd':
        if (!number(word + 1, len - 1, plan->clients, &n)) {
            return false;
        }
        add_devices(lens, plan, n, 1);
        return true;
    case 'u':
        if (!number(word + 1, len - 1, plan_users(plan), &n)) {
            return false;
        }
        add_devices(lens, plan, n * plan->devices_per_user, plan->devices_per_user);
        return true;
    case 'r': /* more are made on the way */
        if (!number(word + 1, len - 1, UINT32_MAX, &n)) {
            return false;
        }
        lens->rooms = hb_realloc(lens->rooms, (lens->rooms_len + 1) * sizeof *lens->rooms);
        lens->rooms[lens->rooms_len++] = n;
        return true;
    default:
        lens->all = lens->all || (len == 3 && strncmp(word, "all", 3) == 0);
        return len == 3 && strncmp(word, "all", 3) == 0;
    }
}

bool lens_read(struct lens *lens, const char *list, const struct plan *plan, struct buf *why)
{
    for (const char *at = list;; at++) {
        const size_t len = strcspn(at, ",");
        if (!add(lens, at, len, plan)) {
            struct buf word = {0};
            buf_add(&word, at, len);
            buf_add_text(why, "expected a list of nodes n0 to n");
            buf_printf(why,
                       "%u, clients c0 to c%u, users u0 to u%u, rooms such as r0, or all, got \"",
                       (unsigned)plan->nodes - 1, (unsigned)plan->clients - 1,
                       (unsigned)plan_users(plan) - 1);
            shown_text(why, len > 0 ? word.bytes : "");
            buf_add_char(why, '"');
            buf_deinit(&word);
            return false;
        }
        at += len;
        if (*at == 0) {
            return true;
        }
    }
}

void lens_deinit(struct lens *lens)
{
    free(lens->devices);
    free(lens->rooms);
    *lens = (struct lens){.all = false};
}

bool lens_node(const struct lens *lens, uint32_t node)
{
    return lens->all || (node < PLAN_NODES_MAX && lens->nodes[node]);
}

bool lens_device(const struct lens *lens, uint32_t device)
{
    return lens->all || (lens->devices != NULL && lens->devices[device]);
}

static bool is_letter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-';
}

bool lens_line(const struct lens *lens, const char *line)
{
    for (uint32_t i = 0; i < lens->rooms_len; i++) {
        char name[16];
        const size_t len = (size_t)snprintf(name, sizeof name, "r%u", (unsigned)lens->rooms[i]);
        for (const char *at = strstr(line, name); at != NULL; at = strstr(at + 1, name)) {
            if ((at == line || !is_letter(at[-1])) && !is_letter(at[len])) {
                return true;
            }
        }
    }
    return false;
}
