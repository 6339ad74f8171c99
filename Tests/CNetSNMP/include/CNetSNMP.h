#ifndef CNETSNMP_H
#define CNETSNMP_H

#include <stddef.h>
#include <stdint.h>

/* What libsnmp reads in a community message, as text: a line for the message, a line for each binding; NULL when it refuses
   the message. The caller frees it. One call at a time: libsnmp has no locks. */
char *netsnmp_reading(const uint8_t *bytes, size_t count);

#endif
