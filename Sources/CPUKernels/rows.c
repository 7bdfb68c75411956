#include "levels.h"

#define TARGET
#define NAME(x) portable_##x
#define VW 4
#define FUSED PORTABLE_FUSED
#include "vector.inc"
#include "swiglu.inc"
#include "rows.inc"
#include "undefine.inc"

#if defined(__x86_64__)
#define TARGET AVX2_TARGET
#define NAME(x) avx2_##x
#define VW 8
#define FUSED 1
#include "vector.inc"
#include "swiglu.inc"
#include "rows.inc"
#include "undefine.inc"

#define TARGET AVX512_TARGET
#define NAME(x) avx512_##x
#define VW 16
#define FUSED 1
#include "vector.inc"
#include "swiglu.inc"
#include "rows.inc"
#include "undefine.inc"
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
