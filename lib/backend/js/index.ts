import { catalogue } from '../../ops/catalogue.js';
import type { Backend } from '../backend.js';
import { activations } from './activations.js';
import { chance } from './chance.js';
import { clipping } from './clipping.js';
import { convolution } from './convolution.js';
import { dataColumns } from './data-columns.js';
import { elementwise } from './elementwise.js';
import { compile } from './executable.js';
import { classLosses } from './losses-classes.js';
import { numberLosses } from './losses-numbers.js';
import { matmul } from './matmul.js';
import { normalization } from './normalization.js';
import type { JsOps } from './op.js';
import { pictures } from './pictures.js';
import { pooling } from './pooling.js';
import { reductions } from './reductions.js';
import { rows } from './rows.js';
import { updates } from './updates.js';

/** What each op of the catalogue does, in plain JavaScript: the reference for other backends. */
const ops: JsOps = {
  ...matmul,
  ...elementwise,
  ...chance,
  ...activations,
  ...rows,
  ...pictures,
  ...normalization,
  ...convolution,
  ...pooling,
  ...classLosses,
  ...numberLosses,
  ...reductions,
  ...clipping,
  ...dataColumns,
  ...updates,
};

/** The backend that runs wherever JavaScript does. */
export const jsBackend: Backend = {
  name: 'js',
  ops: Object.fromEntries((Object.keys(ops) as (keyof JsOps)[]).map((name) => [name, catalogue[name]])),
  compile: (program) => compile(program, ops),
};
