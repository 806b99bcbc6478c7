import { existsSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { attackParser } from './attack-parser.js';
import { corpusOf } from './corpus.js';
import { mutant } from './mutate.js';
import { parsers, targetOf } from './parsers/index.js';
import { Watchdog } from './watchdog.js';

/** The process that `fuzz.js` starts for a parser: its name, the seed, the first case, when to stop, where to put what is read. */
const [name = '', seed, first, stop, current = ''] = process.argv.slice(2);
const parser = parsers.find((each) => each.name === name);
if (parser === undefined) throw new Error(`no parser is named ${name}`);

const { samples, ...rest } = await targetOf(parser);
const corpus = corpusOf(name);
const kept = existsSync(corpus) ? readdirSync(corpus).sort() : [];
// What broke it once is worth a look at its neighbours. (Wrapped files are wrapped once more, so they do not help.)
const extra =
  parser.wrap === undefined ? kept.map((file) => new Uint8Array(readFileSync(join(corpus, file)))) : [];
const material = { ...rest, samples: [...samples, ...extra.filter(({ length }) => length > 0)] };

const watchdog = new Watchdog();
watchdog.start();
watchdog.announce(`${name}, seed ${seed}`);
const file = openSync(current, 'w');
const length = Buffer.alloc(4);
let reported = Date.now();

function* files() {
  for (let index = Number(first); Date.now() < Number(stop); index++) {
    yield mutant(Number(seed), index, material);
  }
}

const { cases } = await attackParser(parser, files(), watchdog, {
  onCase(bytes, index) {
    // What a crash leaves behind.
    length.writeUInt32LE(bytes.length);
    writeSync(file, length, 0, 4, 0);
    writeSync(file, bytes, 0, bytes.length, 4);
    if (Date.now() - reported < 500) return;
    reported = Date.now();
    process.send?.({ cases: index });
  },
  onFinding({ fault, index, bytes }) {
    process.send?.({ cases: index, fault, bytes: Buffer.from(bytes).toString('base64') });
  },
});
process.send?.({ cases }, () => process.exit(0));
