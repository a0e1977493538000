/* What SQLCipher needs of LibTomCrypt; both are built with the same choice, or their structures would differ. */
#ifndef SNUG_LIBTOMCRYPT_H
#define SNUG_LIBTOMCRYPT_H

#define LTC_NOTHING
#define LTC_RIJNDAEL
#define LTC_CBC_MODE
#define LTC_SHA1
#define LTC_SHA256
#define LTC_SHA512
#define LTC_HASH_HELPERS
#define LTC_HMAC
#define LTC_PKCS_5
#define LTC_FORTUNA
#define LTC_RNG_GET_BYTES
#define LTC_PRNG_ENABLE_LTC_RNG
#define LTC_DEVRANDOM
#define LTC_NO_TEST
#define LTC_NO_FILE
/* a wrong argument is an error, not the end of the process */
#define ARGTYPE 4

#endif
