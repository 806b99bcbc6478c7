import { matParsers } from './parsers/mat.js';
import { attack } from './suite.js';

attack(matParsers);
