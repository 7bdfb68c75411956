#include "CPUKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

// The sum over k is cut into equal blocks of at most this length, so that the rows and columns of a tile stay in the
// nearest caches; the columns into blocks of so many panels, which stay in the second. A thread packs a block when it needs
// it and passes all its rows over it: what is packed never leaves the processor's own caches.
#define DEPTH 640
#define BLOCK 6

static long depth(long K)
{
    long blocks = (K + DEPTH - 1) / DEPTH;
    return blocks <= 1 ? K : ((K + blocks - 1) / blocks + 7) / 8 * 8;
}

#define TARGET __attribute__((target("avx2,fma,f16c")))
#define NAME(x) avx2_##x
#define VW 8
#define MR 6
#define REGISTER "x"
#include "gemm.inc"
#undef TARGET
#undef NAME
#undef VW
#undef MR
#undef REGISTER

#define TARGET \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,f16c"), min_vector_width(512)))
#define NAME(x) avx512_##x
#define VW 16
#define MR 14
#define REGISTER "v"
#include "gemm.inc"
#undef TARGET
#undef NAME
#undef VW
#undef MR
#undef REGISTER

long cpu_kernels_panel_width(int level)
{
    return level == CPUKernelsAVX512 ? 32 : level == CPUKernelsAVX2 ? 16 : 0;
}

long cpu_kernels_row_step(int level) { return level == CPUKernelsAVX512 ? 14 : 6; }

long cpu_kernels_scratch_count(int level, long K) { return BLOCK * cpu_kernels_panel_width(level) * depth(K); }

void cpu_kernels_product(
    int level, const CPUKernelsProduct *product, long firstRow, long endRow, long firstPanel, long endPanel,
    float *scratch)
{
    if (level == CPUKernelsAVX512)
        avx512_product(product, firstRow, endRow, firstPanel, endPanel, scratch);
    else avx2_product(product, firstRow, endRow, firstPanel, endPanel, scratch);
}

#else

long cpu_kernels_panel_width(int level) { return 0; }
long cpu_kernels_row_step(int level) { return 1; }
long cpu_kernels_scratch_count(int level, long K) { return 0; }
void cpu_kernels_product(
    int level, const CPUKernelsProduct *product, long firstRow, long endRow, long firstPanel, long endPanel,
    float *scratch) {}

#endif
