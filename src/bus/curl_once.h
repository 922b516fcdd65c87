/* libcurl's own beginning, once in a process whoever comes first. Any thread. */
#ifndef BUS_CURL_ONCE_H
#define BUS_CURL_ONCE_H

void curl_once(void);

#endif
