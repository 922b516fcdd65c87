/* Stands for the screen test where libvterm is not installed. */
#include <stdio.h>

int main(void)
{
    puts("SKIP: the screen test needs libvterm (Debian: libvterm-dev)");
    return 0;
}
