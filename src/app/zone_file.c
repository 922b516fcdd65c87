/* A file of the time zone database ends in a line with the rule for all times behind its table (RFC 8536, 3.3). */
#include "app/zone_file.h"

#include <stdio.h>
#include <string.h>

#define ZONE_DIRECTORY "/usr/share/zoneinfo"

/* A name that stays in the directory of the zones. */
static bool is_name(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";

    return name[0] != '\0' && name[0] != '/' && name[strspn(name, letters)] == '\0';
}

bool zone_file_rule(const char *name, char rule[ZONE_RULE_SIZE])
{
    char path[256], end[ZONE_RULE_SIZE + 2];

    if (!is_name(name) || snprintf(path, sizeof(path), ZONE_DIRECTORY "/%s", name) >= (int)sizeof(path))
        return false;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    size_t length = 0;
    char magic[4] = "";
    bool is_zone = fread(magic, 1, sizeof(magic), file) == sizeof(magic) && memcmp(magic, "TZif", sizeof(magic)) == 0;
    if (is_zone && fseek(file, -(long)(sizeof(end) - 1), SEEK_END) == 0)
        length = fread(end, 1, sizeof(end) - 1, file);
    fclose(file);
    end[length] = '\0';
    if (length < 2 || end[length - 1] != '\n')
        return false;
    end[length - 1] = '\0';
    const char *line = memrchr(end, '\n', length - 1);
    if (line == NULL)
        return false;
    snprintf(rule, ZONE_RULE_SIZE, "%s", line + 1);
    return true;
}
