/* A load responder: up to 65,536 switches of 24 ports in one process, one a loopback address 127.1.x.y, behind a single
   socket. So cheap that whoever asks is the slower: an answer is made once for each distinct question, then copied.

       responder --port N [--count N] [--dead PERCENT] [--slow MS] [--boots N]

   Speaks v2c (community public) and v3 (user bench, SHA-256 with AES-128, both passwords benchbench), with one engine
   ID an address. Of every hundred addresses the first PERCENT never answer; with --slow every tenth of the others
   answers MS late. SIGTERM ends it with one line of JSON: what it did, and the processor time that took. */
#define _GNU_SOURCE
#define OPENSSL_SUPPRESS_DEPRECATED
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/aes.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define ROOM 4096
#define MOST_ANSWER 1160 /* of a list of bindings: what small agents send at once */
#define PORTS 24
#define MOST_NAME 20
#define DIGEST 24

static unsigned count = 1000, dead = 0, slow_ms = 0, boots = 1;
static struct timespec started;
static volatile sig_atomic_t is_over = 0;
static unsigned long answered, reports, unread, unheard;

static void end(int signal) { (void)signal, is_over = 1; }

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)(now.tv_sec - started.tv_sec) * 1000 + (now.tv_nsec - started.tv_nsec) / 1000000;
}

/* Writing: from the end of a buffer to its beginning, so that every length is known when it is due. */

typedef struct { uint8_t *at, *end; } writer;

static void put(writer *w, const void *bytes, size_t n) { w->at -= n, memcpy(w->at, bytes, n); }

static void close_element(writer *w, uint8_t tag, const uint8_t *end) {
    size_t n = (size_t)(end - w->at);
    if (n >= 256) *--w->at = (uint8_t)n, *--w->at = (uint8_t)(n >> 8), *--w->at = 0x82;
    else if (n >= 128) *--w->at = (uint8_t)n, *--w->at = 0x81;
    else *--w->at = (uint8_t)n;
    *--w->at = tag;
}

static void put_element(writer *w, uint8_t tag, const void *bytes, size_t n) {
    const uint8_t *end = w->at;
    put(w, bytes, n);
    close_element(w, tag, end);
}

static void put_number(writer *w, uint8_t tag, uint64_t value) {
    const uint8_t *end = w->at;
    do *--w->at = (uint8_t)value, value >>= 8;
    while (value != 0);
    if (*w->at & 0x80) *--w->at = 0;
    close_element(w, tag, end);
}

static void put_name(writer *w, const uint32_t *name, int n) {
    const uint8_t *end = w->at;
    for (int i = n - 1; i >= 2; i--) {
        uint32_t value = name[i];
        *--w->at = value & 0x7F;
        while (value >>= 7) *--w->at = (uint8_t)(value & 0x7F) | 0x80;
    }
    *--w->at = (uint8_t)(name[0] * 40 + name[1]);
    close_element(w, 6, end);
}

/* Reading: one element after another; `take` says whether there was one of that tag. */

typedef struct { const uint8_t *at, *end; } reader;

static int take(reader *r, int tag, reader *content) {
    if (r->end - r->at < 2 || (tag >= 0 && r->at[0] != tag)) return 0;
    size_t n = r->at[1];
    const uint8_t *at = r->at + 2;
    if (n & 0x80) {
        int bytes = n & 0x7F;
        if (bytes > 3 || r->end - at < bytes) return 0;
        for (n = 0; bytes > 0; bytes--) n = n << 8 | *at++;
    }
    if ((size_t)(r->end - at) < n) return 0;
    content->at = at, content->end = at + n, r->at = at + n;
    return 1;
}

static int take_number(reader *r, int64_t *value) {
    reader content;
    if (!take(r, 2, &content) || content.at == content.end || content.end - content.at > 8) return 0;
    *value = (int8_t)*content.at++;
    while (content.at < content.end) *value = *value * 256 + *content.at++;
    return 1;
}

static int take_name(reader *r, uint32_t *name, int *n) {
    reader content;
    if (!take(r, 6, &content) || content.at == content.end) return 0;
    name[0] = *content.at / 40, name[1] = *content.at % 40, *n = 2, content.at++;
    for (uint32_t value = 0; content.at < content.end; content.at++) {
        value = value << 7 | (*content.at & 0x7F);
        if (*content.at & 0x80) continue;
        if (*n == MOST_NAME) return 0;
        name[(*n)++] = value, value = 0;
    }
    return 1;
}

/* The switch: system, ifTable, ifXTable; one and the same at every address, in the order of its names. */

typedef struct {
    uint32_t name[MOST_NAME];
    int name_count;
    uint8_t bytes[160]; /* a whole variable binding */
    int byte_count;
} object;

static object objects[1024];
static int object_count;

static object *add(const uint32_t *name, int n) {
    object *made = &objects[object_count++];
    memcpy(made->name, name, (size_t)n * sizeof *name);
    made->name_count = n;
    return made;
}

static void finish(object *made, uint8_t tag, uint64_t number, const void *bytes, size_t n) {
    uint8_t room[256];
    writer w = {room + sizeof room, room + sizeof room};
    if (bytes != NULL) put_element(&w, tag, bytes, n);
    else put_number(&w, tag, number);
    put_name(&w, made->name, made->name_count);
    close_element(&w, 0x30, w.end);
    made->byte_count = (int)(w.end - w.at);
    memcpy(made->bytes, w.at, (size_t)made->byte_count);
}

static void add_column(const uint32_t *entry, int n, uint32_t column, uint8_t tag, uint64_t first, uint64_t step) {
    for (uint32_t port = 1; port <= PORTS; port++) {
        uint32_t name[MOST_NAME];
        char text[32];
        memcpy(name, entry, (size_t)n * sizeof *name);
        name[n] = column, name[n + 1] = port;
        int length = snprintf(text, sizeof text, "GigabitEthernet0/0/%u", port);
        int is_text = tag == 4;
        uint8_t hardware[6] = {0x02, 0, 0x5E, 0x10, 0, (uint8_t)port};
        int is_hardware = is_text && first == 6;
        finish(add(name, n + 2), tag, first + step * port, is_hardware ? (void *)hardware : is_text ? text : NULL,
               is_hardware ? 6 : (size_t)length);
    }
}

static void build_switch(void) {
    uint32_t name[MOST_NAME] = {1, 3, 6, 1, 2, 1, 1, 1, 0};
    static const uint8_t kind[] = {0x2B, 6, 1, 4, 1, 0x82, 0x37, 2, 1};
    static const char *const texts[] = {"A made-up switch of 24 ports", "", "", "nobody", "switch", "K12+300"};
    for (uint32_t i = 1; i <= 7; i++) {
        name[7] = i;
        object *made = add(name, 9);
        if (i == 2) finish(made, 6, 0, kind, sizeof kind);
        else if (i == 3) finish(made, 0x43, 123456789, NULL, 0);
        else if (i == 7) finish(made, 2, 78, NULL, 0);
        else finish(made, 4, 0, texts[i - 1], strlen(texts[i - 1]));
    }
    uint32_t number[] = {1, 3, 6, 1, 2, 1, 2, 1, 0}, entry[] = {1, 3, 6, 1, 2, 1, 2, 2, 1};
    finish(add(number, 9), 2, PORTS, NULL, 0);
    for (uint32_t column = 1; column <= 22; column++) {
        if (column == 1) add_column(entry, 9, column, 2, 0, 1);
        else if (column == 2) add_column(entry, 9, column, 4, 0, 0);
        else if (column == 3) add_column(entry, 9, column, 2, 6, 0);
        else if (column == 4) add_column(entry, 9, column, 2, 1500, 0);
        else if (column == 5) add_column(entry, 9, column, 0x42, 1000000000, 0);
        else if (column == 6) add_column(entry, 9, column, 4, 6, 0);
        else if (column == 7 || column == 8) add_column(entry, 9, column, 2, 1, 0);
        else if (column == 9) add_column(entry, 9, column, 0x43, 4711, 100);
        else if (column == 22) continue;
        else add_column(entry, 9, column, 0x41, 3000000000u, 1234567u * column);
    }
    uint32_t wide[] = {1, 3, 6, 1, 2, 1, 31, 1, 1, 1};
    for (uint32_t column = 1; column <= 18; column++) {
        if (column == 1 || column == 18) add_column(wide, 10, column, 4, 0, 0);
        else if (column >= 6 && column <= 13) add_column(wide, 10, column, 0x46, 1ull << 40, 123456789012ull * column);
        else if (column == 15) add_column(wide, 10, column, 0x42, 1000, 0);
        else if (column == 14 || column == 16 || column == 17) add_column(wide, 10, column, 2, 1, 0);
        else add_column(wide, 10, column, 0x41, 100000, 17 * column);
    }
}

static int order(const uint32_t *left, int left_count, const uint32_t *right, int right_count) {
    for (int i = 0; i < left_count && i < right_count; i++)
        if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
    return left_count - right_count;
}

/* The first object that is not before a name. */
static int place_of(const uint32_t *name, int n) {
    int low = 0, high = object_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (order(objects[middle].name, objects[middle].name_count, name, n) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* Answers: the bindings that belong to the rest of a question (all after its request-id), made once. */

typedef struct answer {
    struct answer *next;
    uint8_t *question, *bytes; /* the list's content, first binding first */
    int question_count, byte_count;
} answer;

static answer *answers[4096];

typedef struct { uint8_t bytes[2 * MOST_ANSWER]; int count, is_full; } list;

static void append(list *to, const void *bytes, int n) {
    if (to->count + n > MOST_ANSWER) to->is_full = 1;
    if (to->is_full) return;
    memcpy(to->bytes + to->count, bytes, (size_t)n);
    to->count += n;
}

static void append_none(list *to, const uint32_t *name, int n, uint8_t tag) {
    uint8_t room[256];
    writer w = {room + sizeof room, room + sizeof room};
    put_element(&w, tag, "", 0);
    put_name(&w, name, n);
    close_element(&w, 0x30, w.end);
    append(to, w.at, (int)(w.end - w.at));
}

/* Appends what follows place `at`, or says that nothing does; returns the next place. */
static int append_next(list *to, int at, const uint32_t *name, int n) {
    if (at >= object_count) {
        append_none(to, name, n, 0x82);
        return at;
    }
    append(to, objects[at].bytes, objects[at].byte_count);
    return at + 1;
}

static int make_list(uint8_t kind, reader rest, list *to) {
    uint32_t names[128][MOST_NAME];
    int counts[128], places[128], n = 0;
    int64_t first, second;
    reader bindings, pair;
    if (!take_number(&rest, &first) || !take_number(&rest, &second) || !take(&rest, 0x30, &bindings)) return 0;
    while (n < 128 && take(&bindings, 0x30, &pair)) {
        if (!take_name(&pair, names[n], &counts[n])) return 0;
        places[n] = place_of(names[n], counts[n]);
        int is_there = places[n] < object_count && order(objects[places[n]].name, objects[places[n]].name_count,
                                                         names[n], counts[n]) == 0;
        if (kind != 0xA0 && is_there) places[n]++;
        if (kind == 0xA0) {
            if (is_there) append(to, objects[places[n]].bytes, objects[places[n]].byte_count);
            else append_none(to, names[n], counts[n], 0x80);
        } else if (kind == 0xA1 || n < first) {
            append_next(to, places[n], names[n], counts[n]);
        }
        n++;
    }
    if (kind == 0xA5)
        for (int64_t row = 0; row < second && !to->is_full; row++)
            for (int i = first < 0 ? 0 : (int)first; i < n; i++)
                places[i] = append_next(to, places[i], names[i], counts[i]);
    return 1;
}

static const answer *answer_to(uint8_t kind, reader rest) {
    uint32_t hash = 2166136261u ^ kind;
    int n = (int)(rest.end - rest.at);
    for (const uint8_t *at = rest.at; at < rest.end; at++) hash = (hash ^ *at) * 16777619u;
    answer **slot = &answers[hash % 4096];
    for (answer *known = *slot; known != NULL; known = known->next)
        if (known->question[0] == kind && known->question_count == n && memcmp(known->question + 1, rest.at, (size_t)n) == 0)
            return known;
    list made = {.count = 0};
    if (!make_list(kind, rest, &made)) return NULL;
    answer *fresh = malloc(sizeof *fresh);
    if (fresh == NULL) abort();
    *fresh = (answer){*slot, malloc((size_t)n + 1), malloc((size_t)made.count + 1), n, made.count};
    if (fresh->question == NULL || fresh->bytes == NULL) abort();
    fresh->question[0] = kind;
    memcpy(fresh->question + 1, rest.at, (size_t)n);
    memcpy(fresh->bytes, made.bytes, (size_t)made.count);
    return *slot = fresh;
}

/* Writes the response PDU to a question's PDU, or nothing. */
static int put_response(writer *w, reader *message) {
    const uint8_t *end = w->at;
    if (message->at >= message->end) return 0;
    uint8_t kind = *message->at;
    reader pdu, rest, id;
    if ((kind != 0xA0 && kind != 0xA1 && kind != 0xA5) || !take(message, kind, &pdu)) return 0;
    rest = pdu;
    if (!take(&rest, 2, &id)) return 0;
    const answer *known = answer_to(kind, rest);
    if (known == NULL) return 0;
    put_element(w, 0x30, known->bytes, (size_t)known->byte_count);
    put(w, "\2\1\0\2\1\0", 6);
    put_element(w, 2, id.at, (size_t)(id.end - id.at));
    close_element(w, 0xA2, end);
    return 1;
}

/* v3: the User-based Security Model (RFC 3414) with HMAC-192-SHA-256 (RFC 7860) and AES-128 (RFC 3826). */

static const char user[] = "bench";

typedef struct { SHA256_CTX inner, outer; AES_KEY block; int is_known; } device_keys;

static device_keys *keys;
static uint8_t password_key[32];
static uint64_t salt = 0x5741595349444500;

static void make_password_key(const char *password) {
    SHA256_CTX hash;
    size_t n = strlen(password);
    SHA256_Init(&hash);
    for (size_t i = 0; i < 1048576 / 64; i++) {
        uint8_t block[64];
        for (size_t j = 0; j < 64; j++) block[j] = (uint8_t)password[(i * 64 + j) % n];
        SHA256_Update(&hash, block, 64);
    }
    SHA256_Final(password_key, &hash);
}

static void engine_of(uint32_t address, uint8_t engine[9]) {
    uint32_t network = htonl(address);
    memcpy(engine, "\x80\0\x1F\x88\1", 5);
    memcpy(engine + 5, &network, 4);
}

static const device_keys *keys_of(uint32_t address, const uint8_t engine[9]) {
    device_keys *known = &keys[address & 0xFFFF];
    if (known->is_known) return known;
    uint8_t local[32], pad[64];
    SHA256_CTX hash;
    SHA256_Init(&hash);
    SHA256_Update(&hash, password_key, 32);
    SHA256_Update(&hash, engine, 9);
    SHA256_Update(&hash, password_key, 32);
    SHA256_Final(local, &hash);
    memset(pad, 0x36, sizeof pad);
    for (int i = 0; i < 32; i++) pad[i] ^= local[i];
    SHA256_Init(&known->inner), SHA256_Update(&known->inner, pad, 64);
    for (int i = 0; i < 64; i++) pad[i] ^= 0x36 ^ 0x5C;
    SHA256_Init(&known->outer), SHA256_Update(&known->outer, pad, 64);
    AES_set_encrypt_key(local, 128, &known->block);
    known->is_known = 1;
    return known;
}

static void sign(const device_keys *with, const uint8_t *bytes, size_t n, uint8_t digest[32]) {
    SHA256_CTX hash = with->inner;
    SHA256_Update(&hash, bytes, n);
    SHA256_Final(digest, &hash);
    hash = with->outer;
    SHA256_Update(&hash, digest, 32);
    SHA256_Final(digest, &hash);
}

static void cipher(const device_keys *with, int64_t its_boots, int64_t its_time, const uint8_t *salt_bytes,
                   const uint8_t *from, uint8_t *to, size_t n, int direction) {
    uint8_t vector[16];
    uint32_t words[2] = {htonl((uint32_t)its_boots), htonl((uint32_t)its_time)};
    int used = 0;
    memcpy(vector, words, 8);
    memcpy(vector + 8, salt_bytes, 8);
    AES_cfb128_encrypt(from, to, n, &with->block, vector, &used, direction);
}

/* Wraps what has been written (a scoped PDU) into a message. */
static void wrap(writer *w, const uint8_t engine[9], const device_keys *with, int64_t id, int is_signed, int is_hidden,
                 int64_t time) {
    uint8_t salt_bytes[8], digest[32], zeros[DIGEST] = {0}, flags = (uint8_t)(is_signed | is_hidden << 1);
    if (is_hidden) {
        salt++;
        memcpy(salt_bytes, &salt, 8);
        cipher(with, boots, time, salt_bytes, w->at, w->at, (size_t)(w->end - w->at), AES_ENCRYPT);
        close_element(w, 4, w->end);
    }
    const uint8_t *end = w->at;
    put_element(w, 4, salt_bytes, is_hidden ? 8 : 0);
    uint8_t *digest_end = w->at;
    put_element(w, 4, zeros, is_signed ? DIGEST : 0);
    put_element(w, 4, user, is_signed ? sizeof user - 1 : 0);
    put_number(w, 2, (uint64_t)time);
    put_number(w, 2, boots);
    put_element(w, 4, engine, 9);
    close_element(w, 0x30, end);
    close_element(w, 4, end);
    end = w->at;
    put_number(w, 2, 3);
    put_element(w, 4, &flags, 1);
    put_number(w, 2, 65507);
    put_number(w, 2, (uint64_t)id);
    close_element(w, 0x30, end);
    put_number(w, 2, 3);
    close_element(w, 0x30, w->end);
    if (!is_signed) return;
    sign(with, w->at, (size_t)(w->end - w->at), digest);
    memcpy(digest_end - DIGEST, digest, DIGEST);
}

/* Writes a report on one of the counters usmStats (RFC 3414 §5). */
static void put_report(writer *w, const uint8_t engine[9], const device_keys *with, int64_t id, int64_t request_id,
                       uint32_t counter, int is_signed, int64_t time) {
    uint32_t name[] = {1, 3, 6, 1, 6, 3, 15, 1, 1, counter, 0};
    const uint8_t *end = w->at;
    put_number(w, 0x41, ++reports);
    put_name(w, name, 11);
    close_element(w, 0x30, end);
    close_element(w, 0x30, end);
    put(w, "\2\1\0\2\1\0", 6);
    put_number(w, 2, (uint64_t)request_id);
    close_element(w, 0xA8, end);
    put_element(w, 4, "", 0);
    put_element(w, 4, engine, 9);
    close_element(w, 0x30, end);
    wrap(w, engine, with, id, is_signed, 0, time);
}

static int put_v3(writer *w, uint8_t *bytes, size_t n, reader message, uint32_t address) {
    reader header, flags, parameters, security, engine, name, digest, salt_bytes, scoped, part;
    int64_t id, most, model, its_boots, its_time, request_id = 0, time = now_ms() / 1000;
    uint8_t own[9], computed[32], claimed[DIGEST], opened[ROOM];
    if (!take(&message, 0x30, &header) || !take_number(&header, &id) || !take_number(&header, &most) ||
        !take(&header, 4, &flags) || flags.end - flags.at != 1 || !take_number(&header, &model) ||
        !take(&message, 4, &parameters) || !take(&parameters, 0x30, &security) || !take(&security, 4, &engine) ||
        !take_number(&security, &its_boots) || !take_number(&security, &its_time) || !take(&security, 4, &name) ||
        !take(&security, 4, &digest) || !take(&security, 4, &salt_bytes))
        return 0;
    engine_of(address, own);
    const device_keys *with = keys_of(address, own);
    if (engine.end - engine.at != 9 || memcmp(engine.at, own, 9) != 0) {
        reader pdu;
        if (take(&message, 0x30, &scoped) && take(&scoped, 4, &part) && take(&scoped, 4, &part) && take(&scoped, -1, &pdu))
            (void)take_number(&pdu, &request_id);
        put_report(w, own, with, id, request_id, 4, 0, time);
        return 1;
    }
    if (name.end - name.at != sizeof user - 1 || memcmp(name.at, user, sizeof user - 1) != 0) {
        put_report(w, own, with, id, 0, 3, 0, time);
        return 1;
    }
    if ((*flags.at & 3) != 3 || salt_bytes.end - salt_bytes.at != 8) {
        put_report(w, own, with, id, 0, 1, 0, time);
        return 1;
    }
    int is_right = digest.end - digest.at == DIGEST;
    if (is_right) {
        memcpy(claimed, digest.at, DIGEST);
        memset(bytes + (digest.at - bytes), 0, DIGEST);
        sign(with, bytes, n, computed);
        is_right = memcmp(claimed, computed, DIGEST) == 0;
    }
    if (!is_right) {
        put_report(w, own, with, id, 0, 5, 0, time);
        return 1;
    }
    if (its_boots != boots || its_time - time > 150 || time - its_time > 150) {
        put_report(w, own, with, id, 0, 2, 1, time);
        return 1;
    }
    if (!take(&message, 4, &part) || part.end - part.at > ROOM) return 0;
    cipher(with, its_boots, its_time, salt_bytes.at, part.at, opened, (size_t)(part.end - part.at), AES_DECRYPT);
    reader plain = {opened, opened + (part.end - part.at)};
    if (!take(&plain, 0x30, &scoped) || !take(&scoped, 4, &part) || !take(&scoped, 4, &part)) {
        put_report(w, own, with, id, 0, 6, 0, time);
        return 1;
    }
    const uint8_t *end = w->at;
    if (!put_response(w, &scoped)) return 0;
    put_element(w, 4, "", 0);
    put_element(w, 4, own, 9);
    close_element(w, 0x30, end);
    wrap(w, own, with, id, 1, 1, time);
    answered++;
    return 1;
}

/* Writes the answer to a datagram; 0 when there is none to give. */
static int put_answer(writer *w, uint8_t *bytes, size_t n, uint32_t address) {
    reader datagram = {bytes, bytes + n}, message, community;
    int64_t version;
    if (!take(&datagram, 0x30, &message) || !take_number(&message, &version)) return 0;
    if (version == 3) return put_v3(w, bytes, n, message, address);
    if (version != 1 || !take(&message, 4, &community) || community.end - community.at != 6 ||
        memcmp(community.at, "public", 6) != 0 || !put_response(w, &message))
        return 0;
    put(w, "\2\1\1\4\6public", 11);
    close_element(w, 0x30, w->end);
    answered++;
    return 1;
}

/* The socket. */

typedef struct {
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_in peers[BATCH];
    union { char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))]; struct cmsghdr align; } controls[BATCH];
    uint8_t rooms[BATCH][ROOM];
} lane;

static lane in, out;

typedef struct late {
    struct late *next;
    int64_t due_ms;
    struct sockaddr_in peer;
    struct in_pktinfo from;
    size_t n;
    uint8_t bytes[];
} late;

static late *first_late, **last_late = &first_late;

static void stage(int at, const struct sockaddr_in *peer, struct in_pktinfo from, void *bytes, size_t n) {
    struct msghdr *header = &out.headers[at].msg_hdr;
    out.peers[at] = *peer;
    out.vectors[at] = (struct iovec){bytes, n};
    *header = (struct msghdr){.msg_name = &out.peers[at], .msg_namelen = sizeof *peer, .msg_iov = &out.vectors[at],
                              .msg_iovlen = 1, .msg_control = out.controls[at].bytes,
                              .msg_controllen = sizeof out.controls[at].bytes};
    struct cmsghdr *part = CMSG_FIRSTHDR(header);
    part->cmsg_level = IPPROTO_IP, part->cmsg_type = IP_PKTINFO, part->cmsg_len = CMSG_LEN(sizeof from);
    from.ipi_spec_dst = from.ipi_addr, from.ipi_ifindex = 0;
    memcpy(CMSG_DATA(part), &from, sizeof from);
}

static void send_staged(int socket, int n) {
    for (int sent = 0; sent < n;) {
        int some = sendmmsg(socket, out.headers + sent, (unsigned)(n - sent), 0);
        sent += some > 0 ? some : 1; /* one that cannot be sent is lost, as on any network */
    }
}

static void send_late(int socket) {
    for (int64_t now = now_ms(); first_late != NULL && first_late->due_ms <= now;) {
        late *due = first_late;
        stage(0, &due->peer, due->from, due->bytes, due->n);
        send_staged(socket, 1);
        first_late = due->next;
        if (first_late == NULL) last_late = &first_late;
        free(due);
    }
}

static void keep_late(const struct sockaddr_in *peer, struct in_pktinfo from, const void *bytes, size_t n) {
    late *kept = malloc(sizeof *kept + n);
    if (kept == NULL) abort();
    kept->next = NULL, kept->due_ms = now_ms() + slow_ms, kept->peer = *peer, kept->from = from, kept->n = n;
    memcpy(kept->bytes, bytes, n);
    *last_late = kept, last_late = &kept->next;
}

static void serve(int socket) {
    for (int i = 0; i < BATCH; i++) {
        in.vectors[i] = (struct iovec){in.rooms[i], ROOM};
        in.headers[i].msg_hdr =
            (struct msghdr){.msg_name = &in.peers[i], .msg_namelen = sizeof in.peers[i], .msg_iov = &in.vectors[i],
                            .msg_iovlen = 1, .msg_control = in.controls[i].bytes,
                            .msg_controllen = sizeof in.controls[i].bytes};
    }
    int received = recvmmsg(socket, in.headers, BATCH, MSG_DONTWAIT, NULL), staged = 0;
    for (int i = 0; i < received; i++) {
        struct in_pktinfo to = {0};
        for (struct cmsghdr *part = CMSG_FIRSTHDR(&in.headers[i].msg_hdr); part != NULL;
             part = CMSG_NXTHDR(&in.headers[i].msg_hdr, part))
            if (part->cmsg_type == IP_PKTINFO) memcpy(&to, CMSG_DATA(part), sizeof to);
        uint32_t address = ntohl(to.ipi_addr.s_addr), device = address & 0xFFFF;
        if (address >> 16 != 0x7F01 || device >= count || device % 100 < dead) {
            unheard++;
            continue;
        }
        writer w = {out.rooms[staged] + ROOM, out.rooms[staged] + ROOM};
        if (!put_answer(&w, in.rooms[i], in.headers[i].msg_len, address)) {
            unread++;
            continue;
        }
        if (slow_ms > 0 && device % 10 == 9) keep_late(&in.peers[i], to, w.at, (size_t)(w.end - w.at));
        else stage(staged++, &in.peers[i], to, w.at, (size_t)(w.end - w.at));
    }
    if (staged > 0) send_staged(socket, staged);
}

static unsigned option(const char *text, unsigned most) {
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != 0 || value > most) {
        fprintf(stderr, "responder: %s is no number from 0 to %u\n", text, most);
        exit(2);
    }
    return (unsigned)value;
}

int main(int argc, char **argv) {
    unsigned port = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--port") == 0) port = option(argv[i + 1], 65535);
        else if (strcmp(argv[i], "--count") == 0) count = option(argv[i + 1], 65536);
        else if (strcmp(argv[i], "--dead") == 0) dead = option(argv[i + 1], 100);
        else if (strcmp(argv[i], "--slow") == 0) slow_ms = option(argv[i + 1], 60000);
        else if (strcmp(argv[i], "--boots") == 0) boots = option(argv[i + 1], 2147483646);
        else fprintf(stderr, "responder: unknown option %s\n", argv[i]), exit(2);
    }
    signal(SIGTERM, end), signal(SIGINT, end);
    clock_gettime(CLOCK_MONOTONIC, &started);
    build_switch();
    make_password_key("benchbench");
    keys = calloc(65536, sizeof *keys);
    if (keys == NULL) return 3;
    int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, room = 64 << 20;
    setsockopt(socket_, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    if (setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof own;
    if (socket_ < 0 || bind(socket_, (struct sockaddr *)&own, size) != 0) {
        fprintf(stderr, "responder: port %u: %s\n", port, strerror(errno));
        return 3;
    }
    getsockname(socket_, (struct sockaddr *)&own, &size);
    printf("{\"port\": %u, \"objects\": %d}\n", ntohs(own.sin_port), object_count);
    fflush(stdout);
    while (!is_over) {
        struct pollfd wait = {.fd = socket_, .events = POLLIN};
        if (poll(&wait, 1, first_late != NULL ? 1 : 1000) > 0) serve(socket_);
        if (first_late != NULL) send_late(socket_);
    }
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu_us = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
                    (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    printf("{\"answered\": %lu, \"reports\": %lu, \"unread\": %lu, \"unheard\": %lu, \"cpu_us\": %.0f}\n", answered, reports,
           unread, unheard, cpu_us);
    return 0;
}
