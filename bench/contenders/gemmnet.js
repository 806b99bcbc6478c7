import { createInterface } from 'node:readline';
import { BenchmarkStep } from '../../dist/cli/benchmark-step.js';
import { backendInfo } from '../../dist/index.js';

/** @param {object} message */
const answer = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const { backend, isa, threads, version } = backendInfo();
answer({
  version: `gemmnet ${version}, ${backend === 'native' ? `native, ${isa}, ${threads} threads` : 'js'}`,
});

/** @type {BenchmarkStep | undefined} */
let step;
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  if (question.prepare !== undefined) {
    step?.dispose();
    step = new BenchmarkStep(question.prepare);
    answer({});
  } else if (step !== undefined) {
    const { seconds, losses } = await step.run(question.run);
    answer({ seconds, losses: [...losses] });
  }
}
