// Threads that wait for work, for operations too short to wake a thread from sleep each time.
#ifndef WORKER_POOL_H
#define WORKER_POOL_H

typedef struct CPUWorkerPool CPUWorkerPool;

// Starts so many threads beside the caller's; fewer where the system has no more. Null without memory.
CPUWorkerPool *cpu_worker_pool_create(int workers);
// Ends the threads. Nothing may be running.
void cpu_worker_pool_destroy(CPUWorkerPool *pool);
// What is called for every item. The number of the thread that calls is 0 for the caller's, and no other thread that works
// on the same call has it.
typedef void (*CPUWorkerBody)(void *context, long item, int thread);
// Calls body once for every item below count, on the caller's thread and the pool's, and returns after the last. Callers
// share the pool's threads, which take an item of each call in turn.
void cpu_worker_pool_run(CPUWorkerPool *pool, long count, CPUWorkerBody body, void *context);

#endif
