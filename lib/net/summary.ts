import type { Network } from './network.js';

/** A table of a net's layers: name, output shape, number of parameters, and their total. */
export function summaryOf(title: string, network: Network): string {
  const number = (n: number) => n.toLocaleString('en-US');
  const rows = network.layers.map(({ name, depth, outputShape, parameters }) => [
    `${'  '.repeat(depth)}${name}`,
    `(N, ${outputShape.join(', ')})`,
    number(parameters.reduce((sum, { size }) => sum + size, 0)),
  ]);
  const total = number(network.parameters.reduce((sum, { size }) => sum + size, 0));
  const head = ['layer', 'output shape', 'parameters'];
  const foot = ['total', '', total];
  const all = [
    head,
    [
      'input',
      `(N, ${(network.preparation === undefined ? network.inputShape : [network.inputSize]).join(', ')})`,
      '',
    ],
    ...rows,
    foot,
  ];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const format = ([name = '', shape = '', count = '']: readonly string[]) =>
    `${name.padEnd(widths[0]!)}  ${shape.padEnd(widths[1]!)}  ${count.padStart(widths[2]!)}`;
  const line = '-'.repeat(format(head).length);
  return [title, line, format(head), line, ...all.slice(1, -1).map(format), line, format(foot)].join('\n');
}
