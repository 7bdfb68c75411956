#include "WorkerPool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#define PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE() __asm__ volatile("yield")
#else
#define PAUSE() ((void)0)
#endif

// How often to poll before sleeping: some tens of microseconds, longer than the gap between two operations.
enum { PATIENCE = 4000 };

// The calls that workers can help at a time; more run on their callers' threads alone.
enum { CALLS = 8 };

// A call that is running.
typedef struct {
    // The number of the job in the upper half, the next item in the lower. Items are taken by compare-and-swap, so a
    // thread that is late for an old job takes no item of a new one. While a job is being described, the ticket has a
    // number of its own and no items: a thread that reads a new description also sees that the old job is over.
    _Alignas(64) _Atomic uint64_t ticket;
    _Atomic long count, done;
    _Atomic(CPUWorkerBody) body;
    _Atomic(void *) context;
    _Atomic int callerAsleep;
    pthread_cond_t finished;
} Call;

struct CPUWorkerPool {
    // One bit for each call with items left. The caller sets it before it adds items, and the thread that takes the
    // last item clears it.
    _Alignas(64) _Atomic uint32_t open;
    _Atomic uint32_t used;  // a bit for each call that a caller has
    _Atomic int asleep;     // workers that must be woken
    _Atomic int numbered;   // workers that have taken their number
    _Atomic int ending;
    pthread_mutex_t lock;
    pthread_cond_t work;
    int workers;
    Call calls[CALLS];
    pthread_t threads[];
};

// Takes an item of a call and runs it; 0 when there was none.
static int takeItem(CPUWorkerPool *pool, int index, int thread)
{
    Call *call = &pool->calls[index];
    uint64_t ticket = atomic_load_explicit(&call->ticket, memory_order_acquire);
    uint32_t job = (uint32_t)(ticket >> 32);
    long count = atomic_load_explicit(&call->count, memory_order_acquire);
    CPUWorkerBody body = atomic_load_explicit(&call->body, memory_order_acquire);
    void *context = atomic_load_explicit(&call->context, memory_order_acquire);
    do {
        if (ticket >> 32 != job || (long)(uint32_t)ticket >= count) return 0;
    } while (!atomic_compare_exchange_weak_explicit(
        &call->ticket, &ticket, ticket + 1, memory_order_acq_rel, memory_order_acquire));
    long item = (long)(uint32_t)ticket;
    if (item + 1 == count) atomic_fetch_and(&pool->open, ~(1u << index));
    body(context, item, thread);
    if (atomic_fetch_add(&call->done, 1) + 1 == count && atomic_load(&call->callerAsleep)) {
        pthread_mutex_lock(&pool->lock);
        pthread_cond_signal(&call->finished);
        pthread_mutex_unlock(&pool->lock);
    }
    return 1;
}

// Waits until a call has items to take; 0 when the pool ends.
static uint32_t waitForCalls(CPUWorkerPool *pool)
{
    uint32_t open = atomic_load(&pool->open);
    for (int look = 0; open == 0 && look < PATIENCE; look++) {
        PAUSE();
        open = atomic_load(&pool->open);
    }
    if (open != 0) return open;
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->asleep, 1);
    while ((open = atomic_load(&pool->open)) == 0 && !atomic_load(&pool->ending))
        pthread_cond_wait(&pool->work, &pool->lock);
    atomic_fetch_sub(&pool->asleep, 1);
    pthread_mutex_unlock(&pool->lock);
    return open;
}

// Takes items of the open calls in turn.
static void *work(void *argument)
{
    CPUWorkerPool *pool = argument;
    int thread = atomic_fetch_add(&pool->numbered, 1) + 1;
    int turn = thread % CALLS;
    uint32_t open;
    while ((open = waitForCalls(pool)) != 0) {
        uint32_t later = open >> turn << turn;
        int index = __builtin_ctz(later ? later : open);
        if (!takeItem(pool, index, thread)) PAUSE();
        turn = (index + 1) % CALLS;
    }
    return NULL;
}

CPUWorkerPool *cpu_worker_pool_create(int workers)
{
    size_t size = sizeof(CPUWorkerPool) + (size_t)workers * sizeof(pthread_t);
    void *memory;
    if (posix_memalign(&memory, _Alignof(CPUWorkerPool), size) != 0) return NULL;
    memset(memory, 0, size);
    CPUWorkerPool *pool = memory;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    for (int index = 0; index < CALLS; index++) pthread_cond_init(&pool->calls[index].finished, NULL);
    // Workers block all signals: the program's own threads handle them.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool->workers < workers && pthread_create(&pool->threads[pool->workers], NULL, work, pool) == 0)
        pool->workers++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pool;
}

void cpu_worker_pool_destroy(CPUWorkerPool *pool)
{
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->ending, 1);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (int worker = 0; worker < pool->workers; worker++) pthread_join(pool->threads[worker], NULL);
    for (int index = 0; index < CALLS; index++) pthread_cond_destroy(&pool->calls[index].finished);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

// Reserves a call for the caller and returns its index; -1 if all are in use.
static int acquireCall(CPUWorkerPool *pool)
{
    uint32_t used = atomic_load(&pool->used);
    while (used != (1u << CALLS) - 1) {
        int index = __builtin_ctz(~used);
        if (atomic_compare_exchange_weak(&pool->used, &used, used | 1u << index)) return index;
    }
    return -1;
}

void cpu_worker_pool_run(CPUWorkerPool *pool, long count, CPUWorkerBody body, void *context)
{
    int index = count > 1 && count <= UINT32_MAX ? acquireCall(pool) : -1;
    if (index < 0) {
        for (long item = 0; item < count; item++) body(context, item, 0);
        return;
    }
    Call *call = &pool->calls[index];
    uint32_t job = (uint32_t)(atomic_load(&call->ticket) >> 32) + 2;
    atomic_store(&call->ticket, (uint64_t)(job - 1) << 32 | UINT32_MAX);
    atomic_store_explicit(&call->count, count, memory_order_release);
    atomic_store_explicit(&call->body, body, memory_order_release);
    atomic_store_explicit(&call->context, context, memory_order_release);
    atomic_store(&call->done, 0);
    atomic_fetch_or(&pool->open, 1u << index);
    atomic_store(&call->ticket, (uint64_t)job << 32);
    if (atomic_load(&pool->asleep) > 0) {
        pthread_mutex_lock(&pool->lock);
        pthread_cond_broadcast(&pool->work);
        pthread_mutex_unlock(&pool->lock);
    }
    while (takeItem(pool, index, 0)) {}
    for (int look = 0; atomic_load(&call->done) < count; look++) {
        PAUSE();
        if (look < PATIENCE) continue;
        pthread_mutex_lock(&pool->lock);
        atomic_store(&call->callerAsleep, 1);
        while (atomic_load(&call->done) < count) pthread_cond_wait(&call->finished, &pool->lock);
        atomic_store(&call->callerAsleep, 0);
        pthread_mutex_unlock(&pool->lock);
    }
    atomic_fetch_and(&pool->used, ~(1u << index));
}
