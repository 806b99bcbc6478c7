import { parentPort } from 'node:worker_threads';

/** What `WorkerThread` sends. */
export interface WorkerCall<Job> {
  readonly id: number;
  readonly job: Job;
}

/** What comes back: an answer, or the error in its place. */
export interface WorkerAnswer<Answer> {
  readonly id: number;
  readonly answer?: Answer;
  readonly error?: unknown;
}

/** The worker's side of `WorkerThread`: answers every call of the thread that started this one. */
export function answerCalls<Job, Answer>(answer: (job: Job) => Answer): void {
  parentPort?.on('message', ({ id, job }: WorkerCall<Job>) => {
    let message: WorkerAnswer<Answer>;
    try {
      message = { id, answer: answer(job) };
    } catch (error) {
      message = { id, error };
    }
    parentPort?.postMessage(message);
  });
}
