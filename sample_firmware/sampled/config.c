/* Reads sampled.json with cJSON. */
#include "config.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST (256 * 1024)

static char *slurp(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = file ? malloc(LARGEST + 1) : NULL;

    if (text) {
        size_t length = fread(text, 1, LARGEST, file);
        text[length] = '\0';
    }
    if (file)
        fclose(file);
    return text;
}

static double number(const cJSON *object, const char *key, double otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

static int copy(const cJSON *object, const char *key, char *to, size_t size)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    if (!text || strlen(text) >= size)
        return -1;
    memcpy(to, text, strlen(text) + 1);
    return 0;
}

static int read_channel(const cJSON *item, struct channel *out)
{
    if (copy(item, "name", out->name, sizeof out->name) || copy(item, "path", out->path, sizeof out->path))
        return -1;
    out->scale = number(item, "scale", 1.0);
    out->offset = number(item, "offset", 0.0);
    out->r25 = number(item, "r25", 10000.0);
    out->beta = number(item, "beta", 3950.0);
    out->is_thermistor = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "thermistor"));
    return 0;
}

static int read_all(const cJSON *root, struct config *out)
{
    const cJSON *item;

    if (copy(root, "database", out->database, sizeof out->database))
        return -1;
    out->period_ms = (unsigned)number(root, "period_ms", 1000);
    out->batch_minutes = (unsigned)number(root, "batch_minutes", 60);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "channels")) {
        if (out->channels == MAX_CHANNELS || read_channel(item, &out->channel[out->channels]))
            return -1;
        out->channels++;
    }
    return out->period_ms && out->channels ? 0 : -1;
}

int config_load(const char *path, struct config *out)
{
    char *text = slurp(path);
    cJSON *root = text ? cJSON_Parse(text) : NULL;
    int result;

    memset(out, 0, sizeof *out);
    result = root ? read_all(root, out) : -1;
    if (result)
        fprintf(stderr, "%s: cannot be read, or is not a configuration of sampled\n", path);
    cJSON_Delete(root);
    free(text);
    return result;
}
