/* sampled: reads the gateway's analogue channels at a steady pace into the sample database. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "config.h"
#include "store.h"

#define ZERO_CELSIUS 273.15
#define PACK_EVERY 600 /* rounds */

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* The B-parameter equation of an NTC thermistor. */
static double thermistor_celsius(double ohms, double r25, double beta)
{
    return 1.0 / (1.0 / (25.0 + ZERO_CELSIUS) + log(ohms / r25) / beta) - ZERO_CELSIUS;
}

static int read_channel(const struct channel *channel, double *value)
{
    FILE *file = fopen(channel->path, "r");
    double raw;
    int found = file && fscanf(file, "%lf", &raw) == 1;

    if (file)
        fclose(file);
    if (!found)
        return -1;
    *value = raw * channel->scale + channel->offset;
    if (channel->is_thermistor)
        *value = thermistor_celsius(*value, channel->r25, channel->beta);
    return isfinite(*value) ? 0 : -1;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void round_over(sqlite3 *db, const struct config *config, int pack)
{
    int64_t now = now_ms();

    for (size_t i = 0; i < config->channels; i++) {
        const struct channel *channel = &config->channel[i];
        double value;
        if (read_channel(channel, &value))
            fprintf(stderr, "%s: no value from %s\n", channel->name, channel->path);
        else if (store_add(db, channel->name, now, value))
            fprintf(stderr, "%s: cannot be stored: %s\n", channel->name, sqlite3_errmsg(db));
        if (pack && store_pack(db, channel->name, now - (int64_t)config->batch_minutes * 60000))
            fprintf(stderr, "%s: cannot be packed: %s\n", channel->name, sqlite3_errmsg(db));
    }
}

int main(int argc, char **argv)
{
    static struct config config;
    struct timespec period;
    sqlite3 *db;

    if (config_load(argc > 1 ? argv[1] : "/etc/sensor-gateway/sampled.json", &config))
        return EXIT_FAILURE;
    db = store_open(config.database);
    if (!db)
        return EXIT_FAILURE;
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    period = (struct timespec){config.period_ms / 1000, (long)(config.period_ms % 1000) * 1000000};
    for (unsigned long rounds = 0; !stop; rounds++) {
        round_over(db, &config, rounds % PACK_EVERY == 0);
        nanosleep(&period, NULL);
    }
    sqlite3_close(db);
    return EXIT_SUCCESS;
}
