import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { CaseFiles } from './around-files.js';
import { aroundTable } from './around-report.js';
import { selectCases } from './cases.js';
import { chart } from './chart.js';
import { threadCounts } from './contenders.js';
import { Field } from './field.js';
import { judge } from './judge.js';
import { lookAtMachine } from './machine.js';
import { measure } from './measure.js';
import { caseLines, gemmTable, goalCount, goalTable, summaryTable } from './report.js';

const usage = `Usage: npm run bench -- [words] [--seconds X] [--repetitions N] [--json FILE] [--svg FILE] [--markdown FILE] [--inputs FOLDER]

Times the cases that contain all of the words (a letter, 784-250-10, adam, step, gemm, predict, float64, around …; all of them
without words) on every contender that works here, and compares the results with the goals. --inputs keeps the files that cases read
for the next run; they lie in a temporary folder otherwise. bench/README.md tells the method.`;

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
        seconds: { type: 'string' },
        repetitions: { type: 'string' },
        json: { type: 'string' },
        svg: { type: 'string' },
        markdown: { type: 'string' },
        inputs: { type: 'string' },
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
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
const repetitions = values.repetitions === undefined ? undefined : Number(values.repetitions);
if (seconds !== undefined && !(seconds > 0)) {
  misuse(`--seconds: expected a positive number but received ${values.seconds}`);
}
if (repetitions !== undefined && !(Number.isInteger(repetitions) && repetitions > 0)) {
  misuse(`--repetitions: expected a positive integer but received ${values.repetitions}`);
}
const cases = selectCases(positionals);
if (cases.length === 0) misuse(`no case contains ${positionals.join(' and ')}`);

/**
 * How long a measurement lasts, and how many there are: around the steps are many cases, most of which last longer.
 *
 * @param {import('./cases.js').Case} one
 */
const optionsFor = ({ kind }) =>
  kind === 'around'
    ? { seconds: seconds ?? 0.05, repetitions: repetitions ?? 5 }
    : { seconds: seconds ?? 0.15, repetitions: repetitions ?? 7 };

// `npm run bench | head` closes the pipe early; that is no error of ours.
process.stdout.on('error', () => process.exit(0));

/** @type {{ name: string, reason: string }[]} */
const missing = [];
/**
 * @param {string} name
 * @param {string} reason
 */
const reportMissing = (name, reason) => {
  missing.push({ name, reason });
  console.log(`left out: ${name}: ${reason}`);
};

// Where nothing is a share of it, the peak need not be known.
const peaksOf = cases.some(({ flops }) => flops !== undefined) ? threadCounts : [];
const machine = lookAtMachine(peaksOf, (reason) => reportMissing('the share of the peak', reason));
const field = new Field();
const files = new CaseFiles(values.inputs);
// Processes of ours that outlive us would disturb whatever is measured next.
process.on('exit', () => {
  field.stop();
  files.remove();
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => process.exit(1));

await field.start(cases, reportMissing);
const contenders = new Map(field.entrants.map(({ contender }) => [contender.name, contender]));
const versions = Object.fromEntries(
  field.entrants.map(({ contender, process }) => [contender.name, process.version]),
);
console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.system}`);
for (const [threads, peak] of Object.entries(machine.peaks)) {
  console.log(`FMA peak with threads: ${threads}, ${peak.toFixed(0)} GFLOP/s in float32`);
}
for (const [name, version] of Object.entries(versions)) console.log(`${name}: ${version}`);
const turns = new Set(
  cases
    .filter((one) => one.repetitions === undefined)
    .map(optionsFor)
    .map((each) => `${each.repetitions} turns of about ${each.seconds} s`),
);
console.log(
  `\nmedian (p25 – p75) of ${[...turns].join(', around the steps ') || 'one turn'}; times of the fastest native contender\n`,
);

const results = [];
for (const each of cases) {
  let one;
  try {
    one = files.provide(each);
  } catch (error) {
    reportMissing(each.id, error instanceof Error ? error.message : String(error));
    continue;
  }
  const result = await measure(one, field, optionsFor(one));
  results.push(result);
  console.log(`${caseLines(result, contenders, machine)}\n`);
}
const verdicts = judge(results, contenders);
const tables = [
  summaryTable(results, contenders),
  gemmTable(results, contenders, machine),
  aroundTable(results, contenders, verdicts),
  goalTable(verdicts),
  goalCount(verdicts),
].filter((table) => table !== '');
console.log(tables.join('\n\n'));
if (missing.length > 0) {
  console.log(`\nleft out: ${missing.map(({ name, reason }) => `${name} (${reason})`).join('; ')}`);
}

const repeated = results.reduce((sum, { repeatedRounds }) => sum + repeatedRounds, 0);
const disturbed = results.filter((result) => result.disturbed).map(({ case: { id } }) => id);
const known = results.some(({ foreignLoad }) => foreignLoad !== undefined);
console.log(
  known
    ? `\n${repeated} rounds were repeated for foreign load; measured in spite of it: ${disturbed.join(', ') || 'none'}`
    : '\nforeign load is not known on this system',
);

const date = new Date().toISOString();
if (values.json !== undefined) {
  const report = { date, machine, versions, missing, options: [...turns], results, verdicts };
  await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
}
if (values.markdown !== undefined) {
  const names = [...new Set(Object.values(versions))].join('; ');
  const head = `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.system}; ${names}.`;
  await writeFile(values.markdown, `${[head, ...tables].join('\n\n')}\n`);
}
if (values.svg !== undefined) await writeFile(values.svg, chart(results, { machine, date }));
if (results.some(({ leftOut }) => leftOut.some(({ wrong }) => wrong))) process.exitCode = 1;
process.exit();
