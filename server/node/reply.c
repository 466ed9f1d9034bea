/* Answers to requests: an effect and a wire. See reply.h. */
#include "server/node/reply.h"

#include "server/node/job.h"

static uint16_t status_of(enum hb_err err)
{
    switch (err) {
    case HB_OK:
        return 200;
    case HB_EJSON:
    case HB_EDEPTH:
    case HB_EFRAME:
    case HB_ETYPE:
    case HB_EFIELD:
    case HB_ECURSOR:
        return 400;
    case HB_EAUTH:
        return 401;
    case HB_EDENIED:
        return 404; /* absent and forbidden are told alike */
    case HB_EALREADY:
    case HB_ECONFLICT:
        return 409;
    case HB_ERESET:
        return 410;
    case HB_ELARGE:
        return 413;
    case HB_ELIMIT:
        return 429;
    case HB_ESKEW:
    case HB_ECLOCK:
        return 500;
    case HB_EAGAIN:
    case HB_ENOMEM:
    case HB_EFENCED:
    case HB_ESTAMP:
        return 503;
    case HB_EUNKNOWN:
        return 504;
    }
    HB_UNREACHABLE("no such error");
}

/* Shares the wire. */
static void reply(struct node *node, uint64_t request, struct reply made, struct wire *body)
{
    struct effect *effect = effect_push(node);

    effect->kind = EFFECT_HTTP;
    effect->http.request = request;
    effect->http.status = made.status;
    effect->http.type = (uint16_t)made.type;
    effect->http.retry_after_ms = made.retry_after_ms;
    effect->http.allow = made.allow;
    effect->http.body = wire_ref(body);
    note(node, NOTE_HTTP, made.status, 0);
}

void reply_scratch(struct node *node, uint64_t request, struct reply made)
{
    struct wire *wire = wire_new(node->scratch.bytes, node->scratch.len);

    reply(node, request, made, wire);
    wire_unref(&wire);
}

static struct text text_or_none(const char *text)
{
    return text != NULL ? text_of(text) : (struct text){NULL, 0};
}

struct complaint { /* what is said of an error beside its code; NULL: nothing */
    const char *field, *sentence;
    struct text client_id;
};

static void say_error(struct node *node, uint64_t request, struct reply made, enum hb_err err,
                      struct complaint complaint)
{
    const bool temporary = hb_err_temporary(err);

    made.retry_after_ms = temporary ? node_retry_ms(node) : 0;
    buf_clear(&node->scratch);
    frame_encode(&(struct frame){.type = FRAME_ERROR,
                                 .error = {.code = err,
                                           .code_word = text_of(hb_err_wire(err)),
                                           .client_id = complaint.client_id,
                                           .field = text_or_none(complaint.field),
                                           .message = text_or_none(complaint.sentence),
                                           .temporary = temporary,
                                           .retry_after_ms = made.retry_after_ms}},
                 &node->scratch);
    reply_scratch(node, request, made);
}

void reply_error(struct node *node, uint64_t request, struct reply made, enum hb_err err,
                 const char *field)
{
    say_error(node, request, made, err, (struct complaint){.field = field});
}

void reply_explain(struct node *node, uint64_t request, enum hb_err err, const char *sentence)
{
    say_error(node, request, (struct reply){.status = status_of(err)}, err,
              (struct complaint){.sentence = sentence});
}

void reply_refuse(struct node *node, uint64_t request, enum hb_err err, const char *field)
{
    reply_error(node, request, (struct reply){.status = status_of(err)}, err, field);
}

void reply_refuse_posted(struct node *node, uint64_t request, enum hb_err err, const char *field,
                         struct text body)
{
    struct frame_names names = {.client_id_len = 0};
    struct complaint complaint = {.field = field};

    if (body.len > 0) {
        frame_names_read(body.bytes, body.len, &names);
    }
    if (names.client_id_len > 0) {
        complaint.client_id = (struct text){names.client_id, names.client_id_len};
    }
    say_error(node, request, (struct reply){.status = status_of(err)}, err, complaint);
}

void reply_frame(struct node *node, uint64_t request, const struct frame *frame, struct wire *wire)
{
    struct reply made = {.status = 200};

    if (frame->type == FRAME_NACK) {
        made.status = status_of(frame->nack.code);
        made.retry_after_ms = frame->nack.retry_after_ms;
    } else if (frame->type == FRAME_ERROR) {
        made.status = status_of(frame->error.code);
        made.retry_after_ms = frame->error.retry_after_ms;
    }
    reply(node, request, made, wire);
}
