#include "CPUKernels.h"

int cpu_kernels_best_level(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("f16c"))
        return CPUKernelsPortable;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl")
        || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq"))
        return CPUKernelsAVX2;
    return CPUKernelsAVX512;
#else
    return CPUKernelsPortable;
#endif
}
