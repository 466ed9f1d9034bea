/* UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing beyond U+10FFFF. */
#ifndef HUBBUB_SERVER_PROTOCOL_UTF8_H
#define HUBBUB_SERVER_PROTOCOL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the sequence at `at`, which does not begin with ASCII and is before `end`, or 0:
 * overlong, surrogate, too large, cut. */
uint32_t utf8_len(const unsigned char *at, const unsigned char *end);
bool utf8_valid(const char *bytes, size_t bytes_len);

#endif
