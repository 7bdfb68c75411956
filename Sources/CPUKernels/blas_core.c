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

// OpenBLAS takes every AMD processor of family 15 for an Opteron and uses its 3DNow! instructions. Virtual machines
// name themselves so (QEMU's default is "qemu64") and have none, and the program would end with SIGILL.
void cpu_kernels_mend_blas_core(void)
{
    if (!gotoblas_corename || !gotoblas_dynamic_init || !gotoblas_dynamic_quit || getenv("OPENBLAS_CORETYPE"))
        return;
    const char *core = gotoblas_corename();
    if (has_3dnow() || (strncmp(core, "Opteron", 7) != 0 && strcmp(core, "Barcelona") != 0))
        return;
    setenv("OPENBLAS_CORETYPE", "Prescott", 1);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    unsetenv("OPENBLAS_CORETYPE");
}
#else
void cpu_kernels_mend_blas_core(void) {}
#endif
