#include "AttentionKernels.h"
#include "CPUKernels.h"

#include <math.h>

// The queries whose scores the backward pass holds at a time.
#define BLOCK 48

#define TARGET
#define NAME(x) portable_##x
#define VW 4
#define MR 4
#include "vector.inc"
#include "attention.inc"
#include "undefine.inc"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2,fma")))
#define NAME(x) avx2_##x
#define VW 8
#define MR 6
#include "vector.inc"
#include "attention.inc"
#include "undefine.inc"

#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma"), min_vector_width(512)))
#define NAME(x) avx512_##x
#define VW 16
#define MR 8
#include "vector.inc"
#include "attention.inc"
#include "undefine.inc"
#endif

long cpu_kernels_attention_scratch(int level, const CPUKernelsAttention *attention, int backward)
{
    // As for the widest vectors and tiles.
    long widest = 16, most = 8;
    long ld = (attention->length + widest - 1) / widest * widest + widest;
    long width = (attention->headSize + widest - 1) / widest * widest;
    if (!backward) return attention->headSize * ld + most * (ld + width) + ld * width;
    return 2 * attention->headSize * ld + 2 * BLOCK * ld + most * width + 5 * ld * width;
}

void cpu_kernels_attention(int level, const CPUKernelsAttention *attention, float *scratch)
{
#if defined(__x86_64__)
    if (level == CPUKernelsAVX512) return avx512_attention(attention, scratch);
    if (level == CPUKernelsAVX2) return avx2_attention(attention, scratch);
#endif
    portable_attention(attention, scratch);
}

void cpu_kernels_attention_backward(int level, const CPUKernelsAttention *attention, float *scratch)
{
#if defined(__x86_64__)
    if (level == CPUKernelsAVX512) return avx512_attention_backward(attention, scratch);
    if (level == CPUKernelsAVX2) return avx2_attention_backward(attention, scratch);
#endif
    portable_attention_backward(attention, scratch);
}
