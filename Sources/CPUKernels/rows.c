#include "CPUKernels.h"

// Every level is the same text; the portable one is what the compiler makes of it for any processor.
#define TARGET
#define NAME(x) portable_##x
#define VW 4
#include "vector.inc"
#include "rows.inc"
#include "undefine.inc"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(x) avx2_##x
#define VW 8
#include "vector.inc"
#include "rows.inc"
#include "undefine.inc"

#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma"), min_vector_width(512)))
#define NAME(x) avx512_##x
#define VW 16
#include "vector.inc"
#include "rows.inc"
#include "undefine.inc"

#define DISPATCH(function, ...) \
    do { \
        if (level == CPUKernelsAVX512) avx512_##function(__VA_ARGS__); \
        else if (level == CPUKernelsAVX2) avx2_##function(__VA_ARGS__); \
        else portable_##function(__VA_ARGS__); \
    } while (0)
#else
#define DISPATCH(function, ...) portable_##function(__VA_ARGS__)
#endif

void cpu_kernels_swiglu(int level, const float *gate, const float *up, float *output, long count)
{
    DISPATCH(swiglu, gate, up, output, count);
}

void cpu_kernels_swiglu_backward(int level, const float *dOutput, float *gate, float *up, long count)
{
    DISPATCH(swiglu_backward, dOutput, gate, up, count);
}

void cpu_kernels_rms_norm(
    int level, const float *x, const float *weight, float *y, long count, float eps, float *inverseRMS)
{
    DISPATCH(rms_norm, x, weight, y, count, eps, inverseRMS);
}

void cpu_kernels_rms_norm_backward(
    int level, const float *dOutput, const float *x, const float *weight, float inverse, float *dx, long count)
{
    DISPATCH(rms_norm_backward, dOutput, x, weight, inverse, dx, count);
}

void cpu_kernels_accumulate(int level, const float *x, float scale, float *y, long count)
{
    DISPATCH(accumulate, x, scale, y, count);
}

void cpu_kernels_rotate(
    int level, float *low, float *high, const float *cosines, const float *sines, float sign, long count)
{
    DISPATCH(rotate, low, high, cosines, sines, sign, count);
}

void cpu_kernels_dropout(int level, const float *x, const CPUKernelsDropout *mask, float *y, long count)
{
    DISPATCH(dropout, x, mask, y, count);
}
