/* Members of the JSON that the server answers with. What is missing counts as nothing: versions differ. */
#ifndef BUS_SERVER_JSON_H
#define BUS_SERVER_JSON_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

/* A count; 0 when it is missing, negative or no number. */
uint64_t server_json_count(const cJSON *object, const char *key);
/* The same, at most UINT32_MAX. */
uint32_t server_json_small_count(const cJSON *object, const char *key);

/* A text, made safe to show; "" when it is missing. */
void server_json_text(const cJSON *object, const char *key, char *text, size_t size);

/* NULL when it is missing, or there is no object. */
const cJSON *server_json_member(const cJSON *object, const char *key);

#endif
