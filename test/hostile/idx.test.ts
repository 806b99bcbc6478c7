import { idxParsers } from './parsers/idx.js';
import { attack } from './suite.js';

attack(idxParsers);
