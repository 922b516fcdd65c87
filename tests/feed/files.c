/* See files.h. */
#include "files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static char directory[64];

void files_setup(void)
{
    strcpy(directory, "/tmp/tapedeck-feed-XXXXXX");
    assert_non_null(mkdtemp(directory));
}

void files_teardown(void)
{
    DIR *entries = opendir(directory);
    assert_non_null(entries);
    struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) {
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(entries), entry->d_name, 0);
    }
    closedir(entries);
    assert_int_equal(rmdir(directory), 0);
}

void files_path(char path[PATH_SIZE], const char *name)
{
    snprintf(path, PATH_SIZE, "%s/%s", directory, name);
}

static void write_zstd(const char *path, const char *bytes, size_t length)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t size = ZSTD_compressBound(length);
    char *packed = malloc(size);
    assert_true(context != NULL && packed != NULL);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    size_t count = ZSTD_compress2(context, packed, size, bytes, length);
    assert_false(ZSTD_isError(count));
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(packed, 1, count, file), count);
    fclose(file);
    free(packed);
    ZSTD_freeCCtx(context);
}

void files_write(const char *name, const char *bytes, size_t length, enum files_packing packing)
{
    char path[PATH_SIZE];
    files_path(path, name);
    if (packing == FILES_ZSTD) {
        write_zstd(path, bytes, length);
        return;
    }
    gzFile file = gzopen(path, packing == FILES_GZIP ? "wb" : "wbT");
    assert_non_null(file);
    assert_true(length == 0 || gzwrite(file, bytes, (unsigned)length) == (int)length);
    assert_int_equal(gzclose(file), Z_OK);
}

char *files_sample(size_t *length)
{
    char path[PATH_SIZE];
    const char *source = getenv("TAPEDECK_SOURCE_DIR");
    snprintf(path, sizeof path, "%s/tests/feed/sample.txt", source == NULL ? "." : source);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open %s; TAPEDECK_SOURCE_DIR names the project", path);
    char *text = malloc(65536);
    assert_non_null(text);
    *length = fread(text, 1, 65535, file);
    text[*length] = '\0';
    fclose(file);
    return text;
}

bool files_shared(char path[PATH_SIZE], const char *name)
{
    const char *source = getenv("TAPEDECK_SOURCE_DIR");
    snprintf(path, PATH_SIZE, "%s/../shared/data/%s", source == NULL ? "." : source, name);
    if (access(path, R_OK) == 0)
        return true;
    print_message("SKIP: the recording %s is not there\n", path);
    return false;
}
