/* The time zones of the system, by their names: America/New_York. */
#ifndef APP_ZONE_FILE_H
#define APP_ZONE_FILE_H

#include <stdbool.h>

enum { ZONE_RULE_SIZE = 80 };

/* Reads the rule that a zone goes by from now on, as POSIX writes it in TZ (core/time_zone.h). False when the system
 * has no zone of this name. Reads a file. */
bool zone_file_rule(const char *name, char rule[ZONE_RULE_SIZE]);

#endif
