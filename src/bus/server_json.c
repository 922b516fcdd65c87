/* See server_json.h. */
#include "bus/server_json.h"

#include <string.h>

#include "core/text.h"

uint64_t server_json_count(const cJSON *object, const char *key)
{
    double value = cJSON_GetNumberValue(server_json_member(object, key));
    if (!(value > 0))
        return 0;
    return value < 18446744073709551616.0 ? (uint64_t)value : UINT64_MAX;
}

uint32_t server_json_small_count(const cJSON *object, const char *key)
{
    uint64_t count = server_json_count(object, key);
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

void server_json_text(const cJSON *object, const char *key, char *text, size_t size)
{
    const char *value = cJSON_GetStringValue(server_json_member(object, key));
    if (value == NULL)
        value = "";
    text_clean(text, size, value, strlen(value));
}

const cJSON *server_json_member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}
