import { weightParsers } from './parsers/weights.js';
import { attack } from './suite.js';

attack(weightParsers);
