import { existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { lateFault, tryCase } from './case.js';
import { corpusOf } from './corpus.js';
import { mutant } from './mutate.js';
import { parsers, targetOf } from './parsers/index.js';
import { Watchdog } from './watchdog.js';

/** The process that `fuzz.js` starts for a parser: its name, the seed, the first case, when to stop, where to put what is read. */
const [name = '', seed, first, stop, current = ''] = process.argv.slice(2);
const parser = parsers.find((each) => each.name === name);
if (parser === undefined) throw new Error(`no parser is named ${name}`);
const { parse, wrap } = parser;

const { samples, ...rest } = await targetOf(parser);
const corpus = corpusOf(name);
const kept = existsSync(corpus) ? readdirSync(corpus).sort() : [];
// What broke it once is worth a look at its neighbours. (Wrapped files are wrapped once more, so they do not help.)
const extra = wrap === undefined ? kept.map((file) => new Uint8Array(readFileSync(join(corpus, file)))) : [];
const material = { ...rest, samples: [...samples, ...extra.filter(({ length }) => length > 0)] };

const watchdog = new Watchdog();
watchdog.start();
watchdog.announce(`${name}, seed ${seed}`);
const file = openSync(current, 'w');
const length = Buffer.alloc(4);
/** Faults that were told already: one of a kind is enough. */
const told = new Set();
const from = Number(first);
let index = from;
for (let reported = Date.now(); Date.now() < Number(stop); index++) {
  const inner = mutant(Number(seed), index, material);
  const bytes = wrap === undefined ? inner : wrap(inner);
  length.writeUInt32LE(bytes.length);
  writeSync(file, length, 0, 4, 0);
  writeSync(file, bytes, 0, bytes.length, 4);
  watchdog.begin(index);
  let fault = await tryCase(parse, bytes);
  if (index % 256 === 0) {
    watchdog.rest();
    fault ??= await lateFault();
  }
  const kind = fault?.replace(/\d+/g, '0');
  const isNew = kind !== undefined && !told.has(kind);
  if (isNew || Date.now() - reported > 500) {
    reported = Date.now();
    told.add(kind);
    process.send?.({
      cases: index - from,
      ...(isNew ? { fault, bytes: Buffer.from(bytes).toString('base64') } : {}),
    });
  }
}
process.send?.({ cases: index - from }, () => process.exit(0));
