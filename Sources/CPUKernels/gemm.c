#include "levels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The sum over k is cut into equal blocks of at most this length, so that the rows and columns of a tile stay in the
// L1 cache; the columns are cut into blocks of this many panels, which stay in the L2 cache. A thread packs a block
// when it needs it and multiplies all its rows by it, so packed data never leaves the core's own caches.
#define DEPTH 640
#define BLOCK 6

static long depth(long K)
{
    long blocks = (K + DEPTH - 1) / DEPTH;
    return blocks <= 1 ? K : ((K + blocks - 1) / blocks + 7) / 8 * 8;
}

// The panels of either side that a gated product works on at a time: with their whole inner dimension they stay in
// the L2 cache.
static long gatedPanels(long panelWidth, long K)
{
    long panels = (1 << 17) / (panelWidth * K);
    return panels < 1 ? 1 : panels > BLOCK / 2 ? BLOCK / 2 : panels;
}

#define TARGET
#define NAME(x) portable_##x
#define VW 4
#define MR 6
#define FUSED PORTABLE_FUSED
#include "vector.inc"
#include "swiglu.inc"
#include "gemm.inc"
#include "undefine.inc"

#if defined(__x86_64__)
#define TARGET AVX2_TARGET
#define NAME(x) avx2_##x
#define VW 8
#define MR 6
#define FUSED 1
#define REGISTER "x"
#include "vector.inc"
#include "swiglu.inc"
#include "gemm.inc"
#include "undefine.inc"

#define TARGET AVX512_TARGET
#define NAME(x) avx512_##x
#define VW 16
#define MR 14
#define FUSED 1
#define REGISTER "v"
#include "vector.inc"
#include "swiglu.inc"
#include "gemm.inc"
#include "undefine.inc"
#endif

long cpu_kernels_panel_width(int level)
{
    return level == CPUKernelsAVX512 ? 32 : level == CPUKernelsAVX2 ? 16 : 8;
}

long cpu_kernels_row_step(int level) { return level == CPUKernelsAVX512 ? 14 : 6; }

long cpu_kernels_scratch_count(int level, long K) { return BLOCK * cpu_kernels_panel_width(level) * depth(K); }

void cpu_kernels_product(
    int level, const CPUKernelsProduct *product, long firstRow, long endRow, long firstPanel, long endPanel,
    float *scratch)
{
    DISPATCH(product, product, firstRow, endRow, firstPanel, endPanel, scratch);
}

long cpu_kernels_gated_scratch_count(int level, long K)
{
    long width = cpu_kernels_panel_width(level);
    return 2 * gatedPanels(width, K) * width * (K + cpu_kernels_row_step(level));
}

void cpu_kernels_gated_product(
    int level, const CPUKernelsGatedProduct *product, long firstRow, long endRow, long firstPanel, long endPanel,
    float *scratch)
{
    DISPATCH(gated_product, product, firstRow, endRow, firstPanel, endPanel, scratch);
}
