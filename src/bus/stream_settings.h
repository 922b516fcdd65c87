/* The settings of a stream in words, and what differs from what was wanted. For the bus only. */
#ifndef BUS_STREAM_SETTINGS_H
#define BUS_STREAM_SETTINGS_H

#include <nats/nats.h>

#include "bus/stream.h"

/* Fills `settings` (STREAM_SETTINGS_MAX of them) from what is (NULL: no such stream) and what is wanted; returns how
 * many. A wanted duplicate window of 0 and 0 replicas stand for "any", which is no difference. */
int stream_settings_compare(struct stream_setting *settings, const jsStreamConfig *is, const jsStreamConfig *wanted);

/* "3 days", "2 min", "120 s", "12 ns"; the largest unit that divides it. 0 is "no limit". */
void stream_settings_duration(char text[STREAM_SETTING_SIZE], int64_t duration_ns);
/* "10 GiB", "256 MiB", "17 bytes"; 0 and below is "no limit". */
void stream_settings_bytes(char text[STREAM_SETTING_SIZE], int64_t bytes);

#endif
