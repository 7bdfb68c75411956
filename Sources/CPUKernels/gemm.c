#include "CPUKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

// The sum over k is cut into equal blocks of at most this length, so that the rows and columns of a tile stay in the
// nearest caches; the rows into groups of so many tiles, which stay in the second.
#define DEPTH 640
#define GROUP 16

static long depth(long K)
{
    long blocks = (K + DEPTH - 1) / DEPTH;
    return blocks <= 1 ? K : ((K + blocks - 1) / blocks + 7) / 8 * 8;
}

// Rows of A are read in place, which costs nothing: a tile takes its elements one by one. Not so transposed, and not
// where its rows lie a multiple of 4 KiB apart: they would push each other out of the nearest cache.
static int packsRows(int transposeA, long ldA) { return transposeA || ldA % 1024 == 0; }

#define TARGET __attribute__((target("avx2,fma,f16c")))
#define NAME(x) avx2_##x
#define VW 8
#define MR 6
#include "gemm.inc"
#undef TARGET
#undef NAME
#undef VW
#undef MR

#define TARGET \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,f16c"), min_vector_width(512)))
#define NAME(x) avx512_##x
#define VW 16
#define MR 14
#include "gemm.inc"
#undef TARGET
#undef NAME
#undef VW
#undef MR

long cpu_kernels_panel_width(int level)
{
    return level == CPUKernelsAVX512 ? 32 : level == CPUKernelsAVX2 ? 16 : 0;
}

long cpu_kernels_row_step(int level) { return level == CPUKernelsAVX512 ? 14 : 6; }

long cpu_kernels_packed_count(int level, long K, long N)
{
    long width = cpu_kernels_panel_width(level);
    return K * ((N + width - 1) / width * width);
}

long cpu_kernels_scratch_count(int level, int transposeA, long ldA, long K)
{
    if (!packsRows(transposeA, ldA)) return 0;
    // Packing writes up to eight floats past the end.
    return GROUP * cpu_kernels_row_step(level) * depth(K) + 8;
}

void cpu_kernels_pack(int level, const CPUKernelsProduct *product, long firstPanel, long endPanel)
{
    if (level == CPUKernelsAVX512) avx512_pack(product, firstPanel, endPanel);
    else avx2_pack(product, firstPanel, endPanel);
}

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
long cpu_kernels_packed_count(int level, long K, long N) { return 0; }
long cpu_kernels_scratch_count(int level, int transposeA, long ldA, long K) { return 0; }
void cpu_kernels_pack(int level, const CPUKernelsProduct *product, long firstPanel, long endPanel) {}
void cpu_kernels_product(
    int level, const CPUKernelsProduct *product, long firstRow, long endRow, long firstPanel, long endPanel,
    float *scratch) {}

#endif
