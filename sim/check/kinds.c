/* See kinds.h. */
#include "sim/check/kinds.h"

#include "sim/check/attempts.h"
#include "sim/check/bearer.h"
#include "sim/check/check.h"
#include "sim/check/delivery.h"
#include "sim/check/direct.h"
#include "sim/check/edge.h"
#include "sim/check/focus.h"
#include "sim/check/forgot.h"
#include "sim/check/hlc.h"
#include "sim/check/liv.h"
#include "sim/check/log.h"
#include "sim/check/member.h"
#include "sim/check/ord.h"
#include "sim/check/ord_gap.h"
#include "sim/check/outbox.h"
#include "sim/check/passage.h"
#include "sim/check/path.h"
#include "sim/check/pre.h"
#include "sim/check/rcp.h"
#include "sim/check/refusal.h"
#include "sim/check/rest.h"
#include "sim/check/shown.h"
#include "sim/check/silence.h"
#include "sim/check/syn.h"
#include "sim/check/syn_back.h"
#include "sim/check/syn_page.h"
#include "sim/check/sync_time.h"
#include "sim/check/taken.h"
#include "sim/check/temporary.h"
#include "sim/check/truth.h"
#include "sim/check/typ.h"
#include "sim/check/word.h"

/* --- The log, and what people write --------------------------------------------------------- */

static void on_commit(struct judge *judge, const struct obs *obs)
{
    struct placed placed = {.obs = obs, .committed = true};
    struct room *room = truth_room(judge, obs->room);
    struct row *row = room != NULL ? truth_row_make(room, obs->seq) : NULL;

    judge->form = FORM_LOG;
    if (row == NULL) {
        judge->ignored++;
        return;
    }
    placed.room = room;
    placed.row = row;
    placed.before = (row->flags & ROW_KNOWN) != 0 && (row->flags & ROW_COMMITTED) == 0;
    *row = (struct row){.id = obs->id,
                        .hlc = obs->hlc,
                        .sender = obs->sender,
                        .client_id = obs->client_id,
                        .content = obs->content,
                        .timestamp = obs->timestamp,
                        .commit_us = obs_until_us(obs),
                        .send = NONE,
                        .node = obs->node,
                        .flags = ROW_KNOWN | ROW_COMMITTED};
    row->flags |= (obs->flags & OBS_EVENT) != 0 ? ROW_EVENT : 0;
    if (obs->client_id != 0 && obs->node != OBS_NODE_NONE) {
        placed.send = truth_send_make(judge, obs->sender, obs->client_id);
        placed.again = placed.send->seq != 0;
        placed.send->seq = placed.again ? placed.send->seq : obs->seq;
        row->send = truth_send_index(judge, placed.send);
        row->flags |= row_faithful(judge, row, obs->room) ? ROW_FAITHFUL : 0;
    }
    ord_placed(judge, &placed);
    hlc_placed(judge, &placed);
    syn_placed(judge, &placed);
    refusal_placed(judge, &placed);
    room->head = obs->seq > room->head ? obs->seq : room->head;
    delivery_placed(judge, &placed);
    direct_placed(judge, &placed);
    typ_observe(judge, obs);
    rcp_placed(judge, &placed);
}

static void on_first_send(struct judge *judge, const struct obs *obs)
{
    const uint64_t sender = truth_sender_of_device(judge, obs->device);

    if (obs->client_id == 0 || truth_device(judge, obs->device) == NULL ||
        truth_room(judge, obs->room) == NULL) {
        judge->ignored++;
        return;
    }
    struct send *send = truth_send_make(judge, sender, obs->client_id);
    if ((send->flags & SEND_WRITTEN) != 0) {
        judge->ignored++; /* one client id for two messages of one person: the client's fault */
        return;
    }
    send->flags |= SEND_WRITTEN;
    send->device = obs->device;
    send->room = obs->room;
    send->content = obs->content;
    send->seen = obs->hlc;
    send->sent_us = obs->at_us;
    ord_send(judge, obs, send);
    outbox_send(judge, obs, send);
}

static void on_send(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_SEND) {
        on_first_send(judge, obs);
        typ_observe(judge, obs);
        return;
    }
    struct send *send =
        truth_send(judge, truth_sender_of_device(judge, obs->device), obs->client_id);
    if (send == NULL) {
        return;
    }
    if (obs->kind == OBS_PUT || obs->kind == OBS_RESEND) {
        send->sent_us = obs->at_us;
        refusal_put(judge, obs, send);
    } else {
        HB_ASSERT(obs->kind == OBS_NACK || obs->kind == OBS_FAILED);
        refusal_nack(judge, obs, send);
        temporary_failed(obs, send);
    }
    outbox_send(judge, obs, send);
}

static void on_ack(struct judge *judge, const struct obs *obs)
{
    struct send *send = NULL;
    if (obs->client_id != 0 && truth_device(judge, obs->device) != NULL) {
        send = truth_send_make(judge, truth_sender_of_device(judge, obs->device), obs->client_id);
        if (send->room == NONE) {
            send->room = obs->room;
            send->device = obs->device;
        }
    }
    ord_ack(judge, obs, send);
    log_ack(judge, obs);
    if (send != NULL) {
        refusal_ack(judge, obs, send);
        temporary_acked(judge, send);
        outbox_ack(judge, send);
    }
}

/* What a device has of a room before it is shown anything. */
static void on_display(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_RESET) {
        word_reset(judge, obs);
        sync_time_reset(judge, obs);
        shown_reset(judge, obs);
        return;
    }
    HB_ASSERT(obs->kind == OBS_HEAD);
    focus_head(judge, obs);
    struct view *view = truth_view(judge, obs->device, obs->room);
    if (view != NULL && view->last == 0 && view->base == SEQ_UNKNOWN) {
        view->base = obs->seq;
    }
}

static void on_declaration(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_USER) {
        struct user *user = truth_user(judge, obs->user);
        if (user != NULL) {
            user->sender = obs->sender;
            u64map_put(&judge->users_by_sender, obs->sender, obs->user);
        }
    } else if (obs->kind == OBS_DEVICE) {
        truth_device_add(judge, obs->device, obs->user);
    } else if (obs->kind == OBS_ROOM) {
        (void)truth_room(judge, obs->room);
    } else if (obs->kind == OBS_NODE) {
        (void)truth_node(judge, obs->node);
    } else {
        HB_ASSERT(obs->kind == OBS_MEMBER);
        truth_member(judge, obs->user, obs->room,
                     (obs->flags & OBS_LEFT) != 0 ? SEQ_UNKNOWN : obs->seq);
        edge_member(judge, obs);
        direct_member(judge, obs);
        member_placed(judge, obs);
        pre_observe(judge, obs);
    }
}

static void on_row(struct judge *judge, const struct obs *obs)
{
    shown_row(judge, obs);
    if (obs->kind == OBS_SYNC_ROW) {
        (void)(back_observe(judge, obs) || page_observe(judge, obs));
    } else if ((obs->flags & OBS_HELD) != 0) {
        liv_held(judge, obs);
    }
}

static void on_page(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_BACK) {
        back_begin(judge, obs);
    } else if (back_observe(judge, obs) ? obs->kind == OBS_SYNC_PAGE : page_observe(judge, obs)) {
        delivery_device_again(judge, &judge->devices[obs->device], obs->at_us);
    }
}

static void on_focus(struct judge *judge, const struct obs *obs)
{
    if (obs->value == 0) {
        focus_said(judge, obs);
    } else {
        page_focus(judge, obs);
    }
}

static void on_open(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_WELCOME) {
        hlc_observe_welcome(judge, obs);
    }
    liv_opened(judge, obs);
    if (obs->kind == OBS_CONN_OPEN) {
        focus_opened(judge, obs->device);
    }
    if (obs->kind == OBS_WELCOME && obs->device < judge->devices_len) {
        path_device_moved(judge, &judge->devices[obs->device]);
        delivery_device_again(judge, &judge->devices[obs->device], obs->at_us);
        outbox_opened(judge, obs);
        focus_welcome(judge, obs->device);
    }
    pre_observe(judge, obs);
}

static void on_close(struct judge *judge, const struct obs *obs)
{
    rest_closed(judge, obs);
    struct device *device = truth_device(judge, obs->device);
    if (device != NULL && device->connection == obs->value) {
        device->closed_us = obs_until_us(obs);
        liv_closed(judge, device, obs);
        page_closed(judge, obs->device);
        outbox_closed(judge, obs->device);
        path_device_moved(judge, device);
    }
    pre_observe(judge, obs);
}

static void on_path(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_NODE_UP) {
        hlc_observe_life(judge, obs);
    }
    if (obs->kind == OBS_NODE_UP || obs->kind == OBS_NODE_DOWN) {
        passage_observe(judge, obs);
    }
    path_observe(judge, obs);
    taken_observe(judge, obs);
    if ((obs->flags & OBS_QUIET) != 0 && obs->device != OBS_NONE) {
        silence_fault(judge, obs);
    }
    if (obs->kind == OBS_FAULT_END && (obs->flags & OBS_REDIS) != 0) {
        delivery_look_again(judge, obs->at_us);
    }
    const bool of_device = obs->kind == OBS_FAULT_END && obs->device != OBS_NONE;
    if (of_device || obs->kind == OBS_NODE_DOWN || obs->kind == OBS_NODE_UP ||
        (obs->flags & (OBS_REDIS | OBS_DATABASE)) != 0) {
        pre_observe(judge, obs);
    }
}

static void on_edge(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_WANT) {
        attempts_want(judge, obs);
        silence_want(judge, obs);
        liv_opened(judge, obs);
        return;
    }
    if (obs->kind == OBS_READY || obs->kind == OBS_DRAIN) {
        path_observe(judge, obs);
    }
    if (obs->kind == OBS_HANGUP || obs->kind == OBS_GONE) {
        rest_closed(judge, obs);
    }
    if (obs->kind == OBS_HANGUP || obs->kind == OBS_GONE || obs->kind == OBS_ARRIVED) {
        pre_observe(judge, obs);
    }
    if (obs->kind == OBS_ASTRAY) {
        rest_astray(judge, obs);
        return;
    }
    typ_observe(judge, obs);
    passage_observe(judge, obs);
}

static void on_ack_sent(struct judge *judge, const struct obs *obs)
{
    syn_ack_sent(judge, obs);
    edge_acked(judge, obs);
    bearer_ack_sent(judge, obs);
}

static void on_stamp(struct judge *judge, const struct obs *obs)
{
    if (obs->kind == OBS_STAMP) {
        hlc_observe_stamp(judge, obs);
    } else if (obs->kind == OBS_CAME) {
        hlc_observe_came(judge, obs);
    } else {
        HB_ASSERT(obs->kind == OBS_WALL);
        hlc_observe_wall(judge, obs);
        bearer_wall(judge, obs);
    }
    pre_observe(judge, obs);
}

static void on_watch(struct judge *judge, const struct obs *obs)
{
    rest_watched(judge, obs);
    pre_observe(judge, obs);
}

static void on_end(struct judge *judge, const struct obs *obs)
{
    delivery_end(judge);
    attempts_end(judge);
    log_end(judge);
    syn_end(judge, obs);
    refusal_end(judge, obs);
    member_end(judge, obs);
    temporary_end(judge);
    pre_end(judge);
    rcp_end(judge, obs);
}

/* Who takes each kind; OBS_SHOWN, by far the most, is called directly. */
static void (*const takers[OBS_KIND_COUNT])(struct judge *judge, const struct obs *obs) = {
    [OBS_USER] = on_declaration,
    [OBS_DEVICE] = on_declaration,
    [OBS_ROOM] = on_declaration,
    [OBS_NODE] = on_declaration,
    [OBS_MEMBER] = on_declaration,
    [OBS_COMMIT] = on_commit,
    [OBS_FINAL] = log_final,
    [OBS_SEND] = on_send,
    [OBS_RESEND] = on_send,
    [OBS_ACK] = on_ack,
    [OBS_NACK] = on_send,
    [OBS_FAILED] = on_send,
    [OBS_SHOWN] = shown_observe,
    [OBS_RECV] = on_row,
    [OBS_RESET] = on_display,
    [OBS_WELCOME] = on_open,
    [OBS_HEAD] = on_display,
    [OBS_SYNC_BEGIN] = on_page,
    [OBS_BACK] = on_page,
    [OBS_FOCUS] = on_focus,
    [OBS_GAP] = ord_gap,
    [OBS_FORGOT] = forgot_observe,
    [OBS_SYNC_ROW] = on_row,
    [OBS_SYNC_HEAD] = on_page,
    [OBS_SYNC_PAGE] = on_page,
    [OBS_SYNC_CURSOR] = on_page,
    [OBS_CONN_OPEN] = on_open,
    [OBS_CONN_CLOSE] = on_close,
    [OBS_ACK_SENT] = on_ack_sent,
    [OBS_STAMP] = on_stamp,
    [OBS_NODE_UP] = on_path,
    [OBS_NODE_DOWN] = on_path,
    [OBS_FAULT_BEGIN] = on_path,
    [OBS_FAULT_END] = on_path,
    [OBS_TX_SLOW] = on_path,
    [OBS_REWRITTEN] = log_rewritten,
    [OBS_PUT] = on_send,
    [OBS_REPLACED] = temporary_replaced,
    [OBS_CAME] = on_stamp,
    [OBS_WALL] = on_stamp,
    [OBS_SERVES] = rest_observe,
    [OBS_HOLDS] = rest_observe,
    [OBS_WATCH] = on_watch,
#define X(name, word, evidence) [name] = on_edge,
    OBS_EDGE_MAP(X)
#undef X
#define X(name, word, evidence) [name] = pre_observe,
        OBS_PRESENCE_MAP(X)
#undef X
#define X(name, word, evidence) [name] = typ_observe,
            OBS_TYPING_MAP(X)
#undef X
#define X(name, word, evidence) [name] = rcp_observe,
                OBS_RECEIPT_MAP(X)
#undef X
#define X(name, word, evidence) [name] = bearer_observe,
                    OBS_BEARER_MAP(X)
#undef X
#define X(name, word, evidence) [name] = member_observe,
                        OBS_MEMBERSHIP_MAP(X)
#undef X
                            [OBS_CALM] = on_path,
    [OBS_WRITES_TO] = direct_writes_to,
    [OBS_END] = on_end,
};

void kinds_take(struct judge *judge, const struct obs *obs)
{
    HB_ASSERT(obs->kind < OBS_KIND_COUNT && takers[obs->kind] != NULL);
    takers[obs->kind](judge, obs);
}
