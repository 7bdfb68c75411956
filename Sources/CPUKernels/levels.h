// The instruction sets that kernels are compiled for, and which of them a call takes.
//
// Every level is the same text, and gives the same bits: sums have an order of their own that no vector's width decides,
// and multiply-adds are written out where one rounding is meant. So the compiler must fuse nothing by itself.
#ifndef LEVELS_H
#define LEVELS_H

#include "CPUKernels.h"

#pragma STDC FP_CONTRACT OFF

// Whether what every processor of the architecture has includes fused multiply-adds.
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
