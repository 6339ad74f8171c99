#define _GNU_SOURCE
#include "CBatchUDP.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define QUOTE_BYTES 2048

/* From one room to the next. Rooms a power of two apart would all begin in the same few sets of every cache, and push
   each other out; one datagram of an Ethernet further on, each finds its own. */
#define ROOM_STRIDE (BATCH_UDP_BYTES + 1536)
#define ROOMS_BYTES ((size_t)BATCH_UDP_COUNT * ROOM_STRIDE)

typedef union address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
} address;

/* The messages of one direction. The rooms are mapped, not allocated: a page that no datagram has
   touched costs no memory, so each may have the full size. */
typedef struct lane {
    uint8_t *rooms;
    struct mmsghdr headers[BATCH_UDP_COUNT];
    struct iovec vectors[BATCH_UDP_COUNT];
    address addresses[BATCH_UDP_COUNT];
} lane;

struct batch_udp {
    int sockets[2]; /* IPv4, IPv6; -1 where there is none */
    int poller;
    int waker;
    lane in;
    lane out;
    uint8_t quote[QUOTE_BYTES];
};

static batch_udp_peer peer_of(const address *from) {
    batch_udp_peer peer;
    memset(&peer, 0, sizeof peer);
    if (from->any.sa_family == AF_INET6) {
        const uint8_t *bytes = from->ipv6.sin6_addr.s6_addr;
        for (int i = 0; i < 8; i++) peer.high = peer.high << 8 | bytes[i];
        for (int i = 8; i < 16; i++) peer.low = peer.low << 8 | bytes[i];
        peer.scope = from->ipv6.sin6_scope_id;
        peer.port = ntohs(from->ipv6.sin6_port);
        peer.is_ipv6 = 1;
    } else {
        peer.low = ntohl(from->ipv4.sin_addr.s_addr);
        peer.port = ntohs(from->ipv4.sin_port);
    }
    return peer;
}

static socklen_t address_of(batch_udp_peer peer, address *to) {
    memset(to, 0, sizeof *to);
    if (!peer.is_ipv6) {
        to->ipv4.sin_family = AF_INET;
        to->ipv4.sin_addr.s_addr = htonl((uint32_t)peer.low);
        to->ipv4.sin_port = htons(peer.port);
        return sizeof to->ipv4;
    }
    to->ipv6.sin6_family = AF_INET6;
    for (int i = 0; i < 8; i++) {
        to->ipv6.sin6_addr.s6_addr[i] = (uint8_t)(peer.high >> (56 - 8 * i));
        to->ipv6.sin6_addr.s6_addr[8 + i] = (uint8_t)(peer.low >> (56 - 8 * i));
    }
    to->ipv6.sin6_scope_id = peer.scope;
    to->ipv6.sin6_port = htons(peer.port);
    return sizeof to->ipv6;
}

static int lane_open(lane *lane) {
    void *rooms = mmap(NULL, ROOMS_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (rooms == MAP_FAILED) return errno;
    lane->rooms = rooms;
    for (int i = 0; i < BATCH_UDP_COUNT; i++) {
        lane->vectors[i].iov_base = lane->rooms + (size_t)i * ROOM_STRIDE;
        lane->headers[i].msg_hdr.msg_iov = &lane->vectors[i];
        lane->headers[i].msg_hdr.msg_iovlen = 1;
        lane->headers[i].msg_hdr.msg_name = &lane->addresses[i];
    }
    return 0;
}

static int watch(batch_udp *batch, int operation, int descriptor, uint32_t events, int which) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = events;
    event.data.u32 = (uint32_t)which;
    return epoll_ctl(batch->poller, operation, descriptor, &event) == 0 ? 0 : errno;
}

/* Whether datagrams of this socket may be cut into fragments here. While they may, the kernel draws a random
   identification for each (RFC 791), which costs as much as finding its route; while they may not, it is 0 (RFC 6864
   section 4.1). IPv6 has none. */
static int allow_fragments(int descriptor, int is_allowed) {
    int how = is_allowed ? IP_PMTUDISC_WANT : IP_PMTUDISC_DO;
    return setsockopt(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, &how, sizeof how);
}

static int socket_open(batch_udp *batch, int is_ipv6, int receive_buffer_bytes, const char **step) {
    int family = is_ipv6 ? AF_INET6 : AF_INET, on = 1;
    *step = "socket";
    int descriptor = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
    if (descriptor < 0) return errno;
    batch->sockets[is_ipv6] = descriptor;
    *step = "setsockopt";
    if (is_ipv6) {
        if (setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) return errno;
        if (setsockopt(descriptor, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on) != 0) return errno;
    } else if (setsockopt(descriptor, IPPROTO_IP, IP_RECVERR, &on, sizeof on) != 0) {
        return errno;
    } else if (allow_fragments(descriptor, 0) != 0) {
        return errno;
    }
    /* Beyond the system's limit where we may, up to it where we may not. */
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer_bytes, sizeof(int)) != 0)
        (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(int));
    *step = "bind";
    address any;
    batch_udp_peer nobody;
    memset(&nobody, 0, sizeof nobody);
    nobody.is_ipv6 = (uint8_t)is_ipv6;
    socklen_t bytes = address_of(nobody, &any);
    if (bind(descriptor, &any.any, bytes) != 0) return errno;
    *step = "epoll_ctl";
    return watch(batch, EPOLL_CTL_ADD, descriptor, EPOLLIN, is_ipv6);
}

int batch_udp_open(batch_udp **opened, int receive_buffer_bytes, const char **step) {
    *step = "calloc";
    batch_udp *batch = calloc(1, sizeof *batch);
    if (batch == NULL) return ENOMEM;
    batch->sockets[0] = batch->sockets[1] = batch->poller = batch->waker = -1;
    *step = "mmap";
    int code = lane_open(&batch->in);
    if (code == 0) code = lane_open(&batch->out);
    if (code == 0) {
        *step = "epoll_create1";
        batch->poller = epoll_create1(EPOLL_CLOEXEC);
        if (batch->poller < 0) code = errno;
    }
    if (code == 0) {
        *step = "eventfd";
        batch->waker = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (batch->waker < 0) code = errno;
    }
    if (code == 0) code = watch(batch, EPOLL_CTL_ADD, batch->waker, EPOLLIN, 2);
    if (code == 0) code = socket_open(batch, 0, receive_buffer_bytes, step);
    if (code == 0) {
        const char *step_ipv6;
        int code_ipv6 = socket_open(batch, 1, receive_buffer_bytes, &step_ipv6);
        if (code_ipv6 != 0 && batch->sockets[1] >= 0) {
            close(batch->sockets[1]);
            batch->sockets[1] = -1;
        }
        if (code_ipv6 == EMFILE || code_ipv6 == ENFILE || code_ipv6 == ENOMEM) {
            *step = step_ipv6;
            code = code_ipv6;
        }
    }
    if (code != 0) {
        batch_udp_close(batch);
        return code;
    }
    *opened = batch;
    return 0;
}

void batch_udp_close(batch_udp *batch) {
    for (int i = 0; i < 2; i++)
        if (batch->sockets[i] >= 0) close(batch->sockets[i]);
    if (batch->waker >= 0) close(batch->waker);
    if (batch->poller >= 0) close(batch->poller);
    if (batch->in.rooms != NULL) munmap(batch->in.rooms, ROOMS_BYTES);
    if (batch->out.rooms != NULL) munmap(batch->out.rooms, ROOMS_BYTES);
    free(batch);
}

int batch_udp_has_ipv6(const batch_udp *batch) { return batch->sockets[1] >= 0; }

int batch_udp_wait(batch_udp *batch, int limit_ms) {
    struct epoll_event events[3];
    int count = epoll_wait(batch->poller, events, 3, limit_ms);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    int found = 0;
    for (int i = 0; i < count; i++) {
        uint32_t which = events[i].data.u32, happened = events[i].events;
        if (which == 2) {
            uint64_t times;
            (void)!read(batch->waker, &times, sizeof times);
            found |= BATCH_UDP_WOKEN;
            continue;
        }
        if (happened & EPOLLIN) found |= BATCH_UDP_READ_IPV4 << which;
        if (happened & EPOLLERR) found |= BATCH_UDP_FAULT_IPV4 << which;
        if (happened & EPOLLOUT) found |= BATCH_UDP_WRITE_IPV4 << which;
    }
    return found;
}

void batch_udp_want_write(batch_udp *batch, int is_ipv6, int is_wanted) {
    uint32_t events = EPOLLIN | (is_wanted ? (uint32_t)EPOLLOUT : 0u);
    (void)watch(batch, EPOLL_CTL_MOD, batch->sockets[is_ipv6], events, is_ipv6);
}

int batch_udp_waker(const batch_udp *batch) { return batch->waker; }

void batch_udp_wake(int waker) {
    uint64_t once = 1;
    (void)!write(waker, &once, sizeof once);
}

int batch_udp_receive(batch_udp *batch, int is_ipv6) {
    for (int i = 0; i < BATCH_UDP_COUNT; i++) {
        batch->in.vectors[i].iov_len = BATCH_UDP_BYTES;
        batch->in.headers[i].msg_hdr.msg_namelen = sizeof(address);
    }
    /* An error that an earlier datagram caused may stand before the data; once taken, it is gone. */
    for (int tries = 0; tries < 4; tries++) {
        int count = recvmmsg(batch->sockets[is_ipv6], batch->in.headers, BATCH_UDP_COUNT, MSG_DONTWAIT, NULL);
        if (count >= 0) return count;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
        if (errno == EBADF || errno == ENOTSOCK || errno == EFAULT || errno == EINVAL) return -errno;
    }
    return 0;
}

const uint8_t *batch_udp_received(const batch_udp *batch, int index, size_t *bytes, batch_udp_peer *peer) {
    *bytes = batch->in.headers[index].msg_len;
    *peer = peer_of(&batch->in.addresses[index]);
    return batch->in.rooms + (size_t)index * ROOM_STRIDE;
}

int batch_udp_fault_next(batch_udp *batch, int is_ipv6, batch_udp_fault *fault) {
    address destination;
    union {
        char bytes[512];
        struct cmsghdr align;
    } control;
    struct iovec vector = {.iov_base = batch->quote, .iov_len = QUOTE_BYTES};
    struct msghdr header = {
        .msg_name = &destination,
        .msg_namelen = sizeof destination,
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    memset(&destination, 0, sizeof destination);
    ssize_t bytes = recvmsg(batch->sockets[is_ipv6], &header, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (bytes < 0) {
        /* Takes the socket's pending error too, or the poller would report it for ever. */
        int pending;
        socklen_t size = sizeof pending;
        (void)getsockopt(batch->sockets[is_ipv6], SOL_SOCKET, SO_ERROR, &pending, &size);
        return 0;
    }
    memset(fault, 0, sizeof *fault);
    fault->peer = peer_of(&destination);
    fault->quote = batch->quote;
    fault->quote_bytes = (size_t)bytes;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&header); part != NULL; part = CMSG_NXTHDR(&header, part)) {
        int is_ours = (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR) ||
                      (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR);
        if (!is_ours) continue;
        struct sock_extended_err said;
        memcpy(&said, CMSG_DATA(part), sizeof said);
        fault->code = (int32_t)said.ee_errno;
        fault->is_from_network =
            said.ee_origin == SO_EE_ORIGIN_ICMP || said.ee_origin == SO_EE_ORIGIN_ICMP6;
    }
    return 1;
}

uint8_t *batch_udp_room(batch_udp *batch, int index) {
    return batch->out.rooms + (size_t)index * ROOM_STRIDE;
}

void batch_udp_stage(batch_udp *batch, int index, size_t bytes, batch_udp_peer peer) {
    batch->out.vectors[index].iov_len = bytes;
    batch->out.headers[index].msg_hdr.msg_namelen = address_of(peer, &batch->out.addresses[index]);
}

int batch_udp_send(batch_udp *batch, int is_ipv6, int first, int count) {
    int code = 0, sent = 0, is_cut = 0, descriptor = batch->sockets[is_ipv6];
    struct mmsghdr *headers = batch->out.headers + first;
    /* The kernel hands a pending error of some earlier datagram to whoever calls next. It clears it in
       doing so; what still stands after a few tries is this datagram's own. */
    for (int tries = 0; tries < 5 && sent <= 0; tries++) {
        sent = sendmmsg(descriptor, headers, is_cut ? 1u : (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL);
        code = sent > 0 ? 0 : errno;
        if (code == EAGAIN || code == EWOULDBLOCK) break;
        /* Larger than the way takes in one piece: the first goes by itself, in fragments. */
        if (code == EMSGSIZE && !is_ipv6 && !is_cut) is_cut = allow_fragments(descriptor, 1) == 0;
    }
    if (is_cut) (void)allow_fragments(descriptor, 0);
    if (sent > 0) return sent;
    return code == EAGAIN || code == EWOULDBLOCK ? -EAGAIN : -code;
}
