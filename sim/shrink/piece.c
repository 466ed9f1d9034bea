/* See piece.h. */
#include "sim/shrink/piece.h"

#include "server/base/mem.h"
#include "sim/explore/plan_drop.h"

#include <inttypes.h>
#include <stdlib.h>

/* --- Which there are ------------------------------------------------------------------------ */

static uint32_t devices_left(const struct plan *plan, uint32_t user)
{
    uint32_t left = 0;
    for (uint32_t d = 0; d < plan->devices_per_user; d++) {
        left += !plan_drops_client(plan, user * plan->devices_per_user + d);
    }
    return left;
}

static uint32_t number_max(const struct plan *plan, enum piece_kind kind)
{
    switch (kind) {
    case PIECE_GENERATOR:
        return plan->generators_len;
    case PIECE_FAULT:
        return plan->faults_len;
    case PIECE_PERSON:
        return plan_users(plan);
    case PIECE_DEVICE:
        return plan->clients;
    case PIECE_ROOM:
        return plan->rooms;
    case PIECE_NODE:
        return plan->nodes;
    case PIECE_ACTION:
        return plan->actions_len;
    case PIECE_KINDS:
        break;
    }
    HB_UNREACHABLE("a piece of no kind");
}

/* The piece at a place; false: it is left out already. */
static bool piece_at(const struct plan *plan, enum piece_kind kind, uint32_t at, struct piece *ret)
{
    *ret = (struct piece){.kind = kind, .number = at};
    switch (kind) {
    case PIECE_GENERATOR:
        ret->number = (uint32_t)plan->generators[at].kind;
        return !plan->drop_kinds[ret->number];
    case PIECE_FAULT:
        ret->number = plan->faults[at].id;
        return !plan_drops_fault(plan, &plan->faults[at]);
    case PIECE_PERSON:
        return !plan_drops_user(plan, at);
    case PIECE_DEVICE:
        return !plan_drops_client(plan, at) && devices_left(plan, plan_user_of(plan, at)) > 1;
    case PIECE_ROOM:
        return !plan_drops_room(plan, at);
    case PIECE_NODE:
        return !plan->drop_nodes[at];
    case PIECE_ACTION:
        ret->action = plan->actions[at].name;
        return true;
    case PIECE_KINDS:
        break;
    }
    HB_UNREACHABLE("a piece of no kind");
}

struct piece *pieces_of(const struct plan *plan, enum piece_kind kind, uint32_t *ret_len)
{
    const uint32_t most = number_max(plan, kind);
    struct piece *pieces = hb_calloc((size_t)most + 1, sizeof *pieces);
    uint32_t len = 0;

    for (uint32_t i = 0; i < most; i++) {
        len += piece_at(plan, kind, i, &pieces[len]);
    }
    *ret_len = len;
    return pieces;
}

uint32_t pieces_count(const struct plan *plan, enum piece_kind kind)
{
    uint32_t len;
    free(pieces_of(plan, kind, &len));
    return len;
}

struct plan_size plan_size(const struct plan *plan)
{
    struct plan_size size = {.faults = pieces_count(plan, PIECE_FAULT),
                             .people = pieces_count(plan, PIECE_PERSON),
                             .devices = plan_clients_left(plan),
                             .rooms = pieces_count(plan, PIECE_ROOM),
                             .nodes = plan_nodes_left(plan),
                             .actions = plan->written_out ? plan->actions_len : UINT32_MAX};

    for (uint32_t i = 0; i < plan->actions_len; i++) {
        size.faults += !fault_row(plan->actions[i].name.kind)->workload;
    }
    return size;
}

/* --- Without some --------------------------------------------------------------------------- */

static bool by_name(const struct plan_action_name *a, const struct plan_action_name *b)
{
    return a->client == b->client && a->kind == b->kind && a->n == b->n;
}

/* Pieces and actions are in the same order, so each is found behind the one before. */
static void remove_actions(struct plan *plan, const struct piece *pieces, uint32_t pieces_len)
{
    uint32_t kept = 0;
    uint32_t next = 0;

    for (uint32_t i = 0; i < plan->actions_len; i++) {
        const struct plan_action *action = &plan->actions[i];
        if (next < pieces_len && by_name(&action->name, &pieces[next].action)) {
            next++;
            continue;
        }
        plan->actions[kept++] = *action;
    }
    plan->actions_len = kept;
}

/* What nobody does any more, and faults that hit nothing. */
static void tidy(struct plan *plan)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < plan->actions_len; i++) {
        const struct plan_action_name *name = &plan->actions[i].name;
        if (!plan_drops_client(plan, name->client) && !plan->drop_kinds[name->kind]) {
            plan->actions[kept++] = plan->actions[i];
        }
    }
    plan->actions_len = kept;
    kept = 0;
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        if (!plan_drops_fault(plan, &plan->faults[i])) {
            plan->faults[kept++] = plan->faults[i];
        }
    }
    plan->faults_len = kept;
    plan->drop_faults_len = 0;
    kept = 0;
    for (uint32_t i = 0; i < plan->generators_len; i++) {
        if (!plan->drop_kinds[plan->generators[i].kind]) {
            plan->generators[kept++] = plan->generators[i];
        }
    }
    plan->generators_len = kept;
    for (int i = 0; i < FAULT_KIND_COUNT; i++) {
        plan->drop_kinds[i] = false;
    }
    kept = 0;
    for (uint32_t i = 0; i < plan->drop_actions_len; i++) {
        const struct plan_action_name *name = &plan->drop_actions[i];
        if (!plan_drops_client(plan, name->client) && plan_generator(plan, name->kind) != NULL) {
            plan->drop_actions[kept++] = *name;
        }
    }
    plan->drop_actions_len = kept;
}

const char *pieces_remove(struct plan *plan, const struct piece *pieces, uint32_t pieces_len)
{
    if (pieces_len > 0 && pieces[0].kind == PIECE_ACTION) {
        remove_actions(plan, pieces, pieces_len);
    }
    for (uint32_t i = 0; i < pieces_len; i++) {
        const uint32_t number = pieces[i].number;
        switch (pieces[i].kind) {
        case PIECE_GENERATOR:
            plan->drop_kinds[number] = true;
            break;
        case PIECE_FAULT:
            plan_drop_fault(plan, number);
            break;
        case PIECE_PERSON:
            for (uint32_t d = 0; d < plan->devices_per_user; d++) {
                plan_drop_client(plan, number * plan->devices_per_user + d);
            }
            break;
        case PIECE_DEVICE:
            plan_drop_client(plan, number);
            break;
        case PIECE_ROOM:
            plan_drop_room(plan, number);
            break;
        case PIECE_NODE:
            plan->drop_nodes[number] = true;
            break;
        case PIECE_ACTION:
            break;
        case PIECE_KINDS:
            HB_UNREACHABLE("a piece of no kind");
        }
    }
    tidy(plan);
    return plan_drop_wrong(plan);
}

/* --- For people ----------------------------------------------------------------------------- */

void piece_name(const struct piece *piece, const struct plan *plan, struct buf *out)
{
    static const char *const words[] = {"", "fault", "", "c", "room", "n", ""};

    if (piece->kind == PIECE_PERSON) {
        const uint32_t first = piece->number * plan->devices_per_user;
        buf_printf(out, "c%u", (unsigned)first);
        if (plan->devices_per_user > 1) {
            buf_printf(out, "..c%u", (unsigned)(first + plan->devices_per_user - 1));
        }
    } else if (piece->kind == PIECE_GENERATOR) {
        buf_add_text(out, fault_word((enum fault_kind)piece->number));
    } else if (piece->kind == PIECE_ACTION) {
        char name[ACTION_NAME_BYTES];
        action_name_text(&piece->action, name);
        buf_add_text(out, name);
    } else {
        buf_printf(out, "%s%u", words[piece->kind], (unsigned)piece->number);
    }
}

static void tell_us(struct buf *out, const char *before, int64_t us)
{
    char text[PARAM_TEXT_BYTES];
    duration_text(us, text);
    buf_printf(out, "%s%s", before, text);
}

static void tell_fault(const struct plan *plan, uint32_t id, struct buf *out)
{
    for (uint32_t i = 0; i < plan->faults_len; i++) {
        const struct plan_fault *fault = &plan->faults[i];
        const struct fault_row *row = fault_row(fault->kind);
        if (fault->id != id) {
            continue;
        }
        buf_add_text(out, row->word);
        if (fault->target != OBS_NONE) {
            buf_printf(out, " of n%u", (unsigned)fault->target);
        }
        const struct fault_unit_row *unit = fault_unit_row(row->unit);
        if (unit->us > 0) {
            tell_us(out, " by ", fault->amount * unit->us);
        } else if (row->unit != NO_AMOUNT) {
            buf_printf(out, " by %" PRId64 " %s", fault->amount, unit->word);
        }
        tell_us(out, " at ", fault->at_us);
        if (fault->for_us > 0) {
            tell_us(out, " for ", fault->for_us);
        }
    }
}

static void tell_action(const struct plan *plan, const struct plan_action_name *name,
                        struct buf *out)
{
    for (uint32_t i = 0; i < plan->actions_len; i++) {
        const struct plan_action *action = &plan->actions[i];
        if (by_name(&action->name, name)) {
            tell_us(out, "at ", action->at_us);
            if (action->for_us > 0) {
                tell_us(out, " for ", action->for_us);
            }
            buf_printf(out, ": %s", fault_row(name->kind)->what);
        }
    }
}

void piece_tell(const struct piece *piece, const struct plan *plan, struct buf *out)
{
    switch (piece->kind) {
    case PIECE_GENERATOR:
        buf_add_text(out, fault_row((enum fault_kind)piece->number)->what);
        return;
    case PIECE_FAULT:
        tell_fault(plan, piece->number, out);
        return;
    case PIECE_PERSON:
        buf_add_text(out, plan->devices_per_user > 1 ? "a person, with all devices" : "a person");
        return;
    case PIECE_DEVICE:
        buf_add_text(out, "a device of a person with others");
        return;
    case PIECE_ROOM:
        buf_add_text(out, "a room");
        return;
    case PIECE_NODE:
        buf_add_text(out, "a node");
        return;
    case PIECE_ACTION:
        tell_action(plan, &piece->action, out);
        return;
    case PIECE_KINDS:
        break;
    }
    HB_UNREACHABLE("a piece of no kind");
}
