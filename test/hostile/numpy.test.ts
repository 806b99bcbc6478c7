import { numpyParsers } from './parsers/numpy.js';
import { attack } from './suite.js';

attack(numpyParsers);
