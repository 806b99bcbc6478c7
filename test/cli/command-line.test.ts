import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

describe('gemmnet', () => {
  it('--version prints the package’s version', async () => {
    expect(await runCli(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('--help names every command, and COMMAND --help every option', async () => {
    const { code, out } = await runCli(['--help']);
    expect(code).toBe(0);
    for (const name of ['train', 'predict', 'data', 'info', 'bench']) {
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
      const help = await runCli([name, '--help']);
      expect(help.code).toBe(0);
      expect(help.out).toMatch(new RegExp(`^Usage: gemmnet ${name} .*\\[options\\]`));
      expect(help.out).toContain('--json');
      expect((await runCli(['help', name])).out).toBe(help.out);
    }
    expect((await runCli(['train', '--help'])).out).toMatch(/--batch-size N +rows a step/);
  });

  it.each([[], ['train'], ['predict'], ['data'], ['info'], ['bench']])(
    '--help of %s fits in 80 columns',
    async (...name) => {
      const { out } = await runCli([...name, '--help']);
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );

  /** Arguments, and what the one line on stderr must say. */
  const misuses: readonly [args: string[], message: RegExp][] = [
    [[], /expected a command but received none/],
    [['trian'], /unknown command 'trian'; did you mean train\?/],
    [['xyzzy'], /unknown command 'xyzzy'; known are train, predict, data, info, bench/],
    [['help', 'trane'], /did you mean train\?/],
    [['train', '--epoch', '3'], /unknown option --epoch; did you mean --epochs\?/],
    [['train', '--frobnicate'], /unknown option --frobnicate; see gemmnet train --help/],
    [['train', 'digits'], /expected only options but received 'digits'/],
    [['train', '--epochs'], /--epochs: expected a value \(N\) but received none/],
    [['train', '--epochs', 'three'], /--epochs: expected a positive integer but received 'three'/],
    [['train', '--epochs', '0'], /--epochs: expected a positive integer but received '0'/],
    [['train', '--epochs', '2.5'], /--epochs: expected a positive integer but received '2\.5'/],
    [['train', '--epochs='], /--epochs: expected a positive integer but received ''/],
    [['train', '--lr', '-1'], /--lr: expected a positive number but received '-1'/],
    [['train', '--lr', 'NaN'], /--lr: expected a positive number but received 'NaN'/],
    [['train', '--reg', '-0.5'], /--reg: expected a number from 0 on but received '-0\.5'/],
    [['train', '--hidden', '120,x'], /--hidden: expected a positive integer but received 'x'/],
    [['train', '--hidden', '120,,3'], /--hidden: expected a positive integer but received ''/],
    [['train', '--seed', '4294967296'], /--seed: expected an integer in 0 … 4294967295/],
    [
      ['train', '--update-rule', 'addam'],
      /--update-rule: expected .*'adam'.* but received 'addam'; did you mean 'adam'\?/,
    ],
    [['train', '--dtype', 'float16'], /--dtype: expected 'float32' or 'float64' but received 'float16'/],
    [['train', '--backend', 'cuda'], /--backend: expected 'native' or 'js' but received 'cuda'/],
    [
      ['train', '--data', 'mnits:x'],
      /--data: expected digits, mnist, .* or cifar100, .* as in mnist:DIR, but received 'mnits:x'; did you mean mnist\?/,
    ],
    [['train', '--data', 'mnist:'], /--data: expected a folder after mnist: but received 'mnist:'/],
    [['train', '--data', 'constructor'], /--data: expected digits, .* but received 'constructor'/],
    [['train', '--data', 'digits:x'], /--data: expected digits without a folder/],
    [['train', '--json=yes'], /--json: expected no value but received 'yes'/],
    [['train', '--out', ''], /--out: expected a value but received an empty one/],
    [['predict'], /expected --model FILE but it is missing; gemmnet train writes such a file/],
    [['data'], /gemmnet data: expected fetch, list or path but received none; see gemmnet data --help/],
    [['data', 'fecth', 'mnist'], /expected fetch, list or path but received 'fecth'; did you mean fetch\?/],
    [['data', 'toString'], /expected fetch, list or path but received 'toString'/],
    [
      ['data', 'fetch'],
      /gemmnet data fetch: expected at least one data set but received none; names are mnist, /,
    ],
    [['data', 'fetch', 'mnits'], /unknown data set 'mnits'; did you mean mnist\?/],
    [['data', 'fetch', '__proto__'], /unknown data set '__proto__'; known are mnist, /],
    [['data', 'fetch', 'mnist', '--dri', 'x'], /unknown option --dri; did you mean --dir\?/],
    [['data', 'list', 'mnist'], /gemmnet data list: expected no name but received mnist/],
    [['data', 'path'], /gemmnet data path: expected one data set but received none/],
    [['data', 'path', 'mnist', 'kmnist'], /expected one data set but received mnist kmnist/],
    [['bench', '--only', 'nothing-like-this'], /none contains 'nothing-like-this'/],
    [['bench', '--repetitions', '0'], /--repetitions: expected a positive integer/],
  ];

  it.each(misuses)('%j is a usage error: exit code 2 and one sentence', async (args, message) => {
    const { code, out, err } = await runCli(args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(err).not.toMatch(/^ +at /m);
    if (args.length > 0) expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('shows where an error came from with --debug', async () => {
    const { code, err } = await runCli(['train', '--epochs', 'x', '--debug']);
    expect(code).toBe(2);
    expect(err).toMatch(/UsageError: --epochs: expected/);
    expect(err).toMatch(/^ +at /m);
  });
});
