/* The running states of MD5 and SHA are plain structs in libcrypto's older doors: they copy by value, need
   no allocation and no lookup, which a keyed hash a packet wants. They are only marked as deprecated in favour
   of EVP, not removed; everything else here goes through EVP. */
#ifndef OPENSSL_SUPPRESS_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#endif
#include <openssl/crypto.h>
#include <openssl/des.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/md5.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/* Doors for macros with casts, which Swift does not import. */

static inline int wayside_gcm_set_nonce_length(EVP_CIPHER_CTX *context, int length) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, length, NULL);
}

static inline int wayside_gcm_get_tag(EVP_CIPHER_CTX *context, int length, void *tag) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length, tag);
}

static inline int wayside_gcm_set_tag(EVP_CIPHER_CTX *context, int length, void *tag) {
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length, tag);
}

static inline long wayside_ssl_set_server_name(SSL *session, const char *name) {
    return SSL_set_tlsext_host_name(session, name);
}

static inline long wayside_ssl_require_tls12(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

static inline long wayside_ssl_set_modes(SSL_CTX *context) {
    return SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

/* DES takes its key schedule through an array type that decays differently in Swift. The old variant without
   parity check is right here: localized SNMP keys (RFC 3414, 8.1.1.1) carry no parity. */
static inline void wayside_des_cbc(const unsigned char *input, unsigned char *output, long length,
                                   const unsigned char *key, const unsigned char *vector, int encrypt) {
    DES_key_schedule schedule;
    DES_cblock block;
    for (int i = 0; i < 8; i += 1) block[i] = vector[i];
    DES_set_key_unchecked((const_DES_cblock *)key, &schedule);
    DES_ncbc_encrypt(input, output, length, &schedule, &block, encrypt);
    OPENSSL_cleanse(&schedule, sizeof schedule);
}
