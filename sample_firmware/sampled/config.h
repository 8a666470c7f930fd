/* sampled.json as values. */
#ifndef SAMPLED_CONFIG_H
#define SAMPLED_CONFIG_H

#include <stddef.h>

#define MAX_CHANNELS 64

/* One analogue input, read through sysfs (hwmon or iio). */
struct channel {
    char name[64];
    char path[256];
    double scale;        /* raw value to the SI unit */
    double offset;       /* added after scaling */
    int is_thermistor;   /* then scale gives ohms, turned into degrees Celsius */
    double r25, beta;    /* thermistor: ohms at 25 degrees Celsius, B parameter in kelvin */
};

struct config {
    char database[256];
    unsigned period_ms;
    unsigned batch_minutes; /* samples older than this are packed */
    size_t channels;
    struct channel channel[MAX_CHANNELS];
};

/* Reads the file at path. Returns 0, or -1 after saying on stderr what is wrong. */
int config_load(const char *path, struct config *out);

#endif
