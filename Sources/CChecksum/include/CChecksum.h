#ifndef C_CHECKSUM_H
#define C_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// How this processor helps with the CRC-32 of zlib.
enum {
    /// Not at all.
    CChecksumPlain = 0,
    /// By products of polynomials over GF(2): PCLMULQDQ on x86-64.
    CChecksumFolding = 1,
    /// By instructions of its own for this polynomial: ARMv8's CRC32.
    CChecksumInstructions = 2,
};

int c_checksum_crc32_help(void);

/// Folds as many of the bytes as it can, and `state`, the register before them, into a remainder of 16 bytes: the register after
/// them is the one that an empty register has after the remainder. Returns how many bytes it has read, which is 0 where
/// there are fewer than 64 or the processor cannot fold.
size_t c_checksum_crc32_fold(uint32_t state, const void *bytes, size_t count, uint8_t *remainder);

/// The register after the bytes; only where the processor has the instructions.
uint32_t c_checksum_crc32_instructions(uint32_t state, const void *bytes, size_t count);

#endif
