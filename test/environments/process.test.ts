import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { root, runModule } from './run-program.js';

/** Begins `training`, which takes `epochs`. */
const training = (epochs: number) => `
  import { FullyConnectedNet, loadDigits, Solver } from 'gemmnet';
  const { XTrain, yTrain } = loadDigits();
  const net = new FullyConnectedNet({ inputDim: 64, hiddenDims: [50], numClasses: 10, seed: 0 });
  const training = new Solver(net, { XTrain, yTrain }, { verbose: false, numEpochs: ${epochs} }).train();`;

test('the build that the programs import is there', () => {
  expect(existsSync(`${root}dist/index.js`), 'dist/ is missing: npm run build:ts').toBe(true);
});

describe.each(['native', 'js'])('a process that trains on %s', (backend) => {
  const options = { env: { ...process.env, GEMMNET_BACKEND: backend } };

  test('ends when its trainings have, awaited or not', async () => {
    const awaited = runModule(`${training(3)} await training; console.log('trained');`, [], options);
    const left = runModule(`${training(3)} training.then(() => console.log('trained'));`, [], options);
    for (const ended of await Promise.all([awaited, left])) {
      expect(ended).toEqual({ status: 0, signal: null, stdout: 'trained\n', stderr: '' });
    }
  });

  test('may exit amid it, with its own code', async () => {
    const text = `${training(1e6)} setTimeout(() => process.exit(7), 50);`;
    expect(await runModule(text, [], options)).toEqual({ status: 7, signal: null, stdout: '', stderr: '' });
  });

  test('may exit while its worker threads train', async () => {
    const worker = `${training(1e6)} import('node:worker_threads').then(({ parentPort }) => parentPort.postMessage('training'));`;
    const text = `
      import { Worker } from 'node:worker_threads';
      const workers = [1, 2].map(() => new Worker(${JSON.stringify(worker)}, { eval: true }));
      await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
      setTimeout(() => process.exit(7), 20);`;
    expect(await runModule(text, [], options)).toEqual({ status: 7, signal: null, stdout: '', stderr: '' });
  });

  test('may throw amid it, and says what', async () => {
    const text = `${training(1e6)} setTimeout(() => { throw new Error("the user's own"); }, 50);`;
    const { status, signal, stderr } = await runModule(text, [], options);
    expect({ status, signal }).toEqual({ status: 1, signal: null });
    expect(stderr).toContain("Error: the user's own");
  });
});

test('trainings take no thread of those that file access waits for', async () => {
  const text = `
    import { stat } from 'node:fs/promises';
    import { FullyConnectedNet, loadDigits } from 'gemmnet';
    const { XTrain: X, yTrain: y } = loadDigits();
    const abort = new AbortController();
    let ended = 0;
    const trainings = [0, 1, 2, 3].map(async (seed) => {
      const net = new FullyConnectedNet({ inputDim: 64, hiddenDims: [500], numClasses: 10, seed });
      const run = net.startTraining({ X, y, rule: { name: 'sgd' }, batchSize: 10 });
      // One call that nobody would wait for.
      await run.steps(new Int32Array(1e6), 1e-9, { signal: abort.signal });
      ended++;
    });
    await stat('.');
    console.log(ended);
    abort.abort();
    await Promise.all(trainings);
    console.log(ended);`;
  const env = { ...process.env, GEMMNET_BACKEND: 'native', UV_THREADPOOL_SIZE: '4' };
  expect(await runModule(text, [], { env })).toEqual({
    status: 0,
    signal: null,
    stdout: '0\n4\n',
    stderr: '',
  });
});

// A limit that the process sets itself, as no user but root could have another, once all that Node starts with is there.
describe.runIf(process.platform === 'linux')('a process that gets no more threads', () => {
  const noMoreThreads = `
    import { execFileSync } from 'node:child_process';
    if (process.getuid() === 0) process.setuid(65534);
    execFileSync('prlimit', ['--pid', String(process.pid), '--nproc=1']);`;
  const report = `.catch(({ name, code, message }) => console.log(name, code, message));`;

  test('is told so by training, and trains when it has some again', async () => {
    const text = `${training(1)} await training; // Its thread stays.
      ${noMoreThreads}
      const data = { XTrain, yTrain };
      const others = [1, 2].map((seed) => new FullyConnectedNet({ inputDim: 64, hiddenDims: [50], numClasses: 10, seed }));
      const train = (net) => new Solver(net, data, { verbose: false, numEpochs: 100 }).train();
      const both = await Promise.allSettled(others.map(train));
      const { reason } = both.find(({ status }) => status === 'rejected');
      console.log(both.map(({ status }) => status).sort().join(), reason.name, reason.code, reason.message);
      await train(others[1]);
      console.log('trained');`;
    const { stdout, stderr, status } = await runModule(text, [], {
      env: { ...process.env, GEMMNET_BACKEND: 'native' },
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const [told, trained] = stdout.split('\n');
    expect(told).toMatch(
      /^fulfilled,rejected StateError ERR_STATE native backend: expected the system to grant one more thread/,
    );
    expect(trained).toBe('trained');
  });

  test.each([
    ['pca', `await pca(XTrain, { numComponents: 2 })${report}`],
    ['Augmentation', `await new Augmentation({ height: 8, width: 8, shift: 1 }).apply(XTrain)${report}`],
  ])('is told so by %s', async (who, call) => {
    const text = `import { Augmentation, loadDigits, pca } from 'gemmnet';
      const { XTrain } = loadDigits();
      ${noMoreThreads}
      ${call}`;
    const { stdout, stderr, status } = await runModule(text, [], {
      env: { ...process.env, GEMMNET_BACKEND: 'js' },
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toMatch(`StateError ERR_STATE ${who}: its worker thread failed: `);
  });
});
