/* The file, and whether it may be one that exists. */
#include "app/record_options.h"

#include <stdlib.h>
#include <string.h>

#include "app/paths.h"
#include "app/value.h"

int record_options_output(struct options *options, const char *text, struct error *error)
{
    char path[PATHS_SIZE];

    if (text[0] == '\0')
        return error_set(error, ERROR_USAGE, "the value is empty");
    if (paths_absolute(path, text, error) != 0)
        return -1;
    free(options->record.output);
    options->record.output = strdup(path);
    if (options->record.output == NULL)
        abort();
    return 0;
}

int record_options_force(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->record.force, error);
}

int record_options_check(const struct options *options, struct error *error)
{
    if (options->record.output == NULL)
        return error_set(error, ERROR_USAGE, "record needs a file: tapedeck record 'md.>' -o FILE");
    return 0;
}
