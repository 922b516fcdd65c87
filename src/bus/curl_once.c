/* See curl_once.h. */
#include "bus/curl_once.h"

#include <curl/curl.h>
#include <pthread.h>

static void start(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

void curl_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start);
}
