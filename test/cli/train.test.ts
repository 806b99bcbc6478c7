import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomState } from '../../lib/core/random/random-state.js';
import { loadDigits } from '../../lib/data/sets/digits.js';
import { split } from '../../lib/data/split.js';
import { loadModel } from '../../lib/models/files/load-model.js';
import { displayWidth } from '../../lib/plot/terminal/text.js';
import { runCli } from './run-cli.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemmnet-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('gemmnet train', () => {
  it('trains on the digits, writes model and history, and prints the test accuracy', async () => {
    const out = join(folder, 'first');
    const result = await runCli(['train', '--epochs', '10', '--out', out]);
    expect(result.err).toMatch(/^digits \(1,300 \/ 200 \/ 297\), net 64-250-10, /);
    expect(result.err.match(/^epoch \d+\/10 /gm)).toHaveLength(10);
    expect(result.err).toMatch(
      /epoch 10\/10 {2}step 650\/650 {2}loss \d\.\d{4} {2}train .* % {2}val .* % {2}[\d,]+ steps\/s/,
    );
    expect(result.out).toMatch(/test accuracy 9[5-9]\.\d %/);
    expect(result.code).toBe(0);
    const csv = readFileSync(join(out, 'history.csv'), 'utf8');
    expect(csv.trimEnd().split('\n')).toHaveLength(651);
    const history = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8')) as {
      lossHistory: number[];
      testAcc: number;
    };
    expect(history.lossHistory).toHaveLength(650);
    expect(history.testAcc).toBeGreaterThan(0.95);
    expect((await loadModel(join(out, 'model.safetensors'))).kind).toBe('FullyConnectedNet');
  });

  it('reaches 97 % without options, and some 90 % on writers that it does not know', async () => {
    const run = async (...options: string[]) => {
      const { out } = await runCli(['train', ...options, '--out', join(folder, 'best'), '--json']);
      return JSON.parse(out) as { testAcc: number; bestValAcc: number; model: string };
    };
    const { testAcc, bestValAcc, model } = await run();
    expect(testAcc).toBeGreaterThanOrEqual(0.97);
    // What is kept has the best validation accuracy that was seen, though it is not the first that had it.
    const { XTrain, yTrain } = loadDigits();
    const validation = { stratify: true, rng: new RandomState(0) };
    const { XVal, yVal } = split(XTrain, yTrain, { train: 1300, val: 200 }, validation);
    expect(await (await loadModel(model)).accuracy(XVal, yVal)).toBe(bestValAcc);
    const writers = await run('--data', 'digits:writers', '--epochs', '6');
    expect(writers.testAcc).toBeGreaterThanOrEqual(0.87);
    expect(writers.testAcc).toBeLessThan(0.96);
    const { out } = await runCli(['predict', '--model', model, '--data', 'digits:writers', '--json']);
    expect(JSON.parse(out)).toMatchObject({ data: 'digits:writers', rows: 297 });
  });

  it('repeats a run bit by bit from its seed', async () => {
    const run = async (name: string, seed: string) => {
      const { out } = await runCli([
        'train',
        '--epochs',
        '2',
        '--seed',
        seed,
        '--out',
        join(folder, name),
        '--json',
      ]);
      const { model } = JSON.parse(out) as { model: string };
      return readFileSync(model).toString('base64');
    };
    const first = await run('seed-a', '5');
    expect(await run('seed-b', '5')).toBe(first);
    expect(await run('seed-c', '6')).not.toBe(first);
  });

  it('predict does to the pixels what train did, and writes a CSV', async () => {
    const out = join(folder, 'centred');
    const trained = await runCli([
      ...['train', '--epochs', '5', '--hidden', '40,20', '--update-rule', 'sgdMomentum'],
      ...[
        '--lr',
        '0.05',
        '--weight-scale',
        '0.2',
        '--dtype',
        'float64',
        '--subtract-mean',
        '--divide',
        '4',
        '--out',
        out,
        '--json',
      ],
    ]);
    expect(trained.err).toMatch(/net 64-40-20-10/);
    const { testAcc, model } = JSON.parse(trained.out) as { testAcc: number; model: string };
    expect(testAcc).toBeGreaterThan(0.8);
    const csv = join(folder, 'predictions.csv');
    const predicted = await runCli(['predict', '--model', model, '--out', csv, '--json']);
    expect(JSON.parse(predicted.out)).toEqual({ data: 'digits', rows: 297, accuracy: testAcc, out: csv });
    const lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
    expect(lines[0]).toBe('Id,Category');
    expect(lines).toHaveLength(298);
    expect(lines.slice(1).every((line, id) => new RegExp(`^${id + 1},\\d$`).test(line))).toBe(true);
    const plain = await runCli(['predict', '--model', model]);
    expect(plain.out).toBe(`297 rows of digits, accuracy ${(100 * testAcc).toFixed(1)} %\n`);
  });

  it('ends in good order on Ctrl-C, with the model so far', async () => {
    const stop = new AbortController();
    const out = join(folder, 'stopped');
    const result = await runCli(['train', '--epochs', '100000', '--out', out], {
      signal: stop.signal,
      err: (text) => {
        if (text.startsWith('epoch 3/')) stop.abort();
      },
    });
    expect(result.code).toBe(0);
    expect(result.out).toMatch(/^Stopped; the model is as it was then/);
    expect(result.out).toMatch(/test accuracy/);
    const history = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8')) as {
      aborted: boolean;
      iterations: number;
    };
    expect(history.aborted).toBe(true);
    expect(history.iterations).toBeGreaterThanOrEqual(3 * 65);
    expect(existsSync(join(out, 'model.safetensors'))).toBe(true);
  });

  it('rewrites one line in place on a terminal', async () => {
    let err = '';
    await runCli(['train', '--epochs', '2', '--out', join(folder, 'terminal')], {
      interactive: true,
      err: (text) => {
        err += text;
      },
    });
    const [, line = ''] = err.split('\n');
    expect(line.startsWith('\repoch 0/2')).toBe(true);
    expect(line.split('\r').at(-1)).toMatch(/^epoch 2\/2 {2}step 130\/130 /);
  });

  it('draws loss, accuracies and test pictures on a terminal', async () => {
    const canvas = { columns: 80, unicode: false, colors: 0 } as const;
    const args = ['train', '--epochs', '3', '--out', join(folder, 'drawn')];
    const { out, code } = await runCli(args, { interactive: true, canvas });
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^loss .*\* mean {2}\. range +accuracy {2}\* train {2}o validation$/);
    expect(lines[9]).toMatch(/^epoch {2}0 +1 +2 +3 +epoch {2}0 +1 +2 +3$/);
    expect(
      lines
        .slice(
          0,
          lines.findIndex((line) => line.startsWith('195 steps')),
        )
        .filter((line) => line.length > 80),
    ).toEqual([]);

    const heading = lines.findIndex((line) => line.startsWith('what the net says'));
    expect(lines[heading]).toMatch(/; \d+ of 297 are wrong$/);
    const { XTest, yTest } = loadDigits();
    const drawn = (row: number) => {
      const pixels = [...XTest.slice(row, row + 1).elements()];
      const ramp = pixels.map((pixel) => ' .:-=+*#%@'[Math.min(9, Math.floor((10 * pixel) / 16))]!.repeat(2));
      return [0, 1, 2, 3, 4, 5, 6, 7].map((y) => ramp.slice(8 * y, 8 * y + 8).join('')).join('\n');
    };
    const labelOf = new Map(Array.from(yTest, (label, row) => [drawn(row), label]));
    // Two that are right, and two that are not.
    for (const [at, isRight] of [true, true, false, false].entries()) {
      const cell = lines
        .slice(heading + 1, heading + 11)
        .map((line) => line.slice(18 * at, 18 * at + 16).padEnd(16));
      const label = labelOf.get(cell.slice(0, 8).join('\n'));
      const says = /^(\d) (\d+) %$/.exec(cell[8]!.trim());
      expect(says![1] === String(label)).toBe(isRight);
      expect(Number(says![2])).toBeLessThanOrEqual(100);
      expect(cell[9]!.trim()).toBe(isRight ? '' : `is ${label}`);
    }
  });

  it.each([39, 60, 120])('draws as wide as a terminal of %i columns', async (columns) => {
    const canvas = { columns, unicode: true, colors: 256 } as const;
    const args = ['train', '--epochs', '1', '--out', join(folder, 'narrow')];
    const { out } = await runCli(args, { interactive: true, columns, canvas });
    const drawing = out.slice(0, out.indexOf('65 steps in')).split('\n');
    expect(drawing.join('')).toMatch(/loss.*accuracy.*what the net says/);
    expect(drawing.filter((line) => displayWidth(line) > columns)).toEqual([]);
  });

  it('draws nothing into files and pipes, nor with --json', async () => {
    const canvas = { columns: 80, unicode: true, colors: 0 } as const;
    const args = ['train', '--epochs', '1', '--out', join(folder, 'plain')];
    const piped = await runCli(args, { interactive: true });
    expect(piped.out.trimEnd().split('\n')).toHaveLength(3);
    const logged = await runCli(args, { canvas });
    expect(logged.out.trimEnd().split('\n')).toHaveLength(3);
    const json = await runCli([...args, '--json'], { interactive: true, canvas });
    expect(JSON.parse(json.out)).toMatchObject({ iterations: 65 });
  });

  it('says in one sentence what is wrong with files and folders', async () => {
    const garbage = join(folder, 'garbage.safetensors');
    writeFileSync(garbage, 'no model at all');
    const cases: readonly [string[], RegExp][] = [
      [['train', '--data', `mnist:${join(folder, 'nowhere')}`], /nowhere/],
      [['train', '--data', `cifar10:${folder}`], /expected the binary version of CIFAR-10/],
      [
        ['train', '--epochs', '1', '--out', garbage],
        /cannot write .*garbage\.safetensors: a part of the path is no folder; name another folder with --out/,
      ],
      [
        ['train', '--update-rule', 'sgd', '--lr', '1e30', '--out', join(folder, 'diverged')],
        /loss .*(NaN|inf)/i,
      ],
      [['predict', '--model', garbage], /garbage\.safetensors/],
      [['predict', '--model', join(folder, 'missing.safetensors')], /missing\.safetensors/],
    ];
    for (const [args, message] of cases) {
      const { code, out, err } = await runCli(args);
      const said = err.trimEnd().split('\n').at(-1);
      expect(said).toMatch(message);
      expect(err).not.toMatch(/^ +at /m);
      expect(out).toBe('');
      expect(code).toBe(1);
    }
  });

  it('refuses to predict rows of another width than the model’s', async () => {
    const { model } = JSON.parse(
      (await runCli(['train', '--epochs', '1', '--out', join(folder, 'w'), '--json'])).out,
    ) as {
      model: string;
    };
    const mnist = new URL('../fixtures/formats/', import.meta.url).pathname;
    const { code, err } = await runCli(['predict', '--model', model, '--data', `mnist:${mnist}`]);
    expect(code).toBe(1);
    expect(err).toMatch(/mnist/i);
  });
});
