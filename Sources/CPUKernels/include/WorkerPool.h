// Threads that spin for work, for operations too short to wake a sleeping thread each time.
#ifndef WORKER_POOL_H
#define WORKER_POOL_H

typedef struct CPUWorkerPool CPUWorkerPool;

// Starts this many threads beside the caller's, or fewer if the system has no more. Null if memory runs out.
CPUWorkerPool *cpu_worker_pool_create(int workers);
// Ends the threads. No call may be running.
void cpu_worker_pool_destroy(CPUWorkerPool *pool);
// Called for every item. The thread number is 0 for the caller's thread and is unique among the threads of one call.
typedef void (*CPUWorkerBody)(void *context, long item, int thread);
// Calls body once for every item below count, on the caller's thread and the pool's, and returns after the last.
// Concurrent callers share the pool's threads, which take one item of each call in turn.
void cpu_worker_pool_run(CPUWorkerPool *pool, long count, CPUWorkerBody body, void *context);

#endif
