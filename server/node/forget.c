/* Users and rooms that nobody here needs any more are forgotten: a node that runs for months holds who is
 * there, not who ever was.
 *
 * Needed is who has a connection or a request here, and what any session, command, transaction or list
 * names; the rest goes when it was not named for FORGET_AFTER_US. Nothing is counted on the way: what
 * names a user or room is looked through when there is someone to forget, so that a feature which
 * forgets to count cannot exist. One that names users or rooms beyond a step adds a line to needs_find.
 * An index that is free goes to the next user or room that is new; what comes late for the old one finds
 * another serial, or nothing. */
#include "server/node/forget.h"

#include "server/base/mem.h"
#include "server/node/job.h"
#include "server/node/presence.h"
#include "server/node/room.h"
#include "server/node/session.h"
#include "server/node/sync.h"
#include "server/node/typing_to.h"
#include "server/node/user.h"

#include <stdlib.h>

/* Longer than a client needs to come back after its node's restart, than any wait for Redis or the
 * database that a session survives, and rare enough that looking through everything costs nothing. */
#define FORGET_AFTER_US (INT64_C(120) * 1000000)

struct needs {
    bool *users, *rooms; /* by index */
};

static void need(bool *needed, uint32_t index)
{
    if (index != INDEX_NONE) {
        needed[index] = true;
    }
}

static bool old(const struct node *node, struct mono used)
{
    return node->mono.us - used.us >= FORGET_AFTER_US;
}

/* All but those that may go if nothing names them. How many of these there are. */
static uint32_t candidates(const struct node *node, const struct needs *needs)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < node->users_len; i++) {
        const struct user *user = node->users[i];
        needs->users[i] =
            user == NULL || user->sessions_len > 0 || user->dirty || !old(node, user->used);
        found += !needs->users[i];
    }
    for (uint32_t i = 0; i < node->rooms_len; i++) {
        const struct room *room = node->rooms[i];
        needs->rooms[i] = room == NULL || room->state != ROOM_IDLE || room_local(room) ||
                          room->heads_queued || room->announce.touched || !old(node, room->used);
        found += !needs->rooms[i];
    }
    return found;
}

static void session_needs(const struct session *session, const struct needs *needs)
{
    if (session->state == SESSION_FREE) {
        return;
    }
    need(needs->users, session->user);
    for (uint32_t i = 0; i < session->rooms_len; i++) {
        need(needs->rooms, session->rooms[i].room);
    }
    for (uint32_t i = 0; i < session->commands_len; i++) {
        need(needs->rooms, session->commands[i].room);
    }
}

static void job_needs(const struct job *job, const struct needs *needs)
{
    if (job->serial == 0) {
        return;
    }
    need(needs->users, job->user);
    need(needs->rooms, job->room);
    for (uint32_t i = 0; i < job->refs_len; i++) {
        if (job->kind == JOB_USERS || job->kind == JOB_HEADS) {
            need(job->kind == JOB_USERS ? needs->users : needs->rooms, job->refs[i].index);
        }
    }
    if (job->kind == JOB_SYNC) {
        sync_needs(job, needs->rooms);
    }
}

static void needs_find(const struct node *node, const struct needs *needs)
{
    for (uint32_t i = 0; i < node->sessions_len; i++) {
        session_needs(node->sessions[i], needs);
    }
    for (uint32_t i = 0; i < node->jobs_len; i++) {
        job_needs(node->jobs[i], needs);
    }
    presence_needs(node, needs->rooms);
    typing_to_needs(node, needs->rooms);
    for (uint32_t i = 0; i < node->settled_len; i++) {
        need(needs->rooms, node->settled[i].room);
    }
    for (uint32_t i = 0; i < node->begins_len; i++) {
        need(needs->rooms, node->begins[i].room);
    }
    for (uint32_t i = 0; i < node->tells.len; i++) {
        need(needs->rooms, node->tells.items[i]);
    }
}

/* Whose channel is not left yet stays until the next time. */
static void forget_others(struct node *node, const struct needs *needs)
{
    for (uint32_t i = 0; i < node->users_len; i++) {
        if (!needs->users[i]) {
            (void)user_forget(node, i);
        }
    }
    for (uint32_t i = 0; i < node->rooms_len; i++) {
        if (!needs->rooms[i]) {
            (void)room_forget(node, node->rooms[i]);
        }
    }
}

void forget_sweep(struct node *node)
{
    if (node->mono.us < node->forget_at.us) {
        return;
    }
    node->forget_at.us = node->mono.us + FORGET_AFTER_US;
    const struct needs needs = {hb_malloc(node->users_len + 1), hb_malloc(node->rooms_len + 1)};
    if (candidates(node, &needs) > 0) {
        needs_find(node, &needs);
        forget_others(node, &needs);
    }
    free(needs.users);
    free(needs.rooms);
}
