/* What /metrics says of a node, in Prometheus' text format (version 0.0.4). */
#include "server/node/metrics.h"

#include "server/base/map.h"
#include "server/node/announce.h"
#include "server/node/beat.h"
#include "server/node/presence_people.h"
#include "server/node/ready.h"
#include "server/node/room.h"
#include "server/node/session.h"
#include "server/node/typing_to.h"

static void metric(struct buf *out, const char *name, const char *type, const char *help,
                   uint64_t value)
{
    buf_printf(out, "# HELP hubbub_%s %s\n# TYPE hubbub_%s %s\nhubbub_%s ", name, help, name, type,
               name);
    buf_add_u64(out, value);
    buf_add_char(out, '\n');
}

static void transport_write(const struct transport_figures *transport, struct buf *out)
{
    metric(out, "sockets", "gauge", "WebSocket connections.", transport->sockets);
    metric(out, "queued_bytes", "gauge", "Bytes that wait for slow readers.",
           transport->queued_bytes);
    metric(out, "received_bytes_total", "counter", "Bytes of frames from clients.",
           transport->received_bytes);
    metric(out, "sent_bytes_total", "counter", "Bytes of frames to clients.",
           transport->sent_bytes);
    metric(out, "writes_total", "counter", "System calls that sent frames.", transport->writes);
    metric(out, "slow_consumers_total", "counter", "Connections cut for not reading.",
           transport->slow_consumers);
    metric(out, "refused_handshakes_total", "counter", "Handshakes refused.",
           transport->refused_handshakes);
}

static void presence_write(const struct node *node, struct buf *out)
{
    const struct people *people = node->people;
    const struct node_counts *counts = &node->counts;
    uint64_t by_status[PRESENCE_STATUS_COUNT] = {0};
    uint64_t known = 0;
    uint64_t waiting = 0;

    for (uint32_t i = 0; i < people->items_len; i++) {
        const struct person *person = people->items[i];
        known += person != NULL;
        for (uint32_t c = 0; person != NULL && c < person->conns_len; c++) {
            const struct person_conn *conn = &person->conns[c];
            by_status[conn->status] += conn->session != INDEX_NONE;
            waiting += conn->session == INDEX_NONE;
        }
    }
    metric(out, "presence_people", "gauge", "People whose presence this node knows.", known);
    buf_add_text(out, "# HELP hubbub_presence_connections Connections here, by what their devices "
                      "see.\n# TYPE hubbub_presence_connections gauge\n");
    for (int status = 0; status < PRESENCE_STATUS_COUNT; status++) {
        if (status == PRESENCE_ONLINE || status == PRESENCE_AWAY) { /* no device sees the others */
            buf_printf(out, "hubbub_presence_connections{status=\"%s\"} ",
                       presence_status_word((enum presence_status)status));
            buf_add_u64(out, by_status[status]);
            buf_add_char(out, '\n');
        }
    }
    metric(out, "presence_grace", "gauge", "Connections that ended and are shown a while longer.",
           waiting);
    metric(out, "presence_asked", "gauge", "People whom Redis is to be asked or told about.",
           people->queue.len + people->beats.len + people->asking);
    metric(out, "presence_lives", "gauge", "Lives of nodes that may have connections, but this.",
           people->lives_len);
    metric(out, "presence_stale", "gauge", "1 while clients are told that who is there may be old.",
           people->stale);
    metric(out, "presence_writes_total", "counter", "Records of people written to Redis.",
           counts->presence_writes);
    metric(out, "presence_published_total", "counter", "Changes of people published.",
           counts->presence_published);
    metric(out, "receipts_told_total", "counter", "Receipts told to connections.",
           counts->receipts_told);
    metric(out, "presence_updates_total", "counter", "Changes of people told to connections.",
           counts->presence_told);
    metric(out, "presence_lives_ended_total", "counter",
           "Lives without a lease whose connections this node found to be over.",
           counts->notes[NOTE_PRESENCE_LIFE_ENDED]);
}

void metrics_write(const struct node *node, const struct transport_figures *transport,
                   struct buf *out)
{
    const struct node_counts *counts = &node->counts;
    uint64_t live = 0;
    uint64_t held = 0;
    uint64_t typists = 0;

    for (uint32_t i = 0; i < node->sessions_len; i++) {
        live += node->sessions[i]->state == SESSION_LIVE && node->sessions[i]->request == 0;
    }
    for (uint32_t i = 0; i < node->active.len; i++) {
        held += node->rooms[node->active.items[i]]->held_len;
        typists += node->rooms[node->active.items[i]]->typing.len;
    }
    metric(out, "ready", "gauge", "1 while the node takes new connections.", node->ready);
    metric(out, "redis_away", "gauge",
           "1 while Redis is away: the database tells what is new, at each sweep.",
           redis_away(node));
    metric(out, "redis_mute", "gauge", "1 while what this node publishes does not come back to it.",
           announce_mute(node));
    metric(out, "peers_silent", "gauge",
           "Nodes that were heard and are silent: dead, or without Redis.", announce_silent(node));
    metric(out, "peers_unheard", "gauge",
           "Nodes that live on this database and are not heard: they may use another Redis.",
           beat_unheard(node));
    metric(out, "incarnation", "gauge", "Lives of this node in its database.", node->incarnation);
    metric(out, "connections", "gauge", "Connections that were welcomed.", live);
    metric(out, "requests", "gauge", "HTTP requests under way.",
           u64map_count(&node->session_by_request));
    metric(out, "rooms_active", "gauge", "Rooms that this node follows.", node->active.len);
    metric(out, "users_known", "gauge", "Users that this node remembers.",
           interner_live(&node->user_names));
    metric(out, "rooms_known", "gauge", "Rooms that this node remembers.",
           interner_live(&node->room_names));
    metric(out, "channels_known", "gauge", "Channels of Redis that this node remembers.",
           redis_channels(node->redis));
    metric(out, "entries_held", "gauge", "Entries that wait for an earlier one.", held);
    metric(out, "transactions", "gauge", "Transactions under way or waiting for another try.",
           node->jobs_len - node->jobs_free.len);
    metric(out, "commands", "gauge", "Commands whose outcome is not known yet.",
           node->commands_count);
    metric(out, "entries_committed_total", "counter", "Log entries that this node committed.",
           counts->entries_committed);
    metric(out, "frames_sent_total", "counter", "Frames given to connections.",
           counts->frames_sent);
    metric(out, "frames_received_total", "counter", "Frames taken from connections.",
           counts->frames_received);
    metric(out, "http_requests_total", "counter", "HTTP requests.", counts->http_requests);
    metric(out, "typing_people", "gauge", "People who type in a room, or did so just now.",
           typists);
    metric(out, "typing_waiting", "gauge", "Starts that wait for a direct chat.",
           typing_waits_len(node));
    metric(out, "typing_told_total", "counter", "Frames to connections about who types.",
           counts->typing_told);
    metric(out, "typing_published_total", "counter", "Starts and stops told to the other nodes.",
           counts->typing_published);
    if (node->config.params.presence != 0) {
        presence_write(node, out);
    }
    buf_add_text(out, "# HELP hubbub_notes_total What happened, by kind.\n"
                      "# TYPE hubbub_notes_total counter\n");
    for (int i = 0; i < NOTE_COUNT; i++) {
        buf_printf(out, "hubbub_notes_total{note=\"%s\"} ", note_text((enum note_code)i));
        buf_add_u64(out, counts->notes[i]);
        buf_add_char(out, '\n');
    }
    if (transport != NULL) {
        transport_write(transport, out);
    }
}
