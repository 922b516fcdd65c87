/* The texts of --help and --version. */
#ifndef APP_USAGE_H
#define APP_USAGE_H

#include <stdio.h>

void usage_print(FILE *out);
void usage_print_version(FILE *out);

#endif
