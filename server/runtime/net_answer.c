/* Answers of HTTP/1.1 as bytes. */
#include "server/runtime/net_internal.h"

#include <time.h>

static const char *reason(uint16_t status)
{
    static const struct {
        uint16_t status;
        const char *text;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status == status) {
            return reasons[i].text;
        }
    }
    return "Other";
}

/* RFC 9110 5.6.7; by hand, because strftime's names follow the locale. */
static void date_add(struct buf *out)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const time_t now = time(NULL);
    struct tm utc;

    if (gmtime_r(&now, &utc) != NULL) {
        buf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[utc.tm_wday],
                   utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                   utc.tm_sec);
    }
}

void net_answer_add(struct buf *out, const struct net_answer *answer)
{
    buf_printf(out, "HTTP/1.1 %u %s\r\n", answer->status, reason(answer->status));
    date_add(out);
    if (answer->content_type != NULL) {
        buf_printf(out, "Content-Type: %s\r\n", answer->content_type);
    }
    if (answer->status != 204) {
        buf_printf(out, "Content-Length: %zu\r\n", answer->body_len);
    }
    buf_add_text(out, answer->file ? "Cache-Control: no-cache\r\n" : "Cache-Control: no-store\r\n");
    buf_add_text(out, "X-Content-Type-Options: nosniff\r\n");
    if (answer->file) {
        buf_add_text(out, "Content-Security-Policy: default-src 'self'; style-src 'self' "
                          "'unsafe-inline'; connect-src 'self' ws: wss:\r\n"
                          "Referrer-Policy: no-referrer\r\n");
    }
    if (answer->status == 401) {
        buf_add_text(out, "WWW-Authenticate: Bearer\r\n");
    }
    if (answer->status == 426) {
        buf_add_text(out, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    }
    if (answer->allow != NULL) {
        buf_printf(out, "Allow: %s\r\n", answer->allow);
    }
    if (answer->retry_after_s != 0) {
        buf_printf(out, "Retry-After: %u\r\n", answer->retry_after_s);
    }
    if (answer->close || answer->status == 426) {
        buf_printf(out, "Connection: %s\r\n", answer->status == 426 ? "Upgrade, close" : "close");
    }
    buf_add_text(out, "\r\n");
    if (!answer->head && answer->status != 204 && answer->body_len > 0) {
        buf_add(out, answer->body, answer->body_len);
    }
}
