// Attention of one key and value head over one sequence, at one instruction set.
#ifndef ATTENTION_KERNELS_H
#define ATTENTION_KERNELS_H

// Every matrix has one row per token of the sequence; ld is the distance between the starts of two rows. Matrices of
// queries hold the heads of the group side by side, `headDim` columns each.
typedef struct {
    long length, headDim;
    long heads;   // query heads that share the key and value head
    long window;  // how many keys back a query sees, itself included; 0 for all
    int bidirectional;  // whether a query sees the keys behind it as well; no window then
    float scale;
    const float *query, *key, *value;
    long ldQuery, ldKey, ldValue;
    float *output;
    long ldOutput;
    float *logSumExp;  // a column for each head
    long ldLogSumExp;
    // For the backward pass, which reads output and logSumExp and overwrites the last three.
    const float *dOutput;
    float *dQuery, *dKey, *dValue;
    long ldDOutput, ldDQuery, ldDKey, ldDValue;
} CPUKernelsAttention;

// The floats of scratch memory that a call needs.
long cpu_kernels_attention_scratch(const CPUKernelsAttention *attention, int backward);
void cpu_kernels_attention(int level, const CPUKernelsAttention *attention, float *scratch);
void cpu_kernels_attention_backward(int level, const CPUKernelsAttention *attention, float *scratch);

#endif
