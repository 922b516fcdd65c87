/* --print-config: every key with its value and where that came from, in a form that can be read back. */
#include <stdlib.h>
#include <string.h>

#include "app/option_table.h"
#include "app/options.h"
#include "app/sections.h"

static void print_value(const struct option_spec *spec, const char *text, const char *origin, FILE *out)
{
    char key[OPTION_KEY_SIZE];
    int width = 37 - (int)strlen(spec->name);

    option_key(spec, key);
    if (text == NULL)
        fprintf(out, "; %s is not set\n", key);
    else if ((spec->traits & OPTION_SECRET) != 0)
        fprintf(out, "; %s is set, but not shown ; %s\n", key, origin);
    else
        fprintf(out, "%s = %-*s ; %s\n", key, width, text, origin);
}

/* What an option came to: paths are shown absolute. */
static const char *text_of(const struct options *options, const struct option_spec *spec)
{
    if (strcmp(spec->name, "state-dir") == 0)
        return options->state_dir;
    if (strcmp(spec->name, "log-file") == 0)
        return options->log_file;
    return options->values[spec - OPTION_TABLE].text;
}

static void print_deck(const struct options *options, FILE *out)
{
    fputs("[deck]\n", out);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *spec = &OPTION_TABLE[i];
        const struct option_value *value = &options->values[i];

        if ((spec->traits & OPTION_CONFIGURABLE) == 0)
            continue;
        if (value->text != NULL && strcmp(spec->name, "server") == 0) {
            char *masked = value_masked_servers(value->text);
            print_value(spec, masked, value->origin, out);
            free(masked);
        } else {
            print_value(spec, text_of(options, spec), value->origin, out);
        }
    }
}

void options_print(const struct options *options, FILE *out)
{
    fputs("; The settings in force. Command line over environment over user's file over system's file over "
          "built-in.\n",
          out);
    for (size_t i = 0; i < options->config.file_count; i++)
        fprintf(out, "; read: %s\n", options->config.files[i]);
    fputc('\n', out);
    print_deck(options, out);
    sections_print(options, out);
}
