/* The sample database shared with the Python service. */
#ifndef SAMPLED_STORE_H
#define SAMPLED_STORE_H

#include <sqlite3.h>
#include <stdint.h>

/* Opens or creates the database. Returns NULL after saying on stderr what is wrong. */
sqlite3 *store_open(const char *path);

/* Appends one sample; time in milliseconds since 1970 UTC. Returns 0 or -1. */
int store_add(sqlite3 *db, const char *channel, int64_t time, double value);

/* Packs a channel's samples older than before into one compressed batch. Returns 0 or -1. */
int store_pack(sqlite3 *db, const char *channel, int64_t before);

#endif
