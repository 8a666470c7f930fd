/* Samples in SQLite; old ones packed with zlib, as (int64 milliseconds, double) pairs, little-endian. */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PAIR 16
#define MOST (64 * 1024) /* pairs in one batch */

static const char SCHEMA[] =
    "CREATE TABLE IF NOT EXISTS samples (channel TEXT, time INTEGER, value REAL, PRIMARY KEY (channel, time));"
    "CREATE TABLE IF NOT EXISTS batches (channel TEXT, first INTEGER, last INTEGER, data BLOB);";

sqlite3 *store_open(const char *path)
{
    sqlite3 *db = NULL;

    if (sqlite3_open(path, &db) == SQLITE_OK && sqlite3_exec(db, SCHEMA, NULL, NULL, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(db, 2000);
        return db;
    }
    fprintf(stderr, "%s: %s\n", path, sqlite3_errmsg(db));
    sqlite3_close(db);
    return NULL;
}

int store_add(sqlite3 *db, const char *channel, int64_t time, double value)
{
    sqlite3_stmt *insert = NULL;
    int result;

    if (sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO samples VALUES (?, ?, ?)", -1, &insert, NULL) != SQLITE_OK)
        return -1;
    sqlite3_bind_text(insert, 1, channel, -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 2, time);
    sqlite3_bind_double(insert, 3, value);
    result = sqlite3_step(insert) == SQLITE_DONE ? 0 : -1;
    sqlite3_finalize(insert);
    return result;
}

static void put(unsigned char *to, int64_t time, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++) {
        to[i] = (unsigned char)((uint64_t)time >> (8 * i));
        to[8 + i] = (unsigned char)(bits >> (8 * i));
    }
}

static size_t gather(sqlite3 *db, const char *channel, int64_t before, unsigned char *pairs, int64_t *first, int64_t *last)
{
    sqlite3_stmt *query = NULL;
    size_t count = 0;

    if (sqlite3_prepare_v2(db, "SELECT time, value FROM samples WHERE channel = ? AND time < ? ORDER BY time LIMIT ?", -1,
                           &query, NULL) != SQLITE_OK)
        return 0;
    sqlite3_bind_text(query, 1, channel, -1, SQLITE_STATIC);
    sqlite3_bind_int64(query, 2, before);
    sqlite3_bind_int(query, 3, MOST);
    while (sqlite3_step(query) == SQLITE_ROW) {
        *last = sqlite3_column_int64(query, 0);
        if (!count)
            *first = *last;
        put(pairs + PAIR * count++, *last, sqlite3_column_double(query, 1));
    }
    sqlite3_finalize(query);
    return count;
}

static int replace(sqlite3 *db, const char *channel, int64_t first, int64_t last, const void *data, uLongf size)
{
    static const char *const steps[] = {"INSERT INTO batches VALUES (?1, ?2, ?3, ?4)",
                                        "DELETE FROM samples WHERE channel = ?1 AND time BETWEEN ?2 AND ?3"};
    int good = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;

    for (int i = 0; good && i < 2; i++) {
        sqlite3_stmt *step = NULL;
        good = sqlite3_prepare_v2(db, steps[i], -1, &step, NULL) == SQLITE_OK;
        sqlite3_bind_text(step, 1, channel, -1, SQLITE_STATIC);
        sqlite3_bind_int64(step, 2, first);
        sqlite3_bind_int64(step, 3, last);
        if (i == 0)
            sqlite3_bind_blob(step, 4, data, (int)size, SQLITE_STATIC);
        good = good && sqlite3_step(step) == SQLITE_DONE;
        sqlite3_finalize(step);
    }
    sqlite3_exec(db, good ? "COMMIT" : "ROLLBACK", NULL, NULL, NULL);
    return good ? 0 : -1;
}

int store_pack(sqlite3 *db, const char *channel, int64_t before)
{
    unsigned char *pairs = malloc((size_t)PAIR * MOST);
    uLongf size = compressBound((uLong)PAIR * MOST);
    unsigned char *packed = malloc(size);
    int64_t first = 0, last = 0;
    size_t count = pairs && packed ? gather(db, channel, before, pairs, &first, &last) : 0;
    int result = pairs && packed ? 0 : -1;

    if (count) {
        result = compress2(packed, &size, pairs, (uLong)(PAIR * count), Z_BEST_COMPRESSION) == Z_OK
                     ? replace(db, channel, first, last, packed, size)
                     : -1;
    }
    free(pairs);
    free(packed);
    return result;
}
