// A library for LD_PRELOAD that writes down every change a program makes to files, in order, and can end the program at one of
// them. file_trace.py compiles it, starts programs with it and reads what it wrote; there the records are described.
//
//     APR_TRACE=FILE       where to write the records
//     APR_TRACE_ROOT=DIR   only changes on this directory's device count
//     APR_TRACE_STOP=N:S   sends signal S to the process right before change N, counted from 1
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, MKDIR, RENAME, REMOVE, SYMLINK, LINK, UNSUPPORTED };

struct record {
    uint32_t kind, name1, name2, unused;
    uint64_t inode1, inode2, argument, bytes;
};

static int trace = -1;
static dev_t device;
static long stop_at, stop_signal, count;
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// The system's calls by number, past the function of that name below.
static long (*raw_call(void))(long, ...) {
    static long (*real)(long, ...);
    if (!real) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    return real;
}
#define raw (*raw_call())

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("APR_TRACE"), *root = getenv("APR_TRACE_ROOT"), *stop = getenv("APR_TRACE_STOP");
    struct stat status;
    if (!file || !root || stat(root, &status) != 0) return;
    device = status.st_dev;
    trace = (int)raw(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (stop) sscanf(stop, "%ld:%ld", &stop_at, &stop_signal);
}

static void put(struct record *record, const char *name1, const char *name2, const void *bytes) {
    record->name1 = name1 ? (uint32_t)strlen(name1) : 0;
    record->name2 = name2 ? (uint32_t)strlen(name2) : 0;
    struct iovec parts[] = {{record, sizeof *record}, {(void *)name1, record->name1}, {(void *)name2, record->name2},
        {(void *)bytes, record->bytes}};
    if (raw(SYS_writev, trace, parts, 4) < 0) abort();
}

// Called before a change, with the lock held. A signal that is handled or ignored lets the change happen.
static void count_change(void) {
    if (++count == stop_at) kill(getpid(), (int)stop_signal);
}

static int regular(int descriptor, struct stat *status) {
    return trace >= 0 && fstat(descriptor, status) == 0 && status->st_dev == device
        && (S_ISREG(status->st_mode) || S_ISDIR(status->st_mode));
}

// The directory that a path lies in, and its last component.
static int locate(int directory, const char *path, uint64_t *inode, char name[NAME_MAX + 1]) {
    if (trace < 0 || !path) return 0;
    char copy[PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof copy) return 0;
    memcpy(copy, path, length + 1);
    while (length > 1 && copy[length - 1] == '/') copy[--length] = 0;
    char *slash = strrchr(copy, '/');
    const char *last = slash ? slash + 1 : copy;
    if (strlen(last) > NAME_MAX) return 0;
    strcpy(name, last);
    const char *parent = ".";
    if (slash) {
        parent = slash == copy ? "/" : copy;
        if (slash != copy) *slash = 0;
    }
    struct stat status;
    if (fstatat(directory, parent, &status, 0) != 0 || status.st_dev != device) return 0;
    *inode = status.st_ino;
    return 1;
}

static uint64_t inode_of(int directory, const char *path) {
    struct stat status;
    return fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_ino : 0;
}

// ---------------------------------------------------------------------------------------------------- opening

static int open_traced(int directory, const char *path, int flags, mode_t mode) {
    struct record record = {0};
    char name[NAME_MAX + 1];
    int changes = flags & (O_CREAT | O_TRUNC);
    if (!changes || !locate(directory, path, &record.inode1, name))
        return (int)raw(SYS_openat, directory, path, flags, mode);
    pthread_mutex_lock(&lock);
    int existed = inode_of(directory, path) != 0;
    if (!existed && (flags & O_CREAT)) count_change();
    int descriptor = (int)raw(SYS_openat, directory, path, flags, mode), code = errno;
    struct stat status;
    if (descriptor >= 0 && regular(descriptor, &status)) {
        record.inode2 = status.st_ino;
        if (!existed) {
            record.kind = CREATE;
            put(&record, name, NULL, NULL);
        } else if ((flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY) {
            struct record cut = {.kind = TRUNCATE, .inode1 = status.st_ino};
            put(&cut, NULL, NULL, NULL);
        }
    }
    pthread_mutex_unlock(&lock);
    errno = code;
    return descriptor;
}

#define MODE(flags) mode_t mode = 0; if ((flags) & O_CREAT) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }
int open(const char *path, int flags, ...) { MODE(flags) return open_traced(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_traced(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int directory, const char *path, int flags, ...) { MODE(flags) return open_traced(directory, path, flags, mode); }
int openat64(int directory, const char *path, int flags, ...) { MODE(flags) return open_traced(directory, path, flags | O_LARGEFILE, mode); }
int creat(const char *path, mode_t mode) { return open_traced(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

FILE *fopen(const char *path, const char *mode) {
    FILE *file = REAL(fopen)(path, mode);
    struct stat status;
    if (file && mode[0] != 'r' && regular(fileno(file), &status)) {
        struct record record = {.kind = UNSUPPORTED};
        pthread_mutex_lock(&lock);
        put(&record, "fopen", path, NULL);
        pthread_mutex_unlock(&lock);
    }
    return file;
}

// ---------------------------------------------------------------------------------------------------- contents

static ssize_t written(int descriptor, ssize_t result, const struct stat *status, off_t offset, const void *bytes) {
    int code = errno;
    if (result > 0) {
        struct record record = {.kind = WRITE, .inode1 = status->st_ino, .bytes = (uint64_t)result};
        record.argument = offset >= 0 ? (uint64_t)offset : (uint64_t)(lseek(descriptor, 0, SEEK_CUR) - result);
        put(&record, NULL, NULL, bytes);
    }
    pthread_mutex_unlock(&lock);
    errno = code;
    return result;
}

ssize_t write(int descriptor, const void *bytes, size_t size) {
    struct stat status;
    if (!regular(descriptor, &status)) return raw(SYS_write, descriptor, bytes, size);
    pthread_mutex_lock(&lock);
    count_change();
    return written(descriptor, raw(SYS_write, descriptor, bytes, size), &status, -1, bytes);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset) {
    struct stat status;
    if (!regular(descriptor, &status)) return raw(SYS_pwrite64, descriptor, bytes, size, offset);
    pthread_mutex_lock(&lock);
    count_change();
    return written(descriptor, raw(SYS_pwrite64, descriptor, bytes, size, offset), &status, offset, bytes);
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off_t offset) { return pwrite(descriptor, bytes, size, offset); }

// A writer of all parts must be ready for a short count, so that the first part is enough.
ssize_t writev(int descriptor, const struct iovec *parts, int many) {
    struct stat status;
    if (!regular(descriptor, &status)) return raw(SYS_writev, descriptor, parts, many);
    int first = 0;
    while (first + 1 < many && parts[first].iov_len == 0) first += 1;
    return many > 0 ? write(descriptor, parts[first].iov_base, parts[first].iov_len) : 0;
}

int ftruncate(int descriptor, off_t size) {
    struct stat status;
    if (!regular(descriptor, &status)) return (int)raw(SYS_ftruncate, descriptor, size);
    pthread_mutex_lock(&lock);
    count_change();
    int result = (int)raw(SYS_ftruncate, descriptor, size), code = errno;
    struct record record = {.kind = TRUNCATE, .inode1 = status.st_ino, .argument = (uint64_t)size};
    if (result == 0) put(&record, NULL, NULL, NULL);
    pthread_mutex_unlock(&lock);
    errno = code;
    return result;
}
int ftruncate64(int descriptor, off_t size) { return ftruncate(descriptor, size); }

static int synchronized(int descriptor, long call) {
    struct stat status;
    if (!regular(descriptor, &status)) return (int)raw(call, descriptor);
    pthread_mutex_lock(&lock);
    count_change();
    int result = (int)raw(call, descriptor), code = errno;
    struct record record = {.kind = SYNC, .inode1 = status.st_ino};
    if (result == 0) put(&record, NULL, NULL, NULL);
    pthread_mutex_unlock(&lock);
    errno = code;
    return result;
}
int fsync(int descriptor) { return synchronized(descriptor, SYS_fsync); }
int fdatasync(int descriptor) { return synchronized(descriptor, SYS_fdatasync); }

// ---------------------------------------------------------------------------------------------------- names

static int named(int kind, int result, int found, struct record *record, const char *name1, const char *name2) {
    int code = errno;
    record->kind = (uint32_t)kind;
    if (result == 0 && found) put(record, name1, name2, NULL);
    pthread_mutex_unlock(&lock);
    errno = code;
    return result;
}

int mkdirat(int directory, const char *path, mode_t mode) {
    struct record record = {0};
    char name[NAME_MAX + 1] = "";
    pthread_mutex_lock(&lock);
    int found = locate(directory, path, &record.inode1, name);
    if (found) count_change();
    int result = (int)raw(SYS_mkdirat, directory, path, mode);
    if (result == 0) record.inode2 = inode_of(directory, path);
    return named(MKDIR, result, found, &record, name, NULL);
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

char *mkdtemp(char *pattern) {
    struct record record = {0};
    char name[NAME_MAX + 1] = "";
    pthread_mutex_lock(&lock);
    count_change();
    char *made = REAL(mkdtemp)(pattern);
    int found = made && locate(AT_FDCWD, made, &record.inode1, name);
    if (found) record.inode2 = inode_of(AT_FDCWD, made);
    named(MKDIR, made ? 0 : -1, found, &record, name, NULL);
    return made;
}

int mkstemp(char *pattern) {
    struct record record = {0};
    char name[NAME_MAX + 1] = "";
    pthread_mutex_lock(&lock);
    count_change();
    int descriptor = REAL(mkstemp)(pattern);
    int found = descriptor >= 0 && locate(AT_FDCWD, pattern, &record.inode1, name);
    if (found) record.inode2 = inode_of(AT_FDCWD, pattern);
    named(CREATE, descriptor >= 0 ? 0 : -1, found, &record, name, NULL);
    return descriptor;
}
int mkstemp64(char *pattern) { return mkstemp(pattern); }

int renameat2(int from, const char *source, int to, const char *destination, unsigned flags) {
    struct record record = {.argument = flags};
    char old[NAME_MAX + 1] = "", new[NAME_MAX + 1] = "";
    pthread_mutex_lock(&lock);
    int found = locate(from, source, &record.inode1, old) && locate(to, destination, &record.inode2, new);
    if (found) count_change();
    return named(RENAME, (int)raw(SYS_renameat2, from, source, to, destination, flags), found, &record, old, new);
}
int renameat(int from, const char *source, int to, const char *destination) { return renameat2(from, source, to, destination, 0); }
int rename(const char *source, const char *destination) { return renameat2(AT_FDCWD, source, AT_FDCWD, destination, 0); }

int unlinkat(int directory, const char *path, int flags) {
    struct record record = {0};
    char name[NAME_MAX + 1] = "";
    pthread_mutex_lock(&lock);
    int found = locate(directory, path, &record.inode1, name);
    if (found) count_change();
    return named(REMOVE, (int)raw(SYS_unlinkat, directory, path, flags), found, &record, name, NULL);
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
    int result = unlink(path);
    return result != 0 && errno == EISDIR ? rmdir(path) : result;
}

int symlinkat(const char *target, int directory, const char *path) {
    struct record record = {0};
    char name[NAME_MAX + 1] = "";
    pthread_mutex_lock(&lock);
    int found = locate(directory, path, &record.inode1, name);
    if (found) count_change();
    return named(SYMLINK, (int)raw(SYS_symlinkat, target, directory, path), found, &record, name, target);
}
int symlink(const char *target, const char *path) { return symlinkat(target, AT_FDCWD, path); }

int linkat(int from, const char *source, int to, const char *destination, int flags) {
    struct record record = {0};
    char name[NAME_MAX + 1] = "";
    pthread_mutex_lock(&lock);
    int found = locate(to, destination, &record.inode2, name);
    if (found) count_change();
    record.inode1 = inode_of(from, source);
    return named(LINK, (int)raw(SYS_linkat, from, source, to, destination, flags), found, &record, name, NULL);
}
int link(const char *source, const char *destination) { return linkat(AT_FDCWD, source, AT_FDCWD, destination, 0); }

// Swift's module for the C library does not have renameat2, so that programs call it by number.
long syscall(long number, ...) {
    long a[6];
    va_list list;
    va_start(list, number);
    for (int index = 0; index < 6; index += 1) a[index] = va_arg(list, long);
    va_end(list);
    if (number == SYS_renameat2)
        return renameat2((int)a[0], (const char *)a[1], (int)a[2], (const char *)a[3], (unsigned)a[4]);
    return raw(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
