/* See link_tls.h. */
#include "server/runtime/link_tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_BYTES 16384 /* the most that one record of TLS holds */

struct tls_context {
    SSL_CTX *ctx;
    char host[256];
    bool address, insecure;
};

struct tls {
    SSL *ssl; /* owns both */
    BIO *in, *out;
};

/* --- For all -------------------------------------------------------------------------------- */

static bool is_address(const char *host)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/* The last reason that OpenSSL has, which is the outermost. */
static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    return text != NULL ? text : "not said why";
}

/* NULL: all is well; else which file is not. */
static const char *files_load(SSL_CTX *ctx, const struct redis_place *place)
{
    const bool trusts = place->cacert[0] != '\0'
                            ? SSL_CTX_load_verify_locations(ctx, place->cacert, NULL) == 1
                            : SSL_CTX_set_default_verify_paths(ctx) == 1;

    if (!trusts) {
        return place->cacert[0] != '\0' ? place->cacert : "the system's certificates";
    }
    if (place->cert[0] == '\0') {
        return NULL;
    }
    if (SSL_CTX_use_certificate_chain_file(ctx, place->cert) != 1) {
        return place->cert;
    }
    return SSL_CTX_use_PrivateKey_file(ctx, place->key, SSL_FILETYPE_PEM) == 1 ? NULL : place->key;
}

enum hb_err tls_context_new(const struct redis_place *place, struct tls_context **ret,
                            struct buf *message)
{
    *ret = NULL;
    if (!place->tls) {
        return HB_OK;
    }
    struct tls_context *context = hb_calloc(1, sizeof *context);
    ERR_clear_error();
    context->ctx = SSL_CTX_new(TLS_client_method());
    if (context->ctx == NULL) {
        hb_no_memory(0);
    }
    (void)SSL_CTX_set_min_proto_version(context->ctx, TLS1_2_VERSION);
    SSL_CTX_set_verify(context->ctx, place->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    (void)snprintf(context->host, sizeof context->host, "%s", place->host);
    context->address = is_address(place->host);
    context->insecure = place->insecure;
    const char *wrong = files_load(context->ctx, place);
    if (wrong != NULL) {
        buf_printf(message, "cannot use \"%s\" for TLS to Redis: %s; give a file of PEM", wrong,
                   reason());
        tls_context_free(&context);
        return HB_EDENIED;
    }
    *ret = context;
    return HB_OK;
}

void tls_context_free(struct tls_context **context)
{
    if (*context != NULL) {
        SSL_CTX_free((*context)->ctx);
        free(*context);
        *context = NULL;
    }
}

/* --- One link ------------------------------------------------------------------------------- */

static void take_out(struct tls *tls, struct buf *wire)
{
    char piece[PIECE_BYTES];
    int got;

    while ((got = BIO_read(tls->out, piece, sizeof piece)) > 0) {
        buf_add(wire, piece, (size_t)got);
    }
}

struct tls *tls_new(const struct tls_context *context, struct buf *wire)
{
    struct tls *tls = hb_calloc(1, sizeof *tls);

    tls->ssl = SSL_new(context->ctx);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL) {
        hb_no_memory(0);
    }
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    SSL_set_connect_state(tls->ssl);
    bool named = true;
    if (!context->insecure) {
        named = context->address
                    ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls->ssl), context->host) == 1
                    : SSL_set1_host(tls->ssl, context->host) == 1;
    }
    if (!context->address) {
        named = named && SSL_set_tlsext_host_name(tls->ssl, context->host) == 1;
    }
    HB_ASSERT(named); /* else another host's certificate would do */
    ERR_clear_error();
    (void)SSL_do_handshake(tls->ssl);
    take_out(tls, wire);
    return tls;
}

void tls_free(struct tls **tls)
{
    if (*tls != NULL) {
        SSL_free((*tls)->ssl);
        free(*tls);
        *tls = NULL;
    }
}

bool tls_ready(const struct tls *tls)
{
    return SSL_is_init_finished(tls->ssl) == 1;
}

static void explain(const struct tls *tls, char *why)
{
    const long verified = SSL_get_verify_result(tls->ssl);

    if (verified != X509_V_OK && !tls_ready(tls)) {
        (void)snprintf(why, TLS_WHY_BYTES, "certificate: %s",
                       X509_verify_cert_error_string(verified));
    } else if (ERR_peek_last_error() != 0) {
        (void)snprintf(why, TLS_WHY_BYTES, "%s", reason());
    } else {
        (void)snprintf(why, TLS_WHY_BYTES, "it ended the session");
    }
}

enum hb_err tls_feed(struct tls *tls, const char *bytes, size_t bytes_len, struct buf *plain,
                     struct buf *wire, char *why)
{
    char piece[PIECE_BYTES];
    int got;

    HB_ASSERT(bytes_len <= INT32_MAX);
    ERR_clear_error();
    if (bytes_len > 0 && BIO_write(tls->in, bytes, (int)bytes_len) != (int)bytes_len) {
        hb_no_memory(bytes_len);
    }
    while ((got = SSL_read(tls->ssl, piece, sizeof piece)) > 0) {
        buf_add(plain, piece, (size_t)got);
    }
    const int err = SSL_get_error(tls->ssl, got);
    take_out(tls, wire); /* an alert, too */
    if (err == SSL_ERROR_WANT_READ || err == SSL_ERROR_WANT_WRITE) {
        return HB_OK;
    }
    explain(tls, why);
    return HB_EDENIED;
}

void tls_write(struct tls *tls, const char *bytes, size_t bytes_len, struct buf *wire)
{
    size_t done = 0;

    HB_ASSERT(tls_ready(tls));
    ERR_clear_error();
    while (done < bytes_len) {
        size_t written = 0;
        if (SSL_write_ex(tls->ssl, bytes + done, bytes_len - done, &written) != 1) {
            break; /* it was ended: reading tells */
        }
        done += written;
    }
    take_out(tls, wire);
}
