#define _GNU_SOURCE
#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#if defined(__APPLE__)

int apr_exchange_names(int first_directory, const char *first, int second_directory, const char *second) {
    return renameatx_np(first_directory, first, second_directory, second, RENAME_SWAP) == 0 ? 0 : errno;
}

#elif defined(__linux__)

#include <sys/syscall.h>

int apr_exchange_names(int first_directory, const char *first, int second_directory, const char *second) {
#ifdef SYS_renameat2
    const unsigned int exchange = 2;  // RENAME_EXCHANGE; old headers do not name it.
    return syscall(SYS_renameat2, first_directory, first, second_directory, second, exchange) == 0 ? 0 : errno;
#else
    (void)first_directory;
    (void)first;
    (void)second_directory;
    (void)second;
    return ENOSYS;
#endif
}

#else

int apr_exchange_names(int first_directory, const char *first, int second_directory, const char *second) {
    (void)first_directory;
    (void)first;
    (void)second_directory;
    (void)second;
    return ENOSYS;
}

#endif

void apr_begin_writing_out(int descriptor) {
#if defined(__linux__) && defined(SYNC_FILE_RANGE_WRITE)
    (void)sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
    (void)descriptor;
#endif
}
