#include "CChecksum.h"

#include <string.h>

#if defined(__x86_64__)

#include <immintrin.h>

int c_checksum_crc32_help(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("pclmul") ? CChecksumFolding : CChecksumPlain;
}

// Gopal, Ozturk, Guilford, Wolrich, Feghali, Dixon, Karakoyunlu: "Fast CRC Computation for Generic Polynomials Using
// PCLMULQDQ Instruction", Intel 2009. A block of 128 bits that stands n bits before another one is congruent, modulo the
// polynomial, to its halves' products with x^(n + 32) and x^(n - 32) beside that block. The factors are those powers'
// remainders with their bits reversed and shifted by one, as the products of reversed numbers come out one bit low.
#define FOLD __attribute__((target("pclmul,sse2")))

FOLD static inline __m128i folded(__m128i block, __m128i factors, __m128i next)
{
    __m128i first = _mm_clmulepi64_si128(block, factors, 0x00);
    __m128i second = _mm_clmulepi64_si128(block, factors, 0x11);
    return _mm_xor_si128(_mm_xor_si128(first, second), next);
}

FOLD size_t c_checksum_crc32_fold(uint32_t state, const void *bytes, size_t count, uint8_t *remainder)
{
    if (count < 64 || c_checksum_crc32_help() != CChecksumFolding) return 0;
    const __m128i by512 = _mm_set_epi64x(0x1C6E41596, 0x154442BD4);
    const __m128i by128 = _mm_set_epi64x(0x0CCAA009E, 0x1751997D0);
    const __m128i *block = bytes, *end = block + count / 16;
    __m128i a = _mm_xor_si128(_mm_loadu_si128(block), _mm_cvtsi32_si128((int)state));
    __m128i b = _mm_loadu_si128(block + 1), c = _mm_loadu_si128(block + 2), d = _mm_loadu_si128(block + 3);
    // Four at a time: a product takes as long as it takes to begin several.
    for (block += 4; end - block >= 4; block += 4) {
        a = folded(a, by512, _mm_loadu_si128(block));
        b = folded(b, by512, _mm_loadu_si128(block + 1));
        c = folded(c, by512, _mm_loadu_si128(block + 2));
        d = folded(d, by512, _mm_loadu_si128(block + 3));
    }
    a = folded(folded(folded(a, by128, b), by128, c), by128, d);
    for (; block < end; block++) a = folded(a, by128, _mm_loadu_si128(block));
    _mm_storeu_si128((__m128i *)remainder, a);
    return count / 16 * 16;
}

uint32_t c_checksum_crc32_instructions(uint32_t state, const void *bytes, size_t count)
{
    (void)bytes;
    (void)count;
    return state;
}

#else

size_t c_checksum_crc32_fold(uint32_t state, const void *bytes, size_t count, uint8_t *remainder)
{
    (void)state;
    (void)bytes;
    (void)count;
    (void)remainder;
    return 0;
}

#if defined(__aarch64__) && (defined(__linux__) || defined(__APPLE__))

#include <arm_acle.h>

#if defined(__linux__)
#include <sys/auxv.h>
#endif

int c_checksum_crc32_help(void)
{
#if defined(__linux__)
    const unsigned long hasCRC32 = 1ul << 7;  // HWCAP_CRC32
    return getauxval(AT_HWCAP) & hasCRC32 ? CChecksumInstructions : CChecksumPlain;
#else
    // Every processor of Apple's has them.
    return CChecksumInstructions;
#endif
}

__attribute__((target("crc")))
uint32_t c_checksum_crc32_instructions(uint32_t state, const void *bytes, size_t count)
{
    const unsigned char *next = bytes;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, sizeof word);
        state = __crc32d(state, word);
    }
    for (; count > 0; count--) state = __crc32b(state, *next++);
    return state;
}

#else

int c_checksum_crc32_help(void) { return CChecksumPlain; }

uint32_t c_checksum_crc32_instructions(uint32_t state, const void *bytes, size_t count)
{
    (void)bytes;
    (void)count;
    return state;
}

#endif
#endif
