// Kernels that Swift cannot multiversion: each exists once per instruction set and is chosen at run time. A result
// has the same bits at every level, and a row's result does not depend on the rows beside it.
#ifndef CPU_KERNELS_H
#define CPU_KERNELS_H

#include "AttentionKernels.h"
#include "WorkerPool.h"

#include <stddef.h>

// Instruction sets, each including the ones before it.
enum { CPUKernelsPortable = 0, CPUKernelsAVX2 = 1, CPUKernelsAVX512 = 2 };

// The element types of a matrix.
enum { CPUKernelsFloat32 = 0, CPUKernelsFloat16 = 1, CPUKernelsBFloat16 = 2 };

// The best level of this processor.
int cpu_kernels_best_level(void);

// `C = beta * C + alpha * op(A) op(B)`; op(A) is M x K, op(B) is K x N.
//
// A product may be split by rows and by panels of columns. An element's sum runs over k in an order that depends on K alone,
// at every level.
typedef struct {
    long M, N, K;
    const float *A;       // row-major, M x K, or K x M when transposed
    long ldA;             // slow where rows lie a multiple of 4 KiB apart: they push each other out of the nearest cache
    int transposeA;
    const void *B;        // row-major, K x N, or N x K when transposed
    long ldB;
    int transposeB;
    int typeB;
    float alpha, beta;
    float *C;             // row-major, M x N
    long ldC;
} CPUKernelsProduct;

// The columns of a panel at a level.
long cpu_kernels_panel_width(int level);
// The rows of a tile: parts of a product should start at multiples of it.
long cpu_kernels_row_step(int level);
// The floats that each call of `cpu_kernels_product` needs as scratch memory of its own.
long cpu_kernels_scratch_count(int level, long K);
void cpu_kernels_product(
    int level, const CPUKernelsProduct *product, long firstRow, long endRow, long firstPanel, long endPanel,
    float *scratch);

// `output = silu(gate's product) * up's product`, with the bits of the three separate operations. Both products have
// the same sizes and a beta of 0; a null C is not written.
typedef struct {
    CPUKernelsProduct gate, up;
    float *output;  // row-major, M x N
    long ldOutput;
} CPUKernelsGatedProduct;

// The floats that each call of `cpu_kernels_gated_product` needs as scratch memory of its own.
long cpu_kernels_gated_scratch_count(int level, long K);
// Rows and panels are those of either product.
void cpu_kernels_gated_product(
    int level, const CPUKernelsGatedProduct *product, long firstRow, long endRow, long firstPanel, long endPanel,
    float *scratch);

// Operations on one row of `count` floats, which need no alignment.

// output = silu(gate) * up
void cpu_kernels_swiglu(int level, const float *gate, const float *up, float *output, long count);
// Overwrites gate and up with their gradients.
void cpu_kernels_swiglu_backward(int level, const float *dOutput, float *gate, float *up, long count);
// y = weight * x * inverseRMS
void cpu_kernels_rms_norm(
    int level, const float *x, const float *weight, float *y, long count, float eps, float *inverseRMS);
// dx += the gradient with respect to x
void cpu_kernels_rms_norm_backward(
    int level, const float *dOutput, const float *x, const float *weight, float inverse, float *dx, long count);
// y += scale * x
void cpu_kernels_accumulate(int level, const float *x, float scale, float *y, long count);
// Rotates (low, high) by the angles (rotary embedding); sign -1 rotates back.
void cpu_kernels_rotate(
    int level, float *low, float *high, const float *cosines, const float *sines, float sign, long count);

// Selects the elements of a row that are dropped: those whose Philox4x32 word is below the threshold. Four elements
// share a counter: the given one, with the number of the four in its first word.
typedef struct {
    unsigned counter[4], key[2], threshold;
    float scale;  // of what is kept
} CPUKernelsDropout;

// y = x with elements dropped; y may be x.
void cpu_kernels_dropout(int level, const float *x, const CPUKernelsDropout *mask, float *y, long count);

// Widens `count` elements, which need no alignment.
void cpu_kernels_widen(const void *source, int type, float *target, long count);

#endif
