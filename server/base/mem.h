/* Memory: the heap, bytes that grow, and what is freed together. */
#ifndef HUBBUB_SERVER_BASE_MEM_H
#define HUBBUB_SERVER_BASE_MEM_H

#include "server/base/arena.h"
#include "server/base/buf.h"
#include "server/base/heap.h"

#endif
