#define _GNU_SOURCE
#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static int argument_count;
static char **arguments;

#if defined(__linux__) && defined(__GLIBC__)

// glibc gives these to every function that runs before main.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    argument_count = count;
    arguments = values;
}

#endif

int apr_argument_count(void) { return argument_count; }

char **apr_arguments(void) { return arguments; }

// What the handler needs is made before: it may call little, and allocate nothing.
static apr_last_words words;
static char own_stack[1 << 16];

static void say(const char *text) {
    // Nothing can be done when even this fails.
    if (text && write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

static void report_trap(int number) {
    void *room = mmap(NULL, words.room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) {
        say(words.memory);
        _exit(words.memory_status);
    }
    munmap(room, words.room);
    int descriptor = dup(STDERR_FILENO);
    if (descriptor < 0 && errno == EMFILE) {
        say(words.descriptors);
        _exit(words.descriptors_status);
    }
    if (descriptor >= 0) close(descriptor);
    say(number == SIGBUS ? words.lost_file : words.trap);
    // The default effect: the handler was for one time.
    raise(number);
}

void apr_set_last_words(const apr_last_words *given) {
    words = *given;
    stack_t stack = {.ss_sp = own_stack, .ss_size = sizeof own_stack};
    (void)sigaltstack(&stack, NULL);
    struct sigaction action = {.sa_handler = report_trap, .sa_flags = SA_ONSTACK | (int)SA_RESETHAND};
    const int traps[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
    for (unsigned index = 0; index < sizeof traps / sizeof *traps; index++) {
        (void)sigaction(traps[index], &action, NULL);
    }
}

static unsigned long long raised(int resource, unsigned long long wanted) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return ~0ULL;
    if (limit.rlim_cur < wanted) {
        rlim_t before = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > wanted ? wanted : limit.rlim_max;
        if (setrlimit(resource, &limit) != 0) limit.rlim_cur = before;
    }
    return limit.rlim_cur;
}

unsigned long long apr_raise_descriptor_limit(unsigned long long wanted) { return raised(RLIMIT_NOFILE, wanted); }

unsigned long long apr_raise_stack_limit(unsigned long long wanted) {
    unsigned long long size = raised(RLIMIT_STACK, wanted);
#if defined(__linux__) && defined(__GLIBC__)
    // New threads would still get the size that the limit had at the start.
    pthread_attr_t attributes;
    if (size != ~0ULL && pthread_attr_init(&attributes) == 0) {
        if (pthread_attr_setstacksize(&attributes, size) == 0) (void)pthread_setattr_default_np(&attributes);
        pthread_attr_destroy(&attributes);
    }
#endif
    return size;
}

int apr_has_address_space(unsigned long long wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 1;
    void *room = mmap(NULL, wanted, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) return 0;
    munmap(room, wanted);
    return 1;
}

int apr_ignores_signal(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int apr_has_default_signal(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_DFL;
}
