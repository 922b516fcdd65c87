/* Nearly all answers say "stored", so that these are scanned without building a tree. */
#include "bus/publisher_ack.h"

#include <cjson/cJSON.h>
#include <nats/nats.h>
#include <stdio.h>
#include <string.h>

#include "bus/tape_internal.h"
#include "core/text.h"

/* The number behind `"seq":`; false when there is none. */
static bool scan_sequence(const char *text, size_t bytes, uint64_t *sequence)
{
    static const char KEY[] = "\"seq\":";
    const char *end = text + bytes;
    const char *at = memmem(text, bytes, KEY, sizeof KEY - 1);
    if (at == NULL)
        return false;
    at += sizeof KEY - 1;
    while (at < end && *at == ' ')
        at++;
    uint64_t value = 0;
    const char *first = at;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *at - '0', &value))
            return false;
    *sequence = value;
    return at > first;
}

static struct publisher_ack refused(const char *problem)
{
    struct publisher_ack ack = {.status = PUBLISH_REFUSED};
    text_clean(ack.problem, sizeof ack.problem, problem, strlen(problem));
    return ack;
}

static struct publisher_ack parse_error(const cJSON *json)
{
    double code = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "err_code"));
    const char *description = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "description"));
    char problem[256];
    if (code >= 1 && code <= 99999)
        snprintf(problem, sizeof problem, "%s (error %d)", description != NULL ? description : "refused", (int)code);
    else
        snprintf(problem, sizeof problem, "%s", description != NULL ? description : "refused by the stream");
    struct publisher_ack ack = refused(problem);
    if (code == JSStreamWrongLastSequenceErr)
        ack.status = PUBLISH_FENCED;
    ack.again = code == JSClusterNotAvailErr || code == JSClusterNotLeaderErr;
    ack.full = tape_code_is_full((int)code);
    return ack;
}

struct publisher_ack publisher_ack_parse(const char *text, size_t bytes)
{
    uint64_t sequence;
    bool error = memmem(text, bytes, "\"error\"", 7) != NULL;
    if (!error && bytes > 0 && text[0] == '{' && scan_sequence(text, bytes, &sequence) && sequence > 0) {
        bool duplicate = memmem(text, bytes, "\"duplicate\":true", 16) != NULL ||
                         memmem(text, bytes, "\"duplicate\": true", 17) != NULL;
        return (struct publisher_ack){.status = duplicate ? PUBLISH_DUPLICATE : PUBLISH_STORED, .sequence = sequence};
    }
    cJSON *json = cJSON_ParseWithLength(text, bytes);
    const cJSON *problem = cJSON_GetObjectItemCaseSensitive(json, "error");
    struct publisher_ack ack =
        cJSON_IsObject(problem) ? parse_error(problem) : refused("the answer did not come from a stream");
    cJSON_Delete(json);
    return ack;
}
