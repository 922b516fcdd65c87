/* Reads the free space of the disk and the descriptions of the streams in a JetStream store. */
#include "bus/server_store.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define GIBIBYTE INT64_C(1073741824)

enum { LARGEST_DESCRIPTION_BYTES = 65536 };

static const int64_t LARGEST_STORE = 64 * GIBIBYTE;

/* Bytes on disk below `directory`. */
static int64_t used_bytes(const char *directory)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", directory);
    char *const roots[] = {path, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (walk == NULL)
        return 0;
    int64_t bytes = 0;
    for (FTSENT *entry = fts_read(walk); entry != NULL; entry = fts_read(walk))
        if (entry->fts_info == FTS_F)
            bytes += (int64_t)entry->fts_statp->st_blocks * 512;
    fts_close(walk);
    return bytes;
}

/* What the description of one stream (`meta.inf`) reserves; 0 when it reserves nothing or cannot be read. */
static int64_t reserved_by(const char *description)
{
    FILE *file = fopen(description, "re");
    if (file == NULL)
        return 0;
    char *text = malloc(LARGEST_DESCRIPTION_BYTES);
    size_t length = text == NULL ? 0 : fread(text, 1, LARGEST_DESCRIPTION_BYTES, file);
    fclose(file);
    cJSON *json = cJSON_ParseWithLength(text, length);
    double max_bytes = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "max_bytes"));
    const char *storage = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "storage"));
    bool on_disk = storage == NULL || strcmp(storage, "file") == 0;
    int64_t bytes = on_disk && max_bytes > 0 && max_bytes < 9e18 ? (int64_t)max_bytes : 0;
    cJSON_Delete(json);
    free(text);
    return bytes;
}

/* The sum of what all streams in the store reserve. */
static int64_t reserved_bytes(const char *directory)
{
    char streams[3072];
    snprintf(streams, sizeof streams, "%s/jetstream/$G/streams", directory);
    DIR *list = opendir(streams);
    if (list == NULL)
        return 0;
    int64_t bytes = 0;
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        char description[4096];
        snprintf(description, sizeof description, "%s/%s/meta.inf", streams, entry->d_name);
        bytes += reserved_by(description);
    }
    closedir(list);
    return bytes;
}

int64_t server_store_limit(const char *directory)
{
    char parent[4096];
    snprintf(parent, sizeof parent, "%s", directory);
    char *slash = strrchr(parent, '/');
    if (slash != NULL)
        *slash = '\0';
    struct statvfs disk;
    int64_t free_bytes = GIBIBYTE;
    if (statvfs(directory, &disk) == 0 || statvfs(parent, &disk) == 0)
        free_bytes = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;

    int64_t limit = (free_bytes + used_bytes(directory)) / 10 * 9;
    if (limit > LARGEST_STORE)
        limit = LARGEST_STORE;
    int64_t reserved = reserved_bytes(directory);
    /* Streams without a limit of their own need room beside those that have reserved theirs. */
    int64_t least = reserved + reserved / 8;
    return limit > least ? limit : least;
}
