/* The peer "net-snmp": one libsnmp session with a socket of its own for each device, asynchronous, a window of requests
   outstanding.

       peer-netsnmp PORT DEVICES WINDOW SECONDS get|bulk 2|3

   Prints one line of JSON: requests, values, and this process's own processor time, after everybody's first answer. */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/library/snmp_transport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

static void **sessions;
static int devices, next_device, is_bulk, is_over;
static long requests, values, timeouts;

static const oid scalar[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const oid columns[6][12] = {
    {1, 3, 6, 1, 2, 1, 2, 2, 1, 8},      {1, 3, 6, 1, 2, 1, 2, 2, 1, 14},     {1, 3, 6, 1, 2, 1, 2, 2, 1, 20},
    {1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6},  {1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 10}, {1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 15},
};
static const size_t lengths[6] = {10, 10, 10, 11, 11, 11};

static int take(int operation, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *argument);

static void ask(int device) {
    netsnmp_pdu *pdu = snmp_pdu_create(is_bulk ? SNMP_MSG_GETBULK : SNMP_MSG_GET);
    snmp_add_null_var(pdu, scalar, is_bulk ? 8 : 9);
    for (int i = 0; i < (is_bulk ? 6 : 5); i++) {
        oid name[12];
        memcpy(name, columns[i], sizeof name);
        if (!is_bulk) name[lengths[i]] = 1;
        snmp_add_null_var(pdu, name, lengths[i] + (is_bulk ? 0 : 1));
    }
    if (is_bulk) pdu->non_repeaters = 1, pdu->max_repetitions = 10;
    if (snmp_sess_async_send(sessions[device], pdu, take, (void *)(long)device) == 0) snmp_free_pdu(pdu), timeouts++;
}

static int take(int operation, netsnmp_session *session, int id, netsnmp_pdu *pdu, void *argument) {
    (void)session, (void)id, (void)argument;
    if (operation == NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE) {
        requests++;
        for (netsnmp_variable_list *at = pdu->variables; at != NULL; at = at->next_variable) values++;
    } else {
        timeouts++;
    }
    if (!is_over) ask(next_device), next_device = (next_device + 1) % devices;
    return 1;
}

static void *open_session(int device, int port, int version) {
    netsnmp_session session;
    char peer[64];
    snmp_sess_init(&session);
    snprintf(peer, sizeof peer, "udp:127.1.%d.%d:%d", device / 256, device % 256, port);
    session.peername = peer, session.timeout = 1000000, session.retries = 3;
    if (version == 2) {
        session.version = SNMP_VERSION_2c;
        session.community = (u_char *)"public", session.community_len = 6;
        return snmp_sess_open(&session);
    }
    static u_char authentication[USM_AUTH_KU_LEN], privacy[USM_PRIV_KU_LEN];
    static size_t authentication_length, privacy_length;
    session.version = SNMP_VERSION_3, session.securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
    session.securityName = "bench", session.securityNameLen = 5;
    session.securityAuthProto = (oid *)usmHMAC192SHA256AuthProtocol;
    session.securityAuthProtoLen = OID_LENGTH(usmHMAC192SHA256AuthProtocol);
    session.securityPrivProto = (oid *)usmAESPrivProtocol, session.securityPrivProtoLen = OID_LENGTH(usmAESPrivProtocol);
    if (authentication_length == 0) {
        authentication_length = sizeof authentication, privacy_length = sizeof privacy;
        generate_Ku(session.securityAuthProto, session.securityAuthProtoLen, (u_char *)"benchbench", 10, authentication,
                    &authentication_length);
        generate_Ku(session.securityAuthProto, session.securityAuthProtoLen, (u_char *)"benchbench", 10, privacy,
                    &privacy_length);
    }
    memcpy(session.securityAuthKey, authentication, authentication_length);
    memcpy(session.securityPrivKey, privacy, privacy_length);
    session.securityAuthKeyLen = authentication_length, session.securityPrivKeyLen = privacy_length;
    return snmp_sess_open(&session);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    if (argc != 7) return fprintf(stderr, "peer-netsnmp PORT DEVICES WINDOW SECONDS get|bulk 2|3\n"), 2;
    int port = atoi(argv[1]), window = atoi(argv[3]), version = atoi(argv[6]);
    double limit = atof(argv[4]);
    devices = atoi(argv[2]), is_bulk = strcmp(argv[5], "bulk") == 0;
    setenv("MIBS", "", 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    init_snmp("peer");
    sessions = calloc((size_t)devices, sizeof *sessions);
    int poller = epoll_create1(0);
    if (sessions == NULL || poller < 0) return 3;
    for (int i = 0; i < devices; i++) {
        sessions[i] = open_session(i, port, version);
        if (sessions[i] == NULL) return fprintf(stderr, "peer-netsnmp: session %d cannot be opened\n", i), 3;
        struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = (uint32_t)i}};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, snmp_sess_transport(sessions[i])->sock, &event) != 0) return 3;
    }
    netsnmp_large_fd_set ready;
    netsnmp_large_fd_set_init(&ready, devices + 64);
    for (; next_device < window && next_device < devices; next_device++) ask(next_device);
    next_device %= devices;
    struct rusage before = {0}, after;
    double start = 0, swept = seconds();
    long first_requests = 0, first_values = 0, first_timeouts = 0;
    while (!is_over) {
        struct epoll_event events[256];
        int n = epoll_wait(poller, events, 256, 100);
        for (int i = 0; i < n; i++) {
            void *session = sessions[events[i].data.u32];
            int descriptor = snmp_sess_transport(session)->sock;
            NETSNMP_LARGE_FD_SET(descriptor, &ready);
            snmp_sess_read2(session, &ready);
            NETSNMP_LARGE_FD_CLR(descriptor, &ready);
        }
        double now = seconds();
        if (now - swept >= 1) {
            for (int i = 0; i < devices; i++) snmp_sess_timeout(sessions[i]);
            swept = now;
        }
        if (start == 0 && requests >= devices) {
            getrusage(RUSAGE_SELF, &before);
            start = now, first_requests = requests, first_values = values, first_timeouts = timeouts;
        }
        is_over = start > 0 && now - start >= limit;
    }
    getrusage(RUSAGE_SELF, &after);
    double elapsed = seconds() - start;
    printf("{\"requests\": %ld, \"values\": %ld, \"unanswered\": %ld, \"seconds\": %.3f, \"user_us\": %.0f, \"system_us\": %.0f}\n",
           requests - first_requests, values - first_values, timeouts - first_timeouts, elapsed,
           (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1e6 + (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec),
           (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1e6 + (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec));
    return 0;
}
