#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include "CNetSNMP.h"

static void hexadecimal(FILE *out, const u_char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) fprintf(out, "%02x", bytes[i]);
}

static void dotted(FILE *out, const oid *name, size_t count) {
    for (size_t i = 0; i < count; i++) fprintf(out, i == 0 ? "%lu" : ".%lu", (unsigned long)name[i]);
}

static void reverse_hexadecimal(FILE *out, const void *bytes, size_t count) {
    for (size_t i = count; i > 0; i--) fprintf(out, "%02x", ((const u_char *)bytes)[i - 1]);
}

static void value(FILE *out, const netsnmp_variable_list *at) {
    fprintf(out, "%02x:", at->type == ASN_UINTEGER ? ASN_GAUGE : at->type);
    switch (at->type) {
    case ASN_INTEGER: fprintf(out, "%ld", *at->val.integer); break;
    case ASN_COUNTER:
    case ASN_GAUGE:
    case ASN_UINTEGER:
    case ASN_TIMETICKS: fprintf(out, "%lu", (unsigned long)*at->val.integer); break;
    case ASN_COUNTER64:
        fprintf(out, "%llu", (unsigned long long)at->val.counter64->high << 32 | (unsigned long)at->val.counter64->low);
        break;
    case ASN_OBJECT_ID: dotted(out, at->val.objid, at->val_len / sizeof(oid)); break;
    case ASN_OPAQUE_FLOAT: reverse_hexadecimal(out, at->val.floatVal, sizeof(float)); break;
    case ASN_OPAQUE_DOUBLE: reverse_hexadecimal(out, at->val.doubleVal, sizeof(double)); break;
    case ASN_NULL:
    case SNMP_NOSUCHOBJECT:
    case SNMP_NOSUCHINSTANCE:
    case SNMP_ENDOFMIBVIEW: break;
    default: hexadecimal(out, at->val.string, at->val_len);
    }
}

char *netsnmp_reading(const uint8_t *bytes, size_t count) {
    static int is_quiet = 0;
    if (!is_quiet) {
        netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
        is_quiet = 1;
    }
    u_char *copy = malloc(count + 1);
    netsnmp_pdu *pdu = calloc(1, sizeof *pdu);
    char *text = NULL;
    if (copy != NULL && pdu != NULL) {
        memcpy(copy, bytes, count);
        u_char community[COMMUNITY_MAX_LEN];
        size_t community_count = sizeof community, rest = count;
        long version = 0;
        u_char *data = snmp_comstr_parse(copy, &rest, community, &community_count, &version);
        size_t size = 0;
        FILE *out = NULL;
        if (data != NULL && snmp_pdu_parse(pdu, data, &rest) == 0 && (out = open_memstream(&text, &size)) != NULL) {
            fprintf(out, "%ld ", version);
            hexadecimal(out, community, community_count);
            fprintf(out, " %02x %ld %ld %ld\n", (unsigned)pdu->command, pdu->reqid, pdu->errstat, pdu->errindex);
            for (const netsnmp_variable_list *at = pdu->variables; at != NULL; at = at->next_variable) {
                dotted(out, at->name, at->name_length);
                fputc(' ', out);
                value(out, at);
                fputc('\n', out);
            }
            fclose(out);
        }
    }
    if (pdu != NULL) snmp_free_pdu(pdu);
    free(copy);
    return text;
}
