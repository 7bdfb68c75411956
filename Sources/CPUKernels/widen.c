#include "CPUKernels.h"

#include <stdint.h>
#include <string.h>

static float fromBits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float fromHalf(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 1023;
    if (exponent == 31) return fromBits(sign | 0x7F800000 | fraction << 13);
    if (exponent != 0) return fromBits(sign | (exponent + 112) << 23 | fraction << 13);
    // A subnormal number is its fraction times 2^-24, which single precision holds exactly.
    float magnitude = (float)fraction * 0x1p-24f;
    return sign ? -magnitude : magnitude;
}

void cpu_kernels_widen(const void *source, int type, float *target, long count)
{
    if (type == CPUKernelsFloat32) {
        memcpy(target, source, (size_t)count * sizeof(float));
        return;
    }
    for (long index = 0; index < count; index++) {
        uint16_t half;
        memcpy(&half, (const char *)source + 2 * index, sizeof half);
        target[index] = type == CPUKernelsBFloat16 ? fromBits((uint32_t)half << 16) : fromHalf(half);
    }
}
