/* Proposals on their way to the tape and back: a hash by key for the rule "one at a time", a hash by cookie for the
 * server's answers. */
#include "engine/in_flight.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "core/text.h"

struct flight {
    char key[FLIGHT_KEY_SIZE];
    char message_id[MESSAGE_ID_SIZE];
    uint64_t cookie;
    uint64_t answered_sequence; /* 0 while the server has not answered */
    struct event event;
    UT_hash_handle by_key, by_cookie;
};

struct in_flight {
    struct flight *by_key, *by_cookie;
};

struct in_flight *in_flight_create(void)
{
    struct in_flight *table = calloc(1, sizeof *table);
    assert(table != NULL);
    return table;
}

static void end(struct in_flight *table, struct flight *flight)
{
    HASH_DELETE(by_key, table->by_key, flight);
    HASH_DELETE(by_cookie, table->by_cookie, flight);
    free(flight);
}

void in_flight_destroy(struct in_flight *table)
{
    if (table == NULL)
        return;
    struct flight *flight, *next;
    HASH_ITER(by_key, table->by_key, flight, next) end(table, flight);
    free(table);
}

bool flight_key(const struct event *event, char key[FLIGHT_KEY_SIZE])
{
    if (event->kind == EVENT_EXPOSURE || event->kind == EVENT_QUOTE)
        return false;
    const char *order_id = event_order_id(event);
    if (order_id != NULL) {
        text_copy(key, FLIGHT_KEY_SIZE, order_id);
        return true;
    }
    if (event->kind == EVENT_ALERT) {
        /* An alert's id ends in the time it was raised; the condition is what stands before. */
        text_copy(key, FLIGHT_KEY_SIZE, event->alert.alert_id);
        char *time = strrchr(key, ':');
        if (time != NULL)
            *time = '\0';
        return true;
    }
    char id[MESSAGE_ID_SIZE];
    message_id_of(event, id);
    text_copy(key, FLIGHT_KEY_SIZE, id);
    return true;
}

static struct flight *find_key(const struct in_flight *table, const char *key)
{
    struct flight *flight;
    HASH_FIND(by_key, table->by_key, key, strlen(key), flight);
    return flight;
}

static struct flight *find_cookie(const struct in_flight *table, uint64_t cookie)
{
    struct flight *flight;
    HASH_FIND(by_cookie, table->by_cookie, &cookie, sizeof cookie, flight);
    return flight;
}

bool in_flight_has(const struct in_flight *table, const char *key)
{
    return find_key(table, key) != NULL;
}

size_t in_flight_count(const struct in_flight *table)
{
    return HASH_CNT(by_key, table->by_key);
}

size_t in_flight_unanswered(const struct in_flight *table)
{
    size_t count = 0;
    for (const struct flight *flight = table->by_key; flight != NULL; flight = flight->by_key.next)
        count += flight->answered_sequence == 0;
    return count;
}

void in_flight_add(struct in_flight *table, const char *key, uint64_t cookie, const struct event *event)
{
    assert(find_key(table, key) == NULL);
    struct flight *flight = calloc(1, sizeof *flight);
    assert(flight != NULL);
    text_copy(flight->key, sizeof flight->key, key);
    message_id_of(event, flight->message_id);
    flight->cookie = cookie;
    flight->event = *event;
    HASH_ADD(by_key, table->by_key, key, strlen(flight->key), flight);
    HASH_ADD(by_cookie, table->by_cookie, cookie, sizeof flight->cookie, flight);
}

bool in_flight_answered(struct in_flight *table, uint64_t cookie, uint64_t sequence)
{
    struct flight *flight = find_cookie(table, cookie);
    if (flight == NULL)
        return false;
    flight->answered_sequence = sequence;
    return true;
}

const struct event *in_flight_event(const struct in_flight *table, uint64_t cookie)
{
    const struct flight *flight = find_cookie(table, cookie);
    return flight != NULL ? &flight->event : NULL;
}

void in_flight_end(struct in_flight *table, uint64_t cookie)
{
    struct flight *flight = find_cookie(table, cookie);
    if (flight != NULL)
        end(table, flight);
}

bool in_flight_landed(struct in_flight *table, const struct event *event)
{
    char key[FLIGHT_KEY_SIZE], id[MESSAGE_ID_SIZE];
    if (in_flight_count(table) == 0 || !flight_key(event, key))
        return false;
    struct flight *flight = find_key(table, key);
    if (flight == NULL)
        return false;
    message_id_of(event, id);
    if (strcmp(flight->message_id, id) != 0)
        return false;
    end(table, flight);
    return true;
}

size_t in_flight_sweep(struct in_flight *table, uint64_t sequence)
{
    size_t swept = 0;
    struct flight *flight, *next;
    HASH_ITER(by_key, table->by_key, flight, next)
    {
        if (flight->answered_sequence == 0 || flight->answered_sequence > sequence)
            continue;
        end(table, flight);
        swept++;
    }
    return swept;
}
