/* See presence_choice.h. */
#include "server/node/presence_choice.h"

#include "server/base/mem.h"
#include "server/node/entry.h"
#include "server/node/presence_answer.h"
#include "server/node/user.h"

static struct job *choice_job(struct node *node, const struct person *person)
{
    struct job *job = job_new(node, JOB_CHOICE);

    HB_GROW(job->refs, job->refs_len, job->refs_cap);
    job->refs[job->refs_len++] = (struct job_ref){.index = person->index};
    return job;
}

/* Of what they chose here and what is not written yet, the first: that one is under way, the others wait. */
static struct job *choice_first(const struct node *node, const struct person *person)
{
    struct job *first = NULL;

    for (uint32_t i = 0; i < node->jobs_len; i++) {
        struct job *job = node->jobs[i];
        if (job->serial != 0 && job->kind == JOB_CHOICE && job->frame != NULL &&
            job->refs[0].index == person->index && (first == NULL || job->serial < first->serial)) {
            first = job;
        }
    }
    return first;
}

void choice_read(struct node *node, struct person *person, struct session *session,
                 struct wire *written)
{
    struct job *job = choice_job(node, person);

    job->session = session_ref(session);
    job->user = session->user;
    person->checks++;
    person->choices++;
    job->frame = written != NULL ? wire_ref(written) : NULL;
    if (written == NULL || choice_first(node, person) == job) {
        choice_start(node, job);
    }
}

void choice_start(struct node *node, struct job *job)
{
    const struct person *person = node->people->items[job->refs[0].index];
    const struct frame *frame = NULL;
    struct db_tx *tx = job_tx(node, job, job->frame == NULL);

    if (job->frame != NULL) {
        if (wire_decode(job->frame, &frame, NULL) != HB_OK) {
            HB_UNREACHABLE("a frame that was decoded before");
        }
        const struct frame_presence *said = &frame->presence;
        const bool status = said->chosen && (said->status_said || said->status_cleared);
        struct db_call *call = db_tx_call(tx, DB_PRESENCE_CHOOSE);
        db_tx_int(tx, call, node->users[job->user]->key);
        if (status && !said->status_cleared) {
            db_tx_text(tx, call, text_of(presence_status_word(said->status)));
        } else {
            db_tx_null(tx, call);
        }
        if (said->custom_status.bytes != NULL) {
            db_tx_text(tx, call, said->custom_status);
        } else {
            db_tx_null(tx, call);
        }
        if (said->dnd_until_ms != 0) {
            db_tx_int(tx, call, said->dnd_until_ms);
        } else {
            db_tx_null(tx, call);
        }
        db_tx_int(tx, call, status);
        db_tx_int(tx, call, said->custom_said);
        db_tx_int(tx, call, said->dnd_said);
    }
    db_tx_text(tx, db_tx_call(tx, DB_PRESENCE_CHOICE), person->name);
    job_submit(node, tx);
}

/* False: the row says no choice. */
static bool choice_of_row(const struct db_value *row, struct record_choice *ret)
{
    const bool status = row[0].kind == DB_TEXT;

    *ret = (struct record_choice){.chosen = status};
    if ((status && !presence_status_of(row[0].text, &ret->status)) ||
        !value_seq(&row[3], &ret->version) || ret->version == 0) {
        return false;
    }
    if (row[1].kind == DB_TEXT && row[1].text.len <= CUSTOM_BYTES_MAX) {
        ret->custom = row[1].text;
    }
    if (row[2].kind == DB_INT && row[2].integer > 0 && row[2].integer <= JSON_INT_MAX) {
        ret->dnd_until_ms = row[2].integer;
    }
    return true;
}

void choice_done(struct node *node, struct job *job, const struct db_answer *answer)
{
    struct person *person = node->people->items[job->refs[0].index];
    struct record_choice choice;

    if (answer->err == HB_EAGAIN || answer->err == HB_EUNKNOWN) {
        job_retry(node, job); /* to choose the same twice is to choose it */
        return;
    }
    person->checks--;
    person->choices--;
    const struct db_rows *rows =
        answer->err == HB_OK ? &answer->calls[job->frame != NULL ? 1 : 0] : NULL;
    const bool wrote = job->frame != NULL;
    job_free(node, job);
    struct job *next = wrote ? choice_first(node, person) : NULL;
    if (next != NULL) {
        choice_start(node, next);
    }
    if (rows == NULL) {
        return; /* this life was fenced off, or the user is not known any more */
    }
    person->choice_known = person->choice_known || person->conns_len > 0;
    person->choice_fresh = true;
    if (rows->rows_len > 0) {
        if (choice_of_row(rows->values, &choice)) {
            presence_choice_take(person, &choice);
        } else {
            note(node, NOTE_ROW_BAD, DB_PRESENCE_CHOICE, 0);
        }
    }
    person->choice_unsaid = person->conns_len == 0 && person->choice.version > 0;
    if (person->conns_len > 0 || person->choice_unsaid) {
        person_queue(node, person);
    }
}

void choice_flush(struct node *node)
{
    struct u32_list *unsure = &node->people->unsure;

    for (uint32_t i = 0; i < unsure->len; i++) {
        choice_start(node, choice_job(node, node->people->items[unsure->items[i]]));
    }
    unsure->len = 0;
}
