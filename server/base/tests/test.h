/* What a test program includes: cmocka, and what has to stand before it. */
#ifndef HUBBUB_SERVER_BASE_TESTS_TEST_H
#define HUBBUB_SERVER_BASE_TESTS_TEST_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* clang-format on */

#endif
