import { pickleParsers } from './parsers/pickle.js';
import { attack } from './suite.js';

attack(pickleParsers);
