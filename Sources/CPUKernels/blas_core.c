#include "CPUKernels.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <stdlib.h>
#include <string.h>

// OpenBLAS's choice of kernels for a processor; a library that was built for one processor alone has none of these.
extern __attribute__((weak)) char *gotoblas_corename(void);
extern __attribute__((weak)) void gotoblas_dynamic_init(void);
extern __attribute__((weak)) void gotoblas_dynamic_quit(void);

static int has_3dnow(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) && (d >> 31 & 1);
}

// The kernels that OpenBLAS should have chosen; null where its choice is good.
//
// It takes every AMD processor of family 15 for an Opteron and uses its 3DNow! instructions. Virtual machines name
// themselves so (QEMU's default is "qemu64") and have none, and the program would end with SIGILL. A processor that is
// younger than the library gets the oldest kernels, which are five times slower on one with AVX-512.
static const char *better_core(const char *core)
{
    if (strncmp(core, "Opteron", 7) == 0 || strcmp(core, "Barcelona") == 0)
        return has_3dnow() ? NULL : "Prescott";
    static const char *const old[] = {"Prescott", "Core2", "Penryn", "Dunnington", "Nehalem", "Sandybridge", "Atom"};
    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        if (strcmp(core, old[i]) == 0) {
            int level = cpu_kernels_best_level();
            return level == CPUKernelsAVX512 ? "SkylakeX" : level == CPUKernelsAVX2 ? "Haswell" : NULL;
        }
    return NULL;
}

void cpu_kernels_mend_blas_core(void)
{
    if (!gotoblas_corename || !gotoblas_dynamic_init || !gotoblas_dynamic_quit || getenv("OPENBLAS_CORETYPE"))
        return;
    const char *core = better_core(gotoblas_corename());
    if (!core) return;
    setenv("OPENBLAS_CORETYPE", core, 1);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    unsetenv("OPENBLAS_CORETYPE");
}
#else
void cpu_kernels_mend_blas_core(void) {}
#endif
