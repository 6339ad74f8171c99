#ifndef C_BATCH_UDP_H
#define C_BATCH_UDP_H

/* Many datagrams a system call, over one IPv4 and one IPv6 socket that are connected to nobody.
   Swift's Glibc module shows neither epoll nor recvmmsg nor the error queue; that, and nothing else,
   is what stands here. One thread owns a batch; only batch_udp_wake may be called by others. */

#include <stddef.h>
#include <stdint.h>

/* Datagrams a call, each way. */
#define BATCH_UDP_COUNT 64
/* Room for one datagram: the largest that UDP can carry, so that nothing is ever cut by us. */
#define BATCH_UDP_BYTES 65536

/* An address in host order: IPv4 in the lower half of `low`, IPv6 in both words. */
typedef struct batch_udp_peer {
    uint64_t high;
    uint64_t low;
    uint32_t scope;
    uint16_t port;
    uint8_t is_ipv6;
} batch_udp_peer;

/* What the network said about a datagram of ours (RFC 792, RFC 4443), as the kernel queued it. */
typedef struct batch_udp_fault {
    batch_udp_peer peer; /* where the datagram was going */
    int32_t code;        /* the errno that the kernel made of it */
    int32_t is_from_network;
    const uint8_t *quote; /* the beginning of the datagram, as far as it was quoted */
    size_t quote_bytes;
} batch_udp_fault;

/* What batch_udp_wait found, as bits. */
#define BATCH_UDP_WOKEN 1
#define BATCH_UDP_READ_IPV4 2
#define BATCH_UDP_READ_IPV6 4
#define BATCH_UDP_FAULT_IPV4 8
#define BATCH_UDP_FAULT_IPV6 16
#define BATCH_UDP_WRITE_IPV4 32
#define BATCH_UDP_WRITE_IPV6 64

typedef struct batch_udp batch_udp;

/* Opens the sockets with the receive buffer asked for (as much of it as the system grants).
   Returns 0, or the errno of the step named by *step. A machine without IPv6 is no error. */
int batch_udp_open(batch_udp **opened, int receive_buffer_bytes, const char **step);
void batch_udp_close(batch_udp *batch);
int batch_udp_has_ipv6(const batch_udp *batch);

/* Waits until something is ready, at most `limit_ms` (negative: for ever). Returns the bits above,
   0 after the limit or a signal, or the negated errno. */
int batch_udp_wait(batch_udp *batch, int limit_ms);
/* Asks to hear when the socket can take datagrams again, or no more. */
void batch_udp_want_write(batch_udp *batch, int is_ipv6, int is_wanted);

int batch_udp_waker(const batch_udp *batch);
/* Ends the present or next wait. Any thread, while the batch lives. */
void batch_udp_wake(int waker);

/* Takes up to BATCH_UDP_COUNT datagrams. Returns how many, 0 when none is there, or the negated errno.
   They can be looked at until the next call. */
int batch_udp_receive(batch_udp *batch, int is_ipv6);
const uint8_t *batch_udp_received(const batch_udp *batch, int index, size_t *bytes, batch_udp_peer *peer);

/* Takes one report of the error queue. Returns 1, or 0 when there is none. */
int batch_udp_fault_next(batch_udp *batch, int is_ipv6, batch_udp_fault *fault);

/* Room for the datagram at `index` of the next send. */
uint8_t *batch_udp_room(batch_udp *batch, int index);
void batch_udp_stage(batch_udp *batch, int index, size_t bytes, batch_udp_peer peer);
/* Sends the staged datagrams [first, first + count). Returns how many went, or, when the first of them
   did not, the negated errno. */
int batch_udp_send(batch_udp *batch, int is_ipv6, int first, int count);

#endif
