/* A list under a mutex. The one who takes empties it at once into a list of its own, so that he takes the mutex once
 * for a burst and not once for a message. */
#include "feed/mailbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct item {
    struct item *next;
    struct mail mail; /* its text stands behind it */
    char text[];
};

struct mailbox {
    size_t bytes_max;
    void (*wake)(void *context);
    void *context;

    pthread_mutex_t mutex;
    struct item *first, **end; /* under the mutex; `end` is where the next one is put */
    size_t bytes;              /* under the mutex: of the texts that wait, those of `taken` included */

    struct item *taken, *current; /* the taker's: what he has yet to hand out, and what he handed out last */
};

struct mailbox *mailbox_create(size_t bytes_max, void (*wake)(void *context), void *context)
{
    struct mailbox *mailbox = calloc(1, sizeof *mailbox);
    if (mailbox == NULL)
        abort();
    mailbox->bytes_max = bytes_max;
    mailbox->wake = wake;
    mailbox->context = context;
    mailbox->end = &mailbox->first;
    pthread_mutex_init(&mailbox->mutex, NULL);
    return mailbox;
}

static void free_list(struct item *item)
{
    while (item != NULL) {
        struct item *next = item->next;
        free(item);
        item = next;
    }
}

void mailbox_destroy(struct mailbox *mailbox)
{
    if (mailbox == NULL)
        return;
    free_list(mailbox->first);
    free_list(mailbox->taken);
    free(mailbox->current);
    pthread_mutex_destroy(&mailbox->mutex);
    free(mailbox);
}

bool mailbox_put(struct mailbox *mailbox, const struct mail *mail)
{
    struct item *item = malloc(sizeof *item + mail->length + 1);
    if (item == NULL)
        abort();
    item->next = NULL;
    item->mail = *mail;
    item->mail.text = item->text;
    if (mail->length > 0)
        memcpy(item->text, mail->text, mail->length);
    item->text[mail->length] = '\0';
    bool must_fit = mail->kind != MAIL_CLOSED && mail->kind != MAIL_CONNECTED;
    pthread_mutex_lock(&mailbox->mutex);
    bool fits = !must_fit || mailbox->bytes + mail->length <= mailbox->bytes_max;
    bool was_empty = mailbox->first == NULL;
    if (fits) {
        *mailbox->end = item;
        mailbox->end = &item->next;
        mailbox->bytes += mail->length;
    }
    pthread_mutex_unlock(&mailbox->mutex);
    if (!fits)
        free(item);
    else if (was_empty)
        mailbox->wake(mailbox->context);
    return fits;
}

bool mailbox_take(struct mailbox *mailbox, struct mail *mail)
{
    size_t done = mailbox->current != NULL ? mailbox->current->mail.length : 0;
    free(mailbox->current);
    mailbox->current = NULL;
    pthread_mutex_lock(&mailbox->mutex);
    mailbox->bytes -= done;
    if (mailbox->taken == NULL) {
        mailbox->taken = mailbox->first;
        mailbox->first = NULL;
        mailbox->end = &mailbox->first;
    }
    pthread_mutex_unlock(&mailbox->mutex);
    if (mailbox->taken == NULL)
        return false;
    mailbox->current = mailbox->taken;
    mailbox->taken = mailbox->current->next;
    *mail = mailbox->current->mail;
    return true;
}
