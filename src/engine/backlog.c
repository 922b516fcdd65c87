/* A ring. What lands is nearly always the oldest entry, so that a search from there finds it at once. */
#include "engine/backlog.h"

#include <stdlib.h>
#include <string.h>

#include "core/subject.h"

enum { FIRST_CAPACITY = 64 };

static struct proposal *at(const struct backlog *backlog, size_t index)
{
    return &backlog->items[(backlog->first + index) % backlog->capacity];
}

void backlog_free(struct backlog *backlog)
{
    free(backlog->items);
    *backlog = (struct backlog){0};
}

static void grow(struct backlog *backlog)
{
    size_t capacity = backlog->capacity == 0 ? FIRST_CAPACITY : backlog->capacity * 2;
    struct proposal *items = malloc(capacity * sizeof *items);
    if (items == NULL)
        abort();
    for (size_t i = 0; i < backlog->count; i++)
        items[i] = *at(backlog, i);
    free(backlog->items);
    backlog->items = items;
    backlog->first = 0;
    backlog->capacity = capacity;
}

void backlog_add(struct backlog *backlog, const struct proposal *proposal)
{
    if (backlog->count == BACKLOG_MAX) {
        backlog->first = (backlog->first + 1) % backlog->capacity;
        backlog->count--;
        backlog->dropped++;
    }
    if (backlog->count == backlog->capacity)
        grow(backlog);
    *at(backlog, backlog->count++) = *proposal;
}

void backlog_landed(struct backlog *backlog, const struct event *event)
{
    char landed[MESSAGE_ID_SIZE], id[MESSAGE_ID_SIZE];
    if (backlog->count == 0)
        return;
    message_id_of(event, landed);
    for (size_t i = 0; i < backlog->count; i++) {
        message_id_of(&at(backlog, i)->event, id);
        if (strcmp(id, landed) != 0)
            continue;
        /* Those before it keep their order: they move up by one. */
        for (size_t j = i; j > 0; j--)
            *at(backlog, j) = *at(backlog, j - 1);
        backlog->first = (backlog->first + 1) % backlog->capacity;
        backlog->count--;
        return;
    }
}

bool backlog_take(struct backlog *backlog, struct proposal *proposal)
{
    if (backlog->count == 0)
        return false;
    *proposal = *at(backlog, 0);
    backlog->first = (backlog->first + 1) % backlog->capacity;
    backlog->count--;
    return true;
}
