#include "WorkerPool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__x86_64__)
#define PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE() __asm__ volatile("yield")
#else
#define PAUSE() ((void)0)
#endif

// How often to look before going to sleep: some tens of microseconds, longer than the gap between two operations.
enum { PATIENCE = 4000 };

struct CPUWorkerPool {
    // The number of the job in the upper half, the next item in the lower. Items are taken by compare-and-swap, so a
    // thread that comes late to an old job takes nothing of a new one. While a job is described, the ticket has a
    // number of its own and no items: whoever reads a new description also sees that the old job is over.
    _Atomic uint64_t ticket;
    _Atomic long count, done;
    _Atomic(CPUWorkerBody) body;
    _Atomic(void *) context;
    _Atomic int asleep;    // workers that must be woken
    _Atomic int numbered;  // workers that have taken their number
    _Atomic int callerAsleep, ending;
    pthread_mutex_t busy;  // held by the caller that the pool works for
    pthread_mutex_t lock;
    pthread_cond_t work, finished;
    int workers;
    pthread_t threads[];
};

// Takes and runs items of a job until none is left.
static void takeItems(CPUWorkerPool *pool, uint32_t job, int thread)
{
    long count = atomic_load_explicit(&pool->count, memory_order_acquire);
    CPUWorkerBody body = atomic_load_explicit(&pool->body, memory_order_acquire);
    void *context = atomic_load_explicit(&pool->context, memory_order_acquire);
    uint64_t ticket = atomic_load_explicit(&pool->ticket, memory_order_acquire);
    while (ticket >> 32 == job && (long)(uint32_t)ticket < count) {
        if (!atomic_compare_exchange_weak_explicit(
                &pool->ticket, &ticket, ticket + 1, memory_order_acq_rel, memory_order_acquire))
            continue;
        body(context, (long)(uint32_t)ticket, thread);
        if (atomic_fetch_add(&pool->done, 1) + 1 == count && atomic_load(&pool->callerAsleep)) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->finished);
            pthread_mutex_unlock(&pool->lock);
        }
        ticket = atomic_load_explicit(&pool->ticket, memory_order_acquire);
    }
}

static uint32_t currentJob(CPUWorkerPool *pool) { return (uint32_t)(atomic_load(&pool->ticket) >> 32); }

static void *work(void *argument)
{
    CPUWorkerPool *pool = argument;
    int thread = atomic_fetch_add(&pool->numbered, 1) + 1;
    uint32_t last = 0;
    while (1) {
        uint32_t job = currentJob(pool);
        for (int look = 0; job == last && look < PATIENCE; look++) {
            PAUSE();
            job = currentJob(pool);
        }
        if (job == last) {
            pthread_mutex_lock(&pool->lock);
            atomic_fetch_add(&pool->asleep, 1);
            while ((job = currentJob(pool)) == last && !atomic_load(&pool->ending))
                pthread_cond_wait(&pool->work, &pool->lock);
            atomic_fetch_sub(&pool->asleep, 1);
            pthread_mutex_unlock(&pool->lock);
        }
        if (atomic_load(&pool->ending)) return NULL;
        takeItems(pool, job, thread);
        last = job;
    }
}

CPUWorkerPool *cpu_worker_pool_create(int workers)
{
    CPUWorkerPool *pool = calloc(1, sizeof *pool + (size_t)workers * sizeof(pthread_t));
    if (!pool) return NULL;
    pthread_mutex_init(&pool->busy, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->finished, NULL);
    // Signals are for the threads that know what to do with them.
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
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->busy);
    free(pool);
}

void cpu_worker_pool_run(CPUWorkerPool *pool, long count, CPUWorkerBody body, void *context)
{
    if (count <= 1 || count > UINT32_MAX || pthread_mutex_trylock(&pool->busy) != 0) {
        for (long item = 0; item < count; item++) body(context, item, 0);
        return;
    }
    uint32_t job = currentJob(pool) + 2;
    atomic_store(&pool->ticket, (uint64_t)(job - 1) << 32 | UINT32_MAX);
    atomic_store_explicit(&pool->count, count, memory_order_release);
    atomic_store_explicit(&pool->body, body, memory_order_release);
    atomic_store_explicit(&pool->context, context, memory_order_release);
    atomic_store(&pool->done, 0);
    atomic_store(&pool->ticket, (uint64_t)job << 32);
    if (atomic_load(&pool->asleep) > 0) {
        pthread_mutex_lock(&pool->lock);
        pthread_cond_broadcast(&pool->work);
        pthread_mutex_unlock(&pool->lock);
    }
    takeItems(pool, job, 0);
    for (int look = 0; atomic_load(&pool->done) < count; look++) {
        PAUSE();
        if (look < PATIENCE) continue;
        pthread_mutex_lock(&pool->lock);
        atomic_store(&pool->callerAsleep, 1);
        while (atomic_load(&pool->done) < count) pthread_cond_wait(&pool->finished, &pool->lock);
        atomic_store(&pool->callerAsleep, 0);
        pthread_mutex_unlock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->busy);
}
