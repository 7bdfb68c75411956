// The instruction sets that kernels are compiled for, and the choice between them.
//
// Every level compiles the same source and gives the same bits: the order of sums does not depend on the vector
// width, and fused multiply-adds are explicit. So the compiler must not fuse anything by itself.
#ifndef LEVELS_H
#define LEVELS_H

#include "CPUKernels.h"

#pragma STDC FP_CONTRACT OFF

// Whether every processor of the architecture has fused multiply-adds.
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define PORTABLE_FUSED 1
#else
#define PORTABLE_FUSED 0
#endif

#if defined(__x86_64__)
#define AVX2_TARGET __attribute__((target("avx2,fma,f16c")))
#define AVX512_TARGET \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,f16c"), min_vector_width(512)))

#define DISPATCH(function, ...) \
    do { \
        if (level == CPUKernelsAVX512) avx512_##function(__VA_ARGS__); \
        else if (level == CPUKernelsAVX2) avx2_##function(__VA_ARGS__); \
        else portable_##function(__VA_ARGS__); \
    } while (0)
#else
#define DISPATCH(function, ...) portable_##function(__VA_ARGS__)
#endif

#endif
