import { csvParsers } from './parsers/csv.js';
import { attack } from './suite.js';

attack(csvParsers);
