import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { describeCase, selectCases } from '../dist/cli/benchmark-cases.js';
import { ForeignLoad } from './foreign-load.js';
import { measure, startContenders } from './measure.js';
import { tableHead, tableRow } from './report.js';

const usage = `Usage: npm run bench -- [words] [--seconds X] [--repetitions N] [--json FILE]

Times the training steps that contain all of the words (a letter, 784-250-10, adam, cifar …; all of them without words)
on every contender that works here. bench/README.md tells the method.`;

/**
 * @param {string} message
 * @returns {never}
 */
function misuse(message) {
  console.error(message);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        seconds: { type: 'string', default: '0.3' },
        repetitions: { type: 'string', default: '9' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return misuse(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}

const { values, positionals } = readArguments();
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const seconds = Number(values.seconds);
const repetitions = Number(values.repetitions);
if (!(seconds > 0)) misuse(`--seconds: expected a positive number but received ${values.seconds}`);
if (!(Number.isInteger(repetitions) && repetitions > 0)) {
  misuse(`--repetitions: expected a positive integer but received ${values.repetitions}`);
}
const cases = selectCases(positionals);
if (cases.length === 0) misuse(`no case contains ${positionals.join(' and ')}`);

// `npm run bench | head` closes the pipe early; that is no error of ours.
process.stdout.on('error', () => process.exit(0));

const load = new ForeignLoad();
const started = await startContenders((name, reason) => console.log(`left out: ${name}: ${reason}`));
try {
  const machine = { cpu: cpus()[0]?.model.trim(), cores: availableParallelism(), node: process.version };
  const versions = Object.fromEntries([...started].map(([name, { version }]) => [name, version]));
  console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`);
  for (const [name, version] of Object.entries(versions)) console.log(`${name}: ${version}`);
  console.log(`µs a step: median (p25–p75) of ${repetitions} turns of about ${seconds} s\n`);

  const columns = [...started.keys()];
  console.log(tableHead(columns));
  const results = [];
  for (const one of cases) {
    const timings = await measure(one, started, { seconds, repetitions, load });
    console.log(tableRow(`${one.id}: ${describeCase(one)}`, timings, columns));
    results.push({ case: one, timings });
  }
  console.log(`\nOther programs kept ${load.mean.toFixed(2)} of ${machine.cores} cores busy meanwhile.`);
  if (values.json !== undefined) {
    const report = { date: new Date().toISOString(), machine, versions, foreignLoad: load.mean, results };
    await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  for (const contender of started.values()) contender.stop();
}
