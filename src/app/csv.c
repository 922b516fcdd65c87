/* Cells. */
#include "app/csv.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"

void csv_add_byte(struct csv_row *row, char byte)
{
    assert(row->length + 1 < row->size);
    row->text[row->length++] = byte;
    row->text[row->length] = '\0';
}

void csv_add_cell(struct csv_row *row, const char *text)
{
    bool quoted = strpbrk(text, ",\"") != NULL;

    if (row->length > 0 && row->text[row->length - 1] != '\n')
        csv_add_byte(row, ',');
    if (quoted)
        csv_add_byte(row, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            csv_add_byte(row, '"');
        csv_add_byte(row, *text);
    }
    if (quoted)
        csv_add_byte(row, '"');
}

/* Text without quotes and escapes, without what could move a terminal's cursor; an empty cell for null. */
static void add_value(struct csv_row *row, const struct json_value *value, char *scratch, size_t half)
{
    size_t length = value->length;

    if (value->type == JSON_NULL) {
        csv_add_cell(row, "");
        return;
    }
    if (value->type != JSON_STRING || !json_unescape(value, scratch, half, &length))
        memcpy(scratch, value->text, length = value->length);
    text_clean(scratch + half, half, scratch, length);
    csv_add_cell(row, scratch + half);
}

void csv_add_members(struct csv_row *row, const char *const *names, const char *object, size_t object_bytes,
                     char *scratch, size_t half)
{
    struct json_reader reader;
    struct json_value key, value, values[CSV_COLUMNS_MAX];
    bool present[CSV_COLUMNS_MAX] = {false};

    json_reader_init(&reader, object, object_bytes);
    while (json_reader_next(&reader, &key, &value)) {
        for (size_t i = 0; names[i] != NULL; i++) {
            assert(i < CSV_COLUMNS_MAX);
            if (strlen(names[i]) == key.length && memcmp(names[i], key.text, key.length) == 0) {
                values[i] = value;
                present[i] = true;
                break;
            }
        }
    }
    for (size_t i = 0; names[i] != NULL; i++) {
        if (present[i])
            add_value(row, &values[i], scratch, half);
        else
            csv_add_cell(row, "");
    }
}
