#include "levels.h"

// The queries whose scores the backward pass holds at a time.
#define BLOCK 48

// The natural logarithm of a number of at least 1, far more exact than single precision. The C library's differs
// between processors.
static double logarithm(double x)
{
    // NaN or infinite.
    if (!(x <= 0x1p1023)) return x;
    unsigned long long bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    long exponent = (long)(bits >> 52) - 1023;
    bits = (bits & 0xFFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
    __builtin_memcpy(&x, &bits, sizeof x);
    if (x > 1.4142135623730951) {
        x /= 2;
        exponent += 1;
    }
    // log x = 2 artanh((x - 1) / (x + 1)); the next term is less than 1e-10 of it.
    double s = (x - 1) / (x + 1), q = s * s, series = 1.0 / 11;
    for (int odd = 9; odd > 0; odd -= 2) series = series * q + 1.0 / odd;
    return (double)exponent * 0.6931471805599453 + 2 * s * series;
}

#define TARGET
#define NAME(x) portable_##x
#define VW 4
#define MR 4
#define FUSED PORTABLE_FUSED
#include "vector.inc"
#include "attention.inc"
#include "undefine.inc"

#if defined(__x86_64__)
#define TARGET AVX2_TARGET
#define NAME(x) avx2_##x
#define VW 8
#define MR 6
#define FUSED 1
#include "vector.inc"
#include "attention.inc"
#include "undefine.inc"

#define TARGET AVX512_TARGET
#define NAME(x) avx512_##x
#define VW 16
#define MR 8
#define FUSED 1
#include "vector.inc"
#include "attention.inc"
#include "undefine.inc"
#endif

long cpu_kernels_attention_scratch(const CPUKernelsAttention *attention, int backward)
{
    // Enough for the widest vectors and tiles.
    long widest = 16, most = 8;
    long ld = (attention->length + widest - 1) / widest * widest + widest;
    long width = (attention->headDim + widest - 1) / widest * widest;
    if (!backward) return attention->headDim * ld + most * (ld + width) + ld * width;
    return 2 * attention->headDim * ld + 2 * BLOCK * ld + most * width + 5 * ld * width;
}

void cpu_kernels_attention(int level, const CPUKernelsAttention *attention, float *scratch)
{
    DISPATCH(attention, attention, scratch);
}

void cpu_kernels_attention_backward(int level, const CPUKernelsAttention *attention, float *scratch)
{
    DISPATCH(attention_backward, attention, scratch);
}
